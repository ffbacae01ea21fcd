"""Accounts of a trial folder, and the key of its sessions: made by the demo, kept beside the trial's database."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from equipoise.errors import StorageError

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


def start_django(folder: Path) -> None:
    """Set Django up for the pages of a trial folder.

    Args:
        folder: the folder that `equipoise demo` wrote.
    """
    os.environ["EQUIPOISE_TRIAL"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "equipoise.web.settings"
    import django

    django.setup()


def ready_accounts(folder: Path) -> None:
    """Make the tables of accounts and sessions where they are not there, in a file that its owner alone can read.

    Raises:
        StorageError: the file is damaged or cannot be opened.
    """
    from django.core.management import call_command
    from django.db import DatabaseError

    path = folder / DATABASE
    try:
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        call_command("migrate", verbosity=0)
    except DatabaseError as error:
        raise StorageError(
            "the accounts cannot be read or written: {reason}",
            where=str(path),
            rule="ACCOUNTS",
            remedy="restore the file, or remove it and make the accounts anew; the trial's records are not in it",
            reason=error,
        ) from error


def make_account(folder: Path, name: str, password: str) -> None:
    """Make an account that may look at the trial; one of that name gets the new password."""
    start_django(folder)
    from django.contrib.auth import get_user_model

    ready_accounts(folder)
    user, _ = get_user_model().objects.get_or_create(username=name)
    user.set_password(password)
    user.save()
