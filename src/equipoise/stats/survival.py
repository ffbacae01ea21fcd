"""Kaplan-Meier: the probability of being event-free, with its quantiles and restricted mean."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import contrasts, inputs, ties
from equipoise.stats.kernels import product_limit as kernel
from equipoise.stats.limits import CONF_TYPES
from equipoise.stats.order import sorted_rows, tied_times, time_order
from equipoise.stats.tails import normal_quantile

WHERE = "Kaplan-Meier"
NONE_GIVEN = np.empty(0)
"""Stands for weights that are all 1, and for entries that are all at the start."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurvivalAt:
    """Kaplan-Meier at the times asked for; every array float64 [n_times]."""

    time: Floats
    """The times asked for."""
    survival: Floats
    """Probability of being event-free after the time."""
    lower: Floats
    """Lower limit of `survival`."""
    upper: Floats
    """Upper limit of `survival`."""
    at_risk: Floats
    """Number at risk just before the time."""
    std_error: Floats
    """Greenwood's; missing where the survival is 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """The time by which a share `probability` has had the event; missing where the curve or limit does not reach it."""

    probability: float
    """The share asked for."""
    time: float
    """In the unit of the data."""
    lower: float
    """Lower limit of `time`."""
    upper: float
    """Upper limit of `time`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedMean:
    """Mean event-free time up to the horizon `tau`, with a symmetric interval."""

    tau: float
    """The horizon, in the unit of the data."""
    estimate: float
    """Mean event-free time up to the horizon."""
    std_error: float
    """Greenwood's."""
    lower: float
    """Lower limit of `estimate`."""
    upper: float
    """Upper limit of `estimate`."""
    beyond_follow_up: bool
    """The horizon is later than the last time, where the curve is not 0: the last value was carried on."""


@dataclass(frozen=True, slots=True, eq=False)
class KaplanMeier:
    """Kaplan-Meier estimate in one group; arrays float64 [n_times], times ascending, censored ones included."""

    table: Floats = field(repr=False)
    """All the curves, float64 [columns of `kernels.product_limit`, n_times]; the properties name its rows."""
    n_subjects: float
    """Number of subjects, or sum of their weights."""
    n_events: float
    """Number of events, or sum of their weights."""
    conf_type: str
    """Scale of the limits."""
    conf_level: float
    """Two-sided confidence level of the limits."""
    entry: Floats
    """Times of delayed entry, ascending; empty if all were observed from the start."""
    entry_weight: Floats
    """Number of subjects, or sum of weights, that entered at each of these times."""

    @property
    def time(self) -> Floats:
        """Distinct times, in the unit of the data."""
        return self.table[kernel.TIME]

    @property
    def at_risk(self) -> Floats:
        """Number at risk just before the time."""
        return self.table[kernel.AT_RISK]

    @property
    def events(self) -> Floats:
        """Number of events at the time."""
        return self.table[kernel.EVENTS]

    @property
    def censored(self) -> Floats:
        """Number censored at the time; they count as at risk there."""
        return self.table[kernel.CENSORED]

    @property
    def survival(self) -> Floats:
        """Probability of being event-free after the time."""
        return self.table[kernel.SURVIVAL]

    @property
    def std_error(self) -> Floats:
        """Greenwood's standard error of `survival`; missing where it is 0."""
        log_std_error = self.log_std_error
        return self.survival * np.where(np.isfinite(log_std_error), log_std_error, np.nan)

    @property
    def lower(self) -> Floats:
        """Lower limit of `survival`."""
        return self.table[kernel.LOWER]

    @property
    def upper(self) -> Floats:
        """Upper limit of `survival`."""
        return self.table[kernel.UPPER]

    @property
    def log_std_error(self) -> Floats:
        """Standard error of the logarithm of `survival`; infinite where it is 0."""
        return self.table[kernel.LOG_STD_ERROR]

    @property
    def cumulative_hazard(self) -> Floats:
        """Nelson-Aalen: the sum of events / at risk."""
        return np.cumsum(self.events / self.at_risk)

    @property
    def cumulative_hazard_std_error(self) -> Floats:
        """Of Nelson-Aalen: the root of the sum of events / at risk squared."""
        return np.sqrt(np.cumsum(self.events / self.at_risk**2))

    def at(self, times: ArrayLike) -> SurvivalAt:
        """The curve at `times` (float64 [n_times], one number is allowed), last values carried on past the last time.

        A time tied with an event time by `ties` includes that event. Before the first time survival is 1 with limits
        1 and 1; after the last time 0 are at risk.
        """
        when = inputs.one_or_more(times, where=f"{WHERE}, times asked for")
        passed = ties.before_or_tied(self.time, when)

        def carried(start: float, curve: Floats) -> Floats:
            return np.concatenate(([start], curve))[passed]

        return SurvivalAt(
            time=when,
            survival=carried(1.0, self.survival),
            lower=carried(1.0, self.lower),
            upper=carried(1.0, self.upper),
            at_risk=number_at_risk(self.time, self.at_risk, self.entry, self.entry_weight, when),
            std_error=carried(0.0, self.std_error),
        )

    def quantile(self, p: float) -> Quantile:
        """Time by which the share `p` has had the event, with limits by inverting the pointwise limits.

        Where the curve is flat at 1 - p, the middle of the flat stretch (the usual rule for a median).

        Source: Brookmeyer & Crowley 1982, Biometrics 38:29-41. Checked: against R quantile.survfit.
        """
        if not 0 <= inputs.number(p, where=f"{WHERE}, quantile") <= 1:
            raise AnalysisDataError(
                f"the quantile {p} is not between 0 and 1",
                where=WHERE,
                rule="STATS-LEVEL",
                remedy="give 0.5 for the median",
            )
        curves = (self.survival, self.lower, self.upper)
        time, lower, upper = (crossing(self.time, 1 - curve, p) for curve in curves)
        return Quantile(probability=p, time=time, lower=lower, upper=upper)

    @property
    def median(self) -> Quantile:
        """Median event-free time with its interval."""
        return self.quantile(0.5)

    def restricted_mean(self, tau: float) -> RestrictedMean:
        """Mean event-free time up to `tau`: the area under the curve, with Greenwood's standard error.

        Source: Klein & Moeschberger 2003, Survival Analysis, 2nd ed., section 4.5. Checked: against R print.survfit.
        """
        tau = contrasts.horizon(tau, where=f"{WHERE}, restricted mean")
        inside = self.time <= tau
        corner = np.concatenate(([0.0], self.time[inside], [tau]))
        height = np.concatenate(([1.0], self.survival[inside]))
        area = np.diff(corner) * height
        area_after = area[::-1].cumsum()[::-1][1:]
        left = self.at_risk[inside] - self.events[inside]
        greenwood = np.divide(self.events[inside], self.at_risk[inside] * left, out=np.zeros(left.size), where=left > 0)
        std_error = float(tau * np.sqrt(np.sum((area_after / tau) ** 2 * greenwood)))
        estimate, half = float(area.sum()), normal_quantile(self.conf_level) * std_error
        return RestrictedMean(
            tau=tau,
            estimate=estimate,
            std_error=std_error,
            lower=estimate - half,
            upper=estimate + half,
            beyond_follow_up=bool(tau > self.time[-1] and self.survival[-1] > 0),
        )


