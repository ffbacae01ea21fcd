"""Sums of the Fine-Gray model by linear scans.

Rows are sorted by time ascending. `kind` is 0 censored, 1 of interest, 2 competing. `passed[i]` is the number of distinct
times of events of interest up to and including the time of row i, so row i is at risk at event time e if
`e < passed[i]`; a competing row stays in the risk set afterwards with weight `at_event[g, e] / own[i]`, the
probability of being uncensored just before e over that just before its own time, in its censoring group g.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def uncensored(time, kind, passed, censor_group, n_groups, n_times):  # type: ignore[no-untyped-def]
    """Kaplan-Meier of being uncensored just before each row's time, [n], and before each event time, [n_groups, n_times]."""
    n = time.size
    own, at_event = np.empty(n), np.empty((n_groups, n_times))
    free, at_risk = np.ones(n_groups), np.zeros(n_groups)
    for i in range(n):
        at_risk[censor_group[i]] += 1
    first = 0
    while first < n:
        last = first
        while last < n and time[last] == time[first]:
            own[last] = free[censor_group[last]]
            last += 1
        if passed[first] > (passed[first - 1] if first > 0 else 0):
            at_event[:, passed[first] - 1] = free
        for g in range(n_groups):
            lost = gone = 0.0
            for i in range(first, last):
                if censor_group[i] == g:
                    gone += 1
                    lost += kind[i] == 0
            if lost > 0:
                free[g] *= 1 - lost / at_risk[g]
            at_risk[g] -= gone
        first = last
    return own, at_event


@njit(cache=True)
def risk_sums(beta, x, kind, passed, censor_group, own, at_event):  # type: ignore[no-untyped-def]
    """Risk of each row, [n], and at each event time its events and the sums of risk, and of risk times x, [1 + 1 + p]."""
    n, p = x.shape
    n_groups, n_times = at_event.shape
    risk, sums, still = np.empty(n), np.zeros((n_times, 2 + p)), np.zeros(1 + p)
    i = n - 1
    for e in range(n_times - 1, -2, -1):
        while i >= 0 and passed[i] > e:
            linear = 0.0
            for j in range(p):
                linear += x[i, j] * beta[j]
            risk[i] = np.exp(linear)
            still[0] += risk[i]
            for j in range(p):
                still[1 + j] += risk[i] * x[i, j]
            if kind[i] == 1:
                sums[passed[i] - 1, 0] += 1
            i -= 1
        if e >= 0:
            for j in range(1 + p):
                sums[e, 1 + j] = still[j]
    gone = np.zeros((n_groups, 1 + p))
    i = 0
    for e in range(n_times):
        while i < n and passed[i] <= e:
            if kind[i] == 2:
                g, amount = censor_group[i], risk[i] / own[i]
                gone[g, 0] += amount
                for j in range(p):
                    gone[g, 1 + j] += amount * x[i, j]
            i += 1
        for g in range(n_groups):
            for j in range(1 + p):
                sums[e, 1 + j] += at_event[g, e] * gone[g, j]
    return risk, sums


@njit(cache=True)
def hazard_before_and_after(sums, at_event):  # type: ignore[no-untyped-def]
    """Hazard, and hazard times mean x, summed before each event time, [n_times + 1, 1 + p], and from it on, weighted by
    the probability of being uncensored, [n_groups, n_times + 1, 1 + p]."""
    n_groups, n_times = at_event.shape
    width = sums.shape[1] - 1
    before, after = np.zeros((n_times + 1, width)), np.zeros((n_groups, n_times + 1, width))
    for e in range(n_times):
        for j in range(width):
            part = sums[e, 0] / sums[e, 1] * (sums[e, 1 + j] / sums[e, 1] if j > 0 else 1.0)
            before[e + 1, j] = before[e, j] + part
    for g in range(n_groups):
        for e in range(n_times - 1, -1, -1):
            for j in range(width):
                part = sums[e, 0] / sums[e, 1] * (sums[e, 1 + j] / sums[e, 1] if j > 0 else 1.0)
                after[g, e, j] = after[g, e + 1, j] + at_event[g, e] * part
    return before, after


