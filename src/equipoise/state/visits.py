"""Visits: when each is due, which assessment belongs to which, which are open on a day.

Days of a visit count from the origin of its axis. A visit does not exist for an arm that it does not name, nor while
its condition is not true, nor before the origin of its axis is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from equipoise.arrays import NEVER, UNKNOWN, Days, Flags
from equipoise.rules import Outcome
from equipoise.state.axes import first_msc, gives_msc, last_study_drug, randomized_on, second_line_origin
from equipoise.state.catalogue import derived
from equipoise.state.derive import Treatment, derivation
from equipoise.state.once import once_a_protocol
from equipoise.state.tables import SubjectTables, Tables

UNSCHEDULED = -1
"""An assessment that belongs to no visit."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The visits of a protocol as columns [n_visits], in its order.

    nominal, earliest, latest: elapsed days from the origin of the axis, int32. arms: bool [n_visits, n_arms + 1], the
    last column for subjects without an arm. conditions: rule of each conditional visit by its place. forms: the forms
    done at each visit, with the rule while which they are due (None: always).
    """

    ids: tuple[str, ...]
    axes: tuple[str, ...]
    nominal: Days
    earliest: Days
    latest: Days
    arms: Flags
    conditions: dict[int, Any]
    forms: tuple[tuple[tuple[str, Any], ...], ...]

    def place(self, visit: str) -> int:
        """Place of a visit."""
        return self.ids.index(visit)


@once_a_protocol
def calendar(protocol: Any) -> Calendar:
    """The visits of a protocol, made ready."""
    visits = protocol.visits
    arms = [arm.id for arm in protocol.arms]
    return Calendar(
        ids=tuple(visit.id for visit in visits),
        axes=tuple(visit.axis for visit in visits),
        nominal=np.array([visit.nominal for visit in visits], np.int32),
        earliest=np.array([visit.earliest for visit in visits], np.int32),
        latest=np.array([visit.latest for visit in visits], np.int32),
        arms=np.array([[not visit.arms or arm in visit.arms for arm in [*arms, None]] for visit in visits], np.bool_),
        conditions={place: visit.only_if for place, visit in enumerate(visits) if visit.only_if is not None},
        forms=tuple(_forms_at(visit, protocol.schedule) for visit in visits),
    )


def _forms_at(visit: Any, schedule: Any) -> tuple[tuple[str, Any], ...]:
    names = {visit.id, visit.repeat_of}
    return tuple((line.form, line.while_) for line in schedule if not line.event and names & set(line.visits))


class VisitDays(NamedTuple):
    """Nominal, earliest and latest day of each visit, int32 [n_subjects, n_visits]; `NEVER` where there is none."""

    nominal: Days
    earliest: Days
    latest: Days


def axis_origins(tables: Tables, treatment: Treatment, protocol: Any) -> dict[str, Days]:
    """Day 0 of each axis of the protocol, int32 [n_subjects]; `NEVER` while it is not there."""
    drug = last_study_drug(tables, protocol)
    events = {
        "randomization": randomized_on(tables, protocol),
        "first_dose_of_basiliximab": second_line_origin(tables, protocol),
        "first_msc": np.where(gives_msc(treatment, protocol), first_msc(tables, protocol), NEVER),
        "last_dose_of_study_drug": np.where(drug == UNKNOWN, NEVER, drug),
    }
    return {
        name: events[axis.origin] if isinstance(axis.origin, str) else treatment.cycle_origin
        for name, axis in protocol.axes.items()
    }


@derivation(using=(randomized_on, second_line_origin, first_msc, last_study_drug), treated=True)
def planned_days(tables: Tables, treatment: Treatment, protocol: Any) -> VisitDays:
    """Days of all visits that the arm has, whether or not their conditions hold."""
    plan, origins = calendar(protocol), axis_origins(tables, treatment, protocol)
    origin = np.array([origins[axis] for axis in plan.axes]).T
    exists = (origin != NEVER) & plan.arms.T[treatment.arm]
    origin = np.where(exists, origin, 0)
    return VisitDays(*(np.where(exists, origin + day, NEVER) for day in (plan.nominal, plan.earliest, plan.latest)))


def assigned_visits(tables: Tables, treatment: Treatment, protocol: Any, form: str) -> np.ndarray:
    """The visit that each row of a form belongs to: place in the calendar, int64 [n_rows]; -1 is unscheduled.

    The visit with the smallest distance inside its window, ties to the earlier; one assessment a visit, the nearest.
    """
    table, plan = tables[form], calendar(protocol)
    if table.size == 0:
        return np.zeros(0, np.int64)
    days = planned_days(tables, treatment, protocol)
    asks = np.array([any(form == name for name, _ in forms) for forms in plan.forms])
    day = table.day[:, None]
    nominal, earliest, latest = (column[table.subject] for column in days)
    inside = asks & (day >= earliest) & (day <= latest) & (nominal != NEVER) & (day != UNKNOWN)
    away = np.where(inside, np.abs(day.astype(np.int64) - nominal), NEVER)
    # Nearest visit of each row; of equally near ones the earlier nominal day.
    order = away * 2**32 + np.where(inside, nominal, 0)
    visit = order.argmin(axis=1)
    rows = np.arange(table.size)
    visit = np.where(inside[rows, visit], visit, UNSCHEDULED)
    return _one_a_visit(visit, away[rows, visit], table.subject)


def _one_a_visit(visit: np.ndarray, away: np.ndarray, subject: np.ndarray) -> np.ndarray:
    """Of several rows of one visit the nearest keeps it, ties to the earlier row."""
    order = np.lexsort((np.arange(visit.size), away, visit, subject))
    same = (visit[order][1:] == visit[order][:-1]) & (subject[order][1:] == subject[order][:-1])
    result = visit.copy()
    result[order[1:][same]] = UNSCHEDULED
    return result


class OpenVisit(NamedTuple):
    """A visit of one subject: id, nominal day, first and last day of its window."""

    id: str
    day: int
    earliest: int
    latest: int


def open_visits(
    tables: SubjectTables, treatment: Treatment, protocol: Any, days: VisitDays, day: int
) -> list[OpenVisit]:
    """Visits of one subject whose window is open on a day and whose condition holds; `days` are its `planned_days`."""
    plan = calendar(protocol)
    found = []
    window = (days.earliest[0] <= day) & (days.latest[0] >= day)
    for place in window.nonzero()[0].tolist():
        rule = plan.conditions.get(place)
        if rule is None or holds(rule, tables, treatment, protocol, day):
            found.append(OpenVisit(plan.ids[place], *(int(column[0, place]) for column in days)))
    return found


def holds(rule: Any, tables: Tables, treatment: Treatment, protocol: Any, day: int) -> bool:
    """Whether a condition over derived values is true for one subject on a day; unknown is not true."""
    return rule.evaluate(derived(rule.names, tables, protocol, day, treatment)) is Outcome.TRUE
