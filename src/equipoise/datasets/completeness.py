"""How complete a subject's data are: visits held, forms entered, corrected and entered late.

Due are the visits whose nominal day came by the cutoff and before the subject died, was lost, left the visits or
withdrew the use of data, and the forms that the schedule asks for at them. Conditional ones do not count.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from equipoise.arrays import NEVER, UNKNOWN, Days
from equipoise.datasets.source import Source, date_item
from equipoise.datasets.variables import Variable
from equipoise.days import day_of, parse_date
from equipoise.state.columns import text_of
from equipoise.state.disposition import disposition
from equipoise.state.visits import calendar, planned_days

LATE_AFTER_DAYS = 14
"""A form entered later than this after its date is late."""
VISIT = "VISIT"
VARIABLES = (
    Variable("VISDUE", "integer", "Visits due by the cutoff"),
    Variable("VISHELD", "integer", "Of these, held"),
    Variable("FRMDUE", "integer", "Forms due at these visits"),
    Variable("FRMENT", "integer", "Of these, entered"),
    Variable("FRMCUR", "integer", "Forms entered, at visits or not"),
    Variable("FRMCORR", "integer", "Of these, corrected at least once"),
    Variable("FRMDATED", "integer", "Forms entered that are dated to the day"),
    Variable("FRMLATE", "integer", "Of these, entered more than 14 days after their date"),
)


def columns(source: Source) -> dict[str, Any]:
    """Counts of each screened subject."""
    due, held, forms_due, forms_entered = visits_and_forms(source)
    counts = np.array([entered_counts(source, records) for records in source.filled], np.int64).reshape(source.n, 4)
    names = [variable.name for variable in VARIABLES]
    return dict(zip(names, (due, held, forms_due, forms_entered, *counts.T)))


def last_due(source: Source) -> Days:
    """Last day on which a visit can be due for each subject, int32 [n_subjects]."""
    at = disposition(source.tables, source.protocol)
    ends = (at.dead, at.lost, at.off_visits, at.data_withdrawn)
    return np.minimum.reduce([np.where(end == UNKNOWN, NEVER, end) - (end < NEVER) for end in ends] + [_full(source)])


def _full(source: Source) -> Days:
    return np.full(source.n, source.cutoff)


def visits_and_forms(source: Source) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Visits due and held, forms due and entered; int64 [n_subjects] each."""
    plan = calendar(source.protocol)
    nominal = planned_days(source.tables, source.treatment, source.protocol).nominal
    always = np.array([place not in plan.conditions for place in range(len(plan.ids))])
    is_due = (nominal <= last_due(source)[:, np.newaxis]) & (nominal != NEVER) & always
    entered = {form: filled_visits(source, form) for form in {form for forms in plan.forms for form, _ in forms}}
    held = held_visits(source)
    counts = np.zeros((4, source.n), np.int64)
    for place, visit in enumerate(plan.ids):
        asked = [form for form, rule in plan.forms[place] if rule is None]
        due = is_due[:, place]
        if VISIT in asked:
            counts[0] += due
            counts[1] += due & held.get(visit, np.zeros(source.n, np.bool_))
        for form in asked:
            counts[2] += due
            counts[3] += due & entered[form].get(visit, np.zeros(source.n, np.bool_))
    return counts[0], counts[1], counts[2], counts[3]


def filled_visits(source: Source, form: str) -> dict[str, np.ndarray]:
    """By visit label, which subjects have an instance of a form; a form that is filled once counts at its visit."""
    table = source.tables[form]
    found: dict[str, np.ndarray] = {}
    for visit, subject in zip(table.visit, table.subject.tolist()):
        found.setdefault(visit, np.zeros(source.n, np.bool_))[subject] = True
    return found


def held_visits(source: Source) -> dict[str, np.ndarray]:
    """By visit label, which subjects came."""
    table = source.tables[VISIT]
    done = table.column("VI_STATUS") == table.place("VI_STATUS", "DONE")
    found: dict[str, np.ndarray] = {}
    for visit, subject, was in zip(table.visit, table.subject.tolist(), done.tolist()):
        if was:
            found.setdefault(visit, np.zeros(source.n, np.bool_))[subject] = True
    return found


def entered_counts(source: Source, records: list[Any]) -> tuple[int, int, int, int]:
    """Of one subject's current forms: how many, corrected, dated to the day, late."""
    corrected = dated = late = 0
    for record, first in records:
        corrected += record.version > 1
        text = text_of((first.payload or {}).get(date_item(first, source.tables.layouts)))
        if len(text) == 10:
            dated += 1
            late += day_of(first.at) - parse_date(text).earliest > LATE_AFTER_DAYS
    return len(records), corrected, dated, late
