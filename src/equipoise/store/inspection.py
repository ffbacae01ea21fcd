"""Verifies the record log of a database: chains, current versions, claims of slots, triggers and the file itself."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from equipoise.errors import StorageError
from equipoise.records.record import ALLOCATION, Head
from equipoise.records.rows import COLUMNS, Row, shown
from equipoise.records.verification import CLAIM, CURRENT, VALUES, Fault, Verification, verify
from equipoise.store.checks import unprotected
from equipoise.store.faults import storage_faults

Execute: TypeAlias = Callable[..., Any]
"""Runs a statement with `?` for its parameters and gives a cursor."""
BATCH = 1000
SELECT = f"SELECT {', '.join(COLUMNS)} FROM record_log LEFT JOIN record_payload USING (sequence)"
_ALL = f"{SELECT} ORDER BY sequence"
_REPLAY = """
SELECT unit_type, unit, form, visit, repeat, max(version), min(sequence), max(sequence)
FROM record_log GROUP BY unit_type, unit, form, visit, repeat"""
_PROJECTION = "SELECT unit_type, unit, form, visit, repeat, version, first, sequence FROM record_current"
_SIZES = f"SELECT (SELECT count(*) FROM ({_REPLAY}) AS replay) <> (SELECT count(*) FROM record_current)"
_STRAY_STREAMS = """
SELECT unit_type, unit, form, visit, repeat, version, first, sequence FROM record_current
WHERE stream <> (SELECT stream FROM record_log WHERE record_log.sequence = record_current.sequence)"""
_ALLOCATIONS = """
SELECT position, unit, body FROM record_log JOIN record_payload USING (sequence)
WHERE stream = 'allocation' AND form = 'ALLOCATION' ORDER BY position"""
_CLAIMS = """
SELECT scheme, stratum, position, subject, EXISTS (SELECT 1 FROM record_log WHERE unit = subject),
  (SELECT length FROM allocation_stratum AS list WHERE list.scheme = claim.scheme AND list.stratum = claim.stratum),
  row_number() OVER (PARTITION BY scheme, stratum ORDER BY position)
