"""What the database engine says, in words that a person can act on."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from equipoise.errors import LedgerError, StorageError, TrialError

_NOTHING = "Nothing of this step was saved."
_MEANINGS: dict[str, tuple[str, str, str]] = {
    "SQLITE_FULL": ("the disk is full", "STORE-FULL", f"free space on the disk, then repeat the step. {_NOTHING}"),
    "SQLITE_READONLY": (
        "the database cannot be written: it, or its folder, is read-only",
        "STORE-READ-ONLY",
        f"give the program the right to write to the file and its folder, then repeat the step. {_NOTHING}",
    ),
    "SQLITE_NOTADB": (
        "this file is not a database",
        "STORE-NOT-A-DATABASE",
        "give the path of the trial's database, or restore it from a backup",
    ),
    "SQLITE_CORRUPT": (
        "the database file is damaged",
        "STORE-DAMAGED",
        "stop the trial's programs, keep the damaged file, and restore the last backup",
    ),
    "SQLITE_BUSY": (
        "another program has held the database for too long",
        "STORE-LOCKED",
        f"wait for the other program to end, then repeat the step. {_NOTHING}",
    ),
    "SQLITE_LOCKED": (
        "another part of the program holds the table",
        "STORE-LOCKED",
        f"wait for the other step to end, then repeat this one. {_NOTHING}",
    ),
    "SQLITE_CANTOPEN": (
        "the database cannot be opened",
        "STORE-CANNOT-OPEN",
        "look whether the file and its folder exist and may be read and written",
    ),
    "SQLITE_IOERR": (
        "the disk refused to read or write",
        "STORE-DISK",
        f"look at the disk, its quota and its limits, then repeat the step. {_NOTHING}",
    ),
}


SQLITE_FAULTS = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises. Its own message quotes the file: where that is damaged, the message is not UTF-8."""


def engine_faults() -> tuple[type[Exception], ...]:
    """What the engines raise; PostgreSQL's only where its driver was loaded."""
    driver = sys.modules.get("psycopg")
    return SQLITE_FAULTS if driver is None else (*SQLITE_FAULTS, driver.Error)


def storage_error(error: Exception, place: str) -> TrialError:
    """The error for a person, from the engine's own.

    Args:
        error: one of `engine_faults`.
        place: path of the database, or its address without the password.
    """
    if not isinstance(error, SQLITE_FAULTS):
        return _server_error(error, place)
    name = "SQLITE_CORRUPT" if isinstance(error, UnicodeDecodeError) else getattr(error, "sqlite_errorname", None) or ""
    if name.startswith("SQLITE_CONSTRAINT"):
        return LedgerError(
            f"the database refuses this write: {error}",
            where=place,
            rule="LEDGER-APPEND-ONLY",
            remedy="run `equipoise verify` on the database; what is in the log stays as it is",
        )
    kind = "_".join(name.split("_")[:2])
    fault, rule, remedy = _MEANINGS.get(
        kind, (f"the database gave an error: {error}", "STORE-ERROR", f"repeat the step. {_NOTHING}")
    )
    return StorageError(fault, where=place, rule=rule, remedy=remedy)


_STATES: tuple[tuple[str, str, str, str], ...] = (
    ("53100", "the disk of the database server is full", "STORE-FULL", f"free space on it, then repeat. {_NOTHING}"),
    (
        "25006",
        "the database cannot be written: the server is read-only",
        "STORE-READ-ONLY",
        f"look whether it is a standby, then repeat the step. {_NOTHING}",
    ),
    (
        "55P03",
        "another program has held the database for too long",
        "STORE-LOCKED",
        f"wait for the other program to end, then repeat the step. {_NOTHING}",
    ),
    ("57014", "the database took too long", "STORE-LOCKED", f"repeat the step. {_NOTHING}"),
    ("40", "two steps were in each other's way", "STORE-LOCKED", f"repeat the step. {_NOTHING}"),
    ("28", "the database server refuses the user", "STORE-ACCESS", "look at user and password in the address"),
    ("3D000", "the server has no such database", "STORE-NOT-THERE", "make the database, or correct the address"),
    ("42501", "the database user may not do this", "STORE-ACCESS", "grant it what the deployment page lists"),
    ("42P01", "the database holds no record log", "STORE-NO-LOG", "make the tables of the trial first"),
    ("XX", "the database is damaged", "STORE-DAMAGED", "stop the trial's programs, and restore the last backup"),
    ("58", "the disk of the database server refused", "STORE-DISK", f"look at the disk, then repeat. {_NOTHING}"),
    ("53", "the database server has no room left", "STORE-BUSY", f"repeat the step later. {_NOTHING}"),
)
"""Beginning of PostgreSQL's state code, and what it means."""
_REFUSED_WRITE = ("23", "P0001")
_CONNECTING = (
    ("authentication failed", "28"), ("no pg_hba.conf entry", "28"), ('role "', "28"),
    ('database "', "3D000"), ("too many clients", "53"), ("remaining connection slots", "53"),
)  # fmt: skip
"""While a connection is made the driver gives no state code, only the server's words."""


def _server_error(error: Exception, place: str) -> TrialError:
    """The error for a person, from PostgreSQL's."""
    said = str(error).split("\n", 1)[0]
    state = getattr(error, "sqlstate", None) or next((code for words, code in _CONNECTING if words in str(error)), "")
    if state.startswith(_REFUSED_WRITE):
        return LedgerError(
            f"the database refuses this write: {said}",
            where=place,
            rule="LEDGER-APPEND-ONLY",
            remedy="run `equipoise verify` on the database; what is in the log stays as it is",
        )
    for begins, fault, rule, remedy in _STATES:
        if state.startswith(begins):
            return StorageError(fault, where=place, rule=rule, remedy=remedy)
    if not state or state.startswith(("08", "57P")):
        return StorageError(
            "the database server cannot be reached, or has gone",
            where=place,
            rule="STORE-SERVER",
            remedy=f"look whether it runs and whether the address is right, then repeat the step. {_NOTHING}",
        )
    return StorageError(
        f"the database gave an error: {said}", where=place, rule="STORE-ERROR", remedy=f"repeat the step. {_NOTHING}"
    )


@contextmanager
def storage_faults(place: str) -> Iterator[None]:
    """Turn errors of the engine into errors for a person."""
    try:
        yield
    except engine_faults() as error:
        raise storage_error(error, place) from error


def unreadable(place: str) -> LedgerError:
    """The error for a record that holds what no record can."""
    return LedgerError(
        "a record of the log cannot be read",
        where=place,
        rule="LEDGER-UNREADABLE",
        remedy="run `equipoise verify` on the database, which says which one, then restore the last backup",
    )
