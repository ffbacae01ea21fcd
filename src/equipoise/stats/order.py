"""Rows in the order of their times, made once for each call.

Numpy's vectorized sort is several times faster than a stable one, so rows tied in time come in any order, and no
result may depend on it beyond rounding.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.arrays import Floats
from equipoise.stats.inputs import Ints
from equipoise.stats.kernels.ordering import (
    by_block,
    count_cells,
    counted_order,
    list_cells,
    longest_whole,
    make_tied_equal,
    pack,
    stable_by_code,
    unpack,
)
from equipoise.stats.ties import TOLERANCE

FEW = 1_000
"""Fewer rows than this are sorted by comparison, whatever their times."""
MOST_DAYS = 10_000_000
"""Whole times up to this are never tied with each other by the rule of `ties`."""
NO_CODES, NO_FLAGS = np.empty(0, np.int64), np.empty(0, np.int8)
"""Stand for a column in which all rows are alike."""


class SortedRows(NamedTuple):
    """Rows sorted by block, then time, with tied times made equal; what the kernels read."""

    time: Floats
    code: Ints
    """What an estimator must know of the row beside its time: the code, and the flag in its lowest bits."""
    start: Ints
    """Where each block starts, int64 [n_blocks + 1]; the last is n."""
    n_distinct: int
    """Number of distinct times, summed over blocks."""


def sorted_rows(
    time: Floats,
    code: Ints = NO_CODES,
    n_codes: int = 1,
    flag: NDArray[np.int8] = NO_FLAGS,
    n_flags: int = 1,
    block: Ints = NO_CODES,
    n_blocks: int = 1,
) -> SortedRows:
    """Rows sorted by block, then time. `code` and `block` are used up: their memory is used again.

    Args:
        time: float64 [n], finite and not negative, contiguous.
        code, flag: what the kernel must know of a row, from 0 to below `n_codes` and `n_flags`, int64 and int8 [n]. In
            the answer they are one code: (code << bits of n_flags - 1) | flag.
        block: stratum or group within which times are sorted, from 0 to below `n_blocks`, int64 [n]. Times of
            different blocks are tied together.
    """
    n, flag_bits = time.size, (n_flags - 1).bit_length()
    code_bits, block_bits = (n_codes - 1).bit_length(), (n_blocks - 1).bit_length()
    bits = flag_bits + code_bits
    start, sorted_code = np.empty(n_blocks + 1, np.int64), code if code.size else np.empty(n, np.int64)
    days = whole_days(time) if n >= FEW else 0
    if days and (days << bits) * n_blocks <= n:
        cells, ascending = np.zeros((days << bits) * n_blocks, np.int64), np.empty(n)
        count_cells(time, code, flag, flag_bits, code_bits, block, days, cells)
        n_distinct = list_cells(cells, bits, days, ascending, sorted_code, start)
        return SortedRows(ascending, sorted_code, start, n_distinct)
    key = np.empty(n, np.int64)
    lowest = pack(time, code, flag, flag_bits, code_bits, block, block_bits, key)
    if lowest >= 0:
        key.sort()
        n_distinct = unpack(key, sorted_code, lowest, bits + block_bits, TOLERANCE)
        ascending = key.view(np.float64)
    else:  # times so far apart, or so many blocks and codes, that they do not fit into one number
        order = time_order(time)
        ascending = time[order]
        n_distinct = make_tied_equal(ascending, TOLERANCE)
        pack(np.zeros(n), code, flag, flag_bits, code_bits, block, block_bits, key)
        sorted_code = key[order]
    if block.size == 0:
        start[0], start[1] = 0, n
        return SortedRows(ascending, sorted_code, start, n_distinct)
    block_time = np.empty(n)
    n_distinct = by_block(ascending, sorted_code, bits, start, block_time, block)
    return SortedRows(block_time, block, start, n_distinct)


def sorted_keys(
    time: Floats,
    code: Ints,
    n_codes: int,
    flag: NDArray[np.int8],
    n_flags: int,
    block: Ints = NO_CODES,
    n_blocks: int = 1,
) -> tuple[Ints, int, int, int] | None:
    """Rows of a small data set as sorted numbers, which a kernel takes apart by `kernels.ordering.rows_of_keys`.

    Args as of `sorted_rows`, but nothing is used up.

    Returns:
        The numbers, int64 [n], the lowest pattern of a time, and the bits of code with flag and of block; None where
        `sorted_rows` has a better way, or the parts do not fit into one number.
    """
    if time.size >= FEW:
        return None
    flag_bits, code_bits, block_bits = (
        (n_flags - 1).bit_length(),
        (n_codes - 1).bit_length(),
        (n_blocks - 1).bit_length(),
    )
    key = np.empty(time.size, np.int64)
    lowest = pack(time, code, flag, flag_bits, code_bits, block, block_bits, key)
    if lowest < 0:
        return None
    key.sort()
    return key, lowest, flag_bits + code_bits, block_bits


def whole_days(time: Floats) -> int:
    """One more than the greatest time, if all are whole numbers from 0 and smaller than their number; otherwise 0."""
    return longest_whole(time, float(min(time.size, MOST_DAYS)) - 1) + 1


def time_order(time: Floats) -> Ints:
    """Rows sorted by time ascending, int64 [n]; rows tied in time in any order.

    Args:
        time: float64 [n], finite, contiguous.
    """
    days = whole_days(time) if time.size >= FEW else 0
    if days == 0:
        return np.argsort(time)
    order = np.empty(time.size, np.int64)
    counted_order(time, days - 1, order)
    return order


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
