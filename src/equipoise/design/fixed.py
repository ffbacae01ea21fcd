"""The trial with one look: how far the mean of Z has to lie from 0."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from equipoise.design.roots import root


def upper_z(alpha: float, sides: int) -> float:
    """Z above which a test with this alpha rejects."""
    return float(-ndtri(alpha / sides))


def power_of_drift(drift: float, alpha: float, sides: int, *, both_sides: bool) -> float:
    """Power of a test whose Z has this mean and variance 1; with `both_sides`, rejecting on the wrong side counts."""
    z = upper_z(alpha, sides)
    wrong = float(ndtr(-z - drift)) if sides == 2 and both_sides else 0.0
    return float(ndtr(drift - z)) + wrong


def fixed_drift(alpha: float, sides: int, power: float, *, both_sides: bool) -> float:
    """Mean of Z at which a test has the power."""
    plain = upper_z(alpha, sides) + float(ndtri(power))
    if sides == 1 or not both_sides:
        return plain
    return root(
        lambda drift: power_of_drift(drift, alpha, sides, both_sides=True) - power, 0.0, float(np.abs(plain)) + 1
    )
