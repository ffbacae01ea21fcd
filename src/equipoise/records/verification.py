"""Finds what was changed, removed, inserted or moved in a log, and says where.

Three things are checked of each record: its own hash, its link to the record before it, and that its values open its
commitment. Anchors (heads published outside the database) show a cut-off tail and a chain that was written anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from equipoise.errors import LedgerError, TrialErrors
from equipoise.records.canonical import canonical_header, canonical_json, canonical_payload, canonical_texts
from equipoise.records.chain import SALT_BYTES, chain_hash, commitment, commitment_of_leaves, leaf
from equipoise.records.kinds import REDACTION
from equipoise.records.record import FORMAT, GENESIS, NO_ITEMS, STREAMS, Head
from equipoise.records.rows import HEADER_COLUMNS, Row, printable, shown

CHANGED, VALUES, MISSING, INSERTED, MOVED = "changed", "values changed", "missing", "inserted", "moved"
NEWER, CLAIM = "newer than this program", "claim of a slot"
REMOVED, REWRITTEN, VERSION, CURRENT = "values removed", "rewritten", "version out of order", "current state differs"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one record, or with a run of neighbours (`position` to `last`)."""

    stream: str
    position: int
    last: int
    what: str
    text: str

    def __str__(self) -> str:
        run = f"{self.position}" if self.last == self.position else f"{self.position} to {self.last}"
        return f"stream {self.stream}, position {run}: {self.what}: {self.text}"


