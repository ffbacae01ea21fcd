"""Steroids of each subject: dose by day, resistance, the dose at second-line start, and the taper since then."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from equipoise.arrays import NEVER, UNKNOWN, Days, Flags, Floats
from equipoise.state import resistance, steroids
from equipoise.state.axes import second_line_origin
from equipoise.state.derive import derivation
from equipoise.state.parameters import parameters
from equipoise.state.persons import WEIGHT_CARRY_DAYS
from equipoise.state.segments import first_day, last_day, subject_of_rows, take
from equipoise.state.staging import stagings
from equipoise.state.tables import Table, Tables


def last_days_at_dose(table: Table) -> Days:
    """Last day of each steroid period: as entered, `NEVER` where it goes on, `UNKNOWN` where the date is not known.

    A period without an end goes on until the next period of the same drug and route begins [a convention of ours].
    """
    going_on = np.array([value is None or value == "" for value in table.values("ST_STOP")], np.bool_)
    stop = np.where(going_on, NEVER, table.column("ST_STOP"))
    drug, route, day = table.column("ST_DRUG"), table.column("ST_ROUTE"), table.day
    for row in np.flatnonzero(going_on & (day != UNKNOWN)):
        after = slice(row + 1, table.offsets[table.subject[row] + 1])
        same = (drug[after] == drug[row]) & (route[after] == route[row]) & (day[after] > day[row])
        stop[row] = min((int(first) - 1 for first in day[after][same]), default=NEVER)
    return stop


def doses_between(tables: Tables, first: Days, last: Days) -> steroids.DailyDoses:
    """Systemic steroid of every day from `first` to `last` of each subject, int32 [n_subjects]."""
    table, vitals = tables["STEROID"], tables["VITALS"]
    return steroids.daily_doses(
        drug=table.column("ST_DRUG"),
        dose_mg=table.column("ST_DOSE"),
        route=table.column("ST_ROUTE"),
        start=table.day,
        stop=last_days_at_dose(table),
        offsets=table.offsets,
        first_day=first,
        last_day=last,
        weight_kg=vitals.column("VS_WEIGHT"),
        weight_day=vitals.day,
        weight_offsets=vitals.offsets,
        weight_max_age=WEIGHT_CARRY_DAYS,
    )


def amounts_between(tables: Tables, first: Days, last: Days) -> steroids.DailyAmounts:
    """Amount of systemic steroid, whatever the weight, of every day from `first` to `last`; as `doses_between`."""
    table = tables["STEROID"]
    return steroids.daily_amounts(
        drug=table.column("ST_DRUG"),
        dose_mg=table.column("ST_DOSE"),
        route=table.column("ST_ROUTE"),
        start=table.day,
        stop=last_days_at_dose(table),
        offsets=table.offsets,
        first_day=first,
        last_day=last,
    )


class SteroidPeriods(NamedTuple):
    """Each steroid form: first and last day (`NEVER`: goes on), mg/day in methylprednisolone; [n_rows]."""

    start: Days
    stop: Days
    mg: Floats


@derivation("STEROID")
def steroid_periods(tables: Tables, protocol: object) -> SteroidPeriods:
    """Periods at one dose of a systemic steroid; of any other route the dose is 0."""
    table = tables["STEROID"]
    mg = steroids.methylprednisolone_mg(table.column("ST_DRUG"), table.column("ST_DOSE"), table.column("ST_ROUTE"))
    return SteroidPeriods(table.day, last_days_at_dose(table), mg)


def mg_on(tables: Tables, protocol: object, day: int) -> float:
    """Systemic steroid of one subject on a day, mg of methylprednisolone; NaN where a dose or date is not known."""
    periods = steroid_periods(tables, protocol)
    if ((periods.start == UNKNOWN) | (periods.stop == UNKNOWN)).any():
        return float("nan")
    return float(periods.mg[(periods.start <= day) & (periods.stop >= day)].sum())


@derivation("STEROID", "VITALS", using=(stagings, second_line_origin))
def daily_doses(tables: Tables, protocol: object) -> steroids.DailyDoses:
    """Doses from the first steroid day of each subject to the last day that is named.

    That is the last day of a steroid or staging form, or SL day 1 if it is later.
    """
    table, staged = tables["STEROID"], stagings(tables, protocol)
    n, subject = tables.n, table.subject
    stop = last_days_at_dose(table)
    first = first_day(table.day, subject, n, table.day != UNKNOWN)
    last = last_day(table.day, subject, n, table.day != UNKNOWN)
    last = np.maximum(last, last_day(stop, subject, n, (stop != UNKNOWN) & (stop != NEVER)))
    last = np.maximum(last, last_day(staged.day, staged.subject, n, staged.day != UNKNOWN))
    origin = second_line_origin(tables, protocol)
    last = np.maximum(last, np.where(origin == NEVER, UNKNOWN, origin))
    none = first == NEVER
    return doses_between(tables, np.where(none, 0, first), np.where(none, -1, last))


@derivation("STEROID", using=(daily_doses, stagings))
def steroid_resistance(tables: Tables, protocol: object) -> resistance.Resistance:
    """Days on which the criteria of steroid resistance were met; see `resistance.resistance`."""
    doses, staged, table = daily_doses(tables, protocol), stagings(tables, protocol), tables["STEROID"]
    course = resistance.SteroidCourse(
        offsets=doses.offsets,
        day=doses.day,
        mg_per_kg=doses.mg_per_kg,
        withheld=withheld_days(table, doses),
        staging_offsets=staged.offsets,
        staging_day=staged.day,
        stages=staged.stages,
    )
    return resistance.resistance(course, parameters(protocol).resistance)


def withheld_days(table: Table, doses: steroids.DailyDoses) -> Flags:
    """Days on which a due step of the taper was withheld because GVHD was active, bool [n_days]."""
    active = table.column("ST_REASON") == table.place("ST_REASON", "TAPER_WITHHELD_ACTIVE_GVHD")
    rows = np.flatnonzero(active & (table.day != UNKNOWN))
    place = doses.offsets[table.subject[rows]] + table.day[rows] - doses.day[doses.offsets[table.subject[rows]]]
    withheld = np.zeros(doses.day.size, np.bool_)
    withheld[place] = True
    return withheld


@derivation("STEROID", using=(second_line_origin,))
def starting_mg(tables: Tables, protocol: object) -> Floats:
    """Steroid on SL day 1, mg of methylprednisolone, float64 [n_subjects]; NaN: not known, or no steroid until then."""
    table, origin = tables["STEROID"], second_line_origin(tables, protocol)
    first = first_day(table.day, table.subject, tables.n, table.day != UNKNOWN)
    begun = (first <= origin) & (origin != NEVER)
    found = np.full(tables.n, np.nan)
    found[begun] = amounts_between(tables, np.where(begun, origin, 0), np.where(begun, origin, -1)).mg
    return found


class TaperCourse(NamedTuple):
    """The steroid since second-line start; arrays [n_subjects] unless said.

    start_mg, start_mg_per_kg: dose on SL day 1 (NaN: not known). begun: first later day at a lower dose, `NEVER`
    before. elapsed: days since SL day 1 of each row of `daily_doses`, int64 [n_days].
    """

    start_mg: Floats
    start_mg_per_kg: Floats
    begun: Days
    elapsed: np.ndarray


@derivation(using=(daily_doses, second_line_origin, starting_mg))
def taper_course(tables: Tables, protocol: object) -> TaperCourse:
    """Starting dose and begin of the taper of each subject."""
    doses, origin = daily_doses(tables, protocol), second_line_origin(tables, protocol)
    subject = subject_of_rows(doses.offsets)
    elapsed = doses.day.astype(np.int64) - origin[subject]
    start_row = np.full(tables.n, -1, np.int64)
    at_start = np.flatnonzero(elapsed == 0)
    start_row[subject[at_start]] = at_start
    start_mg = starting_mg(tables, protocol)
    noise = parameters(protocol).resistance.noise
    lower = (elapsed > 0) & (doses.mg < (1 - noise) * start_mg[subject])
    begun = first_day(doses.day, subject, tables.n, lower)
    return TaperCourse(start_mg, take(doses.mg_per_kg, start_row, np.nan), begun, elapsed)


@derivation(using=(daily_doses, taper_course))
def steroid_reescalated(tables: Tables, protocol: object) -> Days:
    """First day on which the dose was raised to the limit of new therapy after the taper began; `NEVER` without one."""
    doses, taper = daily_doses(tables, protocol), taper_course(tables, protocol)
    subject = subject_of_rows(doses.offsets)
    limit = protocol.new_systemic_therapy.steroid_reescalation_mg_per_kg  # type: ignore[attr-defined]
    raised = (doses.mg_per_kg >= limit) & (doses.day > taper.begun[subject])
    return first_day(doses.day, subject, tables.n, raised)
