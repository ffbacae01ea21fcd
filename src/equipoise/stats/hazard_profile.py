"""Profile likelihood limits of hazard ratios."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from equipoise.arrays import Floats
from equipoise.stats.newton import GAIN_DONE, Evaluate, Maximum, ascend
from equipoise.stats.tails import normal_quantile

FARTHEST = 60
"""Doublings of the first step after which a likelihood is taken not to fall."""


class ProfileLimits(NamedTuple):
    """Profile likelihood limits of hazard ratios, float64 [p] each."""

    lower: Floats
    """0 where the likelihood rises for ever towards it; missing where the coefficient is left out."""
    upper: Floats
    """Infinite where the likelihood rises for ever towards it."""
    conf_level: float
    """Two-sided confidence level."""


def profile_limits(evaluate: Evaluate, end: Maximum, deviation: Floats, conf_level: float) -> ProfileLimits:
    """Limits where twice the fall of the profile log-likelihood is the quantile of chi-square with 1 df.

    Args:
        evaluate: the likelihood of the coefficients of standardized covariates.
        end: its maximum.
        deviation: standard deviations of the covariates, float64 [p].
    """
    p = end.beta.size
    limits = np.full((2, p), np.nan)
    for j in np.flatnonzero(~end.aliased):
        for side in (0, 1):
            limits[side, j] = one_limit(evaluate, end, int(j), 2 * side - 1, normal_quantile(conf_level) ** 2)
    with np.errstate(over="ignore"):
        lower, upper = np.exp(limits / deviation)
    return ProfileLimits(lower, upper, float(conf_level))


def one_limit(evaluate: Evaluate, end: Maximum, j: int, direction: int, fall: float) -> float:
    """Coefficient `j` below (`direction` -1) or above (1) the estimate, twice the log-likelihood lower by `fall`."""
    from scipy.optimize import brentq

    if end.monotone[j] and np.sign(end.beta[j]) == direction:
        return direction * np.inf
    others = np.flatnonzero(~end.aliased & (np.arange(end.beta.size) != j))
    beta = end.beta.copy()

    def above(value: float) -> float:
        """How much more than `fall` the profile likelihood has fallen at `value`."""
        beta[j] = value
        if not others.size:
            return 2 * (end.loglik - evaluate(beta)[0]) - fall
        top = ascend(evaluate, beta, others, gain_done=GAIN_DONE)
        return 2 * (end.loglik - top.loglik) - fall

    inside, step = float(end.beta[j]), first_step(end, j) * np.sqrt(fall)
    for _ in range(FARTHEST):
        outside = inside + direction * step
        if above(outside) > 0:
            return float(brentq(above, inside, outside, xtol=1e-11, rtol=1e-11))
        inside, step = outside, 2 * step
    return direction * np.inf


def first_step(end: Maximum, j: int) -> float:
    """Standard error of a coefficient that has one, otherwise 1."""
    if not (end.finite == j).any():
        return 1.0
    inverse = np.linalg.inv(end.information[np.ix_(end.finite, end.finite)])
    return float(np.sqrt(inverse[end.finite == j, end.finite == j][0]))
