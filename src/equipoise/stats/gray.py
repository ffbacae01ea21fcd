"""Gray's test that groups have the same cumulative incidence of a cause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import cause_codes, inputs
from equipoise.stats.kernels.gray import gray_sums
from equipoise.stats.order import NO_CODES, sorted_rows
from equipoise.stats.quadratic import quadratic_form
from equipoise.stats.tails import chi_square_tail

WHERE = "Gray's test"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GrayTest:
    """Gray's test of K groups for one cause; arrays in the order of `groups`."""

    groups: inputs.Labels
    """Labels of the groups, ascending."""
    cause_of_interest: int
    """Its code in the data."""
    score: Floats
    """Positive where a group has more events of the cause than if all were alike; float64 [K]."""
    covariance: Floats
    """Covariance of the scores, float64 [K, K]."""
    chi_square: float
    """The statistic."""
    degrees_of_freedom: int
    """K - 1."""
    p_value: float
    """Two-sided."""
    log10_p_value: float
    """Logarithm to base 10, for where the P value is too small for a number."""


def gray_test(
    time: ArrayLike,
    cause: ArrayLike,
    group: ArrayLike,
    *,
    cause_of_interest: int = 1,
    strata: ArrayLike | None = None,
    rho: float = 0.0,
    censor_code: int = 0,
) -> GrayTest:
    """Gray's test that K groups have the same cumulative incidence of one cause, within strata if given.

    For relapse, non-relapse mortality and other events that compete; a log-rank test compares the cause-specific
    hazards instead.

    Args:
        time: follow-up time in any unit, float64 [n], not negative.
        cause: what ended it, whole numbers [n].
        group: label of the subject's group [n].
        cause_of_interest: the code of `cause` whose incidence is compared; all others but `censor_code` compete.
        strata: label of the stratum [n], or a list of columns whose combinations are the strata.
        rho: power of 1 minus the pooled incidence in the weight; 0 weighs all times alike.
        censor_code: the code of `cause` that means censored.

    Returns:
        `GrayTest` with K - 1 degrees of freedom. With one cause the score is the log-rank score; the variance differs.

    Raises:
        AnalysisDataError: as `cumulative_incidence`; or the covariance is singular (one group only, no event of the
            cause while two groups are at risk), where cmprsk writes a statistic of -1; a rho that is not finite; a
            `cause_of_interest` that is `censor_code`.

    Ties: `equipoise.stats.ties`.
    Differs from R: cmprsk ties only times that are equal to the last bit; where there is nothing to compare it writes
    a statistic of -1, or stops.
    Source: Gray 1988, Ann Stat 16:1141-1154.
    Checked: by hand (tests/spec/stats), against R cmprsk::cuminc (tests/golden).

    Example:
        >>> from equipoise import stats
        >>> test = stats.gray_test([1, 2, 3, 4], [1, 1, 1, 1], ["A", "B", "A", "B"])
        >>> test.score  # one cause: the score of the log-rank test, 2 observed and 4/3 expected in A
        array([ 0.66666667, -0.66666667])
        >>> test.degrees_of_freedom
        1
    """
    when = inputs.times(time, where=f"{WHERE}, time")
    codes, place = cause_codes.causes(cause, when.size, censor_code, where=WHERE)
    labels, code = inputs.codes(group, when.size, where=f"{WHERE}, group")
    asked = cause_codes.of_interest_asked(cause_of_interest, censor_code, where=WHERE)
    kind = cause_codes.kinds(codes, asked).astype(np.int8)[place]
    if not np.isfinite(inputs.number(rho, where=f"{WHERE}, rho")):
        raise AnalysisDataError(
            f"the weight has rho {rho}", where=WHERE, rule="STATS-WEIGHT", remedy="give a finite number"
        )
    n_strata, stratum = 1, NO_CODES
    if strata is not None:
        n_strata, stratum = inputs.strata_codes(strata, when.size, where=f"{WHERE}, strata")
    rows = sorted_rows(when, code, len(labels), kind, 3, stratum, n_strata)
    score, covariance = np.zeros(len(labels)), np.zeros((len(labels), len(labels)))
    size = gray_sums(*rows[:3], float(rho), score, covariance)
    compared = slice(0, len(labels) - 1)
    chi_square = quadratic_form(score[compared], covariance[compared, compared], scale=np.array([size]))
    if chi_square is None:
        raise AnalysisDataError(
            f"there is nothing to compare: cause {asked} does not occur while subjects of different groups "
            "are at risk in one stratum",
            where=WHERE,
            rule="STATS-NOTHING-TO-COMPARE",
            remedy="use fewer strata, or report that the test cannot be made",
        )
    tail = chi_square_tail(chi_square, len(labels) - 1)
    return GrayTest(
        groups=labels,
        cause_of_interest=asked,
        score=score,
        covariance=covariance,
        chi_square=chi_square,
        degrees_of_freedom=len(labels) - 1,
        p_value=tail.p_value,
        log10_p_value=tail.log10_p_value,
    )