@njit(cache=True)
def subdistribution_likelihood(beta, x, kind, passed, censor_group, own, at_event):  # type: ignore[no-untyped-def]
    """Log partial likelihood at `beta`, its gradient and its information (minus second derivative)."""
    n, p = x.shape
    risk, sums = risk_sums(beta, x, kind, passed, censor_group, own, at_event)
    before, after = hazard_before_and_after(sums, at_event)
    loglik, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    for i in range(n):
        through = before[passed[i], 0]
        if kind[i] == 2:
            through += after[censor_group[i], passed[i], 0] / own[i]
        for j in range(p):
            if kind[i] == 1:
                loglik += x[i, j] * beta[j]
                score[j] += x[i, j]
            for k in range(j + 1):
                information[j, k] += risk[i] * through * x[i, j] * x[i, k]
    for e in range(sums.shape[0]):
        events, total = sums[e, 0], sums[e, 1]
        loglik -= events * np.log(total)
        for j in range(p):
            score[j] -= events * sums[e, 2 + j] / total
            for k in range(j + 1):
                information[j, k] -= events * sums[e, 2 + j] / total * (sums[e, 2 + k] / total)
                information[k, j] = information[j, k]
    return loglik, score, information


@njit(cache=True)
def sandwich_filling(beta, x, time, kind, passed, censor_group, own, at_event):  # type: ignore[no-untyped-def]
    """Sums of squares of what each subject contributes to the gradient, [2, p, p].

    First with the term for the estimated censoring weights, then without; and the sums of `risk_sums`.
    """
    n, p = x.shape
    n_groups = at_event.shape[0]
    risk, sums = risk_sums(beta, x, kind, passed, censor_group, own, at_event)
    before, after = hazard_before_and_after(sums, at_event)
    filling, own_part = np.zeros((2, p, p)), np.zeros((2, p))
    at_risk, lost, drift = np.zeros(n_groups), np.zeros(n_groups), np.zeros((n_groups, p))
    competed, q = np.zeros((n_groups, 1 + p)), np.zeros(p)
    for i in range(n):
        at_risk[censor_group[i]] += 1
    first = earlier = 0
    while first < n:
        last = first
        lost[:], q[:] = 0, 0
        while last < n and time[last] == time[first]:
            lost[censor_group[last]] += kind[last] == 0
            last += 1
        for g in range(n_groups):
            for j in range(p):
                q[j] += competed[g, 1 + j] * after[g, earlier, 0] - competed[g, 0] * after[g, earlier, 1 + j]
        for g in range(n_groups):
            if lost[g] > 0:
                for j in range(p):
                    drift[g, j] -= q[j] * lost[g] / at_risk[g] ** 2
        for i in range(first, last):
            g, k = censor_group[i], passed[i]
            for j in range(p):
                part = -risk[i] * (x[i, j] * before[k, 0] - before[k, 1 + j])
                if kind[i] == 1:
                    part += x[i, j] - sums[k - 1, 2 + j] / sums[k - 1, 1]
                elif kind[i] == 2:
                    part -= risk[i] / own[i] * (x[i, j] * after[g, k, 0] - after[g, k, 1 + j])
                own_part[0, j] = part + drift[g, j] + (q[j] / at_risk[g] if kind[i] == 0 else 0.0)
                own_part[1, j] = part
            for s in range(2):
                for j in range(p):
                    for m in range(p):
                        filling[s, j, m] += own_part[s, j] * own_part[s, m]
        for i in range(first, last):
            g = censor_group[i]
            at_risk[g] -= 1
            if kind[i] == 2:
                competed[g, 0] += risk[i] / own[i]
                for j in range(p):
                    competed[g, 1 + j] += risk[i] / own[i] * x[i, j]
        earlier = passed[first]
        first = last
    return filling, sums