def number_at_risk(time: Floats, at_risk: Floats, entry: Floats, entered: Floats, when: Floats) -> Floats:
    """Number at risk just before each time `when`: entered before it, and neither failed nor censored before it.

    Args:
        time, at_risk: the distinct times of a curve, ascending, and the number at risk just before each.
        entry, entered: times of delayed entry, ascending, and the weight that entered at each; empty without.
    """
    passed = ties.before(time, when)
    remaining = np.append(at_risk, 0.0)[passed]
    if entry.size == 0:
        return remaining
    total = np.concatenate(([0.0], entered.cumsum()))
    next_time = np.append(time, np.inf)[passed]
    upto_next = np.searchsorted(entry, next_time, side="left")
    # past the last time nobody is at risk, and nobody enters there
    return np.where(np.isinf(next_time), 0.0, remaining - (total[upto_next] - total[ties.before(entry, when)]))


def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    conf_type: str = "log-log",
    conf_level: float = 0.95,
) -> KaplanMeier:
    """Kaplan-Meier estimate of the probability of being event-free, in one group.

    For survival and every endpoint whose event nothing else can prevent; with competing events use
    `cumulative_incidence`.

    Args:
        time: follow-up time in any unit, float64 [n], not negative.
        event: 1 event, 0 censored (or True and False) [n].
        entry: time from which the subject was observed (delayed entry), float64 [n], before `time`; at risk in
            (entry, time]. None: everybody from the start.
        weights: number of subjects that a row stands for, float64 [n], not negative; a weight of k is k equal rows.
            Rows of weight 0 are left out.
        conf_type: scale of the limits: "log-log", "log", "plain", "logit" or "arcsin".
        conf_level: two-sided confidence level.

    Returns:
        `KaplanMeier`. At one time, events come before censorings. All censored: survival 1 throughout, no median. Last
        observation an event: survival 0 there, standard error and limits missing.

    Raises:
        AnalysisDataError: no subject; lengths differ; a value is missing; a time is negative; an event is not 0 or 1;
            an entry is not before its time; a weight is negative.

    Ties: `equipoise.stats.ties`.
    Differs from R: the limits are log-log unless asked otherwise (survfit: log), and missing while survival is 1,
    because the scale has no width there. survfit takes weights that are not whole numbers for sampling weights and
    gives a robust variance; here a weight is a number of subjects.
    Source: Kaplan & Meier 1958, J Am Stat Assoc 53:457-481; Greenwood 1926, Rep Public Health Med Subj 33:1-26.
    Checked: by hand (tests/spec/stats), against R survfit (tests/golden).

    Example:
        >>> from equipoise import stats
        >>> curve = stats.kaplan_meier([1, 2, 3, 4], [1, 0, 1, 0])
        >>> curve.survival  # day 1: 3/4; day 3: 3/4 x 1/2
        array([0.75 , 0.75 , 0.375, 0.375])
        >>> curve.at(3.5).survival
        array([0.375])
        >>> curve.median.time
        3.0
    """
    when = inputs.times(time, where=f"{WHERE}, time")
    happened = inputs.indicators(event, when.size, where=f"{WHERE}, event")
    return curve(when, happened, entry, weights, conf_type, conf_level)


