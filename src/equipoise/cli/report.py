"""`equipoise report`: write the report of a results table."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from equipoise.cli.shipped import INDEX_TRIAL

app = typer.Typer(add_completion=False)


class Language(StrEnum):
    """Languages of the report."""

    en = "en"
    zh = "zh"


@app.command()
def report(
    results: Annotated[Path, typer.Argument(help="The results table: a file that ends in .csv or .json.")],
    protocol: Annotated[
        Path,
        typer.Option(
            help="The protocol file, or the folder that holds protocol.yaml.", show_default="the index trial that ships"
        ),
    ] = INDEX_TRIAL,
    out: Annotated[Path, typer.Option(help="HTML file to write.")] = Path("report.html"),
    lang: Annotated[Language, typer.Option(help="Language.")] = Language.en,
    as_json: Annotated[bool, typer.Option("--json", help="Print the path and the size as JSON.")] = False,
) -> None:
    """Write the report of a results table as one HTML file that needs nothing else.

    Example: equipoise report demo/results.csv --protocol demo/protocol --out report.html
    """
    from equipoise.analysis.results import read_results
    from equipoise.protocol.load import load_protocol
    from equipoise.report.document import write_report

    path = protocol / "protocol.yaml" if protocol.is_dir() else protocol
    write_report(read_results(results), load_protocol(path), out, lang.value)
    size = out.stat().st_size
    typer.echo(json.dumps({"report": str(out), "bytes": size}) if as_json else f"{out}: {size / 1000:.0f} kB")
