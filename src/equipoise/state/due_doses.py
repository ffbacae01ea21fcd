"""Doses of one subject that are due on a day: basiliximab, calcineurin inhibitor, steroid taper, MSC."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from equipoise.arrays import NEVER, Flags
from equipoise.state.axes import gives_msc, second_line_origin, second_line_start
from equipoise.state.catalogue import derived
from equipoise.state.continuation import continuation, may_continue
from equipoise.state.derive import Treatment
from equipoise.state.doses import (
    FIRST_DOSE,
    Given,
    Places,
    basiliximab_given,
    basiliximab_places,
    basiliximab_stopped,
    msc_given,
    msc_places,
    msc_start_due,
    second_line_due,
)
from equipoise.state.parameters import parameters
from equipoise.state.segments import NO_ROW
from equipoise.state.steroid_course import mg_on
from equipoise.state.tables import SubjectTables, Tables
from equipoise.state.taper import taper_days, taper_steps

LAST_STEP_DAYS = 7
"""The last step of the taper is looked for so many days."""


class DueDose(NamedTuple):
    """A dose that is due: treatment (key of the protocol), its place in the regimen from 1, nominal day and window.

    amount, unit: basiliximab mg; steroid mg/day of methylprednisolone; MSC cells/kg; NaN where the protocol names none.
    """

    treatment: str
    number: int
    day: int
    earliest: int
    latest: int
    amount: float
    unit: str


def planned_doses(tables: SubjectTables, treatment: Treatment, protocol: Any, day: int) -> list[DueDose]:
    """The doses not given that lie ahead or whose window is open, the next one or two of each regimen."""
    regimens = protocol.treatments
    found: list[DueDose] = []
    if regimens.basiliximab is not None:
        found += basiliximab_planned(tables, protocol, day)
    if regimens.msc is not None and gives_msc(treatment, protocol)[0]:
        found += msc_planned(tables, treatment, protocol, day)
    if regimens.cni is not None:
        found += cni_planned(tables, treatment, protocol, day)
    if regimens.steroid_taper is not None:
        found += taper_planned(tables, protocol, day)
    return found


def basiliximab_planned(tables: Tables, protocol: Any, day: int) -> list[DueDose]:
    """The first dose within the days after randomization; then the next places, until basiliximab has stopped."""
    rules = protocol.treatments.basiliximab
    if second_line_start(tables, protocol)[0] == NEVER:
        first, last = (int(days[0]) for days in second_line_due(tables, protocol))
        return [DueDose("basiliximab", FIRST_DOSE, first, first, last, rules.dose, rules.unit)]
    given, places = basiliximab_given(tables, protocol), basiliximab_places(protocol)
    ahead = places_ahead(given, places, day)
    if np.count_nonzero(ahead):
        ahead &= ~basiliximab_stopped(tables, protocol, np.array([day], np.int32))[0]
    return _next_places("basiliximab", given, places, ahead, rules.dose, "mg")


def msc_planned(tables: Tables, treatment: Treatment, protocol: Any, day: int) -> list[DueDose]:
    """The first dose within the days of second-line treatment; then the cycle; then by the decision of day 28."""
    rules = protocol.treatments.msc
    given = msc_given(tables, treatment, protocol)
    amount, unit = rules.dose_cells_per_kg, "cells/kg"
    if given.nominal[0, 0] == NEVER:
        first, last = (int(days[0]) for days in msc_start_due(tables, protocol))
        return [DueDose("msc", FIRST_DOSE, first, first, last, amount, unit)]
    ahead = places_ahead(given, msc_places(protocol), day)
    further = ahead[len(rules.cycle_days) :]
    if np.count_nonzero(further) and not further_doses_allowed(
        tables, treatment, protocol, day, int((given.place >= 0).sum())
    ):
        further[:] = False
    planned = _next_places("msc", given, msc_places(protocol), ahead, amount, unit)
    last_given = tables["MSC"].day[given.place >= 0].max()
    soonest = int(last_given) + rules.interval_days[0]
    return [dose._replace(earliest=max(dose.earliest, min(soonest, dose.latest))) for dose in planned]


def further_doses_allowed(tables: Tables, treatment: Treatment, protocol: Any, day: int, given: int) -> bool:
    """Whether MSC may be given after the first cycle: the decision of day 28, and fewer than the most doses."""
    first = int(treatment.cycle_origin[0]) + parameters(protocol).decision.earliest
    if day < first or given >= protocol.treatments.msc.max_doses:
        return False
    return bool(may_continue(continuation(tables, treatment, protocol, day), np.array([day]))[0])


def places_ahead(given: Given, places: Places, day: int) -> Flags:
    """Places of one subject that were not given and whose window is not over, bool [n_places]."""
    return (given.row[0] == NO_ROW) & (given.nominal[0] + places.after >= day)


def _next_places(name: str, given: Given, places: Places, ahead: Flags, amount: float, unit: str) -> list[DueDose]:
    """The first two of the places ahead."""
    nominal = given.nominal[0]
    return [
        DueDose(
            name,
            int(place) + 1,
            int(nominal[place]),
            int(nominal[place] + places.before[place]),
            int(nominal[place] + places.after[place]),
            amount,
            unit,
        )
        for place in ahead.nonzero()[0][:2]
    ]


def cni_planned(tables: Tables, treatment: Treatment, protocol: Any, day: int) -> list[DueDose]:
    """A calcineurin inhibitor from its start to the end of the first cycle, while none is being given."""
    rules = protocol.treatments.cni
    start = int(second_line_origin(tables, protocol)[0]) + rules.start_day - 1
    last = int(treatment.cycle_origin[0]) + parameters(protocol).response.day28.nominal
    if day > last or derived(["on_cni"], tables, protocol, max(day, start)).get("on_cni"):
        return []
    return [DueDose("cni", FIRST_DOSE, start, start, last, float("nan"), "")]


def taper_planned(tables: Tables, protocol: Any, day: int) -> list[DueDose]:
    """The last step of the taper that should have been taken, if the dose is still higher; and the next one."""
    days = taper_days(tables, protocol)[0]
    if days[0] == NEVER or day > days[-1] + LAST_STEP_DAYS:
        return []
    amounts = taper_steps(tables, protocol).mg[0]
    if np.isnan(amounts[0]):
        return []
    found = []
    passed = (days <= day).nonzero()[0]
    if passed.size:
        step = int(passed[-1])
        if mg_on(tables, protocol, day) > amounts[step] * (1 + parameters(protocol).resistance.noise):
            found.append(step)
    found += [int(step) for step in (days > day).nonzero()[0][:1]]
    ends = [*(int(later) - 1 for later in days[1:]), int(days[-1]) + LAST_STEP_DAYS]
    return [
        DueDose("steroid_taper", step + 1, int(days[step]), int(days[step]), ends[step], float(amounts[step]), "mg/day")
        for step in found
    ]
