"""Survival compared at fixed times. Source: Klein et al. 2007, Stat Med 26:4505-4519."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import compare_survival

title = "Survival of two groups at a chosen time"
LUNG = Path(__file__).parents[2] / "golden" / "data" / "lung.csv"
# survival::aml
TIME = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45]
EVENT = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]
GROUP = ["maintained"] * 11 + ["none"] * 12


def aml(**options):
    return compare_survival(TIME, EVENT, GROUP, reference="none", **options)


def test_six_subjects_by_hand():
    # at 2: group a 1 of 4 has died, group b 1 of 2; Greenwood 3/4 sqrt(1/(4 x 3)), 1/2 sqrt(1/(2 x 1))
    one = compare_survival([1, 3, 3, 3, 1, 3], [1, 0, 0, 0, 1, 0], list("aaaabb"), at=2).of("b", 2)
    variance_a, variance_b = (3 / 4) ** 2 / 12, (1 / 2) ** 2 / 2
    assert_allclose([one.reference_survival, one.survival], [3 / 4, 1 / 2])
    assert_allclose([one.reference_at_risk, one.at_risk], [3, 1])
    assert_allclose(one.difference.estimate, -1 / 4)
    assert_allclose(one.difference.std_error, math.sqrt(variance_a + variance_b))
    assert_allclose(one.ratio.estimate, 2 / 3)
    assert_allclose(one.ratio.log_std_error, math.sqrt(1 / 12 + 1 / 2))


def test_differences_and_ratios_agree_with_r():
    # summary(survfit(Surv(time, status) ~ x, aml), times = c(20, 40)), then d / sqrt(se1^2 + se0^2) and
    # log(S1 / S0) / sqrt((se1 / S1)^2 + (se0 / S0)^2)
    one, two = (aml(at=[20, 40]).of("maintained", time) for time in (20, 40))
    assert_allclose([one.survival, two.survival], [0.715909090909091, 0.368181818181818], rtol=1e-13)
    assert_allclose([one.difference.estimate, two.difference.estimate], [0.132575757575757, 0.173737373737374])
    assert_allclose([one.difference.std_error, two.difference.std_error], [0.199401438385938, 0.203259837346085])
    assert_allclose([one.difference.p_value, two.difference.p_value], [0.506134533203731, 0.392686763940893])
    assert_allclose([one.ratio.log_std_error, two.ratio.log_std_error], [0.312382734130702, 0.766850156848887])
    assert_allclose([one.ratio.lower, one.ratio.upper], [0.665335073273109, 2.26381925079901])
    assert_allclose([two.ratio.lower, two.ratio.upper], [0.421233363512080, 8.51159274530834])
    assert_allclose([one.ratio.p_value, two.ratio.p_value], [0.512089164667406, 0.405106440588754])


@pytest.mark.parametrize(
    ("conf_type", "z"),
    [
        ("log-log", [-0.647053453374724, -0.844804262473327]),
        ("log", [0.655588130425693, 0.832536046343511]),
        ("logit", [0.651319491227851, 0.842495051970502]),
        ("arcsin", [0.659138176345934, 0.855419893284418]),
        ("plain", [0.132575757575757 / 0.199401438385938, 0.173737373737374 / 0.203259837346085]),
    ],
)
def test_tests_on_a_transformed_scale_agree_with_r(conf_type, z):
    # g(S) with standard error |g'(S)| se, on the numbers of survfit
    compared = aml(at=[20, 40], conf_type=conf_type)
    assert_allclose([contrast.transformed.z for contrast in compared.contrasts], z, rtol=1e-12)
    assert_allclose([test.chi_square for test in compared.tests], np.square(z), rtol=1e-12)


def test_hybrid_limits_combine_the_limits_of_each_group():
    # limits of survfit(conf.type = "log-log") at 20, squared and added as by Newcombe
    one = aml(at=20).of("maintained", 20)
    s1, l1, u1 = 0.715909090909091, 0.3501903859079384, 0.899023974191053
    s0, l0, u0 = 0.583333333333333, 0.2701389240854973, 0.800940192333387
    assert_allclose(one.hybrid_lower, s1 - s0 - math.hypot(s1 - l1, u0 - s0), rtol=1e-12)
    assert_allclose(one.hybrid_upper, s1 - s0 + math.hypot(u1 - s1, s0 - l0), rtol=1e-12)


def test_exchange_of_the_reference_turns_the_effect():
    there = aml(at=20).of("maintained", 20)
    back = compare_survival(TIME, EVENT, GROUP, at=20).of("none", 20)
    assert_allclose(back.difference.estimate, -there.difference.estimate)
    assert_allclose(back.ratio.estimate, 1 / there.ratio.estimate)
    assert_allclose([back.hybrid_lower, back.hybrid_upper], [-there.hybrid_upper, -there.hybrid_lower])
    assert_allclose(back.p_value, there.p_value)


def test_three_groups_have_one_contrast_each_and_one_test_together():
    # a, b, c lose 1, 2 and 3 of 4; on the plain scale the statistic is the weighted sum of squares
    time, event = [1, 3, 3, 3, 1, 1, 3, 3, 1, 1, 1, 3], [1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0]
    compared = compare_survival(time, event, list("aaaabbbbcccc"), at=2, conf_type="plain")
    assert [contrast.group for contrast in compared.contrasts] == ["b", "c"]
    # variances 3/64, 4/64, 3/64; weighted mean 1/2; squares (1/16) x (64/3) twice
    assert_allclose(compared.tests[0].chi_square, 2 * (1 / 16) * (64 / 3))
    assert compared.tests[0].degrees_of_freedom == 2


def test_three_groups_at_a_year_agree_with_r():
    """survfit(Surv(days, death) ~ ecog, lung, ecog < 3) at 365: K phi (K V K')^-1 K phi with phi = log(-log S)."""
    with LUNG.open() as file:
        rows = [row for row in csv.DictReader(file) if row["ecog"] in ("0", "1", "2")]
    compared = compare_survival(
        [int(row["days"]) for row in rows], [int(row["death"]) for row in rows], [row["ecog"] for row in rows], at=365
    )
    assert_allclose(compared.tests[0].chi_square, 11.1487201482345, rtol=1e-10)
    assert compared.tests[0].degrees_of_freedom == 2


def test_survival_of_one_or_zero_has_no_transformed_test():
    all_alive = compare_survival([3, 3, 1, 3], [0, 0, 1, 0], list("aabb"), at=2).of("b", 2)
    assert_allclose(all_alive.difference.std_error, 0.5 * math.sqrt(1 / 2))
    assert math.isnan(all_alive.p_value)
    assert math.isnan(all_alive.hybrid_lower)
    all_dead = compare_survival([1, 1, 1, 3], [1, 1, 1, 0], list("aabb"), at=2).of("b", 2)
    assert math.isnan(all_dead.difference.std_error)
    assert math.isnan(all_dead.ratio.estimate)


def test_the_scale_that_reaches_one_has_a_test_there():
    angle = compare_survival([3, 3, 1, 3], [0, 0, 1, 0], list("aabb"), at=2, conf_type="arcsin").of("b", 2)
    # arcsin(sqrt(1/2)) - arcsin(1) over Greenwood's sqrt(1/8) / (2 sqrt(1/4))
    assert_allclose(angle.transformed.z, (math.pi / 4 - math.pi / 2) / math.sqrt(1 / 8))


def test_the_test_keeps_its_level_by_simulation():
    """2,000 trials of 2 x 60, exponential, a quarter censored; 5 % +- 1.7 % is 3.5 Monte-Carlo standard errors."""
    draw = np.random.default_rng(41)
    group = np.repeat(["a", "b"], 60)
    rejected = 0
    for _ in range(2_000):
        died, left = draw.exponential(1.0, 120), draw.exponential(3.0, 120)
        left = np.minimum(left, 4.0)
        compared = compare_survival(np.minimum(died, left), died <= left, group, at=0.8)
        rejected += compared.contrasts[0].p_value < 0.05
    assert abs(rejected / 2_000 - 0.05) < 0.017


def test_a_time_beyond_the_follow_up_of_a_group_is_refused():
    with pytest.raises(AnalysisDataError, match="later than the last time 3 of a group") as refused:
        compare_survival([1, 3, 5, 5], [1, 0, 1, 0], list("aabb"), at=4)
    assert refused.value.rule == "STATS-BEYOND-FOLLOW-UP"


def test_after_the_last_death_of_a_group_its_survival_is_known():
    compared = compare_survival([1, 3, 5, 5], [1, 1, 1, 0], list("aabb"), at=4)
    assert compared.contrasts[0].difference.estimate == 1


@pytest.mark.parametrize(
    ("group", "options", "rule"),
    [
        (list("aaaa"), {"at": 1}, "STATS-NOTHING-TO-COMPARE"),
        (list("aabb"), {"at": -1}, "STATS-TIME"),
        (list("aabb"), {"at": 1, "reference": "c"}, "STATS-GROUP"),
        (list("aabb"), {"at": 1, "conf_type": "probit"}, "STATS-OPTION"),
        (list("aabb"), {"at": 1, "conf_level": 95}, "STATS-LEVEL"),
    ],
)
def test_what_cannot_be_compared_is_refused(group, options, rule):
    with pytest.raises(AnalysisDataError) as refused:
        compare_survival([1, 3, 5, 5], [1, 1, 1, 0], group, **options)
    assert refused.value.rule == rule


def test_a_contrast_that_was_not_asked_for_is_refused():
    with pytest.raises(AnalysisDataError, match="no such group or time"):
        aml(at=20).of("maintained", 21)
