"""Analysis datasets written by hand, without a record log: for tests of the analyses alone.

`datasets_of(subjects)` makes every frame that the analyses of the index trial need. A subject is a mapping: `arm`, and
what the test is about (`grade`; `yes`: response by parameter; `time`: days and cause by parameter; variables of ADSL).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from analysis_trial import protocol
from equipoise.datasets.build import VARIABLES, Datasets
from equipoise.datasets.parameters import RESPONSE, TIME_TO_EVENT, parameters
from equipoise.datasets.variables import frame
from equipoise.records.cuts import Cut

FLAGS = ("ITTFL", "MITTFL", "ASTRTFL", "PPROTFL", "SAFFL")


def rows_of(name: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """A dataset from rows; variables that a row does not give are null."""
    variables = VARIABLES[name]
    return frame(variables, {one.name: [row.get(one.name) for row in rows] for one in variables})


def subject_row(number: int, subject: Mapping[str, Any]) -> dict[str, Any]:
    """The ADSL row of a subject: in every population unless it says otherwise."""
    given = {name: value for name, value in subject.items() if name.isupper()}
    arm = subject.get("arm")
    flags = dict.fromkeys(FLAGS, "Y" if arm else "N")
    named = {"SUBJID": f"01-{number:03d}", "SITEID": "01", "TRT01P": arm, "TRT01A": arm, "SCRNATT": 1}
    return named | flags | {"GRADEBL": subject.get("grade", "II")} | given


def datasets_of(subjects: Sequence[Mapping[str, Any]], **others: Sequence[Mapping[str, Any]]) -> Datasets:
    """Datasets of these subjects; `others` gives rows of ADAE, ADEX, ADLB and ADDV."""
    adsl = [subject_row(number, subject) for number, subject in enumerate(subjects, start=1)]
    randomized = [(row, subject) for row, subject in zip(adsl, subjects) if row["TRT01P"]]
    answers, times = [], []
    for row, subject in randomized:
        common = {name: row[name] for name in ("SUBJID", "SITEID", *FLAGS)}
        common |= {"TRTP": row["TRT01P"], "TRTA": row["TRT01A"]}
        for one in parameters(protocol(), RESPONSE):
            yes = subject.get("yes", {}).get(one.paramcd, False)
            level = subject.get("level", {}).get(one.paramcd, "CR" if yes else "NR")
            answers.append(common | {"PARAMCD": one.paramcd, "AVAL": int(yes), "RSPLEVEL": level, "RSPCODE": level})
        for one in parameters(protocol(), TIME_TO_EVENT):
            days, cause = subject.get("time", {}).get(one.paramcd, (100.0, 0))
            times.append(common | {"PARAMCD": one.paramcd, "AVAL": float(days), "CAUSE": cause})
    return Datasets(
        cut=Cut(),
        adsl=rows_of("adsl", adsl),
        adrs=rows_of("adrs", answers),
        adtte=rows_of("adtte", times),
        **{name: rows_of(name, others.get(name, ())) for name in ("adae", "adex", "adlb", "addv")},
    )


class Table:
    """A results table that tests ask for single numbers."""

    def __init__(self, frame: pl.DataFrame):
        self.frame = frame
        self.rows = {
            (r["analysis"], r["endpoint"], r["group"], r["subgroup"], r["at"], r["statistic"]): r
            for r in frame.iter_rows(named=True)
        }

    def row(
        self, analysis: str, group: str, statistic: str, *, endpoint: str | None = None, subgroup: str = "", at=None
    ):
        found = [
            row
            for (a, e, g, s, t, name), row in self.rows.items()
            if (a, g, s, t, name) == (analysis, group, subgroup, at, statistic) and endpoint in (None, e)
        ]
        assert len(found) == 1, f"{len(found)} rows of {analysis} {group} {statistic} {subgroup} {at}"
        return found[0]

    def value(self, analysis: str, group: str, statistic: str, **place: Any) -> float:
        return self.row(analysis, group, statistic, **place)["value"]

    def text(self, analysis: str, group: str, statistic: str, **place: Any) -> str:
        return self.row(analysis, group, statistic, **place)["text"]
