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
    with pytest.raises(AnalysisDataError, match=r"too many tables .* up to 1e\d+ ways .* 16 million are the most"):
        fisher_exact(np.arange(1, 65).reshape(8, 8) % 17 + 20)


def test_pearson_with_and_without_correction():
    # expected 2 in each cell, distance 1; corrected 1/2
    assert_allclose(pearson_chi2(TEA).chi_square, 4 * 1 / 2)
    assert_allclose(pearson_chi2(TEA, correction=True).chi_square, 4 * (1 / 2) ** 2 / 2)
    assert pearson_chi2([[1, 2, 3], [3, 2, 1]]).degrees_of_freedom == 2
    with pytest.raises(AnalysisDataError, match="2 x 3"):
        pearson_chi2([[1, 2, 3], [3, 2, 1]], correction=True)


def test_doubled_p_values_of_the_lady():
    test = fisher_exact(TEA)
    assert_allclose([test.p_doubled, test.p_mid_doubled], [34 / 70, (34 - 16) / 70])
    # exact limits agree with the doubled test: at the lower limit P(3 or more) is 0.025
    r, k, w = test.lower_mid_p, np.arange(5), np.array([1, 16, 36, 16, 1])
    assert_allclose((w * r**k)[3] / 2 + (w * r**k)[4], 0.025 * (w * r**k).sum())


def test_larger_tables_against_r():
    """R 4.2.2: fisher.test(matrix(..., 3), workspace = 2e8)$p.value."""
    assert_allclose(fisher_exact([[12, 7, 3, 5], [5, 9, 6, 2], [8, 4, 11, 9]]).p_value, 0.0547271575683584, rtol=1e-9)
    assert_allclose(fisher_exact([[30, 18, 17], [20, 25, 22], [16, 23, 27]]).p_value, 0.0926510515557818, rtol=1e-9)


def test_tables_of_four_and_five_kinds_against_r():
    """R 4.2.2: fisher.test(matrix(..., 4), workspace = 2e8)$p.value, of 73 and of 85 subjects."""
    small = [[2, 13, 3, 5, 7], [0, 3, 2, 1, 0], [3, 8, 5, 4, 5], [2, 1, 2, 4, 3]]
    assert_allclose(fisher_exact(small).p_value, 0.5467183718544308, rtol=1e-9)
    large = [[4, 5, 4, 1, 0], [4, 5, 3, 1, 1], [4, 5, 6, 2, 2], [6, 7, 7, 3, 3]]
    assert_allclose(fisher_exact(large).p_value, 0.9981326076305042, rtol=1e-9)


def test_tables_drawn_at_random_come_near_the_exact_test():
    table = [[12, 7, 3, 5], [5, 9, 6, 2], [8, 4, 11, 9]]
    drawn = fisher_exact(table, replicates=20_000, seed=1)
    # the binomial standard deviation of 0.0547 is 0.0016
    assert abs(drawn.p_value - 0.0547271575683584) < 5 * 0.0016
    assert drawn.replicates == 20_000
    assert drawn.p_value == fisher_exact(table, replicates=20_000, seed=1).p_value
    assert fisher_exact([[3, 1, 4], [0, 0, 0]], replicates=10, seed=1).p_value == 1
    with pytest.raises(AnalysisDataError, match="seed None"):
        fisher_exact(table, replicates=100)


def test_too_many_sums_of_rows_are_refused_too():
    with pytest.raises(AnalysisDataError, match="too many tables"):
        fisher_exact([[4000, 1, 1, 1], [1, 4000, 1, 1], [1, 1, 4000, 1]])


def test_a_table_too_large_for_an_exact_test_can_be_drawn():
    assert 0 < fisher_exact(np.arange(1, 65).reshape(8, 8) % 17 + 20, replicates=99, seed=3).p_value <= 1


def test_residuals_against_r():
    """R 4.2.2: chisq.test(t)$residuals and $stdres."""
    test = pearson_chi2([[12, 7, 3, 5], [5, 9, 6, 2], [8, 4, 11, 9]])
    assert_allclose(test.chi_square, 12.4419247159091)
    assert_allclose(test.residuals[0], [1.270170592217176, 0.12909944487358, -1.420093893609386, -0.144337567297406])
    assert_allclose(
        test.adjusted_residuals[2], [-0.923313212636826, -2.056253466990033, 1.633289937387653, 1.529369921166632]
    )
    assert_allclose(test.likelihood_ratio.chi_square, 12.9372306832086)
    assert_allclose(test.expected.sum(axis=0), [25, 20, 20, 16])


def test_relatives_of_pearsons_test():
    test = pearson_chi2(TEA, correction=True)
    assert_allclose(test.n_minus_1.chi_square, 2 * 7 / 8)
    # 2 (2 x 3 log(3/2) + 2 x 1 log(1/2))
    assert_allclose(test.likelihood_ratio.chi_square, 12 * np.log(3 / 2) - 4 * np.log(2))
    # a cell of 0 adds nothing: 2 (2 log 2 + 2 log 2)
    assert_allclose(pearson_chi2([[2, 0], [0, 2]]).likelihood_ratio.chi_square, 8 * np.log(2))
    empty = pearson_chi2([[4, 0], [6, 0]])
    assert np.isnan([empty.n_minus_1.p_value, empty.likelihood_ratio.p_value]).all()


def test_counts_of_millions():
    test = fisher_exact([[500_300, 499_700], [500_000, 500_000]])
    # so many that the exact test is the normal one with a correction
    corrected = pearson_chi2([[500_300, 499_700], [500_000, 500_000]], correction=True)
    assert_allclose(test.p_value, corrected.p_value, rtol=1e-5)
    assert fisher_exact([[10**6, 0], [0, 10**6]]).p_value == 0


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


def test_exact_trend_by_enumeration():
    # 6 of 12 with scores 0, 1, 2 four times each: mean 6; the observed sum is 10, the largest; 2 of the ways C(4,2)
    test = trend_test([0, 2, 4], [4, 4, 4], exact=True)
    assert_allclose(test.p_exact, 2 * 6 / 924)
    assert_allclose(test.z, np.sqrt(8))
    assert trend_test([4, 2, 0], [4, 4, 4]).z == -test.z
    with pytest.raises(AnalysisDataError, match="not in whole steps"):
        trend_test([0, 2, 4], [4, 4, 4], scores=[0, 0.5, 2], exact=True)


def test_trend_of_three_groups_by_hand():
    # shares 0/4, 2/4, 4/4; p 1/2; sum of score x (events - n p) = 1 x -2 + 0 + 3 x 2 = 4; spread 56 - 24^2 / 12 = 8
    assert_allclose(trend_test([0, 2, 4], [4, 4, 4]).chi_square, 4**2 / (1 / 4 * 8))
    assert np.isnan(trend_test([0, 0], [4, 4]).p_value)
    with pytest.raises(AnalysisDataError, match="not between 0 and their total"):
        trend_test([5, 1], [4, 4])
    with pytest.raises(AnalysisDataError, match="one score"):
        trend_test([1, 1], [4, 4], scores=[2, 2])
