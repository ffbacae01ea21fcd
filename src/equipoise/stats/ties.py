"""When two times are the same time: the one rule, used by every estimator.

Times in months or years are often quotients or sums, and 0.1 + 0.2 is not 0.3 in binary. Two neighbouring distinct
times are tied if their distance is at most 1.5e-8 (the square root of the machine epsilon), absolutely or relative to
the mean of the distinct times. Ties chain: a is tied with c if a is tied with b and b with c. Tied times take the
smallest of them. This is the rule of R's survival package (`timefix`, `aeqSurv`, since version 2.40); R's cmprsk
compares exactly. For whole days it changes nothing.
"""

from __future__ import annotations

import numpy as np

from equipoise.arrays import Floats
from equipoise.stats.kernels.ordering import make_tied_equal, tie_width

TOLERANCE = float(np.sqrt(np.finfo(np.float64).eps))


def tie(*columns: Floats) -> tuple[Floats, ...]:
    """The columns of times with tied times made equal, across all columns together.

    Args:
        columns: times, float64 [n] each, finite and not negative.

    Returns:
        The columns, float64 [n]; the same arrays where no time changes.
    """
    whole = columns[0] if len(columns) == 1 else np.concatenate(columns)
    if tie_width(np.sort(whole), TOLERANCE)[0] == 0:
        return columns
    order = np.argsort(whole)
    ascending, tied = whole[order], np.empty_like(whole)
    make_tied_equal(ascending, TOLERANCE)
    tied[order] = ascending
    return tuple(np.split(tied, np.cumsum([column.size for column in columns])[:-1]))


def before_or_tied(distinct: Floats, at: Floats) -> np.ndarray:
    """How many of the `distinct` times (ascending) are before `at` or tied with it; int [at.size]."""
    return np.searchsorted(distinct, at + width_of(distinct), side="right")


def before(distinct: Floats, at: Floats) -> np.ndarray:
    """How many of the `distinct` times (ascending) are before `at` and not tied with it; int [at.size]."""
    return np.searchsorted(distinct, at - width_of(distinct), side="left")


def width_of(distinct: Floats) -> float:
    """The distance up to which a time counts as tied with one of the `distinct` times."""
    mean = float((distinct / distinct.size).sum()) if distinct.size else 0.0  # a plain sum can overflow
    return TOLERANCE * max(1.0, mean)
