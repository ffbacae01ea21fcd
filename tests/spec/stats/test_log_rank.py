"""Log-rank test by hand. Source: Mantel 1966; Harrington & Fleming 1982, Biometrika 69:553-566."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import log_rank

title = "Observed and expected events of groups"
TIME, EVENT, GROUP = [1, 2, 3, 4, 5], [1, 1, 0, 1, 0], list("abaab")


def test_five_subjects_by_hand():
    test = log_rank(TIME, EVENT, GROUP)
    # a at risk: day 1 3 of 5, day 2 2 of 4, day 4 1 of 2
    assert test.groups == ("a", "b")
    assert_allclose(test.observed, [2, 1])
    assert_allclose(test.expected, [3 / 5 + 1 / 2 + 1 / 2, 2 / 5 + 1 / 2 + 1 / 2])
    variance = 3 / 5 * 2 / 5 + 1 / 4 + 1 / 4
    assert_allclose(test.variance, [[variance, -variance], [-variance, variance]])
    assert_allclose(test.chi_square, 0.4**2 / variance)
    assert_allclose(test.z**2, test.chi_square)
    assert test.degrees_of_freedom == 1


def test_tied_events_have_the_hypergeometric_variance():
    # 4 at risk, 2 of each group, 2 events: 2 x (4 - 2) / (4 - 1) x 1/2 x 1/2
    test = log_rank([1, 1, 2, 2], [1, 1, 0, 0], list("abab"))
    assert_allclose(test.variance[0, 0], 1 / 3)


def test_weights_of_fleming_and_harrington_use_the_pooled_curve_just_before():
    # S before: day 1 1, day 2 4/5, day 4 3/5
    peto = log_rank(TIME, EVENT, GROUP, rho=1)
    assert_allclose(peto.score[0], 1 * (1 - 3 / 5) + 4 / 5 * (0 - 1 / 2) + 3 / 5 * (1 - 1 / 2))
    late = log_rank(TIME, EVENT, GROUP, gamma=1)
    assert_allclose(late.score[0], 0 + 1 / 5 * (0 - 1 / 2) + 2 / 5 * (1 - 1 / 2))
    assert_allclose(late.variance[0, 0], (1 / 5) ** 2 / 4 + (2 / 5) ** 2 / 4)


def test_weights_of_gehan_count_those_at_risk():
    test = log_rank(TIME, EVENT, GROUP, weight="gehan")
    assert_allclose(test.score[0], 5 * (1 - 3 / 5) + 4 * (0 - 1 / 2) + 2 * (1 - 1 / 2))


def test_strata_are_summed():
    one = log_rank(TIME, EVENT, GROUP)
    two = log_rank(TIME * 2, EVENT * 2, GROUP * 2, strata=[1] * 5 + [2] * 5)
    assert_allclose(two.observed, 2 * one.observed)
    assert_allclose(two.expected, 2 * one.expected)
    assert_allclose(two.variance, 2 * one.variance)


def test_strata_of_two_factors_are_their_combinations():
    first, second = [0] * 5 + [1] * 5, [0] * 5 + [1] * 5
    cells = log_rank(TIME * 2, EVENT * 2, GROUP * 2, strata=[first, second])
    assert_allclose(cells.variance, 2 * log_rank(TIME, EVENT, GROUP).variance)


def test_a_stratum_without_events_adds_nothing():
    test = log_rank([*TIME, 1, 2], [*EVENT, 0, 0], [*GROUP, "a", "b"], strata=[1] * 5 + [2] * 2)
    assert_allclose(test.chi_square, log_rank(TIME, EVENT, GROUP).chi_square)


def test_three_groups_have_two_degrees_of_freedom():
    test = log_rank([1, 2, 3, 4, 5, 6], [1] * 6, list("abcabc"))
    assert test.degrees_of_freedom == 2
    assert_allclose(test.score.sum(), 0, atol=1e-12)


def test_a_group_never_at_risk_at_an_event_does_not_count():
    # c leaves before the first event
    test = log_rank([1, 2, 3, 0.5], [1, 1, 1, 0], list("abac"))
    assert test.degrees_of_freedom == 1
    assert test.expected[2] == 0


@pytest.mark.parametrize(
    ("event", "group", "strata"),
    [
        ([0, 0, 0, 0], list("abab"), None),  # no events
        ([1, 1, 1, 1], list("aaaa"), None),  # one group
        ([1, 1, 1, 1], list("abab"), list("abab")),  # the strata are the groups
    ],
)
def test_nothing_to_compare_is_refused(event, group, strata):
    with pytest.raises(AnalysisDataError, match="there is nothing to compare"):
        log_rank([1, 2, 3, 4], event, group, strata=strata)


def test_a_p_value_too_small_for_a_number_has_its_logarithm():
    # 4,000 in each group: b leaves before a, every event is separated
    n = 4000
    time = np.concatenate([np.arange(n) + n, np.arange(n)])
    test = log_rank(time, np.ones(2 * n), np.repeat([0, 1], n))
    assert test.p_value == 0
    assert -3000 < test.log10_p_value < -300
