"""Virtual subjects have the margins of the paper, and every one is steroid-resistant.

Margins: 20,000 subjects; five binomial standard deviations are at most 5 * sqrt(0.25 / 20000) = 0.018.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.simulate.baseline import CHILD_WEIGHT_KG, draw_baseline
from equipoise.simulate.stage_table import indivisible, stage_table
from equipoise.simulate.streams import Draws
from equipoise.state.gvhd import overall_grade

N = 20_000
FIVE_SD = 0.018


@pytest.fixture(scope="module")
def table(scenario):
    return stage_table(scenario.baseline)


@pytest.fixture(scope="module")
def people(scenario, table):
    return draw_baseline(scenario, Draws(1), N, table)


def test_the_raked_table_has_the_published_grades_and_organs(table):
    """Pooled counts of 198: grades 36.9, 42.9, 20.2 %; skin 136, liver 89, any gut 167 (lower 156, upper only 11)."""
    by_grade = [table.probability[table.grade == grade].sum() for grade in (2, 3, 4)]
    assert_allclose(by_grade, [0.369, 0.429, 0.202], atol=1e-9)
    assert_allclose(table.probability[table.skin > 0].sum(), 136 / 198, atol=1e-9)
    assert_allclose(table.probability[table.liver > 0].sum(), 89 / 198, atol=1e-9)
    assert_allclose(table.probability[table.gi > 0].sum(), 167 / 198, atol=1e-9)


def test_subjects_have_the_published_margins(people):
    assert_allclose([(people.grade == g).mean() for g in (2, 3, 4)], [0.369, 0.429, 0.202], atol=FIVE_SD)
    involved = (people.stages > 0).mean(axis=1)
    assert_allclose(involved, [136 / 198, 89 / 198, 19 / 198, 156 / 198], atol=FIVE_SD)
    organs = (people.stages[:2] > 0).sum(axis=0) + (people.stages[2:] > 0).any(axis=0)
    assert_allclose([(organs == k).mean() for k in (1, 2, 3)], [54 / 198, 94 / 198, 50 / 198], atol=FIVE_SD)
    assert_allclose(people.female.mean(), 80 / 198, atol=FIVE_SD)
    assert_allclose((people.hla == "MISMATCHED").mean(), 96 / 198, atol=FIVE_SD)
    assert_allclose((people.disease == "AML").mean(), 88 / 198, atol=FIVE_SD)


def test_ages_have_the_published_median_range_and_share_of_minors(people):
    years = np.floor(people.age)
    assert years.min() == 14
    assert years.max() == 59
    assert np.median(years) == 29
    assert_allclose((years < 18).mean(), 31 / 198, atol=FIVE_SD)


def test_grades_are_those_of_the_stages(people):
    assert (overall_grade(*people.stages) == people.grade).all()
    assert people.grade.min() == 2


def test_time_from_transplant_to_gvhd_has_the_published_median_and_range(people):
    days = people.onset - people.transplant
    assert np.median(days) in (28, 29, 30)
    assert days.min() >= 14
    assert days.max() <= 132


def test_history_runs_forward(people):
    order = [people.transplant, people.onset, people.steroid_start, people.resistant, people.screening]
    for earlier, later in pairwise(order):
        assert (earlier <= later).all()
    assert people.screening.max() <= 0
    assert people.screening.min() >= -7


def test_the_starting_dose_is_at_least_2_mg_per_kg_whatever_the_scales_say_that_day(people, scenario):
    heaviest = people.weight_kg * (1 + 2.5 * scenario.labs.weight_change.sd)
    assert (people.steroid_mg >= 2.0 * heaviest - 1e-9).all()


def test_minors_stay_clear_of_the_weight_at_which_their_stool_is_staged_otherwise(people):
    minors = people.age < 18
    assert np.abs(people.weight_kg[minors] - CHILD_WEIGHT_KG).min() >= 3 - 0.05


def test_who_has_one_organ_at_stage_1_is_not_resistant_by_worsening(people):
    alone = indivisible(people.stages)
    assert alone.any()
    assert not (people.criterion[alone] == "A").any()


def test_the_share_of_one_organ_at_stage_1_is_that_of_the_table(people, table):
    of_grade = people.grade == 2
    assert_allclose(people.indivisible[of_grade].mean(), table.share_indivisible(2), atol=2 * FIVE_SD)
    assert table.share_indivisible(3) == 0
