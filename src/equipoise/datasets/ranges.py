"""Reference ranges of the sites' laboratories: which limits held for a result.

A range is a record of a site: test, unit, sex and ages to which it applies, first day, version. The range of a result
is the last that was in force on its day for the subject's sex and age; a result naming a version takes that one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from equipoise.arrays import UNKNOWN, Floats
from equipoise.datasets.source import Source
from equipoise.days import parse_date
from equipoise.records.record import Record
from equipoise.state.columns import text_of
from equipoise.state.persons import persons
from equipoise.state.tables import Table


class Range(NamedTuple):
    """One version of a reference range, limits in the unit as recorded; NaN and "" where it does not say."""

    site: str
    test: str
    unit: str
    sex: str
    age_from: float
    age_to: float
    low: float
    high: float
    version: str
    effective: int


class Limits(NamedTuple):
    """Limits of each result in the first unit of its item, and the version; [n_rows]."""

    low: Floats
    high: Floats
    version: list[str]


def range_of(record: Record) -> Range:
    """The range that a record holds."""
    payload = record.payload or {}

    def text(item: str) -> str:
        return text_of(payload.get(f"LR_{item}"))

    def number(item: str) -> float:
        return float(text(item) or "nan")

    effective = parse_date(text("EFFECTIVE")).earliest if text("EFFECTIVE") else int(UNKNOWN)
    ages, limits = (number("AGE_FROM"), number("AGE_TO")), (number("LOW"), number("HIGH"))
    return Range(record.key.unit, text("TEST"), text("UNIT"), text("SEX"), *ages, *limits, text("VERSION"), effective)


def ranges_of(source: Source) -> list[Range]:
    """All ranges, the earlier in force first."""
    return sorted(
        (range_of(record) for record in source.ranges), key=lambda r: (r.site, r.test, r.effective, r.version)
    )


def limits(source: Source, table: Table, item: str, test: str, versions: list[str], known: list[Range]) -> Limits:
    """The limits for every row of a laboratory form.

    Args:
        versions: version of the ranges that each row names, "" where it names none.
        known: `ranges_of(source)`.
    """
    n, person = table.size, persons(source.tables, source.protocol)
    low, high, chosen = np.full(n, np.nan), np.full(n, np.nan), np.full(n, -1)
    site, named = np.array(table.site, np.str_), np.array(versions, np.str_)
    sexes = [*source.tables["DEMOG"].layout.items["DM_SEX"].places, ""]
    sex, age = np.array(sexes)[person.sex[table.subject]], person.age[table.subject]
    per = table.layout.items[item].per
    for number, one in enumerate(known):
        if one.test != test:
            continue
        holds = (site == one.site) & (table.day >= one.effective) & (table.day != UNKNOWN)
        holds &= (named == "") | (named == one.version)
        holds &= (one.sex == "") | (sex == one.sex)
        holds &= ~(age < one.age_from) & ~(age > one.age_to)
        scale = per.get(one.unit, 1.0)
        low[holds], high[holds], chosen[holds] = one.low / scale, one.high / scale, number
    return Limits(low, high, [known[k].version if k >= 0 else "" for k in chosen.tolist()])
