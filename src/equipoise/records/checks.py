"""Checks of a filled form: what each item may hold, and the edit checks of the protocol. All findings at once.

The checks run on save, on import and on the programming interface alike. They look at one form and at the derived
values given to them, never at a database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from equipoise.days import parse_date
from equipoise.errors import RecordError
from equipoise.records.canonical import canonical_value
from equipoise.records.record import Payload, Value
from equipoise.rules import Outcome

if TYPE_CHECKING:
    from equipoise.protocol.forms import Check, Form, Item

HARD, SOFT = "hard", "soft"
UNQUOTED = frozenset({"DM_BIRTH"})
"""Items whose value no message repeats."""
NUMBERS = ("integer", "decimal")

_INTEGER = re.compile(r"-?[0-9]{1,18}\Z")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.([0-9]{1,18}))?\Z")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z")
MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Args:
        check_id: id of the edit check, or of the rule about items (`ITEM-…`).
        level: `hard` stops the save; `soft` raises a query.
        outcome: what an edit check said: FALSE, or UNKNOWN when an item that it needs was not entered; None for
        others. items: the items that it points to.
        text: what is wrong, in the words of the form.
        remedy: what to do about it.
        where: the form, for the error.
    """

    check_id: str
    level: str
    outcome: Outcome | None
    items: tuple[str, ...]
    text: str
    remedy: str = "correct the form"
    where: str = ""

    def as_error(self) -> RecordError:
        """The finding as an error that stops a save."""
        return RecordError(self.text, where=self.where, rule=self.check_id, remedy=self.remedy)


def check(form: Form, payload: Payload, inputs: Mapping[str, Any], where: str = "") -> list[Finding]:
    """Everything that is wrong with a filled form, in the order of the page, then of the protocol's edit checks.

    Args:
        form: the form of the protocol version in force.
        payload: values as entered.
        inputs: derived values by name, for the edit checks that name one; a missing one is absent or None.
        where: place for the messages.

    Returns:
        Findings; empty when all is in order. An edit check that names an item with a fault is left until it is put
        right. A soft check that comes out unknown gives a finding when it needs an item that was neither entered
        nor marked as missing while another of its items was entered; otherwise, and of a hard check (the end of a
        period that goes on), there is nothing to say.
    """
    findings: list[Finding] = []
    values: dict[str, Any] = dict(inputs)
    faulty = set()
    for item_id in () if payload.keys() <= form.items.keys() else payload:
        if item_id not in form.items:
            findings.append(
                _of_item(
                    item_id, "ITEM-UNKNOWN", f"{item_id} is not an item of {form.id}", "use the form's items", where
                )
            )
    for item_id, item in form.items.items():
        entered = payload.get(item_id)
        if entered is None:
            if item.required:
                text = f"{_name(item)} is missing"
                findings.append(_of_item(item_id, "ITEM-REQUIRED", text, "enter it, or say why it is missing", where))
            continue
        value, fault = read_value(item, entered)
        if fault is not None:
            findings.append(_of_item(item_id, fault[0], f"{_name(item)}: {fault[1]}", fault[2], where))
            faulty.add(item_id)
        elif value is not None:
            values[item_id] = value
    for edit_check in form.checks:
        if faulty.isdisjoint(edit_check.rule.names):
            finding = _evaluate(form, edit_check, payload, values, where)
            if finding is not None:
                findings.append(finding)
    return findings


def _name(item: Item) -> str:
    return f"{item.label} ({item.id})"


def _of_item(item: str, rule: str, text: str, remedy: str, where: str) -> Finding:
    return Finding(rule, HARD, None, (item,), text, remedy, where)


def _evaluate(form: Form, edit_check: Check, payload: Payload, values: Mapping[str, Any], where: str) -> Finding | None:
    outcome = edit_check.rule.evaluate(values)
    if outcome is Outcome.TRUE or (outcome is Outcome.UNKNOWN and edit_check.level == HARD):
        return None
    if outcome is Outcome.FALSE:
        items = edit_check.items or tuple(sorted(edit_check.rule.names & form.items.keys()))
        return Finding(edit_check.id, edit_check.level, outcome, items, str(edit_check.text), where=where)
    named = [name for name in form.items if name in edit_check.rule.names]
    absent = [name for name in named if name not in payload]
    if not absent or not any(name in values for name in named):
        return None
    text = f"{edit_check.text}: this cannot be told, as {', '.join(absent)} was not entered"
    remedy = "enter it, or say why it is missing"
    return Finding(edit_check.id, SOFT, outcome, tuple(absent), text, remedy, where)


Fault = tuple[str, str, str]
"""Rule, fault and remedy."""


