"""Sums of Gray's test."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def gray_sums(stratum, time, cause, group, n_groups, rho):  # type: ignore[no-untyped-def]
    """Score of each group, its covariance, and the size of the terms in it, summed over strata.

    Rows sorted by stratum, then time ascending; `cause` 0 censored, 1 of interest, 2 any other. The score is an
    integral over the group estimates. What group k's events at time t add to the score of group j is
    pull[j, k](t) - q (drift[j, k](t) - drift[j, k](end)): its square is kept as a polynomial in drift(end).
    """
    score, covariance, size = np.zeros(n_groups), np.zeros((n_groups, n_groups)), 0.0
    at_risk, died, gone = np.zeros(n_groups), np.zeros((3, n_groups)), np.zeros(n_groups)
    free, incidence = np.zeros(n_groups), np.zeros(n_groups)
    pull, drift = np.zeros((n_groups, n_groups)), np.zeros((n_groups, n_groups))
    constant, linear, square = np.zeros((n_groups, n_groups)), np.zeros((n_groups, n_groups)), np.zeros(n_groups)
    first, n = 0, time.size
    while first < n:
        end = first
        at_risk[:], free[:], incidence[:], drift[:] = 0, 1, 0, 0
        constant[:], linear[:], square[:] = 0, 0, 0
        while end < n and stratum[end] == stratum[first]:
            at_risk[group[end]] += 1
            end += 1
        pooled = 0.0
        while first < end:
            t = time[first]
            died[:] = 0
            while first < end and time[first] == t:
                died[cause[first], group[first]] += 1
                first += 1
            events = died[1].sum()
            if events + died[2].sum() > 0:
                share = np.where(at_risk > 0, at_risk / np.where(free > 0, free, 1.0), 0.0)
                exposed = share * (1 - incidence)
                total, weight = share.sum(), (1 - pooled) ** rho
                pull[:] = 0
                for j in range(n_groups):
                    score[j] += weight * (died[1, j] - events * exposed[j] / exposed.sum()) if events > 0 else 0.0
                    for k in range(n_groups):
                        pull[j, k] = weight * share[j] * ((j == k) - share[k] / total)
                        drift[j, k] += pull[j, k] * events / (total * (1 - pooled)) if events > 0 else 0.0
                pooled += events / total
                for k in range(n_groups):
                    if at_risk[k] == 0:
                        continue
                    before, risk = free[k], at_risk[k]
                    incidence[k] += before * died[1, k] / risk
                    free[k] *= 1 - (died[1, k] + died[2, k]) / risk
                    if events > 0:
                        q = 1 - (1 - pooled) / free[k] if free[k] > 0 else 1.0
                        tie = 1 - (events - 1) / (total * before - 1) if events > 1 else 1.0
                        spread(pull, drift, k, q, tie * before * events / (total * risk), constant, linear, square)
                    if died[2, k] > 0 and free[k] > 0:
                        q = (1 - pooled) / free[k]
                        tie = 1 - (died[2, k] - 1) / (risk - 1) if died[2, k] > 1 else 1.0
                        pull[:, k] = 0
                        spread(pull, drift, k, q, tie * (before / risk) ** 2 * died[2, k], constant, linear, square)
            for k in range(n_groups):
                at_risk[k] -= died[0, k] + died[1, k] + died[2, k]
        for j in range(n_groups):
            size += constant[j, j]
            for i in range(n_groups):
                covariance[i, j] += constant[i, j]
                for k in range(n_groups):
                    covariance[i, j] += drift[i, k] * drift[j, k] * square[k]
                    covariance[i, j] += drift[i, k] * linear[j, k] + drift[j, k] * linear[i, k]
    return score, covariance, size


@njit(cache=True)
def spread(pull, drift, k, q, variance, constant, linear, square):  # type: ignore[no-untyped-def]
    """Add what an increment of group k with this `variance` contributes to the covariance of the scores."""
    square[k] += q * q * variance
    for i in range(drift.shape[0]):
        here = pull[i, k] - q * drift[i, k]
        linear[i, k] += here * q * variance
        for j in range(drift.shape[0]):
            constant[i, j] += here * (pull[j, k] - q * drift[j, k]) * variance
