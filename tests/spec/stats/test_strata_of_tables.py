"""Tables over strata, by hand and against R."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import breslow_day, cochran_mantel_haenszel, fisher_exact, mantel_haenszel, two_by_two

title = "Common effects over strata, and whether they are common"
TEA = [[3, 1], [1, 3]]
FOUR = [[[15, 18], [9, 24]], [[22, 23], [16, 29]], [[7, 14], [4, 17]], [[3, 12], [9, 2]]]


def test_one_stratum_has_the_risk_ratio_of_katz_and_fishers_limits():
    fit, one, exact = mantel_haenszel([TEA]), two_by_two(TEA), fisher_exact(TEA)
    assert_allclose(fit.risk_ratio, 3)
    # 1/3 - 1/4 + 1 - 1/4
    assert_allclose(fit.log_risk_ratio_std_error, np.sqrt(5 / 6))
    assert_allclose([fit.risk_ratio_lower, fit.risk_ratio_upper], [one.risk_ratio.lower, one.risk_ratio.upper])
    assert_allclose([fit.lower_exact, fit.upper_exact], [exact.lower, exact.upper])
    assert_allclose([fit.lower_mid_p, fit.upper_mid_p], [exact.lower_mid_p, exact.upper_mid_p])
    assert_allclose(fit.p_mid, exact.p_mid)


def test_common_risk_ratio_of_two_strata():
    # sums of a n2 / n and c n1 / n: 3 x 4/8 + 2 x 3/6 = 5/2, 1 x 4/8 + 1 x 3/6 = 1
    fit = mantel_haenszel([TEA, [[2, 1], [1, 2]]])
    assert_allclose(fit.risk_ratio, 5 / 2)
    # ((4 x 4 x 4 - 3 x 8) / 64 + (3 x 3 x 3 - 2 x 6) / 36) / (5/2 x 1)
    assert_allclose(fit.log_risk_ratio_std_error, np.sqrt((40 / 64 + 15 / 36) / (5 / 2)))


def test_exact_p_value_of_two_strata_by_convolution():
    """Two ladies with four cups, 3 right each: sums 0..8 with the weights of (1,16,36,16,1) with itself, of 4900."""
    weights = np.convolve([1, 16, 36, 16, 1], [1, 16, 36, 16, 1])
    fit = mantel_haenszel([TEA, TEA])
    rare = weights[weights <= weights[6]].sum()
    assert_allclose(fit.p_exact, rare / 4900)
    # 6 and 2 right are equally probable
    assert_allclose(fit.p_mid, (rare - weights[6]) / 4900)


def test_a_thousand_pairs_are_mcnemars():
    """Matched pairs as strata: 30 and 10 discordant; the exact test is binomial, the odds ratio 3."""
    pairs = [[[1, 0], [0, 1]]] * 30 + [[[0, 1], [1, 0]]] * 10 + [[[1, 0], [1, 0]]] * 960
    fit = mantel_haenszel(pairs)
    assert_allclose([fit.odds_ratio, fit.odds_ratio_exact], 3)
    assert_allclose(fit.test.chi_square, 20**2 / 40)
    # R 4.2.2: binom.test(30, 40), its limits as odds
    assert_allclose(fit.p_exact, 0.00222143377322937)
    lower, upper = np.array([0.588038019848570, 0.873085201067155])
    assert_allclose([fit.lower_exact, fit.upper_exact], [lower / (1 - lower), upper / (1 - upper)])


def test_no_answer_in_one_arm():
    fit = mantel_haenszel([[[3, 1], [0, 4]], [[2, 2], [0, 3]]])
    assert fit.odds_ratio == fit.risk_ratio == fit.odds_ratio_exact == fit.upper_exact == np.inf
    assert np.isnan(fit.log_risk_ratio_std_error)
    assert fit.lower_exact > 1


def test_breslow_and_day_against_their_formulas_in_r():
    """R 4.2.2: cells expected at the common odds ratio by polyroot, then the sums of Breslow & Day and of Tarone."""
    test = breslow_day(FOUR)
    assert_allclose(test.odds_ratio, 1.29731841843522733)
    assert_allclose(test.breslow_day.chi_square, 13.97685389462224492)
    assert_allclose(test.tarone.chi_square, 13.97302310750453103)
    assert_allclose(test.tarone.p_value, 0.00294210385129934)
    three = breslow_day(FOUR[:3])
    assert_allclose([three.breslow_day.chi_square, three.tarone.chi_square], [0.150624610783191, 0.150624027276384])


def test_strata_that_say_nothing_do_not_count():
    test = breslow_day([*FOUR, [[0, 5], [0, 4]], [[3, 2], [0, 0]]])
    assert test.n_strata == 4
    assert test.tarone.degrees_of_freedom == 3
    with pytest.raises(AnalysisDataError, match="1 strata"):
        breslow_day([TEA, [[0, 5], [0, 4]]])


def test_no_common_odds_ratio_no_test():
    test = breslow_day([[[3, 0], [1, 4]], [[2, 0], [1, 3]]])
    assert test.odds_ratio == np.inf
    assert np.isnan(test.tarone.p_value)


def test_larger_tables_against_r():
    """R 4.2.2: mantelhaen.test(array(c(3,5,2,4,1,6,2,2,7,1,4,4,5,2,2,3,3,1), c(3,3,2)))."""
    test = cochran_mantel_haenszel([[[3, 4, 2], [5, 1, 2], [2, 6, 7]], [[1, 5, 3], [4, 2, 3], [4, 2, 1]]])
    assert_allclose(test.chi_square, 5.40451589059572)
    assert (test.degrees_of_freedom, round(test.p_value, 6)) == (4, 0.248251)


def test_empty_rows_of_larger_tables_are_left_out():
    test = cochran_mantel_haenszel([[[3, 0, 1], [0, 0, 0], [1, 0, 3]]])
    assert_allclose(test.chi_square, 1.75)  # 7/8 of Pearson's 2
    assert test.degrees_of_freedom == 1
    with pytest.raises(AnalysisDataError, match="1 rows and 2 columns"):
        cochran_mantel_haenszel([[[3, 1], [0, 0]]])


def test_strata_that_do_not_link_the_columns_give_no_test():
    # columns 1 and 2 in one stratum, 3 and 4 in the other: 4 columns, but only 2 comparisons of them
    test = cochran_mantel_haenszel([[[3, 1, 0, 0], [1, 3, 0, 0]], [[0, 0, 2, 2], [0, 0, 1, 3]]])
    assert np.isnan(test.p_value)


def test_ragged_tables_are_told():
    with pytest.raises(AnalysisDataError, match="differ in shape"):
        mantel_haenszel([TEA, [[1, 2, 3], [3, 2, 1]]])
    with pytest.raises(AnalysisDataError, match="shape"):
        breslow_day(TEA)
