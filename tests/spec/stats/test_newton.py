"""Newton's method where there is nothing to find, and its bounds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise import stats
from equipoise.stats.newton import MAX_STEPS, ascend, ascent, maximize

title = "Where an iteration ends"


def line(beta):
    """A log-likelihood that rises for ever, with information that does not vanish: no likelihood of data is so."""
    return float(beta.sum()), np.ones(beta.size), np.eye(beta.size)


def test_a_likelihood_without_a_maximum_ends_after_the_most_steps_and_is_not_said_to_converge():
    top = maximize(line, 2, n_terms=1, where="")
    assert (top.iterations, top.converged, top.monotone.any()) == (MAX_STEPS, False, False)
    held = ascend(line, np.zeros(2), np.array([1]))
    assert (held.iterations, held.converged) == (MAX_STEPS, False)
    assert held.beta.tolist() == [0, MAX_STEPS]


def test_a_parabola_takes_two_steps():
    # -(b - 3)^2 / 2 has gradient 3 - b and information 1: the second step is of length 0
    top = ascend(lambda b: (-float((b[0] - 3) ** 2) / 2, 3 - b, np.eye(1)), np.zeros(1), np.array([0]))
    assert (top.iterations, top.converged, top.beta.tolist()) == (2, True, [3])


def test_a_singular_information_gives_the_shortest_step_that_fits():
    assert_allclose(ascent(np.diag([1.0, 0.0]), np.array([2.0, 0.0])), [2, 0])


FAR_APART = {
    # time, event, covariate, stratum, entry: at each event the subject has the least of the covariate, by a little
    "delayed entry": (
        [5.9, 0.5, 0.6, 1.8, 0.2],
        [1, 0, 1, 1, 0],
        [0.07, -1.73, 1.325, 1.341, -0.57],
        None,
        [2.2, 0, 0.3, 0, 0],
    ),
    "strata": ([1.0, 1.4, 2.0, 1.8], [1, 0, 1, 1], [-0.979, 0.37, -0.976, -0.2], [1, 1, 1, 0], None),
}


@pytest.mark.parametrize("name", FAR_APART)
def test_events_that_separate_by_very_little_have_no_finite_coefficient(name):
    """Far out on the way to infinity sums lose their digits or overflow; neither is a maximum."""
    time, event, x, strata, entry = FAR_APART[name]
    fit = stats.cox(time, event, x, strata=strata, entry=entry)
    assert (fit.coef.tolist(), fit.monotone.tolist(), fit.converged) == ([-np.inf], [True], False)
    assert fit.warning.startswith("The likelihood is monotone: coefficient 1")


def test_a_subject_of_great_risk_that_is_not_yet_at_risk_takes_no_digits_from_the_others():
    """Score by hand: covariate of each event less its mean at risk, with weights exp(coefficient times covariate)."""
    time, event = np.array([0.15, 0.1, 1.07, 0.2, 0.9, 0.53, 0.78, 0.62]), np.array([0, 0, 0, 1, 1, 1, 0, 1])
    x = np.array([98.3, 0.16, 0.22, 0.0061, 2.07, 33.5, 0.0052, 0.51])
    entry = np.array([0, 0, 0, 0, 0.87, 0.48, 0.16, 0.49])
    fit = stats.cox(time, event, x, entry=entry)
    assert fit.converged
    coef, score = fit.coef[0], 0.0
    for when, own in zip(time[event == 1], x[event == 1], strict=True):
        here = x[(entry < when) & (time >= when)]
        score += own - np.average(here, weights=np.exp(coef * (here - here.max())))
    assert abs(score) < 1e-8
