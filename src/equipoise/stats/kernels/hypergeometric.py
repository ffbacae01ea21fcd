"""Loops over the noncentral hypergeometric distribution."""

from __future__ import annotations

import numpy as np
from numba import njit

NEGLIGIBLE = 1e-300
"""Share of the greatest weight below which a value is left out."""


@njit(cache=True)
def weights(row1, row2, column, log_odds):
    """First value, and probability of it and those after it, of the first cell of a table with these margins.

    Summed from the mode outwards by the ratio of neighbours, so that large counts lose no digits.
    """
    odds = np.exp(log_odds)
    lowest, highest = max(0.0, column - row2), min(row1, column)
    # the mode: the largest k with weight(k) >= weight(k - 1), root of a quadratic
    a = odds - 1.0
    b = -((row1 + column + 2.0) * odds + row2 - column)
    c = (row1 + 1.0) * (column + 1.0) * odds
    root = np.sqrt(max(0.0, b * b - 4 * a * c))
    mode = np.floor(2 * c / (root - b))
    mode = min(max(mode, lowest), highest)
    first, last, weight = mode, mode, 1.0
    while first > lowest and weight > NEGLIGIBLE:
        weight *= first * (row2 - column + first) / ((row1 - first + 1.0) * (column - first + 1.0) * odds)
        first -= 1.0
    weight = 1.0
    while last < highest and weight > NEGLIGIBLE:
        weight *= (row1 - last) * (column - last) * odds / ((last + 1.0) * (row2 - column + last + 1.0))
        last += 1.0
    out = np.empty(int(last - first) + 1)
    at = int(mode - first)
    out[at] = 1.0
    for i in range(at, 0, -1):
        k = first + i
        out[i - 1] = out[i] * k * (row2 - column + k) / ((row1 - k + 1.0) * (column - k + 1.0) * odds)
    for i in range(at, out.size - 1):
        k = first + i
        out[i + 1] = out[i] * (row1 - k) * (column - k) * odds / ((k + 1.0) * (row2 - column + k + 1.0))
    return first, out / out.sum()


@njit(cache=True)
def p_values(share, i, tie):
    """Of the value at place i: P of it or less, of it or more, its own, of all not more probable, and of ties of it."""
    own = share[i]
    less = greater = rare = tied = 0.0
    for k in range(share.size):
        p = share[k]
        if k <= i:
            less += p
        if k >= i:
            greater += p
        if p <= own * (1 + tie):
            rare += p
            if p >= own * (1 - tie):
                tied += p
    return min(1.0, less), min(1.0, greater), own, min(1.0, rare), tied


@njit(cache=True)
def moments(share, i, shift, part):
    """Where the log odds ratio is `shift` more: mean and variance of the distance from place i, and of the tail above.

    The tail above holds the places after i and a `part` of place i: its probability and its mean distance.
    """
    total = own = share[i]
    first = second = above_first = 0.0
    above = part * own
    factor, step = 1.0, np.exp(shift)
    for k in range(i + 1, share.size):
        factor *= step
        p = share[k] * factor
        if k > i + 16 and p < 1e-18 * above:
            break
        total += p
        first += p * (k - i)
        second += p * (k - i) * (k - i)
        above += p
        above_first += p * (k - i)
    factor, step = 1.0, np.exp(-shift)
    for k in range(i - 1, -1, -1):
        factor *= step
        p = share[k] * factor
        if k < i - 16 and p < 1e-18 * total:
            break
        total += p
        first += p * (k - i)
        second += p * (k - i) * (k - i)
    mean = first / total
    return mean, second / total - mean * mean, above / total, above_first / above if above > 0 else 0.0


@njit(cache=True)
def log_odds_of_mean(share, i):
    """Change of the log odds ratio at which the mean is the value at place i, which is not an end."""
    low, high, shift = -700.0, 700.0, 0.0
    for _ in range(200):
        mean, variance, _, _ = moments(share, i, shift, 0.0)
        if mean > 0:
            high = shift
        else:
            low = shift
        step = -mean / variance if variance > 0 else 0.0
        new = shift + step
        if not low < new < high or step == 0.0:
            new = (max(low, shift - 5) + min(high, shift + 5)) / 2 if mean != 0 else shift
        if abs(new - shift) <= 1e-15 * max(1.0, abs(shift)):
            return new
        shift = new
    return shift


@njit(cache=True)
def log_odds_of_tail(share, i, part, tail):
    """Change of the log odds ratio at which the values after place i, and a `part` of it, have the probability `tail`.

    Newton's method on the logarithm of the probability, which is concave, inside a bracket.
    """
    low, high, shift = -700.0, 700.0, 0.0
    for _ in range(200):
        mean, _, above, above_mean = moments(share, i, shift, part)
        excess = np.log(above / tail) if above > 0 else -700.0
        if excess > 0:
            high = shift
        else:
            low = shift
        slope = above_mean - mean
        new = shift - excess / slope if slope > 0 else np.nan
        if abs(excess) < 1e-15 or abs(new - shift) <= 2e-16 * abs(shift):
            return shift
        if not low < new < high:
            new = (max(low, shift - 5) + min(high, shift + 5)) / 2
        if not low < new < high:
            return shift
        shift = new
    return shift
