"""`equipoise protocol`: check a protocol file; render its synopsis and schedule of activities."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from equipoise.protocol.model import Protocol

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Check a protocol file; render its synopsis and schedule."
)

ProtocolPath = Annotated[Path, typer.Argument(help="The protocol file, or the folder that holds protocol.yaml.")]


class Language(StrEnum):
    """Languages of the renderings."""

    en = "en"
    zh = "zh"


class Format(StrEnum):
    """Formats of the renderings."""

    html = "html"
    md = "md"


@app.command()
def check(path: ProtocolPath, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check a protocol file and everything that it refers to; print all faults at once.

    Example: equipoise protocol check protocols/msc-sr-agvhd/protocol.yaml
    """
    from equipoise.protocol.load import load_history

    history = load_history(path)
    facts = summary(history.latest) | {"versions": [protocol.version for protocol in history.protocols]}
    if as_json:
        typer.echo(json.dumps({"in_order": True, **facts}, ensure_ascii=False, indent=2))
        return
    typer.echo(f"{path}: in order")
    for name, value in facts.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        typer.echo(f"  {name + ':':<13}{shown}")


@app.command()
def render(
    path: ProtocolPath,
    out: Annotated[Path, typer.Option(help="Folder to write to; it is made if it is not there.")] = Path("."),
    lang: Annotated[Language, typer.Option(help="Language.")] = Language.en,
    format: Annotated[Format, typer.Option(help="Format.")] = Format.html,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write the synopsis and the schedule of activities, for people at sites.

    Example: equipoise protocol render protocols/msc-sr-agvhd/protocol.yaml --out pages --lang zh --format html
    """
    from equipoise.protocol.load import load_history
    from equipoise.protocol.render import render as rendered

    files = rendered(load_history(path).latest, lang.value, format.value)
    out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8")
    written = [str(out / name) for name in files]
    typer.echo(json.dumps({"written": written}) if as_json else "\n".join(written))


def summary(protocol: Protocol) -> dict[str, Any]:
    """What a protocol holds, in numbers."""
    return {
        "trial": protocol.trial.id,
        "version": protocol.version,
        "hash": protocol.hash,
        "sites": len(protocol.sites),
        "arms": [arm.id for arm in protocol.arms],
        "criteria": len(protocol.eligibility.criteria),
        "visits": len(protocol.visits),
        "forms": len(protocol.forms),
        "items": sum(len(form.items) for form in protocol.forms.values()),
        "checks": sum(len(form.checks) for form in protocol.forms.values()),
        "endpoints": len(protocol.endpoints),
        "analyses": len(protocol.analyses),
    }
