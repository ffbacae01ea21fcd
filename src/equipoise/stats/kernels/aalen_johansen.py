"""Cumulative incidence with its two variances."""

from __future__ import annotations

import numpy as np
from numba import njit

TIME, AT_RISK, EVENT_FREE, CENSORED, CAUSES = 0, 1, 2, 3, 4
"""Rows of the table of curves. From row `CAUSES` on it holds, for each cause: events, cumulative incidence, standard
error."""


@njit(cache=True, error_model="numpy")
def aalen_johansen(time, cause, start, entry, entry_start, multinomial, table, first_column):
    """Fill the curves of every group.

    Args:
        time, cause, start: rows sorted by group, then time (`order.SortedRows`); cause 0 censored, 1, 2...
        entry, entry_start: times of delayed entry sorted by group, then time, and where each group starts; `entry`
            empty where all subjects are observed from the start.
        multinomial: 1 for the variance as in survival, 0 for the variance as in cmprsk.
        table: float64 [CAUSES + 3 n_causes, distinct times summed over groups], filled.
        first_column: int64 [n_groups + 1], gets where the columns of each group start in the table.
    """
    n_causes = (table.shape[0] - CAUSES) // 3
    sums, level, counts, errors = np.empty((n_causes, 3)), np.empty(n_causes), np.empty(n_causes), np.empty(n_causes)
    k = 0
    for group in range(start.size - 1):
        first, end = start[group], start[group + 1]
        entered = entry_start[group] if entry.size else 0
        at_risk = 0.0 if entry.size else float(end - first)
        free = 1.0
        for c in range(n_causes):
            sums[c, 0] = sums[c, 1] = sums[c, 2] = level[c] = counts[c] = errors[c] = 0.0
        first_column[group] = k
        while first < end:
            t, events, before = time[first], 0.0, first
            while entry.size and entered < entry_start[group + 1] and entry[entered] < t:
                entered += 1
                at_risk += 1
            while first < end and time[first] == t:
                if cause[first] > 0:
                    counts[cause[first] - 1] += 1
                    events += 1
                first += 1
            if events > 0:
                free = add_events(counts, events, at_risk, free, multinomial, sums, level, errors)
            table[TIME, k], table[AT_RISK, k], table[EVENT_FREE, k] = t, at_risk, free
            table[CENSORED, k] = first - before - events
            for c in range(n_causes):
                row = CAUSES + c
                table[row, k], table[row + n_causes, k], table[row + 2 * n_causes, k] = counts[c], level[c], errors[c]
                counts[c] = 0.0
            at_risk -= first - before
            k += 1
    first_column[start.size - 1] = k


@njit(cache=True, error_model="numpy")
def standard_errors(at_risk, counts, multinomial, errors):
    """Fill the standard errors of the incidences (float64 [n_causes, n_times]) from the counts at each time."""
    n_causes = counts.shape[0]
    sums, level, now, current = np.zeros((n_causes, 3)), np.zeros(n_causes), np.zeros(n_causes), np.zeros(n_causes)
    free = 1.0
    for k in range(at_risk.size):
        events = 0.0
        for c in range(n_causes):
            now[c] = counts[c, k]
            events += now[c]
        if events > 0:
            free = add_events(now, events, at_risk[k], free, multinomial, sums, level, current)
        for c in range(n_causes):
            errors[c, k] = current[c]


@njit(cache=True, error_model="numpy")
def add_events(counts, events, at_risk, free, multinomial, sums, level, errors):
    """Take in one event time: incidences (`level`), their standard errors; returns the event-free probability after.

    An event of the cause at time s adds `jump` - b to the incidence F(t) at a later time t, another event -b, where
    b = (F(t) - F(s)) `slope`. The variance of F(t) is a sum over event times: `sums` holds, for each cause, its
    coefficients of 1, -2 F(t) and F(t)^2. In cmprsk each cause is a binomial of its own at tied events.
    """
    part, left = 1 / at_risk, at_risk - events
    jump, slope = free * part, 1 / left if left > 0 else 0.0
    for c in range(counts.size):
        died, rest = counts[c], events - counts[c]
        level[c] += jump * died
        other = level[c] * slope
        own = jump + other
        if multinomial:
            mean = died * own + rest * other
            constant = died * own * own + rest * other * other - mean * mean * part
            linear, square = mean * left * part * slope, events * left * part * slope * slope
        else:
            one = died * (1 - (died - 1) / (at_risk - 1)) if died > 1 else died
            two = rest * (1 - (rest - 1) / (at_risk - 1)) if rest > 1 else rest
            constant = one * own * own + two * other * other
            linear, square = (one * own + two * other) * slope, (one + two) * slope * slope
        sums[c, 0] += constant
        sums[c, 1] += linear
        sums[c, 2] += square
        variance = sums[c, 0] - 2 * level[c] * sums[c, 1] + level[c] * level[c] * sums[c, 2]
        errors[c] = np.sqrt(max(0.0, variance))
    return free * left * part
