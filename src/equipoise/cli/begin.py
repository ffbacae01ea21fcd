"""`equipoise begin`: make the folder and the database of a live trial."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from equipoise.errors import StorageError

app = typer.Typer(add_completion=False)
PURPOSES = ("live", "test")


@app.command()
def begin(
    folder: Annotated[Path, typer.Argument(help="New folder for the trial.")],
    protocol: Annotated[Path, typer.Option(help="Folder with protocol.yaml; what sites may read is copied from it.")],
    by: Annotated[str, typer.Option(help="Account of the administrator who begins the trial; kept in the log.")],
    purpose: Annotated[str, typer.Option(help="live, or test for training; it cannot be changed later.")] = "live",
) -> None:
    """Make the folder and the database of a trial, and record that it begins. Then load its sealed list.

    The database is a file in the folder, or that of EQUIPOISE_DATABASE_URL (PostgreSQL). The settings are in
    settings.toml, each with a word of explanation.

    Example: equipoise begin trial --protocol protocols/msc-sr-agvhd --by chen
    """
    from equipoise.conduct.permissions import ADMINISTRATOR
    from equipoise.conduct.ports import Actor
    from equipoise.store.entropy import SystemEntropy
    from equipoise.store.live import SystemClock, begin_live
    from equipoise.store.trial_settings import DATABASE_URL

    if purpose not in PURPOSES:
        raise StorageError(
            "the purpose {purpose!r} is neither live nor test",
            where="--purpose",
            rule="TRIAL-PURPOSE",
            remedy="choose live for the trial, test for training",
            purpose=purpose,
        )
    who = Actor(id=by, role=ADMINISTRATOR)
    begin_live(folder, protocol, purpose=purpose, by=who, entropy=SystemEntropy(), clock=SystemClock())
    where = "the PostgreSQL database" if os.environ.get(DATABASE_URL) else "a database file of its own"
    typer.echo(f"{folder}: a {purpose} trial, in {where}")
    typer.echo(f"next: send {folder / 'keys' / 'application.pub'} to the maker of the allocation list, then")
    typer.echo(f"      equipoise allocation load {folder} sealed.json --maker signing.pub --by ACCOUNT")
