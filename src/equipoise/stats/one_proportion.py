"""One proportion and its intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from scipy.special import betaincinv


class Interval(NamedTuple):
    """A two-sided confidence interval."""

    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """A proportion with three intervals."""

    events: int
    """Subjects with the answer yes."""
    n: int
    """Subjects."""
    estimate: float
    """Share of yes, 0-1."""
    wilson: Interval
    """Score interval without correction."""
    wilson_corrected: Interval
    """Score interval with continuity correction."""
    clopper_pearson: Interval
    """Exact interval."""


def proportion(events: float, n: float, z: float, tail: float) -> Proportion:
    """A proportion with Wilson's interval, without and with continuity correction, and Clopper and Pearson's.

    `z` is the normal quantile of the level, `tail` the error on each side.
    """
    lower = float(betaincinv(events, n - events + 1, tail)) if events > 0 else 0.0
    upper = float(betaincinv(events + 1, n - events, 1 - tail)) if events < n else 1.0
    return Proportion(
        events=int(events),
        n=int(n),
        estimate=events / n,
        wilson=wilson(events, n, z),
        wilson_corrected=wilson_corrected(events, n, z),
        clopper_pearson=Interval(lower, upper),
    )


def wilson(x: float, n: float, z: float) -> Interval:
    """Wilson's score interval of a proportion."""
    p, scale = x / n, 1 + z**2 / n
    middle = (p + z**2 / (2 * n)) / scale
    half = z / scale * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    # nobody and everybody: an end of the interval is the estimate, but for rounding
    return Interval(max(0.0, middle - half) if x > 0 else 0.0, min(1.0, middle + half) if x < n else 1.0)


def wilson_corrected(x: float, n: float, z: float) -> Interval:
    """Wilson's score interval with continuity correction (Newcombe 1998, Stat Med 17:857-872, method 4)."""
    p, scale = x / n, 2 * (n + z**2)
    lower, upper = 0.0, 1.0
    if x > 0:
        root = math.sqrt(z**2 - 2 - 1 / n + 4 * p * (n * (1 - p) + 1))
        lower = max(0.0, (2 * n * p + z**2 - 1 - z * root) / scale)
    if x < n:
        root = math.sqrt(z**2 + 2 - 1 / n + 4 * p * (n * (1 - p) - 1))
        upper = min(1.0, (2 * n * p + z**2 + 1 + z * root) / scale)
    return Interval(lower, upper)
