"""Events and subjects of a comparison of survival. Source: Schoenfeld 1983, Biometrics 39:499-503; Freedman 1982, Stat
Med 1:121-129; Lachin & Foulkes 1986, Biometrics 42:507-519."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import norm

from equipoise import design
from equipoise.errors import DesignError

title = "A comparison of survival is as large as its number of events"
Z80, Z90 = 1.9599640 + 0.8416212, 1.9599640 + 1.2815516
"""Sum of the quantiles of 5 % two-sided and of the power."""


@pytest.mark.parametrize(
    ("hazard_ratio", "power", "z", "schoenfeld", "freedman"),
    [
        # 4 z^2 / log(HR)^2, and z^2 ((1 + HR) / (1 - HR))^2: with HR 2 that is 9 z^2
        (2.0, 0.8, Z80, 4 / np.log(2) ** 2, 9.0),
        (0.5, 0.9, Z90, 4 / np.log(2) ** 2, 9.0),
        (1.5, 0.8, Z80, 4 / np.log(1.5) ** 2, 25.0),
    ],
)
def test_events_by_hand(hazard_ratio, power, z, schoenfeld, freedman):
    for method, factor in (("schoenfeld", schoenfeld), ("freedman", freedman), ("hsieh_freedman", freedman)):
        events = design.events_needed(hazard_ratio, alpha_two_sided=0.05, power=power, method=method)
        assert_allclose(events, z**2 * factor, rtol=1e-7)


def test_an_unequal_ratio_costs_events():
    equal = design.events_needed(0.6, alpha_two_sided=0.05)
    # (1 + r)^2 / 4r
    assert_allclose(design.events_needed(0.6, alpha_two_sided=0.05, ratio=2), equal * 9 / 8, rtol=1e-13)
    assert_allclose(design.events_needed(0.6, alpha_two_sided=0.05, ratio=0.5), equal * 9 / 8, rtol=1e-13)


def test_non_inferiority_counts_the_distance_to_the_margin():
    events = design.events_needed(1.0, alpha_one_sided=0.025, null_ratio=1.3)
    assert_allclose(events, 4 * Z80**2 / np.log(1.3) ** 2, rtol=1e-7)


def test_even_accrual_and_an_exponential_by_the_closed_formula():
    """1 - (exp(-h f) - exp(-h (a + f))) / (h a), Lachin and Foulkes' equation for even entry."""
    h, a, f = 0.3, 3.0, 2.0
    expected = 1 - (np.exp(-h * f) - np.exp(-h * (a + f))) / (h * a)
    entry = design.accrual(a)
    assert_allclose(entry.events_by(a + f, design.piecewise_hazard(h), 0.0), expected, rtol=1e-13)
    # with losses at the rate 0.1: (h / (h + 0.1)) of those who leave at h + 0.1
    all_leave = 1 - (np.exp(-0.4 * f) - np.exp(-0.4 * (a + f))) / (0.4 * a)
    assert_allclose(entry.events_by(a + f, design.piecewise_hazard(h), 0.1), 0.75 * all_leave, rtol=1e-13)


def test_lachin_and_foulkes_by_their_formula():
    """Hazards 0.3 and 0.2, entry over 3 years, 5 years in all, one-sided 0.05, power 0.9."""
    entry = design.accrual(3)
    size = design.sample_size_survival(
        0.3, experimental=0.2, accrual=entry, follow_up=2, alpha_one_sided=0.05, power=0.9, method="lachin_foulkes"
    )

    def phi(h):
        return h**2 / (1 - (np.exp(-2 * h) - np.exp(-5 * h)) / (3 * h))

    root_n = 1.6448536 * np.sqrt(4 * phi(0.25)) + 1.2815516 * np.sqrt(2 * phi(0.3) + 2 * phi(0.2))
    assert_allclose(size.subjects, (root_n / 0.1) ** 2, rtol=1e-7)
    assert_allclose(
        size.events, size.subjects * (size.event_probability_control + size.event_probability_experimental) / 2
    )


def test_pieces_of_hazard_accrual_and_losses_by_numerical_integration():
    hazard = design.piecewise_hazard([0.3, 0.05, 0.2], starts=[0, 2, 3])
    entry = design.accrual([1, 4], [2, 1])
    lost, end = 0.07, 6.0

    def rate(t):
        return 0.3 if t < 2 else 0.05 if t < 3 else 0.2

    def had(x):
        return quad(
            lambda t: rate(t) * float(hazard.survival(t)) * np.exp(-lost * t), 0, x, points=[2, 3], epsabs=1e-12
        )[0]

    density = {1: 2 / 5, 4: 1 / 5}
    expected = density[1] * quad(lambda u: had(end - u), 0, 1)[0] + density[4] * quad(lambda u: had(end - u), 1, 4)[0]
    assert_allclose(entry.events_by(end, hazard, lost), expected, rtol=1e-9)


