"""Mann and Whitney's comparison of two samples by ranks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs, shifts
from equipoise.stats.kernels.rank_sums import tied_ways, untied_ways
from equipoise.stats.shifts import Shift, WinProbability
from equipoise.stats.tails import two_sided

WHERE = "Mann-Whitney test"
EXACT_BELOW = 50
"""Sample size from which R's wilcox.test takes the normal approximation by default."""
LARGEST_EXACT = 500
"""Subjects in all for whom the exact distribution is worked out when asked for; with more it loses digits."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MannWhitney:
    """Mann-Whitney test of two samples; all P values two-sided."""

    n: tuple[int, int]
    """Values of the first and of the second sample."""
    u: float
    """Pairs in which the first sample is larger, ties counted half."""
    probability_larger: float
    """`u` as a share of all pairs; 0.5 if the samples are alike."""
    has_ties: bool
    """Whether any two values are equal."""
    z: float
    """Normal statistic without correction, positive if the first sample tends to be larger; 0 if all are alike."""
    p_value: float
    """As R's wilcox.test chooses: exact without ties if both samples are below 50, else `p_corrected`."""
    p_corrected: float
    """Normal approximation with the variance for ties and a continuity correction."""
    p_uncorrected: float
    """The same without correction."""
    p_exact: float
    """Exact permutation distribution of the midranks; missing where it was not worked out (see `exact`)."""
    conf_level: float
    """Level of the limits that the methods give."""
    first: Floats = field(repr=False)
    """Values of the first sample, ascending."""
    second: Floats = field(repr=False)
    """Values of the second sample, ascending."""

    def hodges_lehmann(self, method: str = "auto") -> Shift:
        """Hodges and Lehmann's shift of the first sample against the second, with limits that invert the test.

        Args:
            method: `exact` takes order statistics of all differences by the permutation distribution of the midranks;
                `normal` inverts the normal test with continuity correction (the estimate is without it), as R's
                wilcox.test; `normal_uncorrected` the one without, the variance that of the samples as they are;
                `auto` is `exact` where `p_value` is exact, else `normal`.

        Returns:
            `Shift`, in the unit of the values. Where the samples are too small for the level a limit is the smallest
            or largest difference, as in R, and covers less than it says.

        Raises:
            AnalysisDataError: exact limits of more than 500 subjects.

        Source: Hodges & Lehmann 1963, Ann Math Statist 34:598-611; Bauer 1972, J Am Stat Assoc 67:687-690.
        Checked: against R wilcox.test and exactRankTests (tests/golden).
        """
        inputs.choice(method, ("auto", "exact", "normal", "normal_uncorrected"), where=f"{WHERE}, method")
        if method == "auto":
            method = "exact" if exact_by_default(self.n, self.has_ties) else "normal"
        if method != "exact":
            return shifts.by_normal(self.first, self.second, self.conf_level, corrected=method == "normal")
        return shifts.by_order(self.first, self.second, rank_sum_distribution(self.first, self.second), self.conf_level)

    def win_probability(self, method: str = "newcombe") -> WinProbability:
        """Probability that a value of the first sample is larger than one of the second, ties half, with limits.

        Args:
            method: `newcombe` solves for the probabilities that are z standard errors away, by a variance that needs no
                values (his method 5), and has limits where the samples do not overlap; `logit` is Wald's on the log
                odds, by the standard error of DeLong, and has none there.

        Source: DeLong et al. 1988, Biometrics 44:837-845; Newcombe 2006, Stat Med 25:559-573.
        Checked: by hand (tests/spec/stats); limits solve their equation (tests/property).
        """
        inputs.choice(method, ("newcombe", "logit"), where=f"{WHERE}, method")
        return shifts.win_probability(self.first, self.second, self.conf_level, method)


