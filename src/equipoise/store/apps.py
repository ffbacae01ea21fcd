"""The Django app of the record log: its migration and its system check. It has no models; the SQL is fixed."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate

from equipoise.errors import LedgerError
from equipoise.store.checks import check_record_log, unprotected


class StoreConfig(AppConfig):
    """Registers the check, and runs it after every migration."""

    name = "equipoise.store"
    label = "store"
    verbose_name = "Record log"

    def ready(self) -> None:
        """Hook the checks in."""
        register(check_record_log, Tags.database)
        post_migrate.connect(_after_migration, sender=self)


def _after_migration(using: str, **options: Any) -> None:
    """Refuse to go on when a migration has dropped a trigger."""
    from django.db import connections

    connection = connections[using]
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        missing = unprotected(connection.connection)
        if missing:
            raise LedgerError(
                f"after the migration the record log is not protected: {', '.join(missing)} missing or altered",
                where=str(connection.settings_dict["NAME"]),
                rule="LEDGER-TRIGGERS",
                remedy="restore the copy made before the migration, and report the migration",
            )
