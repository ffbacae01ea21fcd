"""Cumulative incidence with its two variances."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def aalen_johansen(time, cause, n_causes):  # type: ignore[no-untyped-def]
    """Curves at the distinct times; `time` ascending, `cause` 0 censored, 1..n_causes.

    Returns time, at risk just before and event-free probability [n_times], then events, cumulative incidence, variance
    as in cmprsk and variance as in survival [n_causes + 1, n_times]; place 0 is censorings and the event-free state.

    The variance is a sum over event times s of d_k (1/n S(s-) - b)^2 and d_j b^2 with b = (F(t) - F(s)) / (n - d), less
    their tie corrections. It is expanded in powers of F(t), of which the three sums are kept.
    """
    n = time.size
    out = np.zeros((3, n))
    events, incidence = np.zeros((n_causes + 1, n)), np.zeros((n_causes + 1, n))
    by_cause, multinomial = np.zeros((n_causes + 1, n)), np.zeros((n_causes + 1, n))
    died, current = np.zeros(n_causes + 1), np.zeros(n_causes + 1)
    a, b = np.zeros((3, n_causes + 1)), np.zeros((3, n_causes + 1))
    free, greenwood = 1.0, 0.0
    first, k = 0, 0
    while first < n:
        t, at_risk = time[first], float(n - first)
        died[:] = 0
        while first < n and time[first] == t:
            died[cause[first]] += 1
            first += 1
        total = died[1:].sum()
        left = at_risk - total
        if total > 0:
            for c in range(1, n_causes + 1):
                current[c] += free * died[c] / at_risk
                own = free / at_risk + (current[c] / left if left > 0 else 0.0)  # at F(t) = 0
                other = current[c] / left if left > 0 else 0.0
                slope = 1 / left if left > 0 else 0.0
                tie_own = 1 - (died[c] - 1) / (at_risk - 1) if died[c] > 1 else 1.0
                rest = total - died[c]
                tie_rest = 1 - (rest - 1) / (at_risk - 1) if rest > 1 else 1.0
                d_own, d_rest = died[c] * tie_own, rest * tie_rest
                a[0, c] += d_own * own**2 + d_rest * other**2
                a[1, c] += (d_own * own + d_rest * other) * slope
                a[2, c] += (d_own + d_rest) * slope**2
                mean_own = died[c] * own + rest * other
                b[0, c] += died[c] * own**2 + rest * other**2 - mean_own**2 / at_risk
                b[1, c] += (mean_own - total * mean_own / at_risk) * slope
                b[2, c] += (total - total**2 / at_risk) * slope**2
            free *= left / at_risk
            greenwood += total / (at_risk * left) if left > 0 else 0.0
        out[0, k], out[1, k], out[2, k] = t, at_risk, free
        events[:, k] = died
        incidence[:, k] = current
        incidence[0, k] = free
        multinomial[0, k] = by_cause[0, k] = free**2 * greenwood
        for c in range(1, n_causes + 1):
            level = current[c]
            by_cause[c, k] = max(0.0, a[0, c] - 2 * level * a[1, c] + level**2 * a[2, c])
            multinomial[c, k] = max(0.0, b[0, c] - 2 * level * b[1, c] + level**2 * b[2, c])
        k += 1
    return out[:, :k], events[:, :k], incidence[:, :k], by_cause[:, :k], multinomial[:, :k]
