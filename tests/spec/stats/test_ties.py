"""Times that differ by rounding alone are one time. Source: R package survival, `timefix`."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise import stats
from equipoise.stats.tails import chi_square_tail, two_sided
from equipoise.stats.ties import tie

title = "When two times are the same time"
ROUNDED = [0.1 + 0.2, 0.3, 0.5, 0.7]  # the first is 0.30000000000000004
EXACT = [0.3, 0.3, 0.5, 0.7]


def test_neighbours_take_the_smallest_of_them():
    assert tie(np.array(ROUNDED))[0].tolist() == EXACT


def test_times_that_are_truly_different_stay():
    times = np.array([1.0, 1.0 + 1e-6, 2.0])
    assert tie(times)[0] is times


def test_ties_chain():
    # each step is within the tolerance of 1.5e-8, both together are not
    assert tie(np.array([1.0, 1.0 + 1e-8, 1.0 + 2e-8]))[0].tolist() == [1.0, 1.0, 1.0]


def test_the_tolerance_grows_with_the_mean_of_the_times():
    # mean of the distinct times about 1,000: 1e-5 apart is tied
    assert tie(np.array([1000.0, 1000.0 + 1e-5]))[0].tolist() == [1000.0, 1000.0]
    assert tie(np.array([1.0, 1.0 + 1e-5]))[0].tolist() == [1.0, 1.0 + 1e-5]


def test_columns_are_tied_together():
    entry, time = tie(np.array([0.1 + 0.2]), np.array([0.3]))
    assert entry[0] == time[0] == 0.3


EVENT, CAUSE, GROUP = [1, 1, 0, 1], [1, 2, 0, 1], [0, 1, 1, 0]


@pytest.mark.parametrize(
    "numbers",
    [
        lambda time: stats.kaplan_meier(time, EVENT).survival,
        lambda time: stats.log_rank(time, EVENT, GROUP).chi_square,
        lambda time: stats.cox(time, EVENT, GROUP).coef,
        lambda time: stats.cumulative_incidence(time, CAUSE).of().incidence,
        lambda time: stats.gray_test(time, CAUSE, GROUP).score,
        lambda time: stats.fine_gray(time, CAUSE, [0.1, 1, 0, 0.9]).coef,
    ],
)
def test_every_estimator_keeps_the_rule(numbers):
    assert_allclose(numbers(ROUNDED), numbers(EXACT))


def test_a_time_asked_for_finds_the_event_that_is_tied_with_it():
    # 0.3 asked for, 0.30000000000000004 in the data
    fit = stats.kaplan_meier([0.1 + 0.2, 0.5], [1, 1])
    assert fit.at([0.3]).survival[0] == 1 / 2
    assert fit.at([0.3]).at_risk[0] == 2


def test_tails_that_underflow_have_their_logarithm():
    # with two degrees of freedom the tail is exp(-x / 2)
    assert_allclose(chi_square_tail(5000, 2), (0, -2500 / np.log(10)), rtol=1e-12)
    assert_allclose(chi_square_tail(50, 2), (np.exp(-25), -25 / np.log(10)), rtol=1e-12)
    # with one it is the two-sided normal tail
    assert_allclose(chi_square_tail(80.0**2, 1).log10_p_value, two_sided(80.0).log10_p_value, rtol=1e-12)
    # with four it is exp(-x / 2) (1 + x / 2)
    assert_allclose(chi_square_tail(4000, 4).log10_p_value, (-2000 + np.log(2001)) / np.log(10), rtol=1e-12)
    for nothing in (float("nan"), -1e-300, -1e6):
        assert np.isnan(chi_square_tail(nothing, 1)).all()
    assert chi_square_tail(float("inf"), 3).log10_p_value == -np.inf
    assert two_sided(0.0) == (1.0, 0.0)
