"""Passes over times that sort, tie and pack them.

Numpy sorts numbers several times faster than it sorts rows by an index. So what an estimator must know of a row (its
group, and what happened) is packed with its time into one number, and these are sorted.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SOME = 1024
"""Rows between two looks at whether it is worth going on."""


@njit(cache=True)
def longest_whole(time, longest):
    """Greatest of the times if all are whole numbers from 0 to `longest`, otherwise -1."""
    greatest = np.int64(0)
    for first in range(0, time.size, SOME):
        other = 0
        for i in range(first, min(first + SOME, time.size)):
            day = np.int64(min(time[i], longest))
            other += (day != time[i]) | (day < 0)
            greatest = max(greatest, day)
        if other:
            return np.int64(-1)
    return greatest


@njit(cache=True)
def counted_order(time, greatest, order):
    """Write the rows sorted by time to `order`, in the order given where tied; whole times up to `greatest`."""
    start = np.zeros(greatest + 2, np.int64)
    for i in range(time.size):
        start[np.int64(time[i]) + 1] += 1
    for day in range(1, greatest + 1):
        start[day] += start[day - 1]
    for i in range(time.size):
        day = np.int64(time[i])
        order[start[day]] = i
        start[day] += 1


@njit(cache=True)
def stable_by_code(order, code, start, sorted_order):
    """Write `order` sorted by the `code` of its rows to `sorted_order`, and where each code starts to `start`.

    `start` is int64 [n_codes + 1]; rows of one code stay in the order in which they came.
    """
    n_codes = start.size - 1
    start[:] = 0
    for i in range(code.size):
        start[code[i] + 1] += 1
    for k in range(n_codes):
        start[k + 1] += start[k]
    for i in range(order.size):
        row = order[i]
        sorted_order[start[code[row]]] = row
        start[code[row]] += 1
    for k in range(n_codes, 0, -1):
        start[k] = start[k - 1]
    start[0] = 0


@njit(cache=True)
def tie_width(time, tolerance):
    """Distance up to which neighbours among the ascending `time` are tied, 0 where no distinct times are so near.

    The rule and its `tolerance` are those of `equipoise.stats.ties`. Returns the number of distinct times, too.
    """
    distinct, total, smallest_step, before = 0, 0.0, np.inf, -np.inf
    for i in range(time.size):
        step = time[i] - before
        if step > 0:
            distinct += 1
            total += time[i]
            smallest_step = min(smallest_step, step if distinct > 1 else np.inf)
        before = time[i]
    mean = total / distinct if distinct else 0.0
    if mean == np.inf:  # the sum overflows
        mean = time[0] / distinct
        for i in range(1, time.size):
            if time[i] > time[i - 1]:
                mean += time[i] / distinct
    width = tolerance * max(1.0, mean)
    return width if smallest_step <= width else 0.0, distinct


@njit(cache=True)
def make_tied_equal(time, tolerance):
    """Give tied times the smallest of them, in place; `time` ascending. The number of distinct times left."""
    width, distinct = tie_width(time, tolerance)
    if width == 0:
        return distinct
    distinct = 0
    before = first = -np.inf
    for i in range(time.size):
        if time[i] - before > width:
            first = time[i]
            distinct += 1
        before = time[i]
        time[i] = first
    return distinct


@njit(cache=True)
def bits_for(value):
    """Binary digits of a whole number."""
    bits = 0
    while value > 0:
        value >>= 1
        bits += 1
    return bits


@njit(cache=True)
def pack(time, code, flag, flag_bits, code_bits, block, block_bits, key):
    """Write time, block, code and flag of each row to one number that sorts by them in this order; nothing is lost.

    Args:
        time: float64 [n]; the bits of a number that is not negative sort as the number does.
        code, flag, block: from 0 to below 2^code_bits and so on, int64, int8 and int64 [n]; each may be empty.
        key: int64 [n], filled.

    Returns:
        The smallest positive pattern; -1 if all does not fit.
    """
    pattern = time.view(np.int64)
    lowest, highest = np.int64(9223372036854775807), np.int64(0)
    for i in range(pattern.size):
        highest = max(highest, pattern[i])
        lowest = min(lowest, pattern[i] if pattern[i] > 0 else 9223372036854775807)
    if bits_for(highest - lowest + 1) + flag_bits + code_bits + block_bits > 63:
        return np.int64(-1)
    for i in range(pattern.size):
        value = pattern[i] - lowest + 1 if pattern[i] > 0 else 0
        if block.size:
            value = (value << block_bits) | block[i]
        if code.size:
            value = (value << code_bits) | code[i]
        if flag.size:
            value = (value << flag_bits) | flag[i]
        key[i] = value
    return lowest


@njit(cache=True)
def unpack(key, code, lowest, bits, tolerance):
    """Take the sorted keys apart: `key` becomes the times, tied ones made equal; `code` gets the lowest `bits`.

    Returns the number of distinct times.
    """
    mask = (1 << bits) - 1
    for i in range(key.size):
        code[i] = key[i] & mask
        value = key[i] >> bits
        key[i] = value + lowest - 1 if value > 0 else 0
    return make_tied_equal(key.view(np.float64), tolerance)


@njit(cache=True)
def by_block(time, code, code_bits, start, block_time, block_code):
    """Sort rows by block, within a block as they are; `code` is the block, then `code_bits` of the code proper.

    Fills `block_time` and `block_code` (the code proper) and where each block starts (`start`, int64 [n_blocks + 1]).
    Returns the number of distinct times, summed over blocks.
    """
    n_blocks, mask = start.size - 1, (1 << code_bits) - 1
    start[:] = 0
    for i in range(code.size):
        start[(code[i] >> code_bits) + 1] += 1
    for k in range(n_blocks):
        start[k + 1] += start[k]
    before = np.full(n_blocks, -1.0)
    distinct = 0
    for i in range(code.size):
        block = code[i] >> code_bits
        place = start[block]
        start[block] += 1
        block_time[place], block_code[place] = time[i], code[i] & mask
        distinct += time[i] != before[block]
        before[block] = time[i]
    for k in range(n_blocks, 0, -1):
        start[k] = start[k - 1]
    start[0] = 0
    return distinct


@njit(cache=True)
def rows_of_keys(key, lowest, bits, block_bits, n_blocks, tolerance):
    """Time, code and start of the blocks (`order.SortedRows`) from sorted keys; `key` becomes the times."""
    code, start = np.empty(key.size, np.int64), np.empty(n_blocks + 1, np.int64)
    unpack(key, code, lowest, bits + block_bits, tolerance)
    time = key.view(np.float64)
    start[0], start[n_blocks] = 0, key.size
    if n_blocks == 1:
        return time, code, start
    block_time, block_code = np.empty(key.size), np.empty(key.size, np.int64)
    by_block(time, code, bits, start, block_time, block_code)
    return block_time, block_code, start


@njit(cache=True)
def count_cells(time, code, flag, flag_bits, code_bits, block, days, cells):
    """Add each row to its cell: block, then day (0 to below `days`), then code and flag; `time` in whole days."""
    for i in range(time.size):
        cell = np.int64(time[i])
        if block.size:
            cell += block[i] * days
        if code.size:
            cell = (cell << code_bits) | code[i]
        if flag.size:
            cell = (cell << flag_bits) | flag[i]
        cells[cell] += 1


@njit(cache=True)
def list_cells(cells, code_bits, days, time, code, start):
    """Write the rows that were counted, sorted by cell; returns the number of distinct times, summed over blocks."""
    distinct, row, cell = 0, 0, 0
    for block in range(start.size - 1):
        start[block] = row
        for day in range(days):
            before = row
            for one in range(1 << code_bits):
                for _ in range(cells[cell]):
                    time[row], code[row] = day, one
                    row += 1
                cell += 1
            distinct += row > before
    start[start.size - 1] = row
    return distinct
