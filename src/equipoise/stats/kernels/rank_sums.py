"""Loops of the two-sample rank test: exact distributions, and the statistic after a shift."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def untied_ways(n, m):
    """Orders of n and m distinct values by the number of pairs in which the first sample is larger, [n m + 1].

    The coefficients of the product of (1 - q^(m + i)) / (1 - q^i) over i = 1..n, the first half by multiplying and
    dividing in place, the second half by symmetry.
    """
    ways = np.zeros(n * m + 1)
    half = n * m // 2
    ways[0] = 1.0
    for i in range(1, n + 1):
        for u in range(half, m + i - 1, -1):
            ways[u] -= ways[u - m - i]
        for u in range(i, half + 1):
            ways[u] += ways[u - i]
    for u in range(half + 1, n * m + 1):
        ways[u] = ways[n * m - u]
    return ways


@njit(cache=True)
def tied_ways(rank, size, n):
    """Ways to choose n of the subjects by the sum of their ranks, [largest sum + 1].

    Args: `rank` [k] the doubled midrank of each distinct value, ascending, `size` [k] how many subjects have it.
    """
    largest, left = 0, n
    for k in range(rank.size - 1, -1, -1):
        largest += min(left, size[k]) * rank[k]
        left -= min(left, size[k])
    ways = np.zeros((n + 1, largest + 1))
    ways[0, 0] = 1.0
    # least and largest sum so far of each number of chosen
    bottom, top = np.full(n + 1, largest + 1), np.zeros(n + 1, np.int64)
    bottom[0] = 0
    before = 0
    for k in range(rank.size):
        for chosen in range(min(n, before + size[k]), 0, -1):
            choices = 1.0
            for j in range(1, min(chosen, size[k]) + 1):
                choices *= (size[k] - j + 1) / j
                if chosen - j > before:
                    continue
                step = j * rank[k]
                for s in range(bottom[chosen - j], min(top[chosen - j], largest - step) + 1):
                    ways[chosen, s + step] += choices * ways[chosen - j, s]
                bottom[chosen] = min(bottom[chosen], bottom[chosen - j] + step)
                top[chosen] = max(top[chosen], min(largest, top[chosen - j] + step))
        before += size[k]
    return ways[n]


@njit(cache=True)
def shifted(x, y, shift):
    """Pairs in which x - shift is larger than y, ties half, and the sum of t^3 - t over ties; both samples sorted."""
    n, m = x.size, y.size
    i = j = 0
    larger = cubes = 0.0
    while i < n or j < m:
        if j == m or (i < n and x[i] - shift <= y[j]):
            value = x[i] - shift
        else:
            value = y[j]
        of_x = of_y = 0
        while i < n and x[i] - shift == value:
            i += 1
            of_x += 1
        below = j
        while j < m and y[j] == value:
            j += 1
            of_y += 1
        larger += of_x * (below + 0.5 * of_y)
        tied = float(of_x + of_y)
        cubes += tied * tied * tied - tied
    return larger, cubes


@njit(cache=True)
def standardized(x, y, shift, correction, spread):
    """Standardized statistic after a shift; its standard deviation is `spread`, or if 0 that with the ties there."""
    n, m = float(x.size), float(y.size)
    larger, cubes = shifted(x, y, shift)
    distance = larger - n * m / 2
    distance -= np.sign(distance) * correction
    if spread == 0.0:
        spread = np.sqrt(n * m / 12 * ((n + m + 1) - cubes / ((n + m) * (n + m - 1))))
    return distance / spread


@njit(cache=True)
def shift_at(x, y, target, correction, spread, tolerance):
    """Shift at which the standardized statistic passes `target`, by Brent's search from the ends of all shifts.

    The statistic falls in steps. On a step that lies at the target every shift solves the equation; which one is
    returned then depends on the way of the search, which is that of R's uniroot (Brent 1973, chapter 4).
    """
    a, b = x[0] - y[-1], x[-1] - y[0]
    fa = standardized(x, y, a, correction, spread) - target
    fb = standardized(x, y, b, correction, spread) - target
    if fa <= 0:
        return a
    if fb >= 0:
        return b
    c, fc = a, fa
    for _ in range(1000):
        last = b - a
        if abs(fc) < abs(fb):
            a, b, c = b, c, b
            fa, fb, fc = fb, fc, fb
        near = 2 * 2.220446049250313e-16 * abs(b) + tolerance / 2
        step = (c - b) / 2
        if abs(step) <= near or fb == 0:
            return b
        if abs(last) >= near and abs(fa) > abs(fb):
            ratio = fb / fa
            if a == c:
                p, q = (c - b) * ratio, 1 - ratio
            else:
                q, other = fa / fc, fb / fc
                p = ratio * ((c - b) * q * (q - other) - (b - a) * (other - 1))
                q = (q - 1) * (other - 1) * (ratio - 1)
            if p > 0:
                q = -q
            else:
                p = -p
            if p < 0.75 * (c - b) * q - abs(near * q) / 2 and p < abs(last * q / 2):
                step = p / q
        if abs(step) < near:
            step = near if step > 0 else -near
        a, fa = b, fb
        b += step
        fb = standardized(x, y, b, correction, spread) - target
        if (fb > 0) == (fc > 0) and fb != 0:
            c, fc = a, fa
    return b
