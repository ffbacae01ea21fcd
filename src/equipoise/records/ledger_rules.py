"""The rules that every ledger keeps, whatever it is stored in, and the sealing of an entry into a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from equipoise import __version__
from equipoise.errors import LedgerError, RecordError, VersionConflict
from equipoise.records.canonical import canonical_header, canonical_instant, canonicalize
from equipoise.records.chain import SALT_BYTES, chain_hash, commitment, leaf
from equipoise.records.kinds import KINDS, REDACTION
from equipoise.records.record import FORMAT, STREAMS, UNIT_TYPES, Entry, Head, Key, Record, Stored

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far server time may run back between two records: longer than a wait for a lock."""


MAX_REPEAT = 999_999_999
"""What every store can hold."""


class Entropy(Protocol):
    """Source of salts; see `conduct.ports`."""

    def draw(self, count: int) -> bytes: ...


def check_entry(entry: Entry) -> None:
    """Refuse what no ledger may take.

    Raises:
        RecordError: with the first rule that is broken.
    """
    key = entry.key
    kind = KINDS.get(key.form)
    if entry.stream not in STREAMS:
        raise _refusal(entry, f"{entry.stream!r} is not one of the streams {', '.join(STREAMS)}", "LEDGER-STREAM")
    if key.unit_type not in UNIT_TYPES:
        raise _refusal(entry, f"{key.unit_type!r} is not one of {', '.join(UNIT_TYPES)}", "LEDGER-UNIT")
    if not key.unit or not key.form or not 1 <= key.repeat <= MAX_REPEAT:
        fault = f"a record needs a unit, a form and a repeat from 1 to {MAX_REPEAT}"
        raise _refusal(entry, fault, "LEDGER-KEY")
    if kind and (entry.stream not in kind.streams or key.unit_type not in kind.unit_types):
        raise _refusal(
            entry,
            f"{key.form} is about {' or '.join(kind.unit_types)} and belongs to {' or '.join(kind.streams)}",
            "LEDGER-KIND",
        )
    if not entry.author or not entry.role:
        raise _refusal(entry, "a record needs an author and a role", "LEDGER-AUTHOR")
    if entry.expects and not entry.reason.strip():
        raise RecordError(
            "a saved value changes without a reason",
            where=str(key),
            rule="LEDGER-REASON",
            remedy="say why the value changes",
        )


def _refusal(entry: Entry, fault: str, rule: str) -> RecordError:
    return RecordError(fault, where=str(entry.key), rule=rule, remedy="correct the entry; the record was not written")


def check_version(key: Key, expects: int, found: int) -> None:
    """Refuse to write over a version that the writer has not seen.

    Raises:
        VersionConflict: the current version is not the one expected.
    """
    if expects != found:
        seen = f"version {expects}" if expects else "no version"
        there = f"version {found}" if found else "no version"
        raise VersionConflict(
            f"{there} is there, and the writer saw {seen}",
            where=str(key),
            rule="LEDGER-VERSION",
            remedy="look at both versions, then save the change against the current one",
        )


def no_such_version(key: Key, version: int) -> RecordError:
    """The error for a version that is not in the log."""
    return RecordError(
        f"version {version} is not there",
        where=str(key),
        rule="LEDGER-VERSION",
        remedy="look at the history of the form",
    )


def check_stream(entry: Entry, stream: str) -> None:
    """Versions of a form stay in one stream."""
    if entry.stream != stream:
        raise _refusal(entry, f"earlier versions are in the stream {stream}, not {entry.stream}", "LEDGER-STREAM")


def check_time(entry: Entry, last: datetime | None) -> None:
    """Refuse a server time that runs back.

    Raises:
        LedgerError: the time lies more than the tolerance before the last record of the stream.
    """
    if last is not None and last - entry.at > CLOCK_TOLERANCE:
        raise LedgerError(
            f"the server time {canonical_instant(entry.at)} lies before the last record's, {canonical_instant(last)}",
            where=str(entry.key),
            rule="LEDGER-CLOCK",
            remedy="set the clock of the server right, then save again; the record was not written",
        )


