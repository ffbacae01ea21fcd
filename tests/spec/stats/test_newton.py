"""Newton's method where there is nothing to find, and its bounds."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

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
