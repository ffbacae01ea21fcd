"""How the trial was conducted: protocol deviations by code, and completeness of the data."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from equipoise.analysis.counting import NAN
from equipoise.analysis.data import Data
from equipoise.analysis.response import path_endpoints
from equipoise.analysis.results import Row
from equipoise.analysis.sheet import Sheet
from equipoise.arrays import Flags
from equipoise.datasets.addv import DERIVED
from equipoise.protocol.endpoints import Analysis

ALL = "ALL"
KNOWN_WITHIN_DAYS = 122
"""Vital status is known of a subject seen alive in the last 4 months of follow-up: three months between contacts, and a
window."""
COUNTS: Mapping[str, tuple[str, str]] = {
    "visits_held": ("VISDUE", "VISHELD"),
    "forms_entered": ("FRMDUE", "FRMENT"),
    "forms_corrected": ("FRMCUR", "FRMCORR"),
    "forms_late": ("FRMDATED", "FRMLATE"),
}
"""Endpoint to the variables of ADSL with what was due and what was done."""
DEAD, NOT_ASSESSED = "DEAD", "MISSING"


def deviations(data: Data, analysis: Analysis) -> list[Row]:
    """Deviations that the rules of the protocol find, and subjects with at least one, by code."""
    sheet = Sheet(analysis.id, population=analysis.population)
    members = data.members(analysis.population)
    subjects = {subject for subject, place in data.place.items() if members[place]}
    found = data.datasets.addv.filter((pl.col("DVCAT") == DERIVED) & pl.col("SUBJID").is_in(list(subjects)))
    for declared in data.protocol.deviations:
        of_code = found.filter(pl.col("DVCODE") == declared.code)
        for group in (*data.arms, ALL):
            here = of_code if group == ALL else of_code.filter(pl.col("TRTP") == group)
            sheet.of(declared.code).put(group, "count", here.height)
            sheet.of(declared.code).put(group, "subjects", here["SUBJID"].n_unique() if here.height else 0)
    return sheet.rows


def completeness(data: Data, analysis: Analysis) -> list[Row]:
    """What was done of what was due: assessments and vital status by arm, visits and forms in all."""
    sheet = Sheet(analysis.id, population=analysis.population)
    members = data.members(analysis.population)
    for day, endpoint in zip(("day28_assessed", "day56_assessed"), path_endpoints(data, analysis)):
        code = data.answers(endpoint).code
        by_arm(sheet.of(day), data, members & (code != DEAD), code != NOT_ASSESSED)
    by_arm(sheet.of("vital_status_known"), data, members, vital_status_known(data))
    for name, (due, done) in COUNTS.items():
        total(sheet.of(name), ALL, *(float(np.nansum(data.number(one)[members])) for one in (due, done)))
    return sheet.rows


def by_arm(sheet: Sheet, data: Data, due: Flags, done: Flags) -> None:
    """Subjects due and done in each arm."""
    for group in data.arms:
        here = due & (data.arm == group)
        total(sheet, group, int(here.sum()), int((here & done).sum()))


def total(sheet: Sheet, group: str, due: float, done: float) -> None:
    """n, count and proportion."""
    sheet.put(group, "n", due)
    sheet.put(group, "count", done)
    sheet.put(group, "proportion", done / due if due else NAN)


def vital_status_known(data: Data) -> Flags:
    """Subjects who died, or were seen alive near the last day on which anybody was."""
    last = data.number_of_day("LSTALVDT")
    if data.n == 0 or np.isnan(last).all():
        return np.zeros(data.n, np.bool_)
    return data.known("DTHDT") | (last >= np.nanmax(last) - KNOWN_WITHIN_DAYS)
