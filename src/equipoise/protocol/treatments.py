"""The regimens, as parameters of the rules in `state/`: what is given on which day, within which window, until when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from equipoise.protocol.part import NO_WORDS, DerivedRule, Part, Window, Words

Day = Annotated[int, Field(ge=1)]
"""Clinic's day: the origin of the axis is day 1."""
Positive = Annotated[float, Field(gt=0)]


class Treatment(Part):
    """What every treatment says of itself."""

    title: Words = NO_WORDS
    text: Words = NO_WORDS
    form: str


class Registered(Part):
    """What the public registry says where it differs from the protocol; shown in the synopsis, never used."""

    days: tuple[Day, ...]
    text: Words


class Basiliximab(Treatment):
    """Flat doses on fixed days, then repeated until GVHD is below a grade.

    Args:
        windows: days around a dose, by the day ("1", "3") or `weekly` for every other.
        hours_between_first_two: shortest time between the first two doses.
        review_after_doses: more doses than this are listed for review.
    """

    axis: str
    dose: Positive
    unit: Literal["mg"]
    route: str = "IV"
    fixed_days: Annotated[tuple[Day, ...], Field(min_length=1)]
    then_every_days: Day
    stop_when_grade_below: Annotated[int, Field(ge=1, le=4)]
    grade_within_hours: Day
    windows: Mapping[str, Window]
    hours_between_first_two: Positive | None = None
    review_after_doses: Day | None = None
    registry: Registered | None = None


class TroughRange(Part):
    """Target of a trough level in ng/mL, early and aimed at where they differ, and the levels that are flagged."""

    low: Positive
    high: Positive
    early_low: Positive | None = None
    early_high: Positive | None = None
    aim_low: Positive | None = None
    aim_high: Positive | None = None
    flag_low: Positive
    flag_high: Positive


class CalcineurinInhibitor(Treatment):
    """First and second choice of calcineurin inhibitor, reasons to switch, trough levels."""

    level_form: str
    axis: str
    start_day: Day
    order: Annotated[tuple[str, ...], Field(min_length=1)]
    switch_reasons: tuple[str, ...]
    trough_ng_ml: Mapping[str, TroughRange]


class SteroidTaper(Treatment):
    """Taper of the steroid.

    Args:
        reading: `linear` takes the fraction off the starting dose at every step, `geometric` off the current dose.
        geometric_stop_day: day on which the geometric reading stops the steroid.
        late_after_day: no step by this day is a deviation.
        long_after_day: steroid after this day without a flare is a deviation.
    """

    axis: str
    reading: Literal["linear", "geometric"]
    first_reduction_day: Day
    every_days: Day
    fraction: Annotated[float, Field(gt=0, lt=1)]
    geometric_stop_day: Day
    late_after_day: Day
    long_after_day: Day


class Hold(Part):
    """When an infusion is held back, and how many days late it may still be given."""

    temperature_c: Positive
    late_days: Annotated[int, Field(ge=0)]


class CellProduct(Part):
    """Limits of the product: passages (first and last), viability, volume of a bag, shelf life."""

    passages: tuple[int, int]
    viability_percent: Positive
    volume_ml: Positive
    shelf_life_hours: Positive
    shelf_life_most_hours: Positive


class CellTherapy(Treatment):
    """MSC: viable cells per kg on days of the MSC axis, a decision by response, and more doses for some responses.

    Args:
        tolerance: accepted viable dose as a fraction of the planned one, lower and upper.
        start_sl_days: first and last day of axis `sl` on which the first dose may be given.
        decision_day: cycle day of the response that decides on further doses.
        interval_days: shortest and longest interval between doses.
        weight_days: how old the dosing weight may be; reweigh_change: a change by this fraction asks for a new one.
    """

    arms: tuple[str, ...]
    axis: str = "msc"
    dose_cells_per_kg: Positive
    tolerance: tuple[float, float]
    cycle_days: Annotated[tuple[Day, ...], Field(min_length=1)]
    window: Window
    start_sl_days: tuple[int, int]
    decision_day: Day
    continue_on: tuple[str, ...]
    continue_days: tuple[Day, ...]
    until: str
    max_doses: Day
    interval_days: tuple[int, int]
    watch_hours: Positive
    hold: Hold | None = None
    weight_days: Day
    reweigh_change: Positive | None = None
    product: CellProduct | None = None
    registry: Registered | None = None


class Crossover(Part):
    """Subjects of one arm who may receive another arm's treatment, when a rule is true."""

    arm: str
    to: str
    when: DerivedRule
    optional: Literal[True]
    title: Words = NO_WORDS
    text: Words = NO_WORDS


class OtherAgents(Treatment):
    """Further agents, allowed from a day of the cycle on, while a rule is true."""

    after_cycle_day: Day
    when: DerivedRule | None = None
    agents: tuple[str, ...]


class Treatments(Part):
    """All regimens; a trial leaves out those that it does not give."""

    basiliximab: Basiliximab | None = None
    cni: CalcineurinInhibitor | None = None
    steroid_taper: SteroidTaper | None = None
    msc: CellTherapy | None = None
    crossover: Crossover | None = None
    other_agents: OtherAgents | None = None


class NewSystemicTherapy(Part):
    """What counts as new systemic therapy for acute GVHD after randomization."""

    indications: tuple[str, ...]
    routes_excluded: tuple[str, ...]
    steroid_reescalation_mg_per_kg: Positive
    replacement_hydrocortisone_mg: Positive = 20
    text: Words = NO_WORDS
