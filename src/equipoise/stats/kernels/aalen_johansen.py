"""Cumulative incidence with its two variances."""

from __future__ import annotations

import numpy as np
from numba import njit

TIME, AT_RISK, EVENT_FREE, CENSORED, CAUSES = 0, 1, 2, 3, 4
"""Rows of the table of curves. From row `CAUSES` on it holds, for each cause: events, cumulative incidence, standard
error as in cmprsk, standard error as in survival."""


@njit(cache=True)
def aalen_johansen(time, cause, start, entry, entry_start, table, first_column):  # type: ignore[no-untyped-def]
    """Fill the curves of every group.

    Args:
        time, cause, start: rows sorted by group, then time (`order.SortedRows`); cause 0 censored, 1, 2...
        entry, entry_start: times of delayed entry sorted by group, then time, and where each group starts; `entry`
            empty where all subjects are observed from the start.
        table: float64 [CAUSES + 4 n_causes, distinct times summed over groups], filled.
        first_column: int64 [n_groups + 1], gets where the columns of each group start in the table.
    """
    n_causes = (table.shape[0] - CAUSES) // 4
    sums, level, counts, errors = (
        np.empty((n_causes, 6)),
        np.empty(n_causes),
        np.empty(n_causes),
        np.empty((2, n_causes)),
    )
    k = 0
    for group in range(start.size - 1):
        first, end = start[group], start[group + 1]
        entered = entry_start[group] if entry.size else 0
        at_risk = 0.0 if entry.size else float(end - first)
        free = 1.0
        sums[:], level[:], counts[:], errors[:] = 0.0, 0.0, 0.0, 0.0
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
                part = 1 / at_risk
                slope = 1 / (at_risk - events) if at_risk > events else 0.0
                for c in range(n_causes):
                    level[c] += free * part * counts[c]
                    add_variance(sums[c], counts[c], events, at_risk, free * part, slope, level[c])
                    standard_errors(sums[c], level[c], errors[:, c])
                free *= (at_risk - events) * part
            table[TIME, k], table[AT_RISK, k], table[EVENT_FREE, k] = t, at_risk, free
            table[CENSORED, k] = first - before - events
            for c in range(n_causes):
                row = CAUSES + c
                table[row, k], table[row + n_causes, k] = counts[c], level[c]
                table[row + 2 * n_causes, k], table[row + 3 * n_causes, k] = errors[0, c], errors[1, c]
                counts[c] = 0.0
            at_risk -= first - before
            k += 1
    first_column[start.size - 1] = k


@njit(cache=True)
def standard_errors(sums, level, errors):  # type: ignore[no-untyped-def]
    """Write the two standard errors of the incidence at `level` to `errors`."""
    errors[0] = np.sqrt(max(0.0, sums[0] - 2 * level * sums[1] + level * level * sums[2]))
    errors[1] = np.sqrt(max(0.0, sums[3] - 2 * level * sums[4] + level * level * sums[5]))


@njit(cache=True)
def add_variance(sums, died, events, at_risk, jump, slope, level):  # type: ignore[no-untyped-def]
    """Add one event time s to the sums of which the variance of the incidence F(t) at later times t is made.

    An event of the cause adds `jump` - b to F(t), another event -b, where b = (F(t) - F(s)) `slope`, and the slope is
    1 / (left at risk). The sums are the coefficients of 1, -2 F(t) and F(t)^2: first with a tie correction for each
    cause, then multinomial.
    """
    other = level * slope
    own = jump + other
    rest = events - died
    one = died * (1 - (died - 1) / (at_risk - 1)) if died > 1 else died
    two = rest * (1 - (rest - 1) / (at_risk - 1)) if rest > 1 else rest
    sums[0] += one * own * own + two * other * other
    sums[1] += (one * own + two * other) * slope
    sums[2] += (one + two) * slope * slope
    mean = (died * own + rest * other) / at_risk
    sums[3] += died * own * own + rest * other * other - mean * mean * at_risk
    sums[4] += mean * (at_risk - events) * slope
    sums[5] += events * slope * (at_risk - events) * slope / at_risk
