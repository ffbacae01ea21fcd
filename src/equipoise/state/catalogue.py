"""Derived values of one subject on a day, by the names of the protocol's catalogue (`protocol/catalogue.py`).

Each value is what the records dated on or before that day say; one that they do not settle is absent, so that a rule
that needs it says unknown. Only the names that are asked for are computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from equipoise.arrays import NEVER, UNKNOWN
from equipoise.state import response
from equipoise.state.axes import randomized_on
from equipoise.state.derive import Treatment
from equipoise.state.outcomes import death
from equipoise.state.parameters import parameters
from equipoise.state.persons import WEIGHT_CARRY_DAYS, persons, weight_on
from equipoise.state.responses import dosing_response
from equipoise.state.staging import stagings
from equipoise.state.steroid_course import daily_doses, doses_between, steroid_resistance
from equipoise.state.tables import Table, Tables

DerivedValue: TypeAlias = float | bool | str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """The tables of one subject, the protocol in force, the day, and the treatment if the asker has it."""

    tables: Tables
    protocol: Any
    day: int
    treatment: Treatment | None


def derived(
    names: Iterable[str], tables: Tables, protocol: Any, day: int, treatment: Treatment | None = None
) -> dict[str, Any]:
    """The asked values of one subject on a day; a value that is not known is absent.

    Args:
        names: names of the catalogue; others are left alone.
        tables: of one subject.
        day: records dated later do not count.
        treatment: of this subject; without it, values that depend on the arm are absent.
    """
    asked = Asked(tables, protocol, day, treatment)
    found = {}
    for name in names:
        make = DERIVED.get(name)
        value = make(asked) if make is not None else None
        if value is not None:
            found[name] = value
    return found


def age_years(asked: Asked) -> DerivedValue:
    """Age in completed years at first consent."""
    who = persons(asked.tables, asked.protocol)
    return None if who.consented[0] > asked.day else known(who.age[0])


def sex(asked: Asked) -> DerivedValue:
    """M or F."""
    return last_code(asked.tables["DEMOG"], "DM_SEX")


def birth_date(asked: Asked) -> DerivedValue:
    """Day of birth, if it is known to the day."""
    return first_date(asked.tables["DEMOG"], "DM_BIRTH", asked)


def consented(asked: Asked) -> DerivedValue:
    """Whether consent was given by the day and the use of data not withdrawn; a partial date may leave it open."""
    consent, leave = asked.tables["CONSENT"], asked.tables["LEAVE"]
    withdrawn = leave.column("XT_TYPE") == leave.place("XT_TYPE", "WITHDRAW_DATA")
    if (withdrawn & (leave.day_earliest <= asked.day)).any():
        return False
    if ((consent.day_latest <= asked.day) & (consent.day_latest != UNKNOWN)).any():
        return True
    return None if (consent.day_earliest <= asked.day).any() else False


def consent_date(asked: Asked) -> DerivedValue:
    """Day of the first consent."""
    return known_day(persons(asked.tables, asked.protocol).consented[0], asked)


def transplant_date(asked: Asked) -> DerivedValue:
    """Day of the transplant."""
    return first_date(asked.tables["TRANSPLANT"], "TX_DATE", asked)


def randomization_date(asked: Asked) -> DerivedValue:
    """Day of randomization."""
    return known_day(randomized_on(asked.tables, asked.protocol)[0], asked)


def days_since_randomization(asked: Asked) -> DerivedValue:
    """Elapsed days since randomization."""
    start = randomization_date(asked)
    return None if start is None else float(asked.day) - start  # type: ignore[operator]


def cycle_start_elapsed(asked: Asked) -> DerivedValue:
    """Elapsed day of the cycle's first day, from randomization."""
    start = randomization_date(asked)
    if start is None or asked.treatment is None or asked.treatment.cycle_origin[0] == NEVER:
        return None
    return float(asked.treatment.cycle_origin[0]) - start  # type: ignore[operator]


def on_cni(asked: Asked) -> DerivedValue:
    """Whether a calcineurin inhibitor is being given on the day."""
    table = asked.tables["CNI"]
    stop = table.date("CN_STOP")
    ended = (stop.latest != UNKNOWN) & (stop.latest < asked.day)
    return bool(np.count_nonzero((table.day_earliest <= asked.day) & ~ended))


def death_date(asked: Asked) -> DerivedValue:
    """Day of death."""
    return known_day(death(asked.tables, asked.protocol).event.day[0], asked)


def weight_kg(asked: Asked) -> DerivedValue:
    """Last weight, not older than a week."""
    return known(weight_on(asked.tables, np.array([asked.day]), ONE_SUBJECT, WEIGHT_CARRY_DAYS)[0])


