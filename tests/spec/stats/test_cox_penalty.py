"""Firth's penalty and profile limits: answers where the likelihood is monotone. Source: Heinze & Schemper 2001."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import cox
from equipoise.stats.hazard_penalty import PenalizedLikelihood
from equipoise.stats.hazard_profile import profile_limits

title = "Few events, and events that separate by a covariate"

CHI_SQUARE_1 = 3.841458820694124  # its 0.95 quantile
TIME = [2, 3, 3, 5, 6, 6, 6, 8, 9, 9, 11, 12]
EVENT = [1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]
X = np.column_stack(
    [[1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1], [0.5, 1.2, -0.3, 0.8, 1.5, 0.1, -0.7, 2.0, 0.4, 1.1, -0.2, 0.9]]
)
WEIGHT = [1, 2, 0.5, 1, 1.5, 1, 2, 1, 0.5, 2, 1, 1]
ENTRY = [0, 1, 0, 2, 0, 3, 4, 0, 5, 2, 0, 6]


@pytest.mark.parametrize(("exposed", "others"), [(1, 1), (2, 3), (4, 1)])
def test_one_event_by_hand(exposed, others):
    """The event is of an exposed subject: without penalty the hazard ratio is infinite.

    With p = a t / (a t + b) the penalized log-likelihood is log p + log(p (1 - p)) / 2 + constant. Its derivative by
    log t, 1 - p + (1 - 2 p) / 2, is 0 at p = 3/4: t = 3 b / a.
    """
    x = [1] * exposed + [0] * others
    fit = cox([1] + [2] * (exposed + others - 1), [1] + [0] * (exposed + others - 1), x, penalty="firth")
    assert_allclose(fit.hazard_ratio, [3 * others / exposed])
    # information p (1 - p) = 3/16, a log hazard ratio's
    assert_allclose(fit.std_error, [np.sqrt(16 / 3)])
    at_null = exposed / (exposed + others)
    gain = np.log(3 / 4 / at_null) + np.log(3 / 16 / (at_null * (1 - at_null))) / 2
    assert_allclose(fit.likelihood_ratio.chi_square, 2 * gain, atol=1e-12)
    assert fit.converged
    assert not fit.monotone.any()
    assert fit.warning == ""


@pytest.mark.parametrize("first", [0, 3, 5])
def test_pairs_by_hand(first):
    """In k of 5 strata of two the exposed subject fails first: k log p + (5 - k) log(1 - p) + log(p (1 - p)) / 2.

    Greatest at p = (k + 1/2) / 6, so the hazard ratio is (k + 1/2) / (5 - k + 1/2).
    """
    x = np.array([[1, 0]] * first + [[0, 1]] * (5 - first)).ravel()
    fit = cox([1, 2] * 5, [1, 0] * 5, x, strata=np.repeat(np.arange(5), 2), penalty="firth")
    assert_allclose(fit.hazard_ratio, [(first + 0.5) / (5 - first + 0.5)])
    # both limits are where the penalized likelihood has fallen by half the quantile
    limits = fit.profile_limits()

    def penalized(ratio):
        p = ratio / (1 + ratio)
        return first * np.log(p) + (5 - first) * np.log(1 - p) + np.log(p * (1 - p)) / 2

    fall = 2 * (penalized(fit.hazard_ratio) - penalized(np.array([limits.lower[0], limits.upper[0]])))
    assert_allclose(fall, [CHI_SQUARE_1] * 2, rtol=1e-8)
    assert limits.lower[0] < fit.hazard_ratio[0] < limits.upper[0]


def plain_information(x, time, event, weight, entry, beta, ties):
    """Log partial likelihood and information by loops over the risk sets, as the definition has them."""
    loglik, information = 0.0, np.zeros((beta.size, beta.size))
    risk = weight * np.exp(x @ beta)
    for t in np.unique(time[event == 1]):
        at_risk, dead = (entry < t) & (time >= t), (time == t) & (event == 1)
        loglik += np.sum(weight[dead] * (x[dead] @ beta))
        steps = dead.sum() if ties == "efron" else 1
        for step in range(steps):
            share = risk * at_risk * (1 - step / steps * dead)
            mean = share @ x / share.sum()
            loglik -= weight[dead].sum() / steps * np.log(share.sum())
            second = (share[:, np.newaxis] * (x - mean)).T @ (x - mean) / share.sum()
            information += weight[dead].sum() / steps * second
    return loglik, information


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("late", [False, True])
def test_two_covariates_against_numerical_derivatives(ties, late):
    """The gradient of log L + log det I / 2, differenced numerically, is 0 at the estimate."""
    options = {"weights": WEIGHT, "entry": ENTRY} if late else {}
    fit = cox(TIME, EVENT, X, ties=ties, penalty="firth", **options)
    weight, entry = (np.array(WEIGHT), np.array(ENTRY)) if late else (np.ones(12), np.full(12, -1))

    def penalized(beta):
        loglik, information = plain_information(X, np.array(TIME), np.array(EVENT), weight, entry, beta, ties)
        return loglik + np.linalg.slogdet(information)[1] / 2

    width = 1e-5
    gradient = [(penalized(fit.coef + d) - penalized(fit.coef - d)) / (2 * width) for d in width * np.eye(2)]
    assert_allclose(gradient, 0, atol=1e-8)
    # of covariates as they are given, not standardized
    assert_allclose([fit.loglik, fit.loglik_null], [penalized(fit.coef), penalized(np.zeros(2))], rtol=1e-9)
    assert_allclose(fit.likelihood_ratio.chi_square, 2 * (penalized(fit.coef) - penalized(np.zeros(2))), rtol=1e-9)
    information = plain_information(X, np.array(TIME), np.array(EVENT), weight, entry, fit.coef, ties)[1]
    assert_allclose(fit.covariance, np.linalg.inv(information), rtol=1e-8)


def test_the_penalty_does_not_depend_on_the_scale_of_the_covariates():
    one = cox(TIME, EVENT, X, penalty="firth")
    other = cox(TIME, EVENT, X * [1000, 0.01] + [5, -3], penalty="firth")
    assert_allclose(other.coef * [1000, 0.01], one.coef, rtol=1e-9)
    assert_allclose(other.likelihood_ratio.chi_square, one.likelihood_ratio.chi_square, rtol=1e-9)


def test_a_left_out_covariate_leaves_the_penalized_estimate_alone():
    fit = cox(TIME, EVENT, np.column_stack([X, X[:, 0] - X[:, 1]]), penalty="firth")
    assert fit.aliased.tolist() == [False, False, True]
    assert_allclose(fit.coef[:2], cox(TIME, EVENT, X, penalty="firth").coef, rtol=1e-8)
    assert np.isnan(fit.coef[2])
    assert np.isnan(fit.profile_limits().upper[2])


def test_profile_limits_are_those_of_r():
    """R: dev <- function(v) 2 * (full$loglik[2] - coxph(Surv(time, event) ~ b + offset(v * a))$loglik[2]) - 3.84…

    and uniroot(dev, tol = 1e-12) on either side of the estimate, with eps = 1e-14; the same for b.
    """
    limits = cox(TIME, EVENT, X).profile_limits()
    assert_allclose(limits.lower, [0.298584259278, 0.405118918735], rtol=1e-9)
    assert_allclose(limits.upper, [5.533637482024, 3.110848482270], rtol=1e-9)
    assert limits.conf_level == 0.95


def test_profile_limits_of_one_covariate_by_hand():
    # log t - log(2 t + 1) - log(1 + t), see test_cox
    fit = cox([1, 2, 3], [1, 1, 1], [1, 0, 1])
    limits = fit.profile_limits(0.9)
    for t in (limits.lower[0], limits.upper[0]):
        # the 0.9 quantile of chi-square is 2.705543454095414
        assert_allclose(2 * (fit.loglik - np.log(t / (2 * t + 1) / (1 + t))), 2.705543454095414, rtol=1e-9)
    assert limits.lower[0] < np.sqrt(1 / 2) < limits.upper[0]


def test_a_monotone_likelihood_has_one_finite_limit_and_says_what_helps():
    """R: as above, with the supremum of the likelihood from those with a = 0 alone: upper limit 0.604336138689."""
    x = np.array([[0, 0.3], [0, 0.4], [0, 0.2], [1, 1], [1, 0.3], [1, 0.5]])
    fit = cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], x)
    limits = fit.profile_limits()
    assert limits.lower[0] == 0
    assert_allclose(limits.upper[0], 0.604336138689, rtol=1e-6)
    assert 'penalty="firth"' in fit.warning
    assert np.isfinite(cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], x, penalty="firth").coef).all()


def test_an_unknown_penalty_and_a_robust_covariance_with_one_are_refused():
    with pytest.raises(AnalysisDataError, match="'ridge' is not one of firth"):
        cox([1, 2], [1, 0], [1, 0], penalty="ridge")
    with pytest.raises(AnalysisDataError, match="a robust covariance of a penalized estimate is not defined"):
        cox([1, 2], [1, 0], [1, 0], penalty="firth", cluster=[1, 2])
    with pytest.raises(AnalysisDataError, match="no covariate differs"):
        cox([1, 2], [1, 0], [1, 1], penalty="firth")


def test_where_nothing_is_left_of_the_information_the_penalized_likelihood_is_minus_infinity():
    # p (1 - p) is 0 but for rounding, and the logarithm of its root minus infinity
    rows = cox([1, 2], [1, 0], [1, 0], penalty="firth").rows
    likelihood = PenalizedLikelihood(rows, "efron", np.array([0]))
    assert likelihood(np.array([2000.0]))[0] == -np.inf


def test_a_likelihood_that_does_not_fall_has_infinite_limits():
    end = cox([1, 2, 3], [1, 1, 1], [1, 0, 1]).end

    def flat(beta):
        return end.loglik, np.zeros(1), np.eye(1)

    limits = profile_limits(flat, end, np.ones(1), 0.95)
    assert (limits.lower[0], limits.upper[0]) == (0, np.inf)
