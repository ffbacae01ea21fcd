"""Whether an odds ratio is the same in all strata, and association over strata in larger tables."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats.quadratic import quadratic_form
from equipoise.stats.regression import ChiSquareTest, chi_square_test
from equipoise.stats.stratified_tables import checked_tables, common_odds_ratio

BRESLOW_DAY, COCHRAN = "Breslow-Day test", "Cochran-Mantel-Haenszel test"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreslowDay:
    """Test that the odds ratio is the same in all strata."""

    odds_ratio: float
    """Common odds ratio (Mantel-Haenszel) with which the strata are compared."""
    breslow_day: ChiSquareTest
    """Statistic as first published."""
    tarone: ChiSquareTest
    """With Tarone's adjustment, by which it has its chi-square distribution: the one to report."""
    n_strata: int
    """Strata with both arms and both answers."""


def breslow_day(tables: ArrayLike) -> BreslowDay:
    """Breslow and Day's test of homogeneity of the odds ratio over strata, without and with Tarone's adjustment.

    Args:
        tables: counts, one 2 x 2 table a stratum, [n_strata, arm, answer]: [[yes, no], [yes, no]].

    Returns:
        `BreslowDay`; missing tests if the common odds ratio is 0 or infinite. Strata without both arms and both
        answers say nothing and are left out.

    Raises:
        AnalysisDataError: not tables of counts; fewer than two strata with both arms and both answers.

    Differs from R: R has none; package DescTools has the same formulas.

    Source: Breslow & Day 1980, IARC Sci Publ 32, section 4.4; Tarone 1985, Biometrika 72:91-95.

    Checked: by hand (tests/spec/stats), against the formulas in R (tests/spec/stats).

    Example:
        Two strata with the same odds ratio 9:

        >>> from equipoise import stats
        >>> round(stats.breslow_day([[[3, 1], [1, 3]], [[6, 2], [2, 6]]]).tarone.p_value, 6)
        1.0
    """
    cells = checked_tables(tables, where=BRESLOW_DAY)
    cells = cells[(cells.sum(axis=1).min(axis=1) > 0) & (cells.sum(axis=2).min(axis=1) > 0)]
    if len(cells) < 2:
        raise AnalysisDataError(
            f"there are {len(cells)} strata with both arms and both answers",
            where=BRESLOW_DAY,
            rule="STATS-NOTHING-TO-COMPARE",
            remedy="give at least two strata with both arms and both answers",
        )
    ratio, degrees_of_freedom = common_odds_ratio(cells)[0], len(cells) - 1
    if not 0 < ratio < math.inf:
        nothing = chi_square_test(math.nan, degrees_of_freedom)
        return BreslowDay(odds_ratio=ratio, breslow_day=nothing, tarone=nothing, n_strata=len(cells))
    row1, row2, column = cells[:, 0].sum(axis=1), cells[:, 1].sum(axis=1), cells[:, :, 0].sum(axis=1)
    expected = expected_first(row1, row2, column, ratio)
    parts = np.stack((expected, row1 - expected, column - expected, row2 - column + expected))
    variance = 1 / (1 / parts).sum(axis=0)
    distance = cells[:, 0, 0] - expected
    statistic = float((distance**2 / variance).sum())
    adjusted = max(0.0, statistic - float(distance.sum() ** 2 / variance.sum()))
    return BreslowDay(
        odds_ratio=ratio,
        breslow_day=chi_square_test(statistic, degrees_of_freedom),
        tarone=chi_square_test(adjusted, degrees_of_freedom),
        n_strata=len(cells),
    )


def expected_first(row1: Floats, row2: Floats, column: Floats, ratio: float) -> Floats:
    """First cell of the table with these margins whose odds ratio is `ratio`: a root of a quadratic; float64 [n]."""
    a = 1 - ratio
    b = row2 - column + ratio * (row1 + column)
    c = -ratio * row1 * column
    root = np.sqrt(b * b - 4 * a * c)
    # the root between 0 and both totals, in a form that holds at odds ratio 1; b is negative only for ratios below 1
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b >= 0, -2 * c / (b + root), (root - b) / (2 * a))


def cochran_mantel_haenszel(tables: ArrayLike) -> ChiSquareTest:
    """Generalized Cochran-Mantel-Haenszel test of association in tables of any size over strata.

    Rows and columns are taken without order (`general association`). For 2 x 2 tables it is the test of
    `mantel_haenszel` without correction.

    Args:
        tables: counts [n_strata, rows, columns].

    Returns:
        `ChiSquareTest` with (rows - 1)(columns - 1) degrees of freedom, rows and columns that hold nobody
        in any stratum left out; missing where the strata do not link all rows and columns.

    Raises:
        AnalysisDataError: not tables of counts; fewer than two rows or columns hold anybody.

    Differs from R: nowhere known (mantelhaen.test of tables larger than 2 x 2).

    Source: Mantel & Haenszel 1959; Birch 1965; Agresti 2002, Categorical Data Analysis, section 7.5.3.

    Checked: against R mantelhaen.test (tests/spec/stats); equal to `mantel_haenszel` for 2 x 2 (tests/property).

    Example:
        Pearson's 2 times (n - 1) / n:

        >>> from equipoise import stats
        >>> stats.cochran_mantel_haenszel([[[3, 1], [1, 3]]]).chi_square
        1.75
    """
    cells = checked_tables(tables, where=COCHRAN, two_by_two=False)
    cells = cells[:, cells.sum(axis=(0, 2)) > 0][:, :, cells.sum(axis=(0, 1)) > 0]
    n_rows, n_columns = cells.shape[1:]
    if min(n_rows, n_columns) < 2:
        raise AnalysisDataError(
            f"{n_rows} rows and {n_columns} columns hold anybody",
            where=COCHRAN,
            rule="STATS-NOTHING-TO-COMPARE",
            remedy="give at least two of each",
        )
    distance = np.zeros((n_rows - 1, n_columns - 1))
    covariance = np.zeros((distance.size, distance.size))
    for table in cells:
        n, row, column = table.sum(), table.sum(axis=1), table.sum(axis=0)
        distance += (table - np.outer(row, column) / n)[:-1, :-1]
        of_rows = (np.diag(row * n) - np.outer(row, row))[:-1, :-1]
        of_columns = (np.diag(column * n) - np.outer(column, column))[:-1, :-1]
        covariance += np.kron(of_rows, of_columns) / (n**2 * (n - 1))
    statistic = quadratic_form(distance.ravel(), covariance, scale=np.diag(covariance))
    return chi_square_test(math.nan if statistic is None else statistic, distance.size)
