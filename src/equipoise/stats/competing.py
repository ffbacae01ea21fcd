"""Cumulative incidence of each cause where causes compete (Aalen-Johansen)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.stats import cause_codes, contrasts, inputs, ties
from equipoise.stats.kernels import aalen_johansen as kernel
from equipoise.stats.kernels.jackknife import jackknife
from equipoise.stats.limits import CONF_TYPES, probability_limits
from equipoise.stats.order import NO_CODES, SortedRows, by_stratum, sorted_rows, time_order
from equipoise.stats.survival import number_at_risk
from equipoise.stats.tails import normal_quantile

WHERE = "cumulative incidence"
VARIANCES = ("cmprsk", "survival")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IncidenceAt:
    """Cumulative incidence of one cause in one group at the times asked for; every array float64 [n_times]."""

    time: Floats
    """The times asked for."""
    incidence: Floats
    """Probability of an event of the cause up to and including the time."""
    lower: Floats
    """Lower limit of `incidence`."""
    upper: Floats
    """Upper limit of `incidence`."""
    at_risk: Floats
    """Number at risk (event-free and in follow-up) just before the time."""
    std_error: Floats
    """Of `incidence`, by the variance that was asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class IncidenceCurves:
    """All causes in one group; times ascending, censored ones included; arrays float64 [n_times] or as they say."""

    group: Any
    """Label of the group; None without groups."""
    n: int
    """Number of subjects."""
    table: Floats = field(repr=False)
    """All the curves, float64 [rows of `kernels.aalen_johansen`, n_times]; the properties name its rows."""
    entry: Floats = field(repr=False)
    """Times of delayed entry, ascending; empty if all were observed from the start."""
    jackknife: Floats = field(repr=False)
    """With delayed entry the standard error as in survival, float64 [n_causes, n_times]; empty otherwise."""
    conf_type: str
    """Scale of the limits."""
    conf_level: float
    """Two-sided confidence level of the limits."""
    variance: str
    """Variance of the limits, "cmprsk" or "survival"."""

    @property
    def time(self) -> Floats:
        """Distinct times, in the unit of the data."""
        return self.table[kernel.TIME]

    @property
    def at_risk(self) -> Floats:
        """Number at risk (event-free and in follow-up) just before the time."""
        return self.table[kernel.AT_RISK]

    @property
    def event_free(self) -> Floats:
        """Probability of no event of any cause up to and including the time."""
        return self.table[kernel.EVENT_FREE]

    @property
    def event_free_std_error(self) -> Floats:
        """Greenwood's standard error of `event_free`; 0 where that is 0."""
        events = self.events.sum(axis=0)
        left = self.at_risk - events
        greenwood = np.divide(events, self.at_risk * left, out=np.zeros(left.size), where=left > 0)
        return self.event_free * np.sqrt(greenwood.cumsum())

    @property
    def censored(self) -> Floats:
        """Number censored at the time; they count as at risk there."""
        return self.table[kernel.CENSORED]

    @property
    def events(self) -> Floats:
        """Number of events at the time, float64 [n_causes, n_times], like all that follow."""
        return self._by_cause(0)

    @property
    def incidence(self) -> Floats:
        """Cumulative incidence up to and including the time."""
        return self._by_cause(1)

    @property
    def std_error(self) -> Floats:
        """Standard error of `incidence` by the variance that was asked for."""
        return self.std_error_survival if self.variance == "survival" else self.std_error_cmprsk

    @property
    def std_error_cmprsk(self) -> Floats:
        """Standard error of `incidence` as in cmprsk; computed when asked for, if it is not that of the limits."""
        return self._std_error("cmprsk")

    @property
    def std_error_survival(self) -> Floats:
        """Standard error of `incidence` as in survival; computed when asked for, if it is not that of the limits."""
        return self._std_error("survival")

    @property
    def lower(self) -> Floats:
        """Lower limit of `incidence`; computed when asked for."""
        return self._limits()[0]

    @property
    def upper(self) -> Floats:
        """Upper limit of `incidence`; computed when asked for."""
        return self._limits()[1]

    def _by_cause(self, which: int) -> Floats:
        """The rows of all causes for one of the three things that the table holds of each."""
        n_causes = (len(self.table) - kernel.CAUSES) // 3
        first = kernel.CAUSES + which * n_causes
        return self.table[first : first + n_causes]

    def _std_error(self, variance: str) -> Floats:
        if variance == "survival" and self.entry.size:
            return self.jackknife
        if variance == self.variance:
            return self._by_cause(2)
        errors, events = np.empty(self.events.shape), np.ascontiguousarray(self.events)
        kernel.standard_errors(np.ascontiguousarray(self.at_risk), events, int(variance == "survival"), errors)
        return errors

    def _limits(self) -> tuple[Floats, Floats]:
        return probability_limits(self.incidence, self.std_error, self.conf_type, normal_quantile(self.conf_level))


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeIncidence:
    """Aalen-Johansen estimates of every cause in every group."""

    causes: tuple[int, ...]
    """Codes of the causes that occur, ascending."""
    groups: inputs.Labels
    """Labels, ascending; (None,) without groups."""
    curves: tuple[IncidenceCurves, ...]
    """One for each group."""
    conf_type: str
    """Scale of the limits."""
    conf_level: float
    """Two-sided confidence level of the limits."""
    variance: str
    """Variance of the limits, "cmprsk" or "survival"."""

    def of(self, group: Any = None) -> IncidenceCurves:
        """The curves of one group; without groups there is nothing to name."""
        return self.curves[contrasts.place_of(group, self.groups, where=WHERE)]

    def at(self, times: ArrayLike, *, cause: int = 1, group: Any = None, extend: bool = True) -> IncidenceAt:
        """The curve of `cause` in `group` at `times`, float64 [n_times], one number is allowed.

        Args:
            times: a time tied with an event time by `ties` includes that event.
            cause: code of the cause; one that never occurs has incidence 0.
            group: label of the group; None without groups.
            extend: carry the last value on past the last time of the group; False gives missing values there.
        """
        when = inputs.one_or_more(times, where=f"{WHERE}, times asked for")
        cause = inputs.whole_number(cause, where=f"{WHERE}, cause")
        curves = self.of(group)
        passed = ties.before_or_tied(curves.time, when)
        beyond = ties.before(curves.time, when) == curves.time.size

        def carried(rows: Floats) -> Floats:
            # a cause that never occurs has no row, and stays at 0
            row = rows[self.causes.index(cause)] if cause in self.causes else np.zeros(curves.time.size)
            value = np.concatenate(([0.0], row))[passed]
            return value if extend else np.where(beyond, np.nan, value)

        incidence, std_error = carried(curves.incidence), carried(curves.std_error)
        limits = probability_limits(incidence, std_error, self.conf_type, normal_quantile(self.conf_level))
        return IncidenceAt(
            time=when,
            incidence=incidence,
            lower=limits[0],
            upper=limits[1],
            at_risk=number_at_risk(curves.time, curves.at_risk, curves.entry, np.ones(curves.entry.size), when),
            std_error=std_error,
        )