def read_value(item: Item, entered: Value) -> tuple[Any, Fault | None]:
    """What a value means to a rule, or what is wrong with it.

    Returns:
        The value as a rule takes it, in the item's first unit (number, text, list of codes, days or minutes); None
        when it is missing or only partly known: a part of a date, a number known only as below or above. And the
        fault, if any.
    """
    if isinstance(entered, str):
        return _READERS[item.type](item, entered)
    try:
        shaped = canonical_value(item.id, entered)
    except RecordError as error:
        return None, ("ITEM-SHAPE", error.fault.split(": ", 1)[1], error.remedy)
    if isinstance(shaped, str):
        return _READERS[item.type](item, shaped)
    if "m" in shaped:
        return None, None
    if item.type not in NUMBERS:
        return None, ("ITEM-SHAPE", "only a number has a unit or a qualifier", "enter the value alone")
    unit = shaped.get("u", "")
    if unit and unit not in item.units:
        allowed = ", ".join(item.units) or "without a unit"
        return None, ("ITEM-UNIT", f"the unit {unit} is not allowed", f"enter the value in {allowed}")
    number, fault = _READERS[item.type](item, shaped["v"], unit)
    return (None if "q" in shaped else number), fault


def to_first_unit(item: Item, number: float, unit: str) -> float:
    """A number in the item's first unit; `per` says how many of another unit make one of the first."""
    return number if not unit or unit == item.units[0] else number / item.per[unit]


def _number(item: Item, text: str, unit: str = "") -> tuple[Any, Fault | None]:
    if item.type == "integer":
        if not _INTEGER.match(text):
            return None, ("ITEM-TYPE", f"{text!r} is not a whole number", "write digits, as in 12")
    else:
        match = _DECIMAL.match(text)
        if match is None:
            return None, ("ITEM-TYPE", f"{text!r} is not a number", "write digits with a point, as in 12.5")
        if item.decimals is not None and len(match.group(1) or "") > item.decimals:
            remedy = f"write at most {item.decimals} digits after the point"
            return None, ("ITEM-DECIMALS", f"{text} has too many digits after the point", remedy)
    number = to_first_unit(item, float(text), unit)
    if item.low is not None and number < item.low:
        return None, _out_of_range(item, text, unit, "below the lowest", item.low)
    if item.high is not None and number > item.high:
        return None, _out_of_range(item, text, unit, "above the highest", item.high)
    return number, None


def _out_of_range(item: Item, text: str, unit: str, side: str, limit: float) -> Fault:
    shown = f"{text} {unit or (item.units[0] if item.units else '')}".rstrip()
    fault = f"{shown} is {side} possible value, {_limit(item, limit)}"
    return "ITEM-RANGE", fault, "check the number and its unit"


def _limit(item: Item, limit: float) -> str:
    return f"{limit:g} {item.units[0] if item.units else ''}".rstrip()


def _code(item: Item, text: str) -> tuple[Any, Fault | None]:
    if text in (item.codes or ()):
        return text, None
    return None, ("ITEM-CODE", f"{text!r} is not one of {_codes(item)}", "choose one of the codes")


def _several_codes(item: Item, text: str) -> tuple[Any, Fault | None]:
    parts = text.split(" ")
    strange = [part for part in parts if part not in (item.codes or ())]
    if strange:
        fault = f"{', '.join(map(repr, strange))} not among {_codes(item)}"
        return None, ("ITEM-CODE", fault, "choose codes, with one space between two")
    if len(set(parts)) < len(parts):
        return None, ("ITEM-CODE", "a code stands there twice", "choose each code once")
    return parts, None


def _codes(item: Item) -> str:
    codes: Iterable[str] = item.codelist.codes if item.codelist else sorted(item.codes or ())
    return ", ".join(codes)


def _date(item: Item, text: str) -> tuple[Any, Fault | None]:
    known = _day_range(text)
    if known is None:
        fault = "this" if item.id in UNQUOTED else repr(text)
        remedy = "write year-month-day (2018-03-04), or year-month or year if the rest is not known"
        return None, ("ITEM-TYPE", f"{fault} is not a date", remedy)
    return (float(known[0]) if known[0] == known[1] else None), None


def _day_range(text: str) -> tuple[int, int] | None:
    try:
        known = parse_date(text)
    except RecordError:
        return None
    return (known.earliest, known.latest) if text.isascii() else None


def _clock(text: str) -> int | None:
    match = _TIME.match(text)
    return int(match.group(1)) * 60 + int(match.group(2)) if match else None


def _time(item: Item, text: str) -> tuple[Any, Fault | None]:
    minutes = _clock(text)
    if minutes is None:
        return None, ("ITEM-TYPE", f"{text!r} is not a time of day", "write hours and minutes, as in 09:30")
    return float(minutes), None


def _datetime(item: Item, text: str) -> tuple[Any, Fault | None]:
    """A date with its time, or a date (a part of one too) whose time is not known."""
    date, separator, time = text.partition("T")
    known, minutes = _day_range(date), _clock(time)
    if known is None or (separator and (minutes is None or known[0] != known[1])):
        remedy = "write date and time, as in 2018-03-04T09:30, or the date alone if the time is not known"
        return None, ("ITEM-TYPE", f"{text!r} is not a date with a time", remedy)
    return (float(known[0] * MINUTES_A_DAY + minutes) if minutes is not None else None), None


def _text(item: Item, text: str) -> tuple[Any, Fault | None]:
    if not text.strip():
        return None, ("ITEM-TYPE", "is empty", "leave it out, or say why it is missing")
    return text, None


_READERS: dict[str, Callable[..., tuple[Any, Fault | None]]] = {
    "integer": _number,
    "decimal": _number,
    "code": _code,
    "codes": _several_codes,
    "date": _date,
    "time": _time,
    "datetime": _datetime,
    "text": _text,
}
