"""Kaplan-Meier from rows whose weights change with time, with a standard error over subjects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.arrays import Floats
from equipoise.stats import inputs, ties
from equipoise.stats.kernels.product_limit import NOBODY
from equipoise.stats.limits import probability_limits
from equipoise.stats.tails import normal_quantile


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightedCurve:
    """Weighted Kaplan-Meier estimate of one arm at its event times, ascending; arrays float64 [n_times]."""

    arm: Any
    """Label of the arm."""
    time: Floats
    at_risk: Floats
    """Sum of the weights of those at risk just before the time."""
    events: Floats
    """Sum of the weights of those with the event."""
    survival: Floats
    """Probability of being event-free after the time."""
    std_error: Floats
    """Infinitesimal jackknife over subjects, the weights taken as known; missing where the survival is 0."""
    lower: Floats
    """Log-log limits."""
    upper: Floats
    last_time: float
    """End of follow-up in the arm; the curve says nothing beyond it."""

    def at(self, times: ArrayLike) -> tuple[Floats, Floats]:
        """Survival and its standard error at `times`; the last values are carried on."""
        when = inputs.one_or_more(times, where="weighted survival, times asked for")
        passed = ties.before_or_tied(self.time, when)
        return np.append(1.0, self.survival)[passed], np.append(0.0, self.std_error)[passed]


def weighted_curve(
    arm: Any,
    subject: NDArray[np.int64],
    entry: Floats,
    time: Floats,
    event: NDArray[np.int8],
    weight: Floats,
    conf_level: float,
) -> WeightedCurve:
    """The curve of one arm from rows at risk in (entry, time]; at most one row of a subject is at risk at a time.

    Source: weights: Robins & Finkelstein 2000, Biometrics 56:779-788; variance as R's survfit with clusters.
    """
    times = np.unique(time[event == 1])
    k = times.size
    first, last = np.searchsorted(times, entry, side="right"), np.searchsorted(times, time, side="right")
    died = event == 1
    events = np.bincount(last[died] - 1, weights=weight[died], minlength=k).astype(np.float64)
    entered = np.bincount(first, weights=weight, minlength=k + 1)
    left = np.bincount(last, weights=weight, minlength=k + 1)
    at_risk = np.cumsum(entered - left)[:k]
    stay = 1 - events / at_risk
    stay[stay <= NOBODY] = 0.0  # all of them: nothing is left but rounding
    survival = np.cumprod(stay).astype(np.float64)
    std_error = survival * log_std_error(subject, first, last, died, weight, events, at_risk, stay)
    lower, upper = probability_limits(survival, std_error, "log-log", normal_quantile(conf_level))
    return WeightedCurve(
        arm=arm,
        time=times,
        at_risk=at_risk,
        events=events,
        survival=survival,
        std_error=std_error,
        lower=lower,
        upper=upper,
        last_time=float(time.max()),
    )


def log_std_error(
    subject: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    died: NDArray[np.bool_],
    weight: Floats,
    events: Floats,
    at_risk: Floats,
    stay: Floats,
) -> Floats:
    """Standard error of the logarithm of the survival at each event time, float64 [k]; missing where it is 0.

    The influence of a subject is summed over time: less survival by its own event, more by being at risk of those of
    others. `first`, `last`: a row is at risk at event times number first to last - 1.
    """
    there = last > first
    entering, leaving = (in_order(place, there, stay.size) for place in (first, last))
    dying = in_order(last - 1, died, stay.size)
    influence, current = np.zeros(int(subject.max()) + 1), np.zeros(int(subject.max()) + 1)
    out = np.full(stay.size, np.nan)
    for j in range(stay.size):
        if stay[j] == 0:
            break
        # a subject goes on from one row to the next
        current[subject[leaving[j]]] = 0.0
        current[subject[entering[j]]] = weight[entering[j]]
        influence += current * (events[j] / (at_risk[j] ** 2 * stay[j]))
        influence[subject[dying[j]]] -= weight[dying[j]] / (at_risk[j] * stay[j])
        out[j] = np.sqrt(influence @ influence)
    return out


def in_order(place: NDArray[np.int64], kept: NDArray[np.bool_], k: int) -> list[NDArray[np.int64]]:
    """The rows that are kept, by their place 0 to k - 1."""
    rows = np.flatnonzero(kept)
    rows = rows[np.argsort(place[rows], kind="stable")]
    return np.split(rows, np.searchsorted(place[rows], np.arange(1, k + 1)))
