"""Competing risks by hand. Source: Aalen & Johansen 1978; Gray 1988; Fine & Gray 1999."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import cumulative_incidence, fine_gray, gray_test

title = "Cumulative incidence where causes compete"
TIME, CAUSE = [1, 2, 3, 4, 5], [1, 2, 0, 1, 0]


def test_five_subjects_by_hand():
    curves = cumulative_incidence(TIME, CAUSE).of()
    # day 1: 5 at risk, 1/5 | day 2: 4 at risk, 4/5 x 1/4 | day 4: 2 at risk, 3/5 x 1/2
    assert_allclose(curves.incidence, [[1 / 5, 1 / 5, 1 / 5, 1 / 2, 1 / 2], [0, 1 / 5, 1 / 5, 1 / 5, 1 / 5]])
    assert_allclose(curves.event_free, [4 / 5, 3 / 5, 3 / 5, 3 / 10, 3 / 10])
    assert_allclose(curves.at_risk, [5, 4, 3, 2, 1])


def test_without_censoring_the_variance_of_survival_is_binomial():
    curves = cumulative_incidence([1, 2, 3, 4, 5], [1, 2, 1, 2, 1]).of()
    assert_allclose(curves.std_error_survival**2, curves.incidence * (1 - curves.incidence) / 5, atol=1e-17)


def test_the_variance_of_cmprsk_has_no_tie_between_the_event_and_the_rest():
    # day 1: the coefficient of the one event is 1/5, its variance 1 where the binomial has 4/5
    at = cumulative_incidence(TIME, CAUSE).at([1])
    assert_allclose(at.std_error**2, [1 / 25])
    # two tied events of 5: 2 x (1 - 1/4) / 25
    assert_allclose(cumulative_incidence([1, 1, 2, 3, 4], [1, 1, 0, 0, 0]).at([1]).std_error ** 2, [2 * 3 / 4 / 25])


def test_log_log_limits_by_hand():
    at = cumulative_incidence(TIME, CAUSE).at([1])
    width = 1.959963984540054 * (1 / 5) / (1 / 5 * np.log(1 / 5))
    assert_allclose([at.lower[0], at.upper[0]], [(1 / 5) ** np.exp(-width), (1 / 5) ** np.exp(width)])


def test_plain_limits_stop_at_zero_and_one():
    at = cumulative_incidence(TIME, CAUSE, conf_type="plain").at([0, 1, 4])
    assert (at.lower >= 0).all()
    assert (at.upper <= 1).all()
    assert (at.lower[0], at.upper[0]) == (0, 0)


def test_groups_and_any_codes():
    fit = cumulative_incidence(TIME * 2, [7, 9, -1, 7, -1] * 2, group=["x"] * 5 + ["y"] * 5, censor_code=-1)
    assert fit.groups == ("x", "y")
    assert fit.causes == (7, 9)
    assert_allclose(fit.at([4], cause=7, group="y").incidence, [1 / 2])
    with pytest.raises(AnalysisDataError, match="there is no group 'z'"):
        fit.of("z")


def test_past_the_last_time_the_value_is_carried_on_or_missing():
    fit = cumulative_incidence(TIME, CAUSE)
    assert_allclose(fit.at([9]).incidence, [1 / 2])
    assert np.isnan(fit.at([9], extend=False).incidence[0])
    assert_allclose(fit.at([5], extend=False).incidence, [1 / 2])
    assert_allclose(fit.at([5, 9]).at_risk, [1, 0])


def test_a_cause_that_never_occurs_has_no_incidence():
    at = cumulative_incidence(TIME, CAUSE).at([0, 4], cause=3)
    assert_allclose(at.incidence, 0)
    assert_allclose(at.std_error, 0)
    assert np.isnan(at.lower).all()


def test_all_censored():
    fit = cumulative_incidence([1, 2], [0, 0])
    assert fit.causes == ()
    assert_allclose(fit.of().event_free, 1)


def test_gray_score_by_hand():
    """Group a: cause 1 on day 1, cause 2 on day 2, censored on 5; group b: cause 1 on day 3, censored on 4 and 6."""
    test = gray_test([1, 2, 5, 3, 4, 6], [1, 2, 0, 1, 0, 0], list("aaabbb"))
    # R = at risk x (1 - F1) / S: day 1: 3 and 3; day 3: a 1 x (2/3) / (1/3) = 2, b 3
    assert_allclose(test.score, [1 - 3 / 6 + 0 - 2 / 5, -1 + 3 / 6 - 0 + 2 / 5])
    assert test.degrees_of_freedom == 1
    assert_allclose(test.chi_square, test.score[0] ** 2 / test.covariance[0, 0])


def test_gray_of_strata_is_summed():
    time, cause, group = [1, 2, 5, 3, 4, 6], [1, 2, 0, 1, 0, 0], list("aaabbb")
    one = gray_test(time, cause, group)
    two = gray_test(time * 2, cause * 2, group * 2, strata=[1] * 6 + [2] * 6)
    assert_allclose(two.score, 2 * one.score)
    assert_allclose(two.covariance, 2 * one.covariance)


@pytest.mark.parametrize(("cause", "group"), [([2, 2, 0, 0], list("abab")), ([1, 1, 1, 1], list("aaaa"))])
def test_gray_with_nothing_to_compare_is_refused(cause, group):
    with pytest.raises(AnalysisDataError, match="there is nothing to compare"):
        gray_test([1, 2, 3, 4], cause, group)


def test_without_censoring_competing_events_stay_at_risk_for_ever():
    """x = 1 fails of cause 1 on day 1, x = 0 and 1 of cause 2 on days 2 and 3, x = 0 of cause 1 on day 4.

    With t the ratio: t / (2t + 2) x 1 / (t + 2), greatest at t = sqrt(2).
    """
    fit = fine_gray([1, 2, 3, 4], [1, 2, 2, 1], [1, 0, 1, 0])
    t = np.sqrt(2)
    assert_allclose(fit.subdistribution_hazard_ratio, [t])
    assert_allclose(fit.loglik, np.log(t / (2 * t + 2) / (t + 2)))
    assert_allclose(fit.naive_std_error, [1 / np.sqrt(2 * t * 2 / (2 * t + 2) ** 2 + 2 * t / (t + 2) ** 2)])
    # nobody is censored, so the weights are known
    assert_allclose(fit.std_error, fit.known_weights_std_error)
    # hazards 1 / (2t + 2) and 1 / (t + 2)
    prediction = fit.predict([0]).at([0.5, 1, 4])
    assert_allclose(prediction, 1 - np.exp([0, -1 / (2 * t + 2), -1 / (2 * t + 2) - 1 / (t + 2)]))


def test_the_pseudo_likelihood_ratio_by_hand():
    """Of the same four subjects: t / (2t + 2) x 1 / (t + 2) at its top against 1/12 at t = 1."""
    t = np.sqrt(2)
    test = fine_gray([1, 2, 3, 4], [1, 2, 2, 1], [1, 0, 1, 0]).pseudo_likelihood_ratio
    assert_allclose(test.chi_square, 2 * np.log(12 * t / ((2 * t + 2) * (t + 2))), rtol=1e-10)
    assert test.degrees_of_freedom == 1


def test_a_competing_event_counts_less_after_each_censoring():
    """Competing on day 1 (x = 1), censored on day 2 (x = 0), events on days 3 (x = 0), 4 (x = 1) and 5 (x = 0).

    Uncensored before day 3: 3/4 of the four at risk on day 2, so the first subject weighs 3/4:
    1 / (3t/4 + t + 2) x t / (3t/4 + t + 1) x 1 / (3t/4 + 1).
    """
    fit = fine_gray([1, 2, 3, 4, 5], [2, 0, 1, 1, 1], [1, 0, 0, 1, 0])
    t = fit.subdistribution_hazard_ratio[0]
    assert_allclose(
        1 - 7 / 4 * t / (7 / 4 * t + 2) - 7 / 4 * t / (7 / 4 * t + 1) - 3 / 4 * t / (3 / 4 * t + 1), 0, atol=1e-12
    )
    assert_allclose(fit.loglik, np.log(t / (7 / 4 * t + 2) / (7 / 4 * t + 1) / (3 / 4 * t + 1)))


def test_monotone_likelihood_is_found_and_said():
    fit = fine_gray([1, 2, 3, 4, 5, 6], [1, 1, 2, 0, 2, 0], [1, 1, 1, 0, 0, 0])
    assert fit.monotone.tolist() == [True]
    assert fit.subdistribution_hazard_ratio[0] == np.inf
    assert "no finite estimate" in fit.warning


def test_no_event_of_the_cause_and_useless_covariates_are_refused():
    with pytest.raises(AnalysisDataError, match="cause 1 does not occur"):
        fine_gray([1, 2], [2, 0], [0, 1])
    with pytest.raises(AnalysisDataError, match="say nothing of their own"):
        fine_gray([1, 2, 3, 4], [1, 2, 1, 0], [[0, 0], [1, 1], [1, 1], [0, 0]])
    with pytest.raises(AnalysisDataError, match="no covariate differs"):
        fine_gray([1, 2, 3, 4], [1, 2, 1, 0], [1, 1, 1, 1])
