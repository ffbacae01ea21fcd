"""Mann-Whitney and logistic regression by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import kruskal_wallis, logistic, mann_whitney

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


def test_shift_of_three_below_two():
    """Differences -4, -3, -3, -2, -2, -1: median -2.5. No 95 % limits with so few: the smallest and the largest."""
    assert mann_whitney([1, 2, 3], [4, 5]).hodges_lehmann() == (-2.5, -4, -1)
    # 80 %: P(u <= 0) is 1/10, so that the first order statistic is a limit; 60 %: 2/10, the second
    assert mann_whitney([1, 2, 3], [4, 5], conf_level=0.8).hodges_lehmann("exact") == (-2.5, -4, -1)
    assert mann_whitney([1, 2, 3], [4, 5], conf_level=0.59).hodges_lehmann("exact") == (-2.5, -3, -2)


def test_exact_shift_of_tied_samples_against_r():
    """R 4.2.2, exactRankTests 0.8-35: wilcox.exact(x, y, conf.int = TRUE)."""
    test = mann_whitney([1, 2, 2, 4, 5, 5], [2, 3, 5, 6, 6], conf_level=0.9)
    assert test.hodges_lehmann("exact") == (-1.5, -4, 1)
    assert_allclose(test.p_exact, 0.248917748917749)
    # as many values of u as without ties, but not the same
    few = mann_whitney([7, 9, 9], [1, 2])
    assert few.hodges_lehmann("exact") == (6.5, 5, 8)
    assert_allclose(few.p_exact, 0.2)


def test_a_shift_moves_with_the_sample():
    test = mann_whitney([11, 12, 13.5], [4, 5.25], conf_level=0.8)
    other = mann_whitney([21, 22, 23.5], [4, 5.25], conf_level=0.8)
    for method in ("exact", "normal", "normal_uncorrected"):
        assert_allclose(np.array(other.hodges_lehmann(method)) - test.hodges_lehmann(method), 10)


def test_all_differences_alike_have_no_normal_limits():
    shift = mann_whitney([3, 3, 3], [1, 1]).hodges_lehmann("normal")
    assert shift.estimate == 2
    assert np.isnan([shift.lower, shift.upper]).all()


def test_win_probability_by_hand():
    # 3 of 4 pairs won, one tied
    win = mann_whitney([2, 4], [1, 2]).win_probability("logit")
    assert win.estimate == 3.5 / 4
    # 2 beats 1 and ties 2: 3/4; 4 beats both: 1. 1 is beaten by both: 1; 2 by 4, tied: 3/4. Variances 1/32 each
    assert_allclose(win.std_error, np.sqrt(1 / 32 / 2 + 1 / 32 / 2))
    half = 1.959963984540054 * win.std_error / (3.5 / 4 * 0.5 / 4)
    assert_allclose(np.log(win.lower / (1 - win.lower)), np.log(7) - half)


def test_win_probability_of_samples_apart_has_one_limit():
    win = mann_whitney([1, 2, 3], [4, 5, 6]).win_probability()
    assert (win.estimate, win.lower) == (0, 0)
    # p^2 = z^2 p (1 - p) (1 + 2 ((1 - p) / (2 - p) + p / (1 + p))) / 9, as (3 + 3) / 2 - 1 = 2
    p = win.upper
    assert_allclose(p**2, 3.841458820694124 * p * (1 - p) * (1 + 2 * ((1 - p) / (2 - p) + p / (1 + p))) / 9)
    assert np.isnan(mann_whitney([1, 2, 3], [4, 5, 6]).win_probability("logit").upper)


def test_exact_p_value_when_asked_and_its_bound():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=80), rng.normal(0.4, size=70)
    test = mann_whitney(x, y, exact=True)
    assert test.p_value == test.p_corrected != test.p_exact
    assert_allclose(test.p_exact, test.p_corrected, rtol=0.05)  # far out the normal tail is a little too heavy
    assert np.isnan(mann_whitney(x, y).p_exact)
    assert np.isnan(mann_whitney([1, 2], [3], exact=False).p_exact)
    with pytest.raises(AnalysisDataError, match="501 values"):
        mann_whitney(np.arange(300), np.arange(201), exact=True)
    with pytest.raises(AnalysisDataError, match="not one of"):
        test.hodges_lehmann("median")


def test_kruskal_wallis_against_r():
    """R 4.2.2: kruskal.test(c(2,3,3,5,1,7,7,8,3), rep(1:3, each = 3))."""
    test = kruskal_wallis([2, 3, 3, 5, 1, 7, 7, 8, 3], np.repeat([1, 2, 3], 3))
    assert_allclose(test.chi_square, 2.57391304347826)
    assert test.degrees_of_freedom == 2
    assert np.isnan(kruskal_wallis([1, 1, 1], ["a", "a", "b"]).p_value)
    with pytest.raises(AnalysisDataError, match="1 groups"):
        kruskal_wallis([1, 2], ["a", "a"])


def test_two_groups_of_kruskal_and_wallis_are_mann_and_whitneys():
    x, y = [1, 4, 4, 9], [2, 4, 7]
    test = kruskal_wallis([*x, *y], [0] * 4 + [1] * 3)
    assert_allclose(test.chi_square, mann_whitney(x, y).z ** 2)


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


def test_each_coefficient_is_tested_by_the_likelihood_ratio():
    """R 4.2.2: anova(smaller, glm(y ~ x + g, binomial), test = "LRT")$Deviance."""
    fit = logistic(Y, DESIGN)
    assert_allclose(fit.coef, [-1.704559292426945, 0.949040210031535, -1.713755555723308])
    tests = fit.likelihood_ratio_tests()
    assert_allclose([tests[1].chi_square, tests[2].chi_square], [3.7443400114372, 1.43099910030681])


Y = [1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1]
DESIGN = np.column_stack([[1, 2, 3, 4, 2, 1, 5, 2, 3, 4, 1, 5], [0, 1, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0]])


def test_firths_penalty_against_another_maximizer():
    """R 4.2.2: optim(method = "BFGS", reltol 1e-16) of the log-likelihood plus half the log determinant."""
    fit = logistic(Y, DESIGN, penalty="firth")
    # with its numerical gradient optim comes within 1e-5 of the maximum
    assert_allclose(fit.coef, [-1.205417056201798, 0.676893558071934, -1.289261769119199], rtol=1e-5)
    assert_allclose(fit.loglik, -5.07973721581113)
    assert_allclose(fit.likelihood_ratio_tests()[1].chi_square, 2.78674533711325)
    assert fit.converged


def test_firths_penalty_of_a_table_adds_a_half_to_each_cell():
    # 3.5 / 1.5 over 1.5 / 3.5; information of 4 x 0.7 x 0.3 in each arm
    fit = logistic([1, 1, 1, 0, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0], penalty="firth")
    assert_allclose(fit.odds_ratio[1], (3.5 / 1.5) ** 2)
    assert_allclose(fit.std_error[1], np.sqrt(2 / 0.84))


def test_firths_penalty_makes_separated_answers_finite():
    """R 4.2.2: optim as above; limits by uniroot of its profile (optimize over the intercept)."""
    y, x = [0, 0, 0, 0, 1, 1, 1], [1, 2, 3, 4, 5, 6, 7]
    assert 'penalty="firth"' in logistic(y, x).warning
    fit = logistic(y, x, penalty="firth")
    assert fit.warning == ""
    assert_allclose(fit.coef, [-4.78047812047824, 1.06896426310824], rtol=1e-5)  # as near as optim comes
    limits = fit.profile_limits()
    assert_allclose(np.log([limits.lower[1], limits.upper[1]]), [0.0713038861463383, 5.9021490981744531], rtol=1e-6)


def test_firths_penalty_leaves_out_a_repeated_covariate():
    x = np.column_stack([DESIGN, DESIGN[:, 0] * 2 + 1])
    fit, plain = logistic(Y, x, penalty="firth"), logistic(Y, DESIGN, penalty="firth")
    assert fit.aliased.tolist() == [False, False, False, True]
    assert_allclose(fit.coef[:3], plain.coef)
    assert np.isnan(fit.profile_limits().lower[3])
    assert_allclose(fit.likelihood_ratio.chi_square, plain.likelihood_ratio.chi_square)
    assert np.isnan(fit.likelihood_ratio_tests()[3].p_value)


def test_penalized_likelihoods_of_two_models_do_not_compare():
    with pytest.raises(AnalysisDataError, match="one is penalized"):
        logistic(Y, DESIGN, penalty="firth").likelihood_ratio_against(logistic(Y, DESIGN[:, 0]))
    with pytest.raises(AnalysisDataError, match="not one of"):
        logistic(Y, DESIGN, penalty="ridge")


def test_deviances_are_minus_twice_the_log_likelihoods():
    fit = logistic(Y, DESIGN)
    assert_allclose(fit.null_deviance, 24 * np.log(2))  # 6 of 12
    assert_allclose(fit.null_deviance - fit.deviance, fit.likelihood_ratio.chi_square)


def test_an_intercept_far_from_the_data_has_limits_too():
    """Calendar years: the intercept is that of the year 0."""
    near, far = logistic(Y, DESIGN[:, 0]), logistic(Y, DESIGN[:, 0] + 1990)
    assert_allclose(far.coef[0], near.coef[0] - 1990 * near.coef[1])
    assert_allclose(np.log(far.profile_limits().upper[1]), np.log(near.profile_limits().upper[1]), rtol=1e-6)


YEAR = np.array([1993, 2001, 1990, 2008, 2010, 1996, 2004, 2010, 1999, 1992, 2005, 2007])


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (YEAR, [[-829.1898413504774, 392.0517387078730], [-0.1959946653257794, 0.4161503456603293]]),
        (
            1900 + 10 * (YEAR - 1990),
            [[-80.14259066360576, 39.29326385964477], [-0.01959946653257794, 0.04161503456603293]],
        ),
    ],
    ids=["1990 to 2010", "1900 to 2100"],
)
def test_the_profile_of_an_intercept_is_followed_however_far(year, expected):
    """R 4.2.2: uniroot of the profile by glm with the coefficient held as an offset (confint interpolates it)."""
    fit = logistic(Y, np.column_stack([year, DESIGN[:, 1]]))
    # as logarithms, for exp(-829) is 0
    limits = [fit.profiles().limits(j, fit.coef, fit.std_error, fit.loglik, 1.959963984540054) for j in range(3)]
    assert_allclose(limits[:2], expected, rtol=1e-8)
    assert_allclose(limits[2], [-7.388115313137170, 1.442725458898793], rtol=1e-8)


@pytest.mark.parametrize("penalty", [None, "firth"])
def test_limits_of_an_intercept_are_those_of_the_odds_at_the_origin(penalty):
    """The odds of the year 1700, counted in years or in hundredths of years."""
    x = np.column_stack([YEAR, DESIGN[:, 1]])
    near = np.log(logistic(Y, x - [1700, 0], penalty=penalty).profile_limits())
    far = np.log(logistic(Y, x * [100, 1] - [170_000, 0], penalty=penalty).profile_limits())
    assert_allclose(far[:, 0], near[:, 0], rtol=1e-7)
    assert near[0, 0] < -20
    assert near[1, 0] > 20


def test_an_intercept_that_separated_answers_leave_alone_has_an_estimate():
    """All 4 of arm 1 say yes: the others tell the intercept and the slope. R 4.2.2: glm of the 6 of arm 0."""
    answers, arm, x = (
        [0, 1, 0, 1, 1, 0, 1, 1, 1, 1],
        np.repeat([0, 1], [6, 4]),
        np.array([3, 5, 4, 2, 6, 5, 1, 2, 3, 7]),
    )
    fit = logistic(answers, np.column_stack([arm, x]))
    assert fit.monotone.tolist() == [False, True, False]
    assert_allclose(fit.coef, [-0.7770345889833893, np.inf, 0.1863929870485727], rtol=1e-8)
    assert_allclose(fit.std_error, [2.7008587379246576, np.nan, 0.6164489997431354], rtol=1e-8)
    alone, limits = logistic(answers[:6], x[:6]).profile_limits(), fit.profile_limits()
    assert_allclose([limits.lower[[0, 2]], limits.upper[[0, 2]]], alone, rtol=1e-6)
    # coded the other way round the intercept is that of arm 1, and grows with the coefficient of the arm
    other = logistic(answers, np.column_stack([1 - arm, x]))
    assert other.monotone.tolist() == [True, True, False]
    assert np.isnan(other.coef[0])
