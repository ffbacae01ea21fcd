"""What the database engine says, in words that a person can act on."""

from __future__ import annotations

import sqlite3
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


ENGINE_FAULTS = (sqlite3.Error, UnicodeDecodeError)
"""What the engine raises. Its own message quotes the file: where that is damaged, the message is not UTF-8."""


def storage_error(error: Exception, place: str) -> TrialError:
    """The error for a person, from the engine's own.

    Args:
        error: one of `ENGINE_FAULTS`.
        place: path of the database.
    """
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


@contextmanager
def storage_faults(place: str) -> Iterator[None]:
    """Turn errors of the engine into errors for a person."""
    try:
        yield
    except ENGINE_FAULTS as error:
        raise storage_error(error, place) from error


def unreadable(place: str) -> LedgerError:
    """The error for a record that holds what no record can."""
    return LedgerError(
        "a record of the log cannot be read",
        where=place,
        rule="LEDGER-UNREADABLE",
        remedy="run `equipoise verify` on the database, which says which one, then restore the last backup",
    )
