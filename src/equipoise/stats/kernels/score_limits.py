"""Limits of the difference, ratio and odds ratio of two proportions by inverting the score test."""

from __future__ import annotations

import numpy as np
from numba import njit

DIFFERENCE, RATIO, ODDS = 0, 1, 2


@njit(cache=True)
def under_difference(delta, x1, n1, x2, n2):
    """Most likely proportions whose difference is `delta`, or of no where most answer yes: the variance is the same.

    The root of a cubic in closed form, which loses half of the digits of large tables, and one or two steps of Newton.
    """
    n = n1 + n2
    if 2 * (x1 + x2) > n:
        delta, x1, x2 = -delta, n1 - x1, n2 - x2
    square = (n1 + 2 * n2) * delta - n - (x1 + x2)
    linear = (n2 * delta - n - 2 * x2) * delta + x1 + x2
    constant = x2 * delta * (1 - delta)
    q = square**3 / (27 * n**3) - square * linear / (6 * n**2) + constant / (2 * n)
    size = np.sqrt(max(0.0, square**2 / (9 * n**2) - linear / (3 * n)))
    if q < 0:
        size = -size
    cosine = q / size**3 if size != 0 else 1.0
    angle = (np.pi + np.arccos(max(-1.0, min(1.0, cosine)))) / 3
    p2 = 2 * size * np.cos(angle) - square / (3 * n)
    for _ in range(3):
        slope = (3 * n * p2 + 2 * square) * p2 + linear
        step = (((n * p2 + square) * p2 + linear) * p2 + constant) / slope if slope != 0 else 1.0
        if abs(step) < 1e-6:
            p2 -= step
    p2 = min(1.0, max(0.0, p2))
    return min(1.0, max(0.0, p2 + delta)), p2


@njit(cache=True)
def under_ratio(ratio, x1, n1, x2, n2):
    """Most likely proportions whose ratio is `ratio`: the smaller root of a quadratic."""
    a = (n1 + n2) * ratio
    b = (n1 + x2) * ratio + x1 + n2
    c = x1 + x2
    p2 = 2 * c / (b + np.sqrt(max(0.0, b * b - 4 * a * c)))
    return min(1.0, p2 * ratio), min(1.0, p2)


@njit(cache=True)
def under_odds(odds, x1, n1, x2, n2):
    """Most likely proportions whose odds ratio is `odds`: a root of a quadratic."""
    a = n2 * (odds - 1)
    b = n1 * odds + n2 - (x1 + x2) * (odds - 1)
    c = x1 + x2
    root = np.sqrt(max(0.0, b * b + 4 * a * c))
    p2 = 2 * c / (b + root) if b > 0 else (root - b) / (2 * a)
    p2 = min(1.0, p2)
    return p2 * odds / (1 + p2 * (odds - 1)), p2


@njit(cache=True)
def statistic(kind, value, x1, n1, x2, n2, inflation):
    """Score statistic of the hypothesis that the effect is `value` (a logarithm for ratios); falls with the value."""
    p1, p2 = x1 / n1, x2 / n2
    if kind == DIFFERENCE:
        q1, q2 = under_difference(value, x1, n1, x2, n2)
        distance = p1 - p2 - value
        variance = q1 * (1 - q1) / n1 + q2 * (1 - q2) / n2
    elif kind == RATIO:
        ratio = np.exp(value)
        q1, q2 = under_ratio(ratio, x1, n1, x2, n2)
        distance = p1 - p2 * ratio
        variance = q1 * (1 - q1) / n1 + ratio * ratio * q2 * (1 - q2) / n2
    else:
        q1, q2 = under_odds(np.exp(value), x1, n1, x2, n2)
        distance = n1 * (p1 - q1)
        v1, v2 = n1 * q1 * (1 - q1), n2 * q2 * (1 - q2)
        variance = v1 * v2 / (v1 + v2) if v1 + v2 > 0 else 0.0
    if variance <= 0:
        return 0.0 if abs(distance) < 1e-14 else np.sign(distance) * np.inf
    return distance / np.sqrt(variance * inflation)


