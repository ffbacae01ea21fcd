"""Probability of leaving at each look, by recursive numerical integration.

A test statistic with independent increments, seen at information t_1 < ... < t_K: its score S_k = sqrt(t_k) Z_k has
increments that are normal with mean drift x (t_k - t_{k-1}) and variance t_k - t_{k-1}. The density of S_k on the
region where the trial goes on follows from that of S_{k-1} by one integral (Armitage, McPherson & Rowe 1969). Where
Jennison & Turnbull 2000 (chapter 19) take Simpson's rule on a fixed grid, these take Gauss-Legendre points in panels
that are narrow against the increments on both sides of a look, so that the error is near that of the arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtr

from equipoise.arrays import Floats

REACH = 8.7
"""Standard deviations on each side of the mean that are integrated: outside lie less than 4e-18."""
PANEL = 2.5
"""Greatest width of a panel, in standard deviations of the smaller of the two increments at the look."""
POINTS = 16
ROOT_TWO_PI = float(np.sqrt(2 * np.pi))


@dataclass(frozen=True, slots=True, eq=False)
class GoingOn:
    """Trials that go on after a look: the density of their score at points, and the weights to integrate with."""

    information: float
    score: Floats
    """Points, float64 [n]."""
    mass: Floats
    """Density times weight at each point, float64 [n]; its sum is the probability of going on."""

    def below(self, bound: float, information: float, drift: float) -> float:
        """Probability to go on and to have a Z below `bound` at the next look."""
        return float(self.mass @ ndtr(-self._standardized(bound, information, drift)))

    def above(self, bound: float, information: float, drift: float) -> float:
        """Probability to go on and to have a Z above `bound` at the next look."""
        return float(self.mass @ ndtr(self._standardized(bound, information, drift)))

    def _standardized(self, bound: float, information: float, drift: float) -> Floats:
        step = information - self.information
        return (self.score + drift * step - bound * np.sqrt(information)) / np.sqrt(step)

    def on(self, lower: float, upper: float, information: float, following: float, drift: float) -> GoingOn:
        """Those who go on at the next look, where Z lies between `lower` and `upper`.

        `following` is the information of the look after it, which sets how fine the points have to be.
        """
        step = information - self.information
        score, weight = points(lower, upper, information, min(step, following - information), drift)
        away = (score[:, np.newaxis] - (self.score + drift * step)[np.newaxis, :]) / np.sqrt(step)
        density = np.exp(-0.5 * away * away) @ self.mass / (ROOT_TWO_PI * np.sqrt(step))
        return GoingOn(information, score, density * weight)


START = GoingOn(0.0, np.zeros(1), np.ones(1))
"""Before the first look every trial goes on, with a score of 0."""


def points(lower: float, upper: float, information: float, step: float, drift: float) -> tuple[Floats, Floats]:
    """Points and weights to integrate a score between two bounds of Z, float64 [n] each; none where they have met."""
    spread, mean = np.sqrt(information), drift * information
    low = max(lower * spread, mean - REACH * spread)
    high = min(upper * spread, mean + REACH * spread)
    if not low < high:
        return np.zeros(0), np.zeros(0)
    n_panels = int(np.ceil((high - low) / (PANEL * np.sqrt(step))))
    node, weight = gauss_legendre()
    edges = np.linspace(low, high, n_panels + 1)
    half = (high - low) / n_panels / 2
    score = (edges[:-1, np.newaxis] + half * (1 + node[np.newaxis, :])).ravel()
    return score, np.tile(half * weight, n_panels)


@lru_cache(maxsize=1)
def gauss_legendre() -> tuple[Floats, Floats]:
    """Points and weights on -1 to 1."""
    node, weight = np.polynomial.legendre.leggauss(POINTS)
    return node, weight


@dataclass(frozen=True, slots=True, eq=False)
class Leaving:
    """Probability to leave at each look, float64 [n_looks] each."""

    upper: Floats
    lower: Floats


def leaving(information: Floats, lower: Floats, upper: Floats, drift: float, start: GoingOn = START) -> Leaving:
    """Probability to leave at each look by the upper and by the lower bound of Z.

    Args:
        information: share of the greatest information at each look, rising, float64 [n_looks].
        lower, upper: bounds of Z at each look, float64 [n_looks]; minus infinity and infinity where there is none.
        drift: mean of Z at information 1.
        start: trials that go on before the first of these looks.

    Source: Armitage, McPherson & Rowe 1969, J R Stat Soc A 132:235-244.
    Checked: with one look by the normal distribution, with two by the bivariate normal (tests/spec/design).
    """
    out_upper, out_lower = np.zeros(information.size), np.zeros(information.size)
    state = start
    for k, now in enumerate(information):
        out_upper[k] = state.above(upper[k], now, drift)
        out_lower[k] = state.below(lower[k], now, drift)
        if k + 1 < information.size:
            state = state.on(lower[k], upper[k], now, information[k + 1], drift)
    return Leaving(out_upper, out_lower)
