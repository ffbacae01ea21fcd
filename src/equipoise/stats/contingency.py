"""Tests of tables of counts: Fisher, Pearson, trend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.exact_tables import exact_p
from equipoise.stats.hypergeometric import conditional
from equipoise.stats.regression import ChiSquareTest, chi_square_test


@dataclass(frozen=True, slots=True, kw_only=True)
class FisherExact:
    """Fisher's exact test; all but `p_value` missing for a table that is not 2 x 2."""

    p_value: float
    """Two-sided: all tables that are not more probable than the one observed."""
    p_mid: float
    """Two-sided, equally probable tables counted half."""
    p_less: float
    p_greater: float
    odds_ratio: float
    """Conditional maximum-likelihood estimate."""
    lower: float
    upper: float
    conf_level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PearsonChi2:
    """Pearson's chi-square test of independence."""

    chi_square: float
    degrees_of_freedom: int
    p_value: float
    log10_p_value: float
    correction: bool
    """Yates's continuity correction was made."""
    smallest_expected: float


def fisher_exact(table: ArrayLike, *, conf_level: float = 0.95) -> FisherExact:
    """Fisher's exact test of independence in a table of any size; for 2 x 2 also the odds ratio with exact limits.

    Args:
        table: counts [rows, columns]; for 2 x 2 rows are arms, columns yes and no.
        conf_level: two-sided confidence level of the limits.

    Returns:
        `FisherExact`. With a margin of 0 the P value is 1 and the odds ratio missing, limits 0 and infinity.

    Raises:
        AnalysisDataError: not a table of counts; too large for an exact test.

    Source: Fisher 1935; Mehta & Patel 1983. R's fisher.test gives the same P value, its limits are good to 1e-3 only.
    Checked: by hand (tests/spec/stats), against R (tests/golden).
    """
    where = "Fisher's exact test"
    cells = inputs.counts(table, where=where)
    inputs.level(conf_level, where=f"{where}, conf_level")
    if cells.shape != (2, 2):
        none = float("nan")
        return FisherExact(
            p_value=exact_p(cells, where=where),
            p_mid=none,
            p_less=none,
            p_greater=none,
            odds_ratio=none,
            lower=none,
            upper=none,
            conf_level=conf_level,
        )
    (a, b), (c, d) = cells.tolist()
    given = conditional(a, b, c, d)
    lower, upper = given.limits(a, conf_level)
    return FisherExact(
        p_value=given.p_two_sided(a),
        p_mid=given.p_mid(a),
        p_less=given.p_less(a),
        p_greater=given.p_greater(a),
        odds_ratio=given.odds_ratio(a),
        lower=lower,
        upper=upper,
        conf_level=conf_level,
    )


def pearson_chi2(table: ArrayLike, *, correction: bool = False) -> PearsonChi2:
    """Pearson's chi-square test of independence in a table of any size.

    Args:
        table: counts [rows, columns].
        correction: Yates's continuity correction, for 2 x 2 only; not more than the distance to the expected count.

    Returns:
        `PearsonChi2`; statistic and P value missing if a row or column is empty.

    Raises:
        AnalysisDataError: not a table of counts; the correction asked for a table that is not 2 x 2.

    Source: Pearson 1900; Yates 1934. Checked: against R chisq.test (tests/golden).
    """
    where = "Pearson's chi-square test"
    cells = inputs.counts(table, where=where)
    if correction and cells.shape != (2, 2):
        raise AnalysisDataError(
            f"the continuity correction is for 2 x 2 tables, and this one is {cells.shape[0]} x {cells.shape[1]}",
            where=where,
            rule="STATS-OPTION",
            remedy="leave the correction out",
        )
    expected = np.outer(cells.sum(axis=1), cells.sum(axis=0)) / cells.sum()
    distance = np.abs(cells - expected)
    if correction:
        distance = distance - min(0.5, float(distance.min()))
    degrees_of_freedom = (cells.shape[0] - 1) * (cells.shape[1] - 1)
    statistic = float((distance**2 / expected).sum()) if expected.min() > 0 else float("nan")
    test = chi_square_test(statistic, degrees_of_freedom)
    return PearsonChi2(
        chi_square=statistic,
        degrees_of_freedom=degrees_of_freedom,
        p_value=test.p_value,
        log10_p_value=test.log10_p_value,
        correction=correction,
        smallest_expected=float(expected.min()),
    )


def trend_test(events: ArrayLike, totals: ArrayLike, *, scores: ArrayLike | None = None) -> ChiSquareTest:
    """Cochran-Armitage test for a trend of proportions over ordered groups.

    Args:
        events: subjects with the event [n_groups]; totals: subjects [n_groups].
        scores: place of each group on the scale [n_groups]; None: 1, 2, 3...

    Returns:
        `ChiSquareTest` with one degree of freedom; missing if nobody or everybody has the event.

    Raises:
        AnalysisDataError: lengths differ; more events than subjects; all scores alike.

    Source: Armitage 1955, Biometrics 11:375-386. Checked: against R prop.trend.test (tests/golden).
    """
    where = "trend test"
    some = inputs.numbers(events, where=f"{where}, events")
    every = inputs.numbers(totals, where=f"{where}, totals")
    inputs.same_length(every, some.size, where=f"{where}, totals")
    place = np.arange(1.0, some.size + 1) if scores is None else inputs.numbers(scores, where=f"{where}, scores")
    inputs.same_length(place, some.size, where=f"{where}, scores")
    inputs.refuse_rows(
        (some < 0) | (some > every),
        "not between 0 and their total",
        where=f"{where}, events",
        rule="STATS-COUNT",
        remedy="give how many of each group had the event",
    )
    n = every.sum()
    spread = float((every * place**2).sum() - (every * place).sum() ** 2 / n) if n else 0.0
    if spread <= 0:
        raise AnalysisDataError(
            "all subjects have one score", where=where, rule="STATS-NOTHING-TO-COMPARE", remedy="give at least two"
        )
    share = some.sum() / n
    if share in (0, 1):
        return chi_square_test(float("nan"), 1)
    score = float((place * (some - every * share)).sum())
    return chi_square_test(score**2 / (share * (1 - share) * spread), 1)