@njit(cache=True)
def crossing(kind, target, inside, outside, x1, n1, x2, n2, inflation):
    """Value between two at which the statistic is `target` (Chandrupatla 1997: bisection or inverse interpolation)."""
    a, b = outside, inside
    fa = statistic(kind, a, x1, n1, x2, n2, inflation) - target
    fb = statistic(kind, b, x1, n1, x2, n2, inflation) - target
    c, fc, t = a, fa, 0.5
    for _ in range(200):
        value = a + t * (b - a)
        f = statistic(kind, value, x1, n1, x2, n2, inflation) - target
        if (f > 0) == (fa > 0):
            c, fc = a, fa
        else:
            c, b, fc, fb = b, a, fb, fa
        a, fa = value, f
        best, least = (a, fa) if abs(fa) < abs(fb) else (b, fb)
        near = 2 * (2e-16 * abs(best) + 5e-17) / abs(b - a) if b != a else 1.0
        if near > 0.5 or least == 0:
            return best
        t = 0.5
        if np.isfinite(fa) and np.isfinite(fb) and np.isfinite(fc) and fb != fa and fc != fb and fc != fa and c != b:
            xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
            if phi * phi < xi and (1 - phi) * (1 - phi) < 1 - xi:
                t = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        t = min(max(t, near), 1 - near)
    return a


@njit(cache=True)
def difference_limit(side, z, x1, n1, x2, n2, inflation):
    """Lower (side -1) or upper (1) limit of the difference."""
    estimate = x1 / n1 - x2 / n2
    if estimate == side:
        return estimate
    return crossing(DIFFERENCE, -side * z, estimate, float(side), x1, n1, x2, n2, inflation)


@njit(cache=True)
def ratio_limit(kind, side, z, x1, n1, x2, n2, inflation):
    """Lower (side -1) or upper (1) limit of the ratio or odds ratio; 0 or infinite where the data give none."""
    none_1, none_2 = x1 == 0, x2 == 0
    if kind == ODDS:
        if side < 0 and (none_1 or x2 == n2):
            return 0.0
        if side > 0 and (none_2 or x1 == n1):
            return np.inf
    elif side < 0 and none_1:
        return 0.0
    elif side > 0 and none_2:
        return np.inf
    if kind == RATIO:
        middle = np.log((x1 + 0.5) * (n2 + 0.5) / ((x2 + 0.5) * (n1 + 0.5)))
    else:
        middle = np.log((x1 + 0.5) * (n2 - x2 + 0.5) / ((x2 + 0.5) * (n1 - x1 + 0.5)))
    # from the middle out to both sides of the limit
    inside, outside, step = middle, middle, 0.5
    while -side * (statistic(kind, inside, x1, n1, x2, n2, inflation) + side * z) > 0 and abs(inside - middle) < 100:
        inside -= side * step
        step *= 2
    step = 0.5
    while -side * (statistic(kind, outside, x1, n1, x2, n2, inflation) + side * z) < 0 and abs(outside - middle) < 100:
        outside += side * step
        step *= 2
    return np.exp(crossing(kind, -side * z, inside, outside, x1, n1, x2, n2, inflation))


@njit(cache=True)
def all_limits(x1, n1, x2, n2, z):
    """Lower and upper limits [6, 2] of difference, ratio and odds ratio, without and with N / (N - 1) as variance."""
    out = np.empty((6, 2))
    for wide in range(2):
        inflation = (n1 + n2) / (n1 + n2 - 1) if wide else 1.0
        for at, side in ((0, -1), (1, 1)):
            out[wide, at] = difference_limit(side, z, x1, n1, x2, n2, inflation)
            out[2 + wide, at] = ratio_limit(RATIO, side, z, x1, n1, x2, n2, inflation)
            out[4 + wide, at] = ratio_limit(ODDS, side, z, x1, n1, x2, n2, inflation)
    return out
