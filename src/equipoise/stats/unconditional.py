"""Exact tests of two proportions that do not condition on the answers: Barnard and Boschloo."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.hypergeometric import TIE
from equipoise.stats.kernels.fisher_tables import fisher_of_all
from equipoise.stats.proportions import check_arms

BARNARD, BOSCHLOO = "Barnard's test", "Boschloo's test"
ALTERNATIVES = ("two-sided", "less", "greater", "doubled")
POINTS_A_DEVIATION = 8
"""Points of the first grid for each standard deviation of the pooled proportion (on the arcsine scale)."""
ZOOMS = 6
"""Times that the neighbourhood of a peak is searched by a grid five times finer."""
PEAKS = 4
"""Highest peaks of the first grid that are searched."""
LARGEST = 1_000_000
"""Tables of two arms of these sizes up to which a test is made (some seconds)."""
Region = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnconditionalTest:
    """An exact unconditional test of two proportions."""

    statistic: float
    """By which tables are ordered: Barnard's z, positive if the first arm has more yes; Boschloo's Fisher P value."""
    p_value: float
    """Greatest probability, over all common proportions, of tables at least as far out as that observed."""
    nuisance: float
    """Common proportion at which it is reached."""
    alternative: str


def barnard(table: ArrayLike, *, alternative: str = "two-sided", pooled: bool = True) -> UnconditionalTest:
    """Barnard's exact unconditional test of two proportions, by the z statistic.

    More powerful than Fisher's exact test for small arms, as only the sizes of the arms are given, not who answers yes.

    Args:
        table: counts [[yes, no], [yes, no]], experimental arm first.
        alternative: `two-sided` (tables with |z| as large), `greater` (the first arm has more yes), `less`, or
            `doubled` (twice the smaller one-sided P value).
        pooled: whether z has the pooled variance (score) or each arm's own (Wald).

    Returns:
        `UnconditionalTest`; P value 1 where nobody or everybody answers yes.

    Raises:
        AnalysisDataError: not a 2 x 2 table of counts; an arm without subjects; more than a million tables.

    Differs from R: package Exact is not part of R; its z-pooled test without an interval for the nuisance is this one.
    scipy's barnard_exact wants the arms in columns, and finds the greatest probability by a random search.

    Source: Barnard 1947, Biometrika 34:123-138; Suissa & Shuster 1985, J R Stat Soc A 148:317-327.

    Checked: by hand (tests/spec/stats), against scipy and a fine grid (tests/property).

    Example:
        All 3 against none of 3: 2 (p (1 - p))^3 is greatest at p = 1/2.

        >>> from equipoise import stats
        >>> round(stats.barnard([[3, 0], [0, 3]]).p_value, 6)
        0.03125
    """
    a, n1, c, n2 = arms(table, alternative, BARNARD)
    z = z_of_all(n1, n2, pooled=pooled)
    own = float(z[a, c])
    slack = 1e-9 * max(1.0, abs(own)) if math.isfinite(own) else 0.0
    regions = {
        "two-sided": np.abs(z) >= abs(own) - slack,
        "less": z <= own + slack,
        "greater": z >= own - slack,
    }
    return tested(own, regions, n1, n2, alternative)


def boschloo(table: ArrayLike, *, alternative: str = "two-sided") -> UnconditionalTest:
    """Boschloo's exact unconditional test of two proportions, by Fisher's P value; never less powerful than Fisher's.

    Args:
        table: counts [[yes, no], [yes, no]], experimental arm first.
        alternative: `two-sided` (ordered by Fisher's two-sided P value), `greater` (the first arm has more yes),
            `less`, or `doubled` (twice the smaller one-sided P value).

    Returns:
        `UnconditionalTest`.

    Raises:
        AnalysisDataError: not a 2 x 2 table of counts; an arm without subjects; more than a million tables.

    Differs from R: package Exact is not part of R; its two-sided test is the one here. scipy's boschloo_exact wants the
    arms in columns, and its two-sided test is the one called `doubled` here.

    Source: Boschloo 1970, Stat Neerl 24:1-9.

    Checked: by hand (tests/spec/stats), against scipy and a fine grid (tests/property).

    Example:
        All 3 against none of 3, of 20 ways: the same two tables as Barnard's.

        >>> from equipoise import stats
        >>> test = stats.boschloo([[3, 0], [0, 3]])
        >>> round(test.statistic, 6), round(test.p_value, 6)
        (0.1, 0.03125)
    """
    a, n1, c, n2 = arms(table, alternative, BOSCHLOO)
    less, greater, both = fisher_of_all(n1, n2, TIE)
    regions = {
        name: p <= p[a, c] * (1 + TIE) for name, p in (("two-sided", both), ("less", less), ("greater", greater))
    }
    one_sided = {"two-sided": both, "less": less, "greater": greater, "doubled": np.minimum(less, greater)}
    return tested(float(one_sided[alternative][a, c]), regions, n1, n2, alternative)


def arms(table: ArrayLike, alternative: str, where: str) -> tuple[int, int, int, int]:
    """Yes and size of both arms, of a table that is not too large."""
    cells = inputs.counts(table, where=where)
    inputs.choice(alternative, ALTERNATIVES, where=f"{where}, alternative")
    check_arms(cells, where=where)
    (a, b), (c, d) = cells.astype(np.int64).tolist()
    if (a + b + 1) * (c + d + 1) > LARGEST:
        raise AnalysisDataError(
            f"there are too many tables of {a + b} and {c + d} subjects for an exact unconditional test",
            where=where,
            rule="STATS-TOO-LARGE",
            remedy="use Pearson's chi-square test, which is good for so many",
        )
    return a, a + b, c, c + d


def z_of_all(n1: int, n2: int, *, pooled: bool) -> Floats:
    """Standardized difference of every table of two arms, float64 [n1 + 1, n2 + 1]; 0 where there is no difference."""
    p1, p2 = np.arange(n1 + 1)[:, np.newaxis] / n1, np.arange(n2 + 1) / n2
    difference = p1 - p2
    if pooled:
        p = (p1 * n1 + p2 * n2) / (n1 + n2)
        variance = p * (1 - p) * (1 / n1 + 1 / n2)
    else:
        variance = p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2
    with np.errstate(divide="ignore", invalid="ignore"):
        z = difference / np.sqrt(variance)
    return np.where(difference == 0, 0.0, z)


def tested(statistic: float, regions: dict[str, Region], n1: int, n2: int, alternative: str) -> UnconditionalTest:
    """The test of the alternative asked for, from the tables that are as far out by each."""
    if alternative == "doubled":
        p_value, nuisance = min(greatest(regions["less"], n1, n2), greatest(regions["greater"], n1, n2))
        p_value *= 2
    else:
        p_value, nuisance = greatest(regions[alternative], n1, n2)
    return UnconditionalTest(statistic=statistic, p_value=min(1.0, p_value), nuisance=nuisance, alternative=alternative)


def greatest(region: Region, n1: int, n2: int) -> tuple[float, float]:
    """Greatest probability of a region of tables over all common proportions, and the proportion.

    The probability is a sum of binomial terms and cannot change faster than they do, so that a grid in steps of a
    fraction of their standard deviation sees every peak; the highest are searched by finer and finer grids.
    """
    weight = region.astype(np.float64)
    n_points = int(POINTS_A_DEVIATION * math.pi * math.sqrt(n1 + n2)) + 3
    angle = np.linspace(0, math.pi / 2, n_points)
    share = probability(weight, angle, n1, n2)
    padded = np.concatenate(([-1.0], share, [-1.0]))
    peaks = np.flatnonzero((share >= padded[:-2]) & (share >= padded[2:]))
    best = (0.0, 0.0)
    for peak in peaks[np.argsort(-share[peaks], kind="stable")][:PEAKS].tolist():
        top, width = angle[peak], angle[1]
        for _ in range(ZOOMS):
            near = np.clip(top + width * np.linspace(-1, 1, 11), 0, math.pi / 2)
            values = probability(weight, near, n1, n2)
            top, width = near[values.argmax()], width / 5
        best = max(best, (float(values.max()), float(np.sin(top) ** 2)))
    return best


def probability(weight: Floats, angle: Floats, n1: int, n2: int) -> Floats:
    """Probability of a region where the common proportion is the squared sine of each angle, float64 [n]."""
    return np.asarray(((binomial(n1, angle) @ weight) * binomial(n2, angle)).sum(axis=1))


def binomial(n: int, angle: Floats) -> Floats:
    """Binomial probabilities of 0..n, float64 [n_angles, n + 1]."""
    k = np.arange(n + 1)
    choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    # as small as this is 0 to any power but 0
    log_yes, log_no = (2 * np.log(np.maximum(part, 1e-150)) for part in (np.sin(angle), np.cos(angle)))
    return np.asarray(np.exp(choose + np.outer(log_yes, k) + np.outer(log_no, n - k)))
