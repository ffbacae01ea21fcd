"""Group-sequential boundaries. Source: Jennison & Turnbull 2000, Group Sequential Methods with Applications to
Clinical Trials, chapters 2 and 7."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from equipoise import design
from equipoise.design.recursion import GoingOn, leaving
from equipoise.design.roots import root
from equipoise.design.spending import spent
from equipoise.errors import DesignError

title = "Each look spends its part of alpha"
PRINTED = 5.1e-4
"""Half a unit of the third decimal that the tables print."""


@pytest.mark.parametrize(
    ("boundary", "alpha", "table"),
    [
        # tables 2.1 and 2.3: constants C_P and C_B for 2 to 10 looks; the last bound of O'Brien and Fleming is C_B
        ("pocock", 0.05, [2.178, 2.289, 2.361, 2.413, 2.453, 2.485, 2.512, 2.535, 2.555]),
        ("pocock", 0.01, [2.772, 2.873, 2.939, 2.986, 3.023, 3.053, 3.078, 3.099, 3.117]),
        ("pocock", 0.10, [1.875, 1.992, 2.067, 2.122, 2.164, 2.197, 2.225, 2.249, 2.270]),
        ("obrien_fleming", 0.05, [1.977, 2.004, 2.024, 2.040, 2.053, 2.063, 2.072, 2.080, 2.087]),
        ("obrien_fleming", 0.01, [2.580, 2.595, 2.609, 2.621, 2.631, 2.640, 2.648, 2.654, 2.660]),
        ("obrien_fleming", 0.10, [1.678, 1.710, 1.733, 1.751, 1.765, 1.776, 1.786, 1.794, 1.801]),
    ],
)
def test_the_last_bound_is_that_of_the_tables(boundary, alpha, table):
    for looks, constant in enumerate(table, start=2):
        plan = design.group_sequential(looks, boundary=boundary, alpha_two_sided=alpha)
        assert_allclose(plan.critical_values[-1], constant, atol=PRINTED)


@pytest.mark.parametrize(
    ("boundary", "power", "table"),
    [
        # tables 2.2 and 2.4: greatest size over that of one look, R_P and R_B, two-sided alpha 0.05, 2 to 5 looks
        ("pocock", 0.8, [1.110, 1.166, 1.202, 1.229]),
        ("pocock", 0.9, [1.100, 1.151, 1.183, 1.207]),
        ("obrien_fleming", 0.8, [1.008, 1.017, 1.024, 1.028]),
        ("obrien_fleming", 0.9, [1.007, 1.016, 1.022, 1.026]),
    ],
)
def test_looks_cost_what_the_tables_say(boundary, power, table):
    for looks, factor in enumerate(table, start=2):
        plan = design.group_sequential(looks, boundary=boundary, alpha_two_sided=0.05, power=power)
        assert_allclose(plan.inflation_factor, factor, atol=PRINTED)


def test_wang_and_tsiatis_lies_between_pocock_and_obrien_fleming():
    # table 2.9: C_WT for Delta = 0.25
    for looks, constant in enumerate([2.038, 2.083, 2.113, 2.136], start=2):
        plan = design.group_sequential(looks, boundary="wang_tsiatis", shape=0.25, alpha_two_sided=0.05)
        assert_allclose(plan.critical_values[-1], constant, atol=PRINTED)
    for shape, same in ((0.0, "obrien_fleming"), (0.5, "pocock")):
        plan = design.group_sequential(4, boundary="wang_tsiatis", shape=shape, alpha_one_sided=0.025)
        other = design.group_sequential(4, boundary=same, alpha_one_sided=0.025)
        assert_allclose(plan.critical_values, other.critical_values, rtol=1e-14)


def test_extreme_shapes_keep_alpha():
    for looks, shape in (([1e-6, 0.5, 1], 0.0), (3, 5.0), (3, -3.0)):
        plan = design.group_sequential(looks, boundary="wang_tsiatis", shape=shape, alpha_one_sided=0.025)
        assert_allclose(plan.alpha_spent[-1], 0.025, rtol=1e-12)


def test_the_bounds_of_lan_and_demets_that_everybody_knows():
    # Lan & DeMets 1983, and rpact: spending of O'Brien-Fleming type, two-sided 0.05, five looks
    plan = design.group_sequential(5, alpha_two_sided=0.05)
    assert_allclose(plan.critical_values, [4.877, 3.357, 2.680, 2.290, 2.031], atol=PRINTED)


def test_haybittle_and_peto_leave_the_last_look_almost_as_it_is():
    # table 2.13: last bound with 3 at the looks before, two-sided 0.05
    for looks, last in enumerate([1.967, 1.975, 1.983, 1.990], start=2):
        plan = design.group_sequential(looks, boundary="haybittle_peto", alpha_two_sided=0.05)
        assert_allclose(plan.critical_values, [3.0] * (looks - 1) + [last], atol=PRINTED)


def test_one_look_is_the_fixed_trial():
    plan = design.group_sequential(1, alpha_one_sided=0.025, power=0.9)
    assert_allclose(plan.critical_values, norm.isf(0.025), rtol=1e-14)
    assert_allclose(plan.drift, norm.isf(0.025) + norm.isf(0.1), rtol=1e-14)
    assert plan.inflation_factor == pytest.approx(1, rel=1e-14)
    assert_allclose(plan.power_by_stage, [0.9], rtol=1e-14)


def test_bounds_of_zero_give_the_orthants():
    """P(all Z below 0) is 1/4 + asin(r)/2 pi for two looks, 1/8 + (asin r12 + asin r13 + asin r23)/4 pi for three."""
    for t in (0.01, 0.3, 0.5, 0.99):
        out = leaving(np.array([t, 1.0]), np.full(2, -np.inf), np.zeros(2), 0.0)
        assert_allclose(1 - out.upper.sum(), 1 / 4 + np.arcsin(np.sqrt(t)) / (2 * np.pi), rtol=1e-13)
    t = np.array([0.2, 0.7, 1.0])
    out = leaving(t, np.full(3, -np.inf), np.zeros(3), 0.0)
    r = np.sqrt([0.2 / 0.7, 0.2, 0.7])
    assert_allclose(1 - out.upper.sum(), 1 / 8 + np.arcsin(r).sum() / (4 * np.pi), rtol=1e-13)


def test_looks_close_together_keep_alpha_where_rpact_does_not():
    """R mvtnorm::pmvnorm (Miwa, 1024 steps) gives 0.05 for these bounds, 0.0502797 for those of rpact 3.3.4."""
    t = np.array([0.36, 0.84, 0.85, 1.0])
    ours = design.group_sequential(t, boundary="haybittle_peto", early_bound=3.29, alpha_two_sided=0.05)
    assert_allclose(ours.critical_values[-1], 1.9635772587, atol=1e-10)
    rpact = np.array([3.29, 3.29, 3.29, 1.96116299371638])
    assert_allclose(2 * leaving(t, -rpact, rpact, 0.0).upper.sum(), 0.0502796832197, atol=1e-12)


def test_leaving_and_going_on_are_everybody():
    upper, lower = np.array([3.0, 2.5, 2.0]), np.array([-1.0, 0.0, 2.0])
    for drift in (-3.0, 0.0, 2.5, 6.0):
        out = leaving(np.array([0.2, 0.5, 1.0]), lower, upper, drift)
        assert_allclose(out.upper.sum() + out.lower.sum(), 1, rtol=1e-13)


@pytest.mark.parametrize("boundary", ["spending_obrien_fleming", "spending_pocock"])
def test_each_look_spends_what_the_function_says(boundary):
    plan = design.group_sequential([0.3, 0.7, 1], boundary=boundary, alpha_one_sided=0.025)
    name = boundary.removeprefix("spending_")
    assert_allclose(plan.alpha_spent, spent(name, plan.information, 0.025, None, where=""), rtol=1e-11)
    two = design.group_sequential([0.3, 0.7, 1], boundary=boundary, alpha_two_sided=0.05)
    assert_allclose(two.critical_values, plan.critical_values, rtol=2e-6)  # the other side takes almost nothing
    assert_allclose(two.alpha_spent, 2 * plan.alpha_spent, rtol=1e-10)


def test_spending_functions_by_hand():
    half = np.array([0.5, 1.0])
    # Phi^-1(1 - 0.0125) = 2.241403; / sqrt(0.5) = 3.169822; 2 x 0.00076277 = 0.00152554
    assert_allclose(spent("obrien_fleming", half, 0.025, None, where=""), [0.00152532, 0.025], atol=3e-7)
    # 0.025 log(1 + 1.718282 / 2) = 0.025 x 0.620115
    assert_allclose(spent("pocock", half, 0.025, None, where=""), [0.025 * 0.6201145, 0.025], rtol=1e-7)
    assert_allclose(spent("kim_demets", half, 0.025, 3, where=""), [0.025 / 8, 0.025], rtol=1e-15)
    # (1 - e^2) / (1 - e^4) = 1 / (1 + e^2)
    assert_allclose(spent("hwang_shih_decani", half, 1, -4, where=""), [1 / (1 + np.e**2), 1], rtol=1e-15)
    assert_allclose(spent("hwang_shih_decani", half, 0.025, 0, where=""), [0.0125, 0.025], rtol=1e-15)


def test_a_function_written_out_is_the_function():
    by_name = design.group_sequential(3, boundary="spending_pocock", alpha_one_sided=0.025)
    by_value = design.group_sequential(
        3, boundary="spending_given", alpha_given=by_name.alpha_spent, alpha_one_sided=0.025
    )
    assert_allclose(by_value.critical_values, by_name.critical_values, rtol=1e-10)


def test_a_look_that_spends_nothing_stops_nobody():
    plan = design.group_sequential(3, boundary="spending_given", alpha_given=[0, 0.01, 0.025], alpha_one_sided=0.025)
    assert plan.critical_values[0] == np.inf
    assert plan.power_by_stage[0] == 0


def test_futility_that_binds_lowers_the_bounds_and_futility_that_does_not_leaves_them():
    none = design.group_sequential(3, alpha_one_sided=0.025)
    free = design.group_sequential(3, alpha_one_sided=0.025, futility=[0, 0.5])
    bound = design.group_sequential(3, alpha_one_sided=0.025, futility=[0, 0.5], binding=True)
    assert_allclose(free.critical_values, none.critical_values, rtol=1e-14)
    assert (bound.critical_values[1:] < none.critical_values[1:]).all()
    for plan in (none, free, bound):
        assert_allclose(plan.alpha_spent[-1], 0.025, rtol=1e-12)
    # what really happens under the null hypothesis if the trial always stops for futility
    assert free.at(0).power[-1] < 0.025
    assert_allclose(bound.at(0).power[-1], 0.025, rtol=1e-12)


@pytest.mark.parametrize("binding", [False, True])
def test_beta_is_spent_as_the_function_says(binding):
    plan = design.group_sequential(
        4, alpha_one_sided=0.025, power=0.9, futility_spending="kim_demets", futility_shape=2, binding=binding
    )
    assert_allclose(plan.beta_spent, 0.1 * np.array([1, 4, 9, 16]) / 16, rtol=1e-10)
    assert_allclose(plan.power_by_stage[-1], 0.9, rtol=1e-12)
    assert_allclose(plan.at(plan.drift).stop.sum(), 1, rtol=1e-12)


def test_expected_size_by_hand_with_two_looks():
    plan = design.group_sequential(2, boundary="pocock", alpha_one_sided=0.025)
    # the trial stops at half of its size when Z at the first look is above the bound
    stops = norm.sf(plan.critical_values[0] - plan.drift * np.sqrt(0.5))
    assert_allclose(plan.expected_size(1), plan.inflation_factor * (1 - stops / 2), rtol=1e-13)
    assert_allclose(plan.expected_size(0), plan.inflation_factor * (1 - norm.sf(plan.critical_values[0]) / 2))


def test_conditional_power_with_one_look_to_come():
    plan = design.group_sequential(2, alpha_one_sided=0.025)
    # S at the end = sqrt(0.5) x 1 + N(drift / 2, 1/2)
    for drift in (0.0, plan.drift):
        expected = norm.sf((plan.critical_values[1] - np.sqrt(0.5) - drift / 2) / np.sqrt(0.5))
        assert_allclose(plan.conditional_power(1, 1.0, drift), expected, rtol=1e-13)
    assert plan.conditional_power(1, 1.0) == plan.conditional_power(1, 1.0, plan.drift)


def test_conditional_power_averages_to_power():
    plan = design.group_sequential(3, alpha_one_sided=0.025, futility=[0, 0.5])
    z = np.linspace(0, plan.critical_values[0], 4001)
    mean = plan.drift * np.sqrt(1 / 3)
    values = np.array([plan.conditional_power(1, value) for value in z]) * norm.pdf(z - mean)
    later = np.trapezoid(values, z)
    assert_allclose(later + plan.power_by_stage[0], 0.8, atol=1e-7)


def test_many_trials_show_the_probabilities():
    """200,000 trials of Brownian motion; each probability within what one in a million would exceed."""
    plan = design.group_sequential([0.3, 0.6, 1], alpha_one_sided=0.05, futility=[-0.2, 0.5])
    draws = np.random.Generator(np.random.Philox(20)).standard_normal((200_000, 3))
    steps = np.diff(plan.information, prepend=0)
    for drift in (0.0, plan.drift):
        z = np.cumsum(draws * np.sqrt(steps) + drift * steps, axis=1) / np.sqrt(plan.information)
        going = np.ones(len(z), dtype=bool)
        looks = plan.at(drift)
        for k in range(3):
            rejected = going & (z[:, k] > plan.critical_values[k])
            p = looks.reject[k]
            assert abs(rejected.mean() - p) < 4.9 * np.sqrt(p * (1 - p) / len(z))
            going &= ~rejected
            if k < 2:
                going &= z[:, k] >= plan.futility_bounds[k]


def test_points_reach_as_far_as_matters():
    state = GoingOn(0.0, np.zeros(1), np.ones(1)).on(-np.inf, np.inf, 0.4, 1.0, 3.0)
    assert_allclose(state.mass.sum(), 1, rtol=1e-14)
    empty = state.on(2.0, 1.0, 0.7, 1.0, 0.0)
    assert empty.mass.size == 0


def test_roots_are_those_of_scipy():
    from scipy.optimize import brentq

    for equation in (lambda x: x**3 - 2, lambda x: np.exp(x) - 5, lambda x: np.tanh(x - 1) * 1e-9, lambda x: x - 0.1):
        assert_allclose(root(equation, -3, 4), brentq(equation, -3, 4, xtol=1e-15), rtol=1e-14)
    assert root(lambda x: x, 0.0, 1.0) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"looks": 3}, "one of alpha_one_sided and alpha_two_sided has to be given"),
        ({"looks": 3, "alpha_one_sided": 0.025, "alpha_two_sided": 0.05}, "has to be given, and not both"),
        ({"looks": 0, "alpha_one_sided": 0.025}, "0 is not a whole number of at least 1"),
        ({"looks": 51, "alpha_one_sided": 0.025}, "51 looks are more than 50"),
        ({"looks": [0.5, 0.9], "alpha_one_sided": 0.025}, "the information at the last look is 0.9, not 1"),
        ({"looks": [0.5, 0.4, 1], "alpha_one_sided": 0.025}, "0.5, 0.4, 1 do not rise"),
        ({"looks": [0.5, 0.501, 1], "alpha_one_sided": 0.025}, "less than 0.2% of the information between them"),
        ({"looks": 2, "alpha_one_sided": 0.025, "futility": ["x"]}, "the values are not numbers"),
        (
            {"looks": 3, "alpha_one_sided": 0.025, "boundary": "spending_hwang_shih_decani", "shape": -800},
            "gamma of -800 spends all of the error at one look",
        ),
        ({"looks": 3, "alpha_one_sided": 0.6}, "alpha of 0.6 on one side is no test"),
        ({"looks": 3, "alpha_one_sided": 0.025, "power": 0.02}, "the power 0.02 is not above the level"),
        ({"looks": 3, "alpha_one_sided": 0.025, "boundary": "PT"}, "'PT' is not one of"),
        ({"looks": 3, "alpha_one_sided": 0.025, "shape": 1}, "has no shape"),
        ({"looks": 3, "alpha_one_sided": 0.025, "boundary": "wang_tsiatis"}, "needs a shape"),
        ({"looks": 3, "alpha_one_sided": 0.025, "alpha_given": [0.1]}, "goes with the boundary spending_given"),
        (
            {"looks": 3, "alpha_one_sided": 0.025, "boundary": "spending_given", "alpha_given": [0.01, 0.005, 0.025]},
            "not one value for each of 3 looks, none less than the one before",
        ),
        ({"looks": 3, "alpha_two_sided": 0.05, "futility": [0, 0]}, "belong to one-sided designs"),
        ({"looks": 3, "alpha_one_sided": 0.025, "futility": [0]}, "there are 1 futility bounds for 2 looks"),
        ({"looks": 3, "alpha_one_sided": 0.025, "futility": [0, 3]}, "lies above the bound of efficacy"),
        ({"looks": 1, "alpha_one_sided": 0.025, "futility": [0]}, "with one look there is no bound of futility"),
        ({"looks": 3, "alpha_one_sided": 0.025, "binding": True}, "cannot be binding where there is none"),
        (
            {"looks": 3, "alpha_one_sided": 0.025, "futility": [0, 0], "futility_spending": "pocock"},
            "given and also a function that makes them",
        ),
        (
            {
                "looks": 3,
                "alpha_one_sided": 0.025,
                "futility_spending": "pocock",
                "binding": True,
                "boundary": "pocock",
            },
            "needs a boundary by alpha spending",
        ),
        ({"looks": 3, "alpha_one_sided": 0.025, "futility_spending": "given"}, "beta_given goes with"),
        (
            {"looks": 2, "alpha_one_sided": 0.025, "boundary": "haybittle_peto", "early_bound": 1.5},
            "use more than the whole alpha",
        ),
        (
            {"looks": 2, "alpha_one_sided": 0.025, "futility": [2.5], "binding": True, "boundary": "haybittle_peto"},
            "fewer trials are still going on than the alpha",
        ),
        ({"looks": 2, "alpha_one_sided": 0.025, "power": 0.9, "futility_spending": "kim_demets"}, "needs a shape"),
    ],
)
def test_what_cannot_be_is_refused(arguments, words):
    with pytest.raises(DesignError) as refusal:
        design.group_sequential(arguments.pop("looks"), **arguments)
    assert words in str(refusal.value)
    assert refusal.value.rule
    assert refusal.value.remedy


def test_conditional_power_needs_a_look_to_come():
    with pytest.raises(DesignError, match="look 2 is not before the last"):
        design.group_sequential(2, alpha_one_sided=0.025).conditional_power(2, 1.0)
