"""The report as one HTML file: everything it shows is inside it, and the same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from equipoise.errors import AnalysisDataError
from equipoise.protocol.model import Protocol
from equipoise.report import numbers
from equipoise.report.figures.canvas import drawing
from equipoise.report.lookup import Lookup
from equipoise.report.sections import Builder, Figure
from equipoise.report.texts import Words
from equipoise.report.trial import TrialTexts, texts_of


def report_html(results: pl.DataFrame, trial: TrialTexts, language: str = "en") -> str:
    """The whole report.

    Args:
        results: a results table (`analysis.results.SCHEMA`), with the published numbers joined.
        trial: the words of its protocol.
        language: of the report's own words, `en` or `zh`.

    Raises:
        AnalysisDataError: the table is of another protocol.

    Checked: by tests of each table and figure, and in a browser at three widths (tests/browser).
    """
    words = Words(language)
    lookup = Lookup(results, trial.experimental.id, trial.control.id)
    named = lookup.text("RUN", "protocol_id", group="ALL")
    if named and named != trial.id:
        raise AnalysisDataError(
            "the results are of the protocol {named}, not of {trial}",
            where="results",
            rule="REPORT-PROTOCOL",
            remedy="give the protocol that the results were made with",
            named=named,
            trial=trial.id,
        )
    simulated = lookup.text("RUN", "simulated", group="ALL") != "no"
    mark = words("word.simulated") if simulated else ""
    with drawing():
        sections = Builder(results=lookup, trial=trial, words=words, mark=mark).sections()
    page = _environment().get_template("report.html.j2")
    return page.render(
        trial=trial,
        words=words,
        mark=mark,
        simulated=simulated,
        sections=sections,
        about=_about(lookup, trial, words),
        estimators=_estimators(lookup, trial),
        style=Markup(_resource("report.css")),
        intercurrent=lambda one: [_intercurrent(event, words) for event in one.events],
        is_figure=lambda item: isinstance(item, Figure),
    )


def write_report(results: pl.DataFrame, protocol: Protocol, path: Path, language: str = "en") -> None:
    """Write the report of a results table; see `report_html`."""
    path.write_text(report_html(results, texts_of(protocol, language), language), encoding="utf-8", newline="\n")


def _resource(name: str) -> str:
    return files("equipoise.report").joinpath("templates", name).read_text(encoding="utf-8")


def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_resource),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["svg"] = Markup  # drawn by us, every text in it escaped
    environment.filters["brackets"] = _brackets
    return environment


def _brackets(text: str) -> Markup:
    """A number whose interval or percentage in brackets stays on one line."""
    number, bracket, rest = text.partition(" (")
    return Markup('{} <span class="nb">({}</span>').format(number, rest) if bracket else Markup("{}").format(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A line of "about this report": a name and one or more values."""

    name: str
    values: tuple[str, ...]
    code: bool = False


def _about(results: Lookup, trial: TrialTexts, words: Words) -> list[Fact]:
    """What was run, on which data, with what: from the rows of RUN."""
    run = {row["statistic"]: row["text"] for row in results.rows_of("RUN") if row["statistic"] != "chain_head"}
    unknown = words("page.not_recorded")
    heads = tuple(
        words(
            "page.head",
            stream=row["subgroup"].removeprefix("stream="),
            position=numbers.count(row["value"] or 0),
            hash=row["text"][:12],
        )
        for row in results.rows("RUN", "chain_head")
    )
    version = words("page.version", version=run.get("protocol_version") or trial.version)
    cut = (
        words("page.cutoff", cutoff=run.get("cutoff") or unknown),
        words("page.as_of", as_of=_instant(run.get("as_of", "")) or unknown),
    )
    facts = [
        Fact(name=words("page.protocol"), values=(f"{trial.id}, {version}", _short(run.get("protocol_hash", "")))),
        Fact(name=words("page.registry"), values=(trial.registry,)),
        Fact(name=words("page.cut"), values=cut),
        Fact(name=words("page.software"), values=(run.get("software") or unknown,)),
        Fact(name=words("page.seed"), values=(run.get("seed") or unknown,)),
        Fact(name=words("page.observation"), values=(run.get("observation", ""),)),
        Fact(name=words("page.compared"), values=(run.get("published", ""),)),
        Fact(name=words("page.heads"), values=heads or (unknown,), code=bool(heads)),
    ]
    return [fact for fact in facts if any(fact.values)]


def _instant(text: str) -> str:
    """An ISO instant for reading: date and minute, with its offset spelled UTC where there is none."""
    return text.replace("T", " ").replace("+00:00", " UTC").replace(":00 UTC", " UTC").replace("Z", " UTC")


def _short(digest: str) -> str:
    return f"sha256 {digest[:12]}…" if digest else ""


def _intercurrent(event: tuple[str, str, str], words: Words) -> str:
    """An intercurrent event with its strategy: `death: composite (no response)`."""
    name, strategy, text = event
    said = f"{words.label('event', name)}: {words.label('strategy', strategy)}"
    return f"{said} ({text})" if text else said


def _estimators(results: Lookup, trial: TrialTexts) -> list[Mapping[str, Any]]:
    """Analysis, population and methods, from the rows themselves."""
    named = results.frame.filter((pl.col("method") != "") & ~pl.col("analysis").str.ends_with(":curve"))
    listed: list[Mapping[str, Any]] = []
    for analysis in named["analysis"].unique(maintain_order=True):
        own = named.filter(pl.col("analysis") == analysis)
        populations = [
            trial.populations.get(name, name) for name in own["population"].unique(maintain_order=True) if name
        ]
        methods = own["method"].unique(maintain_order=True).to_list()
        title = trial.analyses.get(analysis) or trial.endpoints.get(analysis) or analysis
        listed.append({"title": title, "id": analysis, "population": ", ".join(populations), "methods": methods})
    return listed
