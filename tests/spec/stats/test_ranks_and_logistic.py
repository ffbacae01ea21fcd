"""Mann-Whitney and logistic regression by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import logistic, mann_whitney

title = "Ranks, and odds ratios from a regression"


def test_three_below_two():
    test = mann_whitney([1, 2, 3], [4, 5])
    assert test.u == 0
    # 1 of 10 orders is as low, 1 as high
    assert_allclose(test.p_exact, 2 / 10)
    assert test.p_value == test.p_exact
    # mean 3, variance 2 x 3 x 6 / 12 = 3, corrected by 1/2
    assert_allclose(test.p_corrected, 2 * normal_tail(2.5 / np.sqrt(3)))
    assert_allclose(test.p_uncorrected, 2 * normal_tail(3 / np.sqrt(3)))


def normal_tail(z):
    from math import erfc, sqrt

    return erfc(z / sqrt(2)) / 2


def test_tied_values_share_their_ranks():
    test = mann_whitney([1, 2], [2, 3])
    # ranks 1, 2.5, 2.5, 4: sum 3.5 of the first, mean 5; sums of all pairs 3.5 3.5 5 5 6.5 6.5
    assert test.u == 0.5
    assert test.probability_larger == 1 / 8
    assert_allclose(test.p_exact, 4 / 6)
    assert test.has_ties
    assert test.p_value == test.p_corrected
    # variance 4 / 12 x (5 - 6 / 12)
    assert_allclose(test.p_uncorrected, 2 * normal_tail(1.5 / np.sqrt(1.5)))


def test_alike_samples_and_empty_samples():
    test = mann_whitney([2, 2, 2], [2, 2])
    assert test.p_value == test.p_exact == 1
    with pytest.raises(AnalysisDataError, match="0 and 2 values"):
        mann_whitney([], [1, 2])


def test_large_samples_have_no_exact_p_value():
    test = mann_whitney(np.arange(400), np.arange(400) + 0.5)
    assert np.isnan(test.p_exact)
    assert test.p_value == test.p_corrected


def test_logistic_of_a_two_by_two_table_is_its_odds_ratio():
    # 3 of 4 against 1 of 4
    fit = logistic([1, 1, 1, 0, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0])
    assert_allclose(fit.odds_ratio[1], 9)
    assert_allclose(fit.coef[0], np.log(1 / 3))
    assert_allclose(fit.std_error[1], np.sqrt(8 / 3))
    assert_allclose(fit.loglik, 6 * np.log(3 / 4) + 2 * np.log(1 / 4))
    assert_allclose(fit.loglik_null, 8 * np.log(1 / 2))
    assert_allclose(fit.likelihood_ratio.chi_square, 2 * (fit.loglik - fit.loglik_null))


def test_interaction_is_tested_by_the_likelihood_ratio():
    """Two strata of 8: odds ratio 9 in the one, 1 in the other; the model with the product fits them exactly."""
    y = np.array([1, 1, 1, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0])
    arm, stratum = np.tile([1, 1, 1, 1, 0, 0, 0, 0], 2), np.repeat([0, 1], 8)
    full = logistic(y, np.column_stack([arm, stratum, arm * stratum]))
    test = full.likelihood_ratio_against(logistic(y, np.column_stack([arm, stratum])))
    assert_allclose(np.exp(full.coef[3]), 1 / 9)
    assert_allclose(full.loglik, 6 * np.log(3 / 4) + 2 * np.log(1 / 4) + 8 * np.log(1 / 2))
    assert test.degrees_of_freedom == 1
    assert 0 < test.chi_square < 2 * (full.loglik - 16 * np.log(1 / 2))
    with pytest.raises(AnalysisDataError, match="16 and 8 subjects"):
        full.likelihood_ratio_against(logistic(y[:8], arm[:8]))


def test_profile_limits_are_where_the_likelihood_has_fallen():
    y, x = [1, 1, 1, 0, 1, 0, 0, 0], np.array([1, 1, 1, 1, 0, 0, 0, 0])
    fit = logistic(y, x)
    lower, upper = fit.profile_limits()
    # the two groups are apart: held at odds ratio r, the other group's odds o solve 3 + 1 = 4 ro/(1+ro) + 4 o/(1+o)
    for r in (lower[1], upper[1]):
        o = 1 / np.sqrt(r)
        p, q = r * o / (1 + r * o), o / (1 + o)
        loglik = 3 * np.log(p) + np.log(1 - p) + np.log(q) + 3 * np.log(1 - q)
        assert_allclose(fit.loglik - loglik, 1.959963984540054**2 / 2)


def test_separated_answers_are_found_and_said():
    fit = logistic([0, 0, 1, 1, 0, 1], [[0, 1], [0, 0], [1, 0], [1, 1], [0, 1], [1, 1]])
    assert fit.monotone[1]
    assert fit.coef[1] == np.inf
    assert "no finite estimate" in fit.warning
    assert fit.profile_limits()[1][1] == np.inf


def test_one_limit_of_a_separated_answer_is_still_there():
    # 0 of 2 against 2 of 2: held at odds ratio r the likelihood is greatest at p = sqrt(r) / (1 + sqrt(r)), 1 - p: p^4
    lower, upper = logistic([0, 0, 1, 1], [0, 0, 1, 1]).profile_limits()
    p = np.sqrt(lower[1]) / (1 + np.sqrt(lower[1]))
    assert_allclose(4 * np.log(p), -(1.959963984540054**2) / 2, rtol=1e-6)
    assert upper[1] == np.inf


def test_a_repeated_covariate_is_left_out():
    fit = logistic([1, 1, 1, 0, 1, 0, 0, 0], np.array([[1, 2]] * 4 + [[0, 0]] * 4))
    assert np.isnan(fit.coef[2])
    assert_allclose(fit.odds_ratio[1], 9)
    assert fit.likelihood_ratio.degrees_of_freedom == 1


def test_answers_all_alike_are_refused():
    with pytest.raises(AnalysisDataError, match="all outcomes are alike"):
        logistic([1, 1], [0, 1])
