"""The bag of one MSC dose: donor, lot, passage, cells, volume, expiry; made the morning of the infusion."""

from __future__ import annotations

from equipoise.days import date_of, format_day
from equipoise.records.record import Value
from equipoise.simulate.people import DOSES, Person
from equipoise.simulate.scenario_people import Product

_FACILITY = "Z9999"
"""A made-up facility code: real ones are licensed."""
_FORMULATED_HOUR = 6
_START, _STOP = "10:30", "11:15"
_PART = 0.7
"""What is given of a bag that is given in part."""


def infusion(
    person: Person, subject: str, day: int, today: int, number: int, context: str, weighed: str
) -> dict[str, Value]:
    """Items of the form MSC.

    Args:
        day: elapsed. today: the calendar day (since 1970-01-01). number: of the subject's doses, from 1.
        context: PROTOCOL or CROSSOVER. weighed: date of the dosing weight.
    """
    told = person.scenario.product
    place = (number - 1) % DOSES
    u = person.doses[place]
    donor = 1 + int(u[0] * told.donors)
    passage = _passage(told, u[1])
    viability = round(person.viability[place], 1)
    low, high = told.viable_per_kg
    weight = person.weight(day)
    total = weight * (low + (high - low) * u[3]) / (viability / 100)
    given = told.bag_ml * (_PART if u[4] < told.partial_bag else 1.0)
    year = date_of(today).year % 100
    expiry = today + int((_FORMULATED_HOUR + told.shelf_life_hours) // 24)
    return {
        "MS_DATE": format_day(today),
        "MS_START": _START,
        "MS_STOP": _STOP,
        "MS_CONTEXT": context,
        "MS_BAG": f"{_FACILITY}{year:02d}{person.row * 100 + number:06d}",
        "MS_LOT": f"L{donor:02d}-P{passage}-{year:02d}",
        "MS_DONOR": f"D{donor:02d}",
        "MS_COI": f"COI-{subject}-{number:02d}",
        "MS_PASSAGE": str(passage),
        "MS_TOTAL": f"{total:.1f}",
        "MS_VIABILITY": f"{viability:.1f}",
        "MS_BAG_VOLUME": f"{told.bag_ml:g}",
        "MS_VOLUME": f"{given:g}",
        "MS_WEIGHT": f"{weight:.1f}",
        "MS_WEIGHT_DATE": weighed,
        "MS_EXPIRY": f"{format_day(expiry)}T{int(_FORMULATED_HOUR + told.shelf_life_hours) % 24:02d}:00",
        "MS_WATCH": "N" if u[5] < told.watch_missed else "Y",
        "MS_PHYSICIAN": "Y",
        "MS_REACTION": "N",
    }


def _passage(told: Product, u: float) -> int:
    names = sorted(told.passages)
    total = sum(told.passages.values())
    for name in names:
        u -= told.passages[name] / total
        if u < 0:
            return int(name)
    return int(names[-1])
