"""Counts and sums of the Kaplan-Meier estimate."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def product_limit(time, event, weight, entry, entry_weight):  # type: ignore[no-untyped-def]
    """Curve at the distinct times.

    `time` ascending with its `event` and `weight`; `entry` ascending with its `entry_weight`, both empty where all
    subjects are observed from the start. Returns, at each distinct time: time, at risk just before, events, censored,
    event-free probability, variance of its logarithm (Greenwood), cumulative hazard (Nelson-Aalen), its variance.
    """
    n = time.size
    distinct = 1
    for i in range(1, n):
        distinct += time[i] != time[i - 1]
    out = np.zeros((8, distinct))
    remaining = 0.0
    last, later, k = n, entry.size, distinct
    while last > 0:
        k -= 1
        t = time[last - 1]
        while last > 0 and time[last - 1] == t:
            last -= 1
            remaining += weight[last]
            out[2 + (event[last] == 0), k] += weight[last]
        while later > 0 and entry[later - 1] >= t:
            later -= 1
            remaining -= entry_weight[later]
        out[0, k], out[1, k] = t, remaining
    free, log_variance, hazard, hazard_variance = 1.0, 0.0, 0.0, 0.0
    for k in range(distinct):
        at_risk, events = out[1, k], out[2, k]
        if events > 0:
            left = at_risk - events
            if left <= 1e-12 * at_risk:  # all of them: nothing is left but rounding
                left = 0.0
            free *= left / at_risk
            log_variance += events / (at_risk * left) if left > 0 else np.inf
            hazard += events / at_risk
            hazard_variance += events / (at_risk * at_risk)
        out[4, k], out[5, k], out[6, k], out[7, k] = free, log_variance, hazard, hazard_variance
    return out
