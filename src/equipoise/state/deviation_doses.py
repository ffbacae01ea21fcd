"""Deviations of basiliximab and MSC: day, dose, interval, continuation, observation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from equipoise.arrays import NEVER, Flags
from equipoise.state import product_dose
from equipoise.state.axes import doses_since, first_msc, gives_msc, second_line_origin, second_line_start
from equipoise.state.columns import NO_TIME
from equipoise.state.continuation import CONTINUE, continuation
from equipoise.state.disposition import left
from equipoise.state.doses import (
    basiliximab_course,
    basiliximab_given,
    basiliximab_places,
    days_after,
    msc_given,
    second_line_due,
)
from equipoise.state.found import Asked, Found, by_rows, by_subjects
from equipoise.state.outcomes import relapse
from equipoise.state.segments import NO_ROW
from equipoise.state.tables import Table
from equipoise.state.therapy import earliest_therapy


def counted(asked: Asked, form: str) -> Flags:
    """Rows of a dose form on known days since randomization."""
    return doses_since(asked.tables[form], asked.randomized)


def basiliximab_day(asked: Asked) -> list[Found]:
    """A dose outside the window of its place, a second dose at one place, two doses too close, or a late start."""
    table, protocol = asked.tables["BASILIXIMAB"], asked.protocol
    given, places = basiliximab_given(asked.tables, protocol), basiliximab_places(protocol)
    rows = np.flatnonzero(given.place >= 0)
    subject, place = table.subject[rows], given.place[rows]
    away = table.day[rows].astype(np.int64) - given.nominal[subject, place]
    off = np.zeros(table.size, np.bool_)
    off[rows] = (away < places.before[place]) | (away > places.after[place])
    last = second_line_due(asked.tables, protocol)[1]
    start = second_line_start(asked.tables, protocol)
    late = (table.day == start[table.subject]) & (table.day > last[table.subject])
    return by_rows(table, off | given.extra | late | too_close(asked, table))


def too_close(asked: Asked, table: Table) -> Flags:
    """Second doses less than the hours after the first that the protocol asks for, where both times are known."""
    hours = asked.protocol.treatments.basiliximab.hours_between_first_two
    close = np.zeros(table.size, np.bool_)
    if hours is None or table.size < 2:
        return close
    rows = np.flatnonzero(counted(asked, table.layout.id))
    same = table.subject[rows][1:] == table.subject[rows][:-1]
    start = second_line_start(asked.tables, asked.protocol)[table.subject[rows]]
    first, second = rows[:-1], rows[1:]
    timed = (table.minute[first] != NO_TIME) & (table.minute[second] != NO_TIME)
    apart = (table.day[second] - table.day[first]).astype(np.float64) * 24
    apart += np.where(timed, (table.minute[second].astype(np.int64) - table.minute[first]) / 60, 0)
    is_first = (table.day[first] == start[:-1]) & np.concatenate([[True], ~same])[: first.size]
    close[second] = same & is_first & timed & (apart < hours)
    return close


def basiliximab_dose(asked: Asked) -> list[Found]:
    """A dose other than the flat one."""
    table = asked.tables["BASILIXIMAB"]
    amount = table.column("BX_DOSE")
    wrong = ~np.isnan(amount) & (amount != asked.protocol.treatments.basiliximab.dose)
    return by_rows(table, wrong & counted(asked, "BASILIXIMAB"))


def basiliximab_continuation(asked: Asked) -> list[Found]:
    """A weekly dose given below the grade (minor), or left out at or above it (major).

    Left out counts while the subject is on treatment and no new systemic therapy has started.
    """
    table, rules = asked.tables["BASILIXIMAB"], asked.protocol.treatments.basiliximab
    course = basiliximab_course(asked.tables, asked.protocol)
    given = course.given
    below = course.weekly & (given.row != NO_ROW) & course.grades.below(rules.stop_when_grade_below)
    rows = np.zeros(table.size, np.bool_)
    rows[given.row[below]] = True
    found = by_rows(table, rows, "minor")
    over = given.nominal < asked.day - rules.windows["weekly"][1]
    missing = course.weekly & (given.row == NO_ROW) & ~course.stopped & over & (given.nominal != NEVER)
    missing &= course.grades.reaches(rules.stop_when_grade_below) & asked.on_treatment(given.nominal)
    therapy = earliest_therapy(asked.tables, asked.treatment, asked.protocol).first.day
    missing &= given.nominal < therapy[:, None]
    return found + [
        Found(int(subject), int(given.nominal[subject, place]), (), "major") for subject, place in np.argwhere(missing)
    ]


def msc_rows(asked: Asked) -> Flags:
    """MSC doses of subjects whose arm gives them."""
    table = asked.tables["MSC"]
    return counted(asked, "MSC") & gives_msc(asked.treatment, asked.protocol)[table.subject]


def msc_start(asked: Asked) -> list[Found]:
    """The first MSC dose before or after the days of second-line treatment in which it is due."""
    table = asked.tables["MSC"]
    first, last = asked.protocol.treatments.msc.start_sl_days
    day = second_line_origin(asked.tables, asked.protocol)[table.subject]
    elapsed = table.day.astype(np.int64) - day
    is_first = msc_rows(asked) & (table.day == first_msc(asked.tables, asked.protocol)[table.subject])
    return by_rows(table, is_first & ((elapsed < first - 1) | (elapsed > last - 1)))


def msc_dose(asked: Asked) -> list[Found]:
    """A viable dose outside the tolerance, in either arm."""
    table, rules = asked.tables["MSC"], asked.protocol.treatments.msc
    dose = product_dose.delivered_cells_per_kg(
        cells_in_bag=table.column("MS_TOTAL") * 1e6,
        bag_ml=table.column("MS_BAG_VOLUME"),
        viability=table.column("MS_VIABILITY") / 100,
        volume_ml=table.column("MS_VOLUME"),
        weight_kg=table.column("MS_WEIGHT"),
    )
    low, high = rules.tolerance
    limits = product_dose.DoseRules(cells_per_kg=rules.dose_cells_per_kg, low=low, high=high)
    return by_rows(table, (product_dose.dose_in_tolerance(dose, limits) == 0) & counted(asked, "MSC"))


def msc_interval(asked: Asked) -> list[Found]:
    """Two doses in a row that are too close or too far apart."""
    table, (low, high) = asked.tables["MSC"], asked.protocol.treatments.msc.interval_days
    rows = np.flatnonzero(msc_rows(asked))
    same = table.subject[rows][1:] == table.subject[rows][:-1]
    apart = np.diff(table.day[rows].astype(np.int64))
    return [
        Found(
            int(table.subject[rows[k + 1]]), int(table.day[rows[k + 1]]), tuple(table.record[rows[k : k + 2]].tolist())
        )
        for k in np.flatnonzero(same & ((apart < low) | (apart > high)))
    ]


def msc_continue(asked: Asked) -> list[Found]:
    """A dose after the first cycle's number without a recorded response that goes on, or more doses than the most."""
    table, rules = asked.tables["MSC"], asked.protocol.treatments.msc
    rows = np.flatnonzero(msc_rows(asked))
    number = np.zeros(table.size, np.int64)
    number[rows] = np.arange(rows.size) - np.searchsorted(table.subject[rows], table.subject[rows]) + 1
    found = continuation(asked.tables, asked.treatment, asked.protocol)
    goes_on = (found.decision == CONTINUE)[table.subject] & (found.decided[table.subject] <= table.day)
    further = number > len(rules.cycle_days)
    return by_rows(table, (further & ~goes_on) | (number > rules.max_doses))


