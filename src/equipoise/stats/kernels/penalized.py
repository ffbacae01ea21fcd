"""Gradient of the logarithm of the determinant of Cox's information, for Firth's penalty."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def determinant_slope(events, heavy, sums, spread, inverse, efron):
    """Gradient of log det I, float64 [p]: the trace of `inverse` (of I) times the derivative of I.

    The derivative of the information at an event is the third central moment of x at risk. With q = x' inverse x its
    trace needs the sums of risk times q and q x only. `sums`: from `event_sums` with squares; `spread`: the sums over
    the same times of risk times 1, x, q and q x, float64 [k, 2, 2 + 2 p].
    """
    p = inverse.shape[0]
    slope, mean, turned = np.zeros(p), np.zeros(p), np.zeros(p)
    for k in range(events.size):
        steps = events[k] if efron == 1 else 1
        for step in range(steps):
            part, share = step / steps, heavy[k] / steps
            total = sums[k, 0, 0] - part * sums[k, 1, 0]
            for j in range(p):
                mean[j] = (sums[k, 0, 1 + j] - part * sums[k, 1, 1 + j]) / total
            size = 0.0
            for j in range(p):
                turned[j] = 0.0
                for i in range(p):
                    turned[j] += inverse[j, i] * mean[i]
                size += turned[j] * mean[j]
            q = (spread[k, 0, 1 + p] - part * spread[k, 1, 1 + p]) / total
            for j in range(p):
                third = (spread[k, 0, 2 + p + j] - part * spread[k, 1, 2 + p + j]) / total
                for i in range(p):
                    both = 1 + p + j * p + i
                    third -= 2 * turned[i] * (sums[k, 0, both] - part * sums[k, 1, both]) / total
                slope[j] += share * (third + (2 * size - q) * mean[j])
    return slope
