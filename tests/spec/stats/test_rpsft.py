"""Structural failure times. Source: Robins & Tsiatis 1991; White et al. 1999, Stat Med 18:2617-2634."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import cox, log_rank, rpsft

title = "Effect of a treatment had nobody crossed over to it"
TIME = [5, 8, 12, 3, 20, 15, 9, 24, 7, 11, 14, 6, 18, 24, 10, 22, 17, 24, 13, 21]
EVENT = [1, 1, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1]
ARM = [0] * 10 + [1] * 10
TREATED = [0, 3, 8, 0, 14, 0, 4, 18, 0, 2, 14, 6, 10, 24, 10, 22, 17, 20, 13, 21]
CENSOR = [26, 25, 28, 24, 20, 30, 27, 24, 29, 11, 26, 25, 24, 24, 27, 28, 17, 24, 25, 30]
TWENTY = (TIME, EVENT, ARM, TREATED, CENSOR)


def trial(draw, n, psi):
    """Exponential lives of mean 10; 60 % of control subjects start treatment after 1 to 6; followed for 8 to 24."""
    arm = np.repeat([0, 1], n)
    life, end = draw.exponential(10, 2 * n), draw.uniform(8, 24, 2 * n)
    start = np.where(draw.random(2 * n) < 0.6, draw.uniform(1, 6, 2 * n), 1e9)
    start[arm == 1] = 0
    died = np.where(life <= start, life, start + (life - start) * math.exp(-psi))
    time = np.minimum(died, end)
    return time, died <= end, arm, np.maximum(time - start, 0), end


@pytest.mark.parametrize(
    ("recensor", "test", "expected"),
    [
        (True, "log-rank", [-0.1714943727285, -0.6528299198384, -1.099984640979, -1.721630974596]),
        (False, "log-rank", [0.5384015622754, -0.3199928201858, -1.099984640979, -1.331306553980]),
        (True, "cox", [-0.2102707747389, -0.7051023316778, -1.158083095300, -1.673842917320]),
    ],
)
def test_the_test_of_untreated_times_agrees_with_r(recensor, test, expected):
    # U <- time - on + exp(psi) * on; C <- cens * min(1, exp(psi)); (obs - exp)[2] / sqrt(var[2, 2]) of
    # survdiff(Surv(pmin(U, C), event == 1 & U <= C) ~ arm); coxph adds x <- rep(c(1, 0, 0, 1, 1), 4)
    x = [1, 0, 0, 1, 1] * 4 if test == "cox" else None
    # the grid from -1.2 to 1.2 holds -1, -0.4, 0 and 0.3
    fit = rpsft(*TWENTY, recensor=recensor, test=test, covariates=x, search=(-1.2, 1.2), n_grid=25)
    assert_allclose(fit.grid[[2, 8, 12, 15]], [-1, -0.4, 0, 0.3], atol=1e-12)
    assert_allclose(fit.z[[2, 8, 12, 15]], expected, rtol=1e-9)
    assert fit.recensored == (recensor, recensor)


def test_recensoring_by_hand():
    # psi log(1/2): 4 untreated + 4 treated is a life of 6, and the end of 10 comes at 5: not seen
    fit = rpsft([8, 3, 4, 6], [1, 1, 1, 1], [0, 0, 1, 1], [4, 0, 4, 6], [10, 10, 10, 10])
    time, event = fit.data.untreated(math.log(1 / 2), (True, False))
    assert_allclose(time, [5, 3, 2, 3])
    assert event.tolist() == [0, 1, 1, 1]
    # the experimental arm is treated throughout, and needs none
    assert fit.recensored == (True, False)


def test_the_p_value_is_that_of_the_arms_as_randomized():
    fit, plain = rpsft(*TWENTY), log_rank(TIME, EVENT, ARM)
    assert_allclose([fit.p_value, fit.z_as_randomized], [0.2713388139414, plain.z[1]], rtol=1e-12)


def test_without_cross_over_the_hazard_ratio_is_that_of_cox():
    treated = [0] * 10 + TIME[10:]
    fit, plain = rpsft(TIME, EVENT, ARM, treated, CENSOR), cox(TIME, EVENT, ARM)
    assert fit.recensored == (False, False)
    assert_allclose(fit.hazard_ratio().estimate, plain.hazard_ratio[0], rtol=1e-12)


def test_treated_lives_that_are_longer_by_a_factor_lower_psi_by_its_logarithm():
    # all died, treated for life or never: log-rank of u and exp(psi) t
    time, arm = np.array([3.0, 5, 8, 9, 14, 4, 7, 10, 15, 20]), np.repeat([0, 1], 5)
    one, two = (
        rpsft(lives, [1] * 10, arm, arm * lives, [99] * 10, search=(-4, 4), n_grid=401)
        for lives in (time, time * np.where(arm == 1, 2.5, 1))
    )
    assert_allclose(two.psi - one.psi, -math.log(2.5), atol=1e-9)
    # the statistic passes 0 where a treated life, shortened, meets an untreated one: a ratio of two of the times
    ratios = np.log(time[:5, None] / time[5:]).ravel()
    assert np.abs(ratios - one.psi).min() < 1e-7  # within the tolerance of ties


def test_neither_the_unit_of_time_nor_the_order_of_subjects_matters():
    order = np.random.default_rng(1).permutation(20)
    time, event, arm, treated, censor = (np.array(column)[order] for column in TWENTY)
    one, two = rpsft(*TWENTY), rpsft(time / 12, event, arm, treated / 12, censor / 12)
    assert_allclose([two.psi, two.lower, two.upper], [one.psi, one.lower, one.upper], atol=1e-6)


def test_a_prolonged_life_is_a_time_ratio_above_one():
    fit = rpsft(*TWENTY)
    assert_allclose(fit.time_ratio, [math.exp(-fit.psi), math.exp(-fit.upper), math.exp(-fit.lower)])


def test_a_value_of_the_grid_that_balances_is_a_crossing():
    # three treated lives are the untreated ones: at psi 0 all times are tied in pairs and the statistic is 0
    fit = rpsft([1, 2, 4, 1, 2, 4], [1] * 6, [0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 2, 4], [9] * 6, search=(-1, 1), n_grid=3)
    assert fit.crossings == (0.0,)
    assert fit.psi == 0
    assert (math.isnan(fit.hazard_ratio().log_std_error), fit.p_value) == (True, 1)


def test_a_limit_next_to_a_value_without_events_is_missing():
    # far below 0 recensoring leaves no event: the statistic is missing there, and so is the limit
    fit = rpsft([5, 8, 6, 7], [1, 1, 1, 1], [0, 0, 1, 1], [4, 0, 5, 6], [9, 9, 9, 9], search=(-9, 3), n_grid=25)
    assert math.isnan(fit.z[0])
    assert math.isnan(fit.lower)


def test_limits_are_where_the_test_reaches_its_level():
    fit = rpsft(*TWENTY, search=(-4, 4), n_grid=401)
    # the statistic jumps: inside the limit it is below the quantile, outside not
    for limit, side in ((fit.lower, -1), (fit.upper, 1)):
        inside, outside = (fit.data.z(limit + side * step, fit.recensored, "log-rank") for step in (-1e-6, 1e-6))
        assert abs(inside) <= 1.959963984540054 < abs(outside)


def test_the_other_arm_as_reference_turns_the_test():
    one, two = rpsft(*TWENTY), rpsft(*TWENTY, reference=1)
    assert (two.arm, two.reference) == (0, 1)
    assert_allclose(two.z_as_randomized, -one.z_as_randomized)
    assert_allclose(two.psi, one.psi, atol=1e-9)


def test_more_than_one_crossing_and_a_search_too_short_are_said():
    short = rpsft(*TWENTY, search=(-0.1, 0.1), n_grid=3)
    assert math.isnan(short.psi)
    assert "No value of psi" in short.warning
    with pytest.raises(AnalysisDataError, match="untreated times are not known"):
        short.hazard_ratio()
    wide = rpsft(*TWENTY, search=(-3, 3), n_grid=601)
    assert ("passes 0 at" in wide.warning) == (len(wide.crossings) > 1)
    assert_allclose(wide.psi, (wide.crossings[0] + wide.crossings[-1]) / 2)


def test_a_limit_beyond_the_search_is_missing():
    fit = rpsft(*TWENTY, search=(-3, 0.3), n_grid=67)
    assert math.isnan(fit.upper)
    assert "a limit is missing" in fit.warning


def test_untreated_survival_is_alike_in_both_arms_at_the_estimate():
    """400 a arm: at times 5 and 10 the curves differ by less than 0.1, 3 standard errors; exp(-0.5), exp(-1)."""
    fit = rpsft(*trial(np.random.default_rng(23), 400, -0.7))
    values = np.array([curve.at([4, 6]).survival for curve in fit.untreated_survival()])
    assert np.abs(values - np.exp([-0.4, -0.6])).max() < 0.08
    assert np.abs(values[0] - values[1]).max() < 0.1


def test_cross_over_is_undone_by_simulation():
    """60 trials of 2 x 150, psi -0.6, so the hazard ratio without cross-over is exp(-0.6) = 0.55.

    As randomized the log hazard ratio comes out near -0.3. The mean of psi has a Monte-Carlo standard error of 0.031,
    that of the corrected log hazard ratio 0.032; both within 0.11 (3.5 of them) of the truth. Coverage 95 % +- 9.9 %.
    """
    draw = np.random.default_rng(3)
    psi, corrected, as_randomized, covered = [], [], [], 0
    for _ in range(60):
        data = trial(draw, 150, -0.6)
        fit = rpsft(*data, search=(-2, 1), n_grid=61)
        psi.append(fit.psi)
        covered += fit.lower < -0.6 < fit.upper
        corrected.append(math.log(fit.hazard_ratio().estimate))
        as_randomized.append(cox(data[0], data[1], data[2]).coef[0])
    assert abs(np.mean(psi) + 0.6) < 0.11
    assert abs(np.mean(corrected) + 0.6) < 0.11
    assert np.mean(as_randomized) > -0.45
    assert covered >= 51


def test_without_effect_psi_is_zero_by_simulation():
    """60 trials of 2 x 100; the mean of psi has a standard error of 0.04 and is within 0.14 of 0."""
    draw = np.random.default_rng(8)
    psi = [rpsft(*trial(draw, 100, 0.0), search=(-2, 2), n_grid=41).psi for _ in range(60)]
    assert abs(np.mean(psi)) < 0.14


@pytest.mark.parametrize("test", ["log-rank", "wilcoxon"])
def test_the_test_is_that_of_untreated_times_within_strata(test):
    strata = [0, 1] * 10
    fit = rpsft(*TWENTY, test=test, strata=strata, search=(-2, 2), n_grid=5)
    time, event = fit.data.untreated(-1.0, fit.recensored)
    expected = log_rank(time, event, ARM, strata=strata, rho=float(test == "wilcoxon")).z[1]
    assert_allclose(fit.z[1], expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"treated_time": [6, *TREATED[1:]]}, "STATS-TREATED-TIME"),
        ({"censor_time": [4, *CENSOR[1:]]}, "STATS-CENSOR-TIME"),
        ({"arm": [2, *ARM[1:]]}, "STATS-GROUP"),
        ({"event": [0] * 20}, "STATS-NOTHING-TO-COMPARE"),
        ({"covariates": TREATED}, "STATS-OPTION"),
        ({"test": "gehan"}, "STATS-OPTION"),
        ({"search": (0.5, 1)}, "STATS-OPTION"),
        ({"search": (-1, math.inf)}, "STATS-OPTION"),
        ({"treated_time": TREATED[1:]}, "STATS-LENGTH"),
    ],
)
def test_what_cannot_be_is_refused(change, rule):
    given = dict(zip(("time", "event", "arm", "treated_time", "censor_time"), TWENTY)) | change
    with pytest.raises(AnalysisDataError) as refused:
        rpsft(**given)
    assert refused.value.rule == rule
