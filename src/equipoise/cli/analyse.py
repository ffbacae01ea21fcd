"""`equipoise analyse`: datasets and results table from the record log of a trial, under both cuts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from equipoise.errors import AnalysisDataError

if TYPE_CHECKING:
    from equipoise.protocol.model import Protocol
    from equipoise.records.cuts import Cut

app = typer.Typer(add_completion=False)


@app.command()
def analyse(
    trial: Annotated[Path, typer.Argument(help="Folder of the trial, as `equipoise demo` writes it.")],
    as_of: Annotated[str, typer.Option(help="Instant: what the server knew then, 2020-08-31T00:00+00:00.")] = "",
    cutoff: Annotated[str, typer.Option(help="Last clinical date that counts; the protocol's without it.")] = "",
    out: Annotated[Path, typer.Option(help="Folder to write to; it is made if it is not there.")] = Path("analysis"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the paths and counts as JSON.")] = False,
) -> None:
    """Make the analysis datasets and the results table from the record log of a trial.

    Example: equipoise analyse demo --cutoff 2018-12-31 --out interim
    """
    from equipoise.analysis.analyse import analyse as run
    from equipoise.analysis.results import write_results
    from equipoise.datasets import build, write_datasets
    from equipoise.records.cuts import known_at
    from equipoise.store.entropy import SystemEntropy
    from equipoise.store.folder import existing_trial

    folder = existing_trial(trial)
    protocol = folder.history().latest
    cut = read_cut(as_of, cutoff, protocol)
    ledger = folder.ledger(SystemEntropy())
    try:
        records = list(known_at(ledger.read(), cut.as_of))
    finally:
        ledger.close()
    datasets = build(records, protocol, cut)
    heads = {record.stream: (record.position, record.hash) for record in records}
    about = {"simulated": "yes" if folder.simulated else "no"}
    results = run(datasets, protocol, about, heads, published=folder.protocol / "published.yaml")
    paths = write_datasets(datasets, out / "datasets")
    for name in ("results.csv", "results.json"):
        write_results(results, out / name)
        paths.append(out / name)
    facts = {
        "out": str(out),
        "screened": datasets.adsl.height,
        "rows": results.height,
        "files": [str(p) for p in paths],
    }
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        typer.echo(f"{out}: {datasets.adsl.height} subjects screened, {results.height} rows of results")


def read_cut(as_of: str, cutoff: str, protocol: Protocol) -> Cut:
    """Both cuts from what was typed; without a cutoff the protocol's.

    Raises:
        AnalysisDataError: not an instant with its zone.
        RecordError: not a complete date.
    """
    from equipoise.days import day_of, parse_day
    from equipoise.records.cuts import Cut

    planned = protocol.trial.data_cutoff
    day = parse_day(cutoff) if cutoff else day_of(planned) if planned is not None else None
    if not as_of:
        return Cut(cutoff=day)
    try:
        instant = datetime.fromisoformat(as_of)
        if instant.tzinfo is None:
            raise ValueError
        as_of_utc = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise AnalysisDataError(
            "{text} is not an instant with its zone",
            where="--as-of",
            rule="CUT-INSTANT",
            remedy="write it as 2020-08-31T00:00+00:00",
            text=as_of,
        ) from None
    return Cut(as_of=as_of_utc, cutoff=day)
