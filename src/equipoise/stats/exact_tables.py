"""Fisher's exact test of a table of any size."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats.hypergeometric import TIE

MAX_STEPS = 3_000_000
"""Ways to fill a column that are worked out or walked in all; beyond it (about ten seconds) the test is refused."""

Node = tuple[int, ...]
Paths = dict[Node, dict[float, float]]


def exact_p(table: Floats, *, where: str) -> float:
    """Probability, given the margins, of all tables that are not more probable than the one observed.

    The table is filled column by column. A node is what the rows still have to give; paths to a node are kept apart
    only by their probability so far. A path is settled as soon as the most or least probable way to go on decides for
    all ways.

    Args:
        table: counts, float64 [rows, columns].

    Raises:
        AnalysisDataError: too many tables.

    Source: Mehta & Patel 1983, J Am Stat Assoc 78:427-434 (the network algorithm, here with exact longest and
    shortest paths by recursion). Checked: against R fisher.test (tests/golden).
    """
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape) < 2:
        return 1.0
    if table.shape[0] > table.shape[1]:
        table = table.T
    columns = tuple(sorted((int(total) for total in table.sum(axis=0)), reverse=True))
    rows = tuple(int(total) for total in table.sum(axis=1))
    network = Network(columns, where)
    observed = float(-gammaln(table + 1).sum())
    return network.share_not_above(rows, observed + TIE)


class Network:
    """Ways to fill columns of given totals from rows; log-weights are minus the sum of log factorials of the cells."""

    def __init__(self, columns: tuple[int, ...], where: str):
        self.columns, self.where, self.steps_made = columns, where, 0
        self.log_factorial = gammaln(np.arange(sum(columns) + 2) + 1.0)
        self.extremes: list[dict[Node, tuple[float, float]]] = [{} for _ in columns]
        self.ways: dict[tuple[int, Node], list[tuple[Node, float]]] = {}

    def share_not_above(self, rows: Node, limit: float) -> float:
        """Share of the total weight in tables whose log-weight is at most `limit`."""
        total = self.log_total(rows, 0)
        # node: rounded log-weight of a path so far: logarithm of the summed weights of such paths
        paths: Paths = {rows: {0.0: 0.0}}
        share = 0.0
        for stage in range(len(self.columns)):
            following: Paths = {}
            for node, past in paths.items():
                least, most = self.extreme(node, stage)
                for weight, log_sum in past.items():
                    if weight + most <= limit:
                        share += np.exp(log_sum + self.log_total(node, stage) - total)
                    elif weight + least <= limit:
                        self.spread(node, stage, weight, log_sum, following)
            paths = following
        return min(1.0, float(share))

    def spread(self, node: Node, stage: int, weight: float, log_sum: float, following: Paths) -> None:
        """Carry the paths of one weight on into every node of the next stage."""
        steps = self.steps(node, stage)
        self.count(len(steps))
        for target, step in steps:
            merged = following.setdefault(target, {})
            key = round(weight + step, 9)
            merged[key] = float(np.logaddexp(merged.get(key, -np.inf), log_sum + step))

    def steps(self, node: Node, stage: int) -> list[tuple[Node, float]]:
        """Ways to fill the column of this stage from what the rows have left: node after it, log-weight."""
        known = self.ways.get((stage, node))
        if known is None:
            known = self.ways[stage, node] = self.fillings(node, self.columns[stage], sum(node))
        return known

    def fillings(self, node: Node, column: int, left: int) -> list[tuple[Node, float]]:
        """Ways to take `column` subjects from the rows of `node`, which have `left` together."""
        if not node:
            return [((), 0.0)]
        first, others = node[0], left - node[0]
        out = []
        for taken in range(max(0, column - others), min(first, column) + 1):
            for rest, weight in self.fillings(node[1:], column - taken, others):
                out.append(((first - taken, *rest), weight - self.log_factorial[taken]))
        self.count(len(out))
        return out

    def extreme(self, node: Node, stage: int) -> tuple[float, float]:
        """Least and greatest log-weight of the columns from this stage on."""
        if stage == len(self.columns) - 1:
            only = -float(sum(self.log_factorial[count] for count in node))
            return only, only
        # which row is which does not matter for the extremes
        key = tuple(sorted(node))
        known = self.extremes[stage].get(key)
        if known is None:
            ends = [(step, self.extreme(target, stage + 1)) for target, step in self.steps(key, stage)]
            known = min(step + low for step, (low, _) in ends), max(step + high for step, (_, high) in ends)
            self.extremes[stage][key] = known
        return known

    def log_total(self, node: Node, stage: int) -> float:
        """Logarithm of the summed weights of all ways to fill the columns from this stage on (a multinomial sum)."""
        columns = self.columns[stage:]
        ways = self.log_factorial[sum(columns)] - sum(self.log_factorial[count] for count in columns)
        return float(ways - sum(self.log_factorial[count] for count in node))

    def count(self, steps: int) -> None:
        """Keep count of the work, and stop when it is too much."""
        self.steps_made += steps
        if self.steps_made > MAX_STEPS:
            raise AnalysisDataError(
                "there are too many tables with these margins for an exact test",
                where=self.where,
                rule="STATS-TOO-LARGE",
                remedy="use Pearson's chi-square test, or join categories",
            )
