"""Weights for switching. Source: Robins & Finkelstein 2000, Biometrics 56:779-788."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import Visits, cox, ipcw, kaplan_meier

title = "Arms compared had nobody switched"
TRIAL = Path(__file__).parents[2] / "golden" / "data" / "gvhd_trial.csv"
DIES, JUMPS, RISK = 0.08, 0.3, 4.0
"""Hazard of death while well, of becoming ill, and its ratio for the ill."""


def gvhd_trial():
    """198 subjects; control subjects without response and of even number switch at month 1 + (number mod 7) / 2."""
    with TRIAL.open() as file:
        rows = list(csv.DictReader(file))
    names = ("patient", "experimental", "day28_response", "os_months", "death", "age", "bilirubin")
    number, arm, response, months, death, age, bilirubin = (
        np.array([float(row[name]) for row in rows]) for name in names
    )
    switch = np.where((arm == 0) & (response == 0) & (number % 2 == 0), 1 + (number % 7) / 2, np.nan)
    visits = Visits(
        subject=np.tile(np.arange(number.size), 3),
        time=np.repeat([-1.0, 2, 3], number.size),
        values=np.concatenate([bilirubin, bilirubin + (number % 5) / 2, bilirubin + number % 3]),
    )
    eligible = np.where(response == 0, 0.5, np.nan)
    return (months, death, arm, switch), {"covariates": age, "visits": visits, "eligible_from": eligible}


def draw_trial(draw, n, switching):
    """Subjects fall ill at a hazard of 0.3, the ill die four times as often, treatment halves both hazards of death.

    Control subjects switch at a hazard of 0.05 while well and 0.5 when ill, and are treated from then on.
    """
    arm = np.repeat([0, 1], n)
    ill = draw.exponential(1 / JUMPS, 2 * n)
    well_hazard = DIES * np.where(arm == 1, 0.5, 1.0)
    budget = draw.exponential(1, 2 * n)
    died = np.where(budget < well_hazard * ill, budget / well_hazard,
                    ill + (budget - well_hazard * ill) / (well_hazard * RISK))  # fmt: skip
    urge = draw.exponential(1, 2 * n)
    switch = np.where(urge < 0.05 * ill, urge / 0.05, ill + (urge - 0.05 * ill) / 0.5)
    switch = np.where((arm == 0) & switching, switch, 1e9)
    died = np.where(died > switch, switch + 2 * (died - switch), died)
    end = draw.uniform(3, 8, 2 * n)
    time = np.minimum(died, end)
    subject = np.arange(2 * n)
    visits = Visits(
        subject=np.concatenate([subject, subject]),
        time=np.concatenate([np.full(2 * n, -1.0), ill]),
        values=np.repeat([0.0, 1.0], 2 * n),
    )
    return (time, died <= end, arm, np.where(switch < time, switch, np.nan)), visits


def control_survival(t):
    """Of the control arm without switching: well at t, or ill since s and alive."""
    leave = DIES + JUMPS
    return math.exp(-leave * t) + JUMPS / (leave - DIES * RISK) * (math.exp(-DIES * RISK * t) - math.exp(-leave * t))


def test_time_varying_weights_agree_with_r():
    """R: one row a control subject and time of a switch; coxph(Surv(a, b, switched) ~ age + bilirubin), Breslow's
    hazard, pieces of follow-up with weights exp(H - N), then coxph(..., weights, cluster) and survfit(..., cluster).
    """
    data, options = gvhd_trial()
    fit = ipcw(*data, **options)
    assert_allclose(fit.switch_models[0].coef, [-0.001037664629413, 0.060231296975808], rtol=1e-8)
    assert fit.switch_models[1] is None
    assert fit.rows.time.size == 699
    assert_allclose(math.log(fit.hazard_ratio.estimate), -0.1926337592956, rtol=1e-9)
    assert_allclose(fit.hazard_ratio.log_std_error, 0.1925090736746, rtol=1e-9)
    control = fit.weights[0]
    assert (control.n, control.n_switched) == (99, 25)
    assert_allclose([control.smallest, control.largest], [0.7163421551215, 1.6684592090056], rtol=1e-9)
    survival, std_error = fit.curves[0].at([6, 12, 24])
    assert_allclose(survival, [0.7668008076654, 0.4108086820207, 0.2207073857138], rtol=1e-9)
    assert_allclose(std_error, [0.04729599920685, 0.06413392877682, 0.06274361948630], rtol=1e-9)


def test_weights_that_are_not_stabilized_agree_with_r():
    data, options = gvhd_trial()
    fit = ipcw(*data, **options, stabilized=False)
    assert_allclose(math.log(fit.hazard_ratio.estimate), -0.1887207977160, rtol=1e-9)
    assert_allclose(fit.hazard_ratio.log_std_error, 0.1924813246486, rtol=1e-9)
    # what is the same for all at risk does not change the curve
    assert_allclose(fit.curves[0].survival, ipcw(*data, **options).curves[0].survival, rtol=1e-12)


def test_neither_the_unit_of_time_nor_the_order_of_subjects_matters():
    (months, death, arm, switch), options = gvhd_trial()
    order = np.random.default_rng(1).permutation(198)
    where = np.argsort(order)
    visits = options["visits"]
    days = Visits(subject=where[visits.subject], time=np.array(visits.time) * 30, values=visits.values)
    one = ipcw(months, death, arm, switch, **options)
    two = ipcw(
        months[order] * 30,
        death[order],
        arm[order],
        switch[order] * 30,
        covariates=options["covariates"][order],
        visits=days,
        eligible_from=options["eligible_from"][order] * 30,
    )
    assert_allclose(two.hazard_ratio.estimate, one.hazard_ratio.estimate, rtol=1e-9)
    assert_allclose(two.hazard_ratio.log_std_error, one.hazard_ratio.log_std_error, rtol=1e-9)


def test_without_switches_it_is_cox_and_kaplan_meier():
    (months, death, arm, _), options = gvhd_trial()
    fit = ipcw(months, death, arm, np.full(198, np.nan), **options)
    plain = cox(months, death, arm, cluster=np.arange(198))
    assert_allclose(fit.hazard_ratio.estimate, plain.hazard_ratio[0], rtol=1e-12)
    assert_allclose(fit.hazard_ratio.log_std_error, plain.std_error[0], rtol=1e-12)
    for k in (0, 1):
        curve = kaplan_meier(months[arm == k], death[arm == k]).at(fit.curves[k].time)
        assert_allclose(fit.curves[k].survival, curve.survival, rtol=1e-12)
        # without weights the jackknife is Greenwood's
        assert_allclose(fit.curves[k].std_error, curve.std_error, rtol=1e-10)
        assert_allclose(fit.curves[k].lower, curve.lower, rtol=1e-9)
    assert fit.weights[0].largest == 1


def test_without_covariates_a_switch_is_a_censoring():
    (months, death, arm, switch), _ = gvhd_trial()
    fit = ipcw(months, death, arm, switch)
    switched = switch < months
    end, event = np.where(switched, switch, months), np.where(switched, 0, death)
    assert_allclose(math.log(fit.hazard_ratio.estimate), -0.1388542174626, rtol=1e-9)  # R: coxph(Surv(end, ev) ~ arm)
    curve = kaplan_meier(end[arm == 0], event[arm == 0]).at(fit.curves[0].time)
    assert_allclose(fit.curves[0].survival, curve.survival, rtol=1e-12)


def test_six_subjects_by_hand():
    # control: the one who may switch, of 2 who may (row 1 and 2), does so at 2; row 3 may not. Row 2 weighs exp(1/2)
    # from then on, row 3 exp(0); the time alone has 1 of 3: both over exp(1/3)
    fit = ipcw([5, 4, 6, 3, 7, 8], [1, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1], [2, None, None] + [None] * 3,
               eligible_from=[0, 0, None, None, None, None])  # fmt: skip
    late = fit.rows.outcome_weight[(fit.rows.entry == 2)]
    assert_allclose(late, [math.exp(1 / 2 - 1 / 3), math.exp(-1 / 3)])
    assert_allclose(fit.curves[0].survival[0], 1 - math.exp(1 / 2) / (math.exp(1 / 2) + 1))


def test_who_cannot_switch_needs_no_visit():
    data = ([5, 4, 6, 9, 3, 7, 8], [1] * 7, [0] * 4 + [1] * 3, [2, None, None, 3] + [None] * 3)
    eligible = [0, 0, None, 0, None, None, None]
    fit = ipcw(*data, visits=Visits(subject=[0, 1, 3], time=[-1] * 3, values=[2, 1.5, 1]), eligible_from=eligible)
    # row 2 has no chance to switch: 1 over exp(-1/4), then exp(-1/4 - 1/3)
    late = fit.rows.outcome_weight[fit.rows.subject == 2]
    assert_allclose(late, [1, math.exp(-1 / 4), math.exp(-1 / 4 - 1 / 3)])


def test_an_event_at_the_time_of_the_switch_is_an_event():
    fit = ipcw([3, 5, 4, 6], [1, 1, 1, 1], [0, 0, 1, 1], [3, None, None, None])
    assert fit.weights[0].n_switched == 0


def test_covariates_of_the_outcome_model_are_in_its_weights():
    data, options = gvhd_trial()
    age = options["covariates"]
    with_age = ipcw(*data, covariates=age, adjust_for=age)
    # the same covariates above and below: the weights of the outcome model are 1, those of the curve are not
    assert_allclose(with_age.rows.outcome_weight, 1, rtol=1e-10)
    assert np.ptp(with_age.rows.curve_weight) > 0.001
    assert with_age.outcome_model.coef.size == 2


def test_truncation_lowers_the_largest_weights_only():
    data, options = gvhd_trial()
    plain, cut = (ipcw(*data, **options, truncate=q).rows.outcome_weight for q in (None, 0.9))
    bound = np.quantile(plain, 0.9)
    assert_allclose(cut, np.minimum(plain, bound))
    assert (plain > bound).any()


def test_selection_by_illness_is_undone_by_simulation():
    """60 trials of 2 x 200 (about 87 switches each), survival of controls without switching at 5: 0.411.

    Cut at the switch without weights it comes out near 0.48. Weighted, its mean has a Monte-Carlo standard error of
    0.008 and is within 0.035 of the truth. The log hazard ratio without switching is -0.65 (a trial of 2 x 20,000); as
    randomized it is near -0.38, weighted within 0.1 of the truth (standard error 0.023). Coverage of the survival 95 %
    +- 10 % (3.5 standard errors).
    """
    draw = np.random.default_rng(12)
    (time, event, arm, _), _ = draw_trial(draw, 20_000, False)
    truth = cox(time, event, arm).coef[0]
    weighted, naive, ratios, as_randomized, covered = [], [], [], [], 0
    for _ in range(60):
        data, visits = draw_trial(draw, 200, True)
        fit = ipcw(*data, visits=visits)
        survival, std_error = (float(value[0]) for value in fit.curves[0].at(5))
        weighted.append(survival)
        covered += abs(survival - control_survival(5)) < 1.96 * std_error
        naive.append(ipcw(*data).curves[0].at(5)[0][0])
        ratios.append(math.log(fit.hazard_ratio.estimate))
        as_randomized.append(cox(*data[:3]).coef[0])
    assert abs(np.mean(weighted) - control_survival(5)) < 0.035
    assert np.mean(naive) > control_survival(5) + 0.05
    assert abs(np.mean(ratios) - truth) < 0.1
    assert np.mean(as_randomized) > truth + 0.2
    assert covered >= 51


def test_the_bootstrap_is_set_by_its_seed_and_near_the_robust_error():
    data, options = gvhd_trial()
    one, two = (ipcw(*data, **options, n_bootstrap=40, seed=3).bootstrap for _ in range(2))
    assert (one.estimates == two.estimates).all()
    assert one.estimates.size + one.n_failed == 40
    # 40 give the standard error within about 11 %; three of those
    assert_allclose(one.log_std_error, 0.1925, rtol=0.33)
    assert one.lower < math.exp(-0.19) < one.upper


def test_survival_differs_by_the_two_curves():
    data, options = gvhd_trial()
    fit = ipcw(*data, **options)
    (s0, e0), (s1, e1) = (curve.at(12) for curve in fit.curves)
    difference = fit.survival_difference(12)
    assert_allclose([difference.estimate, difference.std_error], [(s1 - s0)[0], math.hypot(e1[0], e0[0])])
    with pytest.raises(AnalysisDataError) as refused:
        fit.survival_difference(1_000)
    assert refused.value.rule == "STATS-BEYOND-FOLLOW-UP"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"switch_time": ["a"] * 6}, "STATS-NUMBER"),
        ({"switch_time": [[1]] * 6}, "STATS-SHAPE"),
        ({"switch_time": [-1] + [None] * 5}, "STATS-TIME"),
        ({"eligible_from": [2] * 6}, "STATS-SWITCH-TIME"),
        ({"arm": [0, 0, 0, 1, 1, 2]}, "STATS-GROUP"),
        ({"covariates": [1, 0, 0, 0, 0, 0]}, "STATS-POSITIVITY"),
        ({"visits": Visits(subject=[0, 9], time=[0, 0], values=[1, 2])}, "STATS-GROUP"),
        ({"visits": Visits(subject=[0, 1], time=[0, 0], values=[1, 2])}, "STATS-MISSING"),
        ({"truncate": 0.4}, "STATS-LEVEL"),
        ({"n_bootstrap": 10}, "STATS-SEED"),
        ({"n_bootstrap": 10, "seed": 1, "event": [0, 0, 0, 1, 0, 0]}, "STATS-NO-EVENTS"),
    ],
)
def test_what_cannot_be_weighted_is_refused(change, rule):
    given = {
        "time": [5, 4, 6, 3, 7, 8],
        "event": [1, 1, 1, 1, 1, 1],
        "arm": [0, 0, 0, 1, 1, 1],
        "switch_time": [2] + [None] * 5,
        **change,
    }
    with pytest.raises(AnalysisDataError) as refused:
        ipcw(**given)
    assert refused.value.rule == rule
