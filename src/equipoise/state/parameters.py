"""What the protocol says, in the form in which the clinical rules take it: rules objects, and days counted from 0.

Made once a protocol. The protocol counts clinic's days (the origin is day 1); everything here is elapsed (origin 0).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from equipoise.arrays import Flags
from equipoise.state import gvhd, resistance, steroids
from equipoise.state.once import once_a_protocol
from equipoise.state.response import ResponseRules
from equipoise.state.response import Window as ResponseWindow


@dataclass(frozen=True, slots=True)
class Parameters:
    """Rules of the clinical modules under one protocol.

    arms: ids in the protocol's order; an arm is its place there. gives_msc: whether each arm gives MSC, bool
    [n_arms + 1], the last for subjects without an arm. sites: ids in order. msc_start_by: last elapsed SL day on which
    a first MSC dose sets the cycle.
    """

    staging: gvhd.StagingRules
    resistance: resistance.ResistanceRules
    response: ResponseRules
    decision: ResponseWindow
    response_evaluator: str
    taper: steroids.Taper
    arms: tuple[str, ...]
    gives_msc: Flags
    msc_start_by: int
    sites: tuple[str, ...]


@once_a_protocol
def parameters(protocol: Any) -> Parameters:
    """The rules of a protocol."""
    msc = protocol.treatments.msc
    day28, day56 = (window(protocol.response.windows[name]) for name in ("day28", "day56"))
    decision_day = msc.decision_day - 1 if msc is not None else day28.nominal
    return Parameters(
        staging=staging_rules(protocol.staging),
        resistance=resistance_rules(protocol.steroid_resistance),
        response=ResponseRules(day28=day28, day56=day56),
        decision=ResponseWindow(nominal=decision_day, earliest=day28.earliest, latest=day28.latest),
        response_evaluator=protocol.response.evaluator,
        taper=taper(protocol.treatments.steroid_taper),
        arms=tuple(arm.id for arm in protocol.arms),
        gives_msc=np.array([*(msc is not None and arm.id in msc.arms for arm in protocol.arms), False]),
        msc_start_by=(protocol.axes["cycle"].msc_start_by_sl_day or 0) - 1,
        sites=tuple(site.id for site in protocol.sites),
    )


def window(declared: Any) -> ResponseWindow:
    """A response window in elapsed days."""
    return ResponseWindow(nominal=declared.nominal - 1, earliest=declared.earliest - 1, latest=declared.latest - 1)


def staging_rules(declared: Any) -> gvhd.StagingRules:
    """The limits of organ staging that a protocol sets."""
    return gvhd.StagingRules(
        si_table=declared.bilirubin_table == "si",
        bilirubin_carry_days=declared.bilirubin_carry_days,
        child_age_below=declared.child_columns.age_below_years,
        child_weight_to=declared.child_columns.weight_at_or_below_kg,
        stool_mixed_factor=declared.mixed_urine_factor,
        stool_days=declared.stool_diary_days,
    )


def resistance_rules(declared: Any) -> resistance.ResistanceRules:
    """The criteria of steroid resistance that a protocol sets."""
    return resistance.ResistanceRules(
        full_dose=declared.dose_mg_per_kg,
        worse_after=declared.worsening_after_days,
        no_better_after=declared.no_improvement_after_days,
        raised_to=declared.taper_raised_to,
        low_dose=declared.taper_below,
        low_days=declared.taper_days,
    )


def taper(declared: Any) -> steroids.Taper:
    """The taper in the protocol's reading: L takes the fraction off the starting dose, G off the current one.

    G never reaches zero by itself and stops on a day; a step that would last less than a full interval until then is
    left out.
    """
    if declared.reading == "linear":
        days, percent = linear_steps(declared)
    else:
        days, percent = geometric_steps(declared)
    return steroids.Taper(sl_day=tuple(days), percent=tuple(percent))


def linear_steps(declared: Any) -> tuple[list[int], list[float]]:
    """Days of the steps and percent of the starting dose, to zero."""
    steps = math.ceil(round(1 / declared.fraction, 9))
    days = [declared.first_reduction_day + step * declared.every_days for step in range(steps)]
    return days, [max(0.0, round(100 - 100 * declared.fraction * step, 9)) for step in range(1, steps + 1)]


def geometric_steps(declared: Any) -> tuple[list[int], list[float]]:
    """Days of the steps and percent of the starting dose, to the forced stop."""
    stop, every = declared.geometric_stop_day, declared.every_days
    days = list(range(declared.first_reduction_day, stop - every + 1, every))
    percent = [round(100 * (1 - declared.fraction) ** step, 9) for step in range(1, len(days) + 1)]
    return [*days, stop], [*percent, 0.0]
