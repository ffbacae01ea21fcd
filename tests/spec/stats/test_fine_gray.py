"""Fine-Gray regression against R: censoring groups, time-varying terms, residuals, proportionality.

Source: Fine & Gray 1999. The numbers are those of R 4.2.2 with cmprsk 2.2-11 and survival 3.5-3 for the data below, as
`crr(time, cause, cov1, ..., gtol = 1e-12, maxiter = 200)` where no other call is named.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import TimeVarying, fine_gray

title = "Subdistribution hazards: groups of censoring, effects that change with time"
TIME = np.array([3, 5, 5, 8, 9, 11, 12, 12, 14, 17, 18, 20, 21, 21, 24, 26, 27, 30, 33, 35, 36, 40, 41, 45])
CAUSE = np.array([1, 2, 0, 1, 2, 1, 0, 1, 2, 1, 0, 2, 1, 1, 2, 0, 1, 2, 1, 0, 1, 2, 1, 0])
AGE = np.array([1, -2, 0, 3, 1, -1, 2, 2, 0, 1, -3, 1, -1, 0, 2, -2, 1, 0, -1, 3, -2, 1, 0, -1])
ARM = np.array([1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0])
WARD = np.array([1, 1, 2, 2, 1, 2, 1, 2, 2, 1, 1, 2, 1, 2, 1, 2, 1, 1, 2, 2, 2, 2, 2, 2])
"""The last of ward 1 is seen on day 30: afterwards its competing events weigh nothing."""
BOTH = np.column_stack((AGE, ARM))
R_DIGITS = 1e-9
"""R stops at a gradient of 1e-12, and prints 12 digits."""


def agrees(fit, coef, std_error, covariance, naive, loglik):
    assert_allclose(fit.coef, coef, rtol=R_DIGITS)
    assert_allclose(fit.std_error, std_error, rtol=R_DIGITS)
    assert_allclose(fit.covariance[0, 1], covariance, rtol=R_DIGITS)
    assert_allclose(fit.naive_std_error, naive, rtol=R_DIGITS)
    assert_allclose(fit.loglik, loglik, rtol=R_DIGITS)


def test_tied_times_and_one_censoring_group():
    agrees(
        fine_gray(TIME, CAUSE, BOTH),
        [0.126826606561, -0.270259948819],
        [0.216713735693, 0.662792833938],
        -0.0648486662381,
        [0.233531737881, 0.684964208612],
        -29.4840172209,
    )


def test_groups_of_censoring_of_which_one_ends_before_the_other():
    agrees(
        fine_gray(TIME, CAUSE, BOTH, censoring_group=WARD),
        [0.151797421203, -0.316060558273],
        [0.217473785759, 0.666605482903],
        -0.0668388305365,
        [0.237765531306, 0.685319914148],
        -28.1215767783,
    )


def test_three_causes_of_which_two_compete():
    causes = np.where((CAUSE == 2) & (TIME > 20), 3, CAUSE)
    agrees(
        fine_gray(TIME, causes, BOTH, cause_of_interest=2),
        [0.0581248529558, -1.1822582628757],
        [0.323003077338, 1.362686222241],
        -0.273433995598,
        [0.353493111381, 1.272476697097],
        -11.5744057599,
    )


def test_an_effect_that_changes_with_the_logarithm_of_time():
    """cov2 = arm, tf = log."""
    fit = fine_gray(TIME, CAUSE, BOTH, time_varying=[TimeVarying(covariate=ARM, function=np.log, name="log")])
    agrees(
        fit,
        [0.114941834865, 2.952280306875, -1.126388248610],
        [0.222282119358, 2.199113038040, 0.774619716849],
        -0.00471277746086,
        [0.234948670645, 3.000845347312, 1.005590384364],
        -28.7148060307,
    )
    # f$res[1:3, ]
    residuals = [
        [0.0212441814648, 0.131026155571, 0.143946944648],
        [2.2693896572643, 0.349667557096, 0.727113244003],
        [-1.4132695145278, -0.532584646524, -1.277082206264],
    ]
    assert_allclose(fit.schoenfeld_residuals()[:3], residuals, rtol=1e-8)
    # predict(f, c(2, 1), 1)
    prediction = fit.predict([2, 1], [1]).at([2, 3, 19, 36])
    assert_allclose(prediction, [0, 0.0772762674019, 0.2926531256632, 0.4912192243650], rtol=R_DIGITS)


def test_another_ratio_after_day_two_by_hand():
    """Six events, x = 1, 0, 0, 1, 1, 0. With t the ratio on days 1 and 2: t / (3 t + 3) x 1 / (2 t + 3), greatest at
    sqrt(3 / 2). With v later: 1 / (2 v + 2) x v / (2 v + 1) x v / (v + 1), greatest where v^2 = v + 1."""
    x = [1, 0, 0, 1, 1, 0]
    late = TimeVarying(covariate=x, function=lambda day: day > 2)
    fit = fine_gray([1, 2, 3, 4, 5, 6], [1] * 6, x, time_varying=[late])
    early, more = fit.subdistribution_hazard_ratio
    assert_allclose([early, early * more], [np.sqrt(3 / 2), (1 + np.sqrt(5)) / 2])
    # those with x = 0: hazards of 1 over the sums of the risk sets
    t, v = early, early * more
    hazards = [1 / (3 * t + 3), 1 / (2 * t + 3), 1 / (2 * v + 2), 1 / (2 * v + 1), 1 / (v + 1), 1]
    assert_allclose(fit.predict([0], [0]).incidence, 1 - np.exp(-np.cumsum(hazards)))
    assert_allclose(fit.predict([1], [1]).at([2]), 1 - np.exp(-t * sum(hazards[:2])))


def test_two_functions_of_time_and_groups_of_censoring():
    """cov2 = cbind(arm, age), tf = function(t) cbind(t, t^2 / 100), cengroup = ward; in one term or in two."""
    together = [TimeVarying(covariate=BOTH[:, ::-1], function=lambda t: np.column_stack((t, t**2 / 100)))]
    apart = [
        TimeVarying(covariate=ARM, function=lambda t: t),
        TimeVarying(covariate=AGE, function=lambda t: t**2 / 100),
    ]
    for terms in (together, apart):
        agrees(
            fine_gray(TIME, CAUSE, BOTH, censoring_group=WARD, time_varying=terms),
            [0.59020805396370, -0.29862358510756, 0.00926509876829, -0.10834795828432],
            [0.3193720747319, 1.2753516572103, 0.0660032978704, 0.0575247870100],
            -0.163518372821,
            [0.3820362912771, 1.4827779417187, 0.0701488708388, 0.0745609950257],
            -26.2296207751,
        )


def test_no_covariate_but_those_that_change():
    """cov2 = x, tf = function(t) cbind(t, log(t)), no cov1."""
    term = TimeVarying(covariate=BOTH, function=lambda t: np.column_stack((t, np.log(t))))
    agrees(
        fine_gray(TIME, CAUSE, None, time_varying=[term]),
        [-0.00479742360328, -0.04467824057839],
        [0.00959367193903, 0.23673189637820],
        -0.00138557172581,
        [0.0110377317563, 0.2438843009046],
        -29.439295619,
    )


def test_schoenfeld_residuals_are_those_of_crr():
    residuals = fine_gray(TIME, CAUSE, BOTH).schoenfeld_residuals()
    # f$res[1:3, ]
    expected = [[0.579649213605, 0.518841217142], [2.584584314691, 0.559874070881], [-1.264273024290, -0.407385323047]]
    assert_allclose(residuals[:3], expected, rtol=1e-8)
    assert_allclose(residuals.sum(axis=0), 0, atol=1e-7)


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        ("identity", (3.601138461843, 0.895186629111, 3.613035513867)),
        ("log", (2.60753308451, 1.45910819811, 2.87264755623)),
    ],
)
def test_by_the_information_proportionality_is_tested_as_in_weighted_cox_regression(transform, expected):
    """survival: cox.zph(coxph(Surv(fgstart, fgstop, fgstatus) ~ age + arm, finegray(...), weights = fgwt,
    ties = "breslow"), transform), without ties (time + (1:24) / 1000): there survival has the weights of cmprsk."""
    fit = fine_gray(TIME + np.arange(1, 25) / 1000, CAUSE, BOTH)
    test = fit.proportionality_test(transform, variance="information")
    assert_allclose([*(each.chi_square for each in test.covariates), test.overall.chi_square], expected, rtol=1e-8)
    assert test.overall.degrees_of_freedom == 2


def trial(seed, n, change=0.0):
    """Competing risks where the effect on cause 1 is `change` more after a while."""
    random = np.random.default_rng(seed)
    x = random.integers(0, 2, n).astype(float)
    failure, other, lost = random.standard_exponential((3, n))
    late = np.maximum(failure - 0.3, 0) * np.exp(-change * x)
    failure = np.minimum(failure, 0.3) + late
    ends = np.stack([lost * 3, failure * 1.5, other * 2])
    return ends.min(axis=0), ends.argmin(axis=0), np.column_stack((x, random.normal(size=n)))


def test_in_a_large_sample_the_score_test_is_that_of_wald():
    """Wald's test of the covariate times the function in the model, which agrees with crr (above)."""
    time, cause, x = trial(1, 1_000, change=-1.0)
    score = fine_gray(time, cause, x).proportionality_test("log").covariates[0].chi_square
    term = TimeVarying(covariate=x[:, 0], function=np.log)
    wald = fine_gray(time, cause, x, time_varying=[term]).z[2] ** 2
    assert score > 4
    # they differ by terms of the order of 1 / sqrt(events), here 1 / 21
    assert_allclose(score, wald, rtol=0.1)


