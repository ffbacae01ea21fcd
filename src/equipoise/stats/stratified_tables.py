"""Mantel-Haenszel: two arms and a binary answer over strata."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.hypergeometric import Conditional, conditional, exact_p
from equipoise.stats.regression import ChiSquareTest, chi_square_test
from equipoise.stats.tails import normal_quantile

WHERE = "Mantel-Haenszel"


@dataclass(frozen=True, slots=True, kw_only=True)
class MantelHaenszel:
    """Common effects over strata, of the first arm against the second."""

    n_strata: int
    """Strata with at least two subjects."""
    test: ChiSquareTest
    """Cochran-Mantel-Haenszel test without continuity correction."""
    test_corrected: ChiSquareTest
    """The same with a correction of a half."""
    odds_ratio: float
    """Common odds ratio."""
    log_odds_ratio_std_error: float
    """Robins, Breslow and Greenland."""
    lower: float
    upper: float
    p_exact: float
    """Exact conditional test, two-sided: all sums of first cells that are not more probable than that observed."""
    p_mid: float
    """The same, equally probable sums counted half."""
    odds_ratio_exact: float
    """Conditional maximum-likelihood common odds ratio."""
    lower_exact: float
    """Exact lower limit of the common odds ratio."""
    upper_exact: float
    """Exact upper limit; both are of the conditional odds ratio."""
    lower_mid_p: float
    """Lower limit of the common odds ratio by mid-P."""
    upper_mid_p: float
    """Upper limit by mid-P; both are of the conditional odds ratio."""
    risk_ratio: float
    """Common risk ratio with Mantel-Haenszel weights."""
    log_risk_ratio_std_error: float
    """Greenland and Robins."""
    risk_ratio_lower: float
    """Lower limit of the common risk ratio."""
    risk_ratio_upper: float
    """Upper limit; both by Greenland and Robins's standard error."""
    risk_difference: float
    """Common risk difference with Mantel-Haenszel weights; strata with an empty arm count nothing."""
    risk_difference_std_error: float
    """Sato; consistent for few large and many small strata."""
    risk_difference_std_error_greenland_robins: float
    """Greenland and Robins; for few large strata."""
    risk_difference_lower: float
    """Lower limit of the common risk difference."""
    risk_difference_upper: float
    """Upper limit; both by Sato's standard error."""
    conf_level: float


def mantel_haenszel(tables: ArrayLike, *, conf_level: float = 0.95) -> MantelHaenszel:
    """Cochran-Mantel-Haenszel test, common odds ratio, risk ratio and risk difference.

    For a binary answer of two arms over strata, such as those of a stratified randomization.

    Args:
        tables: counts, one 2 x 2 table a stratum, [n_strata, arm, answer]: [[yes, no], [yes, no]], experimental first.
        conf_level: two-sided confidence level.

    Returns:
        `MantelHaenszel`. Strata with fewer than two subjects are left out, as in R.

    Raises:
        AnalysisDataError: not tables of counts; no stratum with subjects in both arms and both answers.

    Differs from R: the exact odds ratio and its limits are solved to rounding, where mantelhaen.test stops at 1e-4. R
    has no risk ratio, risk difference or mid-P limits.

    Source: Mantel & Haenszel 1959; Robins, Breslow & Greenland 1986, Biometrics 42:311-323; Greenland & Robins 1985,
    Biometrics 41:55-68; Sato 1989, Biometrics 45:1323-1324; Gart 1970, Biometrika 57:471-475.

    Checked: by hand (tests/spec/stats), against R mantelhaen.test and the published formulas (tests/golden).

    Example:
        Sums of ad/n and bc/n: 9/8 + 4/6 and 1/8 + 1/6.

        >>> from equipoise import stats
        >>> round(stats.mantel_haenszel([[[3, 1], [1, 3]], [[2, 1], [1, 2]]]).odds_ratio, 6)
        6.142857
    """
    inputs.level(conf_level, where=f"{WHERE}, conf_level")
    cells = checked_tables(tables)
    in_rows = cells.reshape(-1, 4).tolist()
    given, p = conditional(in_rows), exact_p(in_rows)
    check_choice(given)
    z = normal_quantile(conf_level)
    odds_ratio, log_se = common_odds_ratio(cells)
    risk_ratio, log_risk_se = common_risk_ratio(cells)
    difference, robins, sato = common_risk_difference(cells)
    lower_exact, upper_exact = given.limits(conf_level)
    lower_mid_p, upper_mid_p = given.limits(conf_level, 0.5)
    return MantelHaenszel(
        n_strata=len(cells),
        test=cochran_test(cells, 0.0),
        test_corrected=cochran_test(cells, 0.5),
        odds_ratio=odds_ratio,
        log_odds_ratio_std_error=log_se,
        lower=odds_ratio * math.exp(-z * log_se),
        upper=odds_ratio * math.exp(z * log_se),
        p_exact=p.two_sided,
        p_mid=p.two_sided_mid,
        odds_ratio_exact=given.odds_ratio(),
        lower_exact=lower_exact,
        upper_exact=upper_exact,
        lower_mid_p=lower_mid_p,
        upper_mid_p=upper_mid_p,
        risk_ratio=risk_ratio,
        log_risk_ratio_std_error=log_risk_se,
        risk_ratio_lower=risk_ratio * math.exp(-z * log_risk_se),
        risk_ratio_upper=risk_ratio * math.exp(z * log_risk_se),
        risk_difference=difference,
        risk_difference_std_error=sato,
        risk_difference_std_error_greenland_robins=robins,
        risk_difference_lower=difference - z * sato,
        risk_difference_upper=difference + z * sato,
        conf_level=float(conf_level),
    )


