"""The record log in a database: the same rules and hashes as in memory, by fixed SQL that both engines read.

One connection, one thread. The connection may be Django's: then the ledger joins the transaction that is open. What is
different between the engines is in `sqlite` and `postgres`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from equipoise.errors import StorageError, TrialError
from equipoise.records.canonical import canonical_payload, read_instant
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
from equipoise.records.record import FORMAT, GENESIS, STREAMS, Entry, Head, Key, Record, Stored
from equipoise.records.rows import LOG_COLUMNS, Row, log_row, payload_row, record_of, stored_of
from equipoise.records.verification import Verification
from equipoise.store.faults import engine_faults, storage_error, storage_faults, unreadable
from equipoise.store.inspection import SELECT, query, verify_database

Made = TypeVar("Made")

_KEY = "unit_type = ? AND unit = ? AND form = ? AND visit = ? AND repeat = ?"
_APPEND = f"INSERT INTO record_log ({', '.join(LOG_COLUMNS)}, sequence) VALUES ({'?, ' * len(LOG_COLUMNS)}?)"
_ADD_PAYLOAD = "INSERT INTO record_payload (sequence, body, salts, leaves) VALUES (?, ?, ?, ?)"
_REMOVE_PAYLOAD = "DELETE FROM record_payload WHERE sequence = ?"
_PROJECT = """
INSERT INTO record_current (unit_type, unit, form, visit, repeat, stream, version, first, sequence)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (unit_type, unit, form, visit, repeat)
DO UPDATE SET version = excluded.version, sequence = excluded.sequence"""
_VERSION = f"SELECT version, stream FROM record_current WHERE {_KEY}"
_HEAD = "SELECT position, hash, at FROM record_log WHERE stream = ? ORDER BY position DESC LIMIT 1"
_SEQUENCE = "SELECT coalesce(max(sequence), 0) FROM record_log"
_SEQUENCE_OF = "SELECT sequence FROM record_log WHERE stream = ? AND position = ?"
_CURRENT = f"{SELECT} WHERE sequence = (SELECT sequence FROM record_current WHERE {_KEY})"
_HISTORY = f"{SELECT} WHERE {_KEY} ORDER BY version"
_OF_UNIT = f"""
SELECT {", ".join("record_log." + column for column in LOG_COLUMNS)}, body, salts, leaves
FROM record_current JOIN record_log USING (sequence) LEFT JOIN record_payload USING (sequence)
WHERE record_current.unit_type = ? AND record_current.unit = ? ORDER BY record_current.first"""
_UNITS = "SELECT unit FROM record_current WHERE unit_type = ? GROUP BY unit ORDER BY min(first)"


class DatabaseLedger:
    """The log of one trial in one database."""

    for_update = ""
    """What a SELECT ends with that locks the rows it finds until the transaction ends."""

    def __init__(self, connection: Any, trial: str, entropy: Entropy, place: str = ""):
        self.trial = trial
        self.place = place
        self.connection = connection
        self._execute: Callable[..., Any] = self.executor(connection)
        self._entropy = entropy
        self._marked: list[bool] = []
        self._failed: TrialError | None = None
        self._forget()
        with storage_faults(place):
            self.guard()
            self._check_trial()

    @staticmethod
    def executor(connection: Any) -> Callable[..., Any]:
        """What runs a statement with `?` for its parameters on the connection, and gives a cursor."""
        raise NotImplementedError

    def guard(self) -> None:
        """Refuse to run on an unprotected log."""
        raise NotImplementedError

    def begin(self) -> None:
        """Begin a transaction that nobody else can write beside."""
        raise NotImplementedError

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open on the connection."""
        raise NotImplementedError

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Any:
        """Run a statement that reads; gives a cursor."""
        return self._execute(statement, parameters)

    def _check_trial(self) -> None:
        last = self._execute("SELECT format FROM record_log ORDER BY sequence DESC LIMIT 1").fetchone()
        if last and last[0] != FORMAT:
            raise StorageError(
                f"the database holds records of format {last[0]}, and this program knows format {FORMAT}",
                where=self.place,
                rule="STORE-FORMAT",
                remedy="use the version of the program that wrote it, or a newer one",
            )
        first = self._execute("SELECT trial FROM record_log WHERE sequence = 1").fetchone()
        if first and first[0] != self.trial:
            raise StorageError(
                f"the database holds the trial {first[0]}, not {self.trial}",
                where=self.place,
                rule="STORE-TRIAL",
                remedy="give the database of this trial, or another path for a new one",
            )

    def _forget(self) -> None:
        """Drop what is only known while the transaction lasts."""
        self._heads: dict[str, tuple[Head, datetime | None]] = {}
        self._sequence = -1

    @contextmanager
    def unit_of_work(self) -> Iterator[None]:
        """All or nothing; an inner unit that fails takes back what it wrote itself.

        The outermost unit takes the write lock (or joins the open transaction of the connection). An inner unit
        sets its savepoint only when it first writes.
        """
        depth = len(self._marked)
        begins = depth == 0 and not self.in_transaction
        if depth == 0:
            self._forget()
            self._failed = None
        if begins:
            with storage_faults(self.place):
                self.begin()
        self._marked.append(begins)
        try:
            yield
            if self._failed is not None:
                raise self._failed
            if begins or self._marked[depth]:
                with storage_faults(self.place):
                    self._execute("COMMIT" if begins else f"RELEASE unit_{depth}")
        except BaseException:
            self._roll_back(depth, begins)
            raise
        finally:
            self._marked.pop()

    def _roll_back(self, depth: int, begins: bool) -> None:
        """Take back what the unit wrote. After some faults (a full disk) the engine already has."""
        self._forget()
        if self.in_transaction and self._marked[depth]:
            with storage_faults(self.place):
                if begins:
                    self._execute("ROLLBACK")
                else:
                    self._execute(f"ROLLBACK TO unit_{depth}")
                    self._execute(f"RELEASE unit_{depth}")

    def _mark(self) -> None:
        """Set the savepoints of the inner units that are about to write for the first time."""
        for depth, marked in enumerate(self._marked):
            if not marked:
                self._execute(f"SAVEPOINT unit_{depth}")
                self._marked[depth] = True

    def append(self, entry: Entry) -> Record:
        """Write one version; see `conduct.ports.Ledger`."""
        check_entry(entry)
        if self._marked:
            return self._append(entry)
        with self.unit_of_work():
            return self._append(entry)

    def _append(self, entry: Entry) -> Record:
        if self._failed is not None:
            raise self._failed
        try:
            return self._write(entry)
        except engine_faults() as error:
            self._failed = storage_error(error, self.place)
            raise self._failed from error

    def _write(self, entry: Entry) -> Record:
        head, last = self._heads.get(entry.stream) or self._load_head(entry.stream)
        check_time(entry, last)
        key = entry.key
        key_row = (key.unit_type, key.unit, key.form, key.visit, key.repeat)
        found = self._execute(_VERSION, key_row).fetchone()
        check_version(key, entry.expects, found[0] if found else 0)
        if found:
            check_stream(entry, found[1])
        texts: list[tuple[str, str]] = []
        stored = seal(entry, trial=self.trial, head=head, entropy=self._entropy, texts=texts)
        record = stored.record
        if not self._marked[-1]:
            self._mark()
        sequence = self._sequence + 1
        self._execute(_APPEND, (*log_row(record), sequence))
        if texts:
            self._execute(_ADD_PAYLOAD, (sequence, canonical_payload(texts), stored.salts, ""))
        self._execute(_PROJECT, (*key_row, entry.stream, record.version, sequence, sequence))
        self._sequence = sequence
        self._heads[entry.stream] = (Head(record.position, record.hash), record.at)
        return record

    def write(self, statement: str, parameters: Sequence[Any]) -> None:
        """One statement of another table of this database, inside the open unit of work.

        Raises:
            StorageError: it could not be written; then nothing of the unit of work is.
        """
        assert self._marked, "a write needs a unit of work"
        if self._failed is not None:
            raise self._failed
        try:
            if not self._marked[-1]:
                self._mark()
            self._execute(statement, parameters)
        except engine_faults() as error:
            self._failed = storage_error(error, self.place)
            raise self._failed from error

    def _load_head(self, stream: str) -> tuple[Head, datetime | None]:
        """Read the end of a chain, once in a unit of work."""
        if self._sequence < 0:
            self._sequence = self._execute(_SEQUENCE).fetchone()[0]
        row = self._execute(_HEAD, (stream,)).fetchone()
        try:
            loaded = (Head(row[0], row[1]), read_instant(row[2])) if row else (Head(0, GENESIS), None)
        except (ValueError, TypeError):
            raise unreadable(self.place) from None
        self._heads[stream] = loaded
        return loaded

    def _rows(self, statement: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """Rows of a query, read in batches."""
        return query(self._execute, self.place, statement, parameters)

    def _made(self, make: Callable[[Row], Made], rows: Iterator[Row]) -> Iterator[Made]:
        """Records made of rows.

        Raises:
            LedgerError: a row holds what no record can.
        """
        for row in rows:
            try:
                made = make(row)
            except (ValueError, TypeError, AttributeError, RecursionError):
                raise unreadable(self.place) from None
            yield made

    def current(self, key: Key) -> Record | None:
        """The last version, or None."""
        rows = self._rows(_CURRENT, (key.unit_type, key.unit, key.form, key.visit, key.repeat))
        return next(self._made(record_of, rows), None)

    def of_unit(self, unit_type: str, unit: str) -> list[Record]:
        """The current version of every form of a unit, in the order of their first versions."""
        return list(self._made(record_of, self._rows(_OF_UNIT, (unit_type, unit))))

    def units(self, unit_type: str) -> list[str]:
        """Every unit of a type, in the order of their first records."""
        return [row[0] for row in self._rows(_UNITS, (unit_type,))]

    def history(self, key: Key) -> list[Record]:
        """All versions, the first one first."""
        rows = self._rows(_HISTORY, (key.unit_type, key.unit, key.form, key.visit, key.repeat))
        return list(self._made(record_of, rows))

    def rows(self, stream: str | None = None, after: int = 0) -> Iterator[Row]:
        """Rows of a stream after a position, or of all streams in the order written; see `records.rows`."""
        if stream is None:
            return self._rows(f"{SELECT} WHERE sequence > ? ORDER BY sequence", (after,))
        return self._rows(f"{SELECT} WHERE stream = ? AND position > ? ORDER BY position", (stream, after))

    def read(self, stream: str | None = None, after: int = 0) -> Iterator[Record]:
        """Records of a stream after a position, or of all streams in the order written."""
        return self._made(record_of, self.rows(stream, after))

    def stored(self) -> Iterator[Stored]:
        """Every record with what opens its commitment, in the order written."""
        return self._made(stored_of, self.rows())

    def size(self) -> int:
        """How many records there are, those of other programs too."""
        with storage_faults(self.place):
            return int(self._execute(_SEQUENCE).fetchone()[0])

    def heads(self) -> dict[str, Head]:
        """The end of each chain."""
        ends = {stream: next(self._rows(_HEAD, (stream,)), None) for stream in STREAMS}
        return {stream: Head(row[0], row[1]) if row else Head(0, GENESIS) for stream, row in ends.items()}

    def redact(self, key: Key, version: int, items: Sequence[str], entry: Entry) -> Record:
        """Append the redaction record and remove the values; see `conduct.ports.Ledger`."""
        parameters = (key.unit_type, key.unit, key.form, key.visit, key.repeat)
        with self.unit_of_work():
            found = [row for row in self._rows(_HISTORY, parameters) if row[9] == version]
            if not found:
                raise no_such_version(key, version)
            stored = next(self._made(stored_of, iter(found)))
            record = self.append(redaction_entry(stored.record, items, entry))
            place = (stored.record.stream, stored.record.position)
            sequence = next(self._rows(_SEQUENCE_OF, place))[0]
            self.write(_REMOVE_PAYLOAD, (sequence,))
            self.write(_ADD_PAYLOAD, (sequence, *payload_row(redact(stored, items))))
        return record

    def verify(self, anchors: dict[str, Head] | None = None) -> Verification:
        """Check every hash, link and commitment, and the current versions against a replay of the log."""
        return verify_database(self._execute, self.place, self.trial, anchors)

    def close(self) -> None:
        """Let go of the connection."""
        self.connection.close()
