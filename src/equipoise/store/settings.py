"""Minimal Django settings for the record log, and the database entry that every settings module of ours uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from equipoise.store.schema import PRAGMAS
from equipoise.store.sqlite import LOCK_WAIT_SECONDS


def database(path: str | Path) -> dict[str, Any]:
    """The entry of DATABASES: the pragmas of the house and transactions that lock when they begin."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "init_command": "; ".join(PRAGMAS),
            "transaction_mode": "IMMEDIATE",
            "timeout": LOCK_WAIT_SECONDS,
        },
    }


def configure(database_path: str | Path) -> None:
    """Set Django up with nothing but the record log, where no settings are in force yet."""
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(
            DATABASES={"default": database(database_path)},
            INSTALLED_APPS=["equipoise.store"],
            USE_TZ=True,
            TIME_ZONE="UTC",
        )
        django.setup()