def test_a_piece_without_hazard_has_no_event():
    hazard = design.piecewise_hazard([0.0, 0.1], starts=[0, 5])
    entry = design.accrual(1)
    assert entry.events_by(5.0, hazard, 0.0) == 0
    assert entry.events_by(6.0, hazard, 0.0) > 0
    assert_allclose(hazard.survival([0, 5, 10]), [1, 1, np.exp(-0.5)], rtol=1e-15)


def test_very_small_hazards_keep_their_digits():
    entry = design.accrual(1)
    # nearly every event time is even on the follow-up, of mean 1.5
    assert_allclose(entry.events_by(2.0, design.piecewise_hazard(1e-9), 0.0), 1.5e-9, rtol=1e-8)


def test_weibull_with_shape_one_is_exponential():
    entry = design.accrual([1, 4], [2, 1])
    weibull, plain = design.WeibullHazard(0.2, 1.0), design.piecewise_hazard(0.2)
    assert_allclose(entry.events_by(6.0, weibull, 0.0), entry.events_by(6.0, plain, 0.0), rtol=1e-12)
    # a hazard times 2 is a rate times 2^(1/shape)
    assert_allclose(design.WeibullHazard(0.2, 2.0).scaled(2).rate, 0.2 * np.sqrt(2), rtol=1e-15)


def test_hazards_from_what_is_known():
    assert_allclose(design.hazard_of_median(8).survival(8), 0.5, rtol=1e-15)
    assert_allclose(design.hazard_of_proportion(0.4, 12).survival(12), 0.6, rtol=1e-15)
    assert_allclose(np.exp(-12 * design.drop_out_hazard(0.1, 12)), 0.9, rtol=1e-15)


def test_follow_up_and_subjects_answer_one_another():
    entry = design.accrual(24)
    given = {"accrual": entry, "alpha_two_sided": 0.05, "drop_out_control": 0.01}
    by_follow_up = design.sample_size_survival(0.08, 0.65, follow_up=10, **given)
    by_subjects = design.sample_size_survival(0.08, 0.65, subjects=by_follow_up.subjects, **given)
    assert_allclose(by_subjects.follow_up, 10, rtol=1e-10)
    assert_allclose(by_subjects.duration, 34, rtol=1e-10)
    assert_allclose(by_follow_up.n_experimental + by_follow_up.n_control, by_follow_up.subjects, rtol=1e-14)


def test_an_open_accrual_is_as_long_as_it_has_to_be():
    entry = design.accrual([6, np.inf], [5, 12])
    size = design.sample_size_survival(0.08, 0.65, accrual=entry, follow_up=10, alpha_two_sided=0.05)
    assert_allclose(size.subjects, 6 * 5 + (size.accrual_duration - 6) * 12, rtol=1e-9)
    closed = design.accrual([6, size.accrual_duration], [5, 12])
    again = design.sample_size_survival(0.08, 0.65, accrual=closed, follow_up=10, alpha_two_sided=0.05)
    assert_allclose(again.subjects, size.subjects, rtol=1e-9)
    by_subjects = design.sample_size_survival(0.08, 0.65, accrual=entry, subjects=size.subjects, alpha_two_sided=0.05)
    assert_allclose(by_subjects.accrual_duration, size.accrual_duration, rtol=1e-9)


def test_looks_come_when_their_events_are_there():
    plan = design.group_sequential(3, alpha_one_sided=0.025)
    entry = design.accrual(36)
    size = design.sample_size_survival(0.09, 0.67, accrual=entry, follow_up=12, looks=plan)
    control = design.piecewise_hazard(0.09)
    for time, events in zip(size.analysis_times, size.events_by_look, strict=True):
        share = (entry.events_by(time, control, 0) + entry.events_by(time, control.scaled(0.67), 0)) / 2
        assert_allclose(share * size.subjects, events, rtol=1e-10)
    assert_allclose(size.events, size.events_one_look * plan.inflation_factor, rtol=1e-14)
    assert_allclose(size.subjects_by_look[-1], size.subjects, rtol=1e-14)
    power = design.power_survival(size.events, size.subjects, 0.09, 0.67, accrual=entry, looks=plan)
    assert_allclose(power.power_by_look, plan.power_by_stage, rtol=1e-9)
    assert_allclose(power.analysis_times, size.analysis_times, rtol=1e-9)
    assert_allclose(power.expected_duration, size.expected_duration, rtol=1e-9)


