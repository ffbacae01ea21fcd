"""Rows of a Fine-Gray model packed in the order in which its scans read them."""

from __future__ import annotations

import numpy as np
from numba import njit

from equipoise.stats.kernels.standardizing import moments


@njit(cache=True, error_model="numpy")
def standardize(x, order, role, scaled, centre, deviation, event_sum):
    """Write x [n, p] with mean 0 and standard deviation 1, its rows in `order`, to `scaled`, and the sum of these over
    the events of interest to `event_sum`. A constant covariate has deviation 1."""
    n, p = x.shape
    scale = np.empty(p)
    moments(x, centre, deviation)
    for j in range(p):
        event_sum[j] = 0.0
        scale[j] = 1.0 / deviation[j]
    for i in range(n):
        row, event = order[i], role[i] == 1
        for j in range(p):
            scaled[i, j] = (x[row, j] - centre[j]) * scale[j]
            event_sum[j] += event * scaled[i, j]


@njit(cache=True, error_model="numpy")
def pack(order, time, place, kinds, group, n_groups, role, starts, member):
    """Write `role`, `starts` and `member` of the rows in `order`; the number of distinct times of events of interest.

    `time` is sorted; `place` (into `kinds`, that hold the roles) and `group` are as given. `group` and `member` are
    empty for one group.
    """
    n = time.size
    as_given = np.empty(n, np.int8)
    for i in range(n):
        as_given[i] = kinds[place[i]]
    first, places = 0, 0
    for i in range(n):
        role[i] = as_given[order[i]]
        starts[i] = 0
        first = i if time[i] != time[first] else first
        starts[first] |= role[i] == 1
    for i in range(n):
        places += starts[i]
    if n_groups > 1:
        for i in range(n):
            member[i] = group[order[i]]
    return places


@njit(cache=True, error_model="numpy")
def censoring_weights(time, role, starts, member, at_event, events, event_time, inverse):
    """Kaplan-Meier estimate of being uncensored in each group: just before the event times, and the rows' `inverse`.

    Censorings come after events tied with them. After the last row of a group the probability is 0, as in cmprsk.
    Writes the number of events at each event time and the times, too.
    """
    n = time.size
    n_groups = at_event.shape[0]
    at_risk, left, lost = np.zeros(n_groups, np.int64), np.empty(n_groups, np.int64), np.zeros(n_groups, np.int64)
    free = np.ones(n_groups)
    for i in range(n):
        at_risk[member[i] if n_groups > 1 else 0] += 1
    for g in range(n_groups):
        left[g] = at_risk[g]
        at_event[g, 0] = 1.0
    for e in range(events.size):
        events[e] = 0.0
    event_time[0] = 0.0
    e = first = 0
    while first < n:
        e += starts[first]
        last = first
        while last < n and time[last] == time[first]:
            g = member[last] if n_groups > 1 else 0
            left[g] -= 1
            lost[g] += role[last] == 0
            events[e] += role[last] == 1
            inverse[last] = (role[last] == 2) / free[g]
            last += 1
        if starts[first]:
            event_time[e] = time[first]
            for g in range(n_groups):
                at_event[g, e] = free[g]
        for g in range(n_groups):
            free[g] *= (1 - lost[g] / max(at_risk[g], 1)) * (left[g] > 0)
            lost[g] = 0
            at_risk[g] = left[g]
        first = last
