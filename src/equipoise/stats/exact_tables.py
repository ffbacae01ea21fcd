"""Fisher's exact test of a table of any size."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats.hypergeometric import TIE
from equipoise.stats.kernels.tables_of_margins import by_node, fill, share_at_most

Ints = NDArray[np.int64]
MAX_HALVES = 16_000_000
"""Ways to fill half of the columns that are worked out; beyond it (five seconds, 500 MB) the test is refused."""
MOST_PARTED = 10
"""Columns that are parted in the best of all ways; more are parted by turns of their size."""
BATCH = 2_000_000
"""Subjects that are shuffled at a time."""


def exact_p(table: Floats, *, where: str) -> float:
    """Probability, given the margins, of all tables that are not more probable than the one observed.

    The columns are parted into two halves. All ways to fill a half are listed, by what the rows hold after it (the
    node). Two halves whose nodes add up to the row totals make a table; of each node the smaller half is sorted by
    probability, so that for each way of the other half those that stay below the observed table are found by bisection.

    Args:
        table: counts, float64 [rows, columns].

    Raises:
        AnalysisDataError: too many tables.

    Source: the network of Mehta & Patel 1983, J Am Stat Assoc 78:427-434, met in the middle.
    Checked: by enumeration (tests/property), against R fisher.test (tests/golden).
    """
    table = without_empty(table)
    if min(table.shape) < 2:
        return 1.0
    if table.shape[0] > table.shape[1]:
        table = table.T
    rows, columns = table.sum(axis=1).astype(np.int64), table.sum(axis=0).astype(np.int64)
    log_factorial = gammaln(np.arange(int(rows.sum()) + 1) + 1.0)
    first, second = halves(rows, columns)
    n_nodes = math.prod(int(row) + 1 for row in rows[:-1])
    if n_nodes > MAX_HALVES:
        raise too_many(math.log(n_nodes), where)
    start_1, weight_1 = filled(first, rows, n_nodes, log_factorial, where)
    start_2, weight_2 = filled(second, rows, n_nodes, log_factorial, where)
    observed = -float(log_factorial[table.astype(np.int64)].sum())
    # all weights together: n! / (product of all factorials of margins)
    total = float(log_factorial[-1] - log_factorial[rows].sum() - log_factorial[columns].sum())
    scale = float(weight_1.max())
    share = share_at_most(start_1, weight_1, start_2, weight_2, observed + TIE, scale, total - scale)
    return min(1.0, float(share))


def without_empty(table: Floats) -> Floats:
    """The table without rows and columns that hold nobody."""
    return table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]


def halves(rows: Ints, columns: Ints) -> tuple[Ints, Ints]:
    """The columns in two parts, of which the one with more ways to fill it has as few of them as can be."""
    size = np.array([log_ways(np.array([column]), rows) for column in columns.tolist()])
    taken = np.zeros(columns.size, np.bool_)
    if columns.size > MOST_PARTED:
        taken[np.argsort(size)[::2]] = True
        return columns[~taken], columns[taken]
    least = math.inf
    for choice in range(2 ** (columns.size - 1)):
        one = (choice >> np.arange(columns.size)) % 2 == 1
        larger = max(float(size[one].sum()), float(size[~one].sum()))
        if larger < least:
            least, taken = larger, one
    return np.sort(columns[~taken])[::-1], np.sort(columns[taken])[::-1]


def log_ways(columns: Ints, rows: Ints) -> float:
    """Logarithm of the ways to fill these columns, were the rows without end."""
    return sum(math.log(math.comb(column + rows.size - 1, rows.size - 1)) for column in columns.tolist())


def filled(columns: Ints, rows: Ints, n_nodes: int, log_factorial: Floats, where: str) -> tuple[Ints, Floats]:
    """All ways to fill these columns: where those of each node start, and their log-weights in that order."""
    node, weight, placed = np.zeros(1, np.int64), np.zeros(1), 0
    none = np.empty(0, np.int64), np.empty(0)
    for column in columns.tolist():
        step = (node, weight, placed, rows, column, log_factorial, MAX_HALVES)
        ways = fill(*step, *none)
        if ways > MAX_HALVES:
            raise too_many(log_ways(columns, rows), where)
        out = np.empty(ways, np.int64), np.empty(ways)
        fill(*step, *out)
        node, weight = out
        placed += column
    return by_node(node, weight, n_nodes)


def too_many(log_size: float, where: str) -> AnalysisDataError:
    """The refusal of a table with too many others of its margins, given how many ways would have to be kept."""
    return AnalysisDataError(
        "there are too many tables with these margins for an exact test: up to "
        f"1e{math.ceil(log_size / math.log(10))} ways to fill a half of the columns would be kept, 24 bytes each, and "
        f"{MAX_HALVES // 1_000_000} million are the most",
        where=where,
        rule="STATS-TOO-LARGE",
        remedy="draw tables at random (give `replicates` and `seed`), use Pearson's test, or join categories",
    )


def simulated_p(table: Floats, replicates: int, seed: int) -> float:
    """Share of tables drawn with these margins that are not more probable than the one observed, which counts as one.

    The answers are shuffled over the subjects by sorting uniform numbers.
    """
    table = without_empty(table)
    if min(table.shape) < 2:
        return 1.0
    n, (n_rows, n_columns) = int(table.sum()), table.shape
    log_factorial = gammaln(np.arange(n + 1) + 1.0)
    row = np.repeat(np.arange(n_rows), table.sum(axis=1).astype(np.int64)) * n_columns
    column = np.repeat(np.arange(n_columns), table.sum(axis=0).astype(np.int64))
    observed = -float(log_factorial[table.astype(np.int64)].sum())
    uniforms = np.random.Generator(np.random.Philox(seed))
    at_once, done, rare = max(1, BATCH // n), 0, 0
    while done < replicates:
        size = min(at_once, replicates - done)
        shuffled = column[np.argsort(uniforms.random((size, n)), axis=1)]
        cell = row + shuffled + np.arange(size)[:, np.newaxis] * table.size
        drawn = np.bincount(cell.ravel(), minlength=size * table.size).reshape(size, table.size)
        rare += int((-log_factorial[drawn].sum(axis=1) <= observed + TIE).sum())
        done += size
    return (rare + 1) / (replicates + 1)
