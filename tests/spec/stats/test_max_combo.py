"""Max-combo test. Source: Karrison 2016, Stata J 16:678-690; Lin et al. 2020, Stat Biopharm Res 12:187-198."""

from __future__ import annotations

import csv
import math
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import norm

from equipoise.errors import AnalysisDataError
from equipoise.stats import log_rank, max_combo
from equipoise.stats.normal_maximum import probability_of_passing

title = "The largest of several weighted log-rank tests"
DATA = Path(__file__).parents[2] / "golden" / "data"
TIME, EVENT, GROUP = [1, 2, 3, 4, 5], [1, 1, 0, 1, 0], list("abaab")
HIGHLY = np.array([[1, 0.85, 0.86, 0.92], [0.85, 1, 0.55, 0.85], [0.86, 0.55, 1, 0.86], [0.92, 0.85, 0.86, 1]])


def veteran():
    with (DATA / "veteran.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [np.array([int(row[name]) for row in rows]) for name in ("days", "death", "test_arm", "prior_therapy")]


def test_correlation_of_two_weights_by_hand():
    # variances at days 1, 2, 4: 6/25, 1/4, 1/4; S before: 1, 4/5, 3/5; weights 1 and 1 - S: 0, 1/5, 2/5
    test = max_combo(TIME, EVENT, GROUP, weights=[(0, 0), (0, 1)])
    v0, v1, both = 6 / 25 + 1 / 2, (1 / 25 + 4 / 25) / 4, (1 / 5 + 2 / 5) / 4
    assert_allclose(test.correlation, [[1, both / math.sqrt(v0 * v1)], [both / math.sqrt(v0 * v1), 1]])
    # b against a: -(2/5 - 1/2 + 1/2) and -(1/5 x -1/2 + 2/5 x 1/2)
    assert_allclose(test.z, [-0.4 / math.sqrt(v0), -0.1 / math.sqrt(v1)])
    assert test.leading == (0, 0)


def test_two_tests_have_the_tail_of_a_bivariate_normal():
    # R: 1 - pmvnorm(-b, b, corr): P(|Z1| < b, |Z2| < b) for r = 1/2 and b = 0 is 1, so by one side:
    # P(Z1 < 0, Z2 < 0) = 1/4 + arcsin(r) / (2 pi)
    corr = np.array([[1, 0.5], [0.5, 1]])
    assert_allclose(probability_of_passing(corr, 0.0, both_sides=False), 1 - (1 / 4 + math.asin(0.5) / (2 * math.pi)),
                    rtol=2e-6)  # fmt: skip


def test_independent_normals_have_the_tail_of_sidak():
    for k in (1, 2, 4, 8):
        p = probability_of_passing(np.eye(k), 2.5, both_sides=True)
        assert_allclose(p, 1 - math.erf(2.5 / math.sqrt(2)) ** k, rtol=2e-5)


def test_small_probabilities_keep_their_relative_accuracy():
    # two independent normals, 2 q - q^2 with q = erfc(b / sqrt 2); of a normal and its copy, q
    q = math.erfc(9 / math.sqrt(2))
    assert_allclose(probability_of_passing(np.eye(2), 9.0, both_sides=True), 2 * q, rtol=2e-5)
    assert_allclose(probability_of_passing(np.ones((2, 2)), 9.0, both_sides=True), q, rtol=1e-12)


@pytest.mark.parametrize(
    ("bound", "two_sided", "one_sided"),
    [
        (0.5, 0.871385709842, 0.466831098428),
        (1.0, 0.535693484381, 0.270490320689),
        (2.0, 0.0969178449777, 0.0484602687936),
    ],
)
def test_highly_correlated_normals_agree_with_r(bound, two_sided, one_sided):
    # mvtnorm 1.1-3: pmvnorm(algorithm = GenzBretz(maxpts = 5e6)) with error 1e-7, and Miwa(steps = 1024)
    assert_allclose(probability_of_passing(HIGHLY, bound, both_sides=True), two_sided, rtol=2e-5)
    assert_allclose(probability_of_passing(HIGHLY, bound, both_sides=False), one_sided, rtol=2e-5)


def test_veterans_agree_with_r():
    """R: weighted sums written out, then mvtnorm::pmvnorm to 1e-8."""
    days, death, arm, prior = veteran()
    test = max_combo(days, death, arm)
    assert_allclose(test.z, [0.09070470330887, -0.89802431459100, 0.93338603638965, 0.60234658421103], rtol=1e-9)
    assert_allclose(test.correlation[0, 1:], [0.8547040165315, 0.8911720551969, 0.9221204497675], rtol=1e-12)
    assert_allclose(test.correlation[1, 2:], [0.5261834903929, 0.8361169254261], rtol=1e-12)
    assert_allclose(test.p_value, 0.587912024382, rtol=1e-5)
    assert test.leading == (1, 0)
    assert_allclose(max_combo(days, death, arm, alternative="less").p_value, 0.3116793595559, rtol=1e-5)
    within = max_combo(days, death, arm, strata=prior)
    assert_allclose(within.z, [0.2811217241488, -0.6028283629582, 0.9781571026735, 0.6764701735244], rtol=1e-9)
    assert_allclose(within.p_value, 0.5594881509091, rtol=1e-5)


def test_a_sum_of_normals_adds_no_chance_that_the_parts_do_not_have():
    """(Z1, Z2, (Z1 + Z2) / sqrt 2) against one integral over Z1."""
    half = math.sqrt(0.5)
    corr = np.array([[1, 0, half], [0, 1, half], [half, half, 1]])

    def given(x):
        return norm.pdf(x) * max(0.0, norm.cdf(min(2, 2 / half - x)) - norm.cdf(max(-2, -2 / half - x)))

    inside = quad(given, -2, 2, points=[2 / half - 2, 2 - 2 / half], epsabs=1e-13)[0]
    assert_allclose(probability_of_passing(corr, 2.0, both_sides=True), 1 - inside, rtol=1e-5)


def test_one_weight_is_the_log_rank_test():
    days, death, arm, prior = veteran()
    one, plain = max_combo(days, death, arm, weights=[(0, 0)], strata=prior), log_rank(days, death, arm, strata=prior)
    assert_allclose([one.statistic**2, one.p_value], [plain.chi_square, plain.p_value], rtol=1e-12)


def test_the_other_reference_turns_the_sign():
    days, death, arm, _ = veteran()
    there, back = (max_combo(days, death, arm, reference=reference) for reference in (0, 1))
    assert_allclose(back.z, -there.z)
    assert_allclose(back.p_value, there.p_value)


def test_one_sided_tests_look_one_way():
    days, death, arm, _ = veteran()
    less, greater = (max_combo(days, death, arm, alternative=side) for side in ("less", "greater"))
    assert_allclose([less.statistic, greater.statistic], [0.89802431459100, 0.93338603638965])
    assert less.leading == (0, 1)
    assert 0.1 < less.p_value < 0.5


def test_p_value_is_near_that_of_all_permutations():
    """Twelve subjects, no ties: all 924 ways to draw the groups. The normal P is asymptotic; within 0.05 here."""
    time = np.array([1, 2, 4, 5, 7, 9, 10, 12, 15, 16, 20, 22])
    event = np.array([1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1])
    group = np.array([1, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0])
    observed = max_combo(time, event, group)
    as_large = 0
    draws = list(combinations(range(12), 6))
    for chosen in draws:
        label = np.zeros(12, int)
        label[list(chosen)] = 1
        z = [log_rank(time, event, label, rho=rho, gamma=gamma).z[1] for rho, gamma in observed.weights]
        as_large += max(np.abs(z)) >= observed.statistic - 1e-9
    assert abs(as_large / len(draws) - observed.p_value) < 0.05


def test_the_test_keeps_its_level_by_simulation():
    """500 trials of 2 x 50 without effect; 5 % +- 3.5 % is 3.6 Monte-Carlo standard errors."""
    draw = np.random.default_rng(7)
    group = np.repeat([0, 1], 50)
    rejected = 0
    for _ in range(500):
        died, left = draw.exponential(1.0, 100), draw.uniform(0.5, 3.0, 100)
        rejected += max_combo(np.minimum(died, left), died <= left, group).p_value < 0.05
    assert abs(rejected / 500 - 0.05) < 0.035


@pytest.mark.parametrize("weights", [[], [(0, 0), (0, 0)], [(0, -1)], [(0, float("nan"))]])
def test_weights_out_of_order_are_refused(weights):
    with pytest.raises(AnalysisDataError) as refused:
        max_combo(TIME, EVENT, GROUP, weights=weights)
    assert refused.value.rule == "STATS-WEIGHT"


def test_weights_that_are_no_pairs_are_refused():
    with pytest.raises(AnalysisDataError, match="not pairs of numbers"):
        max_combo(TIME, EVENT, GROUP, weights=[0, 1])


def test_three_groups_are_refused():
    with pytest.raises(AnalysisDataError, match="there are 3 groups, not 2"):
        max_combo(TIME, EVENT, list("abcab"))


def test_a_weight_that_no_event_has_is_refused():
    # the only event is the first: 1 - S is 0 there
    with pytest.raises(AnalysisDataError) as refused:
        max_combo([1, 2, 3, 4], [1, 0, 0, 0], list("abab"))
    assert refused.value.rule == "STATS-NOTHING-TO-COMPARE"