def test_power_by_hand_and_from_both_sides():
    entry = design.accrual(60)
    model = {"accrual": entry, "alpha_one_sided": 0.025}
    drift = np.log(1 / 0.67) * np.sqrt(160) / 2
    below = design.power_survival(160, 198, 0.09, 0.67, **model)
    assert_allclose(below.power, norm.sf(norm.isf(0.025) - drift), rtol=1e-12)
    above = design.power_survival(160, 198, 0.09, 0.67, against_higher=True, **model)
    assert_allclose(above.power, norm.sf(norm.isf(0.025) + drift), rtol=1e-12)
    assert below.expected_events == 160


def test_the_bound_is_a_hazard_ratio():
    size = design.sample_size_survival(0.09, 0.67, accrual=design.accrual(60), follow_up=12, alpha_one_sided=0.025)
    # Z = -log(HR) sqrt(d) / 2 is 1.96 there
    z = -np.log(size.critical_hazard_ratios) * np.sqrt(size.events) / 2
    assert_allclose(z, norm.isf(0.025), rtol=1e-12)
    worse = design.sample_size_survival(0.09, 1.5, accrual=design.accrual(60), follow_up=12, alpha_one_sided=0.025)
    assert worse.critical_hazard_ratios[0] > 1


ENTRY = design.accrual(12)
PLAN = design.group_sequential(2, alpha_one_sided=0.025)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: design.events_needed(1.0, alpha_two_sided=0.05), "there is nothing to show"),
        (lambda: design.events_needed(-1, alpha_two_sided=0.05), "-1 is not above 0"),
        (lambda: design.events_needed(0.7, alpha_two_sided=0.05, method="cox"), "'cox' is not one of"),
        (
            lambda: design.events_needed(0.7, alpha_two_sided=0.05, method="freedman", null_ratio=1.2),
            "for the null hypothesis that the hazards are equal",
        ),
        (
            lambda: design.sample_size_survival(0.1, 0.7, accrual=ENTRY, alpha_two_sided=0.05),
            "one of follow_up and subjects",
        ),
        (
            lambda: design.sample_size_survival(0.1, accrual=ENTRY, follow_up=1, alpha_two_sided=0.05),
            "one of hazard_ratio and experimental",
        ),
        (
            lambda: design.sample_size_survival(0.1, 0.7, accrual=ENTRY, subjects=50, alpha_two_sided=0.05),
            "50 subjects cannot have",
        ),
        (
            lambda: design.sample_size_survival(
                0.1, 0.5, accrual=ENTRY, subjects=70, alpha_two_sided=0.05, drop_out_control=0.5
            ),
            "never has the event before dropping out",
        ),
        (
            lambda: design.sample_size_survival(0.1, 0.7, accrual=ENTRY, follow_up=-1, alpha_two_sided=0.05),
            "-1 is negative",
        ),
        (
            lambda: design.sample_size_survival(
                0.1, 0.7, accrual=ENTRY, follow_up=1, looks=PLAN, alpha_two_sided=0.05
            ),
            "alpha is given, and looks that have their own",
        ),
        (
            lambda: design.sample_size_survival(
                0.1, 0.7, accrual=ENTRY, follow_up=1, looks=PLAN, method="lachin_foulkes"
            ),
            "lachin_foulkes is for constant hazards, one look",
        ),
        (
            lambda: design.sample_size_survival(
                design.piecewise_hazard([0.1, 0.2], starts=[0, 1]),
                experimental=0.1,
                accrual=ENTRY,
                follow_up=1,
                alpha_two_sided=0.05,
            ),
            "may change with time",
        ),
        (lambda: design.piecewise_hazard([0.1, -0.2], starts=[0, 1]), "not one rate of 0 or more"),
        (lambda: design.piecewise_hazard([0.1], starts=[1]), "not one rate of 0 or more"),
        (lambda: design.accrual([6, 3]), "do not rise"),
        (lambda: design.accrual("x"), "the values are not numbers"),
        (
            lambda: design.sample_size_survival(0.1, 0.7, accrual=3, follow_up=1, alpha_two_sided=0.05),
            "3 does not say how subjects enter",
        ),
        (
            lambda: design.sample_size_survival("x", 0.7, accrual=ENTRY, follow_up=1, alpha_two_sided=0.05),
            "'x' is no hazard",
        ),
        (lambda: design.accrual([6, 12], [1]), "not one rate of 0 or more for each of the pieces"),
        (lambda: design.accrual([6, np.inf], [1, 0]), "the last if it is open"),
        (
            lambda: design.sample_size_survival(
                design.WeibullHazard(0.1, 2), 0.7, accrual=ENTRY, follow_up=1, alpha_two_sided=0.05,
                drop_out_control=0.1,
            ),
            "drop-out is not offered with Weibull times",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(ask, words):
    with pytest.raises(DesignError) as refusal:
        ask()
    assert words in str(refusal.value)
    assert refusal.value.rule
    assert refusal.value.remedy
