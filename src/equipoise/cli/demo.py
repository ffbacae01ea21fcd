"""`equipoise demo`: run the index trial by chance, lock it, analyse it, write its report, say where everything is."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from equipoise.cli.shipped import INDEX_TRIAL
from equipoise.errors import TrialErrors

if TYPE_CHECKING:
    import polars as pl

    from equipoise.conduct.trial import Trial
    from equipoise.report.trial import Arm
    from equipoise.store.folder import TrialFolder

FOLDER = Path("demo")
"""Where the demo writes and `make serve` looks."""
SEED = 20200630
HEADLINES = (
    ("Overall response at day 28", "OR28", "proportion", None),
    ("Complete response at day 28", "CR28", "proportion", None),
    ("Durable response at day 56", "DOR56", "proportion", None),
    ("Survival at 6 months", "OS", "survival", 6.0),
    ("Survival at 12 months", "OS", "survival", 12.0),
    ("Survival at 36 months", "OS", "survival", 36.0),
    ("Failure-free survival, median, months", "FFS", "median", None),
    ("Chronic GVHD at 24 months", "CGVHD", "cumulative_incidence", 24.0),
    ("Relapse at 36 months", "RELAPSE", "cumulative_incidence", 36.0),
    ("Non-relapse mortality at 36 months", "NRM", "cumulative_incidence", 36.0),
)
"""Label, analysis, statistic, months."""

app = typer.Typer(add_completion=False)


@dataclass(frozen=True)
class Access:
    """What opens the demo's account."""

    account: str
    password: str
    secret: str
    recovery_codes: list[str]


@dataclass
class Stages:
    """Runs the parts of the demo under a progress bar and keeps how long each took."""

    progress: Progress
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, title: str, total: float | None = None) -> Iterator[Any]:
        """One part; yields a function that takes how much of `total` is done."""
        task = self.progress.add_task(title, total=total)
        start = time.perf_counter()
        yield lambda done: self.progress.update(task, completed=done)
        self.seconds[title] = time.perf_counter() - start
        self.progress.update(task, total=total or 1, completed=total or 1)


@dataclass(frozen=True)
class Ran:
    """What the demo made: its folder, its results table, and the arms of the protocol, experimental first."""

    folder: TrialFolder
    results: pl.DataFrame
    arms: tuple[Arm, Arm]


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder to write; a simulated trial in it is replaced.")] = FOLDER,
    seed: Annotated[int, typer.Option(help="Seed; the same seed gives the same bytes.", min=0)] = SEED,
    observation: Annotated[str, typer.Option(help="Observation model: realistic or perfect.")] = "realistic",
    protocol: Annotated[Path | None, typer.Option(help="Folder of another trial's protocol and scenario.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print paths, headline results and times as JSON.")] = False,
) -> None:
    """Run the index trial by chance, lock it, analyse it, write its report.

    Example: equipoise demo --out demo --seed 7
    """
    console = Console(stderr=as_json, highlight=False)
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        stages = Stages(progress)
        ran = run(stages, out, seed, observation, protocol or INDEX_TRIAL)
        access = _account(stages, ran.folder)
    if as_json:
        typer.echo(json.dumps(_as_dict(ran, stages, access), ensure_ascii=False, indent=2))
        return
    _print(console, ran, stages, access)


def run(stages: Stages, out: Path, seed: int, observation: str, protocol: Path) -> Ran:
    """All of it but the account: simulate, lock, verify, analyse, report."""
    from equipoise.allocation.lists import generate, write_list
    from equipoise.allocation.specification import specification
    from equipoise.protocol.load import load_protocol
    from equipoise.protocol.sealed import load_restricted
    from equipoise.report.trial import texts_of
    from equipoise.simulate.clock import SimulatedClock
    from equipoise.simulate.scenario import load_scenario
    from equipoise.simulate.streams import whole_number
    from equipoise.simulate.trial import misfits, simulate_trial
    from equipoise.store.entropy import SeededEntropy
    from equipoise.store.folder import begin_trial, make_simulated

    with stages.stage("Read the protocol"):
        declared = load_protocol(protocol / "protocol.yaml")
        scenario = load_scenario(protocol / "scenarios" / "published.yaml")
        faults = misfits(declared, scenario, observation)
        if faults:
            raise TrialErrors(faults)
        restricted = load_restricted(protocol / declared.randomization.restricted.file)
        spec = specification(declared.randomization, restricted, declared.strata)
        folder = make_simulated(out, protocol)
        allocation = generate(spec, seed=whole_number(seed, "allocation list"))
        write_list(folder.allocation, allocation)
        clock = SimulatedClock()
        trial = begin_trial(folder, allocation, clock, SeededEntropy(seed), via="simulation")
    try:
        with stages.stage("Conduct the trial", total=1.0) as done:
            simulate_trial(trial, scenario, seed=seed, replicate=0, observation=observation, progress=done)
        results = _after_lock(stages, folder, trial, seed, observation)
    finally:
        trial.ledger.close()
    return Ran(folder, results, texts_of(declared).arms)