def seal(
    entry: Entry, *, trial: str, head: Head, entropy: Entropy, texts: list[tuple[str, str]] | None = None
) -> Stored:
    """Make the record that follows `head` out of an entry.

    Args:
        entry: checked; its version will be `expects + 1`.
        texts: receives the canonical text of each item when given, for a store that writes them.

    Raises:
        RecordError: a value has no canonical text.
    """
    payload, canonical = canonicalize(entry.payload)
    at = canonical_instant(entry.at)
    key = entry.key
    position, version = head.position + 1, entry.expects + 1
    salts = entropy.draw(SALT_BYTES * len(canonical)) if canonical else b""
    try:
        header = canonical_header(
            at, entry.author, entry.clinical_time, key.form, entry.form_hash, position, entry.protocol_version,
            entry.reason, key.repeat, entry.role, entry.site, __version__, entry.stream, trial, key.unit, key.unit_type,
            version, entry.via, key.visit,
        )  # fmt: skip
        committed = commitment(canonical, salts)
        chained = chain_hash(FORMAT, header, committed, head.hash)
    except UnicodeEncodeError:
        raise _refusal(entry, "a text holds characters that cannot be stored", "RECORD-TEXT") from None
    if texts is not None:
        texts.extend(canonical)
    record = Record(
        format=FORMAT,
        trial=trial,
        stream=entry.stream,
        position=position,
        key=key,
        version=version,
        payload=payload,
        author=entry.author,
        role=entry.role,
        site=entry.site,
        at=entry.at,
        clinical_time=entry.clinical_time,
        reason=entry.reason,
        protocol_version=entry.protocol_version,
        form_hash=entry.form_hash,
        via=entry.via,
        software=__version__,
        commitment=committed,
        previous=head.hash,
        hash=chained,
    )
    return Stored(record, salts, {})


def redaction_entry(target: Record, items: Sequence[str], entry: Entry) -> Entry:
    """The redaction record: who removed which items of which record, on whose authority and why; never the values.

    Raises:
        RecordError: the redaction gives no reason, is about another unit, or names items that the record does not hold.
    """
    fault = ""
    held = target.payload or {}
    if entry.key.form != REDACTION or entry.stream != target.stream or entry.key.unit != target.key.unit:
        fault = "the redaction record is of another form, stream or unit than the record it is about"
    elif target.key.form == REDACTION:
        fault = "a redaction record itself cannot be redacted"
    elif not items or not set(items) <= set(held):
        fault = f"items to remove must be among those held: {', '.join(held) or 'none'}"
    elif not entry.reason.strip():
        fault = "a redaction needs a reason"
    if fault:
        raise _refusal(replace(entry, key=target.key), fault, "LEDGER-REDACTION")
    return replace(entry, payload={**entry.payload, "RD_RECORD": target.id, "RD_ITEMS": " ".join(sorted(set(items)))})


def redact(stored: Stored, items: Sequence[str]) -> Stored:
    """The record without the values and salts of some items; their leaves keep the commitment."""
    payload, salts = stored.record.payload or {}, stored.salts
    _, texts = canonicalize(payload)
    kept: dict[str, object] = {}
    kept_salts, leaves = [], dict(stored.leaves)
    for number, (item, text) in enumerate(texts):
        salt = salts[number * SALT_BYTES : (number + 1) * SALT_BYTES]
        if item in items:
            leaves[item] = leaf(salt, item, text).hex()
        else:
            kept[item] = payload[item]
            kept_salts.append(salt)
    record = replace(stored.record, payload=kept or None, redacted=tuple(sorted(leaves)))  # type: ignore[arg-type]
    return Stored(record, b"".join(kept_salts), leaves)
