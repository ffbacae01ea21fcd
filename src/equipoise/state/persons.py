"""Who the subjects are: sex, age at consent, weight on a day."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from equipoise.arrays import NEVER, UNKNOWN, Codes, Days, Floats
from equipoise.days import DateRange, completed_years
from equipoise.state.columns import Dates
from equipoise.state.derive import derivation
from equipoise.state.segments import NO_ROW, first_day, first_row, row_as_of, take
from equipoise.state.tables import Tables

WEIGHT_CARRY_DAYS = 7
"""A weight may be used for a dose so many days after it was measured."""


@dataclass(frozen=True, slots=True)
class Persons:
    """Arrays [n_subjects]: sex as place in the code list, int8; age in completed years at consent, float64.

    `age` is NaN without a birth date, or where a partial one leaves two answers open; before consent, the age on the
    day of the first organ staging. `consented` is the day of the first consent, `NEVER` without one.
    """

    sex: Codes
    age: Floats
    consented: Days


@derivation("DEMOG", "CONSENT")
def persons_at_consent(tables: Tables, protocol: object) -> Persons:
    """Sex and age of each subject; no age of those without consent."""
    demographics, consent = tables["DEMOG"], tables["CONSENT"]
    row = first_row(demographics.subject, tables.n, np.ones(demographics.size, np.bool_))
    consented = first_day(consent.day, consent.subject, tables.n, consent.day != UNKNOWN)
    return Persons(
        take(demographics.column("DM_SEX"), row, -1), ages(demographics.date("DM_BIRTH"), row, consented), consented
    )


@derivation("AGVHD", "DEMOG", using=(persons_at_consent,))
def persons(tables: Tables, protocol: object) -> Persons:
    """Sex and age of each subject."""
    found = persons_at_consent(tables, protocol)
    if (found.consented != NEVER).all():
        return found
    demographics, staged = tables["DEMOG"], tables["AGVHD"]
    row = first_row(demographics.subject, tables.n, np.ones(demographics.size, np.bool_))
    first_staged = first_day(staged.day, staged.subject, tables.n, staged.day != UNKNOWN)
    on = np.where(found.consented == NEVER, first_staged, found.consented)
    return replace(found, age=ages(demographics.date("DM_BIRTH"), row, on))


def ages(birth: Dates, row: np.ndarray, on: Days) -> Floats:
    """Completed years on a day, float64; NaN where a date is missing or the birth date leaves two answers open.

    Args:
        birth: dates of birth; `row`: which of them is that of each subject, `NO_ROW` for none.
        on: day of each subject, `NEVER` or `UNKNOWN` for none.
    """
    earliest, latest = take(birth.earliest, row, UNKNOWN), take(birth.latest, row, UNKNOWN)
    return np.array(
        [
            np.nan if low == UNKNOWN or day in (UNKNOWN, NEVER) else _age(int(low), int(high), int(day))
            for low, high, day in zip(earliest, latest, on)
        ]
    )


def _age(low: int, high: int, day: int) -> float:
    years = completed_years(DateRange(low, high), day)
    return np.nan if years is None else float(years)


def weight_on(tables: Tables, day: Days, subject: np.ndarray, max_age: int | None = None) -> Floats:
    """The last weight measured on or before a day, kg, float64 [n_queries]; NaN where there is none.

    Args:
        day, subject: what is asked.
        max_age: oldest weight that may be used, in days.
    """
    vitals = tables["VITALS"]
    weight = vitals.column("VS_WEIGHT")
    row = row_as_of(vitals.day, vitals.subject, ~np.isnan(weight) & (vitals.day != UNKNOWN), day, subject)
    found = take(weight, row, np.nan)
    if max_age is None or vitals.size == 0:
        return found
    too_old = (row != NO_ROW) & (day.astype(np.int64) - vitals.day[row] > max_age)
    return np.where(too_old, np.nan, found)
