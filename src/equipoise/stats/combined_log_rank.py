"""Max-combo test: the largest of several weighted log-rank tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import contrasts, inputs
from equipoise.stats.logrank import LogRank, log_rank
from equipoise.stats.normal_maximum import MOST, probability_of_passing
from equipoise.stats.tails import two_sided_p

WHERE = "max-combo test"
ALTERNATIVES = ("two-sided", "less", "greater")
LATE_AND_EARLY = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
"""Fleming-Harrington weights for constant, late, early and middle differences."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MaxCombo:
    """The largest of several weighted log-rank tests of two groups."""

    group: Any
    reference: Any
    weights: tuple[tuple[float, float], ...]
    """(rho, gamma) of each test."""
    z: Floats
    """Of each test, float64 [n_tests]; below 0 where `group` has fewer events than expected."""
    p_values: Floats
    """Two-sided, of each test alone, without regard to the others; float64 [n_tests]."""
    correlation: Floats
    """Of the tests under equal hazards, estimated; float64 [n_tests, n_tests]."""
    statistic: float
    """Largest z in the direction of the alternative: of |z|, of -z for "less", of z for "greater"."""
    leading: tuple[float, float]
    """(rho, gamma) of the test that has it; tells how the curves differ, and is chosen by the data."""
    alternative: str
    p_value: float
    """That the largest of the tests is as large by chance; relative error about 1e-5."""


def max_combo(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    weights: Sequence[tuple[float, float]] = LATE_AND_EARLY,
    strata: ArrayLike | None = None,
    reference: Any = None,
    alternative: str = "two-sided",
) -> MaxCombo:
    """Max-combo test that two groups have the same hazard, against early, late and constant differences at once.

    For curves that may part late (or cross), where the log-rank test loses power. With strong weights on late events a
    group can win although it is worse for most of the time: look at the curves too (Freidlin & Korn 2019).

    Args:
        time: follow-up time in any unit, float64 [n], not negative.
        event: 1 event, 0 censored [n].
        group: label of the subject's group, two of them [n].
        weights: Fleming-Harrington (rho, gamma) of each test, at most 16, each not negative, no two alike.
        strata: label of the stratum [n], or a list of such columns whose combinations are the strata.
        reference: label of the reference group; None for the first label.
        alternative: "two-sided"; "less", the other group has fewer events than the reference; "greater".

    Returns:
        `MaxCombo`. With one weight it is that log-rank test.

    Raises:
        AnalysisDataError: as `log_rank`; not two groups; weights that are negative, alike or too many; a test that
            gives weight to no event.

    Ties: `equipoise.stats.ties`; tied events get the hypergeometric variance.
    Differs from R: no package of R's recommended set has it. The P value is made with a fixed lattice, so that it is
        the same at every call; packages that use `mvtnorm` differ by its random error (about 1e-4).
    Source: Karrison 2016, Stata J 16:678-690; Lin et al. 2020, Stat Biopharm Res 12:187-198; covariance: Fleming &
        Harrington 1991, section 7.5 (of two weights, the variance with the root of their product).
    Checked: correlation by hand, P against R mvtnorm and the permutation distribution, level by simulation
        (tests/spec/stats/test_max_combo.py).

    Example:
        >>> from equipoise import stats
        >>> one = stats.max_combo([1, 2, 3, 4, 5], [1, 1, 0, 1, 0], list("abaab"), weights=[(0, 0)])
        >>> round(float(one.z[0]), 4)  # -0.4 over the root of 0.74
        -0.465
    """
    when = inputs.times(time, where=f"{WHERE}, time")
    happened = inputs.indicators(event, when.size, where=f"{WHERE}, event")
    labels, place = inputs.codes(group, when.size, where=f"{WHERE}, group")
    stratum = None if strata is None else inputs.strata_codes(strata, when.size, where=f"{WHERE}, strata")[1]
    first = contrasts.reference_of_two(labels, reference, where=WHERE)
    inputs.choice(alternative, ALTERNATIVES, where=f"{WHERE}, alternative")
    pairs = checked_weights(weights)
    other = 1 - first
    k = len(pairs)
    score, covariance = np.empty(k), np.empty((k, k))
    for i, (rho, gamma) in enumerate(pairs):
        for j, (rho_too, gamma_too) in enumerate(pairs[: i + 1]):
            # the variance has the square of its weight: that of the root of the product is the covariance
            test = one_test(when, happened, place, stratum, (rho + rho_too) / 2, (gamma + gamma_too) / 2)
            covariance[i, j] = covariance[j, i] = test.variance[other, other]
        score[i] = test.score[other]
    deviation = np.sqrt(covariance.diagonal())
    z, correlation = score / deviation, covariance / np.outer(deviation, deviation)
    directed = {"two-sided": np.abs(z), "less": -z, "greater": z}[alternative]
    largest = int(np.argmax(directed))
    statistic = float(directed[largest])
    return MaxCombo(
        group=labels[other],
        reference=labels[first],
        weights=pairs,
        z=z,
        p_values=two_sided_p(z),
        correlation=correlation,
        statistic=statistic,
        leading=pairs[largest],
        alternative=alternative,
        p_value=probability_of_passing(correlation, statistic, both_sides=alternative == "two-sided"),
    )


def one_test(
    time: Floats, event: NDArray[np.int8], place: inputs.Ints, stratum: inputs.Ints | None, rho: float, gamma: float
) -> LogRank:
    """One of the log-rank tests, whose refusal is that of the whole."""
    try:
        return log_rank(time, event, place, strata=stratum, rho=rho, gamma=gamma)
    except AnalysisDataError as refusal:
        raise AnalysisDataError(refusal.fault, where=WHERE, rule=refusal.rule, remedy=refusal.remedy) from refusal


def checked_weights(weights: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """The weights as pairs of numbers that are not negative, no two alike."""
    try:
        pairs = tuple((float(rho), float(gamma)) for rho, gamma in weights)
    except (TypeError, ValueError) as error:
        raise AnalysisDataError(
            "the weights are not pairs of numbers",
            where=f"{WHERE}, weights",
            rule="STATS-SHAPE",
            remedy="give (rho, gamma) for each test, as in ((0, 0), (0, 1))",
        ) from error
    fine = all(math.isfinite(value) and value >= 0 for pair in pairs for value in pair)
    if not fine or len(set(pairs)) != len(pairs) or not 1 <= len(pairs) <= MOST:
        raise AnalysisDataError(
            f"there are {len(pairs)} weights, {len(set(pairs))} of them distinct",
            where=f"{WHERE}, weights",
            rule="STATS-WEIGHT",
            remedy=f"give 1 to {MOST} pairs of numbers that are 0 or more, no two alike",
        )
    return pairs
