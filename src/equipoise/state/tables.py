"""Tables: the current records of one subject, or of the whole trial, as numpy columns of each form.

`SubjectTables` is folded record by record (the gateway's cache); `TrialTables` stands the tables of many subjects
behind each other. Both have the same face, so that every derivation is written once:

    tables["AGVHD"].column("GV_BSA")     # float64 [n_rows]
    tables["AGVHD"].offsets              # rows of subject i are offsets[i]:offsets[i + 1]
    tables["AGVHD"].record               # id of the record that each row comes from; see `record_name`

Rows of one subject are in the order of the form's date (the earliest day that it can mean), time, visit and repeat, so
that a result depends on what is recorded and not on the order in which it came in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from equipoise.arrays import UNKNOWN, Codes, Days, Flags, Floats, Offsets
from equipoise.records.record import STREAMS
from equipoise.state.columns import (
    MAKERS,
    NO_TIME,
    Dates,
    Maker,
    Minutes,
    Value,
    as_entered,
    qualifiers,
    spliced,
    text_of,
)
from equipoise.state.once import once_a_protocol
from equipoise.state.segments import subject_of_rows

STREAM_BITS = 48
"""The number of a record holds its position in so many bits, and its stream above them."""
READERS: dict[str, list[Any]] = {}
"""The derivations that read a form; what they made is forgotten when the form changes."""
ABOVE_EVERY_VALUE = 1e15
"""Higher than any measurement that a form takes."""
HAIR = 1e-3
"""So far "below" and "above" are from the number: more than what rounding before a table takes away."""


def record_id(stream: str, position: int) -> int:
    """One number for a record: its stream and its place in it."""
    return STREAMS.index(stream) << STREAM_BITS | position


def record_name(record: int) -> str:
    """The record of a number as text, "clinical:1234"."""
    return f"{STREAMS[record >> STREAM_BITS]}:{record & (1 << STREAM_BITS) - 1}"


class ItemLayout:
    """What a column needs to know of an item: id, type, places in the code list, units."""

    __slots__ = ("id", "per", "places", "type")

    def __init__(self, id: str, type: str, codes: Iterable[str] = (), per: Mapping[str, float] | None = None):
        names = tuple(codes)
        self.id, self.type, self.per = id, type, per or {}
        self.places = {"Y": 1, "N": 0} if set(names) == {"Y", "N"} else {name: k for k, name in enumerate(names)}

    def number(self, value: Mapping[str, str]) -> float:
        """The number of a value with unit, qualifier or missing code, in the first unit; NaN without one."""
        text, unit = value.get("v", ""), value.get("u", "")
        if not text:
            return float("nan")
        # Nine decimals: 8.3 g/dL is 83 g/L and not 83.00000000000001.
        return round(float(text) / self.per[unit], 9) if unit in self.per else float(text)


class FormLayout:
    """What a table needs to know of a form: id, items, which of them is its date and its time."""

    __slots__ = ("date", "id", "items", "time")

    def __init__(self, id: str, items: Mapping[str, ItemLayout], date: str = "", time: str = ""):
        self.id, self.items, self.date, self.time = id, items, date, time


class Row(NamedTuple):
    """The current version of one filled form."""

    payload: Mapping[str, Value]
    record: int
    site: str
    visit: str
    repeat: int
    order: tuple[Any, ...]


class Bounds(NamedTuple):
    """Between which numbers each value lies, both included; one array twice where all are known or missing (NaN)."""

    low: Floats
    high: Floats

    @property
    def open(self) -> bool:
        """Whether some value is known only as below or above a number."""
        return self.low is not self.high


class Table:
    """Columns of one form; each is made when it is first asked for."""

    def __init__(self, layout: FormLayout, rows: Sequence[Row], offsets: Offsets):
        self.layout, self.rows, self.offsets = layout, rows, offsets
        self.size = len(rows)
        self._payloads = [row[0] for row in rows]
        self.n = offsets.size - 1
        self._columns: dict[Any, Any] = {}
        self._before: dict[Any, Any] = {}

    def follow(self, before: Table) -> None:
        """Take over the columns of the table before a few rows came, went or changed: only those are read anew."""
        old, new = before.rows, self.rows
        shorter = min(len(old), len(new))
        first = next((row for row in range(shorter) if old[row] is not new[row]), shorter)
        rest = shorter - first
        last = next((row for row in range(rest) if old[-1 - row] is not new[-1 - row]), rest)
        self._before, self._new = before._columns, (first, self.size - last)

    @cached_property
    def subject(self) -> np.ndarray:
        """The subject of each row (place in `tables.subjects`), int64 [n_rows]."""
        return subject_of_rows(self.offsets)

    @cached_property
    def record(self) -> np.ndarray:
        """The id of the record of each row, int64 [n_rows]; `record_name` makes it readable."""
        return np.array([row.record for row in self.rows], np.int64)

    @property
    def repeat(self) -> np.ndarray:
        """The repeat number of each row, int16 [n_rows]."""
        return np.array([row.repeat for row in self.rows], np.int16)

    @property
    def visit(self) -> list[str]:
        """The visit label of each row."""
        return [row.visit for row in self.rows]

    @property
    def site(self) -> list[str]:
        """The site at which each row was recorded."""
        return [row.site for row in self.rows]

    def values(self, item: str) -> list[Value | None]:
        """The values of an item as entered, None where it was not."""
        return [payload.get(item) for payload in self._payloads]

    def column(self, item: str) -> np.ndarray:
        """The column of an item, as `columns` says for its type; of a date, the day."""
        made = self._made(item)
        return made.day if isinstance(made, Dates) else made

    def date(self, item: str) -> Dates:
        """The three columns of a date item."""
        made = self._made(item)
        assert isinstance(made, Dates), f"{item} is not a date"
        return made

    def entered(self, item: str) -> Floats:
        """The numbers of an item in its first unit, whatever their qualifier, float64; NaN where missing."""
        return as_entered(self.values(item), self.layout.items[item])

    def qualifier(self, item: str) -> Codes:
        """-1 where the value is "below" the number entered, 1 where it is "above", else 0."""
        return self._made(item, qualifiers)

    def bounds(self, item: str) -> Bounds:
        """The lowest and the highest number that each value of an item can be; a measurement is never negative."""
        number, sign = self.column(item), self.qualifier(item)
        if not np.count_nonzero(sign):
            return Bounds(number, number)
        limit = self.entered(item)
        below, above = np.maximum(limit - HAIR, 0), limit + HAIR
        return Bounds(
            np.where(sign < 0, 0.0, np.where(sign > 0, above, number)),
            np.where(sign > 0, ABOVE_EVERY_VALUE, np.where(sign < 0, below, number)),
        )

    def place(self, item: str, code: str) -> int:
        """The number that stands for a code in the column of an item."""
        return self.layout.items[item].places[code]

    def among(self, item: str, codes: Sequence[str]) -> Flags:
        """Whether the code of an item is one of these, bool [n_rows]."""
        places = self.layout.items[item].places
        return np.array([*(code in codes for code in places), False])[self.column(item)]

    @cached_property
    def dates(self) -> Dates:
        """When: the date item of the form; all `UNKNOWN` for a form without one."""
        if self.layout.date:
            return self.date(self.layout.date)
        nothing = np.full(self.size, UNKNOWN, np.int32)
        return Dates(nothing, nothing, nothing)

    @cached_property
    def minute(self) -> Minutes:
        """The time item of the form in minutes since midnight, int16 [n_rows]; `NO_TIME` where there is none."""
        if self.layout.time:
            return self.column(self.layout.time)
        return np.full(self.size, NO_TIME)

    @property
    def day(self) -> Days:
        """The day of each row, `UNKNOWN` where it is partial or missing."""
        return self.dates.day

    @property
    def day_earliest(self) -> Days:
        """The earliest day that the date of each row can mean."""
        return self.dates.earliest

    @property
    def day_latest(self) -> Days:
        """The latest day that the date of each row can mean."""
        return self.dates.latest

    def _made(self, item: str, make: Maker | None = None) -> Any:
        """What is made of the values of an item: its column, or what `make` makes of them."""
        key = item if make is None else (item, make)
        made = self._columns.get(key)
        if made is None:
            layout = self.layout.items[item]
            make = make or MAKERS[layout.type]
            before = self._before.get(key)
            if before is None:
                made = make(self.values(item), layout)
            else:
                first, last = self._new
                new = make([payload.get(item) for payload in self._payloads[first:last]], layout)
                made = spliced(before, first, new, self.size - last)
            self._columns[key] = made
        return made


class Tables:
    """The tables of some subjects, and what was derived from them as long as no form that it needs has changed."""

    subjects: Sequence[str]
    layouts: Mapping[str, FormLayout]

    def __init__(self) -> None:
        self.kept: dict[Any, Any] = {}
        self._last: dict[str, tuple[Any, Any]] = {}  # what was made last under a name, after what it was made of

    def again(self, name: str, made_of: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """What was made last under a name if it was made of the same (by `==`), else what `make` makes."""
        last = self._last.get(name)
        if last is None or last[0] != made_of:
            last = self._last[name] = made_of, make()
        return last[1]

    @property
    def n(self) -> int:
        """How many subjects."""
        return len(self.subjects)

    def __getitem__(self, form: str) -> Table:
        raise NotImplementedError


class SubjectTables(Tables):
    """One subject, folded record by record."""

    def __init__(self, subject: str, layouts: Mapping[str, FormLayout]):
        super().__init__()
        self.subjects, self.layouts = (subject,), layouts
        self._rows: dict[str, dict[tuple[str, int], Row]] = {}
        self._tables: dict[str, Table] = {}
        self._changed: dict[str, Table] = {}  # the last table of a form that has changed since
        self._labels: dict[str, dict[str, int]] = {}  # instances of each form by visit label

    def fold(self, record: Any) -> None:
        """Take in the next version of a form: it replaces the one before, or removes it when void or redacted."""
        key = record.key
        form = key.form
        rows = self._rows.get(form)
        if rows is None:
            rows, self._labels[form] = self._rows.setdefault(form, {}), {}
        before = len(rows)
        if record.payload:
            number = record_id(record.stream, record.position)
            layout = self.layouts.get(form)
            order = _order(layout, record.payload, key) if layout is not None else ()
            rows[key.visit, key.repeat] = Row(record.payload, number, record.site, key.visit, key.repeat, order)
        else:
            rows.pop((key.visit, key.repeat), None)
        labels = self._labels[form]
        labels[key.visit] = labels.get(key.visit, 0) + len(rows) - before
        if form in self._tables:
            self._changed[form] = self._tables.pop(form)
        kept = self.kept
        for reader in READERS.get(form, ()):
            kept.pop(reader, None)

    def filled(self, form: str, visit: str | None = None) -> bool:
        """Whether a form has a current instance: with a visit label, or at all."""
        if visit is None:
            return bool(self._rows.get(form))
        labels = self._labels.get(form)
        return labels is not None and labels.get(visit, 0) > 0

    def rows(self, form: str) -> list[Row]:
        """The current rows of a form, in the order of the table."""
        return sorted(self._rows.get(form, {}).values(), key=_BY_ORDER)

    def __getitem__(self, form: str) -> Table:
        table = self._tables.get(form)
        if table is None:
            rows = self.rows(form)
            table = self._tables[form] = Table(self.layouts[form], rows, np.array([0, len(rows)]))
            before = self._changed.pop(form, None)
            if before is not None:
                table.follow(before)
        return table


class TrialTables(Tables):
    """Many subjects, each with its own tables; made for a cut and not changed."""

    def __init__(self, members: Sequence[SubjectTables], layouts: Mapping[str, FormLayout]):
        super().__init__()
        self.members, self.layouts = members, layouts
        self.subjects = tuple(member.subjects[0] for member in members)
        self._tables: dict[str, Table] = {}

    @classmethod
    def of(cls, records: Iterable[Any], layouts: Mapping[str, FormLayout]) -> TrialTables:
        """Fold the records of many subjects, in the order of the log; subjects in the order of their keys."""
        members: dict[str, SubjectTables] = {}
        for record in records:
            if record.key.unit_type == "subject":
                unit = record.key.unit
                if unit not in members:
                    members[unit] = SubjectTables(unit, layouts)
                members[unit].fold(record)
        return cls([members[unit] for unit in sorted(members)], layouts)

    def __getitem__(self, form: str) -> Table:
        table = self._tables.get(form)
        if table is None:
            parts = [member.rows(form) for member in self.members]
            offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts], dtype=np.int64)])
            table = self._tables[form] = Table(self.layouts[form], [row for part in parts for row in part], offsets)
        return table


_BY_ORDER = attrgetter("order")


def _order(layout: FormLayout, payload: Mapping[str, Value], key: Any) -> tuple[str, str, str, int]:
    """Where a row stands: date as entered ("2018-03" before "2018-03-01"), time, visit, repeat."""
    day, hour = payload.get(layout.date, ""), payload.get(layout.time, "")
    if day.__class__ is not str or hour.__class__ is not str:
        day, hour = text_of(day), text_of(hour)
    return day, hour, key.visit, key.repeat


@once_a_protocol
def layouts(protocol: Any) -> Mapping[str, FormLayout]:
    """The layouts of the protocol's forms about a subject, and of the records that the system writes itself."""
    found = dict(SYSTEM_FORMS)
    for form in protocol.forms.values():
        if form.unit_of == "subject":
            items = {
                item.id: ItemLayout(item.id, item.type, item.codelist.codes if item.codelist else (), item.per)
                for item in form.items.values()
            }
            found[form.id] = FormLayout(form.id, items, form.date or "", form.time or "")
    return MappingProxyType(found)


def _system_form(id: str, date: str, **items: str) -> FormLayout:
    return FormLayout(id, {name: ItemLayout(name, type) for name, type in items.items()}, date)


SYSTEM_FORMS: Mapping[str, FormLayout] = {
    form.id: form
    for form in [
        _system_form("RANDOMIZATION", "RN_DATE", RN_DATE="date", RN_TIME="time", RN_NUMBER="integer"),
        _system_form("ELIGIBILITY_VERDICT", "EV_DATE", EV_DATE="date", EV_VERDICT="text"),
        _system_form("TRANSFER", "TR_DATE", TR_DATE="date", TR_SITE="text"),
    ]
}
"""Records that no person fills in: randomization (without the arm) and transfer to another site."""
