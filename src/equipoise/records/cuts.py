"""The two cuts of an analysis: what the server knew at an instant, and the last clinical date that counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from equipoise.days import parse_date
from equipoise.errors import RecordError
from equipoise.records.record import Key, Record, Value


@dataclass(frozen=True, slots=True)
class Cut:
    """Both cuts. `as_of`: instant in UTC, None for all that is known. `cutoff`: day since 1970-01-01, None for none."""

    as_of: datetime | None = None
    cutoff: int | None = None


def known_at(records: Iterable[Record], as_of: datetime | None) -> Iterator[Record]:
    """The versions that the log held at an instant.

    Args:
        records: all versions of one or more streams, each in chain order.

    A record counts from the latest server time up to it in its chain. So what was known at a past instant never
    changes, even where the clock of the server ran back a little between two records.
    """
    if as_of is None:
        yield from records
        return
    latest: dict[str, datetime] = {}
    for record in records:
        known = max(latest.get(record.stream, record.at), record.at)
        latest[record.stream] = known
        if known <= as_of:
            yield record


def current_at(records: Iterable[Record], as_of: datetime | None) -> list[Record]:
    """The current version of each form at an instant, in the order of the first versions; withdrawn forms included."""
    current: dict[Key, Record] = {}
    for record in known_at(records, as_of):
        current[record.key] = record
    return list(current.values())


def within(record: Record, date_item: str, cutoff: int | None) -> bool:
    """Whether a record counts in an analysis: what it tells of happened, or can have happened, on or before the
    cutoff.

    Args:
        date_item: the item with the clinical date of the form; "" for a form without one, which always counts.

    A record whose date is missing counts; one that is only partly dated counts unless even its first possible day
    is later.
    """
    if cutoff is None or not date_item:
        return True
    text = _text((record.payload or {}).get(date_item, ""))
    if not text:
        return True
    try:
        return parse_date(text).earliest <= cutoff
    except RecordError:
        return True


def _text(value: Value) -> str:
    return value if isinstance(value, str) else value.get("v", "")


def apply(records: Iterable[Record], cut: Cut, date_items: Mapping[str, str]) -> list[Record]:
    """The current records that an analysis sees.

    Args:
        records: all versions in chain order.
        date_items: form id to the item with its clinical date.
    """
    current = current_at(records, cut.as_of)
    return [record for record in current if within(record, date_items.get(record.key.form, ""), cut.cutoff)]
