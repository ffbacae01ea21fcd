"""New systemic therapy for acute GVHD, and cross-over to MSC.

New is what was started after randomization for acute GVHD, or for an indication that is not known. MSC in an arm that
does not give them count, and so does a steroid raised to the limit after its taper began. Continued prophylaxis,
protocol basiliximab and MSC, changes between calcineurin inhibitors and donor lymphocytes do not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from equipoise.arrays import NEVER, UNKNOWN, Flags
from equipoise.state.axes import gives_msc, randomized_on
from equipoise.state.columns import NO_TIME, Minutes
from equipoise.state.derive import Treatment, derivation
from equipoise.state.events import NO_RECORD, Event, earlier, first_event, no_event
from equipoise.state.segments import NO_ROW, take
from equipoise.state.steroid_course import steroid_reescalated
from equipoise.state.tables import Table, Tables

SYSTEMIC_BY_ANY_ROUTE = ("ECP", "FMT")
"""Agents that count whatever route is entered: photopheresis and faecal transplant."""


class NewTherapy(NamedTuple):
    """New systemic therapy of each subject: the first, its minute of the day, and the first that is no cross-over."""

    first: Event
    minute: Minutes
    without_crossover: Event
    minute_without_crossover: Minutes


def other_agent_rows(tables: Tables, protocol: object) -> Flags:
    """Rows of other agents that count as new systemic therapy if they started after randomization."""
    table = tables["OTHER_AGENT"]
    rules = protocol.new_systemic_therapy  # type: ignore[attr-defined]
    for_gvhd = (table.column("OA_INDICATION") < 0) | table.among("OA_INDICATION", rules.indications)
    local = table.among("OA_ROUTE", rules.routes_excluded) & ~table.among("OA_AGENT", SYSTEMIC_BY_ANY_ROUTE)
    return for_gvhd & ~local & ~before_randomization(tables, protocol, table)


def before_randomization(tables: Tables, protocol: object, table: Table) -> Flags:
    """Rows that started on the day of randomization at an earlier minute; without both times, none."""
    if table.size == 0:
        return np.zeros(0, np.bool_)
    randomization = tables["RANDOMIZATION"]
    minute = np.full(tables.n, NO_TIME)
    minute[randomization.subject] = randomization.column("RN_TIME")
    known = (minute[table.subject] != NO_TIME) & (table.minute != NO_TIME)
    same_day = table.day == randomized_on(tables, protocol)[table.subject]
    return same_day & known & (table.minute < minute[table.subject])


def crossover(tables: Tables, treatment: Treatment, protocol: object, impute: bool = False) -> Event:
    """First MSC dose of subjects whose arm does not give MSC."""
    table = tables["MSC"]
    if table.size == 0:
        return no_event(tables.n)
    rows = ~gives_msc(treatment, protocol)[table.subject]
    return first_event(table, rows, randomized_on(tables, protocol), impute=impute)


def new_therapy(tables: Tables, treatment: Treatment, protocol: object, impute: bool = False) -> NewTherapy:
    """First new systemic therapy for acute GVHD of each subject."""
    agents = tables["OTHER_AGENT"]
    added = first_event(agents, other_agent_rows(tables, protocol), randomized_on(tables, protocol), impute=impute)
    raised = steroid_event(tables, protocol)
    other = earlier(added, raised)
    other_minute = np.where(other.record == added.record, take(agents.minute, added.row, NO_TIME), NO_TIME)
    over = crossover(tables, treatment, protocol, impute)
    first = earlier(other, over)
    over_minute = take(tables["MSC"].minute, over.row, NO_TIME)
    minute = np.where(other.day <= over.day, other_minute, over_minute)
    return NewTherapy(first, minute, other, other_minute)


@derivation("OTHER_AGENT", "MSC", "STEROID", using=(randomized_on, steroid_reescalated), treated=True)
def earliest_therapy(tables: Tables, treatment: Treatment, protocol: object) -> NewTherapy:
    """First new systemic therapy, on the earliest day that its date can mean: what it may precede, it precedes."""
    return new_therapy(tables, treatment, protocol, impute=True)


def steroid_event(tables: Tables, protocol: object) -> Event:
    """The raise of the steroid that counts as new therapy, with the record of that dose."""
    day = steroid_reescalated(tables, protocol)
    table = tables["STEROID"]
    record, row = np.full(tables.n, NO_RECORD), np.full(tables.n, NO_ROW, np.int64)
    if (day != NEVER).any():
        at = np.flatnonzero((table.day <= day[table.subject]) & (table.day != UNKNOWN) & (day != NEVER)[table.subject])
        np.maximum.at(row, table.subject[at], at)
        record = take(table.record, row, NO_RECORD)
    return Event(day, record, row)
