"""Entries, ledgers and random histories for the tests of the record log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from equipoise.records.record import CLINICAL, SUBJECT, TREATMENT, Entry, Key, Payload
from equipoise.store.allocations import DatabaseAllocations
from equipoise.store.databases import open_database
from equipoise.store.entropy import SeededEntropy
from equipoise.store.ledger import DatabaseLedger
from equipoise.store.memory import MemoryLedger
from equipoise.store.sqlite import SqliteLedger, open_ledger

START = datetime(2016, 3, 1, 8, 0, tzinfo=UTC)
TRIAL = "MSC-TEST"
STAGING = {"GV_DATE": "2016-03-01", "GV_BSA": "12.50", "GV_STOOL": {"v": "500", "q": ">"}, "GV_PAIN": {"m": "UNK"}}


def at(minutes: float) -> datetime:
    """An instant some minutes after the start."""
    return START + timedelta(minutes=minutes)


def entry(
    payload: Payload | None = None, *, subject: str = "01-001", form: str = "AGVHD", repeat: int = 1, **others: Any
) -> Entry:
    """An entry of a coordinator about a subject."""
    fields: dict[str, Any] = {
        "stream": CLINICAL,
        "author": "wang",
        "role": "COORDINATOR",
        "site": "01",
        "at": START,
        "protocol_version": "1.0",
        "form_hash": "f" * 64,
        "via": "test",
    }
    fields |= others
    visit = fields.pop("visit", "D1")
    unit_type = fields.pop("unit_type", SUBJECT)
    return Entry(
        key=Key(unit_type, subject, form, visit, repeat), payload=STAGING if payload is None else payload, **fields
    )


def redaction(repeat: int = 1, **others: Any) -> Entry:
    """The entry of a redaction by the data manager."""
    fields = {"reason": "a name was typed into a comment", "author": "li", "role": "DATA_MANAGER", "visit": ""} | others
    return entry({"RD_AUTHORITY": "data protection officer"}, form="REDACTION", repeat=repeat, **fields)


def memory(seed: int = 1) -> MemoryLedger:
    return MemoryLedger(TRIAL, SeededEntropy(seed))


def ledger_at(place: str | Path, seed: int = 1, create: bool = True) -> DatabaseLedger:
    """The ledger at a path or an address."""
    return open_database(place, TRIAL, SeededEntropy(seed), create=create)


def fill(ledger: DatabaseLedger) -> None:
    """Two records, and two claims of a list of four slots."""
    ledger.append(entry({"AE_TERM": "rash"}))
    ledger.append(entry({"AE_TERM": "itch"}, repeat=2))
    slots = DatabaseAllocations(ledger)
    slots.prepare("main", "", 4)
    slots.claim("main", "", "01-001", START)
    slots.claim("main", "", "01-002", START)


def sqlite(folder: Path, seed: int = 1, create: bool = True) -> SqliteLedger:
    return open_ledger(folder / "trial.sqlite3", TRIAL, SeededEntropy(seed), create=create)


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
values = st.one_of(
    texts,
    st.sampled_from(["12.50", "2018-03", "Y", "A B"]),
    st.builds(lambda code: {"m": code}, st.sampled_from(["UNK", "ND", "NA"])),
    st.builds(lambda v, u: {"v": v, "u": u}, texts, texts),
    st.builds(lambda v, q: {"v": v, "q": q}, texts, st.sampled_from("<>")),
)
payloads = st.dictionaries(st.sampled_from(["AA", "AB", "B", "a", "é"]), values, max_size=4)
Step = tuple[str, Any]
steps = st.one_of(
    st.tuples(st.just("write"), st.tuples(st.integers(1, 3), st.sampled_from(["DEMOG", "AGVHD"]), payloads)),
    st.tuples(st.just("fail"), st.tuples(st.integers(1, 3), st.sampled_from(["DEMOG", "AGVHD"]), payloads)),
    st.tuples(st.just("inner failure"), st.tuples(st.integers(1, 3), st.sampled_from(["DEMOG", "MSC"]), payloads)),
    st.tuples(st.just("redact"), st.integers(0, 30)),
)
histories = st.lists(steps, min_size=1, max_size=14)
"""Random histories: writes, units of work that fail, inner units that fail, redactions."""


class Failure(Exception):
    """Something goes wrong inside a unit of work."""


def live(ledger: MemoryLedger | DatabaseLedger, history: list[Step]) -> None:
    """Go through a history; the same one leaves the same log in every ledger."""
    for minute, (what, detail) in enumerate(history):
        _STEPS[what](ledger, minute, detail)


def _next(ledger: Any, minute: int, detail: Any) -> Entry:
    subject, form, payload = detail
    stream = TREATMENT if form == "MSC" else CLINICAL
    draft = entry(payload, subject=f"01-00{subject}", form=form, stream=stream, at=at(minute))
    found = ledger.current(draft.key)
    expects = found.version if found else 0
    fields = {"expects": expects, "reason": "typing error"} if expects else {}
    return entry(payload, subject=f"01-00{subject}", form=form, stream=stream, at=at(minute), **fields)


def _write(ledger: Any, minute: int, detail: Any) -> None:
    with ledger.unit_of_work():
        ledger.append(_next(ledger, minute, detail))


def _fail(ledger: Any, minute: int, detail: Any) -> None:
    try:
        with ledger.unit_of_work():
            ledger.append(_next(ledger, minute, detail))
            raise Failure
    except Failure:
        pass


def _inner_failure(ledger: Any, minute: int, detail: Any) -> None:
    with ledger.unit_of_work():
        ledger.append(_next(ledger, minute, detail))
        try:
            with ledger.unit_of_work():
                ledger.append(_next(ledger, minute, detail))
                raise Failure
        except Failure:
            pass


def _redact(ledger: Any, minute: int, number: int) -> None:
    held = [record for record in ledger.read() if record.payload and record.key.form != "REDACTION"]
    if held:
        record = held[number % len(held)]
        done = sum(1 for each in ledger.read() if each.key.form == "REDACTION")
        items = sorted(record.payload)[: 1 + number % 2]
        about = redaction(done + 1, subject=record.key.unit, stream=record.stream, at=at(minute))
        ledger.redact(record.key, record.version, items, about)


_STEPS: dict[str, Callable[[Any, int, Any], None]] = {
    "write": _write,
    "fail": _fail,
    "inner failure": _inner_failure,
    "redact": _redact,
}
