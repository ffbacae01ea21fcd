"""The record log in SQLite: what is this engine's own.

One connection, one thread. The connection may be Django's: then the ledger joins the transaction that is open.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from equipoise.errors import StorageError
from equipoise.records.ledger_rules import Entropy
from equipoise.store.checks import guard
from equipoise.store.faults import storage_faults
from equipoise.store.ledger import DatabaseLedger
from equipoise.store.schema import PRAGMAS, STATEMENTS

LOCK_WAIT_SECONDS = 60.0


class SqliteLedger(DatabaseLedger):
    """The log of one trial in one database file."""

    connection: sqlite3.Connection

    @staticmethod
    def executor(connection: sqlite3.Connection) -> Callable[..., Any]:
        """The connection's own way."""
        return connection.execute

    def guard(self) -> None:
        """Refuse to run on an unprotected log."""
        guard(self.connection, self.place)

    def begin(self) -> None:
        """Take the write lock of the file."""
        self._execute("BEGIN IMMEDIATE")

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open on the connection."""
        return self.connection.in_transaction


def connect(path: Path, *, create: bool) -> sqlite3.Connection:
    """A connection with the pragmas of the house; `create` makes the tables and triggers where they are not there.

    Raises:
        StorageError: no such file, not a database, not readable or writable.
    """
    if not create and not path.is_file():
        raise StorageError(
            "there is no database here",
            where=str(path),
            rule="STORE-NOT-THERE",
            remedy="give the path of the trial's database, or start a trial, which makes one",
        )
    with storage_faults(str(path)):
        connection = sqlite3.connect(path, timeout=LOCK_WAIT_SECONDS, isolation_level=None)
        try:
            for pragma in PRAGMAS:
                connection.execute(pragma)
            if create:
                create_tables(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def create_tables(connection: sqlite3.Connection) -> None:
    """Make tables and triggers in one transaction; what is there stays as it is.

    A database that has the log already is left alone: a missing trigger is a fault to be looked into, not to be
    mended.
    """
    connection.execute("BEGIN IMMEDIATE")
    there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'record_log'").fetchone()
    for statement in () if there else STATEMENTS:
        connection.execute(statement)
    connection.execute("COMMIT")


def open_ledger(path: str | Path, trial: str, entropy: Entropy, create: bool = False) -> SqliteLedger:
    """The ledger of a trial in a database file.

    Raises:
        StorageError: the file is missing, is not a database, holds another trial, or cannot be written.
        LedgerError: the record log is not protected by its triggers.
    """
    connection = connect(Path(path), create=create)
    try:
        return SqliteLedger(connection, trial, entropy, str(path))
    except BaseException:
        connection.close()
        raise
