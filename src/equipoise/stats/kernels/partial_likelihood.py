"""Sums of Cox's partial likelihood."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def partial_likelihood(beta, x, stratum, time, event, weight, entry, entry_order, tilt, efron):  # type: ignore[no-untyped-def]
    """Log partial likelihood at `beta`, its gradient and its information (minus second derivative).

    Rows sorted by stratum, then time descending. `entry_order`: rows by stratum, then entry descending; empty where all
    are observed from the start. `tilt` multiplies what an event time contributes (1 for the likelihood itself).
    `efron`: 1 for Efron's approximation at tied events, 0 for Breslow's.
    """
    n, p = x.shape
    # place 0: sum of risks, 1..p: of risk times x, then of risk times x x'; over those at risk, and over tied events
    risk, tied = np.zeros(1 + p + p * p), np.zeros(1 + p + p * p)
    loglik, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    row = late = 0
    while row < n:
        t, s, died, died_weight = time[row], stratum[row], 0, 0.0
        if row == 0 or stratum[row - 1] != s:
            risk[:] = 0
        tied[:] = 0
        while row < n and stratum[row] == s and time[row] == t:
            linear = 0.0
            for j in range(p):
                linear += x[row, j] * beta[j]
            add(risk, weight[row] * np.exp(linear), x[row])
            if event[row] == 1 and weight[row] > 0:
                add(tied, weight[row] * np.exp(linear), x[row])
                loglik += tilt[row] * weight[row] * linear
                for j in range(p):
                    score[j] += tilt[row] * weight[row] * x[row, j]
                died += 1
                died_weight += tilt[row] * weight[row]
            row += 1
        while late < entry_order.size and stratum[entry_order[late]] == s and entry[entry_order[late]] >= t:
            gone = entry_order[late]
            linear = 0.0
            for j in range(p):
                linear += x[gone, j] * beta[j]
            add(risk, -weight[gone] * np.exp(linear), x[gone])
            late += 1
        steps = died if efron == 1 else min(died, 1)
        for step in range(steps):
            share, part = died_weight / steps, step / died
            total = risk[0] - part * tied[0]
            loglik -= share * np.log(total)
            for j in range(p):
                mean = (risk[1 + j] - part * tied[1 + j]) / total
                score[j] -= share * mean
                for k in range(j + 1):
                    other = (risk[1 + k] - part * tied[1 + k]) / total
                    both = 1 + p + j * p + k
                    information[j, k] += share * ((risk[both] - part * tied[both]) / total - mean * other)
                    information[k, j] = information[j, k]
    return loglik, score, information


@njit(cache=True)
def add(sums, amount, x):  # type: ignore[no-untyped-def]
    """Add `amount` times 1, x and the lower triangle of x x' to `sums`."""
    p = x.size
    sums[0] += amount
    for j in range(p):
        sums[1 + j] += amount * x[j]
        for k in range(j + 1):
            sums[1 + p + j * p + k] += amount * x[j] * x[k]


@njit(cache=True)
def hazard_steps(beta, x, stratum, time, event, weight, entry, entry_order, efron):  # type: ignore[no-untyped-def]
    """Baseline hazard and mean covariates at each event time; rows as in `partial_likelihood`.

    Returns one row an event time, in the order of the rows: stratum, time, events, hazard increment, the increment that
    the tied events themselves go through, then p columns each of mean x at the event, hazard times mean, and the
    latter for the tied events.
    """
    n, p = x.shape
    out = np.zeros((n, 5 + 3 * p))
    risk, tied = np.zeros(1 + p), np.zeros(1 + p)
    k = row = late = 0
    while row < n:
        t, s, died, died_weight = time[row], stratum[row], 0, 0.0
        if row == 0 or stratum[row - 1] != s:
            risk[:] = 0
        tied[:] = 0
        while row < n and stratum[row] == s and time[row] == t:
            amount = weight[row] * np.exp(np.sum(x[row] * beta))
            risk[0] += amount
            risk[1:] += amount * x[row]
            if event[row] == 1 and weight[row] > 0:
                tied[0] += amount
                tied[1:] += amount * x[row]
                died += 1
                died_weight += weight[row]
            row += 1
        while late < entry_order.size and stratum[entry_order[late]] == s and entry[entry_order[late]] >= t:
            gone = entry_order[late]
            amount = weight[gone] * np.exp(np.sum(x[gone] * beta))
            risk[0] -= amount
            risk[1:] -= amount * x[gone]
            late += 1
        if died == 0:
            continue
        out[k, 0], out[k, 1], out[k, 2] = s, t, died_weight
        steps = died if efron == 1 else 1
        for step in range(steps):
            part = step / died
            total = risk[0] - part * tied[0]
            hazard, mean = died_weight / steps / total, (risk[1:] - part * tied[1:]) / total
            out[k, 3] += hazard
            out[k, 4] += (1 - part) * hazard
            out[k, 5 : 5 + p] += mean / steps
            out[k, 5 + p : 5 + 2 * p] += hazard * mean
            out[k, 5 + 2 * p :] += (1 - part) * hazard * mean
        k += 1
    return out[:k]
