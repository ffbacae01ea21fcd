"""Rubin's rules: one answer from the analyses of several imputed data sets."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs

WHERE = "Rubin's rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledEstimate:
    """An estimate pooled over imputed data sets."""

    estimate: float
    """Mean of the estimates."""
    std_error: float
    """Root of `total_variance`."""
    lower: float
    upper: float
    """Upper limit; both by the t distribution, on the scale of the estimates."""
    degrees_of_freedom: float
    """Of the t distribution; infinite where imputations do not differ and the complete data are large."""
    t: float
    """Estimate less its value under the null hypothesis, over its standard error."""
    p_value: float
    """Two-sided."""
    within: float
    """Mean of the variances."""
    between: float
    """Variance of the estimates between imputations (divisor m - 1)."""
    total_variance: float
    """Within plus (1 + 1/m) between."""
    relative_increase: float
    """Relative increase in variance due to what is missing, Rubin's r; infinite where `within` is 0."""
    fraction_missing: float
    """Fraction of missing information about the estimate, 0 to 1."""
    n_imputations: int
    """Imputed data sets that were pooled."""
    conf_level: float

    @property
    def ratio(self) -> tuple[float, float, float]:
        """For an estimate that is a logarithm: the ratio and its limits."""
        with np.errstate(over="ignore"):  # a limit can be too large for a number: infinite
            ratio, lower, upper = np.exp([self.estimate, self.lower, self.upper])
        return float(ratio), float(lower), float(upper)


def rubin(
    estimates: ArrayLike,
    variances: ArrayLike,
    *,
    complete_df: float | None = None,
    null: float = 0.0,
    conf_level: float = 0.95,
) -> PooledEstimate:
    """Rubin's rules for one number: pooled estimate, variance, test and limits.

    The estimates should be near normal: pool log ratios, not ratios. The imputations must be proper (drawn with the
    uncertainty of their model), or the variance comes out too small.

    Args:
        estimates: one from each imputed data set, float64 [m], m at least 2.
        variances: squared standard error of each, float64 [m], not negative.
        complete_df: degrees of freedom that the analysis would have without missing data; None for a large-sample
            (normal) analysis. If given, the degrees of freedom are those of Barnard and Rubin.
        null: value of the estimate under the null hypothesis.
        conf_level: two-sided confidence level.

    Returns:
        `PooledEstimate`. Test and limits are missing where the total variance is 0.

    Raises:
        AnalysisDataError: fewer than two imputations; lengths differ; a value is missing; a variance is negative.

    Differs from R: nowhere known (`mice::pool` with the same degrees of freedom).
    Source: Rubin 1987, Multiple Imputation for Nonresponse in Surveys, section 3.3; Barnard & Rubin 1999, Biometrika
        86:948-955.
    Checked: by hand, and by simulation of the coverage (tests/spec/stats/test_rubin.py).

    Example:
        >>> from equipoise import stats
        >>> pooled = stats.rubin([1, 2, 3], [1, 1, 1])
        >>> pooled.estimate, round(pooled.total_variance, 4), round(pooled.degrees_of_freedom, 4)  # 1 + 4/3
        (2.0, 2.3333, 6.125)
    """
    value = inputs.numbers(estimates, where=f"{WHERE}, estimates")
    variance = inputs.numbers(variances, where=f"{WHERE}, variances")
    level = inputs.level(conf_level, where=f"{WHERE}, conf_level")
    m = value.size
    complete_df = None if complete_df is None else inputs.number(complete_df, where=f"{WHERE}, complete_df")
    null = inputs.number(null, where=f"{WHERE}, null")
    if m < 2 or variance.size != m or variance.min() < 0 or not (complete_df is None or complete_df > 0):
        raise AnalysisDataError(
            f"there are {m} estimates and {variance.size} variances, {int((variance < 0).sum())} of them negative, "
            f"and the degrees of freedom are {complete_df}",
            where=WHERE,
            rule="STATS-IMPUTATIONS",
            remedy="give an estimate and its squared standard error from each of two or more imputed data sets",
        )
    # of values that are all alike the mean can differ from them by rounding
    within, between = float(variance.mean()), float(value.var(ddof=1)) if np.ptp(value) > 0 else 0.0
    extra = (1 + 1 / m) * between
    total = within + extra
    increase = extra / within if within > 0 else (math.inf if extra > 0 else 0.0)
    df = degrees_of_freedom(extra / total if total > 0 else 0.0, m, complete_df)
    std_error = math.sqrt(total)
    estimate = float(value.mean())
    t = (estimate - null) / std_error if total > 0 else math.nan
    half = t_quantile(0.5 + level / 2, df) * std_error if total > 0 else math.nan
    return PooledEstimate(
        estimate=estimate,
        std_error=std_error,
        lower=estimate - half,
        upper=estimate + half,
        degrees_of_freedom=df,
        t=t,
        p_value=2 * t_probability(-abs(t), df),
        within=within,
        between=between,
        total_variance=total,
        relative_increase=increase,
        fraction_missing=fraction_missing(increase, df),
        n_imputations=m,
        conf_level=level,
    )


def fraction_missing(increase: float, df: float) -> float:
    """Fraction of missing information from the relative increase in variance and the degrees of freedom."""
    if increase == 0 or math.isinf(increase):
        return float(increase > 0)
    return (increase + 2 / (df + 3)) / (increase + 1)


def degrees_of_freedom(share: float, m: int, complete_df: float | None) -> float:
    """Degrees of freedom from the share of the total variance that is due to what is missing."""
    rubin_df = (m - 1) / share**2 if share > 0 else math.inf
    if complete_df is None:
        return rubin_df
    observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
    return 1 / (1 / rubin_df + 1 / observed) if observed > 0 else 0.0


def t_quantile(probability: float, df: float) -> float:
    """Quantile of the t distribution; normal for infinite degrees of freedom."""
    return float(special.ndtri(probability) if math.isinf(df) else special.stdtrit(df, probability))


def t_probability(t: float, df: float) -> float:
    """Lower tail of the t distribution; missing where `t` is."""
    return float(special.ndtr(t) if math.isinf(df) else special.stdtr(df, t)) if not np.isnan(t) else math.nan
