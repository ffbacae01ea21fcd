"""Fine-Gray regression by linear scans over rows sorted by time.

The distinct times of events of interest are numbered 1 to m; place 0 is before the first. The place of a row is the
number of event times up to its own, so that it is at risk at events 1 to its place. Arrays of rows, sorted by time:

* `x` float64 [n, p]: covariates with mean 0 and standard deviation 1;
* `role` int8 [n]: 0 censored, 1 the event of interest, 2 any other;
* `starts` int8 [n]: 1 for the first row of each event time, so that a running sum of it is the place;
* `member` int32 [n]: censoring group;
* `inverse` float64 [n]: for a competing row 1 over the probability of being uncensored just before its time in its
  group; 0 for all others. After its time it stays in the risk set with weight `at_event[group, e] * inverse`.

Arrays of event times have m + 1 places: `events` is their numbers of events, `at_event` [n_groups, m + 1] the
probability of being uncensored just before each in each group. `event_sum` [p] is the sum of x over all events.

Rows are read `CHUNK` at a time, three times a step; within a chunk no branch depends on the data, because a branch that
cannot be foreseen costs more than the sums: each row writes the sum so far to its place, and the last one leaves it.
The few functions are the ones that compile in the least time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from equipoise.stats.kernels.cholesky import factor, solve_factored
from equipoise.stats.newton import GAIN_DONE, LOGLIK_ROUNDING, REDUNDANT, SHORTEST, STEP_DONE

CHUNK = 256
STRAYED = 1e-4
"""Length of a step without any gain from which on a coefficient may be on its way to infinity."""


@njit(cache=True, error_model="numpy")
def add_squares(rows, amount, target):
    """Add the squares of the rows [n, p], each times its amount [n], to the lower triangle of `target` [p, p].

    Four rows at a time: a sum that is kept in memory waits for the one before it.
    """
    n, p = rows.shape
    whole = n - n % 4
    for i in range(0, whole, 4):
        for j in range(p):
            a, b = amount[i] * rows[i, j], amount[i + 1] * rows[i + 1, j]
            c, d = amount[i + 2] * rows[i + 2, j], amount[i + 3] * rows[i + 3, j]
            for k in range(j + 1):
                target[j, k] += (a * rows[i, k] + b * rows[i + 1, k]) + (c * rows[i + 2, k] + d * rows[i + 3, k])
    for i in range(whole, n):
        for j in range(p):
            for k in range(j + 1):
                target[j, k] += amount[i] * rows[i, j] * rows[i, k]


@njit(cache=True, error_model="numpy")
def competing_sums(beta, x, starts, member, inverse, at_event, risk, hazard, mean, total, work):
    """Forward: the relative `risk` of each row; risk, and risk times x, of those who had a competing event before each
    event time, with their weights, summed into `hazard` [m + 1] and `mean` [m + 1, p]."""
    n, p = x.shape
    n_groups = at_event.shape[0]
    one_group = n_groups == 1
    e = 0
    for g in range(n_groups):
        for j in range(1 + p):
            total[g, j] = 0.0
    for a in range(0, n, CHUNK):
        b = min(a + CHUNK, n)
        for i in range(a, b):
            linear = 0.0
            for j in range(p):
                linear += x[i, j] * beta[j]
            risk[i] = np.exp(linear)
        s = 0
        for g in range(n_groups):
            s = 0
            for j in range(1 + p):
                work[0, j] = total[g, j]
            for i in range(a, b):
                s += starts[i]
                amount = risk[i] * inverse[i] if one_group or member[i] == g else 0.0
                total[g, 0] += amount
                work[s, 0] = total[g, 0]
                for j in range(p):
                    total[g, 1 + j] += amount * x[i, j]
                    work[s, 1 + j] = total[g, 1 + j]
            for k in range(1, s + 1):
                weight = at_event[g, e + k]
                hazard[e + k] = weight * work[k - 1, 0] + (hazard[e + k] if g else 0.0)
                for j in range(p):
                    mean[e + k, j] = weight * work[k - 1, 1 + j] + (mean[e + k, j] if g else 0.0)
        e += s


@njit(cache=True, error_model="numpy")
def risk_sets(x, starts, events, at_event, risk, hazard, mean, after, score, information, total, work, amount):
    """Backward: add those still without event, and finish each event time: its `hazard` and mean x, and what it gives
    to `score` and `information`; `after` [n_groups, m + 1] is the hazard after it times the probability of being
    uncensored. Returns what the event times take from the log-likelihood."""
    n, p = x.shape
    n_groups, places = at_event.shape
    lost = 0.0
    e = places - 1
    for j in range(1 + p):
        total[0, j] = 0.0
    for g in range(n_groups):
        after[g, e] = 0.0
    for c in range((n - 1) // CHUNK, -1, -1):
        a = c * CHUNK
        b = min(a + CHUNK, n)
        count = 0
        for i in range(a, b):
            count += starts[i]
        s = count
        for i in range(b - 1, a - 1, -1):
            total[0, 0] += risk[i]
            work[s, 0] = total[0, 0]
            for j in range(p):
                total[0, 1 + j] += risk[i] * x[i, j]
                work[s, 1 + j] = total[0, 1 + j]
            s -= starts[i]
        for k in range(count, 0, -1):
            in_set = hazard[e] + work[k, 0]
            lost += events[e] * np.log(in_set)
            share = 1.0 / in_set
            hazard[e] = events[e] * share
            amount[k - 1] = -events[e]
            for j in range(p):
                mean[e, j] = (mean[e, j] + work[k, 1 + j]) * share
                score[j] -= events[e] * mean[e, j]
            for g in range(n_groups):
                after[g, e - 1] = after[g, e] + at_event[g, e] * hazard[e]
            e -= 1
        add_squares(mean[e + 1 : e + 1 + count], amount, information)
    return lost


@njit(cache=True, error_model="numpy")
def climb(  # noqa: C901 (one loop)
    x, starts, member, inverse, events, at_event, event_sum, beta, max_steps, risk, hazard, mean, after, null, score,
    information,
):  # fmt: skip
    """Newton's method from `beta` [p], which becomes the estimate, where it ends plainly: no covariate is redundant and
    no coefficient strays far off without any gain. With no steps allowed it evaluates the likelihood at `beta`.

    Writes gradient and information at the start to `null` ([p + 1, p], gradient last) and at the end to `score` [p] and
    the lower triangle of `information` [p, p]; the relative `risk` [n], `hazard` [m + 1] and mean x [m + 1, p] of the
    event times. The last step is so short that nothing is evaluated after it.

    Returns:
        Number of steps, 0 where it does not end plainly; log-likelihood at the start and at the end.
    """
    n, p = x.shape
    n_groups = at_event.shape[0]
    amount, work = np.empty(CHUNK), np.empty((CHUNK + 1, 1 + p))
    total, root = np.empty((n_groups, 1 + p)), np.empty((p, p))
    trial, step = np.empty(p), np.zeros(p)
    first, loglik, fraction, iteration = 0.0, -np.inf, 1.0, 0
    while True:
        new, through, e = 0.0, 0.0, 0
        for j in range(p):
            trial[j] = beta[j] + fraction * step[j]
            new += trial[j] * event_sum[j]
            score[j] = event_sum[j]
            for k in range(p):
                information[j, k] = 0.0
        hazard[0] = 0.0
        competing_sums(trial, x, starts, member, inverse, at_event, risk, hazard, mean, total, work)
        new -= risk_sets(
            x, starts, events, at_event, risk, hazard, mean, after, score, information, total, work, amount
        )
        for a in range(0, n, CHUNK):
            b = min(a + CHUNK, n)
            for i in range(a, b):
                e += starts[i]
                through += hazard[e] * starts[i]
                amount[i - a] = risk[i] * (through + after[member[i] if n_groups > 1 else 0, e] * inverse[i])
            add_squares(x[a:b], amount, information)
        if iteration and not new >= loglik - LOGLIK_ROUNDING * abs(loglik) and fraction > SHORTEST:
            fraction /= 2
            continue
        gain, loglik, fraction, floor, length = new - loglik, new, 1.0, 0.0, 0.0
        if iteration == 0:
            first = new
            for j in range(p):
                floor = max(floor, REDUNDANT * information[j, j])
                null[p, j] = score[j]
                for k in range(j + 1):
                    null[j, k] = information[j, k]
                    null[k, j] = information[j, k]
        if iteration == max_steps or not factor(information, floor, root):
            return 0, first, loglik
        solve_factored(root, score, step)
        iteration += 1
        for j in range(p):
            beta[j] = trial[j]
            length = max(length, abs(step[j]))
        if length < STEP_DONE:
            for j in range(p):
                beta[j] += step[j]
            return iteration, first, loglik
        if gain < GAIN_DONE and length > STRAYED:
            return 0, first, loglik
