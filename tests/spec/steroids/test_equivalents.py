"""Methylprednisolone equivalents. Source: standard table of equal anti-inflammatory doses of corticosteroids."""

from fractions import Fraction

import numpy as np
import pytest
from ruamel.yaml import YAML

from equipoise.arrays import NEVER, UNKNOWN
from equipoise.state.steroids import (
    FACTOR_TO_METHYLPREDNISOLONE,
    METHYLPREDNISOLONE_TO_PREDNISONE,
    ROUTES,
    STEROIDS,
    daily_doses,
    methylprednisolone_mg,
    mg_per_kg,
)

title = "All systemic steroids of a day are summed in methylprednisolone, per kg of actual weight"

DRUGS = {name: place for place, name in enumerate(STEROIDS)}
MP, PREDNISONE = DRUGS["METHYLPREDNISOLONE"], DRUGS["PREDNISONE"]


@pytest.mark.parametrize(
    ("drug", "equal_mg"),
    [
        ("HYDROCORTISONE", "20"),
        ("CORTISONE", "25"),
        ("PREDNISONE", "5"),
        ("PREDNISOLONE", "5"),
        ("METHYLPREDNISOLONE", "4"),
        ("TRIAMCINOLONE", "4"),
        ("DEXAMETHASONE", "0.75"),
        ("BETAMETHASONE", "0.75"),
    ],
)
def test_equal_doses_have_one_methylprednisolone_equivalent(drug, equal_mg):
    assert FACTOR_TO_METHYLPREDNISOLONE[drug] * Fraction(equal_mg) == 4
    assert methylprednisolone_mg(np.array([DRUGS[drug]]), np.array([float(equal_mg)]))[0] == 4


def test_prednisone_equivalent_of_methylprednisolone():
    assert Fraction(4) * METHYLPREDNISOLONE_TO_PREDNISONE == 5


def test_dose_per_kg(rule):
    """Rounded half up to three decimals before it meets a threshold."""
    rule(
        lambda drug, dose_mg, weight: mg_per_kg(methylprednisolone_mg(drug, dose_mg.astype(float)), weight),
        """
        drug               | dose_mg | weight || mp_mg_per_kg
        PREDNISONE         |  120    |   60   ||  1.6      # below 2
        DEXAMETHASONE      |   15    |   40   ||  2.0      # reaches 2
        PREDNISONE         |   40    |   70   ||  0.457    # below 0.5
        METHYLPREDNISOLONE |  100    |   50   ||  2.0
        METHYLPREDNISOLONE |  119.97 |   60   ||  2.0      # 1.9995
        METHYLPREDNISOLONE |  119.96 |   60   ||  1.999
        DEXAMETHASONE      |    7.5  |   20   ||  2.0
        HYDROCORTISONE     |   20    |   60   ||  0.067
        -                  |   20    |   60   ||  nan
        """,
        names=DRUGS,
    )


def test_topical_inhaled_and_enteric_steroids_do_not_count(rule):
    rule(
        lambda route: methylprednisolone_mg(
            np.full(route.size, MP, np.int8), np.full(route.size, 40.0), route.astype(np.int8)
        ),
        """
        route    || mg
        IV       || 40.0
        ORAL     || 40.0
        OTHER    || 40.0
        TOPICAL  || 0.0
        INHALED  || 0.0
        ENTERIC  || 0.0
        -        || nan
        """,
        names={name: place for place, name in enumerate(ROUTES)},
    )


def series(rows, *, first, last, weights):
    """Daily doses of one subject from rows (drug, mg/day, first day, last day) and weights (day, kg)."""
    drug, dose, start, stop = zip(*rows) if rows else ((), (), (), ())
    days, kilograms = zip(*weights) if weights else ((), ())
    return daily_doses(
        drug=np.array(drug, np.int8),
        dose_mg=np.array(dose, float),
        start=np.array(start, np.int32),
        stop=np.array(stop, np.int32),
        offsets=np.array([0, len(rows)]),
        first_day=np.array([first], np.int32),
        last_day=np.array([last], np.int32),
        weight_kg=np.array(kilograms, float),
        weight_day=np.array(days, np.int32),
        weight_offsets=np.array([0, len(weights)]),
    )


