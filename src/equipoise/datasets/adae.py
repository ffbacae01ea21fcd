"""ADAE: one row an adverse event form, and one a report of a serious adverse event (`AECAT`).

`TRTEMFL` marks rows in the window in which events count: adverse events from randomization, serious ones from consent,
both to so many days after the last study drug as the protocol says. A report without a class takes that of the adverse
event whose number it names. Treatment as received (`TRTA`) is that of the day of the event.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from equipoise.arrays import NEVER, UNKNOWN, Days
from equipoise.datasets.populations import arm_names, arm_on
from equipoise.datasets.source import Source, imputed
from equipoise.datasets.variables import (
    SOURCES,
    SUBJECT_VARIABLES,
    Variable,
    frame,
    one_source,
    study_day,
    yes_or_null,
)
from equipoise.state.columns import Dates, text_of
from equipoise.state.safety import safety_window
from equipoise.state.tables import Table

EVENT, REPORT = "AE", "SAE REPORT"
ADAE = (
    *SUBJECT_VARIABLES,
    Variable("TRTP", "text", "Arm to which randomized"),
    Variable("TRTA", "text", "Treatment at the day of the event"),
    Variable("AECAT", "text", "AE: adverse event; SAE REPORT: report of a serious one"),
    Variable("AESEQ", "integer", "Number of the form"),
    Variable("AETERM", "text", "Event as entered"),
    Variable("AECLASS", "text", "Class"),
    Variable("AEORG", "text", "Class of the organism"),
    Variable("AEBLOOD", "text", "Blood cells that the term names: PLATELETS, NEUTROPHILS, PLATELETS_AND_NEUTROPHILS"),
    Variable("AETOXGR", "integer", "CTCAE grade"),
    Variable("AESER", "text", "Serious: Y, N"),
    Variable("AESCRIT", "text", "Why serious, codes"),
    Variable("AELNKAE", "integer", "Number of the adverse event that a report is about"),
    Variable("AEFUP", "integer", "Follow-up number of a report"),
    Variable("AERELMSC", "text", "Caused by MSC"),
    Variable("AERELBSX", "text", "Caused by basiliximab"),
    Variable("AEOUT", "text", "Outcome"),
    Variable("ASTDT", "date", "Onset"),
    Variable("ASTDTF", "text", "Imputed part of ASTDT"),
    Variable("ASTDY", "integer", "Study day of onset"),
    Variable("AENDT", "date", "End"),
    Variable("AENDTF", "text", "Imputed part of AENDT"),
    Variable("TRTEMFL", "text", "In the window in which the event counts: Y"),
    SOURCES,
)


def adae(source: Source) -> pl.DataFrame:
    """One row an adverse event or report."""
    window = safety_window(source.tables, source.protocol)
    events = rows(source, source.tables["AE"], EVENT, EVENT_ITEMS, window.ae_from, window.until)
    reports = rows(source, source.tables["SAE"], REPORT, REPORT_ITEMS, window.sae_from, window.until)
    return with_classes(pl.concat([events, reports])).sort(["SUBJID", "AECAT", "AESEQ"], maintain_order=True)


EVENT_ITEMS = {
    "AETERM": "AE_TERM",
    "AECLASS": "AE_CLASS",
    "AEORG": "AE_ORGANISM",
    "AETOXGR": "AE_GRADE",
    "AESER": "AE_SERIOUS",
    "AERELMSC": "AE_CAUSE_MSC",
    "AERELBSX": "AE_CAUSE_BASILIXIMAB",
    "AEOUT": "AE_OUTCOME",
}
REPORT_ITEMS = {
    "AETERM": "SA_TERM",
    "AECLASS": "SA_CLASS",
    "AESCRIT": "SA_CRITERIA",
    "AELNKAE": "SA_AE",
    "AEFUP": "SA_FOLLOW_UP",
    "AERELMSC": "SA_CAUSE_MSC",
    "AERELBSX": "SA_CAUSE_BASILIXIMAB",
    "AEOUT": "SA_OUTCOME",
}
NUMBERS = frozenset({"AETOXGR", "AELNKAE", "AEFUP"})


def rows(source: Source, table: Table, category: str, items: dict[str, str], start: Days, until: Days) -> pl.DataFrame:
    """The rows of one of the two forms; `start` and `until` are the window of each subject."""
    subject = table.subject
    onset, onset_flag = imputed(source, table.dates.earliest, table.dates.latest, subject)
    end_date = table.date("AE_STOP") if category == EVENT else missing_dates(table.size)
    end, end_flag = imputed(source, end_date.earliest, end_date.latest, subject, floor=onset)
    entered = {name: entered_values(table, item, name in NUMBERS) for name, item in items.items()}
    absent = {variable.name for variable in ADAE} - entered.keys()
    columns: dict[str, Any] = {
        **{name: [None] * table.size for name in absent},
        **entered,
        **source.subject_columns(subject),
        "TRTP": [source.arm[i] for i in subject.tolist()],
        "TRTA": arm_names(source, arm_on(source, onset, subject)),
        "AECAT": [category] * table.size,
        "AESEQ": table.repeat,
        "AEBLOOD": [blood_cells(text or "") for text in entered["AETERM"]],
        "ASTDT": onset,
        "ASTDTF": onset_flag,
        "ASTDY": study_day(onset, source.randomized[subject]),
        "AENDT": end,
        "AENDTF": end_flag,
        "TRTEMFL": yes_or_null(in_window(table.dates, start[subject], until[subject])),
        SOURCES.name: one_source(table.record),
    }
    if category == REPORT:
        columns["AESER"] = ["Y"] * table.size
    return frame(ADAE, columns)


def missing_dates(n: int) -> Dates:
    """Dates of which none is known."""
    none = np.full(n, UNKNOWN)
    return Dates(none, none, none)


def entered_values(table: Table, item: str, number: bool) -> list[Any]:
    """An item as entered: text, or a number; None where missing."""
    if number:
        return [None if np.isnan(value) else int(value) for value in table.column(item).tolist()]
    return [text_of(value) or None for value in table.values(item)]


def in_window(dates: Dates, start: Days, until: Days) -> np.ndarray:
    """Whether each date can lie in its window; as `state.safety.in_window` chooses rows."""
    late_enough = (dates.latest >= start) | (dates.latest == UNKNOWN)
    return late_enough & (dates.earliest <= until) & (start != NEVER)


def blood_cells(term: str) -> str:
    """Which blood cells a term names: CTCAE's "Platelet count decreased", "Neutrophil count decreased", or both."""
    low = term.lower()
    named = [name for name, word in (("PLATELETS", "platelet"), ("NEUTROPHILS", "neutrophil")) if word in low]
    return "_AND_".join(named)


def with_classes(frame: pl.DataFrame) -> pl.DataFrame:
    """Reports without a class take it from the adverse event that they name."""
    events = frame.filter(pl.col("AECAT") == EVENT).select("SUBJID", AELNKAE="AESEQ", AECLASS_AE="AECLASS")
    joined = frame.join(events, on=["SUBJID", "AELNKAE"], how="left", maintain_order="left")
    return joined.with_columns(AECLASS=pl.coalesce("AECLASS", "AECLASS_AE")).drop("AECLASS_AE")
