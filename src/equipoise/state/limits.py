"""Printed limits: from a measurement to the step of a table; and answers of which some are missing."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from equipoise.arrays import MISSING, Codes, Flags, Floats


class Limits(NamedTuple):
    """A table whose steps rise with the measurement: `starts[k - 1]` is the smallest number of step k."""

    starts: Floats
    steps: Codes


def at_least(value: float) -> float:
    """The smallest number of a step printed as ">= value"."""
    return value


def above(value: float) -> float:
    """The smallest number of a step printed as "> value"."""
    return math.nextafter(value, math.inf)


def limits(*starts: float) -> Limits:
    """The table whose steps 1, 2, 3, ... start at these numbers; step 0 lies below the first."""
    # NaN sorts behind infinity, so it falls on the last entry.
    return Limits(np.array([*starts, math.inf]), np.array([*range(len(starts) + 1), MISSING], np.int8))


def step(values: Floats, table: Limits) -> Codes:
    """The step that each value reaches, int8; -1 where the value is NaN."""
    return table.steps[table.starts.searchsorted(values, side="right")]


def settled(low: Codes, high: Codes) -> Codes:
    """The code where the lowest and the highest possible one agree, else -1."""
    return np.where(low == high, low, MISSING)


# Rank of an answer by what decides: index 0 no, 1 yes, -1 not known. The highest rank among several answers wins.
_ANY_RANK, _ANY_ANSWER = np.array([0, 2, 1], np.int8), np.array([0, MISSING, 1], np.int8)
_ALL_RANK, _ALL_ANSWER = np.array([2, 0, 1], np.int8), np.array([1, MISSING, 0], np.int8)


def all_yes(first: Codes, *others: Codes) -> Codes:
    """1 if every answer is yes (1), 0 if one is no (0), else -1: a missing answer is never a no."""
    rank = _ALL_RANK[first]
    for answer in others:
        rank = np.maximum(rank, _ALL_RANK[answer])
    return _ALL_ANSWER[rank]


def any_yes(first: Codes, *others: Codes) -> Codes:
    """1 if one answer is yes (1), 0 if every answer is no (0), else -1: a missing answer is never a no."""
    rank = _ANY_RANK[first]
    for answer in others:
        rank = np.maximum(rank, _ANY_RANK[answer])
    return _ANY_ANSWER[rank]


def opposite(answer: Codes) -> Codes:
    """Yes for no and no for yes; -1 stays."""
    return np.array([1, 0, MISSING], np.int8)[answer]


def compared(outcome: Flags, *values: Floats) -> Codes:
    """A comparison as an answer: 1 true, 0 false, -1 where one of the compared values is NaN."""
    answer = outcome.astype(np.int8)
    for value in values:
        answer[np.isnan(value)] = MISSING
    return answer
