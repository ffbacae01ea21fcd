"""The results table as the report reads it: one number at a place, ours and the published one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from equipoise.analysis.results import comparison

Key = tuple[str, str, str, float | None, str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """One row of the results table. `value` is None where there is no number; then `text` says why."""

    value: float | None
    text: str = ""
    method: str = ""
    population: str = ""
    published: float | None = None
    source: str = ""


@dataclass
class Lookup:
    """Statistics by (analysis, group, subgroup, time, statistic, endpoint)."""

    frame: pl.DataFrame
    experimental: str
    control: str

    def __post_init__(self) -> None:
        self.statistics: dict[Key, Statistic] = {}
        for row in self.frame.iter_rows(named=True):
            found = Statistic(
                value=row["value"],
                text=row["text"],
                method=row["method"],
                population=row["population"],
                published=row["published"],
                source=row["published_source"],
            )
            place = (row["analysis"], row["group"], row["subgroup"], row["at"], row["statistic"])
            self.statistics.setdefault((*place, row["endpoint"]), found)
            self.statistics.setdefault((*place, None), found)
        self.analyses = frozenset(self.frame["analysis"].unique().to_list())

    @property
    def arms(self) -> tuple[str, str]:
        """Ids of the arms, experimental first."""
        return (self.experimental, self.control)

    @property
    def versus(self) -> str:
        """The group of the comparison of the arms."""
        return comparison(self.experimental, self.control)

    def has(self, analysis: str) -> bool:
        """Whether the table holds anything of an analysis."""
        return analysis in self.analyses

    def get(
        self,
        analysis: str,
        statistic: str,
        *,
        group: str,
        subgroup: str = "",
        at: float | None = None,
        endpoint: str | None = None,
    ) -> Statistic | None:
        """The statistic at a place, or None; without an endpoint, the first of any endpoint."""
        return self.statistics.get((analysis, group, subgroup, at, statistic, endpoint))

    def value(self, analysis: str, statistic: str, **place: Any) -> float | None:
        """The number at a place, or None where the row or its number is missing."""
        found = self.get(analysis, statistic, **place)
        return None if found is None else found.value

    def text(self, analysis: str, statistic: str, **place: Any) -> str:
        """The text at a place; empty where there is no row."""
        found = self.get(analysis, statistic, **place)
        return "" if found is None else found.text

    def rows_of(self, analysis: str) -> list[dict[str, Any]]:
        """All rows of an analysis, in the order of the table."""
        return self.frame.filter(pl.col("analysis") == analysis).to_dicts()

    def rows(self, analysis: str, statistic: str) -> list[dict[str, Any]]:
        """All rows of a statistic of an analysis, in the order of the table."""
        here = (pl.col("analysis") == analysis) & (pl.col("statistic") == statistic)
        return self.frame.filter(here).to_dicts()

    def methods(self, analyses: list[str]) -> list[str]:
        """The estimators named by the rows of some analyses, each once, in the order of the table; not the tests."""
        estimates = ~pl.col("statistic").str.starts_with("p_")
        here = self.frame.filter(pl.col("analysis").is_in(analyses) & (pl.col("method") != "") & estimates)
        return here["method"].unique(maintain_order=True).to_list()
