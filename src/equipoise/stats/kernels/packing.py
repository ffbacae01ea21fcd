"""Columns of data packed into the rows that Cox's likelihood scans; see `partial_likelihood` for what they are."""

from __future__ import annotations

import numpy as np
from numba import njit

from equipoise.stats.kernels.partial_likelihood import EVENT, FIRST, START, TIED
from equipoise.stats.kernels.standardizing import moments


@njit(cache=True, error_model="numpy")
def by_stratum_with_times(order, time, stratum, n_strata):
    """Rows in `order` with their `time` and `stratum`, all in that order, sorted by stratum and otherwise as they were.

    Returns rows, times and where each stratum starts, int64 [n_strata + 1].
    """
    n = order.size
    rows, times = np.empty(n, np.int64), np.empty(n)
    start, place = np.zeros(n_strata + 1, np.int64), np.zeros(n_strata, np.int64)
    for i in range(n):
        start[stratum[i] + 1] += 1
    for s in range(n_strata):
        start[s + 1] += start[s]
        place[s] = start[s]
    for i in range(n):
        s = stratum[i]
        rows[place[s]], times[place[s]] = order[i], time[i]
        place[s] += 1
    return rows, times, start


@njit(cache=True, error_model="numpy")
def pack(time, start, event, weight, x):
    """Marks of rows sorted by stratum and time (tied times equal), and their covariates standardized in place.

    `start` is where each stratum starts, and n; `weight` is empty where all weigh 1. Returns marks, means and standard
    deviations of `x` as given (1 for a constant covariate), the weighted sum of the standardized x over the events, the
    number of events and their weight.
    """
    n, p = x.shape
    centre, deviation, mark, event_sum = np.empty(p), np.empty(p), np.empty(n, np.int8), np.zeros(p)
    moments(x, centre, deviation)
    scale, n_events, n_terms = 1 / deviation, 0, 0.0
    for s in range(start.size - 1):
        group, events = start[s], 0
        for i in range(start[s], start[s + 1]):
            happened, share, here = event[i], 1.0, 0
            if i == start[s]:
                here = START + FIRST
            elif time[i] != time[i - 1]:
                mark_tied(mark, group, i, events)
                group, events, here = i, 0, FIRST
            n_events += happened
            if weight.size > 0:
                share = weight[i]
                happened *= share > 0
            events += happened
            share *= happened
            n_terms += share
            mark[i] = here + happened * EVENT
            for j in range(p):
                x[i, j] = (x[i, j] - centre[j]) * scale[j]
                event_sum[j] += share * x[i, j]
        mark_tied(mark, group, start[s + 1], events)
    return mark, centre, deviation, event_sum, n_events, n_terms


@njit(cache=True, error_model="numpy")
def at_risk_from(time, entry, start):
    """Lowest row of its stratum after each `entry`; `time` and `entry` ascend within strata that begin at `start`."""
    rows = np.empty(entry.size, np.int64)
    for s in range(start.size - 1):
        row = start[s]
        for i in range(start[s], start[s + 1]):
            while row < start[s + 1] and time[row] <= entry[i]:
                row += 1
            rows[i] = row
    return rows


@njit(cache=True, error_model="numpy")
def mark_tied(mark, group, end, events):
    """Mark the events of the rows from `group` to `end`, all of one time, if there are several."""
    if events > 1:
        for k in range(group, end):
            if mark[k] & EVENT:
                mark[k] += TIED
