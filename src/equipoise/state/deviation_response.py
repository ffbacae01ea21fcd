"""Deviations that concern the response at day 28: early agents, early cross-over, the primary assessment."""

from __future__ import annotations

from collections.abc import Callable

from equipoise.arrays import UNKNOWN, Days
from equipoise.state import response
from equipoise.state.axes import gives_msc
from equipoise.state.doses import days_after
from equipoise.state.found import Asked, Found, by_rows, by_subjects
from equipoise.state.parameters import parameters
from equipoise.state.responses import course_of, dosing_response, main_assessments
from equipoise.state.segments import NO_ROW
from equipoise.state.therapy import crossover, other_agent_rows


def cycle_day(asked: Asked, day: int) -> Days:
    """A day of the cycle of each subject (day 1 is its origin); `NEVER` for those who were not randomized."""
    return days_after(asked.treatment.cycle_origin, day - 1)


def early_agent(asked: Asked) -> list[Found]:
    """Another systemic agent for acute GVHD, started after randomization and before the cycle day that allows it."""
    table = asked.tables["OTHER_AGENT"]
    first = cycle_day(asked, asked.protocol.treatments.other_agents.after_cycle_day)[table.subject]
    after = (table.day >= asked.randomized[table.subject]) & (table.day != UNKNOWN) & (table.day < first)
    return by_rows(table, other_agent_rows(asked.tables, asked.protocol) & after)


def early_crossover(asked: Asked) -> list[Found]:
    """MSC given to a control before day 28, however early it was assessed, or although the response was not "none"."""
    table, protocol = asked.tables["MSC"], asked.protocol
    event = crossover(asked.tables, asked.treatment, protocol)
    decision = parameters(protocol).decision
    found = dosing_response(asked.tables, asked.treatment, protocol, decision)
    day28 = cycle_day(asked, protocol.treatments.msc.decision_day)
    responded = response.responded(found.code)
    first = (table.day == event.day[table.subject]) & ~gives_msc(asked.treatment, protocol)[table.subject]
    return by_rows(table, first & ((event.day < day28) | responded)[table.subject])


def primary_assessment(asked: Asked) -> list[Found]:
    """No complete assessment by the deciding evaluator in the day-28 window of a subject alive at its end."""
    tables, protocol = asked.tables, asked.protocol
    window = parameters(protocol).response.day28
    last = cycle_day(asked, window.latest + 1)
    rated = main_assessments(tables, protocol)
    course = course_of(tables, asked.treatment, protocol)
    missing = response.response(rated, course, window).row == NO_ROW
    return by_subjects(missing & (last < asked.day) & asked.present(last), last)


RULES: dict[str, Callable[[Asked], list[Found]]] = {
    "EARLY_AGENT": early_agent,
    "XOVER_EARLY": early_crossover,
    "VISIT_WINDOW": primary_assessment,
}
