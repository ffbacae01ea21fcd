"""The tables and triggers of the record log and the allocations. No later migration may alter them."""

from __future__ import annotations

from django.db import migrations

from equipoise.store.schema import STATEMENTS


class Migration(migrations.Migration):
    """The fixed SQL of `store.schema`; it does nothing in a database that has the tables."""

    initial = True
    operations = [migrations.RunSQL([statement]) for statement in STATEMENTS]  # noqa: RUF012
