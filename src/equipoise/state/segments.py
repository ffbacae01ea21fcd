"""Answers for each subject from rows of many: first, last, count, any.

Rows of subject i are `offsets[i]:offsets[i + 1]`; `subject` is the subject of each row. With one subject these are the
plain minimum, maximum and sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from equipoise.arrays import NEVER, UNKNOWN, Days, Flags, Offsets

NO_ROW = -1
"""A subject has no such row."""
LAST_RANK = np.int64(2**63 - 1)


def subject_of_rows(offsets: Offsets) -> np.ndarray:
    """The subject of each row, int64 [n_rows]."""
    if offsets.size == 2:
        return np.zeros(offsets[1], np.int64)
    return np.repeat(np.arange(offsets.size - 1), np.diff(offsets))


def lowest(values: np.ndarray, subject: np.ndarray, n: int, rows: Flags, start: Any) -> np.ndarray:
    """The lowest of `values` among the chosen `rows` of each subject, and not above `start`."""
    found = np.full(n, start, values.dtype)
    np.minimum.at(found, subject[rows], values[rows])
    return found


def highest(values: np.ndarray, subject: np.ndarray, n: int, rows: Flags, start: Any) -> np.ndarray:
    """The highest of `values` among the chosen `rows` of each subject, and not below `start`."""
    found = np.full(n, start, values.dtype)
    np.maximum.at(found, subject[rows], values[rows])
    return found


def first_day(day: Days, subject: np.ndarray, n: int, rows: Flags) -> Days:
    """The first day among the chosen rows of each subject, int32 [n]; `NEVER` where there is none."""
    return lowest(day, subject, n, rows, NEVER)


def last_day(day: Days, subject: np.ndarray, n: int, rows: Flags) -> Days:
    """The last day among the chosen rows of each subject, int32 [n]; `UNKNOWN` where there is none."""
    return highest(day, subject, n, rows, UNKNOWN)


def count(subject: np.ndarray, n: int, rows: Flags) -> np.ndarray:
    """How many of the chosen rows each subject has, int64 [n]."""
    return np.bincount(subject[rows], minlength=n)


def has_any(subject: np.ndarray, n: int, rows: Flags) -> Flags:
    """Whether each subject has one of the chosen rows, bool [n]."""
    found = np.zeros(n, np.bool_)
    found[subject[rows]] = True
    return found


def last_row(subject: np.ndarray, n: int, rows: Flags) -> np.ndarray:
    """The last of the chosen rows of each subject, int64 [n]; `NO_ROW` where there is none."""
    chosen = rows.nonzero()[0]
    found = np.full(n, NO_ROW, np.int64)
    np.maximum.at(found, subject[chosen], chosen)
    return found


def first_row(subject: np.ndarray, n: int, rows: Flags) -> np.ndarray:
    """The first of the chosen rows of each subject, int64 [n]; `NO_ROW` where there is none."""
    chosen = rows.nonzero()[0]
    found = np.full(n, LAST_RANK)
    np.minimum.at(found, subject[chosen], chosen)
    found[found == LAST_RANK] = NO_ROW
    return found


def nearest_row(day: Days, nominal: Days, subject: np.ndarray, n: int, rows: Flags) -> np.ndarray:
    """The chosen row whose day is nearest to the subject's nominal day; ties to the earlier day, then the earlier row.

    Args:
        day: day of each row, int32 [n_rows].
        nominal: nominal day of each subject, int32 [n].
        subject, n, rows: as above.

    Returns:
        Row, int64 [n]; `NO_ROW` where no row is chosen.
    """
    chosen = rows.nonzero()[0]
    away = day[chosen].astype(np.int64) - nominal[subject[chosen]]
    rank = (2 * np.abs(away) + (away > 0)) * (day.size + 1) + chosen
    best = np.full(n, LAST_RANK)
    np.minimum.at(best, subject[chosen], rank)
    return np.where(best == LAST_RANK, NO_ROW, best % (day.size + 1))


def take(values: np.ndarray, row: np.ndarray, absent: object) -> np.ndarray:
    """`values` at a row for each subject; `absent` where the row is `NO_ROW`."""
    if values.size == 0:
        return np.full(row.shape, absent, values.dtype)
    return np.where(row == NO_ROW, np.asarray(absent, values.dtype), values[row])


def row_as_of(day: Days, subject: np.ndarray, rows: Flags, query_day: Days, query_subject: np.ndarray) -> np.ndarray:
    """The last of the chosen rows on or before a day, for each query; int64 [n_queries], `NO_ROW` where there is none.

    Args:
        day: known days of the chosen rows, rising within a subject; int32 [n_rows].
        subject: of each row, rising; int64 [n_rows].
        rows: which rows count, bool [n_rows].
        query_day, query_subject: what is asked, [n_queries]; an `UNKNOWN` day finds nothing.
    """
    chosen = rows.nonzero()[0]
    if chosen.size == 0:
        return np.full(query_day.shape, NO_ROW, np.int64)
    keys = (subject[chosen] << 32) + day[chosen]
    place = np.searchsorted(keys, (query_subject << 32) + query_day.astype(np.int64), side="right") - 1
    found = chosen[np.maximum(place, 0)]
    return np.where((place >= 0) & (subject[found] == query_subject), found, NO_ROW)
