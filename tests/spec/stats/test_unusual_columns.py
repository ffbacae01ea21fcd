"""What the survival estimators answer where there is hardly anything to estimate, or times of any size."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from equipoise import stats
from equipoise.errors import AnalysisDataError

title = "One subject, no event, times of any size"


def test_one_subject():
    died, lived = stats.kaplan_meier([5], [1]), stats.kaplan_meier([5], [0])
    assert (died.survival, died.median.time) == ([0], 5)
    assert lived.survival == [1]
    assert np.isnan([died.lower[0], lived.lower[0], lived.median.time]).all()
    assert stats.cumulative_incidence([5], [2]).at(5, cause=2).incidence == [1]
    assert stats.cumulative_incidence([5], [0]).causes == ()


def test_all_censored_at_one_time():
    curve = stats.kaplan_meier([3, 3, 3], [0, 0, 0])
    assert (curve.survival.tolist(), curve.censored.tolist(), curve.std_error.tolist()) == ([1], [3], [0])
    assert stats.kaplan_meier([3, 3, 3], [0, 0, 0], conf_type="plain").lower == [1]


def test_a_group_without_an_event_is_compared():
    # day 1: 1 of 2 + 2 at risk, day 3: 1 of 1 + 1: 1/2 + 1/2 expected in each group, variance 1/4 + 1/4
    test = stats.log_rank([1, 2, 3, 4], [1, 0, 1, 0], [1, 2, 1, 2])
    assert_allclose(test.observed, [2, 0])
    assert_allclose(test.chi_square, 2)


def test_times_as_far_apart_as_numbers_go():
    time, event, group = [1e300, 1.7e308, 1e-300, 5], [1, 1, 1, 1], [1, 2, 1, 2]
    order = [3, 4, 1, 2]
    # 1.5e-8 times the mean of the distinct times is 6e299: 1e-300 and 5 are one time
    assert stats.kaplan_meier(time, event).time.tolist() == [1e-300, 1e300, 1.7e308]
    assert_allclose(
        stats.log_rank(time, event, group).variance, stats.log_rank([2, 3, 1, 1], event, group).variance, rtol=1e-14
    )
    tiny = stats.kaplan_meier([3e-300, 1e-300, 2e-300], [1, 1, 0])  # all tied: nearer than 1.5e-8
    assert tiny.time.tolist() == [1e-300]
    apart = stats.kaplan_meier(np.array(order) * 1e299, event)
    assert apart.time.tolist() == [1e299, 2e299, 3e299, 4e299]
    assert_allclose(
        apart.restricted_mean(4e299).std_error, stats.kaplan_meier(order, event).restricted_mean(4).std_error * 1e299
    )


def test_many_strata_and_a_tiny_time_do_not_depend_on_how_rows_are_packed():
    """Between 1e-300 and days there is no room for strata in the number that is sorted."""
    random = np.random.default_rng(5)
    n = 400
    time = random.integers(1, 90, n).astype(float)
    event, group, stratum = random.integers(0, 2, n), random.integers(0, 3, n), random.integers(0, 40, n)
    near, far = np.append(time, 0.5), np.append(time, 1e-300)
    columns = [np.append(column, 1) for column in (event, group, stratum)]
    one, other = (stats.log_rank(when, *columns[:2], strata=columns[2]) for when in (near, far))
    assert_allclose(one.variance, other.variance, rtol=1e-12)
    one, other = (stats.gray_test(when, *columns[:2], strata=columns[2]) for when in (near, far))
    assert_allclose(one.covariance, other.covariance, rtol=1e-12)
    one, other = (stats.cumulative_incidence(when, columns[0], group=columns[2]) for when in (near, far))
    for curve, same in zip(one.curves, other.curves, strict=True):
        assert_allclose(curve.std_error, same.std_error, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("scale", [1e-9, 1, 1e9])
def test_weights_that_are_all_alike_change_the_numbers_and_not_the_curve(scale):
    plain = stats.kaplan_meier([1, 2, 2, 3], [1, 1, 0, 1])
    scaled = stats.kaplan_meier([1, 2, 2, 3], [1, 1, 0, 1], weights=[scale] * 4)
    assert_allclose(scaled.survival, plain.survival, rtol=1e-12, atol=1e-15)
    assert_allclose(scaled.at_risk, plain.at_risk * scale)
    assert_allclose(scaled.log_std_error, plain.log_std_error / np.sqrt(scale))


def test_codes_of_causes_are_exact():
    far = [-(2**60), 2**60, 7]
    assert stats.cumulative_incidence([1, 2, 3], far, censor_code=7).causes == (-(2**60), 2**60)
    assert stats.cumulative_incidence([1, 2, 3], np.array(far), censor_code=7).causes == (-(2**60), 2**60)


def test_labels_come_back_as_they_were():
    time, event = [1, 2, 3, 4], [1, 1, 1, 1]
    assert stats.log_rank(time, event, np.array([True, False, True, False])).groups == (False, True)
    assert stats.log_rank(time, event, np.array([-1, 2**40] * 2)).groups == (-1, 2**40)
    assert stats.log_rank(time, event, np.array([1, 2**63 + 5] * 2, np.uint64)).groups == (1, 2**63 + 5)
    assert stats.log_rank(time, event, ["b", "a"] * 2).groups == ("a", "b")
    assert stats.log_rank(time, event, [0.5, 1.5] * 2).groups == (0.5, 1.5)


def test_what_a_masked_array_hides_is_missing():
    time = np.ma.array([1.0, 2, 3, 4], mask=[0, 0, 1, 0])
    with pytest.raises(AnalysisDataError, match="1 of 4 values are missing or infinite; the first is in row 2"):
        stats.kaplan_meier(time, [1, 1, 1, 1])
    with pytest.raises(AnalysisDataError, match="group: 1 of 4 values are missing"):
        stats.log_rank([1, 2, 3, 4], [1, 1, 1, 1], np.ma.array([1, 2, 1, 2], mask=[0, 1, 0, 0]))


def test_the_data_of_the_caller_stay_as_they_are():
    random = np.random.default_rng(6)
    columns = [random.integers(low, high, 2000) for low, high in ((1, 90), (0, 3), (0, 2), (0, 2))]
    before = [column.copy() for column in columns]
    time, cause, group, stratum = columns
    stats.kaplan_meier(time, cause == 1)
    stats.kaplan_meier(time, stratum, entry=time - 1, weights=group)
    stats.log_rank(time, stratum, group, strata=cause)
    stats.cumulative_incidence(time, cause, group=group, entry=time - 1)
    stats.cumulative_incidence(time, cause, group=group)
    stats.gray_test(time, cause, group, strata=stratum)
    for column, was in zip(columns, before, strict=True):
        assert_array_equal(column, was)


def test_one_step_hazard_ratio_by_hand():
    test = stats.log_rank([1, 2, 3, 4], [1, 1, 1, 1], ["A", "B", "A", "B"])
    # O - E of B: 2 - (1/2 + 2/3 + 1/2 + 1) = -2/3; variance 1/4 + 2/9 + 1/4 = 13/18
    assert_allclose(test.peto.log_hazard_ratio, -12 / 13)
    assert_allclose(test.peto.std_error, np.sqrt(18 / 13))
    assert_allclose(
        np.log([test.peto.lower, test.peto.upper]), -12 / 13 + 1.959963984540054 * np.sqrt(18 / 13) * np.array([-1, 1])
    )


@pytest.mark.parametrize(
    ("groups", "options", "words"),
    [
        ([1, 2, 3, 3], {}, "3 groups"),
        ([1, 2, 1, 2], {"rho": 1}, "weighted"),
        ([1, 2, 1, 2], {"weight": "gehan"}, "weighted"),
    ],
)
def test_a_one_step_hazard_ratio_is_of_two_groups_without_weights(groups, options, words):
    with pytest.raises(AnalysisDataError, match=words):
        _ = stats.log_rank([1, 2, 3, 4], [1, 1, 1, 1], groups, **options).peto


def test_counting_whole_days_and_sorting_other_times_give_the_same():
    random = np.random.default_rng(7)
    n = 3000
    days, cause = random.integers(0, 60, n), random.integers(0, 4, n)
    group, stratum, weight = random.integers(0, 3, n), random.integers(0, 5, n), random.integers(0, 3, n)
    entry = days - random.integers(1, 9, n).astype(float)
    for unit in (0.5, 1 / 3):
        assert_allclose(
            stats.kaplan_meier(days * unit, cause == 1).log_std_error,
            stats.kaplan_meier(days, cause == 1).log_std_error,
        )
        one, other = (stats.kaplan_meier(time, cause == 1, weights=weight) for time in (days, days * unit))
        assert_allclose(one.at_risk, other.at_risk)
        one, other = (stats.log_rank(time, cause == 1, group, strata=stratum) for time in (days, days * unit))
        assert_allclose(one.variance, other.variance)
        one, other = (stats.gray_test(time, cause, group) for time in (days, days * unit))
        assert_allclose(one.covariance, other.covariance)
        one, other = (stats.cumulative_incidence(time, cause, group=group) for time in (days, days * unit))
        late, later = (
            stats.cumulative_incidence(days * scale, cause, group=group, entry=entry * scale) for scale in (1, unit)
        )
        for pair in (*zip(one.curves, other.curves, strict=True), *zip(late.curves, later.curves, strict=True)):
            assert_allclose(pair[0].std_error, pair[1].std_error, rtol=1e-10)
            assert_allclose(pair[0].std_error_survival, pair[1].std_error_survival, rtol=1e-10)
