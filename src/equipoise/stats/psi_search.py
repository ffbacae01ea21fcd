"""Where a test statistic that falls and rises in steps passes 0, and where it passes the level of the test."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs

BISECTIONS = 40
FARTHEST = 50.0
"""No effect multiplies time by more than exp(50)."""


class Searched(NamedTuple):
    """What a search over a grid has found; missing numbers where it found nothing."""

    estimate: float
    lower: float
    upper: float
    crossings: tuple[float, ...]
    grid: Floats
    z: Floats


def search(
    z: Callable[[float], float], ends: tuple[float, float], n_grid: int, quantile: float, *, where: str
) -> Searched:
    """Zeros of `z` on a grid, refined by bisection, and the ends of the set in which its size is at most `quantile`.

    The estimate is the middle of the first and last zero. A limit is missing where the set reaches an end of the grid,
    or a value at which `z` is missing.
    """
    n_grid = inputs.whole_number(n_grid, where=f"{where}, n_grid")
    where = f"{where}, search"
    if np.ndim(ends) != 1 or len(ends) != 2:
        raise AnalysisDataError(
            f"{ends!r} are not two numbers", where=where, rule="STATS-SHAPE", remedy="give the least and greatest psi"
        )
    first, last = (inputs.number(end, where=where) for end in ends)
    if not (-FARTHEST <= first < 0 < last <= FARTHEST and n_grid >= 3):
        raise AnalysisDataError(
            f"the search from {first} to {last} with {n_grid} values is none",
            where=where,
            rule="STATS-OPTION",
            remedy="give a number below 0 and one above it, none beyond 50, and at least 3 values",
        )
    grid = np.linspace(first, last, n_grid)
    value = np.array([z(psi) for psi in grid])
    crossings = tuple(zeros(z, grid, value))
    if not crossings:
        return Searched(math.nan, math.nan, math.nan, (), grid, value)
    inside = np.abs(value) <= quantile
    lower = limit(z, grid, value, inside, quantile, crossings[0], -1)
    upper = limit(z, grid, value, inside, quantile, crossings[-1], 1)
    return Searched((crossings[0] + crossings[-1]) / 2, lower, upper, crossings, grid, value)


def zeros(z: Callable[[float], float], grid: Floats, value: Floats) -> Iterator[float]:
    """Values of the grid at which `z` is 0, and places between neighbours at which it changes its sign."""
    for i in range(grid.size):
        if value[i] == 0:
            yield float(grid[i])
        elif i + 1 < grid.size and value[i] * value[i + 1] < 0:
            yield bisected(z, grid[i], grid[i + 1], 0.0)


def limit(
    z: Callable[[float], float],
    grid: Floats,
    value: Floats,
    inside: np.ndarray,
    quantile: float,
    root: float,
    side: int,
) -> float:
    """The end of the set on one side: beyond its last value on the grid, or beyond the last zero."""
    members = np.append(grid[inside], root)
    edge = members.max() if side > 0 else members.min()
    beyond = np.flatnonzero(side * (grid - edge) > 0)
    if not beyond.size:
        return math.nan
    outside = beyond[0] if side > 0 else beyond[-1]
    if math.isnan(value[outside]):
        return math.nan
    return bisected(z, grid[outside], edge, math.copysign(quantile, value[outside]))


def bisected(z: Callable[[float], float], one: float, other: float, level: float) -> float:
    """Where `z` passes `level` between two values on different sides of it."""
    above = z(one) > level
    for _ in range(BISECTIONS):
        middle = (one + other) / 2
        if (z(middle) > level) == above:
            one = middle
        else:
            other = middle
    return float((one + other) / 2)
