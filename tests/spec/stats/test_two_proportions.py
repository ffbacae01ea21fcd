"""Intervals of two proportions, number needed to treat and unconditional exact tests, by hand and as published."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import barnard, boschloo, fisher_exact, two_by_two

title = "Two proportions: every interval, and tests that do not condition"
TEA = [[3, 1], [1, 3]]
WEIGHTS = np.array([1, 16, 36, 16, 1])  # of 0 to 4 cups right
K = np.arange(5)


def tail(log_odds, counted):
    """P of the cups counted (each with a weight) at an odds ratio."""
    w = WEIGHTS * np.exp(K * log_odds)
    return (w * counted).sum() / w.sum()


def test_exact_and_mid_p_limits_of_the_lady():
    """3 right: the limits leave 0.025 in P(3 or more) and P(3 or fewer); mid-P counts 3 itself half."""
    ratio = two_by_two(TEA).odds_ratio_exact
    assert_allclose(tail(np.log(ratio.exact.lower), [0, 0, 0, 1, 1]), 0.025)
    assert_allclose(tail(np.log(ratio.exact.upper), [1, 1, 1, 1, 0]), 0.025)
    assert_allclose(tail(np.log(ratio.mid_p.lower), [0, 0, 0, 0.5, 1]), 0.025)
    assert_allclose(tail(np.log(ratio.mid_p.upper), [1, 1, 1, 0.5, 0]), 0.025)
    # the mean is 3 at the estimate
    assert_allclose(tail(np.log(ratio.estimate), K), 3)


def test_risk_ratio_limits_of_koopman_as_published():
    """36 of 40 against 16 of 80. Source: Koopman 1984, Biometrics 40:513-517: 2.94 to 7.15."""
    assert_allclose(two_by_two([[36, 4], [16, 64]]).risk_ratio_koopman, [2.94, 7.15], atol=5e-3)


def test_at_limits_of_cornfield_pearsons_statistic_is_the_quantile():
    """Equal arms of 10, 8 and 2 yes: at odds ratio r the likely proportions are p and 1 - p with p = sqrt(r)/(1+..)."""
    lower, upper = two_by_two([[8, 2], [2, 8]]).odds_ratio_cornfield
    for r, side in ((lower, 1), (upper, -1)):
        p = np.sqrt(r) / (1 + np.sqrt(r))
        # (8 - 10 p)^2 (1 / v + 1 / v) with v = 10 p (1 - p) in both arms
        assert_allclose(side * (8 - 10 * p) * np.sqrt(2 / (10 * p * (1 - p))), 1.959963984540054)


def test_miettinen_and_nurminen_is_the_wider_by_n_over_n_minus_1():
    both = two_by_two([[8, 2], [2, 8]])
    for narrow, wide in (
        (both.odds_ratio_cornfield, both.odds_ratio_miettinen_nurminen),
        (both.risk_ratio_koopman, both.risk_ratio_miettinen_nurminen),
        (both.risk_difference.mee, both.risk_difference.miettinen_nurminen),
    ):
        assert wide.lower < narrow.lower < narrow.upper < wide.upper


def test_agresti_and_caffo_add_two_to_each_arm():
    # (3 + 1) / 6 - (1 + 1) / 6 = 1/3, variance 2 x (2/3 x 1/3) / 6 = 2/27
    difference = two_by_two(TEA).risk_difference
    assert_allclose(difference.agresti_caffo, 1 / 3 + np.array([-1, 1]) * 1.959963984540054 * np.sqrt(2 / 27))


def test_wilson_limits_of_nobody_and_everybody_end_exactly_at_0_and_1():
    for n in range(1, 60):
        both = two_by_two([[0, n], [n, 0]])
        assert both.proportions[0].wilson.lower == 0
        assert both.proportions[1].wilson.upper == 1
        # z^2 / (n + z^2)
        assert_allclose(both.proportions[0].wilson.upper, 3.841458820694124 / (n + 3.841458820694124))


def test_number_needed_to_treat_through_infinity():
    """A difference of 10 % with limits -5 % and 25 %. Source of the form: Altman 1998, BMJ 317:1309-1312."""
    from equipoise.stats.number_needed import number_needed

    number = number_needed(0.10, -0.05, 0.25)
    assert_allclose([number.estimate, number.at_upper_difference, number.at_lower_difference], [10, 4, -20])
    assert number.through_infinity
    assert str(number) == "10.0 for one more (4.0 for one more through infinity to 20.0 for one fewer)"


def test_number_needed_to_treat_on_one_side():
    both = two_by_two([[56, 14], [48, 32]])
    number = both.number_needed()
    # one over 0.2, 0.3339 and 0.0524, Newcombe's limits
    assert_allclose(number.estimate, 5)
    assert_allclose([number.at_upper_difference, number.at_lower_difference], [2.995, 19.08], atol=0.02)
    assert str(number) == "5.0 for one more (3.0 for one more to 19.1 for one more)"
    assert str(two_by_two([[48, 32], [56, 14]]).number_needed("mee")).startswith("5.0 for one fewer (3.0 for one fewer")
    with pytest.raises(AnalysisDataError, match="not one of"):
        both.number_needed("woolf")


def test_no_difference_needs_infinitely_many():
    number = two_by_two([[5, 5], [5, 5]]).number_needed()
    assert number.estimate == np.inf
    assert number.through_infinity
    assert str(number).startswith("infinity (")


@pytest.mark.parametrize("table", [[[0, 1], [0, 1]], [[1, 0], [1, 0]]])
def test_one_subject_an_arm_and_one_answer(table):
    both = two_by_two(table)
    assert np.isnan(both.odds_ratio_exact.estimate)
    for interval in (both.odds_ratio_exact.exact, both.odds_ratio_exact.mid_p, both.odds_ratio_cornfield):
        assert interval == (0, np.inf)
    # score test of the difference: z^2 / (1 + z^2) for one subject an arm
    assert_allclose(both.risk_difference.mee.upper, 3.841458820694124 / 4.841458820694124)
    assert both.risk_difference.mee.lower == pytest.approx(-both.risk_difference.mee.upper)


def test_a_million_subjects_are_no_matter():
    both = two_by_two([[600_000, 400_000], [500_000, 500_000]])
    # so many that exact, mid-P, score and Wald limits are alike
    assert_allclose(both.odds_ratio_exact.exact, both.odds_ratio.estimate * np.exp([-1 / 178.3, 1 / 178.3]), rtol=1e-4)
    assert_allclose(both.odds_ratio_cornfield, [both.odds_ratio.lower, both.odds_ratio.upper], rtol=1e-6)
    assert_allclose(both.risk_difference.mee, both.risk_difference.wald, rtol=1e-5)
    rare = two_by_two([[0, 10**6], [3, 10**6]])
    # P(none of 3 in the first arm) at odds ratio r is (1 + r)^-3 = 0.025
    assert_allclose(rare.odds_ratio_exact.exact.upper, 0.025 ** (-1 / 3) - 1, rtol=1e-5)


def test_counts_may_be_text_or_floats_but_must_be_counts():
    assert two_by_two([["3", "1"], ["1", "3"]]) == two_by_two([[3.0, 1.0], [1.0, 3.0]]) == two_by_two(TEA)
    for wrong in ([[3, -1], [1, 3]], [[3, 1.5], [1, 3]], [[3, float("nan")], [1, 3]]):
        with pytest.raises(AnalysisDataError, match="not counts; the first is in cell 1"):
            two_by_two(wrong)
    with pytest.raises(AnalysisDataError, match="row totals"):
        two_by_two([[0, 0], [1, 3]])
    with pytest.raises(AnalysisDataError, match="row totals"):
        barnard([[0, 0], [1, 3]])


def test_barnards_all_against_none():
    """3 of 3 against 0 of 3: by |z| only this table and its mirror are as far: 2 p^3 (1-p)^3 <= 2/64."""
    both = barnard([[3, 0], [0, 3]])
    assert_allclose(both.p_value, 1 / 32)
    assert_allclose(both.nuisance, 0.5, atol=1e-4)  # the top is flat
    assert_allclose(barnard([[3, 0], [0, 3]], alternative="greater").p_value, 1 / 64)
    assert_allclose(barnard([[3, 0], [0, 3]], alternative="doubled").p_value, 1 / 32)
    assert_allclose(barnard([[3, 0], [0, 3]], alternative="less").p_value, 1)
    # z: difference 1, pooled variance 1/4 x 2/3
    assert_allclose(both.statistic, np.sqrt(6))


def test_walds_statistic_orders_tables_too():
    # 3/4 against 1/4: difference 1/2, variances 3/64 each
    assert_allclose(barnard(TEA, pooled=False).statistic, 0.5 / np.sqrt(6 / 64))


def test_barnards_test_as_published():
    """7 of 15 against 12 of 15. Source: Mehta & Senchaudhuri 2003 (Cytel): 0.0341, Fisher 0.0641, one-sided."""
    table = [[7, 8], [12, 3]]
    assert_allclose(barnard(table, alternative="less").p_value, 0.0341, atol=5e-5)
    assert_allclose(fisher_exact(table).p_less, 0.0641, atol=5e-5)


def test_mirrored_tables_are_as_far_out():
    """33 and 15 subjects, 15 and 12 yes. The greatest probability is at 1/2; by whole numbers, see the sum below."""
    from fractions import Fraction
    from math import comb

    def z_squared(x1, x2):
        p = Fraction(x1 + x2, 48)
        return Fraction(0) if p in (0, 1) else (Fraction(x1, 33) - Fraction(x2, 15)) ** 2 / (p * (1 - p))

    far = sum(
        comb(33, x1) * comb(15, x2) for x1 in range(34) for x2 in range(16) if z_squared(x1, x2) >= z_squared(15, 12)
    )
    # scipy 1.17 finds 0.02515, as it loses tables whose z differs by rounding
    assert_allclose(barnard([[15, 18], [12, 3]]).p_value, far / 2**48, rtol=1e-9)


def test_boschloos_test_as_published():
    """74 of 117 against 31 of 63. Source: the worked example of scipy.stats.boschloo_exact: 0.0483, 0.0356."""
    test = boschloo([[74, 43], [31, 32]], alternative="greater")
    assert_allclose([test.statistic, test.p_value], [0.0483, 0.0356], atol=5e-5)


def test_nobody_says_yes_says_nothing():
    for test in (barnard([[0, 4], [0, 6]]), boschloo([[0, 4], [0, 6]])):
        assert test.p_value == 1


def test_unconditional_tests_of_too_many_tables_are_refused():
    with pytest.raises(AnalysisDataError, match="too many tables"):
        boschloo([[1000, 500], [900, 600]])
    with pytest.raises(AnalysisDataError, match="not one of"):
        barnard(TEA, alternative="upper")
