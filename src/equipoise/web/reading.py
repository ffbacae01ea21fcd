"""What the pages show, read from the trial's folder: the protocol and the record log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from equipoise.conduct.ports import Ledger
from equipoise.protocol.forms import Item
from equipoise.records.kinds import RANDOMIZATION, TRANSFER
from equipoise.records.record import SUBJECT, Key, Record, Value
from equipoise.web.trials import history


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """A subject in the list."""

    key: str
    site: str
    screened: str
    standing: str
    randomized: str
    forms: int


@dataclass(frozen=True, slots=True)
class FormLine:
    """A form instance in the list of a subject."""

    form: str
    title: str
    visit: str
    repeat: int
    date: str
    version: int
    author: str
    role: str
    at: datetime
    voided: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """One item of one version of a form: what was entered, and whether it differs from the version before."""

    item: str
    label: str
    entered: str
    changed: bool


MISSING = {"UNK": "unknown", "ND": "not done", "NA": "not applicable"}


def shown(value: Value | None, item: Item | None = None) -> str:
    """A value as a person entered it: with its unit, and a code in the words of its list."""
    if value is None:
        return ""
    entered: Mapping[str, str] = {"v": value} if isinstance(value, str) else value
    if "m" in entered:
        return MISSING.get(entered["m"], entered["m"])
    text, unit = entered.get("v", ""), entered.get("u", "")
    if item is not None:
        unit = unit or (item.units[0] if item.units else "")
        words = item.codelist.codes if item.codelist is not None else {}
        text = ", ".join(str(words.get(code, code)) for code in text.split()) if words else text
    return " ".join(part for part in (entered.get("q", ""), text, unit) if part)


def subject_lines(records_of: dict[str, list[Record]]) -> list[SubjectLine]:
    """The list of subjects, in the order of screening."""
    return [_subject_line(key, records) for key, records in records_of.items()]


def current_by_subject(log: Ledger) -> dict[str, list[Record]]:
    """Current records of every subject, read in one pass over the log."""
    found: dict[str, dict[Key, Record]] = {}
    for record in log.read():
        if record.key.unit_type == SUBJECT:
            found.setdefault(record.key.unit, {})[record.key] = record
    return {key: list(current.values()) for key, current in found.items()}


def _subject_line(key: str, records: list[Record]) -> SubjectLine:
    of_form: dict[str, Record] = {}
    for record in records:
        if not record.voided:
            of_form.setdefault(record.key.form, record)
    randomized = shown(_payload(of_form.get(RANDOMIZATION)).get("RN_DATE"))
    if "DEATH" in of_form:
        standing = "died"
    elif randomized:
        standing = "randomized"
    elif "SCREENFAIL" in of_form:
        standing = "not randomized"
    else:
        standing = "in screening"
    screened = shown(_payload(of_form.get("SCREENING")).get("SC_DATE"))
    moves = [record for record in records if record.key.form == TRANSFER and not record.voided]
    site = shown(_payload(moves[-1]).get("TR_SITE")) if moves else records[0].site
    return SubjectLine(key, site, screened, standing, randomized, sum(not record.voided for record in records))


def form_line(record: Record) -> FormLine:
    """A form instance, titled in English by the protocol."""
    form = history().latest.forms.get(record.key.form)
    title = str(form.title) if form is not None else record.key.form.replace("_", " ").capitalize()
    date = record.clinical_time.replace("T", " ")
    key = record.key
    return FormLine(
        key.form,
        title,
        key.visit,
        key.repeat,
        date,
        record.version,
        record.author,
        record.role,
        record.at,
        record.voided,
    )


def answers(record: Record, before: Record | None) -> list[Answer]:
    """The items of a version in the order of the form, marked where they differ from the version before."""
    form = history().latest.forms.get(record.key.form)
    items = form.items if form is not None else {}
    payload, earlier = _payload(record), _payload(before)
    names = [name for name in items if name in payload or name in earlier or name in record.redacted]
    names += [name for name in payload if name not in items]
    return [
        Answer(
            name,
            str(items[name].label) if name in items else name,
            "redacted" if name in record.redacted else shown(payload.get(name), items.get(name)),
            before is not None and payload.get(name) != earlier.get(name),
        )
        for name in names
    ]


def _payload(record: Record | None) -> dict[str, Any]:
    return {} if record is None else dict(record.payload or {})
