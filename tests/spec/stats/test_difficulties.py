"""The smallest data that hold a difficulty, worked out by hand for each estimator.

FOUR: one event alone; an event and a censoring at one time; the last observation an event, with nobody left to compare.
Source: Kalbfleisch & Prentice 2002, sections 1.4 and 4.2; Gray 1988; Fine & Gray 1999.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise import stats
from equipoise.errors import AnalysisDataError

title = "Ties, last events, empty groups and strata"
TIME, EVENT, GROUP = [1, 2, 2, 3], [1, 1, 0, 1], list("abab")
CAUSE = [1, 2, 0, 1]


def test_kaplan_meier_counts_a_subject_censored_at_an_event_as_at_risk():
    fit = stats.kaplan_meier(TIME, EVENT)
    # day 1: 3/4 | day 2: 3 at risk, 3/4 x 2/3 | day 3: the last one
    assert_allclose(fit.survival, [3 / 4, 1 / 2, 0])
    assert_allclose(fit.at_risk, [4, 3, 1])
    # Greenwood on day 2: 1/(4 x 3) + 1/(3 x 2) = 1/4
    assert_allclose(fit.at([2]).std_error, 1 / 2 * np.sqrt(1 / 4))
    mean = fit.restricted_mean(3)
    assert_allclose(mean.estimate, 1 + 3 / 4 + 1 / 2)
    # areas left after days 1 and 2: 5/4 and 1/2
    assert_allclose(mean.std_error**2, (5 / 4) ** 2 / 12 + (1 / 2) ** 2 / 6)


def test_follow_up_counts_a_subject_with_an_event_at_a_censoring_as_at_risk():
    # only the censoring on day 2, of 3 still there
    fit = stats.reverse_kaplan_meier(TIME, EVENT)
    assert_allclose(fit.survival, [1, 2 / 3, 2 / 3])


def test_tied_events_leave_together():
    # 4 at risk, 2 events: 1/2, and 2/(4 x 2) = 1/4
    fit = stats.kaplan_meier([1, 1, 2, 2], [1, 1, 0, 0])
    assert_allclose(fit.survival, [1 / 2, 1 / 2])
    assert_allclose(fit.std_error[0], 1 / 2 * np.sqrt(1 / 4))
    assert_allclose(fit.cumulative_hazard_std_error[0] ** 2, 2 / 16)


def test_log_rank_of_four():
    test = stats.log_rank(TIME, EVENT, GROUP)
    # a at risk: day 1 2 of 4, day 2 1 of 3 (the one censored then), day 3 none: no variance
    assert_allclose(test.expected, [1 / 2 + 1 / 3, 1 / 2 + 2 / 3 + 1])
    assert_allclose(test.variance[0, 0], 1 / 4 + 2 / 9)
    assert_allclose(test.chi_square, 1 / 17)


def test_cox_of_four():
    """r / (2r + 2) x 1 / (r + 2) x 1 / 1, greatest where 1 / (r + 1) = r / (r + 2): r^2 = 2."""
    fit = stats.cox(TIME, EVENT, [1, 0, 1, 0])
    r = np.sqrt(2)
    assert_allclose(fit.hazard_ratio, [r])
    assert_allclose(fit.loglik, np.log(r / (2 * r + 2) / (r + 2)))
    assert_allclose(fit.std_error, [1 / np.sqrt(r / (r + 1) ** 2 + 2 * r / (r + 2) ** 2)])
    # the score test is the log-rank test
    assert_allclose(fit.score.chi_square, 1 / 17)


def test_a_stratum_without_events_adds_nothing_to_cox():
    one = stats.cox(TIME, EVENT, [1, 0, 1, 0])
    two = stats.cox([*TIME, 1, 2], [*EVENT, 0, 0], [1, 0, 1, 0, 1, 0], strata=[1, 1, 1, 1, 2, 2])
    assert_allclose(two.coef, one.coef)
    assert_allclose(two.loglik, one.loglik)


def test_incidence_of_four():
    curves = stats.cumulative_incidence(TIME, CAUSE).of()
    # day 1: 1/4 | day 2: 3 at risk, 3/4 x 1/3 of cause 2 | day 3: the last one, 1/2 of cause 1: nobody is left
    assert_allclose(curves.incidence, [[1 / 4, 1 / 4, 3 / 4], [0, 1 / 4, 1 / 4]])
    assert_allclose(curves.event_free, [3 / 4, 1 / 2, 0])


def test_two_causes_at_one_time():
    curves = stats.cumulative_incidence([1, 1, 2, 3], [1, 2, 1, 0]).of()
    # day 1: 1/4 each | day 2: 2 at risk, 1/2 x 1/2
    assert_allclose(curves.incidence[:, :2], [[1 / 4, 1 / 2], [1 / 4, 1 / 4]])
    assert_allclose(curves.event_free[:2], [1 / 2, 1 / 4])
    # nobody censored before day 2: the multinomial variances p (1 - p) / 4
    assert_allclose(curves.std_error_survival[:, 0] ** 2, [3 / 64, 3 / 64])


def test_a_group_without_events_has_no_incidence_and_no_variance():
    fit = stats.cumulative_incidence([1, 2, 1, 2], [1, 0, 0, 0], group=list("aabb"))
    at = fit.at([2], group="b")
    assert_allclose([at.incidence[0], at.std_error[0]], 0)
    assert_allclose(fit.of("b").event_free, 1)
    assert_allclose(fit.at([2], group="a").incidence, 1 / 2)


def test_one_cause_is_one_minus_kaplan_meier():
    curves = stats.cumulative_incidence(TIME, EVENT).of()
    assert_allclose(curves.incidence, [[1 / 4, 1 / 2, 1]])


def test_gray_of_four():
    test = stats.gray_test(TIME, CAUSE, GROUP)
    # day 1: 2 of each at risk | day 3: a has left, R of b is 1 x 1 / (1/2): nothing to compare
    assert_allclose(test.score, [1 - 1 / 2, -1 + 1 / 2])
    # cuminc(c(1,2,2,3), c(1,2,0,1), c("a","b","a","b"))$Tests
    assert_allclose(test.chi_square, 1.0, rtol=1e-12)


def test_gray_with_one_cause_has_the_score_of_log_rank():
    assert_allclose(stats.gray_test(TIME, EVENT, GROUP).score, [1 / 6, -1 / 6])


def test_gray_with_tied_causes_and_censorings():
    """cuminc(c(1,2,5,3,4,6,2,3,3,7), c(1,2,0,1,0,0,1,1,2,1), c("a","a","a","b","b","b","a","b","a","b"))$Tests"""
    time, cause, group = [1, 2, 5, 3, 4, 6, 2, 3, 3, 7], [1, 2, 0, 1, 0, 0, 1, 1, 2, 1], list("aaabbbabab")
    assert_allclose(
        [stats.gray_test(time, cause, group, cause_of_interest=k).chi_square for k in (1, 2)],
        [0.102860864276989, 2.212831819418212],
    )


def test_gray_with_a_group_that_never_has_an_event():
    """cuminc(c(1,2,3,4,5,6,2.5,4.5), c(1,0,1,2,0,1,0,0), c("a","a","a","b","b","b","c","c"))$Tests"""
    test = stats.gray_test([1, 2, 3, 4, 5, 6, 2.5, 4.5], [1, 0, 1, 2, 0, 1, 0, 0], list("aaabbbcc"))
    assert_allclose(test.chi_square, 4.7845116134022)
    assert test.degrees_of_freedom == 2


def test_a_stratum_without_the_cause_adds_nothing_to_gray():
    one = stats.gray_test(TIME, CAUSE, GROUP)
    two = stats.gray_test(TIME * 2, [*CAUSE, 2, 2, 0, 2], GROUP * 2, strata=[1] * 4 + [2] * 4)
    assert_allclose(two.score, one.score)
    assert_allclose(two.chi_square, one.chi_square)


def test_fine_gray_weighs_a_competing_event_by_the_censorings_before_each_event():
    """Competing on day 1 (x = 1); on day 2 an event (x = 1) and a censoring (x = 0); on day 3 the last event (x = 0).

    The censoring comes after the event: on day 2 the first subject still counts in full, on day 3 with 2/3:
    r / (2r + 2) x 1 / (2r/3 + 1), greatest where 1 / (r + 1) = 2r / (2r + 3): r^2 = 3/2.
    """
    fit = stats.fine_gray([1, 2, 2, 3], [2, 1, 0, 1], [1, 1, 0, 0])
    r = np.sqrt(3 / 2)
    assert_allclose(fit.subdistribution_hazard_ratio, [r])
    assert_allclose(fit.loglik, np.log(r / (2 * r + 2) / (2 * r / 3 + 1)))
    # shares of x = 1 at the events: 2r/(2r + 2) and (2r/3)/(2r/3 + 1)
    shares = np.array([r / (r + 1), 2 * r / (2 * r + 3)])
    assert_allclose(fit.naive_std_error, [1 / np.sqrt((shares * (1 - shares)).sum())])
    # crr(c(1,2,2,3), c(2,1,0,1), c(1,1,0,0), gtol = 1e-12)
    assert_allclose(fit.std_error, [1.060660171779821], rtol=1e-8)


def test_fine_gray_keeps_tied_events_in_both_risk_sets():
    # r / (r + 2)^2 is greatest at 2, as Breslow's
    assert_allclose(stats.fine_gray([1, 1, 2], [1, 1, 0], [1, 0, 0]).subdistribution_hazard_ratio, [2])


def test_fine_gray_with_one_cause_is_cox():
    fit = stats.fine_gray(TIME, EVENT, [1, 0, 1, 0])
    assert_allclose(fit.subdistribution_hazard_ratio, [np.sqrt(2)])


@pytest.mark.parametrize(
    "call",
    [
        lambda: stats.log_rank(TIME, EVENT, list("aaaa")),
        lambda: stats.gray_test(TIME, CAUSE, list("aaaa")),
        lambda: stats.log_rank([1, 1, 1, 1], [1, 1, 1, 1], list("abab")),  # everybody at once: no variance
        lambda: stats.cox(TIME, EVENT, [1, 1, 1, 1]),
        lambda: stats.fine_gray(TIME, CAUSE, [1, 1, 1, 1]),
        lambda: stats.cox(TIME, [0, 0, 0, 0], [1, 0, 1, 0]),
        lambda: stats.fine_gray(TIME, [0, 2, 0, 2], [1, 0, 1, 0]),
        lambda: stats.gray_test(TIME, [0, 0, 0, 0], GROUP),
    ],
)
def test_one_group_no_variance_or_no_event_is_refused(call):
    with pytest.raises(AnalysisDataError):
        call()


def test_a_distance_below_a_half_is_not_corrected():
    """3 of 6 against 3 of 7: expected 6 x 6/13, distance 3/13, variance 6 x 7 x 6 x 7 / (13^2 x 12); as R's."""
    fit = stats.mantel_haenszel([[[3, 3], [3, 4]]])
    assert_allclose(fit.test_corrected.chi_square, (3 / 13) ** 2 / (42**2 / (13**2 * 12)))
    assert fit.test_corrected == fit.test