def checked_tables(tables: ArrayLike, *, where: str = WHERE, two_by_two: bool = True) -> Floats:
    """Tables of counts of the strata with at least two subjects, float64 [n_strata, rows, columns]."""
    try:
        cells = np.asarray(tables, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise AnalysisDataError(
            "the tables are not made of numbers, or differ in shape",
            where=where,
            rule="STATS-NUMBER",
            remedy="give one table of counts for each stratum, all of one shape",
        ) from error
    if cells.ndim != 3 or min(cells.shape) < 1 or (two_by_two and cells.shape[1:] != (2, 2)):
        raise AnalysisDataError(
            f"the tables have shape {cells.shape}",
            where=where,
            rule="STATS-SHAPE",
            remedy="give one table [[yes, no], [yes, no]] for each stratum",
        )
    inputs.counts(cells.reshape(-1, cells.shape[2]), where=where)
    return cells[cells.sum(axis=(1, 2)) > 1]


def check_choice(given: Conditional) -> None:
    """Refuse strata whose margins leave no choice."""
    if given.at_lowest and given.at_highest:
        raise AnalysisDataError(
            "in no stratum are there both arms and both answers",
            where=WHERE,
            rule="STATS-NOTHING-TO-COMPARE",
            remedy="use fewer strata, or report that the test cannot be made",
        )


def cochran_test(cells: Floats, correction: float) -> ChiSquareTest:
    """Cochran-Mantel-Haenszel test; a distance smaller than the correction is not corrected (as in R)."""
    rows, columns, n = cells.sum(axis=2), cells.sum(axis=1), cells.sum(axis=(1, 2))
    distance = abs(float((cells[:, 0, 0] - rows[:, 0] * columns[:, 0] / n).sum()))
    variance = float((rows.prod(axis=1) * columns.prod(axis=1) / (n**2 * (n - 1))).sum())
    less = correction if distance >= correction else 0.0
    return chi_square_test((distance - less) ** 2 / variance, 1)


def common_odds_ratio(cells: Floats) -> tuple[float, float]:
    """Mantel-Haenszel odds ratio and the standard error of its logarithm."""
    (a, b), (c, d) = cells[:, 0].T, cells[:, 1].T
    n = cells.sum(axis=(1, 2))
    p, q, r, s = (a + d) / n, (b + c) / n, a * d / n, b * c / n
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = r.sum() / s.sum()
        variance = (
            (p * r).sum() / (2 * r.sum() ** 2)
            + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
            + (q * s).sum() / (2 * s.sum() ** 2)
        )
    return float(ratio), float(np.sqrt(variance))


def common_risk_ratio(cells: Floats) -> tuple[float, float]:
    """Mantel-Haenszel risk ratio and Greenland and Robins's standard error of its logarithm."""
    cells = cells[(cells.sum(axis=2) > 0).all(axis=1)]
    (a, b), (c, d) = cells[:, 0].T, cells[:, 1].T
    n1, n2 = a + b, c + d
    n = n1 + n2
    above, below = float((a * n2 / n).sum()), float((c * n1 / n).sum())
    part = float(((n1 * n2 * (a + c) - a * c * n) / n**2).sum())
    if above == 0 or below == 0:
        return (math.inf if above else 0.0), math.nan
    return above / below, math.sqrt(part / (above * below))


def common_risk_difference(cells: Floats) -> tuple[float, float, float]:
    """Mantel-Haenszel risk difference, its standard errors of Greenland and Robins, and of Sato."""
    cells = cells[(cells.sum(axis=2) > 0).all(axis=1)]
    (a, b), (c, d) = cells[:, 0].T, cells[:, 1].T
    n1, n2 = a + b, c + d
    n = n1 + n2
    weight = n1 * n2 / n
    total = weight.sum()
    difference = float((weight * (a / n1 - c / n2)).sum() / total)
    robins = ((a * b * n2**3 + c * d * n1**3) / (n1 * n2 * n**2)).sum() / total**2
    p = ((n1**2 * c - n2**2 * a + n1 * n2 * (n2 - n1) / 2) / n**2).sum()
    q = ((a * (n2 - c) + c * (n1 - a)) / (2 * n)).sum()
    sato = (difference * p + q) / total**2
    return difference, math.sqrt(robins), math.sqrt(max(0.0, sato))
