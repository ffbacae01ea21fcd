"""Cox's partial likelihood over packed rows, and Newton's method on it.

Packed rows are sorted by stratum, then time ascending; `x` are their covariates with mean 0 and standard deviation 1,
and `mark` says what else the sums need to know of a row:

EVENT: it is an event (of a weight above 0).
TIED: it is one of several events of its stratum at its time.
FIRST: it is the lowest row of its time; scanning downwards, all at risk at that time have then been added.
START: it is the lowest row of its stratum.

`weight` is empty where all rows weigh 1. With delayed entry `leaver` lists rows by stratum and entry ascending and
`leaves_at` says for each the lowest row of its stratum at which it is at risk; both are empty where all are observed
from the start.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from equipoise.stats.kernels.cholesky import factor, solve_factored
from equipoise.stats.newton import (
    GAIN_DONE,
    LOGLIK_ROUNDING,
    MAX_STEPS,
    NOT_PLAIN,
    PLAIN,
    REDUNDANT,
    SHORTEST,
    STEP_DONE,
    TERM_ROUNDING,
    VANISHED,
    WHOLE,
)

EVENT, TIED, FIRST, START = 1, 2, 4, 8
CANCELLED = 1e-6
"""Share of its greatest value below which a sum from which rows were taken out is summed anew: digits are gone."""


@njit(cache=True, error_model="numpy")
def partial_likelihood(beta, x, mark, weight, leaver, leaves_at, event_sum, efron, score, information):  # noqa: C901
    """Log partial likelihood at `beta`; its gradient is left in `score`, minus its second derivative in `information`.

    `efron`: 1 for Efron's approximation at tied events, 0 for Breslow's. Only the lower triangle of `information` is
    summed; the upper is its mirror.
    """
    n, p = x.shape
    # sums of risk, risk times x and risk times x x' (lower triangle) over those at risk, and over tied events
    risk, tied = 0.0, 0.0
    mean, tied_mean, square, tied_square = np.zeros(p), np.zeros(p), np.zeros((p, p)), np.zeros((p, p))
    loglik, died, died_weight, late = 0.0, 0, 0.0, leaver.size - 1
    gone, greatest, last = np.zeros(n if late >= 0 else 0, np.bool_), 0.0, n - 1
    for j in range(p):
        score[j] = event_sum[j]
        loglik += event_sum[j] * beta[j]
        for k in range(j + 1):
            information[j, k] = 0.0
    for i in range(n - 1, -1, -1):
        linear = 0.0
        for j in range(p):
            linear += x[i, j] * beta[j]
        amount = np.exp(linear)
        if weight.size > 0:
            amount *= weight[i]
        risk += amount
        for j in range(p):
            part = amount * x[i, j]
            mean[j] += part
            for k in range(j + 1):
                square[j, k] += part * x[i, k]
        here = mark[i]
        if here & EVENT:
            died += 1
            died_weight += weight[i] if weight.size > 0 else 1.0
            if here & TIED and efron == 1:
                tied += amount
                add(amount, x, i, tied_mean, tied_square)
        if here & FIRST:
            greatest = max(greatest, risk)
            while late >= 0 and leaves_at[late] > i:
                risk -= take_out(leaver[late], beta, x, weight, mean, square)
                gone[leaver[late]] = True
                late -= 1
            if risk < CANCELLED * greatest and gone.size > 0:
                greatest = risk = at_risk(i, last, gone, beta, x, weight, mean, square)
            if died == 1 or (died > 0 and efron == 0):
                loglik -= died_weight * np.log(risk)
                at_once(died_weight / risk, 1 / risk, mean, square, score, information)
            elif died > 1:
                share = died_weight / died
                logs = tied_events(died, share, risk, tied, mean, tied_mean, square, tied_square, score, information)
                loglik -= share * logs
                tied = 0.0
                clear(tied_mean, tied_square)
            died, died_weight = 0, 0.0
            if here & START:
                risk = 0.0
                clear(mean, square)
                greatest, last = 0.0, i - 1
                while late >= 0 and leaves_at[late] >= i:
                    late -= 1
    for j in range(p):
        for k in range(j):
            information[k, j] = information[j, k]
    return loglik


@njit(cache=True, error_model="numpy")
def risk_of(beta, x, weight, i):
    """Weighted hazard ratio of row `i`."""
    linear = 0.0
    for j in range(beta.size):
        linear += x[i, j] * beta[j]
    return np.exp(linear) * (weight[i] if weight.size > 0 else 1.0)


@njit(cache=True, error_model="numpy")
def add(amount, x, i, mean, square):
    """Add `amount` times x and times the lower triangle of x x' of row `i` to the sums."""
    for j in range(mean.size):
        part = amount * x[i, j]
        mean[j] += part
        for k in range(j + 1):
            square[j, k] += part * x[i, k]


@njit(cache=True, error_model="numpy")
def at_risk(first, last, gone, beta, x, weight, mean, square):
    """Sum of the risk of the rows from `first` to `last` that are not `gone`; sums in `mean` and `square` alike."""
    clear(mean, square)
    risk = 0.0
    for i in range(last, first - 1, -1):
        if not gone[i]:
            amount = risk_of(beta, x, weight, i)
            risk += amount
            add(amount, x, i, mean, square)
    return risk


