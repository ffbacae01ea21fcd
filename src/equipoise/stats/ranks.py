"""Mann and Whitney's comparison of two samples by ranks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.tails import two_sided

WHERE = "Mann-Whitney test"
EXACT_BELOW = 50
"""Sample size from which R's wilcox.test takes the normal approximation by default."""
MAX_EXACT_WORK = 200_000_000
"""Additions up to which the exact distribution is worked out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MannWhitney:
    """Mann-Whitney test of two samples; all P values two-sided."""

    n: tuple[int, int]
    u: float
    """Pairs in which the first sample is larger, ties counted half."""
    probability_larger: float
    """`u` as a share of all pairs; 0.5 if the samples are alike."""
    has_ties: bool
    p_value: float
    """As R's wilcox.test chooses: exact without ties if both samples are below 50, else `p_corrected`."""
    p_corrected: float
    """Normal approximation with the variance for ties and a continuity correction."""
    p_uncorrected: float
    p_exact: float
    """Exact permutation distribution of the midranks; missing if it takes too long (`MAX_EXACT_WORK`)."""


def mann_whitney(first: ArrayLike, second: ArrayLike) -> MannWhitney:
    """Mann-Whitney (Wilcoxon rank-sum) test that neither sample tends to be larger.

    Args:
        first, second: values of the two samples, any unit, float64 [n_first] and [n_second].

    Returns:
        `MannWhitney`. If all values are alike the samples are too: P values 1.

    Raises:
        AnalysisDataError: a sample is empty; a value is missing.

    Source: Mann & Whitney 1947; ties: Lehmann 1975; exact with ties: Streitberg & Roehmel 1986.
    Checked: by hand (tests/spec/stats), against R wilcox.test and exactRankTests (tests/golden).
    """
    x, y = inputs.numbers(first, where=f"{WHERE}, first"), inputs.numbers(second, where=f"{WHERE}, second")
    if not (x.size and y.size):
        raise AnalysisDataError(
            f"the samples have {x.size} and {y.size} values",
            where=WHERE,
            rule="STATS-EMPTY",
            remedy="give at least one value in each",
        )
    place, count = np.unique(np.concatenate((x, y)), return_inverse=True, return_counts=True)[1:]
    midrank = (count.cumsum() - (count - 1) / 2)[place]
    n, m = x.size, y.size
    u = float(midrank[:n].sum() - n * (n + 1) / 2)
    has_ties = bool((count > 1).any())
    tie_loss = float((count**3.0 - count).sum()) / ((n + m) * (n + m - 1))
    spread = math.sqrt(n * m / 12 * (n + m + 1 - tie_loss))
    p_corrected, p_uncorrected = normal_p(u - n * m / 2, spread)
    p_exact = exact_p(midrank, n)
    exact_first = not has_ties and n < EXACT_BELOW and m < EXACT_BELOW
    return MannWhitney(
        n=(n, m),
        u=u,
        probability_larger=u / (n * m),
        has_ties=has_ties,
        p_value=p_exact if exact_first else p_corrected,
        p_corrected=p_corrected,
        p_uncorrected=p_uncorrected,
        p_exact=p_exact,
    )


def normal_p(distance: float, spread: float) -> tuple[float, float]:
    """P values of the normal approximation with and without continuity correction; 1 where there is no spread."""
    if spread == 0:
        return 1.0, 1.0
    corrected = math.copysign(max(0.0, abs(distance) - 0.5), distance)
    return two_sided(corrected / spread).p_value, two_sided(distance / spread).p_value


def exact_p(midrank: Floats, n: int) -> float:
    """Probability, over all ways to choose n of the ranks, that their sum is at least as far from its mean as observed.

    Without ties this is the exact P value of R's wilcox.test.
    """
    total = midrank.size
    doubled = np.sort(np.round(2 * midrank).astype(np.int64))
    doubled_sum = int(np.round(2 * midrank[:n].sum()))
    if n > total - n:  # choosing those left out is less work
        n, doubled_sum = total - n, int(doubled.sum()) - doubled_sum
    largest = int(doubled[-n:].sum())
    if float(total) * n * largest > MAX_EXACT_WORK:
        return math.nan
    ways = np.zeros((n + 1, largest + 1))
    ways[0, 0] = 1.0
    for k, rank in enumerate(doubled):
        for chosen in range(min(n, k + 1), 0, -1):
            ways[chosen, rank:] += ways[chosen - 1, : largest + 1 - rank]
    # in whole numbers: the mean of the doubled sum is n (total + 1)
    distance = np.abs(np.arange(largest + 1) - n * (total + 1))
    far = distance >= abs(doubled_sum - n * (total + 1))
    return float(min(1.0, ways[n, far].sum() / ways[n].sum()))
