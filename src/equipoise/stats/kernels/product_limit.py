"""Counts and sums of the Kaplan-Meier estimate."""

from __future__ import annotations

import numpy as np
from numba import njit

from equipoise.stats.kernels.limits import limits_of

TIME, AT_RISK, EVENTS, CENSORED, SURVIVAL, LOG_STD_ERROR, LOWER, UPPER = 0, 1, 2, 3, 4, 5, 6, 7
N_COLUMNS = 8
"""Rows of the table of a curve."""

NOBODY = 1e-12
"""Share of those at risk up to which what is left of them after their events is rounding."""


@njit(cache=True, error_model="numpy")
def survival_curve(time, event, weight, entry, entry_weight, scale, z, table):
    """Fill the table of a curve, float64 [N_COLUMNS, distinct times]; the number of events.

    `time` ascending with its `event` (1 or 0, int64) and `weight` (empty where each row is one subject); `entry`
    ascending with its `entry_weight`, both empty where all subjects are observed from the start. The limits are on
    `scale` (`kernels.limits`), with the normal quantile `z`.
    """
    count_at_risk(time, event, weight, entry, entry_weight, table)
    free, log_variance, log_se, n_events = 1.0, 0.0, 0.0, 0.0
    lower, upper = limits_of(1.0, 0.0, scale, z)
    for k in range(table.shape[1]):
        events = table[EVENTS, k]
        if events > 0:
            at_risk = table[AT_RISK, k]
            left = at_risk - events
            if left <= NOBODY * at_risk:  # all of them: nothing is left but rounding
                left = 0.0
            n_events += events
            free *= left / at_risk
            log_variance += events / at_risk / left if left > 0 else np.inf
            log_se = np.sqrt(log_variance)
            lower, upper = limits_of(free, free * log_se if left > 0 else np.nan, scale, z)
        table[SURVIVAL, k], table[LOG_STD_ERROR, k], table[LOWER, k], table[UPPER, k] = free, log_se, lower, upper
    return n_events


@njit(cache=True, error_model="numpy")
def count_at_risk(time, event, weight, entry, entry_weight, table):
    """Fill the distinct times with their events, censorings and number at risk, summed from the last time backwards."""
    remaining, k = 0.0, table.shape[1]
    last, later = time.size, entry.size
    while last > 0:
        k -= 1
        t, events, censored = time[last - 1], 0.0, 0.0
        while last > 0 and time[last - 1] == t:
            last -= 1
            one = weight[last] if weight.size else 1.0
            events += one * event[last]
            censored += one * (1 - event[last])
        remaining += events + censored
        while later > 0 and entry[later - 1] >= t:
            later -= 1
            remaining -= entry_weight[later]
        table[TIME, k], table[AT_RISK, k], table[EVENTS, k], table[CENSORED, k] = t, remaining, events, censored