def test_steroids_of_one_day_are_summed():
    hydrocortisone = DRUGS["HYDROCORTISONE"]
    doses = series([(MP, 80, 0, 1), (hydrocortisone, 100, 1, 2)], first=0, last=3, weights=[(0, 50)])
    assert doses.day.tolist() == [0, 1, 2, 3]
    assert doses.mg.tolist() == [80, 100, 20, 0]
    assert doses.mg_per_kg.tolist() == [1.6, 2.0, 0.4, 0.0]


def test_periods_are_cut_to_the_days_wanted_and_an_open_one_goes_on():
    doses = series([(MP, 60, -10, NEVER)], first=-1, last=1, weights=[(-2, 60)])
    assert doses.day.tolist() == [-1, 0, 1]
    assert doses.mg_per_kg.tolist() == [1.0, 1.0, 1.0]


def test_the_last_weight_serves_for_seven_days():
    doses = series([(MP, 60, 0, 20)], first=0, last=11, weights=[(1, 60), (3, 50)])
    assert doses.mg_per_kg.tolist()[1:11] == [1.0, 1.0] + 8 * [1.2]
    assert np.isnan(doses.mg_per_kg[[0, 11]]).all()  # day 0: not yet weighed; day 11: eight days after


def test_a_day_without_steroid_needs_no_weight():
    assert series([], first=0, last=2, weights=[]).mg_per_kg.tolist() == [0, 0, 0]


def test_a_period_whose_start_or_stop_is_not_known_leaves_the_dose_open():
    unknown_start = series([(MP, 60, UNKNOWN, 1)], first=0, last=2, weights=[(0, 60)])
    assert np.isnan(unknown_start.mg).tolist() == [True, True, False]
    unknown_stop = series([(MP, 60, 1, UNKNOWN)], first=0, last=2, weights=[(0, 60)])
    assert np.isnan(unknown_stop.mg).tolist() == [False, True, True]
    missing_dose = series([(MP, np.nan, 1, 1)], first=0, last=2, weights=[(0, 60)])
    assert np.isnan(missing_dose.mg_per_kg).tolist() == [False, True, False]


def test_subjects_do_not_mix():
    doses = daily_doses(
        drug=np.array([MP, MP, PREDNISONE], np.int8),
        dose_mg=np.array([60.0, 30.0, 50.0]),
        start=np.array([0, 2, 5], np.int32),
        stop=np.array([1, 2, 5], np.int32),
        offsets=np.array([0, 2, 2, 3]),
        first_day=np.array([0, 0, 4], np.int32),
        last_day=np.array([2, 0, 5], np.int32),
        weight_kg=np.array([60.0, 40.0]),
        weight_day=np.array([0, 4], np.int32),
        weight_offsets=np.array([0, 1, 1, 2]),
    )
    assert doses.offsets.tolist() == [0, 3, 4, 6]
    assert doses.day.tolist() == [0, 1, 2, 0, 4, 5]
    assert doses.mg_per_kg.tolist() == [1.0, 1.0, 0.5, 0.0, 0.0, 1.0]


@pytest.mark.shared
def test_every_example_of_the_reference_file(shared):
    reference = YAML(typ="safe").load(shared / "domain" / "response.yaml")
    for name, factor in reference["steroid_factor_to_methylprednisolone"].items():
        assert FACTOR_TO_METHYLPREDNISOLONE[name.upper()] == Fraction(str(factor)), name
    for example in reference["steroid_examples"]:
        rows = [(DRUGS[name.upper()], dose, 0, 0) for name, dose in example["doses"].items()]
        found = series(rows, first=0, last=0, weights=[(0, example["weight"])])
        # the file prints one value with four decimals: 0.4571 is 0.457 after our rounding
        assert found.mg_per_kg[0] == pytest.approx(example["mp_mg_kg"], abs=0.0005), example
