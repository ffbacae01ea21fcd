"""Chi-square statistics from a score and its covariance, and whether the covariance can carry one."""

from __future__ import annotations

import numpy as np

from equipoise.arrays import Floats

ROUNDING = 1e-10
"""Share of the largest term from which a variance was summed up to which the variance is rounding."""


def quadratic_form(score: Floats, covariance: Floats, *, scale: Floats) -> float | None:
    """score' covariance^-1 score; None where the covariance is empty or singular.

    Args:
        score: float64 [k]; covariance: float64 [k, k].
        scale: size of the terms from which the variances were summed, float64 [any]; what is up to `ROUNDING` of the
            largest is rounding.
    """
    if score.size == 0:
        return None
    if score.size == 1:
        return square_over_variance(float(score[0]), float(covariance[0, 0]), max(scale.tolist()))
    smallest = np.linalg.eigvalsh(covariance)[0]
    if not smallest > ROUNDING * np.max(scale):
        return None
    return float(score @ np.linalg.solve(covariance, score))


def square_over_variance(score: float, variance: float, scale: float) -> float | None:
    """The same for one score; `scale` is the size of the terms from which its variance was summed."""
    return score * score / variance if variance > ROUNDING * scale else None
