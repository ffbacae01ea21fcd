"""What is due for one subject on a day: visits, the forms of each, and doses.

A visit is due while its window is open and its visit form is not filled. After death, loss to follow-up or withdrawal
of data nothing is due; after the end of visits only the contacts for survival; after the end of treatment no dose.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from equipoise.arrays import NEVER
from equipoise.state.derive import Treatment
from equipoise.state.disposition import Disposition, disposition
from equipoise.state.due_doses import DueDose, planned_doses
from equipoise.state.tables import SubjectTables
from equipoise.state.visits import OpenVisit, VisitDays, calendar, holds, open_visits, planned_days

CONTACT_FORMS = ("CONTACT",)
"""Forms of the follow-up for survival after the end of visits."""
VISIT_FORM = "VISIT"


class DueForm(NamedTuple):
    """A form that is to be filled, and the visit label that it gets."""

    form: str
    visit: str


class Due(NamedTuple):
    """What is due on a day: open visits, forms not yet filled at them, doses whose window is open.

    next_day: the next later day on which a visit or dose has its nominal day; `NEVER` when nothing more is planned.
    """

    visits: tuple[OpenVisit, ...]
    forms: tuple[DueForm, ...]
    doses: tuple[DueDose, ...]
    next_day: int


NOTHING = Due((), (), (), int(NEVER))


def due(tables: SubjectTables, treatment: Treatment, protocol: Any, day: int) -> Due:
    """What is due for one subject on a day."""
    at = disposition(tables, protocol)
    if gone(at, day):
        return NOTHING
    if at.randomized[0] > day:
        return before_randomization(tables, treatment, protocol, at, day)
    only_contacts = bool(at.off_visits[0] <= day)
    days = planned_days(tables, treatment, protocol)
    visits, forms = due_visits(tables, treatment, protocol, days, day, only_contacts=only_contacts)
    treated_on = at.off_treatment[0] > day and not only_contacts
    planned = planned_doses(tables, treatment, protocol, day) if treated_on else []
    doses = tuple(dose for dose in planned if dose.earliest <= day <= dose.latest)
    nominal = days.nominal[0]
    next_visit = int(nominal[nominal > day].min(initial=NEVER))
    return Due(visits, forms, doses, min([next_visit, *(dose.day for dose in planned if dose.day > day)]))


def gone(at: Disposition, day: int) -> bool:
    """Whether nothing more is done for the subject: dead, lost, data withdrawn, or screening failed."""
    return bool(at.dead[0] <= day or at.lost[0] <= day or at.data_withdrawn[0] <= day or at.failed[0] <= day)


def before_randomization(tables: SubjectTables, treatment: Treatment, protocol: Any, at: Disposition, day: int) -> Due:
    """The forms of screening: those of visits that end with randomization."""
    plan = calendar(protocol)
    visits, forms = [], []
    for place in np.flatnonzero(plan.latest <= 0):
        if plan.axes[place] == "study" and at.screened[0] <= day:
            visit = plan.ids[place]
            visits.append(OpenVisit(visit, day, int(at.screened[0]), day))
            forms += [DueForm(form, visit) for form in missing_forms(tables, treatment, protocol, int(place), day)]
    return Due(tuple(visits), tuple(forms), (), int(NEVER))


def due_visits(
    tables: SubjectTables,
    treatment: Treatment,
    protocol: Any,
    days: VisitDays,
    day: int,
    *,
    only_contacts: bool = False,
) -> tuple[tuple[OpenVisit, ...], tuple[DueForm, ...]]:
    """Visits whose window is open and that are not held yet, and the forms missing at them."""
    plan = calendar(protocol)
    visits: list[OpenVisit] = []
    forms: list[DueForm] = []
    for visit in open_visits(tables, treatment, protocol, days, day):
        place = plan.place(visit.id)
        if tables.filled(VISIT_FORM, visit.id):
            continue
        missing = missing_forms(tables, treatment, protocol, place, day)
        if only_contacts:
            missing = [form for form in missing if form in CONTACT_FORMS]
        if missing:
            visits.append(visit)
            forms += [DueForm(form, visit.id) for form in missing]
    return tuple(visits), tuple(forms)


def missing_forms(tables: SubjectTables, treatment: Treatment, protocol: Any, place: int, day: int) -> list[str]:
    """Forms scheduled at a visit that have no instance with its label (or at all, if they are filled once)."""
    visit = calendar(protocol).ids[place]
    return [
        form
        for form, rule in calendar(protocol).forms[place]
        if not tables.filled(form, visit if protocol.forms[form].repeats else None)
        and (rule is None or holds(rule, tables, treatment, protocol, day))
    ]
