"""From the values of one item to a numpy column.

| item type | column |
|---|---|
| decimal, integer | float64 in the first unit of the item; NaN where missing, or known as "below" or "above" only |
| code | int8, place in the code list, -1 where missing; yes and no are 1 and 0 |
| codes | int64, bit k set where place k of the code list is among the answers; 0 where missing |
| date | three int32 columns: earliest and latest possible day, and the day (`UNKNOWN` where partial or missing) |
| time | int16, minutes since midnight, `NO_TIME` (-1) where missing |
| datetime | int64, minutes since 1970-01-01 in the site's local time, `NO_MINUTE` where missing |
| text | object, "" where missing |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from equipoise.arrays import UNKNOWN, Codes, Days
from equipoise.days import parse_date

Value: TypeAlias = str | Mapping[str, str]
"""A value as entered: text in the item's first unit, or a mapping: v value, u unit, q qualifier, m missing code."""

Minutes: TypeAlias = NDArray[np.int16]
"""Minutes since midnight; -1 is not known."""
NO_MINUTE = np.int64(-(2**62))
"""A datetime that is not known."""
NO_TIME = np.int16(-1)
"""A time of day that is not known."""
YES, NO = 1, 0
"""Answers of a yes-or-no item; -1 is "not known"."""

_NAN = float("nan")
_UNKNOWN = int(UNKNOWN)


@dataclass(frozen=True, slots=True)
class Dates:
    """A date item: `day` where it is known to the day, else `UNKNOWN`; `earliest` and `latest` what it can mean.

    A missing date has `UNKNOWN` in all three. int32 days since 1970-01-01 [n_rows]; one array three times where no
    date is partial.
    """

    day: Days
    earliest: Days
    latest: Days


def text_of(value: Value | None) -> str:
    """The entered text of a value, "" where it is missing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else value.get("v", "")


def decimals(values: Sequence[Value | None], item: Any) -> np.ndarray:
    """Numbers in the first unit of the item, float64; NaN where missing or known only as below or above a number."""
    try:
        return np.array([_NAN if value is None else float(value) for value in values], float)  # type: ignore[arg-type]
    except TypeError:  # a mapping with unit, qualifier or missing code among them
        return np.where(qualifiers(values) == 0, as_entered(values, item), _NAN)


def as_entered(values: Sequence[Value | None], item: Any) -> np.ndarray:
    """Numbers in the first unit of the item, whatever their qualifier, float64; NaN where missing."""
    return np.array([_NAN if v is None else float(v) if isinstance(v, str) else item.number(v) for v in values], float)


def qualifiers(values: Sequence[Value | None], item: Any = None) -> Codes:
    """-1 where the value is below the number given ("<"), 1 where it is above (">"), else 0, int8."""
    sign = {"<": -1, ">": 1}
    return np.array([0 if v is None or isinstance(v, str) else sign.get(v.get("q", ""), 0) for v in values], np.int8)


def codes(values: Sequence[Value | None], item: Any) -> Codes:
    """Places in the code list, int8."""
    places = item.places
    try:
        return np.array([places.get(value, -1) for value in values], np.int8)
    except TypeError:  # a mapping is no key
        return np.array([places.get(text_of(value), -1) for value in values], np.int8)


def code_sets(values: Sequence[Value | None], item: Any) -> np.ndarray:
    """Answers of a question with several answers as bits, int64."""
    places = item.places
    return np.array([sum(1 << places[code] for code in text_of(v).split()) for v in values], np.int64)


def dates(values: Sequence[Value | None], item: Any = None) -> Dates:
    """Days of dates at the precision entered."""
    earliest, latest = [], []
    for value in values:
        text = value if value.__class__ is str else text_of(value)
        if text:
            known = parse_date(str(text))
            earliest.append(known.earliest)
            latest.append(known.latest)
        else:
            earliest.append(_UNKNOWN)
            latest.append(_UNKNOWN)
    low = np.array(earliest, np.int32)
    if earliest == latest:
        return Dates(low, low, low)
    high = np.array(latest, np.int32)
    return Dates(np.where(low == high, low, UNKNOWN), low, high)


def minutes(values: Sequence[Value | None], item: Any = None) -> np.ndarray:
    """Minutes since midnight of times "HH:MM", int16; `NO_TIME` where missing."""
    return np.array([_minute(text_of(value)) for value in values], np.int16)


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:5]) if text else -1


def instants(values: Sequence[Value | None], item: Any = None) -> np.ndarray:
    """Minutes since 1970-01-01 00:00 local time of datetimes "2018-03-04T10:15", int64."""
    texts = [text_of(value) for value in values]
    return np.array(
        [parse_date(t[:10]).earliest * 1440 + _minute(t[11:16]) if t else NO_MINUTE for t in texts], np.int64
    )


def texts(values: Sequence[Value | None], item: Any = None) -> np.ndarray:
    """Texts as entered, object."""
    column = np.empty(len(values), object)
    column[:] = [text_of(value) for value in values]
    return column


Maker: TypeAlias = Callable[[Sequence[Value | None], Any], Any]
"""Makes a column of values and the layout of their item."""
MAKERS: dict[str, Maker] = {
    "decimal": decimals,
    "integer": decimals,
    "code": codes,
    "codes": code_sets,
    "date": dates,
    "time": minutes,
    "datetime": instants,
    "text": texts,
}
"""What makes the column of an item type."""


def spliced(before: Any, first: int, new: Any, last: int) -> Any:
    """A column of which the `first` and the `last` rows are those of the column before, with new ones in between."""
    if isinstance(before, Dates):
        day = spliced(before.day, first, new.day, last)
        if before.day is before.latest and new.day is new.latest:
            return Dates(day, day, day)
        earliest = spliced(before.earliest, first, new.earliest, last)
        return Dates(day, earliest, spliced(before.latest, first, new.latest, last))
    return np.concatenate((before[:first], new, before[before.size - last :]))
