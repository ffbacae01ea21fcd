"""Newton's method for logistic regression, plain or with Firth's penalty."""

from __future__ import annotations

import numpy as np
from numba import njit

from equipoise.stats.kernels.cholesky import factor, inverse, solve_factored
from equipoise.stats.newton import LOGLIK_ROUNDING, NOT_PLAIN, PLAIN, REDUNDANT, TERM_ROUNDING

MAX_STEPS = 2000
STEP_DONE = 1e-10
"""Length of the last step, in standard deviations of the covariates."""
FLAT = 1e-6
"""Share of the information at the start below which it is asked elsewhere whether there is a maximum."""
GONE = 1e-12
"""The same, below which nothing more can be gained."""


@njit(cache=True)
def likelihood(x, y, beta, weight, score, information):
    """Log-likelihood; gradient, information (lower triangle) and p (1 - p) of each subject are written."""
    n, p = x.shape
    total = 0.0
    for j in range(p):
        score[j] = 0.0
        for k in range(j + 1):
            information[j, k] = 0.0
    for i in range(n):
        linear = 0.0
        for j in range(p):
            linear += x[i, j] * beta[j]
        small = np.exp(-abs(linear))
        share = 1 / (1 + small) if linear >= 0 else small / (1 + small)
        total += y[i] * linear - np.log1p(small) - max(linear, 0.0)
        w, residual = share * (1 - share), y[i] - share
        weight[i] = w
        for j in range(p):
            score[j] += x[i, j] * residual
            part = w * x[i, j]
            for k in range(j + 1):
                information[j, k] += part * x[i, k]
    return total


@njit(cache=True)
def copied(lower, out):
    """Copy a lower triangle."""
    for j in range(lower.shape[0]):
        for k in range(j + 1):
            out[j, k] = lower[j, k]


@njit(cache=True)
def penalize(x, beta, weight, information, score, curvature):
    """Half the log determinant of the information; its gradient (Firth's) is added to `score`. NaN if singular.

    `curvature` becomes the information of the data after each answer has half of its leverage added as yes and half as
    no, which the penalty amounts to; steps by the information alone would be up to twice too long.
    """
    n, p = x.shape
    copied(information, curvature)
    root, inverted = np.empty((p, p)), np.empty((p, p))
    if not (factor(information, 0.0, root) and inverse(information, inverted)):
        return np.nan
    for i in range(n):
        leverage, linear = 0.0, 0.0
        for j in range(p):
            linear += x[i, j] * beta[j]
            part = 0.5 * inverted[j, j] * x[i, j]
            for k in range(j):
                part += inverted[j, k] * x[i, k]
            leverage += 2 * part * x[i, j]
        # half the derivative of log w is 1/2 - p, which is -tanh(linear / 2) / 2
        pull = -0.5 * weight[i] * leverage * np.tanh(linear / 2)
        for j in range(p):
            score[j] += x[i, j] * pull
            part = weight[i] * weight[i] * leverage * x[i, j]
            for k in range(j + 1):
                curvature[j, k] += part * x[i, k]
    half = 0.0
    for j in range(p):
        half += np.log(root[j, j])
    return half


@njit(cache=True)
def evaluate(x, y, beta, firth, weight, score, information, curvature):
    """Log-likelihood, penalized if `firth`, its gradient, the information and the curvature by which to step."""
    total = likelihood(x, y, beta, weight, score, information)
    if firth:
        return total + penalize(x, beta, weight, information, score, curvature)
    copied(information, curvature)
    return total


@njit(cache=True)
def step_of(information, score, free, root, step):
    """Newton's `step` [p] of the `free` coefficients, 0 of the others; False where their information is singular."""
    p = free.size
    part, right, out = np.empty((p, p)), np.empty(p), np.empty(p)
    for j in range(p):
        right[j] = score[free[j]]
        for k in range(j + 1):
            part[j, k] = information[free[j], free[k]]
    for j in range(step.size):
        step[j] = 0.0
    if not factor(part, 0.0, root):
        return False
    solve_factored(root, right, out)
    for j in range(p):
        step[free[j]] = out[j]
    return True


@njit(cache=True)
def remembered(root, information, n, at_start):
    """Write what each coefficient adds to the information at the start; False where that is rounding."""
    largest = 0.0
    for j in range(information.shape[0]):
        largest = max(largest, information[j, j])
    for j in range(at_start.size):
        at_start[j] = root[j, j] ** 2
        if at_start[j] <= max(REDUNDANT * largest, TERM_ROUNDING * n):
            return False
    return True


@njit(cache=True)
def share_left(root, at_start):
    """Least share of what a coefficient added to the information at the start."""
    share = 1.0
    for j in range(at_start.size):
        if at_start[j] > 0:
            share = min(share, root[j, j] ** 2 / at_start[j])
    return share


@njit(cache=True)
def climb(x, y, beta, free, firth):
    """Greatest (penalized) log-likelihood over the `free` coefficients, from `beta`, which is moved there.

    Args: `x` [n, p] with a column for the intercept; `y` [n]; `free` numbers of coefficients, ascending.

    Returns state, log-likelihood, information (lower triangle), iterations.
    """
    n, p = x.shape
    weight, score = np.empty(n), np.empty(p)
    information, curvature = np.empty((p, p)), np.empty((p, p))
    root, step, tried, at_start = np.zeros((free.size, free.size)), np.zeros(p), np.empty(p), np.zeros(free.size)
    loglik, fraction, longest, iterations = -np.inf, 0.0, np.inf, 0
    while (iterations <= MAX_STEPS and fraction > 1e-12) or iterations == 0:
        for j in range(p):
            tried[j] = beta[j] + fraction * step[j]
        new = evaluate(x, y, tried, firth, weight, score, information, curvature)
        if iterations > 0 and not new >= loglik - LOGLIK_ROUNDING * abs(loglik):
            fraction /= 2
            continue
        loglik = new
        for j in range(p):
            beta[j] = tried[j]
        if np.isnan(loglik) or not step_of(curvature, score, free, root, step):
            break
        left = 1.0 if firth else share_left(root, at_start)
        if iterations > 0 and fraction * longest < STEP_DONE:
            return PLAIN if left > FLAT else NOT_PLAIN, loglik, information, iterations
        if iterations > 0 and left < GONE:
            break
        if iterations == 0 and not remembered(root, information, n, at_start):
            break
        longest = 0.0
        for j in range(p):
            longest = max(longest, abs(step[j]))
        fraction = 1.0
        iterations += 1
    return NOT_PLAIN, loglik, information, iterations
