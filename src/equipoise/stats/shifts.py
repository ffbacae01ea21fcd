"""How far and how often one sample is above another: Hodges and Lehmann's shift, and the win probability."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from equipoise.arrays import Floats
from equipoise.stats.kernels.rank_sums import shift_at, shifted
from equipoise.stats.tails import normal_quantile

TOLERANCE = 1e-13
"""Width to which a shift is searched, in the unit of the values."""
FUZZ = 10 * float(np.finfo(np.float64).eps)
"""By so much a cumulative probability may fall short of a quantile's and still count, as in R's qwilcox."""


class Shift(NamedTuple):
    """A shift of the first sample against the second with its limits, in the unit of the values."""

    estimate: float
    """First minus second."""
    lower: float
    upper: float
    """Upper limit; both are missing where all differences are alike."""


class WinProbability(NamedTuple):
    """Probability that the first is larger, ties half, with its standard error and limits."""

    estimate: float
    """0-1; 0.5 if the samples are alike."""
    std_error: float
    """Of DeLong; missing where a sample has one value only."""
    lower: float
    upper: float
    """Upper limit; both are missing by the method `logit` where the samples do not overlap."""


def pairs_larger(x: Floats, y: Floats) -> tuple[float, float]:
    """Pairs in which x is larger, ties half, and the sum of t^3 - t over ties; samples sorted."""
    larger, cubes = shifted(x, y, 0.0)
    return float(larger), float(cubes)


def by_normal(x: Floats, y: Floats, conf_level: float, *, corrected: bool) -> Shift:
    """Shift at which the normal test says 0, and the limits where it says plus and minus z; samples sorted."""
    if x[0] - y[-1] == x[-1] - y[0]:  # all differences are alike, and nothing is known of their spread
        return Shift(float(x[0] - y[0]), math.nan, math.nan)
    z, n, m = normal_quantile(conf_level), float(x.size), float(y.size)
    spread = 0.0
    if not corrected:
        spread = math.sqrt(n * m / 12 * (n + m + 1 - pairs_larger(x, y)[1] / ((n + m) * (n + m - 1))))
    correction = 0.5 if corrected else 0.0
    lower, upper = (shift_at(x, y, target, correction, spread, TOLERANCE) for target in (z, -z))
    return Shift(float(shift_at(x, y, 0.0, 0.0, spread, TOLERANCE)), float(lower), float(upper))


def by_order(x: Floats, y: Floats, distribution: tuple[Floats, Floats], conf_level: float) -> Shift:
    """Order statistics of the differences x - y, from the exact distribution of the pairs in which x is larger.

    A shift is inside the limits if the pairs that are left after it are not among the rarest. With ties they are
    counted after each shift, as in exactRankTests.
    """
    values, share = distribution
    differences = np.sort(np.subtract.outer(x, y), axis=None)
    cumulative, tail = np.cumsum(share), (1 - conf_level) / 2
    low, high = (values[np.searchsorted(cumulative, p - FUZZ)] for p in (tail, 1 - tail))
    middle, pairs = x.size * y.size / 2, differences.size
    if pairs_larger(x, y)[1] == 0:  # no ties: after the k-th smallest shift pairs - k of them are left
        k = max(1, int(low))
        estimate = (differences[(pairs - 1) // 2] + differences[pairs // 2]) / 2
        return Shift(float(estimate), float(differences[k - 1]), float(differences[pairs - k]))
    above = first_at_most(x, y, differences, low)
    below = first_at_most(x, y, differences, high) - 1
    least, most = shifted(x, y, differences[-1])[0], shifted(x, y, differences[0])[0]
    ends = (first_at_most(x, y, differences, math.ceil(middle)), first_at_most(x, y, differences, middle) - 1)
    return Shift(
        float(differences[list(ends)].mean()),
        float(differences[0] if high >= most else differences[below]),
        float(differences[-1] if low <= least else differences[above]),
    )


def first_at_most(x: Floats, y: Floats, differences: Floats, bound: float) -> int:
    """Place of the smallest difference after which at most `bound` pairs are left."""
    first, end = 0, differences.size
    while first < end:
        middle = (first + end) // 2
        if shifted(x, y, differences[middle])[0] <= bound:
            end = middle
        else:
            first = middle + 1
    return first


def win_probability(x: Floats, y: Floats, conf_level: float, method: str) -> WinProbability:
    """Probability that x is larger, with the standard error of DeLong and the limits of the `method`."""
    n, m, z = x.size, y.size, normal_quantile(conf_level)
    estimate = pairs_larger(x, y)[0] / (n * m)
    # share of the other sample that each value beats
    of_x = (np.searchsorted(y, x, "left") + np.searchsorted(y, x, "right")) / (2 * m)
    of_y = (np.searchsorted(x, y, "left") + np.searchsorted(x, y, "right")) / (2 * n)
    std_error = math.nan
    if min(n, m) > 1:
        std_error = math.sqrt(of_x.var(ddof=1) / n + of_y.var(ddof=1) / m)
    if method == "newcombe":
        return WinProbability(estimate, std_error, *(newcombe_limit(estimate, n, m, z, side) for side in (0.0, 1.0)))
    if not (0 < estimate < 1 and std_error > 0):
        return WinProbability(estimate, std_error, math.nan, math.nan)
    half = z * std_error / (estimate * (1 - estimate))
    odds = estimate / (1 - estimate)
    lower, upper = odds * math.exp(-half), odds * math.exp(half)
    return WinProbability(estimate, std_error, lower / (1 + lower), upper / (1 + upper))


def newcombe_limit(estimate: float, n: int, m: int, z: float, end: float) -> float:
    """Probability between the estimate and `end` (0 or 1) that is z of its own standard errors from the estimate."""
    size = (n + m) / 2 - 1

    def too_far(p: float) -> bool:
        variance = p * (1 - p) * (1 + size * ((1 - p) / (2 - p) + p / (1 + p))) / (n * m)
        return (p - estimate) ** 2 > z * z * variance

    if estimate == end:
        return end
    near, far = estimate, end
    for _ in range(60):
        middle = (near + far) / 2
        near, far = (near, middle) if too_far(middle) else (middle, far)
    return near
