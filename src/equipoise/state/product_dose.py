"""Dose of the cell product: cells needed, cells to fill, and the viable dose that was delivered.

Source: arithmetic of a dose per kg; the dose of the index trial is 1 x 10^6 viable cells/kg of actual body weight, Zhao
et al. 2022, J Hematol Oncol 15:22. Tolerance, volume of the bag and re-weighing are conventions of ours (`DoseRules`).
Checked: by hand (tests/spec/product).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from equipoise.arrays import Codes, Floats
from equipoise.state.limits import any_yes, compared
from equipoise.state.rounding import half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseRules:
    """Nominal dose and what is tolerated.

    `cells_per_kg`: viable cells/kg. `low`, `high`: parts of the nominal dose, both inside. `bag_ml`: volume of a bag.
    `weight_max_age`: days for which a weight holds. `weight_change_above`: part by which a new weight may differ before
    the dose is calculated again.
    """

    cells_per_kg: float = 1e6
    low: float = 0.8
    high: float = 1.2
    bag_ml: float = 100
    weight_max_age: int = 7
    weight_change_above: float = 0.10


DEFAULT_RULES = DoseRules()


def viable_cells_needed(weight_kg: Floats, rules: DoseRules = DEFAULT_RULES) -> Floats:
    """Viable cells for one dose."""
    return rules.cells_per_kg * weight_kg


def cells_to_fill(viable_cells: Floats, viability: Floats) -> Floats:
    """All cells, viable or not, that hold so many viable ones; `viability` is a fraction above 0."""
    return viable_cells / viability


def concentration_per_ml(cells: Floats, rules: DoseRules = DEFAULT_RULES) -> Floats:
    """Cells per mL in a full bag."""
    return cells / rules.bag_ml


def delivered_cells_per_kg(
    *, cells_in_bag: Floats, bag_ml: Floats, viability: Floats, volume_ml: Floats, weight_kg: Floats
) -> Floats:
    """Viable cells/kg that were given; NaN where a part of it is missing.

    Args:
        cells_in_bag: all cells; bag_ml: volume of the bag; viability: fraction; volume_ml: volume given; float64 [n].
    """
    return cells_in_bag / bag_ml * viability * volume_ml / weight_kg


def dose_in_tolerance(cells_per_kg: Floats, rules: DoseRules = DEFAULT_RULES) -> Codes:
    """Whether a delivered dose is within the tolerance: 1, 0, or -1 where it is not known; int8 [n]."""
    part = half_up(cells_per_kg / rules.cells_per_kg, 9)
    return compared((part >= rules.low) & (part <= rules.high), part)


def weighing_due(
    dosing_weight: Floats, weight_age_days: Floats, last_weight: Floats, rules: DoseRules = DEFAULT_RULES
) -> Codes:
    """Whether the dosing weight is too old, or the last weight differs from it too much: 1, 0, -1; int8 [n]."""
    change = half_up(np.abs(last_weight - dosing_weight) / dosing_weight, 9)
    return any_yes(
        compared(weight_age_days > rules.weight_max_age, weight_age_days),
        compared(change > rules.weight_change_above, change),
    )
