"""Cox regression by hand. Source: Cox 1972, J R Stat Soc B 34:187-220; Efron 1977; Breslow 1974."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import cox

title = "Hazard ratios from the order of events"


def test_three_subjects_by_hand():
    """With t the hazard ratio: L = t / (2t + 1) x 1 / (1 + t), greatest at t = 1 / sqrt(2)."""
    fit = cox([1, 2, 3], [1, 1, 1], [1, 0, 1])
    t = np.sqrt(1 / 2)
    assert_allclose(fit.hazard_ratio, [t])
    assert_allclose(fit.loglik, np.log(t / (2 * t + 1) / (1 + t)))
    assert_allclose(fit.loglik_null, -np.log(6))
    information = 2 * t / (2 * t + 1) ** 2 + t / (1 + t) ** 2
    assert_allclose(fit.std_error, [1 / np.sqrt(information)])
    assert_allclose([fit.lower, fit.upper], t * np.exp([[-1.959963984540054], [1.959963984540054]] * fit.std_error))
    # at t = 1: gradient 1 - 2/3 - 1/2, information 2/9 + 1/4
    assert_allclose(fit.score.chi_square, (1 / 6) ** 2 / (2 / 9 + 1 / 4))
    assert fit.converged
    assert fit.warning == ""


def test_breslow_keeps_tied_events_in_both_risk_sets():
    # t / (t + 2)^2 is greatest at t = 2
    assert_allclose(cox([1, 1, 2], [1, 1, 0], [1, 0, 0], ties="breslow").hazard_ratio, [2])


def test_efron_takes_half_of_the_tied_events_out_for_the_second():
    # t / ((t + 2) (t + 2 - (t + 1) / 2)) is greatest at t = sqrt(6)
    assert_allclose(cox([1, 1, 2], [1, 1, 0], [1, 0, 0]).hazard_ratio, [np.sqrt(6)])


def test_strata_have_their_own_risk_sets():
    one = cox([1, 2, 3], [1, 1, 1], [1, 0, 1])
    # the second stratum comes much later; that does not matter
    two = cox([1, 2, 3, 101, 102, 103], [1] * 6, [1, 0, 1] * 2, strata=list("aaabbb"))
    assert_allclose(two.coef, one.coef)
    assert_allclose(two.loglik, 2 * one.loglik)
    assert_allclose(two.covariance, one.covariance / 2)


def test_late_entry_leaves_the_earlier_risk_sets():
    # subject 3 (x = 1) enters after the first event: L = t / (t + 1) x 1 / (1 + t), greatest at t = 1
    fit = cox([1, 2, 3], [1, 1, 1], [1, 0, 1], entry=[0, 0, 1])
    assert_allclose(fit.coef, [0], atol=1e-12)
    assert_allclose(fit.loglik, np.log(1 / 4))


def test_weights_multiply_the_likelihood():
    # the first subject twice, Breslow: t^2 / (3t + 1)^2 x 1 / (1 + t)
    fit = cox([1, 2, 3], [1, 1, 1], [1, 0, 1], weights=[2, 1, 1], ties="breslow")
    t = fit.hazard_ratio[0]
    assert_allclose(2 - 2 * 3 * t / (3 * t + 1) - t / (1 + t), 0, atol=1e-12)
    assert_allclose(fit.loglik, 2 * np.log(t / (3 * t + 1)) - np.log(1 + t))


def test_robust_variance_of_single_rows_by_hand():
    fit = cox([1, 2, 3], [1, 1, 1], [1, 0, 1], cluster=[1, 2, 3])
    t = np.sqrt(1 / 2)
    # means of x at the events 2t/(2t+1), t/(1+t), 1; hazards 1/(2t+1), 1/(1+t), 1/t
    mean, hazard = np.array([2 * t / (2 * t + 1), t / (1 + t), 1]), np.array([1 / (2 * t + 1), 1 / (1 + t), 1 / t])
    residual = [
        (1 - mean[0]) - t * (hazard * (1 - mean))[:1].sum(),
        (0 - mean[1]) - 1 * (hazard * (0 - mean))[:2].sum(),
        (1 - mean[2]) - t * (hazard * (1 - mean)).sum(),
    ]
    information = 2 * t / (2 * t + 1) ** 2 + t / (1 + t) ** 2
    assert_allclose(fit.std_error, [np.sqrt(np.sum(np.square(residual))) / information])


def test_baseline_hazard_is_that_of_covariates_zero():
    (hazard,) = cox([1, 2, 3], [1, 1, 1], [1, 0, 1]).baseline_hazard()
    t = np.sqrt(1 / 2)
    assert_allclose(hazard.cumulative_hazard, np.cumsum([1 / (2 * t + 1), 1 / (1 + t), 1 / t]))
    assert_allclose(hazard.at([0.5, 2.5]), [0, 1 / (2 * t + 1) + 1 / (1 + t)])


def test_concordance_counts_pairs():
    # risks: x = 1 is lower. Pairs (1,2) wrong, (1,3) tied, (2,3) right: (0 + 1/2 + 1) / 3
    assert_allclose(cox([1, 2, 3], [1, 1, 1], [1, 0, 1]).concordance().value, 1 / 2)


def test_monotone_likelihood_is_found_and_said():
    fit = cox(
        [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], np.array([[0, 0.3], [0, 0.4], [0, 0.2], [1, 1], [1, 0.3], [1, 0.5]])
    )
    assert fit.monotone.tolist() == [True, False]
    assert fit.coef[0] == -np.inf
    assert fit.hazard_ratio[0] == 0
    assert np.isnan([fit.std_error[0], fit.lower[0], fit.upper[0], fit.wald.chi_square]).all()
    assert not fit.converged
    assert "coefficient 1 has no finite estimate" in fit.warning
    # the supremum: those with x = 1 drop out of the risk sets, and the second covariate decides among the rest
    inner = cox([1, 2, 3], [1, 1, 1], [0.3, 0.4, 0.2])
    assert_allclose(fit.loglik, inner.loglik, rtol=1e-8)
    assert_allclose(fit.coef[1], inner.coef[0], rtol=1e-6)


def test_a_covariate_that_repeats_another_is_left_out_and_said():
    x = np.array([1.0, 0, 1, 0, 1])
    fit = cox([1, 2, 3, 4, 5], [1, 1, 1, 1, 0], np.column_stack([x, 1 - x]))
    assert fit.aliased.tolist() == [False, True]
    assert np.isnan(fit.coef[1])
    assert_allclose(fit.coef[0], cox([1, 2, 3, 4, 5], [1, 1, 1, 1, 0], x).coef[0])
    assert fit.wald.degrees_of_freedom == fit.likelihood_ratio.degrees_of_freedom == 1
    assert "Coefficient 2 is left out" in fit.warning


def test_no_events_and_no_difference_are_refused():
    with pytest.raises(AnalysisDataError, match="there is no event"):
        cox([1, 2], [0, 0], [0, 1])
    with pytest.raises(AnalysisDataError, match="no covariate differs"):
        cox([1, 2, 3, 4], [1, 1, 1, 1], [0, 0, 1, 1], strata=[1, 1, 2, 2])


def test_one_subject_far_from_all_others_is_no_obstacle():
    """Coefficients are then large in standard deviations, and steps are judged relative to them."""
    random = np.random.default_rng(0)
    x = random.normal(size=(30, 2))
    x[0] = 1e5, 2e5
    time, event = np.arange(30) + 1, np.arange(30) % 2
    event[0] = 0
    fit = cox(time, event, x)
    assert fit.converged
    # subject 0 is in the first risk set only, which has no event: it does not matter
    assert_allclose(fit.coef, cox(time[1:], event[1:], x[1:]).coef, rtol=1e-6)


def test_where_nothing_but_rounding_is_left_the_steps_end_and_that_is_said():
    """Subject 0 is thousands of times farther out than all others: the two covariates are one but for it."""
    x = [[12913.22, 3439.71], [-1.43, -0.1], [-0.27, 0.37], [0.99, 0.66], [2.12, 0.66], [-0.39, 1.63]]
    fit = cox([24, 9, 17, 12, 9, 15], [1, 1, 0, 0, 0, 1], x)
    assert np.isfinite(fit.coef).all()
    assert fit.loglik > fit.loglik_null
    assert "did not converge" in fit.warning


def test_wald_of_fewer_clusters_than_coefficients_is_that_of_r():
    """R 4.2.2, survival 3.5-3: coxph(Surv(t, e) ~ a + b + c, cluster = k)$wald.test, and for c + b + a."""
    time, event, cluster = [5, 3, 8, 1, 9, 4, 7, 2, 6, 10], [1, 1, 0, 1, 1, 1, 0, 1, 1, 1], [1, 2] * 5
    x = np.column_stack(
        [[1, 0, 1, 1, 0, 0, 1, 0, 1, 0], [2, 5, 1, 7, 3, 6, 2, 4, 1, 8], [1, 1, 0, 2, 0, 1, 2, 0, 1, 2]]
    )
    test, turned = cox(time, event, x, cluster=cluster).wald, cox(time, event, x[:, ::-1], cluster=cluster).wald
    assert_allclose([test.chi_square, turned.chi_square], [3.528889287689577, 1.477404029910494], rtol=1e-8)
    assert test.degrees_of_freedom == turned.degrees_of_freedom == 3
    assert_allclose(test.p_value, 0.3170345610303078, rtol=1e-8)