def bilirubin_mg_dl(asked: Asked) -> DerivedValue:
    """Last total bilirubin, of the chemistry or of a staging form."""
    chemistry, staged = asked.tables["CHEMISTRY"], asked.tables["AGVHD"]
    drawn = np.where(staged.column("GV_BILIRUBIN_DATE") == UNKNOWN, staged.day, staged.column("GV_BILIRUBIN_DATE"))
    values = np.concatenate([staged.column("GV_BILIRUBIN"), chemistry.column("LC_BILIRUBIN")])
    days = np.concatenate([drawn, chemistry.day])
    usable = ~np.isnan(values) & (days != UNKNOWN) & (days <= asked.day)
    if not usable.any():
        return None
    latest = usable & (days == days[usable].max())
    return float(values[latest.nonzero()[0][-1]])


def last_complete_staging(asked: Asked) -> int | None:
    """Row of the last complete staging on or before the day, by anyone."""
    stage = stagings(asked.tables, asked.protocol)
    rows = (stage.complete & (stage.day != UNKNOWN) & (stage.day <= asked.day)).nonzero()[0]
    return int(rows[-1]) if rows.size else None


def agvhd_grade(asked: Asked) -> DerivedValue:
    """Grade 0 to 4 at the last complete staging."""
    row = last_complete_staging(asked)
    return None if row is None else float(stagings(asked.tables, asked.protocol).low[row])


def agvhd_active(asked: Asked) -> DerivedValue:
    """Whether an organ is involved at the last complete staging."""
    row = last_complete_staging(asked)
    return None if row is None else bool((stagings(asked.tables, asked.protocol).stages[:, row] > 0).any())


def steroid_resistant(asked: Asked) -> DerivedValue:
    """Whether a criterion of steroid resistance is met by the day.

    Absent without a steroid or a staging form, and where none is met while the dose per kg of some day is not known
    (no weight of the last week, no last day of a dose).
    """
    if asked.tables["STEROID"].size == 0 or asked.tables["AGVHD"].size == 0:
        return None
    if steroid_resistance(asked.tables, asked.protocol).day[0] <= asked.day:
        return True
    doses = daily_doses(asked.tables, asked.protocol)
    return None if np.isnan(doses.mg_per_kg[doses.day <= asked.day]).any() else False


def steroid_mp_mg_per_kg(asked: Asked) -> DerivedValue:
    """Systemic steroid of the day in mg/kg of methylprednisolone."""
    on_day = np.array([asked.day], np.int32)
    return known(doses_between(asked.tables, on_day, on_day).mg_per_kg[0])


def response_day28(asked: Asked) -> DerivedValue:
    """Response at day 28 of the cycle by the assessments that drive dosing."""
    return response_in(asked, parameters(asked.protocol).response.day28)


def response_day56(asked: Asked) -> DerivedValue:
    """Response at day 56 of the cycle by the assessments that drive dosing."""
    return response_in(asked, parameters(asked.protocol).response.day56)


def response_in(asked: Asked, window: response.Window) -> DerivedValue:
    """CR, PR or NR; absent while it is open: nothing decided yet and the window not over."""
    if asked.treatment is None or asked.treatment.cycle_origin[0] == NEVER:
        return None
    found = dosing_response(asked.tables, asked.treatment, asked.protocol, window, asked.day)
    over = asked.day > int(asked.treatment.cycle_origin[0]) + window.latest
    if found.code[0] == response.NOT_ASSESSED and not over:
        return None
    return response.LEVELS[response.level(found.code)[0]]


ONE_SUBJECT = np.zeros(1, np.int64)


def known(number: float) -> float | None:
    """A number; None for NaN."""
    return None if np.isnan(number) else float(number)


def known_day(day: int, asked: Asked) -> float | None:
    """A day that has come, as a number; None if it is not known or later."""
    return None if day == UNKNOWN or day > asked.day else float(day)


def first_date(table: Table, item: str, asked: Asked) -> float | None:
    """A date of the first row; None if it is not known to the day or later."""
    return known_day(table.column(item)[0], asked) if table.size else None


def last_code(table: Table, item: str) -> str | None:
    """The code of the last row."""
    value = table.values(item)[-1] if table.size else None
    return value if isinstance(value, str) and value else None


DERIVED: dict[str, Callable[[Asked], DerivedValue]] = {
    make.__name__: make
    for make in (
        age_years,
        sex,
        birth_date,
        consented,
        consent_date,
        transplant_date,
        randomization_date,
        days_since_randomization,
        cycle_start_elapsed,
        on_cni,
        death_date,
        weight_kg,
        bilirubin_mg_dl,
        agvhd_grade,
        agvhd_active,
        steroid_resistant,
        steroid_mp_mg_per_kg,
        response_day28,
        response_day56,
    )
}
"""What makes each derived value."""
