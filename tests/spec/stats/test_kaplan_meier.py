"""Kaplan-Meier by hand. Source: Kaplan & Meier 1958, J Am Stat Assoc 53:457-481."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.stats import kaplan_meier, reverse_kaplan_meier

title = "Event-free probability from censored times"
FIVE = ([1, 2, 3, 4, 5], [1, 1, 0, 1, 0])


def test_five_subjects_by_hand():
    fit = kaplan_meier(*FIVE)
    # day 1: 5 at risk, 4/5 | day 2: 4 at risk, 4/5 x 3/4 | day 4: 2 at risk, 3/5 x 1/2
    assert_allclose(fit.survival, [4 / 5, 3 / 5, 3 / 5, 3 / 10, 3 / 10])
    assert_allclose(fit.at_risk, [5, 4, 3, 2, 1])
    assert_allclose(fit.cumulative_hazard, np.cumsum([1 / 5, 1 / 4, 0, 1 / 2, 0]))
    # Greenwood: sum of events / (at risk x left)
    greenwood = np.cumsum([1 / 20, 1 / 12, 0, 1 / 2, 0])
    assert_allclose(fit.std_error, fit.survival * np.sqrt(greenwood))


def test_log_log_limits_by_hand():
    at = kaplan_meier(*FIVE).at([4])
    # log(-log S) with standard error sqrt(Greenwood) / |log S|
    s, se = 3 / 10, np.sqrt(1 / 20 + 1 / 12 + 1 / 2) / -np.log(3 / 10)
    assert_allclose(at.lower, np.exp(-np.exp(np.log(-np.log(s)) + 1.959963984540054 * se)))
    assert_allclose(at.upper, np.exp(-np.exp(np.log(-np.log(s)) - 1.959963984540054 * se)))


@pytest.mark.parametrize(
    ("conf_type", "transform"),
    [
        ("plain", lambda s: s),
        ("log", np.log),
        ("log-log", lambda s: np.log(-np.log(s))),
        ("logit", lambda s: np.log(s / (1 - s))),
        ("arcsin", lambda s: np.arcsin(np.sqrt(s))),
    ],
)
def test_limits_are_symmetric_on_the_scale_that_names_them(conf_type, transform):
    fit = kaplan_meier(np.arange(1, 41), np.tile([1, 1, 0, 1], 10), conf_type=conf_type)
    middle = slice(8, 20)
    s, lower, upper = (transform(curve[middle]) for curve in (fit.survival, fit.lower, fit.upper))
    assert_allclose(s - lower, upper - s, rtol=1e-9)
    assert (lower != upper).all()


def test_at_one_time_events_come_before_censorings():
    fit = kaplan_meier([2, 2, 3], [1, 0, 1])
    assert_allclose(fit.survival, [2 / 3, 0])
    assert_allclose(fit.at_risk, [3, 1])


def test_median_is_the_first_time_at_or_below_one_half():
    # S falls from 3/5 to 3/10 on day 4
    assert kaplan_meier(*FIVE).median.time == 4


def test_median_of_a_curve_flat_at_one_half_is_the_middle_of_the_flat_stretch():
    # S is 1/2 from day 2 to day 3
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1]).median.time == 2.5


def test_median_is_missing_where_the_curve_stays_above_one_half():
    median = kaplan_meier([1, 2, 3, 4, 5], [1, 0, 0, 0, 0]).median
    assert np.isnan([median.time, median.upper]).all()


def test_restricted_mean_is_the_area_under_the_curve():
    mean = kaplan_meier(*FIVE).restricted_mean(5)
    # 1 x 1 + 1 x 4/5 + 2 x 3/5 + 1 x 3/10
    assert_allclose(mean.estimate, 3.3)
    # area after each event: 23/10, 15/10, 3/10
    assert_allclose(mean.std_error**2, 2.3**2 / 20 + 1.5**2 / 12 + 0.3**2 / 2)
    assert not mean.beyond_follow_up


def test_restricted_mean_beyond_follow_up_says_so():
    mean = kaplan_meier(*FIVE).restricted_mean(7)
    assert_allclose(mean.estimate, 3.3 + 2 * 3 / 10)
    assert mean.beyond_follow_up


def test_before_the_first_time_everybody_is_event_free_and_after_the_last_nobody_is_at_risk():
    at = kaplan_meier(*FIVE).at([0.5, 5, 9])
    assert_allclose(at.survival, [1, 3 / 10, 3 / 10])
    assert_allclose(at.at_risk, [5, 1, 0])
    assert (at.lower[0], at.upper[0], at.std_error[0]) == (1, 1, 0)


def test_last_observation_an_event_leaves_no_standard_error():
    fit = kaplan_meier([1, 2], [1, 1])
    assert fit.survival[-1] == 0
    assert np.isnan([fit.std_error[-1], fit.lower[-1], fit.upper[-1]]).all()


def test_all_censored_stay_event_free():
    fit = kaplan_meier([1, 2, 3], [0, 0, 0])
    assert_allclose(fit.survival, 1)
    assert_allclose(fit.std_error, 0)
    assert np.isnan(fit.median.time)


def test_one_subject_with_an_event():
    fit = kaplan_meier([3], [1])
    assert (fit.survival[0], fit.median.time) == (0, 3)


def test_late_entry_counts_only_from_then_on():
    # subject 1 in (0, 2], 2 in (1, 3], 3 in (2.5, 4]
    fit = kaplan_meier([2, 3, 4], [1, 1, 1], entry=[0, 1, 2.5])
    # day 2: subjects 1 and 2 | day 3: 2 and 3 | day 4: 3
    assert_allclose(fit.at_risk, [2, 2, 1])
    assert_allclose(fit.survival, [1 / 2, 1 / 4, 0])
    # day 1: subject 2 enters at 1 and is not yet at risk at 1; day 2.5: subject 3 likewise
    assert_allclose(fit.at([1, 1.5, 2.5, 2.7]).at_risk, [1, 2, 1, 2])


def test_a_weight_stands_for_that_many_rows():
    weighted = kaplan_meier([1, 2, 3], [1, 0, 1], weights=[2, 3, 1])
    copied = kaplan_meier([1, 1, 2, 2, 2, 3], [1, 1, 0, 0, 0, 1])
    assert_allclose(weighted.survival, copied.survival)
    assert_allclose(weighted.std_error, copied.std_error)
    assert_allclose(weighted.at_risk, [6, 4, 1])


def test_a_weight_of_nothing_leaves_the_row_out():
    fit = kaplan_meier([1, 2, 3], [1, 1, 1], weights=[1, 0, 1], entry=[0, 0, 0])
    assert_allclose(fit.time, [1, 3])
    assert fit.n_subjects == 2


def test_follow_up_is_the_curve_with_events_and_censorings_exchanged():
    # censorings on days 3 and 5 are the events now: 3 at risk on day 3, 1 on day 5
    fit = reverse_kaplan_meier(*FIVE)
    assert_allclose(fit.at([3, 5]).survival, [2 / 3, 0])
    assert fit.median.time == 5
