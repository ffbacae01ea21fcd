"""Histories by hand for tests: records of a subject, and a protocol read from the library of forms.

`history("01-001", [("AGVHD", {"GV_DATE": "2018-03-01", ...}), ...])` gives records as the ledger would hold them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ruamel.yaml import YAML

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
def small_protocol() -> Any:
    """The sections that the state reads, from the skeleton of the index trial."""
    text = YAML(typ="safe")
    library = text.load((ROOT / "src/equipoise/protocol/library/forms.yaml").read_text())
    declared = text.load((ROOT / "protocols/msc-sr-agvhd/protocol.yaml").read_text())

    def form(name: str, spec: dict) -> Any:
        items = {}
        for item, kind, extra, *_ in spec["items"]:
            codelist = SimpleNamespace(codes=library["codelists"][extra]) if kind in ("code", "codes") else None
            items[item] = SimpleNamespace(id=item, type=kind, codelist=codelist, per=PER.get(item, {}))
        return SimpleNamespace(
            id=name, items=items, date=spec.get("date", ""), time=spec.get("time", ""), unit_of="subject", group=spec["group"]
        )

    def section(value: Any, keep: bool = False) -> Any:
        if isinstance(value, dict):
            if keep:
                return {key: section(part) for key, part in value.items()}
            return SimpleNamespace(**{key: section(part, key in MAPPINGS) for key, part in value.items()})
        return tuple(section(part) for part in value) if isinstance(value, list) else value

    return SimpleNamespace(
        hash="small",
        forms={name: form(name, spec) for name, spec in library["forms"].items()},
        **{
            name: section(declared.get(name, {}), name in MAPPINGS)
            for name in (
                "arms treatments new_systemic_therapy staging steroid_resistance response safety axes endpoints populations deviations"
            ).split()
        },
        sites=tuple(SimpleNamespace(id=f"{k:02d}") for k in range(1, 10)),
    )


MAPPINGS = {"windows", "trough_ng_ml", "axes", "endpoints", "populations", "variants"}
PER = {
    "GV_BILIRUBIN": {"umol/L": 17.1},
    "LC_BILIRUBIN": {"umol/L": 17.1},
    "LC_CREATININE": {"umol/L": 88.4},
    "LH_HEMOGLOBIN": {"g/dL": 0.1},
}


def subject_tables(forms: list[tuple], subject: str = "01-001", protocol: Any = None) -> SubjectTables:
    """The tables of one subject with these forms."""
    tables = SubjectTables(subject, layouts(protocol or small_protocol()))
    for each in history(subject, forms):
        tables.fold(each)
    return tables


def trial_tables(subjects: dict[str, list[tuple]], protocol: Any = None) -> TrialTables:
    """The tables of several subjects."""
    records, position = [], 1
    for subject, forms in subjects.items():
        records += history(subject, forms, position)
        position += len(forms)
    return TrialTables.of(records, layouts(protocol or small_protocol()))