def test_proportional_hazards_are_rejected_as_often_as_they_should_be():
    """400 trials of 150 without effect: of 20 expected at 5 %, from 8 to 36 but for 1 in 1,000 such runs."""
    tests = [fine_gray(*trial(seed, 150)).proportionality_test("km") for seed in range(400)]
    for p_values in ([test.covariates[0].p_value for test in tests], [test.overall.p_value for test in tests]):
        assert 8 <= sum(p < 0.05 for p in p_values) <= 36


def test_a_large_shift_of_a_covariate_changes_nothing():
    """A year of birth: R's crr fails with covariates of a large mean."""
    plain, shifted = fine_gray(TIME, CAUSE, BOTH), fine_gray(TIME, CAUSE, BOTH + np.array([1995, 1e6]))
    # half of the digits of the mean's last place are lost in 1e6
    assert_allclose(shifted.coef, plain.coef, rtol=1e-9)
    assert_allclose(shifted.covariance, plain.covariance, rtol=1e-8)
    assert_allclose(shifted.predict([1997, 1e6 + 1]).incidence, plain.predict([2, 1]).incidence, rtol=1e-8)


@pytest.mark.parametrize("transform", ["km", "identity", "log", np.sqrt])
def test_the_test_of_proportionality_does_not_depend_on_the_unit_of_time_or_the_order(transform):
    order = np.random.default_rng(2).permutation(24)
    if callable(transform):
        one, other = fine_gray(TIME, CAUSE, BOTH), fine_gray(TIME[order], CAUSE[order], BOTH[order])
    else:
        one, other = fine_gray(TIME, CAUSE, BOTH), fine_gray(TIME[order] * 7, CAUSE[order], BOTH[order])
    tests = [fit.proportionality_test(transform).overall.chi_square for fit in (one, other)]
    assert_allclose(*tests, rtol=1e-8)


