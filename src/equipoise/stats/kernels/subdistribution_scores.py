"""What each row contributes to the gradient of a Fine-Gray model, by one scan; arrays as in `subdistribution`."""

from __future__ import annotations

import numpy as np
from numba import njit

from equipoise.stats.kernels.subdistribution import CHUNK, add_squares


@njit(cache=True, error_model="numpy")
def later_hazard(hazard, mean, tilt, weight, after):
    """Write the hazard, and hazard times mean x, after each event time, times `tilt` and `weight` [m + 1], to `after`
    [m + 1, 1 + p]."""
    places, p = mean.shape
    for j in range(1 + p):
        after[places - 1, j] = 0.0
    for e in range(places - 1, 0, -1):
        step = hazard[e] * tilt[e] * weight[e]
        after[e - 1, 0] = after[e, 0] + step
        for j in range(p):
            after[e - 1, 1 + j] = after[e, 1 + j] + step * mean[e, j]


@njit(cache=True, error_model="numpy")
def score_squares(  # noqa: C901 (one scan)
    x, time, role, starts, member, inverse, risk, hazard, mean, tilt, after, own_after, filling, out
):
    """Sums of squares of what each row contributes to the gradient, the `filling` of the sandwich [p, p].

    Fine and Gray's eta, and psi for the estimated censoring weights. Each event time counts times its `tilt` [m + 1],
    1 for the gradient itself. `after` [n_groups, m + 1, 1 + p] is that of `later_hazard` with the probability of being
    uncensored as weight; psi goes by `own_after`, which may count some of the events only, or none where the weights
    are known. Writes the rows to `out` too if it has any, [n, p] or [0, 0].
    """
    n, p = x.shape
    n_groups = after.shape[0]
    rows, one, before = np.empty((CHUNK, p)), np.ones(CHUNK), np.zeros(1 + p)
    at_risk, left, lost = np.zeros(n_groups), np.zeros(n_groups), np.zeros(n_groups)
    competed, q, drift = np.zeros((n_groups, 1 + p)), np.zeros((n_groups, p)), np.zeros((n_groups, p))
    for i in range(n):
        g = member[i] if n_groups > 1 else 0
        at_risk[g] += 1
        left[g] += 1
    e = first = b = 0
    while first < n:
        last = first
        while last < n and time[last] == time[first]:
            g = member[last] if n_groups > 1 else 0
            lost[g] += role[last] == 0
            left[g] -= 1
            last += 1
        for g in range(n_groups):
            if lost[g] > 0:
                # what a censoring changes now: the later weights of those who had a competing event before it
                for j in range(p):
                    q[g, j] = competed[g, 1 + j] * own_after[g, e, 0] - competed[g, 0] * own_after[g, e, 1 + j]
                    q[g, j] /= at_risk[g]
                    drift[g, j] -= q[g, j] * lost[g] / at_risk[g]
            lost[g] = 0.0
            at_risk[g] = left[g]
        if starts[first]:
            e += 1
            step = hazard[e] * tilt[e]
            before[0] += step
            for j in range(p):
                before[1 + j] += step * mean[e, j]
        for i in range(first, last):
            g = member[i] if n_groups > 1 else 0
            censored, died = role[i] == 0, (role[i] == 1) * tilt[e]
            through = before[0] + inverse[i] * after[g, e, 0]
            for j in range(p):
                through_mean = before[1 + j] + inverse[i] * after[g, e, 1 + j]
                rows[b, j] = died * (x[i, j] - mean[e, j]) - risk[i] * (x[i, j] * through - through_mean)
                rows[b, j] += drift[g, j] + censored * q[g, j]
                if out.size:
                    out[i, j] = rows[b, j]
            b += 1
            if b == CHUNK:
                add_squares(rows, one, filling)
                b = 0
        for i in range(first, last):
            g, amount = member[i] if n_groups > 1 else 0, risk[i] * inverse[i]
            competed[g, 0] += amount
            for j in range(p):
                competed[g, 1 + j] += amount * x[i, j]
        first = last
    add_squares(rows[:b], one, filling)
    for j in range(p):
        for k in range(j):
            filling[k, j] = filling[j, k]
