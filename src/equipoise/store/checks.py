"""Refuses a database whose record log is not protected: a table or trigger is missing, or reads differently."""

from __future__ import annotations

import sqlite3
from typing import Any

from equipoise.errors import LedgerError
from equipoise.store.schema import TABLES, TRIGGERS

_FOREIGN = f"""
SELECT tbl_name, name FROM sqlite_master
WHERE type = 'trigger' AND tbl_name IN ({", ".join("?" * len(TABLES))})"""


def unprotected(connection: sqlite3.Connection) -> list[str]:
    """Names of the triggers and tables that are missing or altered; a table with a trigger that is not ours is."""
    found = dict(connection.execute("SELECT name, sql FROM sqlite_master").fetchall())
    expected = {name: text.replace("IF NOT EXISTS ", "", 1).strip() for name, text in (TRIGGERS | TABLES).items()}
    wrong = [name for name, text in expected.items() if found.get(name) != text]
    triggers = connection.execute(_FOREIGN, tuple(TABLES)).fetchall()
    return wrong + [f"{table} (foreign trigger {name})" for table, name in triggers if name not in TRIGGERS]


def guard(connection: sqlite3.Connection, place: str) -> None:
    """Refuse to run on an unprotected log.

    Raises:
        LedgerError: naming them; the log may have been changed while they were not there.
    """
    missing = unprotected(connection)
    if missing:
        raise LedgerError(
            f"the record log is not protected: {', '.join(missing)} missing or altered",
            where=place,
            rule="LEDGER-TRIGGERS",
            remedy="run `equipoise verify` on the database against its anchors, then restore it from a backup",
        )


def check_record_log(app_configs: Any, databases: list[str] | None = None, **options: Any) -> list[Any]:
    """Django system check, for `check --database` and after `migrate`: the triggers are there."""
    from django.core.checks import Error
    from django.db import connections

    errors = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "sqlite":
            continue
        connection.ensure_connection()
        tables = set(connection.introspection.table_names())
        for name in unprotected(connection.connection) if "record_log" in tables else ():
            errors.append(
                Error(
                    f"{name} of the record log is missing or altered",
                    hint="run `equipoise verify` on the database, then restore it from a backup",
                    obj=alias,
                    id="equipoise.E001",
                )
            )
    return errors
