"""Pointwise confidence limits of a probability."""

from __future__ import annotations

import numpy as np
from numba import njit

LOG_LOG, LOG, PLAIN, LOGIT = 0, 1, 2, 3


@njit(cache=True, error_model="numpy")
def limits_of(p, std_error, scale, z):
    """Lower and upper limit of the probability `p`, symmetric on `scale` (arcsine if none of those above)."""
    half = z * std_error
    if np.isnan(half):
        return np.nan, np.nan
    if scale == PLAIN:
        lower, upper = p - half, p + half
    elif p <= 0 or (p >= 1 and scale != LOG):
        return np.nan, np.nan
    elif scale == LOG:
        width = half / p
        lower, upper = p * np.exp(-width), p * np.exp(width)
    elif scale == LOG_LOG:
        log_p = np.log(p)
        factor = np.exp(-half / (p * log_p))  # infinite where p is close to 1: the lower limit is 0
        lower, upper = np.exp(log_p * factor), np.exp(log_p / factor)
    elif scale == LOGIT:
        width, odds = half / (p * (1 - p)), p / (1 - p)
        lower, upper = 1 - 1 / (1 + odds * np.exp(-width)), 1 - 1 / (1 + odds * np.exp(width))
    else:
        width, angle = half / (2 * np.sqrt(p * (1 - p))), np.arcsin(np.sqrt(p))
        lower, upper = np.sin(max(angle - width, 0.0)) ** 2, np.sin(min(angle + width, np.pi / 2)) ** 2
    return max(lower, 0.0), min(upper, 1.0)


@njit(cache=True, error_model="numpy")
def limits_of_all(p, std_error, scale, z, limits):
    """Write the limits of each of the probabilities to `limits`, float64 [2, n]."""
    for k in range(p.size):
        if k > 0 and p[k] == p[k - 1] and std_error[k] == std_error[k - 1]:
            limits[0, k], limits[1, k] = limits[0, k - 1], limits[1, k - 1]
        else:
            limits[0, k], limits[1, k] = limits_of(p[k], std_error[k], scale, z)
