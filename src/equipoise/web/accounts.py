"""Where the accounts of a trial are, the key of its sessions, and Django set up for both."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Any

from equipoise.errors import StorageError
from equipoise.store.databases import is_server
from equipoise.store.live import place_of
from equipoise.store.settings import database

DATABASE = "accounts.sqlite3"
_KEY = re.compile(rb"[A-Za-z0-9_-]{64}")


def secret_key(folder: Path) -> str:
    """The key that signs sessions: made once for a trial folder, readable by its owner only.

    Raises:
        StorageError: the file does not hold a key.
    """
    path = folder / "secret.key"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    key = path.read_bytes()
    if not _KEY.fullmatch(key):
        raise StorageError(
            "this file does not hold a key",
            where=str(path),
            rule="SECRET-KEY",
            remedy="remove it: a new one is made, and everybody logs in again",
        )
    return key.decode()


def accounts_database(folder: Path) -> dict[str, Any]:
    """The entry of DATABASES: a file beside the trial's, or the PostgreSQL database that holds the trial's log."""
    place = place_of(folder)
    if not is_server(place):
        return database(folder / DATABASE)
    from psycopg.conninfo import conninfo_to_dict

    parts = {name: str(value) for name, value in conninfo_to_dict(str(place)).items()}
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    entry: dict[str, Any] = {ours: parts.pop(theirs, "") for theirs, ours in names.items()}
    return entry | {"ENGINE": "django.db.backends.postgresql", "OPTIONS": parts}


def start_django(folder: Path) -> None:
    """Set Django up for the pages of a trial folder.

    Args:
        folder: the trial's folder, absolute.
    """
    os.environ["EQUIPOISE_TRIAL"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "equipoise.web.settings"
    import django

    django.setup()


def ready_accounts(folder: Path) -> None:
    """Make the tables of accounts and sessions where they are not there; a file is readable by its owner alone.

    Raises:
        StorageError: the database is damaged or cannot be opened.
    """
    from django.core.management import call_command
    from django.db import DatabaseError, connection

    path = folder / DATABASE
    try:
        if connection.vendor == "sqlite" and not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
    except DatabaseError as error:
        raise StorageError(
            "the accounts cannot be read or written: {reason}",
            where=str(path) if connection.vendor == "sqlite" else "PostgreSQL",
            rule="ACCOUNTS",
            remedy="restore them from a copy; the trial's records stand without them",
            reason=error,
        ) from error


def open_accounts(folder: Path) -> None:
    """Django and the accounts of a folder, ready for the command line."""
    start_django(folder.resolve())
    ready_accounts(folder.resolve())
