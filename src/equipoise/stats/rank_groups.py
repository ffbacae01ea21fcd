"""Kruskal and Wallis's comparison of several samples by ranks."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.regression import ChiSquareTest, chi_square_test

WHERE = "Kruskal-Wallis test"


def kruskal_wallis(values: ArrayLike, group: ArrayLike) -> ChiSquareTest:
    """Kruskal-Wallis test that no group tends to have larger values than another.

    Args:
        values: any unit, float64 [n].
        group: label of each subject's group [n].

    Returns:
        `ChiSquareTest` with one degree of freedom less than there are groups; missing if all values are alike.

    Raises:
        AnalysisDataError: lengths differ; a value or label is missing; fewer than two groups.

    Ties: equal values share their ranks, and the statistic is divided by the usual correction. Values are tied only if
    exactly equal.

    Differs from R: nowhere known.

    Source: Kruskal & Wallis 1952, J Am Stat Assoc 47:583-621.

    Checked: by hand and against R kruskal.test (tests/spec/stats).

    Example:
        Ranks 1 and 2, 3 and 4: 12 / 20 (9/2 + 49/2) - 15.

        >>> from equipoise import stats
        >>> round(stats.kruskal_wallis([1, 2, 7, 9], ["a", "a", "b", "b"]).chi_square, 6)
        2.4
    """
    column = inputs.numbers(values, where=f"{WHERE}, values")
    labels, place = inputs.codes(group, column.size, where=f"{WHERE}, group")
    if len(labels) < 2:
        raise AnalysisDataError(
            f"there are {len(labels)} groups",
            where=WHERE,
            rule="STATS-NOTHING-TO-COMPARE",
            remedy="give at least two groups",
        )
    n = column.size
    _, value, count = np.unique(column, return_inverse=True, return_counts=True)
    midrank = (count.cumsum() - (count - 1) / 2)[value]
    size = np.bincount(place)
    distance = np.bincount(place, midrank) / size - (n + 1) / 2
    spread = n * (n + 1) / 12 * (1 - float((count**3.0 - count).sum()) / (n**3.0 - n))
    statistic = float((size * distance**2).sum()) / spread if spread > 0 else float("nan")
    return chi_square_test(statistic, len(labels) - 1)
