"""Comparable pairs of survival times, counted in time of order n log n by trees of partial sums (Fenwick 1994)."""

from __future__ import annotations

import numpy as np
from numba import njit

from equipoise.stats.kernels.partial_likelihood import EVENT, FIRST, START


@njit(cache=True, error_model="numpy")
def concordant_pairs(risk, by_risk, mark, weight, leaver, leaves_at):
    """Weight of the pairs of each row that agree (tied risks count half), and of all its comparable pairs.

    Rows packed as for the likelihood, `weight` [n] always given; `by_risk` lists the rows by stratum and `risk`
    ascending. Of a comparable pair the earlier is an event and the later is at risk then; an event comes before a
    censoring at the same time. Returns float64 [n] each; a pair is counted at both of its rows.
    """
    n = risk.size
    agree, pairs, sums, rank = np.zeros(n), np.zeros(n), np.zeros(n + 1), np.zeros(n, np.int64)
    start = 0
    while start < n:
        end, top = start + 1, 1
        rank[by_risk[start]] = 1
        while end < n and not mark[end] & START:
            if risk[by_risk[end]] != risk[by_risk[end - 1]]:
                top += 1
            rank[by_risk[end]] = top
            end += 1
        clear(sums, top)
        meet_later(start, end, top, sums, rank, mark, weight, leaver, leaves_at, agree, pairs)
        clear(sums, top)
        meet_earlier(start, end, top, sums, rank, mark, weight, leaver, leaves_at, agree, pairs)
        start = end
    return agree, pairs


@njit(cache=True, error_model="numpy")
def meet_later(start, end, top, sums, rank, mark, weight, leaver, leaves_at, agree, pairs):
    """Pairs of each event of one stratum with those at risk after it: they agree where the later risk is lower."""
    late = end - 1
    for i in range(end - 1, start - 1, -1):
        if not mark[i] & FIRST:
            continue
        # rows i up to `end` have this time; the events among them are no pairs
        for row in range(i, end):
            if not mark[row] & EVENT:
                put(sums, top, rank[row], weight[row])
        while leaver.size > 0 and late >= start and leaves_at[late] > i:
            put(sums, top, rank[leaver[late]], -weight[leaver[late]])
            late -= 1
        total = upto(sums, top)
        for row in range(i, end):
            if mark[row] & EVENT:
                lower = upto(sums, rank[row] - 1) + upto(sums, rank[row])
                agree[row] += weight[row] * lower / 2
                pairs[row] += weight[row] * total
        for row in range(i, end):
            if mark[row] & EVENT:
                put(sums, top, rank[row], weight[row])
        end = i


@njit(cache=True, error_model="numpy")
def meet_earlier(start, end, top, sums, rank, mark, weight, leaver, leaves_at, agree, pairs):
    """Pairs of each row of one stratum with the events before it at which it was at risk."""
    late, first = start, start
    while first < end:
        while leaver.size > 0 and late < end and leaves_at[late] == first:
            count(leaver[late], -1.0, top, sums, rank, weight, agree, pairs)
            late += 1
        last = first + 1
        while last < end and not mark[last] & FIRST:
            last += 1
        for row in range(first, last):
            if mark[row] & EVENT:
                count(row, 1.0, top, sums, rank, weight, agree, pairs)
        for row in range(first, last):
            if mark[row] & EVENT:
                put(sums, top, rank[row], weight[row])
        for row in range(first, last):
            if not mark[row] & EVENT:
                count(row, 1.0, top, sums, rank, weight, agree, pairs)
        first = last


@njit(cache=True, error_model="numpy")
def count(row, sign, top, sums, rank, weight, agree, pairs):
    """Add (or take away, by `sign`) the pairs of `row` with the events in the tree: their risk should be higher."""
    total = upto(sums, top)
    higher = 2 * total - upto(sums, rank[row]) - upto(sums, rank[row] - 1)
    agree[row] += sign * weight[row] * higher / 2
    pairs[row] += sign * weight[row] * total


@njit(cache=True, error_model="numpy")
def put(sums, top, rank, amount):
    """Add `amount` at `rank` (from 1) of a tree over the ranks up to `top`."""
    while rank <= top:
        sums[rank] += amount
        rank += rank & -rank


@njit(cache=True, error_model="numpy")
def upto(sums, rank):
    """Sum over the ranks up to `rank` and including it."""
    total = 0.0
    while rank > 0:
        total += sums[rank]
        rank -= rank & -rank
    return total


@njit(cache=True, error_model="numpy")
def clear(sums, top):
    """Start the tree over the ranks up to `top` anew."""
    for rank in range(top + 1):
        sums[rank] = 0.0