FROM allocation_claim AS claim ORDER BY scheme, stratum, position"""
_DIFFERS = "the table of current versions differs from the log"
_STRAY_PAYLOADS = "SELECT sequence FROM record_payload WHERE sequence NOT IN (SELECT sequence FROM record_log)"


def query(execute: Execute, place: str, statement: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
    """Rows of a query, read in batches."""
    with storage_faults(place):
        cursor = execute(statement, parameters)
        while batch := cursor.fetchmany(BATCH):
            yield from batch


def verify_database(
    execute: Execute, place: str, trial: str, anchors: Mapping[str, Head] | None = None
) -> Verification:
    """Check every hash, link and commitment; current versions and claims of slots against the log."""
    result = verify(query(execute, place, _ALL), trial=trial, anchors=anchors)
    with storage_faults(place):
        return replace(result, faults=(*result.faults, *_projection_faults(execute), *_claim_faults(execute)))


def _projection_faults(execute: Execute) -> Iterator[Fault]:
    stray = [*execute(f"{_REPLAY} EXCEPT {_PROJECTION}"), *execute(_STRAY_STREAMS)]
    if stray or execute(_SIZES).fetchone()[0]:
        stray += execute(f"{_PROJECTION} EXCEPT {_REPLAY}")
    for row in sorted(set(stray), key=repr):
        unit_type, unit, form, visit, repeat = map(_shown, row[:5])
        place = f"{unit_type} {unit}{visit and f', visit {visit}'}, form {form} no. {repeat}"
        sequence = row[7] if isinstance(row[7], int) else 0
        yield Fault("current", sequence, sequence, CURRENT, f"{place}: {_DIFFERS}")
    for (sequence,) in execute(_STRAY_PAYLOADS):
        yield Fault("payload", sequence, sequence, VALUES, "values are there for a record that is not")


def _claim_faults(execute: Execute) -> Iterator[Fault]:
    """What is wrong with the claims of slots: each allocation has its claim, and claims are 1, 2, 3 ... in a stratum.

    A claim without an allocation is in order when its subject is in the log: the slot was claimed, and what came
    after failed.
    """
    claims = execute(_CLAIMS).fetchall()
    held = {row[:4] for row in claims}
    given: set[tuple[Any, ...]] = set()
    for stream_position, subject, body in execute(_ALLOCATIONS):
        try:
            said = json.loads(body)
            slot = (said["AL_SCHEME"], said["AL_STRATUM"], int(said["AL_POSITION"]))
        except (TypeError, ValueError, KeyError, RecursionError):
            continue  # redacted, or told by the chain
        if (*slot, subject) not in held:
            text = f"subject {_shown(subject)} was allocated slot {slot[2]}, and holds no claim on it"
            yield Fault(ALLOCATION, stream_position, stream_position, CLAIM, text)
        if slot in given:
            text = f"slot {slot[2]} was allocated a second time"
            yield Fault(ALLOCATION, stream_position, stream_position, CLAIM, text)
        given.add(slot)
    for number, (scheme, _, position, _, known, length, place) in enumerate(claims, start=1):
        name = f"slot {_shown(position)} of scheme {_shown(scheme)}"
        if position != place:
            yield Fault("claims", number, number, CLAIM, f"{name} is not the next one of its stratum")
        elif length is None or position > length:
            yield Fault("claims", number, number, CLAIM, f"{name} is beyond the end of the list")
        if not known:
            yield Fault("claims", number, number, CLAIM, f"{name} is claimed for a subject who is not in the log")


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, int) else shown(value)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found in a database file.

    `unprotected`: triggers and tables that are missing or altered. `file`: what the engine says about the file, "" when
    it is in order.
    """

    trial: str
    verification: Verification
    unprotected: tuple[str, ...]
    file: str

    @property
    def in_order(self) -> bool:
        """Whether nothing is wrong."""
        return self.verification.in_order and not self.unprotected and not self.file


def inspect(path: Path, anchors: Mapping[str, Head] | None = None) -> Inspection:
    """Verify a database file without writing to it.

    Raises:
        StorageError: no such file, not a database, no record log in it, or so damaged that it cannot be read.
    """
    place = str(path)
    with storage_faults(place), closing(_open(path)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'record_log'").fetchone():
            raise StorageError(
                "this database holds no record log",
                where=place,
                rule="STORE-NO-LOG",
                remedy="give the path of the trial's database",
            )
        first = connection.execute("SELECT trial FROM record_log WHERE sequence = 1").fetchone()
        trial = shown(first[0]) if first else ""
        quick = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        return Inspection(
            trial,
            _verify_all_text(connection, place, trial, anchors),
            tuple(unprotected(connection)),
            "" if quick == "ok" else str(quick),
        )


def _verify_all_text(
    connection: sqlite3.Connection, place: str, trial: str, anchors: Mapping[str, Head] | None
) -> Verification:
    """Verify; where text is not UTF-8, read it all the same, so that the record is found by its hash."""
    try:
        return verify_database(connection.execute, place, trial, anchors)
    except StorageError as error:
        if not isinstance(error.__cause__, sqlite3.OperationalError) or "UTF-8" not in str(error.__cause__):
            raise
        connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
        return verify_database(connection.execute, place, trial, anchors)


def _open(path: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    if not path.is_file():
        raise StorageError(
            "there is no database here",
            where=str(path),
            rule="STORE-NOT-THERE",
            remedy="give the path of the trial's database, or of an exported log",
        )
    address = f"{path.resolve().as_uri()}?mode=ro"
    try:
        return _answering(address)
    except sqlite3.OperationalError:
        # A write-ahead log needs a writable folder. A closed copy on a read-only medium has no other writer.
        if path.with_name(f"{path.name}-wal").exists():
            raise
        return _answering(f"{address}&immutable=1")


def _answering(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection
