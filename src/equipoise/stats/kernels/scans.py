"""Scans of a column that answer "all fine", so that only a column with a fault is looked at again for the words."""

from __future__ import annotations

import numpy as np
from numba import njit

LARGEST = float(np.finfo(np.float64).max)


@njit(cache=True)
def all_between(column, lowest, highest):
    """Whether every value is a number from `lowest` to `highest`; a missing value is not."""
    outside = 0
    for i in range(column.size):
        outside += not (lowest <= column[i] <= highest)
    return outside == 0


@njit(cache=True)
def zeros_and_ones(column, flag):
    """Write the column of 0 and 1 to `flag` (int8); whether there is no other value in it."""
    other = 0
    for i in range(column.size):
        other += (column[i] != 0) & (column[i] != 1)
        flag[i] = column[i] == 1
    return other == 0


@njit(cache=True)
def whole_numbers(column, whole):
    """Write the column to `whole` (int64); whether every value is a whole number that fits."""
    other = 0
    for i in range(column.size):
        fine = abs(column[i]) < 9223372036854775808.0
        value = np.int64(column[i]) if fine else 0
        other += (not fine) | (value != column[i])
        whole[i] = value
    return other == 0


@njit(cache=True)
def numbered(column, place, unnumbered, widest):
    """Distinct values of a column of whole numbers, ascending; `place` (int64) gets the place of each row's among them.

    `unnumbered` of size 1 is a value that is no label: its rows get place 0 and the others count from 1. Empty where
    the values have a range of more than `widest`, and nothing is done.
    """
    lowest = highest = column[0]
    for i in range(column.size):
        lowest, highest = min(lowest, column[i]), max(highest, column[i])
    if float(highest) - float(lowest) >= widest:
        return np.empty(0, np.int64)
    table = np.zeros(highest - lowest + 1, np.int64)
    for i in range(column.size):
        table[column[i] - lowest] = 1
    if unnumbered.size and lowest <= unnumbered[0] <= highest:
        table[unnumbered[0] - lowest] = 0
    labels = np.empty(table.sum(), np.int64)
    number = 0
    for value in range(table.size):
        if table[value]:
            labels[number] = value + lowest
            table[value] = number + unnumbered.size
            number += 1
    for i in range(column.size):
        place[i] = table[column[i] - lowest]
    return labels
