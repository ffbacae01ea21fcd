"""ADDV: one row a protocol deviation. Derived ones come from the rules, reported ones from a form."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from equipoise.datasets.adex import texts
from equipoise.datasets.source import Source, imputed, randomization_records
from equipoise.datasets.variables import (
    SOURCES,
    SUBJECT_VARIABLES,
    Variable,
    frame,
    one_source,
    several_sources,
    study_day,
)

DERIVED, REPORTED = "DERIVED", "REPORTED"
FORM = "DEVIATION"
ADDV = (
    *SUBJECT_VARIABLES,
    Variable("TRTP", "text", "Arm to which randomized"),
    Variable("DVCAT", "text", "DERIVED by a rule, or REPORTED on a form"),
    Variable("DVCODE", "text", "Code of the protocol"),
    Variable("DVSEV", "text", "Severity: minor, major, critical"),
    Variable("DVTERM", "text", "What happened, as reported"),
    Variable("ADT", "date", "Date"),
    Variable("ADTF", "text", "Imputed part of ADT"),
    Variable("ADY", "integer", "Study day"),
    SOURCES,
)
SORT = ["SUBJID", "DVCAT", "ADT", "DVCODE"]


def addv(source: Source) -> pl.DataFrame:
    """One row a deviation."""
    frames = [derived(source)]
    if FORM in source.tables.layouts:
        frames.append(reported(source))
    return pl.concat(frames).sort(SORT, maintain_order=True)


def derived(source: Source) -> pl.DataFrame:
    """Deviations that the rules find. What was left out has no record of its own: it cites the randomization."""
    found, shown_by = source.deviations, randomization_records(source).tolist()
    subject = np.array([one.subject for one in found], np.int64)
    day = np.array([one.day for one in found], np.int32)
    columns: dict[str, Any] = {
        **common(source, subject, day, DERIVED),
        "DVCODE": [one.code for one in found],
        "DVSEV": [one.severity for one in found],
        "DVTERM": [""] * len(found),
        "ADTF": [""] * len(found),
        SOURCES.name: several_sources(one.records or (shown_by[one.subject],) for one in found),
    }
    return frame(ADDV, columns)


def reported(source: Source) -> pl.DataFrame:
    """Deviations on the form."""
    table = source.tables[FORM]
    day, flag = imputed(source, table.dates.earliest, table.dates.latest, table.subject)
    codes, known = texts(table, "DV_CODE"), source.protocol.deviation
    columns: dict[str, Any] = {
        **common(source, table.subject, day, REPORTED),
        "DVCODE": codes,
        "DVSEV": [known[code].severity if code in known else "" for code in codes],
        "DVTERM": texts(table, "DV_TEXT"),
        "ADTF": flag,
        SOURCES.name: one_source(table.record),
    }
    return frame(ADDV, columns)


def common(source: Source, subject: np.ndarray, day: np.ndarray, category: str) -> dict[str, Any]:
    """Columns that both kinds have alike."""
    return {
        **source.subject_columns(subject),
        "TRTP": [source.arm[i] for i in subject.tolist()],
        "DVCAT": [category] * subject.size,
        "ADT": day,
        "ADY": study_day(day, source.randomized[subject]),
    }