def cumulative_incidence(
    time: ArrayLike,
    cause: ArrayLike,
    *,
    group: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    censor_code: int = 0,
    conf_type: str = "log-log",
    conf_level: float = 0.95,
    variance: str = "cmprsk",
) -> CumulativeIncidence:
    """Aalen-Johansen estimate of the cumulative incidence of each cause, in each group.

    The probability of an event of one cause by a time, where another cause can come first: relapse and death without
    relapse. 1 minus Kaplan-Meier is not that probability.

    Args:
        time: follow-up time in any unit, float64 [n], not negative.
        cause: what ended it, whole numbers [n]; any codes.
        group: label of the subject's group [n]; None for one group.
        entry: time from which the subject was observed (delayed entry), float64 [n], before `time`; at risk in
            (entry, time]. None: everybody from the start.
        censor_code: the code of `cause` that means censored.
        conf_type: scale of the limits: "log-log" (of the incidence), "log", "plain", "logit" or "arcsin".
        conf_level: two-sided confidence level.
        variance: variance of the limits. "cmprsk": each cause a binomial of its own at tied events (Gray's package);
            "survival": multinomial (infinitesimal jackknife of the survival package). Both can be asked of the
            result; they agree in large samples.

    Returns:
        `CumulativeIncidence`. At one time, events come before censorings. All censored: no causes, event-free 1.
        While the incidence is 0 its limits are missing, but for plain. With delayed entry a curve that reached
        event-free 0, because nobody else was at risk yet, stays there.

    Raises:
        AnalysisDataError: no subject; lengths differ; a value is missing; a time is negative; a cause is not a whole
            number; an entry is not before its time.

    Ties: `equipoise.stats.ties`.
    Differs from R: cmprsk ties only times that are equal to the last bit, and knows no delayed entry: with it the
    variance "cmprsk" is the same sum over event times with the number then at risk, for which there is no reference.
    The variance "survival" with delayed entry is that of survfit for several states, but the standard error of the
    event-free probability is Greenwood's, as survfit gives it for one kind of event.
    Source: Aalen & Johansen 1978, Scand J Statist 5:141-150; Dinse & Larson 1986, Biometrika 73:379-386; limits:
    Marubini & Valsecchi 1995, section 10.2.
    Checked: by hand (tests/spec/stats), against R cmprsk and survival (tests/golden; delayed entry: tests/spec/stats).

    Example:
        >>> from equipoise import stats
        >>> curves = stats.cumulative_incidence([1, 2, 3, 4, 5], [1, 2, 0, 1, 0])
        >>> curves.at([1, 4]).incidence  # day 1: 1/5; day 4: 1/5 + 3/5 x 1/2, as 1 - 1/5 - 1/5 are event-free
        array([0.2, 0.5])
        >>> curves.at(4, cause=2).incidence
        array([0.2])
    """
    when = inputs.times(time, where=f"{WHERE}, time")
    codes, place = cause_codes.causes(cause, when.size, censor_code, where=WHERE)
    labels: inputs.Labels = (None,)
    member = NO_CODES
    if group is not None:
        labels, member = inputs.codes(group, when.size, where=f"{WHERE}, group")
    inputs.choice(conf_type, CONF_TYPES, where=f"{WHERE}, conf_type")
    inputs.choice(variance, VARIANCES, where=f"{WHERE}, variance")
    inputs.level(conf_level, where=f"{WHERE}, conf_level")
    rows, entries = sorted_rows_and_entries(when, place, len(codes) + 1, member, len(labels), entry)
    first = np.empty(len(labels) + 1, np.int64)
    table = np.empty((kernel.CAUSES + 3 * len(codes), rows.n_distinct))
    multinomial = int(variance == "survival")
    kernel.aalen_johansen(*rows[:3], entries.time, entries.start, multinomial, table, first)
    edges, starts = first.tolist(), rows.start.tolist()
    curves = []
    for j, label in enumerate(labels):
        columns = table[:, edges[j] : edges[j + 1]]
        started, jackknife = entries.of(j, rows, columns.shape[1], len(codes))
        size = starts[j + 1] - starts[j]
        curves.append(IncidenceCurves(label, size, columns, started, jackknife, conf_type, conf_level, variance))
    return CumulativeIncidence(codes, labels, tuple(curves), conf_type, float(conf_level), variance)


