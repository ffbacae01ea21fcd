"""When something happened first, if the dates of its records may be partial.

An event's day is known, `NEVER` (it did not happen) or `UNKNOWN` (it happened on a day that is not known). A partial
date that could be before every complete one makes the first day unknown. With `impute`, the earliest day that a
partial date can mean, on or after a floor, stands for it (analysis data sets only).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from equipoise.arrays import NEVER, UNKNOWN, Days, Flags
from equipoise.state.columns import Dates
from equipoise.state.segments import NO_ROW, take
from equipoise.state.tables import Table

NO_RECORD = np.int64(-1)
"""No record shows it."""
LAST_RANK = np.int64(2**63 - 1)


class Event(NamedTuple):
    """The first time that something happened to each subject; arrays [n_subjects].

    day: int32, `NEVER` or `UNKNOWN`. record: id of the record that shows it, int64, -1 without one. row: the row of its
    table, -1 without one.
    """

    day: Days
    record: np.ndarray
    row: np.ndarray

    @property
    def happened(self) -> Flags:
        """Whether it happened, on a known day or not."""
        return self.day != NEVER


def first_event(table: Table, rows: Flags, floor: Days, *, dates: Dates | None = None, impute: bool = False) -> Event:
    """The first of the chosen rows of each subject that can be on or after the floor.

    Args:
        table, rows: the form, and which of its rows count.
        floor: rows that were surely before this day do not count; int32 [n_subjects]. `UNKNOWN` lets all count.
        dates: a date item; the form's date without it.
        impute: put the earliest possible day, not before the floor, for a partial date.
    """
    if not rows.any():
        return no_event(table.n)
    dates = dates or table.dates
    low = floor[table.subject]
    counts = rows & ((dates.latest >= low) | (dates.latest == UNKNOWN))
    earliest = np.where(dates.day == UNKNOWN, np.maximum(dates.earliest, low), dates.day)
    chosen = np.flatnonzero(counts)
    subject = table.subject[chosen]
    # The earliest possible day first; on one day a known date before a partial one; then the order of the table.
    rank = (earliest[chosen].astype(np.int64) * 2 + (dates.day[chosen] == UNKNOWN)) * (table.size + 1) + chosen
    best = np.full(table.n, LAST_RANK)
    np.minimum.at(best, subject, rank)
    row = np.where(best == LAST_RANK, NO_ROW, best % (table.size + 1))
    return Event(take(earliest if impute else dates.day, row, NEVER), take(table.record, row, NO_RECORD), row)


def earlier(first: Event, second: Event) -> Event:
    """The earlier of two events; on one day the first one. An unknown day is before every known one."""
    take_first = first.day <= second.day
    if take_first.all():
        return first
    return Event(*(np.where(take_first, a, b) for a, b in zip(first, second)))


@lru_cache(maxsize=64)
def no_event(n: int) -> Event:
    """Nothing happened to anybody. The arrays are shared and cannot be written."""
    nothing = Event(np.full(n, NEVER), np.full(n, NO_RECORD), np.full(n, NO_ROW, np.int64))
    for column in nothing:
        column.flags.writeable = False
    return nothing
