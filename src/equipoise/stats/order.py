"""Rows in the order of their times, made once for each call.

Numpy's vectorized sort is several times faster than a stable one, so rows tied in time come in any order, and no
result may depend on it beyond rounding.
"""

from __future__ import annotations

import numpy as np

from equipoise.arrays import Floats
from equipoise.stats.inputs import Ints
from equipoise.stats.kernels.ordering import counted_order, longest_whole, make_tied_equal, stable_by_code
from equipoise.stats.ties import TOLERANCE

FEW = 1_000
"""Fewer rows than this are sorted by comparison, whatever their times."""


def time_order(time: Floats) -> Ints:
    """Rows sorted by time ascending, int64 [n]; rows tied in time in any order.

    Args:
        time: float64 [n], finite and not negative, contiguous.
    """
    if time.size >= FEW:
        greatest = longest_whole(time, float(time.size))
        if greatest >= 0:
            order = np.empty(time.size, np.int64)
            counted_order(time, greatest, order)
            return order
    return np.argsort(time)


def tied_times(time: Floats, order: Ints) -> Floats:
    """The times of the rows in `order` (ascending), float64 [n], with tied times made equal by the rule of `ties`."""
    ascending = time[order]
    make_tied_equal(ascending, TOLERANCE)
    return ascending


def by_stratum(order: Ints, stratum: Ints, n_strata: int) -> tuple[Ints, Ints]:
    """`order` sorted by stratum, within a stratum as it was, and where each stratum starts in it.

    Args:
        order: rows, int64 [n].
        stratum: stratum of each row of the data, from 0, int64 [n].

    Returns:
        int64 [n], and int64 [n_strata + 1] whose last is n.
    """
    within, start = np.empty(order.size, np.int64), np.empty(n_strata + 1, np.int64)
    stable_by_code(order, stratum, start, within)
    return within, start
