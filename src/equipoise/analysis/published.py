"""Published numbers beside ours: a protocol's `published.yaml`, joined to the results table by its key.

The file lists each printed number once, under the analysis, group, subgroup, time and statistic that it can be compared
with. Nothing is computed from it but the fraction of a percentage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import polars as pl
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from equipoise.analysis.results import SCHEMA, STATISTICS, Row, in_order
from equipoise.errors import ProtocolError, TrialErrors

Place = tuple[str, str, str, str, float | None, str]
"""Analysis, endpoint ("" for any), group, subgroup, time in months, statistic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a paper printed.

    Attributes:
        paper: authors, journal, year, volume, article, doi, registry.
        sections: name of the part of the paper, by the first part of a source key.
        values: number and source key, by place; percentages are fractions of 1.
    """

    paper: Mapping[str, str]
    sections: Mapping[str, str]
    values: Mapping[Place, tuple[float, str]]

    def find(self, place: Place) -> tuple[float, str] | None:
        """The number at a place and its source; an entry without an endpoint holds for any."""
        analysis, _, *rest = place
        return self.values.get(place) or self.values.get((analysis, "", *rest))  # type: ignore[arg-type]

    def citation(self) -> str:
        """The paper in one line, as journals write it."""
        return "{authors} {year}, {journal} {volume}:{article}".format(**self.paper)


NOTHING_PUBLISHED = Published(paper={}, sections={}, values={})


def load_published(path: Path) -> Published:
    """Read `published.yaml`.

    Raises:
        ProtocolError: not YAML, or without one of its three sections.
        TrialErrors: all faulty entries at once.
    """
    try:
        content = YAML(typ="safe").load(path)
        paper, sections, entries = content["paper"], content["sections"], list(content["values"])
    except (YAMLError, KeyError, TypeError) as error:
        remedy = "give it the sections paper, sections and values"
        raise _fault(path.name, "this is not a file of published results", remedy) from error
    faults, values = [], {}
    for number, entry in enumerate(entries, start=1):
        where = f"{path.name}, value {number}"
        try:
            place, value, source = _entry(entry)
        except (ValueError, TypeError, InvalidOperation):
            remedy = "write [analysis, endpoint, group, subgroup, at, statistic, printed, source]"
            faults.append(_fault(where, f"{entry} is not an entry", remedy))
            continue
        if place[-1] not in STATISTICS:
            faults.append(
                _fault(where, f"{place[-1]} is not the name of a statistic", "use a name of the results table")
            )
        if source.split(".")[0] not in sections:
            faults.append(_fault(where, f"{source} lies in no section", "name the section of the paper in `sections`"))
        if place in values:
            faults.append(_fault(where, "an earlier value has the same place", "keep one of the two"))
        values[place] = (value, source)
    if faults:
        raise TrialErrors(faults)
    texts = {key: str(text) for key, text in paper.items()}
    return Published(paper=texts, sections=sections, values=values)


def _entry(entry: list[Any]) -> tuple[Place, float, str]:
    """Place, number and source of one entry; raises ValueError when it has another shape."""
    analysis, endpoint, group, subgroup, at, statistic, printed, source = entry
    text = str(printed)
    value = Decimal(text.removesuffix("%").strip())
    if text.endswith("%"):
        value /= 100
    place = (str(analysis), str(endpoint), str(group), str(subgroup), None if at is None else float(at), str(statistic))
    return place, float(value), str(source)


def _fault(where: str, fault: str, remedy: str) -> ProtocolError:
    return ProtocolError(fault, where=where, rule="PUBLISHED", remedy=remedy)


def with_published(frame: pl.DataFrame, published: Published) -> pl.DataFrame:
    """The results table with each published number in the row that it can be compared with, and the paper as a row."""
    places = frame.select("analysis", "endpoint", "group", "subgroup", "at", "statistic").iter_rows()
    found = [published.find(place) or (None, "") for place in places]
    joined = frame.with_columns(
        pl.Series("published", [value for value, _ in found], SCHEMA["published"]),
        pl.Series("published_source", [source for _, source in found], SCHEMA["published_source"]),
    )
    if not published.paper:
        return joined
    paper = Row(analysis="RUN", group="ALL", statistic="published", text=published.citation())
    return in_order(pl.concat([joined, pl.DataFrame([astuple(paper)], schema=SCHEMA, orient="row")]))


def not_compared(frame: pl.DataFrame, published: Published) -> list[Place]:
    """Places of published numbers that no row of the table can be compared with: analyses still to be written."""
    rows = set(frame.select("analysis", "endpoint", "group", "subgroup", "at", "statistic").iter_rows())
    rows |= {(analysis, "", *rest) for analysis, _, *rest in rows}
    return [place for place in published.values if place not in rows]
