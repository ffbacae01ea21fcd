"""Infinitesimal jackknife of a cumulative incidence with delayed entry."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def jackknife(time, cause, own_entry, entry, which, errors):
    """Fill the standard errors of the incidence of the cause `which` in one group, one for each distinct time.

    Rows with time ascending, `own_entry` the entry of each; `entry` the same entries, ascending. The influence of a
    subject on the incidence F(t) is a - b F(t), where a and b are sums over the event times at which it was at risk.
    `passed` holds, after each event time, what a and b are of a subject at risk since the start without an event.
    """
    n = time.size
    event_time, passed = np.empty(n), np.zeros((n + 1, 2))
    at_risk, gone = np.zeros(6), np.zeros(6)  # sums of 1, a, b, aa, ab, bb; of those at risk: at their entry
    level, free = 0.0, 1.0
    first = entered = q = k = 0
    while first < n:
        t, died, rest, last = time[first], 0.0, 0.0, first
        while entered < n and entry[entered] < t:
            add(at_risk, passed[q, 0], passed[q, 1], 1.0)
            entered += 1
        while last < n and time[last] == t:
            died += cause[last] == which
            rest += cause[last] != which and cause[last] > 0
            last += 1
        own = other = slope = 0.0
        if died + rest > 0:
            part, left = 1 / at_risk[0], at_risk[0] - died - rest
            slope = 1 / left if left > 0 else 0.0
            level += free * part * died
            other = level * slope
            own = free * part + other
            passed[q + 1, 0] = passed[q, 0] - (died * own + rest * other) * part
            passed[q + 1, 1] = passed[q, 1] - (died + rest) * slope * part
            event_time[q] = t
            free *= left * part
            q += 1
        for i in range(first, last):
            p = np.searchsorted(event_time[:q], own_entry[i], side="right")
            add(at_risk, passed[p, 0], passed[p, 1], -1.0)
            a, b = passed[q, 0] - passed[p, 0], passed[q, 1] - passed[p, 1]
            if cause[i] > 0:
                a += own if cause[i] == which else other
                b += slope
            add(gone, a, b, 1.0)
        errors[k] = np.sqrt(max(0.0, variance(at_risk, gone, passed[q, 0], passed[q, 1], level)))
        first = last
        k += 1


@njit(cache=True, error_model="numpy")
def add(sums, a, b, sign):
    """Add a subject to the sums of 1, a, b, aa, ab and bb, or take it out."""
    sums[0] += sign
    sums[1] += sign * a
    sums[2] += sign * b
    sums[3] += sign * a * a
    sums[4] += sign * a * b
    sums[5] += sign * b * b


@njit(cache=True, error_model="numpy")
def variance(at_risk, gone, a, b, level):
    """Sum of the squared influences of those gone and those at risk, who have `a` and `b` since the start."""
    constant = gone[3] + at_risk[0] * a * a - 2 * a * at_risk[1] + at_risk[3]
    linear = gone[4] + at_risk[0] * a * b - a * at_risk[2] - b * at_risk[1] + at_risk[4]
    square = gone[5] + at_risk[0] * b * b - 2 * b * at_risk[2] + at_risk[5]
    return constant - 2 * level * linear + level * level * square
