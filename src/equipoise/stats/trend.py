"""Trend of proportions over ordered groups."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.hypergeometric import TIE
from equipoise.stats.kernels.rank_sums import tied_ways
from equipoise.stats.regression import chi_square_test

WHERE = "trend test"
LARGEST_EXACT = 1000
"""Subjects up to whom the exact distribution is worked out; more would overflow."""
LARGEST_SUM = 20_000
"""Sum of scores up to which it is worked out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendTest:
    """Cochran-Armitage test; missing if nobody or everybody has the event."""

    chi_square: float
    degrees_of_freedom: int
    p_value: float
    """Two-sided, of the chi-square distribution."""
    log10_p_value: float
    z: float
    """Positive if the share with the event grows with the score."""
    p_exact: float
    """Two-sided exact, given the margins: all sums of scores at least as far from their mean; missing if not asked."""


def trend_test(
    events: ArrayLike, totals: ArrayLike, *, scores: ArrayLike | None = None, exact: bool = False
) -> TrendTest:
    """Cochran-Armitage test for a trend of proportions over ordered groups.

    For a binary answer over doses, grades or periods.

    Args:
        events: subjects with the event, counts [n_groups].
        totals: subjects, counts [n_groups].
        scores: place of each group on the scale [n_groups]; None: 1, 2, 3...
        exact: whether to work out the exact P value too; needs whole-number scores.

    Returns:
        `TrendTest`.

    Raises:
        AnalysisDataError: lengths differ; not counts; more events than subjects; all scores alike; an exact test of
            scores that are not whole, or of more than 1000 subjects.

    Differs from R: nowhere known (prop.trend.test has no exact test).

    Source: Armitage 1955, Biometrics 11:375-386.

    Checked: by hand (tests/spec/stats), by enumeration (tests/property), against R prop.trend.test (tests/golden).

    Example:
        Shares 0/4, 2/4, 4/4: the score 4, squared over the variance 1/4 times 8.

        >>> from equipoise import stats
        >>> round(stats.trend_test([0, 2, 4], [4, 4, 4]).chi_square, 6)
        8.0
    """
    some, every, place = checked(events, totals, scores)
    n = every.sum()
    spread = float((every * place**2).sum() - (every * place).sum() ** 2 / n) if n else 0.0
    if spread <= 0:
        raise AnalysisDataError(
            "all subjects have one score", where=WHERE, rule="STATS-NOTHING-TO-COMPARE", remedy="give at least two"
        )
    p_exact = exact_trend(some, every, place) if exact else math.nan
    share = float(some.sum() / n)
    score = float((place * (some - every * share)).sum())
    variance = share * (1 - share) * spread
    z = score / math.sqrt(variance) if variance > 0 else math.nan
    test = chi_square_test(z * z, 1)
    return TrendTest(
        chi_square=test.chi_square,
        degrees_of_freedom=1,
        p_value=test.p_value,
        log10_p_value=test.log10_p_value,
        z=z,
        p_exact=p_exact,
    )


def checked(events: ArrayLike, totals: ArrayLike, scores: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    """Events, totals and scores of the groups, float64 [n_groups] each."""
    some = inputs.numbers(events, where=f"{WHERE}, events")
    every = inputs.numbers(totals, where=f"{WHERE}, totals")
    inputs.same_length(every, some.size, where=f"{WHERE}, totals")
    place = np.arange(1.0, some.size + 1) if scores is None else inputs.numbers(scores, where=f"{WHERE}, scores")
    inputs.same_length(place, some.size, where=f"{WHERE}, scores")
    inputs.refuse_rows(
        (some < 0) | (some > every) | (some != np.round(some)) | (every != np.round(every)),
        "not between 0 and their total, or not whole",
        where=f"{WHERE}, events",
        rule="STATS-COUNT",
        remedy="give how many of each group had the event",
    )
    return some, every, place


def exact_trend(some: Floats, every: Floats, place: Floats) -> float:
    """Probability, given the margins, of a sum of scores at least as far from its mean as that observed."""
    least = place.min()
    step = (place - least).astype(np.int64)
    n, chosen = int(every.sum()), int(some.sum())
    if (step != place - least).any() or n > LARGEST_EXACT or step.max() * n > LARGEST_SUM:
        raise AnalysisDataError(
            f"the exact distribution of {n} subjects with scores {place.tolist()} is too large, or not in whole steps",
            where=WHERE,
            rule="STATS-TOO-LARGE",
            remedy="use small whole numbers as scores, or the chi-square test",
        )
    order = np.argsort(step, kind="stable")
    ways = tied_ways(step[order], every[order].astype(np.int64), chosen)
    mean = chosen * float((every * step).sum()) / n
    distance = abs(float((some * step).sum()) - mean)
    far = np.abs(np.arange(ways.size) - mean) >= distance * (1 - TIE) - TIE
    return float(min(1.0, ways[far].sum() / ways.sum()))
