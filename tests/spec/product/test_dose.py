"""Dose of the cell product. Source: Zhao et al. 2022: 1 x 10^6 viable cells/kg; tolerance is a convention of ours."""

import numpy as np

from equipoise.state.product_dose import (
    cells_to_fill,
    concentration_per_ml,
    delivered_cells_per_kg,
    dose_in_tolerance,
    viable_cells_needed,
    weighing_due,
)

title = "What must be filled for a subject, and what was given"


def test_filling(rule):
    """60 kg at 85 % viability; cells in millions, two or three significant digits as printed."""
    rule(
        lambda weight, viability: (
            viable_cells_needed(weight) / 1e6,
            cells_to_fill(viable_cells_needed(weight), viability) / 1e6,
            concentration_per_ml(cells_to_fill(viable_cells_needed(weight), viability)) / 1e6,
        ),
        """
        weight | viability || needed | to_fill | per_ml
         60    |   0.85    ||  60.0  |  70.59  |  0.706
         45    |   0.9     ||  45.0  |  50.0   |  0.5
        """,
        tolerance=0.005,  # the example prints 7.059e7 and 7.06e5
    )


def delivered(total_millions, viability, volume, weight):
    dose = delivered_cells_per_kg(
        cells_in_bag=total_millions * 1e6, bag_ml=100.0, viability=viability, volume_ml=volume, weight_kg=weight
    )
    return dose / 1e6, dose_in_tolerance(dose)


def test_delivered_dose(rule):
    """A bag of 100 mL; within 0.8 to 1.2 of the nominal dose."""
    rule(
        delivered,
        """
        total_millions | viability | volume | weight || millions_per_kg | tolerated
            70.588     |   0.85    |  100   |   60   ||     1.0         |    1
            50.0       |   0.9     |  100   |   45   ||     1.0         |    1
            50.0       |   0.9     |  100   |   52   ||     0.865       |    1
            70.588     |   0.85    |   70   |   60   ||     0.7         |    0    # 70 of 100 mL given
            70.588     |   nan     |  100   |   60   ||     nan         |    -
        """,
        tolerance=0.0005,  # printed with three decimals
    )


def test_both_ends_of_the_tolerance_are_inside(rule):
    rule(
        lambda millions_per_kg: dose_in_tolerance(millions_per_kg * 1e6),
        """
        millions_per_kg || tolerated
        0.799           ||  0
        0.8             ||  1
        1.2             ||  1
        1.201           ||  0
        """,
    )


def test_a_new_weight_is_due_after_seven_days_or_a_change_above_10_percent(rule):
    rule(
        weighing_due,
        """
        dosing_weight | weight_age_days | last_weight || due
            60.0      |      7.0        |    60.0     ||  0
            60.0      |      8.0        |    60.0     ||  1
            60.0      |      1.0        |    66.0     ||  0
            60.0      |      1.0        |    66.1     ||  1
            60.0      |      1.0        |    53.9     ||  1
            60.0      |      nan        |    60.0     ||  -
        """,
    )


def test_a_dose_without_a_weight_is_not_known():
    dose = delivered_cells_per_kg(
        cells_in_bag=np.array([5e7]), bag_ml=np.array([100.0]), viability=np.array([0.9]),
        volume_ml=np.array([100.0]), weight_kg=np.array([np.nan]),
    )  # fmt: skip
    assert dose_in_tolerance(dose)[0] == -1
