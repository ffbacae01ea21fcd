"""Deviations of eligibility, consent, allocation, calcineurin inhibitor and steroid taper."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from equipoise.arrays import NEVER, UNKNOWN, Flags
from equipoise.rules import Outcome
from equipoise.state.axes import gives_msc, second_line_origin, second_line_start
from equipoise.state.catalogue import derived
from equipoise.state.columns import NO_TIME
from equipoise.state.doses import days_after
from equipoise.state.found import Asked, Found, by_rows, by_subjects, records_of
from equipoise.state.inputs import item_inputs
from equipoise.state.persons import persons
from equipoise.state.segments import count, first_day, has_any, lowest
from equipoise.state.steroid_course import steroid_periods, taper_course
from equipoise.state.tables import Table, TrialTables
from equipoise.state.therapy import earliest_therapy


def against_criterion(asked: Asked, code: str) -> list[Found]:
    """Subjects randomized although a criterion with this code spoke against them, by what is recorded now."""
    protocol, form = asked.protocol, asked.protocol.eligibility.form
    criteria = [criterion for criterion in protocol.eligibility.criteria if criterion.deviation == code]
    members = asked.tables.members if isinstance(asked.tables, TrialTables) else [asked.tables]
    found = []
    for subject, day in enumerate(asked.randomized):
        tables = members[subject]
        for criterion in criteria if day != NEVER else ():
            names = criterion.rule.names
            inputs = derived(names, tables, protocol, int(day)) | item_inputs(names, tables, protocol, [form])
            against = Outcome.FALSE if criterion.kind == "inclusion" else Outcome.TRUE
            if criterion.rule.evaluate(inputs) is against:
                found.append(Found(subject, int(day), tuple(int(record) for record in tables[form].record)))
                break
    return found


def consent_order(asked: Asked) -> list[Found]:
    """A study procedure dated before the first consent, or randomization before it or without it."""
    consented = persons(asked.tables, asked.protocol).consented
    found = by_subjects((asked.randomized != NEVER) & randomized_too_early(asked), asked.randomized)
    for form in asked.protocol.forms.values():
        if form.group == "study_procedure" and form.unit_of == "subject" and form.date:
            table = asked.tables[form.id]
            known = table.day_latest != UNKNOWN
            found += by_rows(
                table, known & (table.day_latest < consented[table.subject]) & randomized_rows(asked, table)
            )
    return found


def randomized_too_early(asked: Asked) -> Flags:
    """Whether randomization came before consent: an earlier day, or an earlier minute of the same day."""
    consent, randomization = asked.tables["CONSENT"], asked.tables["RANDOMIZATION"]
    n = asked.tables.n
    consented = persons(asked.tables, asked.protocol).consented
    partial_date = has_any(consent.subject, n, (consent.day == UNKNOWN) & (consent.day_earliest != UNKNOWN))
    minute = np.full(n, NO_TIME)
    minute[randomization.subject] = randomization.column("RN_TIME")
    signed = first_minute(consent, consented)
    same_day = (consented == asked.randomized) & (signed != NO_TIME) & (minute != NO_TIME) & (signed > minute)
    return ((consented > asked.randomized) & ~partial_date) | same_day


def first_minute(consent: Table, consented: np.ndarray) -> np.ndarray:
    """Minute of the first consent of each subject, `NO_TIME` where none was noted."""
    minute = consent.column("CO_TIME")
    on_day = (consent.day == consented[consent.subject]) & (minute != NO_TIME)
    first = lowest(minute, consent.subject, consented.size, on_day, LATER)
    return np.where(first == LATER, NO_TIME, first)


LATER = np.int16(24 * 60)
"""After every minute of a day."""


def randomized_rows(asked: Asked, table: Table) -> Flags:
    """Rows of subjects who were randomized."""
    return (asked.randomized != NEVER)[table.subject]


def allocation_mismatch(asked: Asked) -> list[Found]:
    """MSC given as protocol treatment in an arm without them, or as cross-over in an arm with them."""
    table = asked.tables["MSC"]
    gives = gives_msc(asked.treatment, asked.protocol)[table.subject]
    planned = table.among("MS_CONTEXT", ("PROTOCOL",)) & ~gives
    crossed = table.among("MS_CONTEXT", ("CROSSOVER",)) & gives
    return by_rows(table, (planned | crossed) & randomized_rows(asked, table))


def tacrolimus_first(asked: Asked) -> list[Found]:
    """Tacrolimus started after randomization for a reason that is no intolerance of the first choice."""
    table, rules = asked.tables["CNI"], asked.protocol.treatments.cni
    second = ~table.among("CN_DRUG", rules.order[:1]) & (table.column("CN_DRUG") >= 0)
    since = (table.day >= asked.randomized[table.subject]) & (table.day != UNKNOWN)
    return by_rows(table, second & since & ~table.among("CN_REASON", rules.switch_reasons))


def taper_early(asked: Asked) -> list[Found]:
    """The steroid was reduced before the second basiliximab dose."""
    begun = taper_course(asked.tables, asked.protocol).begun
    started = second_line_start(asked.tables, asked.protocol) != NEVER
    return by_subjects(started & (begun < second_dose(asked)), begun, steroid_records(asked))


def second_dose(asked: Asked) -> np.ndarray:
    """Day of the second basiliximab dose of each subject; `NEVER` without one."""
    table, n = asked.tables["BASILIXIMAB"], asked.tables.n
    start = second_line_start(asked.tables, asked.protocol)
    later = (table.day > start[table.subject]) & (table.day != UNKNOWN)
    return first_day(table.day, table.subject, n, later)


def steroid_records(asked: Asked) -> dict[int, tuple[int, ...]]:
    """The steroid forms of each subject since randomization."""
    table = asked.tables["STEROID"]
    return records_of(table, table.day >= asked.randomized[table.subject])


def taper_late(asked: Asked) -> list[Found]:
    """No reduction of the steroid by the last day for it, counted from second-line start."""
    course = taper_course(asked.tables, asked.protocol)
    start = second_line_start(asked.tables, asked.protocol)
    last = days_after(start, late_after(asked) - 1)
    none = (course.begun > last) & (course.start_mg > 0)
    return by_subjects(none & (last < asked.day) & asked.on_treatment(last), last, steroid_records(asked))


def late_after(asked: Asked) -> int:
    """SL day by which the first step of the taper must have been taken."""
    return asked.protocol.treatments.steroid_taper.late_after_day


def steroid_long(asked: Asked) -> list[Found]:
    """Systemic steroid (but replacement) after the last day for it, without a flare since second-line start."""
    table = asked.tables["STEROID"]
    periods = steroid_periods(asked.tables, asked.protocol)
    origin = second_line_origin(asked.tables, asked.protocol)
    started = second_line_start(asked.tables, asked.protocol) != NEVER
    first_over = days_after(origin, asked.protocol.treatments.steroid_taper.long_after_day)
    late = first_over[table.subject]
    given = (periods.mg > 0) & (periods.start <= np.maximum(late, periods.start)) & (periods.stop >= late)
    given &= (np.maximum(periods.start, late) <= asked.day) & started[table.subject]
    given &= (periods.start != UNKNOWN) & ~table.among("ST_REASON", ("REPLACEMENT",))
    given &= asked.present(first_over)[table.subject] & ~flared(asked, first_over)[table.subject]
    shown = np.maximum(periods.start, late)
    day = first_day(shown, table.subject, asked.tables.n, given)
    return by_subjects(count(table.subject, asked.tables.n, given) > 0, day, records_of(table, given))


def flared(asked: Asked, by: np.ndarray) -> Flags:
    """Whether a flare was noted since second-line start, or new therapy started, by a day of each subject."""
    table = asked.tables["STEROID"]
    origin = second_line_origin(asked.tables, asked.protocol)
    rows = table.among("ST_REASON", ("FLARE",)) & (table.day >= origin[table.subject]) & (table.day != UNKNOWN)
    noted = first_day(table.day, table.subject, asked.tables.n, rows)
    therapy = earliest_therapy(asked.tables, asked.treatment, asked.protocol).first.day
    return (noted <= by) | (therapy <= by)


RULES: dict[str, Callable[[Asked], list[Found]]] = {
    **{
        code: partial(against_criterion, code=code)
        for code in ("ELIG_AGE", "ELIG_NOT_SR", "ELIG_CAUSE", "ELIG_PRIOR", "ELIG_INFECT")
    },
    "CONSENT_ORDER": consent_order,
    "ALLOC_MISMATCH": allocation_mismatch,
    "CNI_FIRST": tacrolimus_first,
    "TAPER_EARLY": taper_early,
    "TAPER_LATE": taper_late,
    "STEROID_LONG": steroid_long,
}
