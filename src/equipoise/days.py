"""Days: calendar dates as whole numbers, and dates of which only a part is known.

A day is the number of days since 1970-01-01 in the site's local calendar. A clinical date is stored as ISO 8601 text at
the precision entered (`2018-03-04`, `2018-03`, `2018`); comparison with a partial date has three outcomes.
"""

from __future__ import annotations

import calendar
import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache

from equipoise.errors import RecordError

EPOCH = date(1970, 1, 1)
EPOCH_ORDINAL = EPOCH.toordinal()
MONTH_DAYS = 30.4375
"""Mean length of a month in days: the unit of every "month" in the program."""

_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?\Z")


@dataclass(frozen=True, slots=True)
class DateRange:
    """What a date entered at some precision can mean: any day from `earliest` to `latest`, both included."""

    earliest: int
    latest: int

    @property
    def complete(self) -> bool:
        """Whether the day is known."""
        return self.earliest == self.latest


@lru_cache(maxsize=65536)
def parse_date(text: str) -> DateRange:
    """Read an ISO 8601 date at day, month or year precision.

    Raises:
        RecordError: not a date, or a day that the calendar does not have.
    """
    match = _ISO.match(text)
    try:
        if match is None:
            raise ValueError
        year, month, day = (int(part) if part else None for part in match.groups())
        if day is not None:
            known = date(year, month, day).toordinal() - EPOCH_ORDINAL  # type: ignore[arg-type]
            return DateRange(known, known)
        first = date(year, month or 1, 1)  # type: ignore[arg-type]
        last_month = month or 12
        last = date(year, last_month, calendar.monthrange(year, last_month)[1])  # type: ignore[arg-type]
    except ValueError:
        raise RecordError(
            "{text!r} is not a date",
            rule="DATE-ISO",
            remedy="write year-month-day (2018-03-04), or year-month or year if the rest is not known",
            text=text,
        ) from None
    return DateRange(first.toordinal() - EPOCH_ORDINAL, last.toordinal() - EPOCH_ORDINAL)


def parse_day(text: str) -> int:
    """The day of a complete date.

    Raises:
        RecordError: not a date, or only a part of one.
    """
    known = parse_date(text)
    if not known.complete:
        raise RecordError("{text!r} is only a part of a date", rule="DATE-COMPLETE", remedy="give the day", text=text)
    return known.earliest


@lru_cache(maxsize=65536)
def format_day(day: int) -> str:
    """ISO text of a day."""
    return (EPOCH + timedelta(days=day)).isoformat()


def day_of(when: date) -> int:
    """The day of a calendar date (or of the date part of a datetime)."""
    return when.toordinal() - EPOCH_ORDINAL


def date_of(day: int) -> date:
    """The calendar date of a day."""
    return date.fromordinal(day + EPOCH_ORDINAL)


def before(a: DateRange, b: DateRange) -> bool | None:
    """Whether `a` is before `b`: true, false, or None when the known parts do not tell."""
    if a.latest < b.earliest:
        return True
    if a.earliest >= b.latest:
        return False
    return None


def month_day(month: float) -> int:
    """Whole days of a number of months, half up: month 3 is 91, month 12 is 365."""
    return math.floor(Fraction(month) * Fraction(487, 16) + Fraction(1, 2))


def completed_years(birth: DateRange, on: int) -> int | None:
    """Age in completed years on a day; None when a partial birth date leaves two answers open.

    A birthday on 29 February is reached on 1 March of a year without one.
    """
    ages = {_years(date_of(day), date_of(on)) for day in (birth.earliest, birth.latest)}
    return ages.pop() if len(ages) == 1 else None


def _years(birth: date, on: date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
