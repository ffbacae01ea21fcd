"""`equipoise verify`: check the record log of a trial and say where it was touched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from equipoise.errors import LedgerError, StorageError
from equipoise.records.files import read_heads, read_rows
from equipoise.records.record import Head
from equipoise.records.verification import verify as verify_rows
from equipoise.store.inspection import Inspection, inspect
from equipoise.store.schema import TRIGGERS

app = typer.Typer(add_completion=False)
DATABASE_NAME = "trial.sqlite3"
LOG_SUFFIX = ".jsonl"
SHOWN = 50


@app.command()
def verify(
    path: Annotated[Path, typer.Argument(help="Folder of a trial, its database, or an exported log (.jsonl).")],
    anchor: Annotated[Path | None, typer.Option(help="Heads published at a checkpoint (JSON).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Check the record log of a trial: every hash, link and value, the current versions, and the triggers.

    Each record that was changed, removed, inserted or moved is located by stream and position. Only an anchor shows
    that the end of a chain was cut off, or that a chain was written anew. The exit code is 0 when all is in order.

    Example: equipoise verify demo --anchor heads.json
    """
    anchored, anchors = read_heads(anchor) if anchor else ("", {})
    found = _find(path, anchors)
    if anchor and found.trial and anchored != found.trial:
        raise StorageError(
            f"the anchor is of the trial {anchored}, the log of {found.trial}",
            where=str(anchor),
            rule="ANCHOR-TRIAL",
            remedy="give the anchor of this trial",
        )
    if as_json:
        typer.echo(json.dumps(_as_dict(found, bool(anchor)), ensure_ascii=False, indent=2))
    else:
        _print(found, bool(anchor))
    if not found.in_order:
        raise typer.Exit(LedgerError.exit_code)


def _find(path: Path, anchors: Mapping[str, Head]) -> Inspection:
    """What is found in a trial's folder (in its file or on its server), a database file or an exported log."""
    if path.is_dir():
        from equipoise.store.databases import is_server
        from equipoise.store.trial_settings import read_settings

        place = read_settings(path).database_place(path / DATABASE_NAME)
        return _on_server(path, anchors) if is_server(place) else inspect(path / DATABASE_NAME, anchors)
    return _read_log(path, anchors) if path.suffix == LOG_SUFFIX else inspect(path, anchors)


def _on_server(folder: Path, anchors: Mapping[str, Head]) -> Inspection:
    """Verify the log of a trial on PostgreSQL; a log without its triggers is refused when it is opened."""
    from equipoise.store.entropy import SystemEntropy
    from equipoise.store.live import ledger_of

    ledger = ledger_of(folder, SystemEntropy())
    try:
        return Inspection(ledger.trial, ledger.verify(dict(anchors)), (), "")
    finally:
        ledger.close()


def _read_log(path: Path, anchors: Mapping[str, Head]) -> Inspection:
    """Verify an exported log."""
    trial, rows = read_rows(path)
    return Inspection(trial, verify_rows(rows, trial=trial, anchors=anchors), (), "")


def _as_dict(found: Inspection, anchored: bool) -> dict[str, Any]:
    result = found.verification
    return {
        "in_order": found.in_order,
        "trial": found.trial,
        "records": result.records,
        "anchored": anchored,
        "heads": {stream: {"position": head.position, "hash": head.hash} for stream, head in result.heads.items()},
        "faults": [
            {"stream": f.stream, "position": f.position, "last": f.last, "what": f.what, "text": f.text}
            for f in result.faults
        ],
        "unprotected": list(found.unprotected),
        "file": found.file,
    }


def _print(found: Inspection, anchored: bool) -> None:
    result = found.verification
    typer.echo(f"trial {found.trial or '(no record)'}: {result.records} records in {len(result.heads)} chains")
    for stream, head in result.heads.items():
        typer.echo(f"  {stream:<11}{head.position:>8}  {head.hash}")
    for fault in result.faults[:SHOWN]:
        typer.echo(str(fault), err=True)
    if len(result.faults) > SHOWN:
        typer.echo(f"and {len(result.faults) - SHOWN} more; --json lists all", err=True)
    for name in found.unprotected:
        typer.echo(f"{'the trigger ' * (name in TRIGGERS)}{name} is missing or altered", err=True)
    if found.file:
        typer.echo(f"the database file is damaged: {found.file}", err=True)
    if not found.in_order:
        typer.echo("NOT in order: keep this file as it is, and compare it with the last backup", err=True)
    elif anchored:
        typer.echo("in order, and as the anchor says")
    else:
        typer.echo("in order (without an anchor, a cut-off end or a chain written anew cannot be seen)")
