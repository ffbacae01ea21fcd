"""Probability that the largest of correlated standard normals passes a bound, without random numbers.

The event is split by the first of the normals to pass the bound:
P(some pass) = sum over k of P(normal k passes, none of 0..k-1 passes).
In each term normal k is drawn first, from its tail, so that a small probability keeps its relative accuracy; the others
follow one by one by Genz's separation of variables, over the points of a fixed lattice.

Source: Genz 1992, J Comput Graph Stat 1:141-149; Genz & Bretz 2009, Computation of Multivariate Normal and t
Probabilities, section 4.2.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from equipoise.arrays import Floats

N_POINTS = 8_191
"""Points of the lattice, a prime; the relative error is about 1e-5 for four normals."""
GENERATOR = (1, 2431, 3799, 1141, 3300, 2620, 2717, 127, 1909, 1226, 702, 2202, 463, 2828, 73)
"""Generating vector of the lattice, built component by component for the worst-case error in the Korobov space of
smoothness 1 with product weights 0.8^j (Nuyens & Cools 2006, Math Comp 75:903-920)."""
SHIFT = 0.25
MOST = len(GENERATOR) + 1
"""Most normals at once."""
NEAR_ZERO = 1e-10
"""A conditional variance below this is rounding: the normal is a combination of those before it."""


def probability_of_passing(correlation: Floats, bound: float, *, both_sides: bool) -> float:
    """P(max Z >= bound), or P(max |Z| >= bound) with `both_sides`, for standard normals Z; relative error about 1e-5.

    Args:
        correlation: float64 [k, k], positive semi-definite, diagonal 1; k at most `MOST`.
        bound: above 0 with `both_sides`, any number without.
    """
    k = len(correlation)
    assert 1 <= k <= MOST
    total = tail = float(special.ndtr(-bound)) * (2 if both_sides else 1)
    for first in range(1, k):
        # normal `first` passes, those before it do not
        places = [first, *range(first)]
        total += tail * none_passes(correlation[np.ix_(places, places)], bound, both_sides)
    return min(1.0, total)


def none_passes(correlation: Floats, bound: float, both_sides: bool) -> float:
    """Probability that normals 1, 2, ... stay within the bound, given that normal 0 passes it.

    A normal that is a combination of those before it narrows the range of the last of them that it holds, so that the
    integrand has no jumps (with the weights 1, S and 1 - S the first score is the sum of the others).
    """
    root = cholesky(correlation)
    drawn = [j for j in range(len(root)) if root[j, j] > 0]
    last_held = [int(np.flatnonzero(np.abs(row) > NEAR_ZERO)[-1]) for row in root]
    uniform = lattice(len(drawn))
    # upper tail; by symmetry the lower one has the same probability
    z = np.zeros((len(root), N_POINTS))
    z[0] = -special.ndtri(uniform[0] * special.ndtr(-bound))
    inside = np.ones(N_POINTS)
    floor = -bound if both_sides else -np.inf
    for place, j in enumerate(drawn):
        rows = [i for i in range(1, len(root)) if last_held[i] == j]
        if j == 0:  # a copy of normal 0 passes with it, its mirror image only where both sides count
            for i in rows:
                inside *= (root[i, 0] * z[0] < bound) & (root[i, 0] * z[0] > floor)
            continue
        lower, upper = np.full(N_POINTS, -np.inf), np.full(N_POINTS, np.inf)
        for i in rows:
            mean, slope = root[i, :j] @ z[:j], root[i, j]
            low, high = (floor, bound) if slope > 0 else (bound, floor)
            lower, upper = np.maximum(lower, (low - mean) / slope), np.minimum(upper, (high - mean) / slope)
        below = special.ndtr(lower)
        width = np.maximum(special.ndtr(upper) - below, 0.0)
        inside *= width
        if place + 1 < len(drawn):
            z[j] = special.ndtri(np.clip(below + uniform[place] * width, 1e-300, 1 - 1e-16))
    return float(inside.mean())


def cholesky(correlation: Floats) -> Floats:
    """Lower triangular root of a positive semi-definite matrix, with 0 where nothing is left of a variance."""
    k = len(correlation)
    root = np.zeros((k, k))
    for j in range(k):
        left = correlation[j:, j] - root[j:, :j] @ root[j, :j]
        if left[0] > NEAR_ZERO:
            root[j:, j] = left / np.sqrt(left[0])
    root[np.abs(root) < NEAR_ZERO] = 0.0
    return root


def lattice(dimensions: int) -> Floats:
    """Points of the lattice in the unit cube, folded so that integrands become periodic; float64 [dimensions, N].

    Source: Hickernell 2002, Monte Carlo and Quasi-Monte Carlo Methods 2000, 274-289 (the baker's transform).
    """
    steps = np.array(GENERATOR[:dimensions])[:, np.newaxis]
    points = (np.arange(N_POINTS) * steps % N_POINTS + SHIFT) / N_POINTS
    return 1 - np.abs(2 * points - 1)
