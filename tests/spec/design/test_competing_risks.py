"""Sizes where other events may come first. Source: Latouche, Porcher & Chevret 2004, Stat Med 23:3263-3274; Pintilie
2002, Stat Med 21:3317-3324; Schulgen et al. 2005, Contemp Clin Trials 26:386-396."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad

from equipoise import design
from equipoise.errors import DesignError

title = "Only events of interest count, and others take them away"
GIVEN = {"accrual": design.accrual(2), "follow_up": 3, "alpha_two_sided": 0.05}


def test_events_are_schoenfelds_whatever_else_happens():
    for effect in ("subdistribution", "cause_specific"):
        size = design.sample_size_competing_risks(0.1, 0.05, 0.6, effect=effect, **GIVEN)
        assert_allclose(size.events, design.events_needed(0.6, alpha_two_sided=0.05), rtol=1e-14)
        shown = (size.event_probability_control + size.event_probability_experimental) / 2
        assert_allclose(size.subjects * shown, size.events, rtol=1e-13)


def test_without_other_events_it_is_a_comparison_of_survival():
    survival = design.sample_size_survival(0.1, 0.6, **GIVEN)
    for effect in ("subdistribution", "cause_specific"):
        size = design.sample_size_competing_risks(0.1, 0.0, 0.6, effect=effect, **GIVEN)
        assert_allclose(size.subjects, survival.subjects, rtol=1e-12)


def test_pintilies_formula():
    """h1 / (h1 + h2) (1 - (exp(-h f) - exp(-h (a + f))) / (h a)), h = h1 + h2 + losses, in each arm."""
    size = design.sample_size_competing_risks(
        0.1, 0.05, 0.6, effect="cause_specific", competing_hazard_ratio=1.5, drop_out=0.02, **GIVEN
    )

    def expected(h1, h2):
        h = h1 + h2 + 0.02
        return h1 / h * (1 - (np.exp(-3 * h) - np.exp(-5 * h)) / (2 * h))

    assert_allclose(size.event_probability_control, expected(0.1, 0.05), rtol=1e-12)
    assert_allclose(size.event_probability_experimental, expected(0.06, 0.075), rtol=1e-12)


@pytest.mark.parametrize("drop_out", [0.0, 0.03])
def test_the_subdistribution_by_numerical_integration(drop_out):
    size = design.sample_size_competing_risks(0.1, 0.05, 0.6, drop_out=drop_out, **GIVEN)

    def density(t):
        incidence = 2 / 3 * (1 - np.exp(-0.15 * t))
        return 0.6 * (1 - incidence) ** -0.4 * 0.1 * np.exp(-0.15 * t) * np.exp(-drop_out * t)

    # who enters at u is seen for 5 - u: integrate the density over what all have in common, then over the rest
    expected = quad(lambda t: density(t) * min(1, (5 - t) / 2), 0, 5, points=[3], epsabs=1e-13)[0]
    assert_allclose(size.event_probability_experimental, expected, rtol=1e-10)


def test_without_losses_the_incidence_has_a_closed_form():
    size = design.sample_size_competing_risks(
        0.1, 0.1, 0.5, accrual=design.accrual(1e-9), follow_up=1e4, alpha_two_sided=0.05
    )
    # in the end one half has the event of interest; 1 - (1 - 1/2)^0.5 with half of the subdistribution hazard
    assert_allclose(size.event_probability_control, 0.5, rtol=1e-12)
    assert_allclose(size.event_probability_experimental, 1 - np.sqrt(0.5), rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"hazard_ratio": 1.0}, "there is nothing to show"),
        ({"hazard_of_interest": 0.0}, "0 is not above 0"),
        ({"competing_hazard": -0.1}, "-0.1 is negative"),
        ({"effect": "odds"}, "'odds' is not one of"),
        ({"competing_hazard_ratio": 1.2}, "already holds what the competing hazard does"),
        ({"accrual": design.accrual(np.inf, 5)}, "the accrual has no end"),
    ],
)
def test_what_cannot_be_is_refused(change, words):
    asked = {"hazard_of_interest": 0.1, "competing_hazard": 0.05, "hazard_ratio": 0.6, **GIVEN, **change}
    with pytest.raises(DesignError) as refusal:
        design.sample_size_competing_risks(**asked)
    assert words in str(refusal.value)
