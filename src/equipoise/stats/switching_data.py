"""Data for the analysis of a change of treatment: who switched when, and what was measured before."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.arrays import Flags, Floats
from equipoise.stats import contrasts, inputs, ties

WHERE = "weights for switching"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Covariates that change with time, one row a measurement; a value holds until the next of the same subject.

    A value counts for what happens after its time, not at it: one that led to a switch on the same day must be dated
    before that day.
    """

    subject: ArrayLike
    """Row of the subject among the subjects, from 0, int64 [n_visits]."""
    time: ArrayLike
    """In the unit and from the origin of follow-up, float64 [n_visits]."""
    values: ArrayLike
    """float64 [n_visits, q], or [n_visits] for one covariate."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SwitchingData:
    """The data, checked; arrays [n] but for the covariates."""

    end: Floats
    """Follow-up time, or time of the switch if that came first."""
    event: NDArray[np.int8]
    """1 an event before a switch (or at the same time)."""
    switched: Flags
    """Follow-up was cut at a switch."""
    start: Floats
    """Time from which the subject could switch; infinite if never."""
    arm: NDArray[np.int64]
    """0 reference, 1 experimental."""
    baseline: Floats
    """Covariates known at the start, float64 [n, p]; p may be 0."""
    visits: tuple[tuple[Floats, Floats], ...]
    """For each subject the times and values of its visits, ascending; empty without visits."""
    adjust_for: Floats
    """Baseline covariates of the outcome model, float64 [n, q]; q may be 0."""
    strata: NDArray[np.int64]

    def subset(self, rows: NDArray[np.int64]) -> SwitchingData:
        """The data of some subjects, who may come more than once."""
        return SwitchingData(
            end=self.end[rows],
            event=self.event[rows],
            switched=self.switched[rows],
            start=self.start[rows],
            arm=self.arm[rows],
            baseline=self.baseline[rows],
            visits=tuple(self.visits[i] for i in rows) if self.visits else (),
            adjust_for=self.adjust_for[rows],
            strata=self.strata[rows],
        )


def checked(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    switch_time: ArrayLike,
    *,
    covariates: ArrayLike | None,
    visits: Visits | None,
    eligible_from: ArrayLike | None,
    adjust_for: ArrayLike | None,
    strata: ArrayLike | None,
    reference: Any,
) -> tuple[SwitchingData, tuple[Any, Any]]:
    """The data, and the labels of the reference arm and the experimental arm."""
    when = inputs.times(time, where=f"{WHERE}, time")
    n = when.size
    happened = inputs.indicators(event, n, where=f"{WHERE}, event")
    labels, place = inputs.codes(arm, n, where=f"{WHERE}, arm")
    first = contrasts.reference_of_two(labels, reference, where=WHERE, column="arm")
    switch = times_or_never(switch_time, n, where=f"{WHERE}, switch_time")
    start = np.zeros(n) if eligible_from is None else times_or_never(eligible_from, n, where=f"{WHERE}, eligible_from")
    switched = switch < when - ties.width_of(when)
    refuse_early_switches(switched, switch, start)
    data = SwitchingData(
        end=np.where(switched, switch, when),
        event=np.where(switched, 0, happened).astype(np.int8),
        switched=switched,
        start=start,
        arm=(place != first).astype(np.int64),
        baseline=matrix(covariates, n, where=f"{WHERE}, covariates"),
        visits=by_subject(visits, n),
        adjust_for=matrix(adjust_for, n, where=f"{WHERE}, adjust_for"),
        strata=inputs.strata_codes(strata, n, where=f"{WHERE}, strata")[1],
    )
    return data, (labels[first], labels[1 - first])


def times_or_never(values: ArrayLike, n: int, *, where: str) -> Floats:
    """A column of times, infinite where missing (None, NaN) or infinite, float64 [n]."""
    column = inputs.column_of(values, where=where)
    inputs.same_length(column, n, where=where)
    column = np.where(np.isnan(column), np.inf, column)
    inputs.refuse_rows(
        column < 0, "negative", where=where, rule="STATS-TIME", remedy="count time from the origin of the follow-up"
    )
    return column


def refuse_early_switches(switched: Flags, switch: Floats, start: Floats) -> None:
    """Refuse a switch that comes before it could."""
    inputs.refuse_rows(
        switched & (switch <= start + ties.TOLERANCE),
        "not after the time from which a switch was possible (0 if none is given)",
        where=f"{WHERE}, switch_time",
        rule="STATS-SWITCH-TIME",
        remedy="let eligible_from be a time before the switch, or leave out a subject that began on the other arm",
    )


def matrix(values: ArrayLike | None, n: int, *, where: str) -> Floats:
    """Covariates float64 [n, p]; p is 0 where there are none."""
    return np.empty((n, 0)) if values is None else inputs.covariate_matrix(values, n, where=where)


def by_subject(visits: Visits | None, n: int) -> tuple[tuple[Floats, Floats], ...]:
    """Times and values of the visits of each subject, times ascending; empty without visits."""
    if visits is None:
        return ()
    when = inputs.numbers(visits.time, where=f"{WHERE}, time of visits")
    subject = inputs.numbers(visits.subject, where=f"{WHERE}, subject of visits")
    values = inputs.covariate_matrix(visits.values, when.size, where=f"{WHERE}, values of visits")
    inputs.same_length(subject, when.size, where=f"{WHERE}, subject of visits")
    inputs.refuse_rows(
        ~np.isin(subject, np.arange(n)),
        f"not rows of subjects, 0 to {n - 1}",
        where=f"{WHERE}, subject of visits",
        rule="STATS-GROUP",
        remedy="give the row of the subject in `time`, counted from 0",
    )
    order = np.lexsort((when, subject))
    edges = np.searchsorted(subject[order], np.arange(n + 1))
    return tuple((when[order[a:b]], values[order[a:b]]) for a, b in pairwise(edges))
