"""The record log in PostgreSQL: what is this engine's own.

One connection, one thread. The connection may be Django's: then the ledger joins the transaction that is open. Whoever
writes takes one advisory lock for the length of the transaction, so that positions and hashes follow one another; who
only reads waits for nobody. `READ COMMITTED` is what this rests on: after a lock was waited for, a new statement sees
what the holder before has committed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from equipoise.errors import LedgerError, StorageError
from equipoise.records.ledger_rules import Entropy
from equipoise.store.faults import storage_faults
from equipoise.store.ledger import DatabaseLedger
from equipoise.store.postgres_schema import FUNCTIONS, GUARDED, TABLES, TRIGGERS, columns_of, constraints_of, statements

LOCK_WAIT_SECONDS = 60
WRITER_LOCK = 0x65717569  # "equi"
_FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
_TRIGGERS = """
SELECT tgname, relname, proname, tgtype, tgenabled FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"""
_COLUMNS = """
SELECT column_name, data_type FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = %s AND is_nullable = 'NO'"""
_CONSTRAINTS = "SELECT contype FROM pg_constraint WHERE conrelid = to_regclass(%s) AND contype <> 'n'"
_THERE = "SELECT to_regclass('record_log') IS NOT NULL"


@lru_cache(maxsize=512)
def in_psycopgs_words(statement: str) -> str:
    """A statement with `?` for its parameters as psycopg wants it."""
    return statement.replace("%", "%%").replace("?", "%s")


class PostgresLedger(DatabaseLedger):
    """The log of one trial in one PostgreSQL database."""

    connection: psycopg.Connection[Any]
    for_update = " FOR UPDATE"

    @staticmethod
    def executor(connection: psycopg.Connection[Any]) -> Callable[..., Any]:
        """The connection's way, with `?` for parameters."""

        def execute(statement: str, parameters: Any = ()) -> psycopg.Cursor[Any]:
            return connection.execute(in_psycopgs_words(statement), parameters)

        return execute

    def guard(self) -> None:
        """Refuse to run on an unprotected log."""
        missing = unprotected(self.connection)
        if missing:
            raise LedgerError(
                f"the record log is not protected: {', '.join(missing)} missing or altered",
                where=self.place,
                rule="LEDGER-TRIGGERS",
                remedy="run `equipoise verify` on the database against its anchors, then restore it from a backup",
            )

    def begin(self) -> None:
        """Begin, and wait for the other writers."""
        self.connection.execute("BEGIN")
        self.connection.execute("SELECT pg_advisory_xact_lock(%s)", (WRITER_LOCK,))

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open on the connection."""
        return self.connection.info.transaction_status != TransactionStatus.IDLE


def unprotected(connection: psycopg.Connection[Any]) -> list[str]:
    """Names of the triggers, functions and tables that are missing, switched off or altered; and foreign triggers."""
    bodies = dict(connection.execute(_FUNCTIONS).fetchall())
    wrong = [name for name, body in FUNCTIONS.items() if bodies.get(name) != body]
    found = {row[0]: (row[1], row[2], row[3], row[4]) for row in connection.execute(_TRIGGERS).fetchall()}
    for name, (table, function, bits) in TRIGGERS.items():
        if found.get(name) not in ((table, function, bits, "O"), (table, function, bits, "A")):
            wrong.append(name)
    for table in TABLES:
        columns = dict(connection.execute(_COLUMNS, (table,)).fetchall())
        kinds = sorted(row[0] for row in connection.execute(_CONSTRAINTS, (table,)).fetchall())
        if columns != columns_of(table) or kinds != constraints_of(table):
            wrong.append(table)
    foreign = [name for name, row in found.items() if row[0] in GUARDED and name not in TRIGGERS]
    return wrong + [f"{found[name][0]} (foreign trigger {name})" for name in sorted(foreign)]


def address(url: str) -> str:
    """The address of a database without its password, for messages."""
    try:
        parts = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.Error:
        return "the database address"
    return f"PostgreSQL {parts.get('host', 'local')}:{parts.get('port', '5432')}, database {parts.get('dbname', '')}"


def connect(url: str, *, create: bool) -> psycopg.Connection[Any]:
    """A connection with the settings of the house; `create` makes tables and triggers where there are none.

    Raises:
        StorageError: the server cannot be reached, refuses the user, or has no such database.
    """
    place = address(url)
    with storage_faults(place):
        connection = psycopg.connect(url, autocommit=True, application_name="equipoise")
        try:
            connection.execute(f"SET lock_timeout = '{LOCK_WAIT_SECONDS}s'")
            connection.execute("SET default_transaction_isolation = 'read committed'")
            if create:
                create_tables(connection)
            if not _is_there(connection):
                raise StorageError(
                    "the database holds no record log",
                    where=place,
                    rule="STORE-NO-LOG",
                    remedy="give the address of the trial's database, or start a trial, which makes the tables",
                )
        except BaseException:
            connection.close()
            raise
    return connection


def _is_there(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute(_THERE).fetchone()
    return bool(row and row[0])


def create_tables(connection: psycopg.Connection[Any]) -> None:
    """Make tables, functions and triggers in one transaction; a database that has the log already is left alone."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (WRITER_LOCK,))
        for statement in [] if _is_there(connection) else statements():
            connection.execute(statement)


def open_ledger(url: str, trial: str, entropy: Entropy, create: bool = False) -> PostgresLedger:
    """The ledger of a trial in a PostgreSQL database.

    Args:
        url: `postgresql://user:password@host:port/database`.

    Raises:
        StorageError: the server cannot be reached, or the database holds another trial.
        LedgerError: the record log is not protected by its triggers.
    """
    connection = connect(url, create=create)
    try:
        return PostgresLedger(connection, trial, entropy, address(url))
    except BaseException:
        connection.close()
        raise
