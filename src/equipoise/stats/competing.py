"""Cumulative incidence of each cause where causes compete (Aalen-Johansen)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs, ties
from equipoise.stats.kernels.aalen_johansen import aalen_johansen
from equipoise.stats.limits import probability_limits
from equipoise.stats.tails import normal_quantile

WHERE = "cumulative incidence"
VARIANCES = ("cmprsk", "survival")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IncidenceAt:
    """Cumulative incidence of one cause in one group at the times asked for; every array float64 [n_times]."""

    time: Floats
    incidence: Floats
    lower: Floats
    upper: Floats
    at_risk: Floats
    """Number at risk (event-free and in follow-up) just before the time."""
    std_error: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IncidenceCurves:
    """All causes in one group; times ascending, censored ones included."""

    group: Any
    n: int
    time: Floats
    at_risk: Floats
    event_free: Floats
    event_free_std_error: Floats
    censored: Floats
    events: Floats
    """float64 [n_causes, n_times], like all that follow."""
    incidence: Floats
    std_error: Floats
    """By the variance that was asked for."""
    std_error_cmprsk: Floats
    std_error_survival: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CumulativeIncidence:
    """Aalen-Johansen estimates of every cause in every group."""

    groups: inputs.Labels
    """Labels, ascending; (None,) without groups."""
    causes: tuple[int, ...]
    """Codes of the causes that occur, ascending."""
    curves: tuple[IncidenceCurves, ...]
    """One for each group."""
    conf_type: str
    conf_level: float
    variance: str

    def of(self, group: Any = None) -> IncidenceCurves:
        """The curves of one group; without groups there is nothing to name."""
        if group not in self.groups:
            raise AnalysisDataError(
                f"there is no group {group!r}",
                where=WHERE,
                rule="STATS-GROUP",
                remedy="name one of the groups of the data",
            )
        return self.curves[self.groups.index(group)]

    def at(self, times: ArrayLike, *, cause: int = 1, group: Any = None, extend: bool = True) -> IncidenceAt:
        """The curve of `cause` in `group` at `times`, float64 [n_times], one number is allowed.

        Args:
            times: a time tied with an event time by `ties` includes that event.
            cause: code of the cause; one that never occurs has incidence 0.
            group: label of the group; None without groups.
            extend: carry the last value on past the last time of the group; False gives missing values there.
        """
        when = inputs.numbers(np.atleast_1d(np.asarray(times)), where=f"{WHERE}, times asked for")
        curves = self.of(group)
        passed = ties.before_or_tied(curves.time, when)
        beyond = ties.before(curves.time, when) == curves.time.size

        def carried(rows: Floats, start: float) -> Floats:
            # a cause that never occurs has no row, and keeps its starting value
            row = rows[self.causes.index(cause)] if cause in self.causes else np.full(curves.time.size, start)
            value = np.concatenate(([start], row))[passed]
            return value if extend else np.where(beyond, np.nan, value)

        no_width = 0.0 if self.conf_type == "plain" else np.nan
        return IncidenceAt(
            time=when,
            incidence=carried(curves.incidence, 0.0),
            lower=carried(curves.lower, no_width),
            upper=carried(curves.upper, no_width),
            at_risk=np.append(curves.at_risk, 0.0)[ties.before(curves.time, when)],
            std_error=carried(curves.std_error, 0.0),
        )


def cumulative_incidence(
    time: ArrayLike,
    cause: ArrayLike,
    *,
    group: ArrayLike | None = None,
    censor_code: int = 0,
    conf_type: str = "log-log",
    conf_level: float = 0.95,
    variance: str = "cmprsk",
) -> CumulativeIncidence:
    """Aalen-Johansen estimate of the cumulative incidence of each cause, in each group.

    Args:
        time: follow-up time in any unit, float64 [n], not negative.
        cause: what ended it, whole numbers [n]; any codes.
        group: label of the subject's group [n]; None for one group.
        censor_code: the code of `cause` that means censored.
        conf_type: "log-log" (of the incidence) or "plain" limits.
        conf_level: two-sided confidence level.
        variance: variance of the limits. "cmprsk": each cause a binomial of its own at tied events (Gray's package);
            "survival": multinomial (infinitesimal jackknife of the survival package). Both are in the result; they
            agree in large samples.

    Returns:
        `CumulativeIncidence`. At one time, events come before censorings. All censored: no causes, event-free 1.
        While the incidence is 0 its log-log limits are missing.

    Raises:
        AnalysisDataError: no subject; lengths differ; a value is missing; a time is negative; a cause is not a whole
            number.

    Ties: `equipoise.stats.ties`.
    Source: Aalen & Johansen 1978, Scand J Statist 5:141-150; Dinse & Larson 1986, Biometrika 73:379-386; limits:
    Marubini & Valsecchi 1995, section 10.2.
    Checked: by hand (tests/spec/stats), against R cmprsk and survival (tests/golden).
    """
    when = inputs.times(time, where=f"{WHERE}, time")
    codes, place = inputs.causes(cause, when.size, censor_code, where=f"{WHERE}, cause")
    if group is None:
        labels, member = (None,), np.zeros(when.size, np.int64)
    else:
        labels, member = inputs.codes(group, when.size, where=f"{WHERE}, group")
    inputs.choice(conf_type, ("log-log", "plain"), where=f"{WHERE}, conf_type")
    inputs.choice(variance, VARIANCES, where=f"{WHERE}, variance")
    z = normal_quantile(inputs.level(conf_level, where=f"{WHERE}, conf_level"))
    (when,) = ties.tie(when)
    order = np.lexsort((when, member))
    when, place = when[order], place[order]
    edges = np.searchsorted(member[order], np.arange(len(labels) + 1))
    curves = tuple(
        group_curves(label, when[first:last], place[first:last], len(codes), variance, conf_type, z)
        for label, first, last in zip(labels, edges[:-1], edges[1:], strict=True)
    )
    return CumulativeIncidence(
        groups=labels,
        causes=codes,
        curves=curves,
        conf_type=conf_type,
        conf_level=float(conf_level),
        variance=variance,
    )


def group_curves(
    label: Any, time: Floats, cause: inputs.Ints, n_causes: int, variance: str, conf_type: str, z: float
) -> IncidenceCurves:
    """The curves of one group from its rows, time ascending."""
    n_times, *curves = aalen_johansen(time, cause, n_causes)
    table, events, incidence, by_cause, multinomial = (np.ascontiguousarray(curve[:, :n_times]) for curve in curves)
    std_errors = {"cmprsk": np.sqrt(by_cause[1:]), "survival": np.sqrt(multinomial[1:])}
    lower, upper = probability_limits(incidence[1:], std_errors[variance], conf_type, z)
    return IncidenceCurves(
        group=label,
        n=time.size,
        time=table[0],
        at_risk=table[1],
        event_free=table[2],
        event_free_std_error=np.sqrt(multinomial[0]),
        censored=events[0],
        events=events[1:],
        incidence=incidence[1:],
        std_error=std_errors[variance],
        std_error_cmprsk=std_errors["cmprsk"],
        std_error_survival=std_errors["survival"],
        lower=lower,
        upper=upper,
    )
