"""Every analysis that the protocol declares, in one table of results."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from equipoise import __version__
from equipoise.analysis import baseline, competing_risks, flow, quality, response, safety, survival, treatment
from equipoise.analysis.data import Data
from equipoise.analysis.published import NOTHING_PUBLISHED, Published, load_published, with_published
from equipoise.analysis.results import STATISTICS, Row, results_table, run_rows
from equipoise.datasets.build import Datasets
from equipoise.days import format_day
from equipoise.errors import ProtocolError, TrialErrors

if TYPE_CHECKING:
    from equipoise.protocol.endpoints import Analysis
    from equipoise.protocol.model import Protocol

Method = Callable[[Data, "Analysis"], list[Row]]
METHODS: Mapping[str, Method] = {
    "flow": flow.rows,
    "baseline": baseline.rows,
    "exposure": treatment.exposure,
    "follow_up": treatment.follow_up,
    "response": response.distribution,
    "two_proportions": response.two_proportions,
    "alluvial": response.alluvial,
    "survival": survival.rows,
    "competing_risks": competing_risks.rows,
    "adverse_events": safety.adverse_events,
    "infusion": safety.infusion,
    "serious_adverse_events": safety.serious_adverse_events,
    "deaths": safety.deaths,
    "deviations": quality.deviations,
    "completeness": quality.completeness,
}
"""What makes the rows of an analysis, by the method that the protocol names."""


def analyse(
    datasets: Datasets,
    protocol: Protocol,
    about: Mapping[str, str] | None = None,
    heads: Mapping[str, tuple[int, str]] | None = None,
    *,
    published: Published | Path = NOTHING_PUBLISHED,
) -> pl.DataFrame:
    """Run every analysis of the protocol.

    Args:
        datasets: as `datasets.build` makes them.
        about: what was run, by statistic of `results.run_rows`: simulated, observation, seed. Software, protocol and
            both cuts are filled in.
        heads: position and hash of the last record of each stream.
        published: numbers to stand beside ours, or the file that holds them; a file that is not there is none.

    Returns:
        The checked results table.

    Raises:
        TrialErrors: analyses with a method, statistic, population, endpoint or factor that is not known, each a
            `ProtocolError`.
    """
    check_methods(protocol)
    data = Data(datasets, protocol)
    rows = run_rows({**known_of_the_run(datasets, protocol), **(about or {})}, heads or {})
    for analysis in protocol.analyses:
        rows += METHODS[analysis.method](data, analysis)
    if isinstance(published, Path):
        published = load_published(published) if published.is_file() else NOTHING_PUBLISHED
    return with_published(results_table(rows), published)


def known_of_the_run(datasets: Datasets, protocol: Protocol) -> dict[str, str]:
    """Software, protocol and both cuts, as texts of the table; "none" for a cut that was not made."""
    as_of, cutoff = datasets.cut.as_of, datasets.cut.cutoff
    return {
        "software": f"equipoise {__version__}",
        "protocol_id": protocol.trial.id,
        "protocol_version": protocol.version,
        "protocol_hash": protocol.hash,
        "as_of": "none" if as_of is None else as_of.isoformat(timespec="seconds"),
        "cutoff": "none" if cutoff is None else format_day(cutoff),
    }


def check_methods(protocol: Protocol) -> None:
    """Hold the analyses to the methods and statistics that there are.

    Raises:
        TrialErrors: every analysis with an unknown method or statistic.
    """
    faults = []
    for analysis in protocol.analyses:
        named: list[tuple[str, str, str, Collection[str]]] = [
            ("method of analysis", "ANALYSIS-METHOD", analysis.method, METHODS)
        ]
        named += [("statistic", "ANALYSIS-STATISTIC", name, STATISTICS) for name in analysis.statistics]
        faults += [
            ProtocolError(
                "there is no {what} {name}",
                where=f"analyses, {analysis.id}",
                rule=rule,
                remedy="use one of {known}",
                what=what,
                name=name,
                known=", ".join(sorted(known)),
            )
            for what, rule, name, known in named
            if name not in known
        ]
    if faults:
        raise TrialErrors(faults)
