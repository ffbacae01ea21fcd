"""Log-rank test for trend over ordered groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.logrank import LogRank, log_rank
from equipoise.stats.quadratic import ROUNDING
from equipoise.stats.regression import ChiSquareTest, chi_square_test
from equipoise.stats.tails import two_sided

WHERE = "log-rank test for trend"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogRankTrend:
    """Tarone's test that the hazard rises or falls with the scores of the groups."""

    groups: inputs.Labels
    scores: Floats
    """Score of each group, float64 [K]."""
    statistic: float
    """Sum of score times (observed minus expected); above 0 where groups of higher score have more events."""
    variance: float
    """Of the statistic if all groups have the same hazard."""
    z: float
    """Statistic over its standard error."""
    p_value: float
    """Two-sided, of the trend, one degree of freedom."""
    log10_p_value: float
    departure: ChiSquareTest
    """What the test of K groups says beyond the trend (difference of the chi-squares); missing for two groups."""
    log_rank: LogRank
    """The test of K groups."""


def log_rank_trend(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    scores: Sequence[float] | None = None,
    strata: ArrayLike | None = None,
    rho: float = 0.0,
    gamma: float = 0.0,
) -> LogRankTrend:
    """Log-rank test against hazards that rise or fall over ordered groups (doses, grades), within strata if given.

    Args:
        time: follow-up time in any unit, float64 [n], not negative.
        event: 1 event, 0 censored [n].
        group: label of the subject's group; labels in ascending order are the order of the groups [n].
        scores: one number for each label in ascending order, float64 [K], not all alike; None for 0, 1, ..., K - 1.
            Only their distances matter.
        strata: label of the stratum [n], or a list of such columns whose combinations are the strata.
        rho, gamma: Fleming-Harrington weight, as in `log_rank`.

    Returns:
        `LogRankTrend`. With two groups it is the log-rank test.

    Raises:
        AnalysisDataError: as `log_rank`; scores that are not one a group, or all alike.

    Ties: `equipoise.stats.ties`; tied events get the hypergeometric variance.
    Differs from R: `survdiff` gives the pieces (`obs`, `exp`, `var`) but no test for trend.
    Source: Tarone 1975, Biometrika 62:679-682; Klein & Moeschberger 2003, section 7.4.
    Checked: larynx example 7.4 of Klein & Moeschberger (z = 3.72) with R survdiff, and by hand
        (tests/spec/stats/test_log_rank_trend.py).

    Example:
        >>> from equipoise import stats
        >>> trend = stats.log_rank_trend([1, 2, 3], [1, 1, 0], [2, 1, 0])
        >>> round(trend.statistic, 3)  # (2 - 1) + (1 - 1/2)
        1.5
    """
    test = log_rank(time, event, group, strata=strata, rho=rho, gamma=gamma)
    k = len(test.groups)
    value = np.arange(k, dtype=np.float64) if scores is None else inputs.numbers(scores, where=f"{WHERE}, scores")
    if value.size != k or value.min() == value.max():
        raise AnalysisDataError(
            f"there are {value.size} scores, {np.unique(value).size} of them distinct, for {k} groups",
            where=f"{WHERE}, scores",
            rule="STATS-SCORES",
            remedy="give one number for each group in the order of the labels, not all alike",
        )
    # about their mean, for less rounding: scores and covariances sum to 0 over groups
    centred = value - value.mean()
    statistic, variance = float(centred @ test.score), float(centred @ test.variance @ centred)
    if not variance > ROUNDING * np.max(test.variance.diagonal()) * float(np.abs(centred).max()) ** 2:
        raise AnalysisDataError(
            "groups of different score are never at risk together at an event",
            where=WHERE,
            rule="STATS-NOTHING-TO-COMPARE",
            remedy="use fewer strata, or report that the test cannot be made",
        )
    z = statistic / variance**0.5
    tail = two_sided(z)
    beyond = test.degrees_of_freedom - 1
    left = max(0.0, test.chi_square - z * z) if beyond > 0 else float("nan")
    return LogRankTrend(
        groups=test.groups,
        scores=value,
        statistic=statistic,
        variance=variance,
        z=z,
        p_value=tail.p_value,
        log10_p_value=tail.log10_p_value,
        departure=chi_square_test(left, beyond),
        log_rank=test,
    )
