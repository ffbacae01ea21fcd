"""Rubin's rules. Source: Rubin 1987, section 3.3; Barnard & Rubin 1999, Biometrika 86:948-955."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import rubin

title = "One answer from several imputed data sets"


def test_three_imputations_by_hand():
    # Q 2, U 1, B 1, T 1 + 4/3, r 4/3, df 2 (1 + 3/4)^2; quantile and tail: R qt(0.975, 6.125), pt
    pooled = rubin([1, 2, 3], [1, 1, 1])
    assert (pooled.estimate, pooled.within, pooled.between) == (2, 1, 1)
    assert_allclose(pooled.total_variance, 7 / 3)
    assert_allclose([pooled.relative_increase, pooled.degrees_of_freedom], [4 / 3, 49 / 8])
    assert_allclose(pooled.fraction_missing, (4 / 3 + 2 / (49 / 8 + 3)) / (7 / 3))
    assert_allclose(pooled.upper - 2, 2.4348578231783 * math.sqrt(7 / 3), rtol=1e-10)
    assert_allclose(pooled.p_value, 0.23740035043134, rtol=1e-10)


def test_a_small_analysis_has_the_degrees_of_freedom_of_barnard_and_rubin():
    # gamma 4/7; observed 11/13 x 10 x 3/7 = 330/91
    pooled = rubin([1, 2, 3], [1, 1, 1], complete_df=10)
    assert_allclose(pooled.degrees_of_freedom, 1 / (8 / 49 + 91 / 330))


def test_imputations_that_agree_give_the_analysis_itself():
    pooled = rubin([0.5, 0.5, 0.5], [0.04, 0.04, 0.04])
    assert_allclose([pooled.lower, pooled.upper], [0.5 - 1.959963984540054 * 0.2, 0.5 + 1.959963984540054 * 0.2])
    assert math.isinf(pooled.degrees_of_freedom)
    assert (pooled.fraction_missing, pooled.relative_increase) == (0, 0)
    # nothing missing, 20 degrees of freedom: (21 / 23) x 20
    assert_allclose(rubin([1, 1], [1, 1], complete_df=20).degrees_of_freedom, 21 / 23 * 20)


def test_estimates_without_variance_of_their_own_are_all_missing_information():
    pooled = rubin([0, 1], [0, 0])
    assert pooled.fraction_missing == 1
    assert_allclose(pooled.total_variance, 3 / 2 * 1 / 2)


def test_without_any_variance_there_is_no_test():
    pooled = rubin([1, 1], [0, 0])
    assert math.isnan(pooled.p_value)
    assert math.isnan(pooled.lower)


def test_the_test_is_against_the_null_that_is_given():
    assert_allclose(rubin([1, 2, 3], [1, 1, 1], null=2).p_value, 1)


def test_a_logarithm_is_turned_into_its_ratio():
    pooled = rubin([0, 0], [1, 1])
    assert_allclose(pooled.ratio, [1, math.exp(-1.959963984540054), math.exp(1.959963984540054)])
    assert rubin([0, 0], [1e6, 1e6]).ratio == (1, 0, math.inf)


def test_intervals_cover_the_truth_by_simulation():
    """Normal mean, 30 of 50 seen, 5 proper imputations, 1,500 trials; 95 % +- 2.2 % is 3.9 standard errors."""
    draw = np.random.default_rng(11)
    covered = 0
    for _ in range(1_500):
        seen = draw.normal(size=30)
        sigma = np.sqrt(29 * seen.var(ddof=1) / draw.chisquare(29, size=5))
        mean = seen.mean() + sigma / math.sqrt(30) * draw.normal(size=5)
        filled = mean[:, None] + sigma[:, None] * draw.normal(size=(5, 20))
        whole = np.hstack((np.tile(seen, (5, 1)), filled))
        pooled = rubin(whole.mean(axis=1), whole.var(axis=1, ddof=1) / 50, complete_df=49)
        covered += pooled.lower < 0 < pooled.upper
    assert abs(covered / 1_500 - 0.95) < 0.022


@pytest.mark.parametrize(
    ("estimates", "variances", "options"),
    [([1], [1], {}), ([1, 2], [1], {}), ([1, 2], [1, -1], {}), ([1, 2], [1, 1], {"complete_df": 0})],
)
def test_what_cannot_be_pooled_is_refused(estimates, variances, options):
    with pytest.raises(AnalysisDataError) as refused:
        rubin(estimates, variances, **options)
    assert refused.value.rule == "STATS-IMPUTATIONS"
