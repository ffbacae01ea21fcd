"""`equipoise serve`: open a trial in the web application, on this machine only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from equipoise.errors import StorageError

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    trial: Annotated[Path, typer.Option(help="Folder of the trial, as `equipoise demo` writes it.")] = Path("demo"),
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1, max=65535)] = 8000,
) -> None:
    """Open a trial in the web application, on this machine only.

    Example: equipoise serve --trial demo --port 8000
    """
    from equipoise.store.live import place_of
    from equipoise.web.accounts import open_accounts

    place_of(trial)
    open_accounts(trial)
    _demo_role()
    from django.core.servers.basehttp import run
    from django.core.wsgi import get_wsgi_application

    typer.echo(f"open http://127.0.0.1:{port}/ (stop with Ctrl-C)")
    try:
        run("127.0.0.1", port, get_wsgi_application(), threading=True)
    except KeyboardInterrupt:
        typer.echo("stopped")
    except OSError as error:
        raise StorageError(
            "port {port} cannot be used: {reason}",
            rule="SERVE-PORT",
            remedy="choose another with --port",
            port=port,
            reason=(error.strerror or str(error)).lower(),
        ) from None


def _demo_role() -> None:
    """In a simulated trial the demo's account becomes an inspector, once."""
    from django.conf import settings

    from equipoise.store.folder import TrialFolder
    from equipoise.web import demo_account
    from equipoise.web.trials import opened

    if TrialFolder(settings.TRIAL).simulated:
        with opened() as trial:
            demo_account.give_role(trial)
