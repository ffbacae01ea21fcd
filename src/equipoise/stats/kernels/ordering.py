"""Passes over times that sort, tie and pack them."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def longest_whole(time, longest):  # type: ignore[no-untyped-def]
    """Greatest of the times if all are whole numbers up to `longest`, otherwise -1; `time` not negative."""
    greatest = 0
    for i in range(time.size):
        if not time[i] <= longest:
            return -1
        day = np.int64(time[i])
        if day != time[i]:
            return -1
        greatest = max(greatest, day)
    return greatest


@njit(cache=True)
def counted_order(time, greatest, order):  # type: ignore[no-untyped-def]
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
def stable_by_code(order, code, start, sorted_order):  # type: ignore[no-untyped-def]
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
def make_tied_equal(time, tolerance):  # type: ignore[no-untyped-def]
    """Give tied times the smallest of them, in place; `time` ascending. Whether any time changed.

    The rule and its `tolerance` are those of `equipoise.stats.ties`.
    """
    n = time.size
    if n == 0:
        return False
    distinct, total, smallest_step = 1, time[0], np.inf
    for i in range(1, n):
        step = time[i] - time[i - 1]
        if step > 0:
            distinct += 1
            total += time[i]
            smallest_step = min(smallest_step, step)
    mean = total / distinct
    if mean == np.inf:  # the sum overflows
        mean = time[0] / distinct
        for i in range(1, n):
            if time[i] > time[i - 1]:
                mean += time[i] / distinct
    width = tolerance * max(1.0, mean)
    if smallest_step > width:
        return False
    before = first = time[0]
    for i in range(1, n):
        if time[i] - before > width:
            first = time[i]
        before = time[i]
        time[i] = first
    return True
