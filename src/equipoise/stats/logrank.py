"""Log-rank tests: K groups, stratified, weighted."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.kernels import log_rank as kernel
from equipoise.stats.order import NO_CODES, sorted_keys, sorted_rows
from equipoise.stats.quadratic import quadratic_form, square_over_variance
from equipoise.stats.tails import chi_square_tail, normal_quantile
from equipoise.stats.ties import TOLERANCE

WHERE = "log-rank test"
AT_RISK_POWER = {"fleming-harrington": 0.0, "tarone-ware": 0.5, "gehan": 1.0}
"""Power of the number at risk in the weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneStep:
    """Hazard ratio of the second group over the first, from one step of Newton's method; natural logarithms."""

    log_hazard_ratio: float
    """Observed minus expected events of the second group over the variance."""
    std_error: float
    """Of the logarithm: 1 over the root of the variance."""
    hazard_ratio: float
    """Its exponential."""
    lower: float
    """Lower limit of the hazard ratio, 95 % two-sided."""
    upper: float
    """Upper limit of the hazard ratio."""


@dataclass(frozen=True, slots=True, eq=False)
class LogRank:
    """Weighted log-rank test of K groups; arrays in the order of `groups`."""

    groups: inputs.Labels
    """Labels of the groups, ascending."""
    sums: Floats = field(repr=False)
    """Everything that was summed, the rows of `kernels.log_rank`; the properties name them."""
    chi_square: float
    """The statistic."""
    degrees_of_freedom: int
    """One less than the number of groups with expected events."""
    p_value: float
    """Two-sided."""
    log10_p_value: float
    """Logarithm to base 10, for where the P value is too small for a number."""
    weighted: bool
    """Times of events have weights other than 1."""

    @property
    def n(self) -> Floats:
        """Number of subjects, float64 [K]."""
        return self.sums[kernel.N]

    @property
    def observed(self) -> Floats:
        """Events, each multiplied by the weight of its time; float64 [K]."""
        return self.sums[kernel.OBSERVED]

    @property
    def expected(self) -> Floats:
        """Events expected if all groups were alike, weighted alike; float64 [K]."""
        return self.sums[kernel.EXPECTED]

    @property
    def score(self) -> Floats:
        """Observed minus expected; positive where a group has more events than if all were alike. float64 [K]."""
        return self.sums[kernel.SCORE]

    @property
    def variance(self) -> Floats:
        """Covariance of observed minus expected, float64 [K, K]."""
        return self.sums[kernel.VARIANCE : kernel.VARIANCE + len(self.groups)]

    @property
    def z(self) -> Floats:
        """Score of each group over its standard error, float64 [K]; with two groups its square is the chi-square."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.score / np.sqrt(np.diag(self.variance))

    @property
    def peto(self) -> OneStep:
        """One-step hazard ratio of two groups, second over first, without a fit; good for ratios close to 1.

        Raises:
            AnalysisDataError: there are not two groups, or the test is weighted.

        Source: Yusuf, Peto, Lewis, Collins & Sleight 1985, Prog Cardiovasc Dis 27:335-371.
        Checked: by hand (tests/spec/stats).
        """
        if len(self.groups) != 2 or self.weighted:
            raise AnalysisDataError(
                f"the test is of {len(self.groups)} groups" + (" and weighted" if self.weighted else ""),
                where=f"{WHERE}, one-step hazard ratio",
                rule="STATS-OPTION",
                remedy="compare two groups without weights, or fit a Cox model",
            )
        variance = float(self.variance[1, 1])
        estimate, std_error = float(self.score[1]) / variance, 1 / math.sqrt(variance)
        half = normal_quantile(0.95) * std_error
        return OneStep(
            log_hazard_ratio=estimate,
            std_error=std_error,
            hazard_ratio=math.exp(estimate),
            lower=math.exp(estimate - half),
            upper=math.exp(estimate + half),
        )


def log_rank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    rho: float = 0.0,
    gamma: float = 0.0,
    weight: str = "fleming-harrington",
) -> LogRank:
    """Log-rank test that K groups have the same hazard, within strata if given.

    The test of a trial's event-free survival; the weighted forms look for early or late differences.

    Args:
        time: follow-up time in any unit, float64 [n], not negative.
        event: 1 event, 0 censored (or True and False) [n].
        group: label of the subject's group, of any type with an order [n].
        strata: label of the stratum [n], or a list of such columns whose combinations are the strata.
        rho, gamma: Fleming-Harrington weight S^rho (1 - S)^gamma, with the pooled Kaplan-Meier S of the stratum just
            before the time; neither is negative. 0, 0 is the log-rank test, 1, 0 the Peto-Peto form of Wilcoxon's.
        weight: "fleming-harrington"; "gehan" or "tarone-ware" multiply by the number at risk or its root.

    Returns:
        `LogRank`. Groups that never have an expected event do not count in the degrees of freedom. `peto` gives the
        one-step hazard ratio of two groups.

    Raises:
        AnalysisDataError: as `kaplan_meier`; or no event at which two groups are at risk (one group only, no events,
            groups that coincide with strata), so that there is nothing to compare; a rho that is not finite, or a
            gamma that is negative or not finite.

    Ties: `equipoise.stats.ties`; tied events get the hypergeometric variance.
    Differs from R: survdiff has no gamma; with nothing to compare it gives a statistic of 0 or NaN or stops.
    Source: Mantel 1966, Cancer Chemother Rep 50:163-170; Harrington & Fleming 1982, Biometrika 69:553-566; Tarone &
    Ware 1977, Biometrika 64:156-160.
    Checked: by hand (tests/spec/stats), against R survdiff (tests/golden).

    Example:
        >>> from equipoise import stats
        >>> test = stats.log_rank([1, 2, 3, 4], [1, 1, 1, 1], ["A", "B", "A", "B"])
        >>> test.score  # of A: 2 observed, 1/2 + 1/3 + 1/2 expected
        array([ 0.66666667, -0.66666667])
        >>> round(test.chi_square, 6)  # (2/3)^2 / (1/4 + 2/9 + 1/4) = 8/13
        0.615385
        >>> round(test.peto.log_hazard_ratio, 6)  # -(2/3) / (13/18) = -12/13
        -0.923077
    """
    when = inputs.times(time, where=f"{WHERE}, time")
    happened = inputs.indicators(event, when.size, where=f"{WHERE}, event")
    labels, code = inputs.codes(group, when.size, where=f"{WHERE}, group")
    inputs.choice(weight, tuple(AT_RISK_POWER), where=f"{WHERE}, weight")
    powers = inputs.number(rho, where=f"{WHERE}, rho"), inputs.number(gamma, where=f"{WHERE}, gamma")
    if not (np.isfinite(powers).all() and powers[1] >= 0):  # of a negative gamma the first event weighs without bound
        raise AnalysisDataError(
            f"the weight has rho {rho} and gamma {gamma}",
            where=WHERE,
            rule="STATS-WEIGHT",
            remedy="give finite numbers, gamma not negative",
        )
    n_strata, stratum = 1, NO_CODES
    if strata is not None:
        n_strata, stratum = inputs.strata_codes(strata, when.size, where=f"{WHERE}, strata")
    n_groups, power = len(labels), AT_RISK_POWER[weight]
    sums = np.zeros((kernel.VARIANCE + n_groups + kernel.WORK, n_groups))
    keys = sorted_keys(when, code, n_groups, happened, 2, stratum, n_strata)
    if keys is not None:
        compared = kernel.log_rank_of_keys(*keys, n_strata, TOLERANCE, float(rho), float(gamma), power, sums)
    else:
        rows = sorted_rows(when, code, n_groups, happened, 2, stratum, n_strata)
        compared = kernel.weighted_log_rank(*rows[:3], float(rho), float(gamma), power, sums)
    chi_square = statistic(sums, compared)
    if chi_square is None:
        raise AnalysisDataError(
            "there is nothing to compare: at no event are subjects of different groups at risk in one stratum",
            where=WHERE,
            rule="STATS-NOTHING-TO-COMPARE",
            remedy="use fewer strata, or report that the test cannot be made",
        )
    p_value, log10_p_value = chi_square_tail(chi_square, compared - 1)
    weighted = bool(rho or gamma or power)
    return LogRank(labels, sums, chi_square, compared - 1, p_value, log10_p_value, weighted)


def statistic(sums: Floats, compared: int) -> float | None:
    """The chi-square statistic of the groups with expected events, of which there are `compared`; None without one."""
    n_groups = sums.shape[1]
    if compared == n_groups == 2:
        first, second = sums.item(kernel.VARIANCE, 0), sums.item(kernel.VARIANCE + 1, 1)
        return square_over_variance(sums.item(kernel.SCORE, 1), second, max(first, second))
    variance = sums[kernel.VARIANCE : kernel.VARIANCE + n_groups]
    there = np.flatnonzero(sums[kernel.EXPECTED] > 0)[1:]
    return quadratic_form(sums[kernel.SCORE, there], variance[there][:, there], scale=variance.diagonal())
