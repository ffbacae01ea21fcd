"""Every analysis that the protocol declares, in one table of results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import polars as pl

from equipoise import __version__
from equipoise.analysis import baseline, competing_risks, flow, quality, response, safety, survival, treatment
from equipoise.analysis.data import Data
from equipoise.analysis.published import NOTHING_PUBLISHED, Published, with_published
from equipoise.analysis.results import Row, results_table, run_rows
from equipoise.datasets.build import Datasets
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
    *,
    about: Mapping[str, str] | None = None,
    heads: Mapping[str, tuple[int, str]] | None = None,
    published: Published = NOTHING_PUBLISHED,
) -> pl.DataFrame:
    """Run every analysis of the protocol.

    Args:
        datasets: as `datasets.build` makes them.
        about: what was run, by statistic of `results.run_rows`: simulated, observation, seed, as_of, cutoff. Software
            and protocol are filled in.
        heads: position and hash of the last record of each stream.
        published: numbers to stand beside ours.

    Returns:
        The checked results table.

    Raises:
        TrialErrors: analyses with a method, population, endpoint or factor that is not known (`ProtocolError`).
    """
    check_methods(protocol)
    data = Data(datasets, protocol)
    known = {
        "software": f"equipoise {__version__}",
        "protocol_id": protocol.trial.id,
        "protocol_version": protocol.version,
        "protocol_hash": protocol.hash,
    }
    rows = run_rows({**known, **(about or {})}, heads or {})
    for analysis in protocol.analyses:
        rows += METHODS[analysis.method](data, analysis)
    return with_published(results_table(rows), published)


def check_methods(protocol: Protocol) -> None:
    """Hold the analyses to the methods that there are.

    Raises:
        TrialErrors: every analysis with an unknown method.
    """
    faults = [
        ProtocolError(
            "there is no method of analysis {method}",
            where=f"analyses, {analysis.id}",
            rule="ANALYSIS-METHOD",
            remedy="use one of {known}",
            method=analysis.method,
            known=", ".join(METHODS),
        )
        for analysis in protocol.analyses
        if analysis.method not in METHODS
    ]
    if faults:
        raise TrialErrors(faults)
