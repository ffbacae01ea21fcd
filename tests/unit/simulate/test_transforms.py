"""Inverse transforms: uniforms to values."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from equipoise.arrays import NEVER
from equipoise.simulate.streams import Draws
from equipoise.simulate.transforms import choice, correlated, days_of, event_months, truncated_normal, whole


def test_a_choice_cuts_the_unit_interval_in_proportion_to_the_weights():
    assert_array_equal(choice(np.array([0.01, 0.249, 0.25, 0.74, 0.76, 0.999]), [1, 2, 1]), [0, 0, 1, 1, 2, 2])


def test_a_choice_may_have_its_own_weights_for_each_draw():
    assert_array_equal(choice(np.array([0.4, 0.4]), [[1, 1], [1, 3]]), [0, 1])


def test_an_answer_without_weight_is_never_chosen():
    assert set(choice(Draws(1).uniforms("x", 10_000), [0, 1, 0, 2, 0])) == {1, 3}


def test_whole_numbers_reach_both_ends():
    assert_array_equal(whole(np.array([1e-9, 0.5, 1 - 1e-9]), 3, 5), [3, 4, 5])


def test_event_times_by_hand():
    """Hazard 0.1 to month 6, 0 to month 12, then 0.2: -log(u) of 0.3, 0.6 and 1.0 fall in months 3, 6 and 14."""
    u = np.exp([-0.3, -0.6 - 1e-12, -1.0])
    assert_allclose(event_months(u, 0.0, [6, 12], [0.1, 0.0, 0.2]), [3, 12, 14], rtol=1e-6)


def test_event_times_start_at_the_subjects_own_month():
    """From month 5: 0.1 to month 6 and nothing to month 12 leave 0.9 of a hazard of 1.0, spent at 0.2 in 4.5 months."""
    u = np.exp([-1.0])
    assert_allclose(event_months(u, np.array([5.0]), [6, 12], [0.1, 0.0, 0.2]), [16.5])


def test_a_doubled_hazard_halves_the_waiting_time():
    u = np.exp([-0.4])
    assert_allclose(event_months(u, 0.0, [], [0.1], factor=2.0), [2.0])


def test_an_event_never_comes_when_the_hazard_runs_out():
    months = event_months(np.exp([-0.59, -0.61]), 0.0, [6], [0.1, 0.0])
    assert_allclose(months, [5.9, np.inf])
    assert_array_equal(days_of(months), [180, NEVER])  # 5.9 months are 179.6 days


def test_waiting_times_have_the_hazard_they_were_given():
    """Half of the subjects have the event by log(2) / hazard; binomial standard deviation 500 of a million."""
    months = event_months(Draws(3).uniforms("x", 10**6), 1.0, [4], [0.25, 0.25])
    assert abs((months < 1 + np.log(2) / 0.25).sum() - 500_000) < 5 * 500


def test_a_truncated_normal_keeps_its_limits_and_its_middle():
    values = truncated_normal(np.array([1e-15, 0.5, 1 - 1e-15]), 58, 11, 36, 80)
    assert_allclose(values, [36, 58, 80], rtol=1e-6)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 1.0])
def test_copulas_have_the_correlation_that_was_asked_for_and_stay_uniform(correlation):
    draws, n = Draws(9), 200_000
    shared = draws.uniforms("shared", n)
    a, b = (correlated(draws.uniforms(name, n), shared, correlation) for name in ("a", "b"))
    # Pearson of uniforms: 6 / pi * asin(rho / 2); standard error below 0.0023
    expected = 6 / np.pi * np.arcsin(correlation / 2)
    assert abs(np.corrcoef(a, b)[0, 1] - expected) < 0.01
    assert abs(a.mean() - 0.5) < 5 * 0.2887 / np.sqrt(n)
