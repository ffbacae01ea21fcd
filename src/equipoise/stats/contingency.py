"""Tests of tables of counts: Fisher, Pearson and the likelihood ratio."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.draws import whole_seed
from equipoise.stats.hypergeometric import conditional, exact_p
from equipoise.stats.regression import ChiSquareTest, chi_square_test

FISHER, PEARSON = "Fisher's exact test", "Pearson's chi-square test"
NONE = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class FisherExact:
    """Fisher's exact test; all but `p_value` missing for a table that is not 2 x 2."""

    p_value: float
    """Two-sided: all tables that are not more probable than the one observed."""
    p_mid: float
    """Two-sided, equally probable tables counted half."""
    p_less: float
    """One-sided: the first cell, and with it the odds ratio, as small or smaller."""
    p_greater: float
    """One-sided: as large or larger."""
    p_doubled: float
    """Two-sided: twice the smaller one-sided P value, at most 1. The exact limits agree with it."""
    p_mid_doubled: float
    """Two-sided: twice the smaller one-sided P value with the table observed counted half. The mid-P limits agree."""
    odds_ratio: float
    """Conditional maximum-likelihood estimate."""
    lower: float
    upper: float
    """Exact limits of the odds ratio, which agree with `p_doubled`; 0 and infinity where the data give none."""
    lower_mid_p: float
    """Lower limit of the odds ratio by mid-P."""
    upper_mid_p: float
    """Mid-P limits of the odds ratio, which agree with `p_mid_doubled`."""
    conf_level: float
    replicates: int = 0
    """Tables drawn at random for `p_value`; 0 if it is exact."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PearsonChi2:
    """Pearson's chi-square test of independence, and its relatives."""

    chi_square: float
    degrees_of_freedom: int
    p_value: float
    log10_p_value: float
    correction: bool
    """Yates's continuity correction was made."""
    smallest_expected: float
    """The least of `expected`; below 5 the chi-square distribution is doubtful."""
    observed: Floats = field(repr=False)
    """The table, float64 [rows, columns]."""
    expected: Floats = field(repr=False)
    """Counts expected from the margins, float64 [rows, columns]."""

    @property
    def residuals(self) -> Floats:
        """Pearson's residuals, (observed - expected) / sqrt(expected), float64 [rows, columns]; missing where 0/0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((self.observed - self.expected) / np.sqrt(self.expected))

    @property
    def adjusted_residuals(self) -> Floats:
        """Residuals that are standard normal under independence, float64 [rows, columns] (Haberman 1973)."""
        n = self.observed.sum()
        rest = np.outer(1 - self.observed.sum(axis=1) / n, 1 - self.observed.sum(axis=0) / n)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.residuals / np.sqrt(rest))

    @property
    def n_minus_1(self) -> ChiSquareTest:
        """The uncorrected statistic times (N - 1) / N (Campbell 2007, Stat Med 26:3661-3675)."""
        n = float(self.observed.sum())
        return chi_square_test((n - 1) / n * pearson_statistic(self.observed, self.expected), self.degrees_of_freedom)

    @property
    def likelihood_ratio(self) -> ChiSquareTest:
        """Likelihood-ratio (G) test: twice the sum of observed log (observed / expected)."""
        if self.smallest_expected <= 0:
            return chi_square_test(NONE, self.degrees_of_freedom)
        some = self.observed > 0
        statistic = 2 * float((self.observed[some] * np.log(self.observed[some] / self.expected[some])).sum())
        return chi_square_test(max(0.0, statistic), self.degrees_of_freedom)


def fisher_exact(
    table: ArrayLike, *, conf_level: float = 0.95, replicates: int | None = None, seed: int | None = None
) -> FisherExact:
    """Fisher's exact test of independence in a table of any size; for 2 x 2 also the odds ratio with exact limits.

    Args:
        table: counts [rows, columns]; for 2 x 2 rows are arms, columns yes and no. Whole numbers as int or float.
        conf_level: two-sided confidence level of the limits.
        replicates: draw so many tables with the margins at random instead of walking through all; not for 2 x 2.
        seed: of the draws, a whole number; needed with `replicates`.

    Returns:
        `FisherExact`. With a margin of 0 the P value is 1 and the odds ratio missing, limits 0 and infinity.

    Raises:
        AnalysisDataError: not a table of counts; too many tables with these margins (3 x 4 with some hundred subjects
            are walked through in a tenth of a second, 4 x 4 with 100 in a second; 4 x 4 with 120 and many 4 x 5 with
            more than 70 are refused); `replicates` without `seed`, or
            for a 2 x 2 table.

    Differs from R: limits and the odds ratio are solved to rounding, where fisher.test stops at 1e-4. Random draws are
    other ones than R's. Of some tables that are refused here fisher.test with a large `workspace` gives the P value.

    Source: Fisher 1935; Mehta & Patel 1983, J Am Stat Assoc 78:427-434; mid-P: Lancaster 1961, J Am Stat Assoc
    56:223-234.

    Checked: by hand (tests/spec/stats), by enumeration (tests/property), against R (tests/golden).

    Example:
        The lady who told three of four cups right: (1 + 16 + 16 + 1) / 70.

        >>> from equipoise import stats
        >>> test = stats.fisher_exact([[3, 1], [1, 3]])
        >>> round(test.p_value, 4), round(test.odds_ratio, 3)
        (0.4857, 6.408)
    """
    cells = inputs.counts(table, where=FISHER)
    inputs.level(conf_level, where=f"{FISHER}, conf_level")
    if cells.shape != (2, 2):
        return of_any_size(cells, conf_level, replicates, seed)
    if replicates is not None or seed is not None:
        raise AnalysisDataError(
            "tables are to be drawn at random, and the test of a 2 x 2 table is exact",
            where=f"{FISHER}, replicates",
            rule="STATS-OPTION",
            remedy="leave out replicates and seed",
        )
    tables = [cells.ravel().tolist()]
    given, p = conditional(tables), exact_p(tables)
    lower, upper = given.limits(conf_level)
    lower_mid_p, upper_mid_p = given.limits(conf_level, 0.5)
    smaller = min(p.less, p.greater)
    return FisherExact(
        p_value=p.two_sided,
        p_mid=p.two_sided_mid,
        p_less=p.less,
        p_greater=p.greater,
        p_doubled=min(1.0, 2 * smaller),
        p_mid_doubled=min(1.0, 2 * smaller - p.own),
        odds_ratio=given.odds_ratio(),
        lower=lower,
        upper=upper,
        lower_mid_p=lower_mid_p,
        upper_mid_p=upper_mid_p,
        conf_level=float(conf_level),
    )


def of_any_size(cells: Floats, conf_level: float, replicates: int | None, seed: int | None) -> FisherExact:
    """The P value of a table that is not 2 x 2, exact or from tables drawn at random."""
    from equipoise.stats import exact_tables

    if replicates is not None:
        replicates = inputs.whole_number(replicates, where=f"{FISHER}, replicates")
    if replicates is not None and (seed is None or replicates < 1):
        raise AnalysisDataError(
            f"{replicates} tables are to be drawn at random with the seed {seed}",
            where=f"{FISHER}, replicates",
            rule="STATS-OPTION",
            remedy="give at least one replicate, and a whole number as seed, so that the result can be had again",
        )
    if replicates is None or seed is None:
        p_value = exact_tables.exact_p(cells, where=FISHER)
    else:
        start = whole_seed(seed, where=FISHER, kinds="not a whole number from 0 on")
        p_value = exact_tables.simulated_p(cells, replicates, start)
    return FisherExact(
        p_value=p_value,
        p_mid=NONE,
        p_less=NONE,
        p_greater=NONE,
        p_doubled=NONE,
        p_mid_doubled=NONE,
        odds_ratio=NONE,
        lower=NONE,
        upper=NONE,
        lower_mid_p=NONE,
        upper_mid_p=NONE,
        conf_level=float(conf_level),
        replicates=replicates or 0,
    )


def pearson_chi2(table: ArrayLike, *, correction: bool = False) -> PearsonChi2:
    """Pearson's chi-square test of independence in a table of any size.

    The result also gives the expected counts, residuals, the likelihood-ratio test and the test with N - 1.

    Args:
        table: counts [rows, columns]. Whole numbers as int or float.
        correction: Yates's continuity correction, for 2 x 2 only; not more than the distance to the expected count.

    Returns:
        `PearsonChi2`; statistic and P value missing if a row or column is empty.

    Raises:
        AnalysisDataError: not a table of counts; the correction asked for a table that is not 2 x 2.

    Differs from R: chisq.test corrects 2 x 2 tables unless told not to; here the correction must be asked for.

    Source: Pearson 1900, Phil Mag 50:157-175; Yates 1934, Suppl J R Stat Soc 1:217-235.

    Checked: by hand (tests/spec/stats), against R chisq.test (tests/golden).

    Example:
        Expected are 2 in each cell: 4 times 1 / 2.

        >>> from equipoise import stats
        >>> stats.pearson_chi2([[3, 1], [1, 3]]).chi_square
        2.0
    """
    cells = inputs.counts(table, where=PEARSON)
    if correction and cells.shape != (2, 2):
        raise AnalysisDataError(
            f"the continuity correction is for 2 x 2 tables, and this one is {cells.shape[0]} x {cells.shape[1]}",
            where=PEARSON,
            rule="STATS-OPTION",
            remedy="leave the correction out",
        )
    expected = cells.sum(axis=1)[:, np.newaxis] * cells.sum(axis=0) / cells.sum()
    smallest = float(expected.min())
    degrees_of_freedom = (cells.shape[0] - 1) * (cells.shape[1] - 1)
    statistic = pearson_statistic(cells, expected, correction=correction)
    test = chi_square_test(statistic, degrees_of_freedom)
    return PearsonChi2(
        chi_square=statistic,
        degrees_of_freedom=degrees_of_freedom,
        p_value=test.p_value,
        log10_p_value=test.log10_p_value,
        correction=correction,
        smallest_expected=smallest,
        observed=cells,
        expected=expected,
    )


def pearson_statistic(observed: Floats, expected: Floats, *, correction: bool = False) -> float:
    """Pearson's statistic; missing if a row or column is empty."""
    if expected.min() <= 0:
        return NONE
    distance = np.abs(observed - expected)
    if correction:
        distance = distance - min(0.5, float(distance.min()))
    return float((distance**2 / expected).sum())