def mann_whitney(
    first: ArrayLike, second: ArrayLike, *, exact: bool | None = None, conf_level: float = 0.95
) -> MannWhitney:
    """Mann-Whitney (Wilcoxon rank-sum) test that neither sample tends to be larger.

    For scores, grades, counts and measurements of two arms. `.hodges_lehmann()` gives the shift and
    `.win_probability()` the probability that the first arm is larger, with limits.

    Args:
        first, second: values of the two samples, any unit, float64 [n_first] and [n_second].
        exact: whether to work out the exact P value; None: where both samples are below 50.
        conf_level: two-sided confidence level of the limits.

    Returns:
        `MannWhitney`. If all values are alike the samples are too: P values 1.

    Raises:
        AnalysisDataError: a sample is empty; a value is missing; `exact` asked for more than 500 subjects.

    Ties: equal values share their ranks; the normal variance and the exact distribution take them into account. Values
    are tied only if exactly equal.

    Differs from R: `p_exact` is there with ties too (as in exactRankTests); nowhere else known.

    Source: Mann & Whitney 1947, Ann Math Statist 18:50-60; ties: Lehmann 1975; exact with ties: Streitberg & Roehmel
    1986, Stat Software Newsl 12:10-17.

    Checked: by hand (tests/spec/stats), by enumeration (tests/property), against R wilcox.test and exactRankTests
    (tests/golden).

    Example:
        One of ten orders of three and two values is as low, and one as high:

        >>> from equipoise import stats
        >>> test = stats.mann_whitney([1, 2, 3], [4, 5])
        >>> test.u, test.p_value
        (0.0, 0.2)
        >>> test.hodges_lehmann().estimate
        -2.5
    """
    x, y = (
        np.sort(inputs.numbers(values, where=f"{WHERE}, {name}"))
        for values, name in ((first, "first"), (second, "second"))
    )
    inputs.level(conf_level, where=f"{WHERE}, conf_level")
    n, m = x.size, y.size
    if not (n and m):
        raise AnalysisDataError(
            f"the samples have {n} and {m} values",
            where=WHERE,
            rule="STATS-EMPTY",
            remedy="give at least one value in each",
        )
    u, cubes = shifts.pairs_larger(x, y)
    spread = math.sqrt(max(0.0, n * m / 12 * (n + m + 1 - cubes / ((n + m) * (n + m - 1)))))
    has_ties = cubes > 0
    p_corrected, p_uncorrected = normal_p(u - n * m / 2, spread)
    if exact is None:
        exact = max(n, m) < EXACT_BELOW
    p_exact = exact_p(x, y, u) if exact else math.nan
    return MannWhitney(
        n=(n, m),
        u=u,
        probability_larger=u / (n * m),
        has_ties=has_ties,
        z=(u - n * m / 2) / spread if spread else 0.0,
        p_value=p_exact if exact and exact_by_default((n, m), has_ties) else p_corrected,
        p_corrected=p_corrected,
        p_uncorrected=p_uncorrected,
        p_exact=p_exact,
        conf_level=float(conf_level),
        first=x,
        second=y,
    )


def exact_by_default(n: tuple[int, int], has_ties: bool) -> bool:
    """Whether R's wilcox.test would take the exact distribution."""
    return not has_ties and max(n) < EXACT_BELOW


def normal_p(distance: float, spread: float) -> tuple[float, float]:
    """P values of the normal approximation with and without continuity correction; 1 where there is no spread."""
    if spread == 0:
        return 1.0, 1.0
    corrected = math.copysign(max(0.0, abs(distance) - 0.5), distance)
    return two_sided(corrected / spread).p_value, two_sided(distance / spread).p_value


def exact_p(x: Floats, y: Floats, u: float) -> float:
    """Probability, over all ways to choose who is in the first sample, of a `u` at least as far from its mean.

    Without ties this is the exact P value of R's wilcox.test.
    """
    values, share = rank_sum_distribution(x, y)
    middle = x.size * y.size / 2
    return float(min(1.0, share[np.abs(values - middle) >= abs(u - middle)].sum()))


def rank_sum_distribution(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Values that `u` can take, ascending, and their probabilities given the pooled values; float64 [n_values] each."""
    n, m = x.size, y.size
    if n + m > LARGEST_EXACT:
        raise AnalysisDataError(
            f"the exact distribution of {n + m} values is too large",
            where=WHERE,
            rule="STATS-TOO-LARGE",
            remedy="use the normal approximation, which is good for so many",
        )
    size = np.unique(np.concatenate((x, y)), return_counts=True)[1]
    if size.max() == 1:
        ways = untied_ways(min(n, m), max(n, m))
        return np.arange(n * m + 1.0), ways / ways.sum()
    # twice the midrank is a whole number; the smaller sample is less work, and its sum tells the other's
    doubled = 2 * size.cumsum() - size + 1
    ways = tied_ways(doubled, size, min(n, m))
    possible = np.flatnonzero(ways)
    k = min(n, m)
    values = (possible - k * (k + 1)) / 2
    if n > m:
        values, possible = n * m - values[::-1], possible[::-1]
    return values, ways[possible] / ways.sum()
