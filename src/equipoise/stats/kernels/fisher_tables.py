"""Fisher's P values of every table of two arms of given sizes."""

from __future__ import annotations

import numpy as np
from numba import njit

from equipoise.stats.kernels.hypergeometric import weights


@njit(cache=True)
def two_sided(share, tie):
    """Of each value the probability of all that are not more probable; `share` rises to its mode and falls again."""
    n = share.size
    order, out = np.empty(n, np.int64), np.empty(n)
    low, high = 0, n - 1
    for k in range(n):
        if share[low] <= share[high]:
            order[k] = low
            low += 1
        else:
            order[k] = high
            high -= 1
    total, end = 0.0, 0
    for k in range(n):
        while end < n and share[order[end]] <= share[order[k]] * (1 + tie):
            total += share[order[end]]
            end += 1
        out[order[k]] = min(1.0, total)
    return out


@njit(cache=True)
def fisher_of_all(n1, n2, tie):
    """P values [3, n1 + 1, n2 + 1]: less, greater, two-sided, of the table with x1 and x2 answers yes."""
    out = np.zeros((3, n1 + 1, n2 + 1))
    for column in range(n1 + n2 + 1):
        first, share = weights(float(n1), float(n2), float(column), 0.0)
        both = two_sided(share, tie)
        start = int(first)
        lowest, highest = max(0, column - n2), min(n1, column)
        total = 0.0
        for x1 in range(lowest, highest + 1):
            i = x1 - start
            if 0 <= i < share.size:
                total += share[i]
                out[2, x1, column - x1] = both[i]
            out[0, x1, column - x1] = min(1.0, total)
        total = 0.0
        for x1 in range(highest, lowest - 1, -1):
            i = x1 - start
            if 0 <= i < share.size:
                total += share[i]
            out[1, x1, column - x1] = min(1.0, total)
    return out