@dataclass(frozen=True, slots=True)
class Verification:
    """The result: how many records were read, the heads found, and the faults in order of stream and position."""

    records: int
    heads: Mapping[str, Head]
    faults: tuple[Fault, ...]

    @property
    def in_order(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def raise_any(self) -> None:
        """Refuse to go on with a log that is not in order.

        Raises:
            TrialErrors: a `LedgerError` for each fault.
        """
        if self.faults:
            remedy = "keep the log as it is, and compare it with the last backup"
            raise TrialErrors([LedgerError(str(fault), rule="LEDGER-VERIFY", remedy=remedy) for fault in self.faults])


def verify(rows: Iterable[Row], *, trial: str = "", anchors: Mapping[str, Head] | None = None) -> Verification:
    """Check a log.

    Args:
        rows: all rows; those of one stream in the order of their positions.
        trial: id that every record must carry; not checked when empty.
        anchors: heads of the past by stream.

    Returns:
        Every fault, located. Checked by a thousand single mutations (tests/torture/test_mutations.py).
    """
    chains: dict[str, _Chain] = {}
    removed: dict[str, dict[int, list[str]]] = {}
    redactions: dict[tuple[str, int], set[str]] = {}
    for row in rows:
        chain = chains.get(row[2])
        if chain is None:
            stream = shown(row[2])
            chain = chains[stream] = chains.get(stream) or _Chain(stream, trial)
        chain.add(row)
        if row[25] and isinstance(row[3], int):
            removed.setdefault(chain.stream, {})[row[3]] = sorted(_leaves(row[25]))
        if row[6] == REDACTION:
            _note_redaction(row, redactions)
    faults: list[Fault] = []
    for stream in sorted(chains, key=_stream_order):
        chain = chains[stream]
        chain.close((anchors or {}).get(stream))
        chain.check_redactions(removed.get(stream, {}), redactions)
        faults += _grouped(chain.faults)
    for stream, anchor in (anchors or {}).items():
        if stream not in chains and anchor.position:
            faults.append(Fault(stream, 1, anchor.position, MISSING, "the anchor names records that are not there"))
    heads = {stream: chains[stream].head for stream in sorted(chains, key=_stream_order)}
    return Verification(sum(chain.count for chain in chains.values()), heads, tuple(faults))


def _stream_order(stream: str) -> tuple[int, str]:
    return (STREAMS.index(stream) if stream in STREAMS else len(STREAMS), stream)


def _leaves(text: Any) -> dict[str, str]:
    try:
        leaves = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return {}
    return leaves if isinstance(leaves, dict) else {}


def _note_redaction(row: Row, redactions: dict[tuple[str, int], set[str]]) -> None:
    """Remember which items a redaction record takes from which record."""
    payload = _leaves(row[23])
    stream, _, position = str(payload.get("RD_RECORD", "")).rpartition(":")
    if position.isascii() and position.isdigit():
        redactions.setdefault((stream, int(position)), set()).update(str(payload.get("RD_ITEMS", "")).split())


def header_of(row: Row, position: Any = None) -> str:
    """Canonical header of a row, or the one that it would have at another position."""
    return canonical_header(
        row[13], row[10], row[14], row[6], row[17], row[3] if position is None else position, row[16], row[15], row[8],
        row[11], row[12], row[19], row[2], row[1], row[5], row[4], row[9], row[18], row[7],
    )  # fmt: skip


def _own_hash(row: Row, position: Any = None) -> str:
    """The hash that the row should carry; "" when a column holds something that no header can."""
    try:
        return chain_hash(row[0], header_of(row, position), row[20], row[21])
    except (TypeError, ValueError):
        return ""


def opens(row: Row) -> bool:
    """Whether values, salts and leaves of a row give the commitment that it carries."""
    body, salts, leaves = row[23], row[24], row[25]
    if body is None:
        return bool(row[20] == NO_ITEMS) and salts is None and leaves is None
    try:
        texts = canonical_texts(json.loads(body))
        if canonical_payload(texts) != body or len(salts) != SALT_BYTES * len(texts):
            return False
        if leaves == "":
            return commitment(texts, salts) == row[20]
        gone = json.loads(leaves)
        if not gone or canonical_json(gone) != leaves:
            return False
        kept = {item: bytes.fromhex(text) for item, text in gone.items()}
        for number, (item, text) in enumerate(texts):
            kept[item] = leaf(salts[number * SALT_BYTES : (number + 1) * SALT_BYTES], item, text)
        return commitment_of_leaves(kept) == row[20]
    except (TypeError, ValueError, AttributeError, RecursionError):
        return False


class _Chain:
    """One stream while it is read: keeps what the neighbours and the anchor need, not the rows that are in order."""

    def __init__(self, stream: str, trial: str):
        self.stream, self.trial = stream, trial
        self.count = 0
        self.faults: list[Fault] = []
        self.head = Head(0, GENESIS)
        self._own_ok = True
        self._linked = True
        self._hashes: list[str] = []
        self._positions: list[int] = []
        self._suspects: list[Row] = []
        self._versions: dict[tuple[Any, ...], int] = {}
        self._items: dict[int, str] = {}

    def fault(self, position: int, what: str, text: str, last: int | None = None) -> None:
        self.faults.append(Fault(self.stream, position, position if last is None else last, what, text))

    def add(self, row: Row) -> None:
        """Take the next row."""
        self.count += 1
        position, own_ok = row[3], row[0] == FORMAT and row[22] == _own_hash(row)
        if not isinstance(position, int):
            quoted = repr(shown(position))
            self.fault(self.head.position + 1, CHANGED, f"the position {quoted} is not a whole number")
            return
        own_ok = own_ok and (not self.trial or row[1] == self.trial)
        if not own_ok:
            row = printable(row)
            self._suspects.append(row)
        linked = self._link(position, row[21], own_ok)
        if not opens(row):
            self._closed(row)
        self._version(row, own_ok)
        self._own_ok, self._linked = own_ok, linked
        self.head = Head(position, row[22])
        self._hashes.append(row[22])
        self._positions.append(position)

    def _link(self, position: int, previous: Any, own_ok: bool) -> bool:
        """Check position and link to the record before; says whether both are in order."""
        before = self.head
        if position > before.position + 1:
            self.fault(before.position + 1, MISSING, "no record is there", position - 1)
            return True
        if position <= before.position:
            self.fault(position, INSERTED, "a second record stands at this position")
            return True
        if previous == before.hash:
            return True
        if own_ok and self._own_ok:
            # Both are whole in themselves, so one of them was made anew. When the link before was broken too, it is
            # that one, and it is already reported.
            if self._linked and before.position:
                self.fault(before.position, REWRITTEN, "this is not the record that the next one was chained to")
            elif not before.position:
                self.fault(position, REWRITTEN, "the first record of a chain follows another one")
        return False

    def _closed(self, row: Row) -> None:
        what = VALUES if row[23] is not None else REMOVED
        self.fault(row[3], what, f"the values of {_place(row)} do not open the commitment of the record")

    def _version(self, row: Row, own_ok: bool) -> None:
        key = row[4:9]
        version, before = row[9], self._versions.get(key, 0)
        if own_ok and version != before + 1:
            self.fault(row[3], VERSION, f"{_place(row)} has version {version} after version {before}")
        if isinstance(version, int):
            self._versions[key] = version

    def close(self, anchor: Head | None) -> None:
        """After the last row: say what each suspect is, and compare with the anchor."""
        places = dict(zip(self._hashes, self._positions))
        inserted = set()
        moved_to = {row[3] for row in self._suspects}
        for row in self._suspects:
            written = self._written_position(row, places)
            if row[0] > FORMAT:
                self.fault(row[3], NEWER, f"{_place(row)} has format {row[0]}, and this program reads {FORMAT}")
            elif written is None:
                self.fault(row[3], CHANGED, f"{_place(row)} does not give the hash that the record carries")
            else:
                self.fault(row[3], MOVED, f"written {written - row[3]:+d} places from where it stands")
                if written not in moved_to and written in self._positions[written - 1 : written]:
                    inserted.add(written)
        for position in sorted(inserted):
            self.fault(position, INSERTED, "another record was written at this position")
        if anchor is not None:
            self._compare(anchor)

    def _written_position(self, row: Row, places: Mapping[str, int]) -> int | None:
        """The position at which a row's hash is right, if a near one or the one after its predecessor is."""
        for position in (places.get(row[21], row[3]) + 1, row[3] - 1, row[3] + 1):
            if position != row[3] and row[22] == _own_hash(row, position) and row[0] == FORMAT:
                return position
        return None

    def _compare(self, anchor: Head) -> None:
        if anchor.position > self.head.position:
            self.fault(self.head.position + 1, MISSING, "the anchor names records that are not there", anchor.position)
        elif anchor.position:
            found = [value for value, place in zip(self._hashes, self._positions) if place == anchor.position]
            if found and anchor.hash not in found:
                self.fault(anchor.position, REWRITTEN, "the chain up to here is not the one that the anchor names")

    def check_redactions(
        self, removed: Mapping[int, list[str]], redactions: Mapping[tuple[str, int], set[str]]
    ) -> None:
        """Values may be gone only where a redaction record says so, and must be gone there."""
        for position, items in removed.items():
            without = sorted(set(items) - redactions.get((self.stream, position), set()))
            if without:
                self.fault(position, REMOVED, f"no redaction record covers {', '.join(without)}")
        for (stream, position), covered in redactions.items():
            left = sorted(covered - set(removed.get(position, ())))
            if stream == self.stream and left:
                self.fault(position, VALUES, f"a redaction record covers {', '.join(left)}, which is still there")


def _place(row: Row) -> str:
    return f"{shown(row[4])} {shown(row[5])}, form {shown(row[6])}, version {row[9]}"


def _grouped(faults: list[Fault]) -> list[Fault]:
    """Faults in order of position; a run of neighbours with the same fault becomes one."""
    ordered = sorted(set(faults), key=lambda fault: (fault.position, fault.what, fault.text))
    numbered = [(fault.position - index, fault) for index, fault in enumerate(ordered)]
    runs = []
    for _, run in groupby(numbered, key=lambda pair: (pair[0], pair[1].what, pair[1].text)):
        members = [fault for _, fault in run]
        first = members[0]
        runs.append(Fault(first.stream, first.position, max(m.last for m in members), first.what, first.text))
    return runs


assert len(HEADER_COLUMNS) == 20  # the column numbers in this module count on it
