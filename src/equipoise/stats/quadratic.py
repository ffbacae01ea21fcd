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
        variance = float(covariance[0, 0])
        return float(score[0]) ** 2 / variance if variance > ROUNDING * max(scale.tolist()) else None
    smallest = np.linalg.eigvalsh(covariance)[0]
    if not smallest > ROUNDING * np.max(scale):
        return None
    return float(score @ np.linalg.solve(covariance, score))
