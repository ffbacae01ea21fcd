"""A record as a flat row: the form in which stores, files and verification hold it."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from equipoise.records.canonical import (
    canonical_instant,
    canonical_json,
    canonical_payload,
    canonical_texts,
    read_instant,
)
from equipoise.records.record import Key, Record, Stored

HEADER_COLUMNS = (
    "format", "trial", "stream", "position", "unit_type", "unit", "form", "visit", "repeat", "version",
    "author", "role", "site", "at", "clinical_time", "reason", "protocol_version", "form_hash", "via", "software",
)  # fmt: skip
LOG_COLUMNS = (*HEADER_COLUMNS, "commitment", "previous", "hash")
PAYLOAD_COLUMNS = ("body", "salts", "leaves")
"""Canonical text of the payload; 16 bytes for each of its items; canonical text of the redacted leaves, or ""."""
COLUMNS = (*LOG_COLUMNS, *PAYLOAD_COLUMNS)
Row: TypeAlias = tuple[Any, ...]
"""Values of COLUMNS. A record without items has None for all three payload columns."""


_INTEGER_AT = frozenset(HEADER_COLUMNS.index(name) for name in ("format", "position", "repeat", "version"))


def shown(value: Any) -> str:
    """A value of a row that may be damaged as text that can be printed: what a terminal would act on is escaped."""
    if not isinstance(value, str):
        return f"{type(value).__name__} {value!r}"
    if value.isprintable():
        return value
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in value)


def printable(row: Row) -> Row:
    """A damaged row with every log column of its kind, for messages: text that can be printed, -1 for no number."""
    columns = (
        (value if type(value) is int else -1) if place in _INTEGER_AT else shown(value)
        for place, value in enumerate(row[: len(LOG_COLUMNS)])
    )
    return (*columns, *row[len(LOG_COLUMNS) :])


def log_row(record: Record) -> Row:
    """The columns of the log itself."""
    key = record.key
    return (
        record.format, record.trial, record.stream, record.position, key.unit_type, key.unit, key.form, key.visit,
        key.repeat, record.version, record.author, record.role, record.site, canonical_instant(record.at),
        record.clinical_time, record.reason, record.protocol_version, record.form_hash, record.via, record.software,
        record.commitment, record.previous, record.hash,
    )  # fmt: skip


def payload_row(stored: Stored) -> Row:
    """The columns of the payload table."""
    if not stored.record.payload and not stored.leaves:
        return (None, None, None)
    body = canonical_payload(canonical_texts(stored.record.payload or {}))
    return (body, stored.salts, canonical_json(dict(stored.leaves)) if stored.leaves else "")


def row_of(stored: Stored) -> Row:
    """The whole row of a stored record."""
    return (*log_row(stored.record), *payload_row(stored))


def record_of(row: Row) -> Record:
    """The record of a row that a ledger holds (not checked; see `verification`)."""
    body, leaves = row[23], row[25]
    redacted = tuple(json.loads(leaves)) if leaves else ()
    payload = json.loads(body) if body else {}
    return Record(
        format=row[0],
        trial=row[1],
        stream=row[2],
        position=row[3],
        key=Key(row[4], row[5], row[6], row[7], row[8]),
        version=row[9],
        payload=None if redacted and not payload else payload,
        author=row[10],
        role=row[11],
        site=row[12],
        at=read_instant(row[13]),
        clinical_time=row[14],
        reason=row[15],
        protocol_version=row[16],
        form_hash=row[17],
        via=row[18],
        software=row[19],
        commitment=row[20],
        previous=row[21],
        hash=row[22],
        redacted=redacted,
    )


def stored_of(row: Row) -> Stored:
    """The stored record of a row."""
    return Stored(record_of(row), row[24] or b"", json.loads(row[25]) if row[25] else {})
