"""Histories by hand for tests: records of a subject, and a protocol read from the library of forms.

`history("01-001", [("AGVHD", {"GV_DATE": "2018-03-01", ...}), ...])` gives records as the ledger would hold them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from equipoise.protocol.load import load_protocol
from equipoise.records.record import Key
from equipoise.state.tables import SubjectTables, TrialTables, layouts

ROOT = Path(__file__).resolve().parent.parent
PLACES = {"MSC": "treatment", "OTHER_AGENT": "treatment"}


@dataclass(frozen=True)
class Written:
    """As much of a record as tables read."""

    stream: str
    position: int
    key: Key
    payload: dict[str, Any] | None
    site: str = "01"


def record(subject: str, form: str, payload: dict[str, Any] | None, position: int, *, visit: str = "", repeat: int = 1):
    return Written(PLACES.get(form, "clinical"), position, Key("subject", subject, form, visit, repeat), payload)


def history(subject: str, forms: list[tuple], start: int = 1) -> list[Written]:
    """Records from `(form, items)` or `(form, items, visit)`, repeats counted up."""
    repeats: dict[tuple[str, str], int] = {}
    records = []
    for position, (form, payload, *rest) in enumerate(forms, start):
        visit = rest[0] if rest else ""
        repeats[form, visit] = repeats.get((form, visit), 0) + 1
        records.append(record(subject, form, payload, position, visit=visit, repeat=repeats[form, visit]))
    return records


@lru_cache
def index_protocol() -> Any:
    """The index trial's protocol."""
    return load_protocol(ROOT / "protocols" / "msc-sr-agvhd" / "protocol.yaml")


def subject_tables(forms: list[tuple], subject: str = "01-001", protocol: Any = None) -> SubjectTables:
    """The tables of one subject with these forms."""
    tables = SubjectTables(subject, layouts(protocol or index_protocol()))
    for each in history(subject, forms):
        tables.fold(each)
    return tables


def trial_tables(subjects: dict[str, list[tuple]], protocol: Any = None) -> TrialTables:
    """The tables of several subjects."""
    records, position = [], 1
    for subject, forms in subjects.items():
        records += history(subject, forms, position)
        position += len(forms)
    return TrialTables.of(records, layouts(protocol or index_protocol()))