def test_a_function_of_time_that_says_nothing_is_refused():
    """A time of 0 has no logarithm; with all events at one time no effect can change. R's cox.zph stops in both."""
    zero = stats.cox([0, 1, 2, 3], EVENT, [1, 0, 1, 0])
    once = stats.cox([1, 1, 1, 2], [1, 1, 0, 0], [1, 0, 1, 0])
    for fit in (zero, once):
        with pytest.raises(AnalysisDataError, match="not finite, or takes one value at all events"):
            fit.proportional_hazards_test("log")
    assert zero.proportional_hazards_test("identity").overall.degrees_of_freedom == 1


def test_a_change_of_effect_of_which_the_events_tell_nothing_is_missing():
    """At day 4 one subject is alone at risk, and one day shows no change; cox.zph of R stops: a singular matrix."""
    once = stats.cox([1, 1, 2, 3, 4], [1, 1, 0, 0, 1], [0, 1, 1, 0, 0.5]).proportional_hazards_test("identity")
    assert np.isnan([once.overall.chi_square, once.overall.p_value, once.covariates[0].p_value]).all()
    assert once.overall.degrees_of_freedom == 0


def test_an_infinite_coefficient_has_no_test_of_its_change_and_leaves_that_of_the_others_alone():
    """A covariate that only those with an event on day 1 have: its coefficient takes them out, with nothing left of it.

    What day 1 says about the other covariate then is nothing either, as all who are compared there are alike in it.
    """
    time, event, x = [2, 3, 4, 5, 6, 7], [1, 1, 0, 1, 1, 0], [0, 1, 1, 0, 1, 0]
    alone = stats.cox(time, event, x).proportional_hazards_test("identity").covariates[0]
    fit = stats.cox([1, *time], [1, *event], np.column_stack([[0, *x], [1, 0, 0, 0, 0, 0, 0]]))
    test = fit.proportional_hazards_test("identity")
    assert fit.monotone.tolist() == [False, True]
    assert np.isnan([test.covariates[1].chi_square, test.covariates[1].p_value]).all()
    assert_allclose(test.covariates[0].chi_square, alone.chi_square, rtol=1e-6)
    assert_allclose(test.overall, (alone.chi_square, 1, alone.p_value, alone.log10_p_value), rtol=1e-6)
