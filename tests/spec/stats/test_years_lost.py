"""Time lost to competing causes. Source: Andersen 2013, Stat Med 32:5278-5285."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import compare_restricted_mean, years_lost

title = "What each cause takes from the time up to a horizon"
TIME = [1, 2, 2, 3, 4, 4, 4, 5, 6, 7, 8, 8, 9, 10, 11, 12, 12, 13, 15, 16]
CAUSE = [1, 2, 0, 1, 2, 1, 0, 0, 1, 2, 2, 1, 0, 1, 2, 0, 1, 0, 1, 0]
GROUP = [1, 2] * 10


def test_four_subjects_by_hand():
    # incidence 1/4 of cause 1 from day 1, 1/4 of cause 2 from day 2; without censoring the influences are those of a
    # mean: subject 1 loses 2 to cause 1, subject 2 loses 1 to cause 2; variance sum((x - mean)^2) / n^2
    lost = years_lost([1, 2, 4, 4], [1, 2, 0, 0], tau=3).of()
    assert_allclose(lost.lost, [2 / 4, 1 / 4])
    assert_allclose(lost.std_error**2, [(1.5**2 + 3 * 0.5**2) / 16, (0.75**2 + 3 * 0.25**2) / 16])
    assert_allclose(lost.covariance[0, 1], (1.5 * -0.25 + -0.5 * 0.75 + 2 * 0.5 * 0.25) / 16)
    assert lost.restricted_mean == 3 - 3 / 4


@pytest.mark.parametrize(
    ("tau", "lost", "covariance", "mean_std_error"),
    [
        (10, [1.5088235294118, 1.0264705882353],
         [[0.3979067524933846, -0.0809683238347242], [-0.0809683238347242, 0.2553930388764502]], 0.700972997839708),
        (14, [3.05, 2.1441176470588],
         [[1.016145390509144, -0.356251915472071], [-0.356251915472071, 0.758673693698933]], 1.030686787178304),
    ],
)  # fmt: skip
def test_twenty_subjects_with_ties_agree_with_r(tau, lost, covariance, mean_std_error):
    # fit <- survfit(Surv(time, factor(cause, 0:2)) ~ 1, data, id = id); crossprod(residuals(fit, tau, type = "auc"));
    # print(survfit(..., influence = TRUE), rmean = tau) has the same se(rmean)
    fit = years_lost(TIME, CAUSE, tau=tau)
    assert fit.causes == (1, 2)
    assert_allclose(fit.of().lost, lost, rtol=1e-12)
    assert_allclose(fit.of().covariance, covariance, rtol=1e-12)
    assert_allclose(fit.of().restricted_mean_std_error, mean_std_error, rtol=1e-12)


def test_two_groups_agree_with_r():
    fit = years_lost(TIME, CAUSE, tau=12, group=GROUP)
    one, two = fit.of(1), fit.of(2)
    assert_allclose(one.lost, [1.8875, 1.6], rtol=1e-12)
    assert_allclose(two.lost, [2.4, 1.58333333333333], rtol=1e-12)
    assert_allclose(one.std_error, [1.204371918781736, 0.900264235902129], rtol=1e-12)
    assert_allclose(two.std_error, [1.06515517909625, 1.03994301838201], rtol=1e-12)
    difference = fit.contrasts[0].causes[0]
    assert_allclose(difference.estimate, 2.4 - 1.8875, rtol=1e-12)
    assert_allclose(difference.std_error, math.hypot(1.204371918781736, 1.06515517909625), rtol=1e-12)


def test_all_causes_together_are_the_restricted_mean():
    event = np.array(CAUSE) > 0
    mean = compare_restricted_mean(TIME, event, GROUP, tau=12).contrasts[0].difference
    total = years_lost(TIME, CAUSE, tau=12, group=GROUP).contrasts[0].total
    assert_allclose([total.estimate, total.std_error, total.z], [-mean.estimate, mean.std_error, -mean.z], rtol=1e-12)


def test_what_is_lost_and_what_is_left_add_up_to_the_horizon():
    for tau in (0.5, 4, 9.5, 16):
        lost = years_lost(TIME, CAUSE, tau=tau).of()
        assert_allclose(lost.lost.sum() + lost.restricted_mean, tau)


def test_an_event_at_the_horizon_takes_nothing():
    assert_allclose(years_lost([2, 3, 3], [1, 1, 2], tau=2).of().lost, [0, 0])


def test_the_last_subject_may_die_before_the_horizon():
    # 1/2 lost from day 1, all from day 3, of 5; no censoring: variance of (4, 2) over n
    lost = years_lost([1, 3], [1, 1], tau=5).of()
    assert_allclose([lost.lost[0], lost.std_error[0] ** 2], [3, 2 / 4])


def test_a_cause_that_spares_a_group_costs_it_nothing():
    fit = years_lost([1, 3, 1, 3], [5, -1, 7, -1], tau=2, group=list("aabb"), censor_code=-1)
    assert fit.causes == (5, 7)
    assert_allclose(fit.of("a").lost, [1 / 2, 0])
    assert fit.of("a").std_error[1] == 0


def test_without_events_there_is_no_cause_and_nothing_lost():
    fit = years_lost([3, 3], [0, 0], tau=2)
    assert fit.causes == ()
    assert fit.of().restricted_mean == 2


def test_before_the_first_event_nothing_is_lost_and_nothing_tested():
    fit = years_lost([2, 3, 2, 3], [1, 0, 1, 0], tau=1, group=list("aabb"))
    assert fit.of("a").std_error[0] == 0
    assert math.isnan(fit.contrasts[0].causes[0].p_value)


def test_intervals_cover_the_truth_by_simulation():
    """600 groups of 80; hazards 0.6 and 0.4, so F_k(t) = share x (1 - e^-t); 95 % +- 3.2 % is 3.6 standard errors."""
    draw = np.random.default_rng(5)
    truth = np.array([0.6, 0.4]) * (1.5 - (1 - math.exp(-1.5)))
    covered = np.zeros(2)
    for _ in range(600):
        died, left = draw.exponential(1.0, 80), draw.uniform(1.0, 4.0, 80)
        cause = np.where(died <= left, 1 + (draw.random(80) < 0.4), 0)
        lost = years_lost(np.append(np.minimum(died, left), 4.0), np.append(cause, 0), tau=1.5).of()
        covered += (lost.lower < truth) & (truth < lost.upper)
    assert (np.abs(covered / 600 - 0.95) < 0.032).all()


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"tau": 17}, "STATS-BEYOND-FOLLOW-UP"),
        ({"tau": -1}, "STATS-TIME"),
        ({"tau": 3, "group": [1] * 20}, "STATS-NOTHING-TO-COMPARE"),
        ({"tau": 3, "group": GROUP, "reference": 3}, "STATS-GROUP"),
    ],
)
def test_what_has_no_answer_is_refused(options, rule):
    with pytest.raises(AnalysisDataError) as refused:
        years_lost(TIME, CAUSE, **options)
    assert refused.value.rule == rule


def test_a_group_that_is_not_there_is_refused():
    with pytest.raises(AnalysisDataError, match="there is no group 'a'"):
        years_lost(TIME, CAUSE, tau=5).of("a")