def test_the_incidence_before_an_event_time_is_the_km_transform():
    """One event on day 1, one competing on day 2, one event on day 3, no censoring: incidence 0 and then 1/4."""
    fit = fine_gray([1, 2, 3, 4], [1, 2, 1, 2], [1, 0, 0, 1])
    by_hand = fit.proportionality_test(lambda t: np.array([0, 1 / 4]))
    assert_allclose(fit.proportionality_test("km").overall.chi_square, by_hand.overall.chi_square)
    assert by_hand.transform == "function"


def test_what_cannot_be_tested_is_refused():
    changing = fine_gray(TIME, CAUSE, BOTH, time_varying=[TimeVarying(covariate=ARM, function=np.log)])
    monotone = fine_gray([1, 2, 3, 4, 5, 6], [1, 1, 2, 0, 2, 0], [1, 1, 1, 0, 0, 0])
    for fit in (changing, monotone):
        with pytest.raises(AnalysisDataError, match="time-varying terms, or a coefficient without a finite estimate"):
            fit.proportionality_test()
    fit = fine_gray(TIME - 3, CAUSE, BOTH)
    with pytest.raises(AnalysisDataError, match="an event at time 0 has no logarithm"):
        fit.proportionality_test("log")
    with pytest.raises(AnalysisDataError, match="'rank' is not one of km, identity, log"):
        fit.proportionality_test("rank")
    with pytest.raises(AnalysisDataError, match="'robust' is not one of sandwich, information"):
        fit.proportionality_test(variance="robust")


@pytest.mark.parametrize("function", [lambda t: t[:3], lambda t: t * np.nan, lambda t: np.column_stack((t, t))])
def test_a_function_of_time_that_does_not_give_one_number_for_each_time_is_refused(function):
    with pytest.raises(AnalysisDataError, match="the function gives an array of shape"):
        fine_gray(TIME, CAUSE, AGE, time_varying=[TimeVarying(covariate=ARM, function=function)])


def test_a_prediction_needs_the_values_of_every_term():
    fit = fine_gray(TIME, CAUSE, BOTH, time_varying=[TimeVarying(covariate=ARM, function=np.log)])
    with pytest.raises(AnalysisDataError, match="0 time-varying ones, where the model has 2 and 1"):
        fit.predict([1, 1])
    with pytest.raises(AnalysisDataError, match="there are 1 covariates and 1 time-varying ones"):
        fit.predict([1], [1])
    with pytest.raises(AnalysisDataError):
        fine_gray(TIME, CAUSE, None)


def test_no_time_varying_terms_may_be_said_as_none_or_as_an_empty_list():
    time, cause, x = [1, 2, 3, 4], [1, 2, 2, 1], [1, 0, 1, 0]
    for none in (None, (), []):
        fit = fine_gray(time, cause, x, time_varying=none)
        assert_allclose(fit.subdistribution_hazard_ratio, np.sqrt(2))


def test_an_event_at_time_0_is_weighed_as_at_any_other_first_time():
    """R's crr gives 1.4120278 with all times a day later, and another number (1.4436126) with these."""
    time, cause, x = (
        np.array([0, 1, 0, 2, 0]),
        [2, 1, 1, 0, 0],
        [-1.8046569, -0.031903, 0.3676986, -1.4947162, 0.9899418],
    )
    assert_allclose(fine_gray(time, cause, x).coef, 1.4120278, rtol=1e-6)
    assert_allclose(fine_gray(time + 1, cause, x).coef, 1.4120278, rtol=1e-6)