def _after_lock(stages: Stages, folder: TrialFolder, trial: Trial, seed: int, observation: str) -> pl.DataFrame:
    from equipoise import __version__
    from equipoise.analysis.analyse import analyse
    from equipoise.analysis.results import write_results
    from equipoise.datasets import build, write_datasets
    from equipoise.days import day_of
    from equipoise.records.cuts import Cut
    from equipoise.records.files import write_heads, write_log
    from equipoise.report.document import write_report

    protocol = trial.protocols.latest
    with stages.stage("Verify and export the log"):
        trial.ledger.verify().raise_any()
        write_log(folder.log, trial.id, trial.ledger.stored())
        write_heads(folder.heads, trial.id, trial.ledger.heads())
    with stages.stage("Derive the datasets"):
        as_of = trial.clock.now()
        assert protocol.trial.data_cutoff is not None  # `simulate_trial` refuses a protocol without one
        cut = Cut(as_of=as_of, cutoff=day_of(protocol.trial.data_cutoff))
        datasets = build(trial.ledger.read(), protocol, cut)
        write_datasets(datasets, folder.datasets)
    with stages.stage("Analyse"):
        about = {
            "simulated": "yes",
            "observation": observation,
            "seed": str(seed),
            "software": f"equipoise {__version__}",
            "as_of": as_of.isoformat(timespec="seconds"),
        }
        heads = {stream: (head.position, head.hash) for stream, head in trial.ledger.heads().items()}
        results = analyse(datasets, protocol, about, heads, published=folder.protocol / "published.yaml")
        write_results(results, folder.results)
        write_results(results, folder.results.with_suffix(".json"))
    with stages.stage("Write the report"):
        write_report(results, protocol, folder.report)
    return results


def _account(stages: Stages, folder: TrialFolder) -> Access:
    import secrets

    from equipoise.web.accounts import open_accounts

    password = secrets.token_urlsafe(9)
    with stages.stage("Make the log-in"):
        open_accounts(folder.path)
        from equipoise.web import demo_account

        secret, codes = demo_account.make(password)
    return Access(demo_account.NAME, password, secret, codes)


def headline_rows(
    results: pl.DataFrame, arms: Sequence[str]
) -> list[tuple[str, list[tuple[float | None, float | None]]]]:
    """Label and, for each of the arms (ids), ours and the published value."""
    import polars as pl

    rows = []
    for label, analysis, statistic, at in HEADLINES:
        chosen = results.filter(
            (pl.col("analysis") == analysis)
            & (pl.col("statistic") == statistic)
            & (pl.col("subgroup") == "")
            & (pl.col("at").is_null() if at is None else pl.col("at") == at)
        )
        by_arm = {row["group"]: (row["value"], row["published"]) for row in chosen.iter_rows(named=True)}
        rows.append((label, [by_arm.get(arm, (None, None)) for arm in arms]))
    return rows


def _as_dict(ran: Ran, stages: Stages, access: Access) -> dict[str, Any]:
    folder, arms = ran.folder, [arm.id for arm in ran.arms]
    return {
        "simulated": True,
        "report": str(folder.report),
        "results": str(folder.results),
        "datasets": str(folder.datasets),
        "database": str(folder.database),
        "log": str(folder.log),
        "account": access.account,
        "password": access.password,
        "second_factor": {"secret": access.secret, "recovery_codes": access.recovery_codes},
        "seconds": {title: round(seconds, 2) for title, seconds in stages.seconds.items()},
        "arms": arms,
        "headlines": [
            {"label": label, "simulated": [ours for ours, _ in pairs], "published": [theirs for _, theirs in pairs]}
            for label, pairs in headline_rows(ran.results, arms)
        ],
    }


def _print(console: Console, ran: Ran, stages: Stages, access: Access) -> None:
    folder = ran.folder
    table = Table(title="SIMULATED, beside the published trial", title_justify="left", title_style="bold")
    table.add_column("")
    for arm in ran.arms:
        table.add_column(arm.short, justify="right")
        table.add_column("published", justify="right", style="dim")
    for label, pairs in headline_rows(ran.results, [arm.id for arm in ran.arms]):
        table.add_row(label, *(_shown(value, "median" in label) for pair in pairs for value in pair))
    console.print()
    console.print(table)
    console.print()
    for what, path in (
        ("report", folder.report),
        ("results", folder.results),
        ("datasets", folder.datasets),
        ("record log", folder.database),
    ):
        console.print(f"{what:<11}{path}", soft_wrap=True)
    serve = "make serve" if folder.path == FOLDER else f"equipoise serve --trial {folder.path}"
    opens = f"{serve}, then log in as {access.account} with password {access.password}"
    console.print(f"{'web':<11}{opens}", soft_wrap=True)
    codes = " or ".join(access.recovery_codes[:2])
    console.print(f"{'':<11}second factor: recovery code {codes}, each good once,", soft_wrap=True)
    console.print(f"{'':<11}or an authenticator with the secret {access.secret}", soft_wrap=True)
    console.print(f"{'took':<11}{sum(stages.seconds.values()):.0f} s")


def _shown(value: float | None, months: bool) -> str:
    if value is None:
        return "–"
    return f"{value:.1f}" if months else f"{100 * value:.1f} %"