def msc_stop(asked: Asked) -> list[Found]:
    """A response after which MSC go on, but no further dose, without a reason.

    Reasons: end of treatment, complete response, new therapy, relapse.
    """
    table, tables, protocol = asked.tables["MSC"], asked.tables, asked.protocol
    rules = protocol.treatments.msc
    found, given = continuation(tables, asked.treatment, protocol), msc_given(tables, asked.treatment, protocol)
    fifth = given.nominal[:, len(rules.cycle_days)]
    last = days_after(fifth, rules.window[1])
    later = np.zeros(tables.n, np.bool_)
    rows = msc_rows(asked) & (table.day > found.decided[table.subject])
    later[table.subject[rows]] = True
    reasons = [
        found.complete_response,
        left(tables, "STOP_TREATMENT"),
        earliest_therapy(tables, asked.treatment, protocol).first.day,
        relapse(tables, protocol).day,
    ]
    none = (found.decision == CONTINUE) & ~later & (np.minimum.reduce(reasons) > last)
    return by_subjects(none & (last < asked.day) & asked.on_treatment(last), last)


def watched_too_short(asked: Asked) -> list[Found]:
    """The watch after the start of an infusion was not completed."""
    table = asked.tables["MSC"]
    return by_rows(table, (table.column("MS_WATCH") == 0) & counted(asked, "MSC"))


RULES: dict[str, Callable[[Asked], list[Found]]] = {
    "BSX_DAY": basiliximab_day,
    "BSX_DOSE": basiliximab_dose,
    "BSX_CONT": basiliximab_continuation,
    "MSC_START": msc_start,
    "MSC_DOSE": msc_dose,
    "MSC_INTERVAL": msc_interval,
    "MSC_CONTINUE": msc_continue,
    "MSC_STOP": msc_stop,
    "OBS_6H": watched_too_short,
}
