"""Fine-Gray regression with covariates that are multiplied by functions of time.

There are no running sums, so every row is looked at again at every event time.

The covariates of row i at event time e are `x[i]` [p1] and `y[i] * f[e]` [p2], with `f` [m + 1, p2]; other arrays as in
`subdistribution`. `first` int64 [m + 1] is the lowest row of each event time.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def weighted_risk(i, e, beta, x, y, f, first, member, inverse, at_event, base, z):
    """Relative risk of row i at event time e times its weight there, 0 if it is not at risk.

    Writes its covariates, less `base` [p], to `z` [p].
    """
    p1, p2 = x.shape[1], y.shape[1]
    weight = 1.0 if i >= first[e] else at_event[member[i], e] * inverse[i]
    if weight == 0.0:
        return 0.0
    linear = 0.0
    for j in range(p1):
        linear += x[i, j] * beta[j]
        z[j] = x[i, j] - base[j]
    for j in range(p2):
        now = y[i, j] * f[e, j]
        linear += now * beta[p1 + j]
        z[p1 + j] = now - base[p1 + j]
    return weight * np.exp(linear)


@njit(cache=True, error_model="numpy")
def changing_likelihood(
    beta, x, y, f, first, member, inverse, events, at_event, event_sum, hazard, mean, score, information
):
    """Log partial likelihood at `beta` [p]; writes gradient and information, and `hazard` [m + 1] and mean covariates
    [m + 1, p] of the event times. `event_sum` [p] is the sum over the events of their covariates at their times."""
    n, p = x.shape[0], beta.size
    z, origin, total, square = np.empty(p), np.zeros(p), np.empty(1 + p), np.empty((p, p))
    loglik = 0.0
    for j in range(p):
        loglik += beta[j] * event_sum[j]
        score[j] = event_sum[j]
        for k in range(p):
            information[j, k] = 0.0
    for e in range(1, events.size):
        for j in range(p):
            total[1 + j] = 0.0
            for k in range(j + 1):
                square[j, k] = 0.0
        total[0] = 0.0
        for i in range(n):
            amount = weighted_risk(i, e, beta, x, y, f, first, member, inverse, at_event, origin, z)
            if amount > 0.0:
                total[0] += amount
                for j in range(p):
                    part = amount * z[j]
                    total[1 + j] += part
                    for k in range(j + 1):
                        square[j, k] += part * z[k]
        loglik -= events[e] * np.log(total[0])
        hazard[e] = events[e] / total[0]
        for j in range(p):
            mean[e, j] = total[1 + j] / total[0]
            score[j] -= events[e] * mean[e, j]
            for k in range(j + 1):
                information[j, k] += events[e] * (square[j, k] / total[0] - mean[e, j] * mean[e, k])
                information[k, j] = information[j, k]
    return loglik


@njit(cache=True, error_model="numpy")
def changing_scores(
    beta, x, y, f, first, block_end, member, inverse, at_event, own_weight, hazard, mean, rows, changes
):
    """What the hazard that each row went through takes from the gradient, written to `rows` [n, p].

    And what a censoring changes: added to `changes` [n_groups, n + 1, p] are the steps of its size along the rows, for
    the censorings after a competing event and up to an event after it. `block_end` [n] is the first row after those
    tied with a row; psi goes by `own_weight` [n_groups, m + 1].
    """
    n, p = x.shape[0], beta.size
    z = np.empty(p)
    for e in range(1, hazard.size):
        event_end = block_end[first[e]]
        for i in range(n):
            amount = weighted_risk(i, e, beta, x, y, f, first, member, inverse, at_event, mean[e], z) * hazard[e]
            if amount > 0.0:
                g = member[i]
                own = amount * own_weight[g, e] / at_event[g, e] if i < first[e] else 0.0
                for j in range(p):
                    rows[i, j] -= amount * z[j]
                    changes[g, block_end[i], j] += own * z[j]
                    changes[g, event_end, j] -= own * z[j]


@njit(cache=True, error_model="numpy")
def add_censoring(role, member, block_end, changes, rows):
    """Add psi, the part of the estimated censoring weights, to what each row contributes to the gradient [n, p]."""
    n, p = rows.shape
    n_groups = changes.shape[0]
    at_risk, left, lost = np.zeros(n_groups), np.zeros(n_groups), np.zeros(n_groups)
    size, drift = np.zeros((n_groups, p)), np.zeros((n_groups, p))
    for i in range(n):
        at_risk[member[i]] += 1
        left[member[i]] += 1
    start = 0
    while start < n:
        end = block_end[start]
        for i in range(start, end):
            lost[member[i]] += role[i] == 0
            left[member[i]] -= 1
        for g in range(n_groups):
            for j in range(p):
                size[g, j] += changes[g, start, j]
                if lost[g] > 0:
                    drift[g, j] -= size[g, j] * lost[g] / (at_risk[g] * at_risk[g])
        for i in range(start, end):
            g = member[i]
            for j in range(p):
                rows[i, j] += drift[g, j] + (role[i] == 0) * size[g, j] / at_risk[g]
        for g in range(n_groups):
            lost[g] = 0.0
            at_risk[g] = left[g]
        start = end