class Entries(NamedTuple):
    """Times of delayed entry sorted by group, then time; all empty if all subjects are observed from the start."""

    time: Floats
    start: inputs.Ints
    own: Floats
    """Entry of each of the rows, sorted by group, then time of the end."""

    def of(self, group: int, rows: SortedRows, n_times: int, n_causes: int) -> tuple[Floats, Floats]:
        """Entries of one group, and the standard errors of its incidences by the infinitesimal jackknife."""
        if self.time.size == 0:
            return self.time, self.time
        here = slice(rows.start[group], rows.start[group + 1])
        errors = np.empty((n_causes, n_times))
        for c in range(n_causes):
            jackknife(rows.time[here], rows.code[here], self.own[here], self.time[here], c + 1, errors[c])
        return self.time[here], errors


ALL_AT_THE_START = Entries(np.empty(0), np.empty(0, np.int64), np.empty(0))


def sorted_rows_and_entries(
    when: Floats, place: inputs.Ints, n_codes: int, member: inputs.Ints, n_groups: int, entry: ArrayLike | None
) -> tuple[SortedRows, Entries]:
    """Rows sorted by group, then time, with the code of the cause, and the entries."""
    if entry is None:
        return sorted_rows(when, place, n_codes, block=member, n_blocks=n_groups), ALL_AT_THE_START
    when, started = ties.tie(when, inputs.entry_times(entry, when, where=WHERE))
    member = member if member.size else np.zeros(when.size, np.int64)
    order, start = by_stratum(time_order(when), member, n_groups)
    entry_order = by_stratum(time_order(started), member, n_groups)[0]
    time = when[order]
    fresh = np.ones(time.size, np.bool_)
    fresh[1:] = (np.diff(time) > 0) | (np.diff(member[order]) > 0)
    rows = SortedRows(time, place[order], start, int(fresh.sum()))
    return rows, Entries(started[entry_order], start, started[order])
