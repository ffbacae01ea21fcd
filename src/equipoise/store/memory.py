"""The record log in memory: what simulation and tests write to. Same rules and same hashes as in the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from equipoise.records.ledger_rules import (
    Entropy,
    check_entry,
    check_stream,
    check_time,
    check_version,
    no_such_version,
    redact,
    redaction_entry,
    seal,
)
from equipoise.records.record import GENESIS, STREAMS, Entry, Head, Key, Record, Stored
from equipoise.records.rows import row_of
from equipoise.records.verification import Verification, verify


class MemoryLedger:
    """An append-only log that lives as long as the program. One thread."""

    def __init__(self, trial: str, entropy: Entropy):
        self.trial = trial
        self._entropy = entropy
        self._log: list[Stored] = []
        self._streams: dict[str, list[int]] = {stream: [] for stream in STREAMS}
        self._heads: dict[str, Head] = {stream: Head(0, GENESIS) for stream in STREAMS}
        self._last: dict[str, datetime] = {}
        self._versions: dict[Key, list[int]] = {}
        self._units: dict[str, dict[str, list[Key]]] = {}
        self._redone: list[tuple[int, Stored]] = []

    @contextmanager
    def unit_of_work(self) -> Iterator[None]:
        """All or nothing; an inner unit that fails takes back what it wrote itself."""
        appended, redone = len(self._log), len(self._redone)
        try:
            yield
        except BaseException:
            while len(self._redone) > redone:
                index, before = self._redone.pop()
                self._log[index] = before
            while len(self._log) > appended:
                self._take_back()
            raise

    def append(self, entry: Entry) -> Record:
        """Write one version; see `conduct.ports.Ledger`."""
        check_entry(entry)
        stream, key = entry.stream, entry.key
        check_time(entry, self._last.get(stream))
        versions = self._versions.get(key)
        if versions is None:
            check_version(key, entry.expects, 0)
        else:
            check_version(key, entry.expects, len(versions))
            check_stream(entry, self._log[versions[0]].record.stream)
        stored = seal(entry, trial=self.trial, head=self._heads[stream], entropy=self._entropy)
        self._add(stored)
        return stored.record

    def _add(self, stored: Stored) -> None:
        record, index = stored.record, len(self._log)
        self._log.append(stored)
        self._streams[record.stream].append(index)
        self._heads[record.stream] = Head(record.position, record.hash)
        self._last[record.stream] = record.at
        versions = self._versions.get(record.key)
        if versions is None:
            self._versions[record.key] = [index]
            self._units.setdefault(record.key.unit_type, {}).setdefault(record.key.unit, []).append(record.key)
        else:
            versions.append(index)

    def _take_back(self) -> None:
        """Undo the last append."""
        record = self._log.pop().record
        key, stream = record.key, self._streams[record.stream]
        stream.pop()
        versions = self._versions[key]
        versions.pop()
        if not versions:
            del self._versions[key]
            units = self._units[key.unit_type]
            units[key.unit].pop()
            if not units[key.unit]:
                del units[key.unit]
        self._heads[record.stream] = Head(record.position - 1, record.previous)
        if stream:
            self._last[record.stream] = self._log[stream[-1]].record.at
        else:
            del self._last[record.stream]

    def current(self, key: Key) -> Record | None:
        """The last version, or None."""
        versions = self._versions.get(key)
        return self._log[versions[-1]].record if versions else None

    def of_unit(self, unit_type: str, unit: str) -> list[Record]:
        """The current version of every form of a unit, in the order of their first versions."""
        keys = self._units.get(unit_type, {}).get(unit, ())
        return [self._log[self._versions[key][-1]].record for key in keys]

    def units(self, unit_type: str) -> list[str]:
        """Every unit of a type, in the order of their first records."""
        return list(self._units.get(unit_type, ()))

    def history(self, key: Key) -> list[Record]:
        """All versions, the first one first."""
        return [self._log[index].record for index in self._versions.get(key, ())]

    def read(self, stream: str | None = None, after: int = 0) -> Iterator[Record]:
        """Records of a stream after a position, or of all streams in the order written."""
        if stream is None:
            return (stored.record for stored in self._log[after:])
        return (self._log[index].record for index in self._streams[stream][after:])

    def stored(self) -> Iterator[Stored]:
        """Every record with what opens its commitment, in the order written."""
        return iter(self._log)

    def size(self) -> int:
        """How many records there are."""
        return len(self._log)

    def heads(self) -> dict[str, Head]:
        """The end of each chain."""
        return dict(self._heads)

    def redact(self, key: Key, version: int, items: Sequence[str], entry: Entry) -> Record:
        """Append the redaction record and remove the values; see `conduct.ports.Ledger`."""
        versions = self._versions.get(key, [])
        if not 1 <= version <= len(versions):
            raise no_such_version(key, version)
        index = versions[version - 1]
        stored = self._log[index]
        with self.unit_of_work():
            record = self.append(redaction_entry(stored.record, items, entry))
            self._redone.append((index, stored))
            self._log[index] = redact(stored, items)
        return record

    def verify(self) -> Verification:
        """Check every hash, link and commitment."""
        return verify(map(row_of, self._log), trial=self.trial)

    def close(self) -> None:
        """Nothing to let go of."""

    @classmethod
    def of(cls, trial: str, stored: Iterable[Stored], entropy: Entropy) -> MemoryLedger:
        """A ledger that goes on from an exported log, in the order written."""
        ledger = cls(trial, entropy)
        for one in stored:
            ledger._add(one)
        return ledger
