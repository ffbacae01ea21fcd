"""Sums of the weighted log-rank test."""

from __future__ import annotations

from numba import njit

from equipoise.stats.kernels.ordering import rows_of_keys

N, OBSERVED, EXPECTED, SCORE, VARIANCE = 0, 1, 2, 3, 4
"""Rows of the sums; the variance takes K rows, and three more are for work."""
WORK = 3


@njit(cache=True, error_model="numpy")
def weighted_log_rank(time, code, start, rho, gamma, at_risk_power, sums):
    """Add subjects, observed and expected events of each group, their difference and its variance, over strata.

    Returns the number of groups with expected events.

    Args:
        time, code, start: rows sorted by stratum, then time (`order.SortedRows`); the code is twice the group, plus 1
            for an event.
        rho, gamma, at_risk_power: the weight at an event time is n^at_risk_power S^rho (1 - S)^gamma, with n at risk
            and S the pooled Kaplan-Meier of the stratum just before the time.
        sums: float64 [VARIANCE + K + WORK, K], zeros.
    """
    n_groups = sums.shape[1]
    at_risk, events, gone = sums[VARIANCE + n_groups], sums[VARIANCE + n_groups + 1], sums[VARIANCE + n_groups + 2]
    for stratum in range(start.size - 1):
        first, end = start[stratum], start[stratum + 1]
        for j in range(n_groups):
            at_risk[j] = 0.0
        for i in range(first, end):
            at_risk[code[i] >> 1] += 1
        for j in range(n_groups):
            sums[N, j] += at_risk[j]
        free, total = 1.0, float(end - first)
        while first < end:
            t, died, left = time[first], 0.0, 0.0
            while first < end and time[first] == t:
                group, event = code[first] >> 1, float(code[first] & 1)
                gone[group] += 1
                events[group] += event
                died += event
                left += 1
                first += 1
            if died > 0:
                weight = 1.0
                if rho != 0 or gamma != 0 or at_risk_power != 0:
                    weight = total**at_risk_power * free**rho * (1 - free) ** gamma
                add_time(sums, at_risk, events, weight, died, total)
                free *= 1 - died / total
            for j in range(n_groups):
                at_risk[j] -= gone[j]
                gone[j] = events[j] = 0.0
            total -= left
    compared = 0
    for j in range(n_groups):
        sums[SCORE, j] = sums[OBSERVED, j] - sums[EXPECTED, j]
        compared += sums[EXPECTED, j] > 0
    return compared


@njit(cache=True, error_model="numpy")
def log_rank_of_keys(key, lowest, bits, block_bits, n_strata, tolerance, rho, gamma, at_risk_power, sums):
    """`weighted_log_rank` of the rows that `order.sorted_keys` made into numbers."""
    time, code, start = rows_of_keys(key, lowest, bits, block_bits, n_strata, tolerance)
    return weighted_log_rank(time, code, start, rho, gamma, at_risk_power, sums)


@njit(cache=True, error_model="numpy")
def add_time(sums, at_risk, events, weight, died, total):
    """Add one event time at which `died` of `total` subjects had the event."""
    spread = weight * weight * died * (total - died) / (total - 1) if total > 1 else 0.0
    part = 1 / total
    for j in range(at_risk.size):
        share = at_risk[j] * part
        sums[OBSERVED, j] += weight * events[j]
        sums[EXPECTED, j] += weight * died * share
        sums[VARIANCE + j, j] += spread * share
        for k in range(at_risk.size):
            sums[VARIANCE + j, k] -= spread * share * at_risk[k] * part