@njit(cache=True, error_model="numpy")
def take_out(gone, beta, x, weight, mean, square):
    """Take the row `gone` out of the sums; returns its risk."""
    amount = risk_of(beta, x, weight, gone)
    add(-amount, x, gone, mean, square)
    return amount


@njit(cache=True, error_model="numpy")
def at_once(share, each, mean, square, score, information):
    """Sums of events that meet all at risk; `each` is 1 by the sum of risks, `share` that times the events' weight."""
    for j in range(mean.size):
        part = mean[j] * share
        score[j] -= part
        part *= each
        for k in range(j + 1):
            information[j, k] += share * square[j, k] - part * mean[k]


@njit(cache=True, error_model="numpy")
def clear(mean, square):
    """Start the sums anew."""
    for j in range(mean.size):
        mean[j] = 0.0
        for k in range(j + 1):
            square[j, k] = 0.0


@njit(cache=True, error_model="numpy")
def tied_events(died, share, risk, tied, mean, tied_mean, square, tied_square, score, information):
    """Efron's sums at a time of several events, each of weight `share`; returns the sum of the logarithms of the risks.

    The tied events leave the risk set in `died` equal parts.
    """
    # sums over the parts of 1/total, part/total, 1/total^2, part/total^2, part^2/total^2
    one, half, one_one, one_half, half_half, logs = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for step in range(died):
        part = step / died
        total = risk - part * tied
        logs += np.log(total)
        each = 1 / total
        one += each
        half += part * each
        each *= each
        one_one += each
        one_half += part * each
        half_half += part * part * each
    for j in range(mean.size):
        score[j] -= share * (one * mean[j] - half * tied_mean[j])
        for k in range(j + 1):
            both = one_one * mean[j] * mean[k] + half_half * tied_mean[j] * tied_mean[k]
            both -= one_half * (mean[j] * tied_mean[k] + tied_mean[j] * mean[k])
            information[j, k] += share * (one * square[j, k] - half * tied_square[j, k] - both)
    return logs


@njit(cache=True, error_model="numpy")
def climb(x, mark, weight, leaver, leaves_at, event_sum, efron, n_terms):  # noqa: C901
    """Newton's method from 0, with steps halved while they lower the likelihood, for data with a plain maximum.

    `n_terms` is the weight of the events, by which rounding is known from information. Returns the state (`PLAIN`, or
    `NOT_PLAIN` where a covariate is redundant, the likelihood may be monotone or the steps do not end), the number of
    steps, log-likelihood, gradient and information at 0, and coefficients, log-likelihood and information at the end.
    The rules and their bounds are those of `equipoise.stats.newton`.
    """
    p = x.shape[1]
    beta, trial, step, score, start = np.zeros(p), np.zeros(p), np.zeros(p), np.zeros(p), np.zeros(p)
    now, new, root, at_null = np.zeros((p, p)), np.zeros((p, p)), np.zeros((p, p)), np.zeros((p, p))
    loglik = null = partial_likelihood(beta, x, mark, weight, leaver, leaves_at, event_sum, efron, start, at_null)
    largest, iterations, state = 0.0, 0, NOT_PLAIN
    for j in range(p):
        score[j] = start[j]
        largest = max(largest, at_null[j, j])
        for k in range(p):
            now[j, k] = at_null[j, k]
    plain = factor(now, max(REDUNDANT * largest, TERM_ROUNDING * n_terms), root)
    while plain and iterations < MAX_STEPS:
        solve_factored(root, score, step)
        iterations += 1
        length, gain, fraction = 0.0, 0.0, 1.0
        for j in range(p):
            length = max(length, abs(step[j]) / max(1.0, abs(beta[j] + step[j])))
        if length >= STEP_DONE:
            while True:
                for j in range(p):
                    trial[j] = beta[j] + fraction * step[j]
                here = partial_likelihood(trial, x, mark, weight, leaver, leaves_at, event_sum, efron, score, new)
                # so far away that all risk is rounded to 0 the likelihood would be infinite
                if fraction <= SHORTEST or loglik - LOGLIK_ROUNDING * abs(loglik) <= here < np.inf:
                    break
                fraction /= 2
            if fraction <= SHORTEST and length > WHOLE:
                break
            gain, length, loglik = here - loglik, fraction * length, here
            now, new = new, now
        for j in range(p):
            beta[j] += fraction * step[j]
        if length < STEP_DONE or not gain >= GAIN_DONE:
            for j in range(p):
                for k in range(j + 1):
                    new[j, k] = now[j, k] - VANISHED * at_null[j, k]
            plain = factor(new, 0.0, root)
        for j in range(p):  # so far away that a sum of squares is infinite, which makes every step nothing
            plain = plain and now[j, j] < np.inf
        if plain and length < STEP_DONE:
            if loglik >= null - LOGLIK_ROUNDING * abs(null):
                state = PLAIN
            break
        plain = plain and factor(now, 0.0, root)
    return state, iterations, null, start, at_null, beta, loglik, now
