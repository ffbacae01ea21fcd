"""Cumulative incidence with its two variances."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def aalen_johansen(time, cause, n_causes):  # type: ignore[no-untyped-def]
    """Curves at the distinct times; `time` ascending, `cause` 0 censored, 1..n_causes.

    Returns the number of distinct times, of which only so many columns are filled; time, at risk just before and
    event-free probability, [3, n]; then events, cumulative incidence, variance as in cmprsk and variance as in
    survival, each [1 + n_causes, n], with censorings or the event-free state in place 0.
    """
    n = time.size
    table, counts, incidence = np.zeros((3, n)), np.zeros((1 + n_causes, n)), np.zeros((1 + n_causes, n))
    by_cause, multinomial = np.zeros((1 + n_causes, n)), np.zeros((1 + n_causes, n))
    current, sums = np.zeros(1 + n_causes), np.zeros((1 + n_causes, 6))
    free, greenwood = 1.0, 0.0
    first = k = 0
    while first < n:
        table[0, k], table[1, k] = time[first], n - first
        at_risk = float(n - first)
        while first < n and time[first] == table[0, k]:
            counts[cause[first], k] += 1
            first += 1
        events = at_risk - (n - first) - counts[0, k]
        left = at_risk - events
        for c in range(1, n_causes + 1):
            current[c] += free * counts[c, k] / at_risk
            if events > 0:
                add_variance(sums[c], counts[c, k], events, at_risk, free / at_risk, current[c])
            level = current[c]
            incidence[c, k] = level
            by_cause[c, k] = max(0.0, sums[c, 0] - 2 * level * sums[c, 1] + level * level * sums[c, 2])
            multinomial[c, k] = max(0.0, sums[c, 3] - 2 * level * sums[c, 4] + level * level * sums[c, 5])
        free *= left / at_risk
        if left > 0:
            greenwood += events / (at_risk * left)
        table[2, k] = incidence[0, k] = free
        by_cause[0, k] = multinomial[0, k] = free * free * greenwood
        k += 1
    return k, table, counts, incidence, by_cause, multinomial


@njit(cache=True)
def add_variance(sums, died, events, at_risk, jump, level):  # type: ignore[no-untyped-def]
    """Add one event time s to the sums of which the variance of the incidence F(t) at later times t is made.

    An event of the cause adds `jump` - b to F(t), another event -b, where b = (F(t) - F(s)) / (left at risk). The sums
    are the coefficients of 1, -2 F(t) and F(t)^2: first with a tie correction for each cause, then multinomial.
    """
    left = at_risk - events
    slope = 1 / left if left > 0 else 0.0
    other = level * slope
    own = jump + other
    rest = events - died
    one = died * (1 - (died - 1) / (at_risk - 1)) if died > 1 else died
    two = rest * (1 - (rest - 1) / (at_risk - 1)) if rest > 1 else rest
    sums[0] += one * own * own + two * other * other
    sums[1] += (one * own + two * other) * slope
    sums[2] += (one + two) * slope * slope
    mean = died * own + rest * other
    sums[3] += died * own * own + rest * other * other - mean * mean / at_risk
    sums[4] += mean * (1 - events / at_risk) * slope
    sums[5] += events * (1 - events / at_risk) * slope * slope
