"""Sums of the Fine-Gray model by linear scans.

Rows are sorted by time ascending. `kind` is 0 censored, 1 of interest, 2 competing. `passed[i]` is the number of
distinct event times (of interest) up to and including the time of row i: row i is at risk at event time e if
`e < passed[i]`. A competing row stays in the risk set after its time with weight `at_event[g, e] / own[i]`: the
probability of being uncensored just before e over that just before its own time, in its censoring group g.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def risk_sums(beta, x, kind, passed, censor_group, own, at_event):  # type: ignore[no-untyped-def]
    """Risk of each row, [n]; at each event time its events and the sums of risk and risk times x, [n_times, 2 + p]."""
    n, p = x.shape
    n_times = at_event.shape[1]
    risk, sums = np.empty(n), np.zeros((n_times + 1, 2 + p))
    for i in range(n - 1, -1, -1):
        linear = 0.0
        for j in range(p):
            linear += x[i, j] * beta[j]
        risk[i] = np.exp(linear)
        # sums of the rows that are at risk up to this event time and no later; place 0 is before the first
        place = passed[i]
        sums[place, 1] += risk[i]
        for j in range(p):
            sums[place, 2 + j] += risk[i] * x[i, j]
        if kind[i] == 1:
            sums[place, 0] += 1
    for e in range(n_times - 1, 0, -1):
        for j in range(1, 2 + p):
            sums[e, j] += sums[e + 1, j]
    add_competing(risk, x, kind, passed, censor_group, own, at_event, sums)
    return risk, sums[1:]


@njit(cache=True)
def add_competing(risk, x, kind, passed, censor_group, own, at_event, sums):  # type: ignore[no-untyped-def]
    """Add the competing rows of earlier times, with their weights, to the sums at each event time."""
    n, p = x.shape
    n_groups, n_times = at_event.shape
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
                sums[e + 1, 1 + j] += at_event[g, e] * gone[g, j]


@njit(cache=True)
def subdistribution_likelihood(beta, x, kind, passed, censor_group, own, risk, sums, before, after):  # type: ignore[no-untyped-def]
    """Log partial likelihood at `beta`, its gradient and its information (minus second derivative).

    `risk` and `sums` are those of `risk_sums`; `before` is the hazard, and the hazard times mean x, summed before each
    event time, [n_times + 1, 1 + p]; `after` the same from it on, weighted by the probability of being uncensored,
    [n_groups, n_times + 1, 1 + p].
    """
    n, p = x.shape
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
def sandwich_filling(x, time, kind, passed, censor_group, own, risk, sums, before, after, own_after):  # type: ignore[no-untyped-def]  # noqa: C901 (one scan)
    """Sums of squares of what each subject contributes to the gradient, [2, p, p].

    First with the part for the estimated censoring weights (Fine and Gray's psi), then without (eta alone). Arguments
    as in `subdistribution_likelihood`; `own_after` is `after` of the events of the same censoring group, for psi.
    """
    n, p = x.shape
    n_groups = after.shape[0]
    filling, eta, psi = np.zeros((2, p, p)), np.zeros(p), np.zeros(p)
    at_risk, lost, drift = np.zeros(n_groups), np.zeros(n_groups), np.zeros((n_groups, p))
    competed, q = np.zeros((n_groups, 1 + p)), np.zeros((n_groups, p))
    for i in range(n):
        at_risk[censor_group[i]] += 1
    first = earlier = 0
    while first < n:
        last = first
        while last < n and time[last] == time[first]:
            lost[censor_group[last]] += kind[last] == 0
            last += 1
        censoring_drift(competed, own_after, earlier, lost, at_risk, q, drift)
        for i in range(first, last):
            g, k = censor_group[i], passed[i]
            for j in range(p):
                eta[j] = -risk[i] * (x[i, j] * before[k, 0] - before[k, 1 + j])
                if kind[i] == 1:
                    eta[j] += x[i, j] - sums[k - 1, 2 + j] / sums[k - 1, 1]
                elif kind[i] == 2:
                    eta[j] -= risk[i] / own[i] * (x[i, j] * after[g, k, 0] - after[g, k, 1 + j])
                psi[j] = drift[g, j] + (q[g, j] / at_risk[g] if kind[i] == 0 else 0.0)
            for j in range(p):
                for m in range(p):
                    filling[0, j, m] += (eta[j] + psi[j]) * (eta[m] + psi[m])
                    filling[1, j, m] += eta[j] * eta[m]
        for i in range(first, last):
            g = censor_group[i]
            at_risk[g] -= 1
            if kind[i] == 2:
                competed[g, 0] += risk[i] / own[i]
                for j in range(p):
                    competed[g, 1 + j] += risk[i] / own[i] * x[i, j]
        earlier = passed[first]
        first = last
    return filling


@njit(cache=True)
def censoring_drift(competed, after, earlier, lost, at_risk, q, drift):  # type: ignore[no-untyped-def]
    """Take in the censorings of one time: what a censoring then changes in the gradient, through the later weights of
    those who had a competing event before (`q`), and the compensator of this (`drift`); clears `lost`."""
    n_groups, p = q.shape
    for g in range(n_groups):
        for j in range(p):
            q[g, j] = competed[g, 1 + j] * after[g, earlier, 0] - competed[g, 0] * after[g, earlier, 1 + j]
            if lost[g] > 0:
                drift[g, j] -= q[g, j] * lost[g] / (at_risk[g] * at_risk[g])
        lost[g] = 0.0
