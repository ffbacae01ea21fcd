"""Loops over the tables that share the margins of one."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def fill(node, weight, placed, capacity, column, log_factorial, most, out_node, out_weight):
    """Every way to add a column of `column` subjects to each table so far; returns how many, up to `most` or more.

    Args: `node` [n] what the rows but the last hold so far, as digits of one number (to the base `capacity` + 1 each);
    `weight` [n] minus the log factorials of the cells so far; `placed` subjects in all; `capacity` [rows] row totals.
    Ways are written to `out_node` and `out_weight`, unless these are empty.
    """
    last, ways = capacity.size - 1, 0
    room, taken = np.zeros(last + 1, np.int64), np.zeros(last + 1, np.int64)
    rest, left, digit = np.zeros(last + 2, np.int64), np.zeros(last + 2, np.int64), np.ones(last + 1, np.int64)
    for i in range(1, last + 1):
        digit[i] = digit[i - 1] * (capacity[i - 1] + 1)
    for state in range(node.size):
        if ways > most:
            break
        code, free = node[state], capacity.sum() - placed
        for i in range(last):
            room[i] = capacity[i] - code % (capacity[i] + 1)
            code //= capacity[i] + 1
            free -= room[i]
        room[last] = free
        for i in range(last, -1, -1):
            rest[i] = rest[i + 1] + room[i]
        i, left[0] = 0, column
        taken[0] = max(0, column - rest[1]) - 1
        while i >= 0:
            taken[i] += 1
            if taken[i] > min(room[i], left[i]):
                i -= 1
                continue
            left[i + 1] = left[i] - taken[i]
            if i < last - 1:
                i += 1
                taken[i] = max(0, left[i] - rest[i + 1]) - 1
                continue
            if out_node.size:
                code, log_weight = node[state], weight[state] - log_factorial[left[last]]
                for k in range(last):
                    code += taken[k] * digit[k]
                    log_weight -= log_factorial[taken[k]]
                out_node[ways], out_weight[ways] = code, log_weight
            ways += 1
    return ways


@njit(cache=True)
def by_node(node, weight, n_nodes):
    """Where the tables of each node start [n_nodes + 1], and the weights in the order of nodes."""
    start = np.zeros(n_nodes + 1, np.int64)
    for code in node:
        start[code + 1] += 1
    for k in range(n_nodes):
        start[k + 1] += start[k]
    place, out = start[:-1].copy(), np.empty(weight.size)
    for i in range(node.size):
        out[place[node[i]]] = weight[i]
        place[node[i]] += 1
    return start, out


@njit(cache=True)
def extremes(weight):
    """Least and greatest of some weights."""
    least, most = np.inf, -np.inf
    for w in weight:
        least, most = min(least, w), max(most, w)
    return least, most


@njit(cache=True)
def mass(weight, scale):
    """Sum of exp(weight - scale)."""
    total = 0.0
    for w in weight:
        total += np.exp(w - scale)
    return total


@njit(cache=True)
def pairs_at_most(one, other, limit, scale_1, scale_2):
    """Sum over pairs of weights that are at most `limit` together; the first are sorted, for each of the others."""
    ordered = np.sort(one)
    up_to, share = np.zeros(one.size + 1), 0.0
    for k in range(one.size):
        up_to[k + 1] = up_to[k] + np.exp(ordered[k] - scale_1)
    for w in other:
        low, high = 0, one.size
        while low < high:
            middle = (low + high) // 2
            if ordered[middle] <= limit - w:
                low = middle + 1
            else:
                high = middle
        share += up_to[low] * np.exp(w - scale_2)
    return share


@njit(cache=True)
def share_at_most(start_1, weight_1, start_2, weight_2, limit, scale_1, scale_2):
    """Sum of exp(w1 - scale_1) exp(w2 - scale_2) over all pairs of halves that meet, with w1 + w2 at most `limit`.

    The halves of node k meet those of node n - 1 - k, which hold what the others left over.
    """
    n, share = start_1.size - 1, 0.0
    for k in range(n):
        one = weight_1[start_1[k] : start_1[k + 1]]
        other = weight_2[start_2[n - 1 - k] : start_2[n - k]]
        least_1, most_1 = extremes(one)
        least_2, most_2 = extremes(other)
        if one.size == 0 or other.size == 0 or least_1 + least_2 > limit:
            continue
        if most_1 + most_2 <= limit:
            share += mass(one, scale_1) * mass(other, scale_2)
        elif one.size < other.size:
            share += pairs_at_most(one, other, limit, scale_1, scale_2)
        else:
            share += pairs_at_most(other, one, limit, scale_2, scale_1)
    return share
