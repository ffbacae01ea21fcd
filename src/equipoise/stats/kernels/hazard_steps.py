"""Baseline hazard, mean covariates and residuals at a Cox model's coefficients; rows packed as for the likelihood."""

from __future__ import annotations

import numpy as np
from numba import njit

from equipoise.stats.kernels.partial_likelihood import EVENT, FIRST, START, risk_of


@njit(cache=True, error_model="numpy")
def event_sums(beta, x, mark, weight, leaver, leaves_at, square):
    """Sums over those at risk at each event time, ascending within ascending strata.

    Returns for each event time its lowest row, the number and the weight of its events, and the sums of risk, risk
    times x and, if `square` is 1, risk times x x', over those at risk and over the events, float64 [k, 2, 1 + p
    (+ p p)].
    """
    n, p = x.shape
    width = 1 + p + p * p * square
    k, died, died_weight, late = 0, 0, 0.0, leaver.size - 1
    for i in range(n - 1, -1, -1):
        died += mark[i] & EVENT
        if mark[i] & FIRST:
            k += min(died, 1)
            died = 0
    at, events, heavy, sums = np.empty(k, np.int64), np.empty(k, np.int64), np.empty(k), np.zeros((k, 2, width))
    risk, tied = np.zeros(width), np.zeros(width)
    for i in range(n - 1, -1, -1):
        amount = risk_of(beta, x, weight, i)
        extend(risk, amount, x, i)
        if mark[i] & EVENT:
            extend(tied, amount, x, i)
            died += 1
            died_weight += weight[i] if weight.size > 0 else 1.0
        if mark[i] & FIRST:
            while late >= 0 and leaves_at[late] > i:
                extend(risk, -risk_of(beta, x, weight, leaver[late]), x, leaver[late])
                late -= 1
            if died > 0:
                k -= 1
                at[k], events[k], heavy[k] = i, died, died_weight
                for j in range(width):
                    sums[k, 0, j], sums[k, 1, j] = risk[j], tied[j]
                    tied[j] = 0.0
                died, died_weight = 0, 0.0
            if mark[i] & START:
                risk.fill(0.0)
                while late >= 0 and leaves_at[late] >= i:
                    late -= 1
    return at, events, heavy, sums


@njit(cache=True, error_model="numpy")
def extend(sums, amount, x, i):
    """Add `amount` times 1, x and, if there is room, x x' of row `i` to `sums`."""
    p = x.shape[1]
    sums[0] += amount
    for j in range(p):
        sums[1 + j] += amount * x[i, j]
        if sums.size > 1 + p:
            for k in range(p):
                sums[1 + p + j * p + k] += amount * x[i, j] * x[i, k]


@njit(cache=True, error_model="numpy")
def hazard_steps(events, heavy, sums, p, efron):
    """Baseline hazard and mean covariates at each event time, from `event_sums`.

    Returns one row an event time, columns: hazard increment, the increment that the tied events themselves go through,
    variance of the increment, then p columns each of mean x at the event, hazard times mean, and the latter for the
    tied events.
    """
    out = np.zeros((events.size, 3 + 3 * p))
    for k in range(events.size):
        steps = events[k] if efron == 1 else 1
        for step in range(steps):
            part = step / steps
            total = sums[k, 0, 0] - part * sums[k, 1, 0]
            hazard = heavy[k] / steps / total
            out[k, 0] += hazard
            out[k, 1] += (1 - part) * hazard
            out[k, 2] += hazard / total
            for j in range(p):
                mean = (sums[k, 0, 1 + j] - part * sums[k, 1, 1 + j]) / total
                out[k, 3 + j] += mean / steps
                out[k, 3 + p + j] += hazard * mean
                out[k, 3 + 2 * p + j] += (1 - part) * hazard * mean
    return out


@njit(cache=True, error_model="numpy")
def residuals(beta, x, mark, leaver, leaves_at, at, steps):  # noqa: C901
    """Martingale residuals [n] and score residuals [n, p] of the packed rows, from `hazard_steps`; without weights.

    The score residual of a subject is what it adds to the gradient: at its event the distance from the mean, minus the
    hazard it went through times the distance from the mean. Tied events go through Efron's smaller hazard.
    """
    n, p = x.shape
    martingale, score = np.zeros(n), np.zeros((n, p))
    # hazard and hazard times mean passed since the start of the stratum; before entry, of each row that enters late
    passed, before = np.zeros(1 + p), np.zeros((n if leaver.size > 0 else 0, 1 + p))
    last, late, none = -1, 0, np.empty(0)
    for i in range(n):
        if mark[i] & FIRST:
            if mark[i] & START:
                passed.fill(0.0)
            while late < leaver.size and leaves_at[late] == i:
                for j in range(1 + p):
                    before[leaver[late], j] = passed[j]
                late += 1
            if last + 1 < at.size and at[last + 1] == i:
                last += 1
                passed[0] += steps[last, 0]
                for j in range(p):
                    passed[1 + j] += steps[last, 3 + p + j]
        risk, event = risk_of(beta, x, none, i), mark[i] & EVENT
        through = passed[0]
        if event:
            through += steps[last, 1] - steps[last, 0]
        if leaver.size > 0:
            through -= before[i, 0]
        martingale[i] = event - risk * through
        for j in range(p):
            mean = passed[1 + j]
            if event:
                mean += steps[last, 3 + 2 * p + j] - steps[last, 3 + p + j]
                score[i, j] = x[i, j] - steps[last, 3 + j]
            if leaver.size > 0:
                mean -= before[i, 1 + j]
            score[i, j] -= risk * (x[i, j] * through - mean)
    return martingale, score


@njit(cache=True, error_model="numpy")
def tilted_information(events, heavy, sums, own, tilt, p, efron):
    """Information of coefficients that change with a function of time, from `event_sums` with squares.

    `own` is the weighted sum of x of the events of each event time, `tilt` the function there. Returns the gradient
    times the tilt, float64 [p], and the information times 1, tilt and its square, float64 [3, p, p].
    """
    score, information, each = np.zeros(p), np.zeros((3, p, p)), np.zeros(3)
    mean = np.zeros(p)
    for k in range(events.size):
        each[0], each[1], each[2] = 1.0, tilt[k], tilt[k] * tilt[k]
        for j in range(p):
            score[j] += tilt[k] * own[k, j]
        steps = events[k] if efron == 1 else 1
        for step in range(steps):
            part, share = step / steps, heavy[k] / steps
            total = sums[k, 0, 0] - part * sums[k, 1, 0]
            for j in range(p):
                mean[j] = (sums[k, 0, 1 + j] - part * sums[k, 1, 1 + j]) / total
                score[j] -= tilt[k] * share * mean[j]
            for i in range(p):
                for j in range(p):
                    both = 1 + p + i * p + j
                    spread = (sums[k, 0, both] - part * sums[k, 1, both]) / total - mean[i] * mean[j]
                    for g in range(3):
                        information[g, i, j] += each[g] * share * spread
    return score, information
