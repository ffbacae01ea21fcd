"""Sums of the weighted log-rank test."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def weighted_log_rank(stratum, time, event, group, n_groups, rho, gamma, at_risk_power):  # type: ignore[no-untyped-def]
    """Observed and expected events of each group, and the variance of their difference, summed over strata.

    Rows sorted by stratum, then time ascending. The weight at an event time is n^at_risk_power S^rho (1 - S)^gamma,
    with n at risk and S the pooled Kaplan-Meier of the stratum just before the time.
    """
    observed, expected = np.zeros(n_groups), np.zeros(n_groups)
    variance = np.zeros((n_groups, n_groups))
    at_risk, events, gone = np.zeros(n_groups), np.zeros(n_groups), np.zeros(n_groups)
    first, n = 0, time.size
    while first < n:
        end = first
        at_risk[:] = 0
        while end < n and stratum[end] == stratum[first]:
            at_risk[group[end]] += 1
            end += 1
        free, total = 1.0, float(end - first)
        while first < end:
            t, died, left = time[first], 0.0, 0.0
            events[:], gone[:] = 0, 0
            while first < end and time[first] == t:
                gone[group[first]] += 1
                events[group[first]] += event[first]
                died += event[first]
                left += 1
                first += 1
            if died > 0:
                weight = total**at_risk_power * free**rho * (1 - free) ** gamma
                spread = weight * weight * died * (total - died) / (total - 1) if total > 1 else 0.0
                for j in range(n_groups):
                    share = at_risk[j] / total
                    observed[j] += weight * events[j]
                    expected[j] += weight * died * share
                    variance[j, j] += spread * share
                    for k in range(n_groups):
                        variance[j, k] -= spread * share * at_risk[k] / total
                free *= 1 - died / total
            at_risk -= gone
            total -= left
    return observed, expected, variance
