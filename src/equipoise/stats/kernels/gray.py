"""Sums of Gray's test."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def gray_sums(time, code, start, rho, score, covariance):
    """Add the score of each group and its covariance over strata; the size of the terms in the covariance.

    Args:
        time, code, start: rows sorted by stratum, then time (`order.SortedRows`); the code is four times the group,
            plus 0 censored, 1 the cause of interest, 2 any other.
        score, covariance: float64 [K] and [K, K], zeros.
    """
    n_groups, size = score.size, np.zeros(1)
    # for each group: at risk, event-free probability, incidence of the cause, h; then events of one time by cause
    state, died = np.zeros((4, n_groups)), np.zeros((3, n_groups))
    # coefficient of each group's events in the score of each group: at this time, and carried over from it
    pull, drift = np.zeros((n_groups, n_groups)), np.zeros((n_groups, n_groups))
    constant, linear, square = np.zeros((n_groups, n_groups)), np.zeros((n_groups, n_groups)), np.zeros(n_groups)
    for stratum in range(start.size - 1):
        first, end = start[stratum], start[stratum + 1]
        for k in range(n_groups):
            state[0, k], state[1, k], state[2, k], square[k] = 0.0, 1.0, 0.0, 0.0
            for j in range(n_groups):
                drift[j, k] = constant[j, k] = linear[j, k] = 0.0
        for i in range(first, end):
            state[0, code[i] >> 2] += 1
        pooled = 0.0
        while first < end:
            t, events = time[first], 0
            while first < end and time[first] == t:
                group, kind = code[first] >> 2, code[first] & 3
                died[kind, group] += 1
                events += kind
                first += 1
            if events:
                pooled = one_time(state, died, pooled, rho, score, pull, drift, constant, linear, square)
            for k in range(n_groups):
                state[0, k] -= died[0, k] + died[1, k] + died[2, k]
                died[0, k] = died[1, k] = died[2, k] = 0.0
        finish(drift, constant, linear, square, covariance, size)
    return size[0]


@njit(cache=True, error_model="numpy")
def one_time(state, died, pooled, rho, score, pull, drift, constant, linear, square):
    """Take in the events of one time; returns the pooled incidence after it.

    Gray's h is the number at risk over the event-free probability, R the same times 1 minus the incidence.
    """
    n_groups = state.shape[1]
    h_sum = r_sum = events = 0.0
    for k in range(n_groups):
        events += died[1, k]
        h = state[0, k] / state[1, k] if state[0, k] > 0 else 0.0
        state[3, k] = h
        h_sum += h
        r_sum += h * (1 - state[2, k])
    after = pooled
    if events > 0:
        after = pooled + events / h_sum
        weight = (1 - pooled) ** rho if rho != 0 else 1.0
        per_r, carried = events / r_sum, events / (h_sum * (1 - pooled))
        for j in range(n_groups):
            h = weight * state[3, j]
            score[j] += weight * (died[1, j] - state[3, j] * (1 - state[2, j]) * per_r)
            for k in range(n_groups):
                pull[j, k] = h * ((j == k) - state[3, k] / h_sum)
                drift[j, k] += pull[j, k] * carried
    for k in range(n_groups):
        at_risk, free, lost = state[0, k], state[1, k], died[1, k] + died[2, k]
        if at_risk == 0 or (events == 0 and lost == 0):
            continue
        free_after = free * (1 - lost / at_risk)
        q = (1 - after) / free_after if free_after > 0 else 0.0
        if events > 0:
            variance = free * events / (h_sum * at_risk)
            if events > 1:
                variance *= 1 - (events - 1) / (h_sum * free - 1)
            spread(pull, drift, k, 1.0, 1 - q, variance, constant, linear, square)
        if died[2, k] > 0 and free_after > 0:
            variance = free * free * died[2, k] / (at_risk * at_risk)
            if died[2, k] > 1:
                variance *= 1 - (died[2, k] - 1) / (at_risk - 1)
            spread(pull, drift, k, 0.0, q, variance, constant, linear, square)
        state[2, k] += free * died[1, k] / at_risk
        state[1, k] = free_after
    return after


@njit(cache=True, error_model="numpy")
def spread(pull, drift, k, now, q, variance, constant, linear, square):
    """Add an increment of group k with this `variance` to the covariance of the scores.

    Its coefficient in the score of group j is now pull[j, k] - q (drift[j, k] - drift[j, k] at the end); the square is
    kept as a polynomial in the drift at the end.
    """
    square[k] += q * q * variance
    for i in range(drift.shape[0]):
        here = now * pull[i, k] - q * drift[i, k]
        linear[i, k] += here * q * variance
        for j in range(drift.shape[0]):
            constant[i, j] += here * (now * pull[j, k] - q * drift[j, k]) * variance


@njit(cache=True, error_model="numpy")
def finish(drift, constant, linear, square, covariance, size):
    """Add the covariance of one stratum, now that the drift at its end is known."""
    n_groups = square.size
    for i in range(n_groups):
        size[0] += constant[i, i]
        for j in range(n_groups):
            covariance[i, j] += constant[i, j]
            for k in range(n_groups):
                covariance[i, j] += drift[i, k] * drift[j, k] * square[k]
                covariance[i, j] += drift[i, k] * linear[j, k] + drift[j, k] * linear[i, k]
