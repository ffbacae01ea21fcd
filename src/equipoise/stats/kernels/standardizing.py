"""Means and standard deviations by which covariates are standardized."""

from __future__ import annotations

import numpy as np
from numba import njit

from equipoise.stats.newton import CONSTANT


@njit(cache=True, error_model="numpy")
def moments(x, centre, deviation):
    """Means and standard deviations of the columns of `x`; 1 for the deviation of a constant column.

    Sums are of distances from the first row, so that those of a constant column are 0 and large means cancel nothing.
    """
    n, p = x.shape
    for j in range(p):
        centre[j] = deviation[j] = 0.0
    for i in range(n):
        for j in range(p):
            distance = x[i, j] - x[0, j]
            centre[j] += distance
            deviation[j] += distance * distance
    for j in range(p):
        shift = centre[j] / n
        centre[j] = x[0, j] + shift
        deviation[j] = np.sqrt(max(0.0, deviation[j] / n - shift * shift))
        if not deviation[j] > CONSTANT * max(1.0, abs(centre[j])):
            deviation[j] = 1.0