def curve(
    when: Floats,
    happened: NDArray[np.int8],
    entry: ArrayLike | None,
    weights: ArrayLike | None,
    conf_type: str,
    conf_level: float,
) -> KaplanMeier:
    """`kaplan_meier` of checked times and events."""
    inputs.choice(conf_type, CONF_TYPES, where=f"{WHERE}, conf_type")
    z = normal_quantile(inputs.level(conf_level, where=f"{WHERE}, conf_level"))
    if entry is None and weights is None:
        rows = sorted_rows(when, flag=happened, n_flags=2)
        time, event, n_distinct = rows.time, rows.code, rows.n_distinct
        weight = started = entry_weight = NONE_GIVEN
        n_subjects = float(when.size)
    else:
        weight = inputs.case_weights(weights, when.size, where=WHERE)
        started = NONE_GIVEN if entry is None else inputs.entry_times(entry, when, where=WHERE)
        time, event, weight, started, entry_weight = weighted_rows(when, happened, weight, started)
        n_distinct, n_subjects = 1 + int(np.count_nonzero(np.diff(time))), float(weight.sum())
    table = np.empty((kernel.N_COLUMNS, n_distinct))
    scale = CONF_TYPES.index(conf_type)
    n_events = kernel.survival_curve(time, event, weight, started, entry_weight, scale, z, table)
    return KaplanMeier(table, n_subjects, n_events, conf_type, float(conf_level), started, entry_weight)


def weighted_rows(
    time: Floats, happened: NDArray[np.int8], weight: Floats, started: Floats
) -> tuple[Floats, inputs.Ints, Floats, Floats, Floats]:
    """Time, event and weight of the rows sorted by time, and entry and weight of the rows sorted by entry.

    Rows of weight 0 are left out; `started` is empty where all are observed from the start.
    """
    kept = weight > 0
    if not kept.all():
        time, happened, weight = time[kept], happened[kept], weight[kept]
        started = started[kept] if started.size else started
    if started.size == 0:
        order = time_order(time)
        return tied_times(time, order), happened[order].astype(np.int64), weight[order], NONE_GIVEN, NONE_GIVEN
    time, started = ties.tie(time, started)
    order, entry_order = time_order(time), time_order(started)
    event = happened[order].astype(np.int64)
    return time[order], event, weight[order], started[entry_order], weight[entry_order]


def reverse_kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    conf_type: str = "log-log",
    conf_level: float = 0.95,
) -> KaplanMeier:
    """Distribution of potential follow-up: Kaplan-Meier with events and censorings exchanged.

    Its median is the median follow-up.

    Args:
        time, entry, weights, conf_type, conf_level: as in `kaplan_meier`.
        event: 1 event, 0 censored [n]; an event ends the potential follow-up early.

    Returns:
        `KaplanMeier`, whose `events` are the censorings of the data.

    Raises:
        AnalysisDataError: as `kaplan_meier`.

    Ties: `equipoise.stats.ties`. At one time, censorings come before events here.
    Differs from R: nowhere known.
    Source: Schemper & Smith 1996, Control Clin Trials 17:343-346.
    Checked: by hand (tests/spec/stats), against R survfit (tests/golden).

    Example:
        >>> from equipoise import stats
        >>> follow_up = stats.reverse_kaplan_meier([1, 2, 3, 4], [1, 0, 1, 0])
        >>> follow_up.survival  # day 2: 1 of 3 at risk is censored; day 4: the last
        array([1.        , 0.66666667, 0.66666667, 0.        ])
    """
    when = inputs.times(time, where=f"{WHERE}, time")
    happened = inputs.indicators(event, when.size, where=f"{WHERE}, event")
    return curve(when, 1 - happened, entry, weights, conf_type, conf_level)


def crossing(time: Floats, reached: Floats, p: float) -> float:
    """First time at which the rising curve `reached` is at `p`, the middle of its flat stretch if it stays there.

    Missing if the curve does not come so far; its missing values stand for no limit. A limit can fall for a while:
    then, as in R, the time of the smallest value that is at least `p`.
    """
    if p <= 0:
        return 0.0
    when, level = np.concatenate(([0.0], time)), np.concatenate(([0.0], reached))
    steps = np.unique(level, return_index=True)[1]  # where each value first comes
    last_step = level[steps.max()]
    steps = steps[~np.isnan(level[steps])]
    at_p, above = np.searchsorted(level[steps], (p - ties.TOLERANCE, p + ties.TOLERANCE))
    if at_p == steps.size:
        return float("nan")
    if abs(last_step - p) < ties.TOLERANCE:
        return float(when[steps[at_p]] + when[-1]) / 2
    return float("nan") if above == steps.size else float(when[steps[at_p]] + when[steps[above]]) / 2
