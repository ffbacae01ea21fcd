"""Tables of counts by hand and from published examples."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import fisher_exact, mantel_haenszel, pearson_chi2, trend_test, two_by_two

title = "Two proportions and other tables"
TEA = [[3, 1], [1, 3]]  # Fisher 1935: eight cups of tea


def test_the_lady_tasting_tea():
    test = fisher_exact(TEA)
    # 0..4 right with weights 1, 16, 36, 16, 1 of 70
    assert_allclose([test.p_value, test.p_greater, test.p_less], [34 / 70, 17 / 70, 69 / 70])
    assert_allclose(test.p_mid, (1 + 1 + 0.5 * 32) / 70)
    # the conditional mean is 3: with r the odds ratio, sum of k w r^k = 3 sum of w r^k
    r, k, w = test.odds_ratio, np.arange(5), np.array([1, 16, 36, 16, 1])
    assert_allclose((k * w * r**k).sum(), 3 * (w * r**k).sum())


def test_an_extreme_table_has_one_limit():
    test = fisher_exact([[4, 0], [0, 4]])
    assert test.odds_ratio == test.upper == np.inf
    # P(all 4 | r) = r^4 / sum of w r^k = 0.025
    r, k, w = test.lower, np.arange(5), np.array([1, 16, 36, 16, 1])
    assert_allclose(r**4 / (w * r**k).sum(), 0.025)


def test_a_table_with_an_empty_column_says_nothing():
    test = fisher_exact([[4, 0], [6, 0]])
    assert test.p_value == 1
    assert np.isnan(test.odds_ratio)
    assert (test.lower, test.upper) == (0, np.inf)
    assert np.isnan(pearson_chi2([[4, 0], [6, 0]]).p_value)


def test_two_by_three_by_enumeration():
    # first row (2,0,0), (1,1,0), (1,0,1), (0,1,1) with weights 1, 2, 2, 1 of 6
    assert_allclose(fisher_exact([[2, 0, 0], [0, 1, 1]]).p_value, 2 / 6)
    assert_allclose(fisher_exact([[2, 0], [0, 1], [0, 1]]).p_value, 2 / 6)
    assert_allclose(fisher_exact([[1, 1, 0], [1, 0, 1]]).p_value, 1)


def test_empty_rows_and_columns_do_not_count():
    assert_allclose(fisher_exact([[3, 0, 1], [1, 0, 3], [0, 0, 0]]).p_value, 34 / 70)
    assert fisher_exact([[3, 1, 4], [0, 0, 0]]).p_value == 1


def test_a_table_too_large_for_an_exact_test_is_refused():
    with pytest.raises(AnalysisDataError, match="too many tables"):
        fisher_exact(np.arange(1, 65).reshape(8, 8) % 17 + 20)


def test_pearson_with_and_without_correction():
    # expected 2 in each cell, distance 1; corrected 1/2
    assert_allclose(pearson_chi2(TEA).chi_square, 4 * 1 / 2)
    assert_allclose(pearson_chi2(TEA, correction=True).chi_square, 4 * (1 / 2) ** 2 / 2)
    assert pearson_chi2([[1, 2, 3], [3, 2, 1]]).degrees_of_freedom == 2
    with pytest.raises(AnalysisDataError, match="2 x 3"):
        pearson_chi2([[1, 2, 3], [3, 2, 1]], correction=True)


def test_odds_ratio_of_woolf():
    ratio = two_by_two(TEA).odds_ratio
    assert ratio.estimate == 9
    assert_allclose(ratio.log_std_error, np.sqrt(1 / 3 + 1 + 1 + 1 / 3))
    assert_allclose(
        np.log([ratio.lower, ratio.upper]), np.log(9) + np.array([-1, 1]) * 1.959963984540054 * np.sqrt(8 / 3)
    )


def test_an_empty_cell_calls_for_haldane():
    both = two_by_two([[4, 0], [2, 2]])
    assert both.odds_ratio == both.odds_ratio_haldane
    assert_allclose(both.odds_ratio.estimate, 4.5 * 2.5 / (0.5 * 2.5))
    assert both.odds_ratio_wald.estimate == np.inf


def test_risk_ratio_of_katz():
    ratio = two_by_two(TEA).risk_ratio
    assert_allclose(ratio.estimate, 3)
    assert_allclose(ratio.log_std_error, np.sqrt(1 / 3 - 1 / 4 + 1 - 1 / 4))


def test_risk_difference_of_newcombe_and_of_miettinen_and_nurminen_as_published():
    """56/70 against 48/80. Source: Newcombe 1998, Stat Med 17:873-890, table II (a), methods 1, 5 and 10."""
    difference = two_by_two([[56, 14], [48, 32]]).risk_difference
    assert_allclose(difference.wald, [0.0575, 0.3425], atol=5e-5)
    assert_allclose(difference.mee, [0.0533, 0.3377], atol=5e-5)
    assert_allclose(difference.miettinen_nurminen, [0.0528, 0.3382], atol=5e-5)
    assert_allclose(difference.newcombe, [0.0524, 0.3339], atol=5e-5)


def test_nobody_and_everybody():
    """0/10 against 10/10 and 0/10 against 0/20: limits stay inside -1 to 1."""
    far = two_by_two([[0, 10], [10, 0]]).risk_difference
    assert far.estimate == far.miettinen_nurminen.lower == -1
    same = two_by_two([[0, 10], [0, 20]])
    assert np.isnan(same.risk_ratio.estimate)
    lower, upper = same.risk_difference.miettinen_nurminen
    assert -0.5 < lower < 0 < upper < 0.5
    one = two_by_two([[0, 10], [0, 20]]).proportions[0]
    # nobody of 10: the upper limit p solves (1 - p)^10 = 0.025
    assert_allclose(one.clopper_pearson, [0, 1 - 0.025 ** (1 / 10)])


def test_mantel_haenszel_of_one_stratum_is_the_odds_ratio():
    fit = mantel_haenszel([TEA])
    assert_allclose(fit.odds_ratio, 9)
    assert_allclose(fit.log_odds_ratio_std_error, np.sqrt(8 / 3))
    # (n - 1) / n of Pearson's 2
    assert_allclose(fit.test.chi_square, 7 / 8 * 2)
    assert_allclose(fit.p_exact, 34 / 70)
    assert_allclose(fit.risk_difference, 1 / 2)


def test_mantel_haenszel_adds_strata():
    # sums of ad/n and bc/n: 9/8 + 4/6, 1/8 + 1/6
    fit = mantel_haenszel([TEA, [[2, 1], [1, 2]], [[0, 0], [0, 0]], [[1, 0], [0, 0]]])
    assert_allclose(fit.odds_ratio, (9 / 8 + 4 / 6) / (1 / 8 + 1 / 6))
    assert fit.n_strata == 2
    # weights 16/8 and 9/6
    assert_allclose(fit.risk_difference, (2 * 1 / 2 + 3 / 2 * 1 / 3) / (2 + 3 / 2))
    with pytest.raises(AnalysisDataError, match="in no stratum"):
        mantel_haenszel([[[3, 2], [0, 0]], [[2, 0], [3, 0]]])


def test_trend_of_three_groups_by_hand():
    # shares 0/4, 2/4, 4/4; p 1/2; sum of score x (events - n p) = 1 x -2 + 0 + 3 x 2 = 4; spread 56 - 24^2 / 12 = 8
    assert_allclose(trend_test([0, 2, 4], [4, 4, 4]).chi_square, 4**2 / (1 / 4 * 8))
    assert np.isnan(trend_test([0, 0], [4, 4]).p_value)
    with pytest.raises(AnalysisDataError, match="not between 0 and their total"):
        trend_test([5, 1], [4, 4])
    with pytest.raises(AnalysisDataError, match="one score"):
        trend_test([1, 1], [4, 4], scores=[2, 2])
