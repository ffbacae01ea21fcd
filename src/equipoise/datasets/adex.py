"""ADEX: one row a dose of MSC or basiliximab, and one a period of a calcineurin inhibitor, steroid or other agent.

The dose of MSC is what was delivered: viable cells per kg of dosing weight. A period that goes on has no end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from equipoise.arrays import Floats
from equipoise.datasets.adae import missing_dates
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
from equipoise.state.columns import text_of
from equipoise.state.product_dose import delivered_cells_per_kg
from equipoise.state.steroid_course import steroid_periods
from equipoise.state.tables import Table

ADEX = (
    *SUBJECT_VARIABLES,
    Variable("TRTP", "text", "Arm to which randomized"),
    Variable("EXCAT", "text", "Form: MSC, BASILIXIMAB, CNI, STEROID, OTHER_AGENT"),
    Variable("EXTRT", "text", "Drug"),
    Variable("EXSEQ", "integer", "Number of the form"),
    Variable("EXDOSE", "float", "Dose"),
    Variable("EXDOSU", "text", "Unit of the dose"),
    Variable("EXMPDOSE", "float", "Steroid: daily dose in methylprednisolone, mg"),
    Variable("EXROUTE", "text", "Route"),
    Variable("EXREAS", "text", "Reason, indication or context"),
    Variable("ASTDT", "date", "Date of the dose, or first day of the period"),
    Variable("ASTDTF", "text", "Imputed part of ASTDT"),
    Variable("ASTDY", "integer", "Study day of ASTDT"),
    Variable("EXSTTM", "text", "Start time"),
    Variable("AENDT", "date", "Last day of the period"),
    Variable("AENDTF", "text", "Imputed part of AENDT"),
    Variable("POSTFL", "text", "On or after randomization: Y"),
    Variable("REACTFL", "text", "Infusion-related event: Y, N"),
    Variable("EXLOT", "text", "MSC: lot"),
    Variable("EXBAG", "text", "MSC: bag"),
    Variable("EXPASS", "integer", "MSC: passage"),
    SOURCES,
)
UNITS = {"MSC": "viable cells/kg", "BASILIXIMAB": "mg", "CNI": "mg/day", "STEROID": "mg/day", "OTHER_AGENT": "mg/day"}
ITEMS = {  # drug, end, route, reason, reaction; "" where the form has no such item
    "MSC": ("", "", "", "MS_CONTEXT", "MS_REACTION"),
    "BASILIXIMAB": ("", "", "", "", "BX_REACTION"),
    "CNI": ("CN_DRUG", "CN_STOP", "", "CN_REASON", ""),
    "STEROID": ("ST_DRUG", "ST_STOP", "ST_ROUTE", "ST_REASON", ""),
    "OTHER_AGENT": ("OA_AGENT", "OA_STOP", "OA_ROUTE", "OA_INDICATION", ""),
}


def adex(source: Source) -> pl.DataFrame:
    """One row a dose or period."""
    frames = [rows(source, form) for form in ITEMS if form in source.tables.layouts]
    return pl.concat(frames).sort(["SUBJID", "EXCAT", "ASTDT", "EXSEQ"], maintain_order=True)


def viable_cells_per_kg(table: Table) -> Floats:
    """Viable cells/kg that each MSC dose delivered, rounded to whole cells; NaN where a part of it is missing."""
    return np.round(
        delivered_cells_per_kg(
            cells_in_bag=table.column("MS_TOTAL") * 1e6,
            bag_ml=table.column("MS_BAG_VOLUME"),
            viability=table.column("MS_VIABILITY") / 100,
            volume_ml=table.column("MS_VOLUME"),
            weight_kg=table.column("MS_WEIGHT"),
        )
    )


DOSES: dict[str, Callable[[Table], Floats]] = {
    "MSC": viable_cells_per_kg,
    "BASILIXIMAB": lambda table: table.column("BX_DOSE"),
    "CNI": lambda table: table.column("CN_DOSE"),
    "STEROID": lambda table: table.column("ST_DOSE"),
    "OTHER_AGENT": lambda table: table.column("OA_DOSE"),
}


def rows(source: Source, form: str) -> pl.DataFrame:
    """The rows of one form."""
    table = source.tables[form]
    drug, end_item, route, reason, reaction = ITEMS[form]
    subject, n = table.subject, table.size
    start, start_flag = imputed(source, table.dates.earliest, table.dates.latest, subject)
    ends = table.date(end_item) if end_item else missing_dates(n)
    end, end_flag = imputed(source, ends.earliest, ends.latest, subject, floor=start)
    product = form == "MSC"
    columns: dict[str, Any] = {
        **source.subject_columns(subject),
        "TRTP": [source.arm[i] for i in subject.tolist()],
        "EXCAT": [form] * n,
        "EXTRT": texts(table, drug) if drug else [form] * n,
        "EXSEQ": table.repeat,
        "EXDOSE": DOSES[form](table),
        "EXDOSU": [UNITS[form]] * n,
        "EXMPDOSE": steroid_periods(source.tables, source.protocol).mg if form == "STEROID" else [None] * n,
        "EXROUTE": texts(table, route),
        "EXREAS": texts(table, reason),
        "ASTDT": start,
        "ASTDTF": start_flag,
        "ASTDY": study_day(start, source.randomized[subject]),
        "EXSTTM": texts(table, table.layout.time),
        "AENDT": end,
        "AENDTF": end_flag,
        "POSTFL": yes_or_null(start >= source.randomized[subject]),
        "REACTFL": texts(table, reaction),
        "EXLOT": texts(table, "MS_LOT" if product else ""),
        "EXBAG": texts(table, "MS_BAG" if product else ""),
        "EXPASS": table.column("MS_PASSAGE") if product else [None] * n,
        SOURCES.name: one_source(table.record),
    }
    return frame(ADEX, columns)


def texts(table: Table, item: str) -> list[str]:
    """An item as entered; "" without one."""
    if not item:
        return [""] * table.size
    return [text_of(value) for value in table.values(item)]
