"""One door to both engines: a path opens SQLite, an address `postgresql://...` opens PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from equipoise.records.ledger_rules import Entropy
from equipoise.store.ledger import DatabaseLedger
from equipoise.store.sqlite import open_ledger as open_file

SERVER_SCHEMES = ("postgresql://", "postgres://")


def is_server(place: str | Path) -> bool:
    """Whether a place is the address of a PostgreSQL database."""
    return str(place).startswith(SERVER_SCHEMES)


def open_database(place: str | Path, trial: str, entropy: Entropy, create: bool = False) -> DatabaseLedger:
    """The ledger of a trial.

    Args:
        place: path of a file, or `postgresql://user:password@host:port/database`.
        create: make tables and triggers where there are none.

    Raises:
        StorageError: it cannot be opened, or holds another trial.
        LedgerError: the record log is not protected by its triggers.
    """
    if not is_server(place):
        return open_file(place, trial, entropy, create)
    # The driver is loaded only where it is needed.
    from equipoise.store.postgres import open_ledger as open_on_server

    return open_on_server(str(place), trial, entropy, create)
