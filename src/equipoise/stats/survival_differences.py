"""Survival of groups compared at fixed times."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import contrasts, inputs
from equipoise.stats.contrasts import DifferenceEstimate, RatioEstimate
from equipoise.stats.limits import CONF_TYPES
from equipoise.stats.regression import ChiSquareTest, chi_square_test
from equipoise.stats.survival import KaplanMeier, SurvivalAt, kaplan_meier

WHERE = "comparison of survival"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalContrast:
    """Survival of one group against the reference at one time."""

    group: Any
    reference: Any
    time: float
    survival: float
    """Kaplan-Meier probability of being event-free, in `group`."""
    std_error: float
    """Greenwood's; missing where the survival is 0."""
    reference_survival: float
    """Kaplan-Meier probability of being event-free, in `reference`."""
    reference_std_error: float
    """Greenwood's; missing where the survival is 0."""
    at_risk: float
    """Number at risk just before the time, in `group`."""
    reference_at_risk: float
    """Number at risk just before the time, in `reference`."""
    difference: DifferenceEstimate
    """Difference of survival with plain (Wald) limits and test; the naive test of Klein et al."""
    hybrid_lower: float
    """Limits of the difference that combine the limits of each group on the scale of `conf_type`; missing where those
    are. They stay within -1 and 1."""
    hybrid_upper: float
    """See `hybrid_lower`."""
    ratio: RatioEstimate
    """Ratio of survival, limits and test on the log scale."""
    transformed: DifferenceEstimate
    """Difference of survival transformed by `conf_type`, with the test to report: log(-log S) for "log-log", log S for
    "log", log(S / (1 - S)) for "logit", arcsin(sqrt(S)) for "arcsin", S for "plain". Missing where a survival is 0, and
    with log-log and logit where one is 1."""

    @property
    def p_value(self) -> float:
        """Two-sided P value of the test on the scale of `conf_type`."""
        return self.transformed.p_value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurvivalComparison:
    """Survival of groups at fixed times."""

    groups: inputs.Labels
    reference: Any
    times: Floats
    """Times at which groups are compared, float64 [n_times]."""
    contrasts: tuple[SurvivalContrast, ...]
    """Each group but the reference in the order of its label, and for each the times in the order given."""
    tests: tuple[ChiSquareTest, ...]
    """At each time, that all groups have the same survival, on the scale of `conf_type`, with one degree of freedom
    fewer than groups; missing where a transformed survival is."""
    curves: tuple[KaplanMeier, ...]
    """One a group."""
    conf_type: str
    conf_level: float

    def of(self, group: Any, time: float) -> SurvivalContrast:
        """The contrast of one group at one of the times."""
        for contrast in self.contrasts:
            if contrast.group == group and contrast.time == time:
                return contrast
        raise AnalysisDataError(
            "there is no such group or time among the contrasts",
            where=WHERE,
            rule="STATS-GROUP",
            remedy="name a group that is not the reference, and a time that was asked for",
        )


def compare_survival(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    at: ArrayLike,
    reference: Any = None,
    conf_type: str = "log-log",
    conf_level: float = 0.95,
) -> SurvivalComparison:
    """Differences and ratios of Kaplan-Meier survival between groups at times chosen beforehand.

    For a question such as "are more patients alive at one year", where the whole curves are not of interest or hazards
    cross. The times must be chosen without looking at the curves.

    Args:
        time: follow-up time in any unit, float64 [n], not negative.
        event: 1 event, 0 censored [n].
        group: label of the subject's group, of any type with an order [n].
        at: the times, positive, in the unit of `time`; one number or float64 [n_times].
        reference: label of the group that the others are compared with; None for the first label.
        conf_type: scale of the test and of the hybrid limits: "log-log", "log", "plain", "logit" or "arcsin". With
            small groups log-log, logit and arcsin keep their level, plain and log do not (Klein et al.).
        conf_level: two-sided confidence level of every interval.

    Returns:
        `SurvivalComparison`. Effects are of each group against the reference: above 0 (or 1) more survive in the
        group, but `transformed` of log-log is then below 0, as it compares the logarithms of cumulative hazards.

    Raises:
        AnalysisDataError: as `kaplan_meier`; fewer than two groups; a time that is not positive or later than the last
            time of a group whose curve has not come to 0.

    Ties: `equipoise.stats.ties`; a time tied with an event time includes that event.
    Differs from R: no package of R's recommended set has it; the standard errors are those of `survival`.
    Source: Klein et al. 2007, Stat Med 26:4505-4519; hybrid limits: Newcombe 1998, Stat Med 17:873-890, and Zou &
        Donner 2008, Stat Med 27:1693-1702.
    Checked: by hand and against R survfit with the formulas written out, and simulation of the level
        (tests/spec/stats/test_compare_survival.py).

    Example:
        >>> from equipoise import stats
        >>> a_year = stats.compare_survival([1, 3, 3, 2, 3, 3], [1, 0, 0, 0, 1, 1], list("aaabbb"), at=2)
        >>> contrast = a_year.of("b", 2)
        >>> round(contrast.difference.estimate, 4)  # 1 - 2/3
        0.3333
    """
    when = inputs.times(time, where=f"{WHERE}, time")
    happened = inputs.indicators(event, when.size, where=f"{WHERE}, event")
    labels, place = inputs.codes(group, when.size, where=f"{WHERE}, group")
    first = contrasts.reference_place(labels, reference, where=WHERE)
    inputs.choice(conf_type, CONF_TYPES, where=f"{WHERE}, conf_type")
    inputs.level(conf_level, where=f"{WHERE}, conf_level")
    asked = inputs.one_or_more(at, where=f"{WHERE}, at")
    curves = tuple(
        kaplan_meier(when[place == k], happened[place == k], conf_type=conf_type, conf_level=conf_level)
        for k in range(len(labels))
    )
    for tau in asked:
        contrasts.horizon(tau, where=f"{WHERE}, at")
        for curve in curves:
            contrasts.refuse_beyond_follow_up(curve.time, curve.survival, tau, where=f"{WHERE}, at")
    values = tuple(curve.at(asked) for curve in curves)
    return SurvivalComparison(
        groups=labels,
        reference=labels[first],
        times=asked,
        contrasts=tuple(
            contrast(labels[k], labels[first], values[k], values[first], j, conf_type, float(conf_level))
            for k in range(len(labels))
            if k != first
            for j in range(asked.size)
        ),
        tests=tuple(all_alike(values, j, conf_type) for j in range(asked.size)),
        curves=curves,
        conf_type=conf_type,
        conf_level=float(conf_level),
    )


def contrast(
    group: Any, reference: Any, one: SurvivalAt, other: SurvivalAt, j: int, conf_type: str, conf_level: float
) -> SurvivalContrast:
    """One group against the reference at time number `j`."""
    s1, se1, s0, se0 = (float(value[j]) for value in (one.survival, one.std_error, other.survival, other.std_error))
    # before the first event the limits of a curve are 1 and 1, which is no width to combine
    no_width = conf_type in ("log-log", "logit", "arcsin") and 1.0 in (s1, s0)
    down = math.nan if no_width else math.hypot(s1 - one.lower[j], other.upper[j] - s0)
    up = math.nan if no_width else math.hypot(one.upper[j] - s1, s0 - other.lower[j])
    (phi1, phi1_se), (phi0, phi0_se) = (transformed(*pair, conf_type) for pair in ((s1, se1), (s0, se0)))
    return SurvivalContrast(
        group=group,
        reference=reference,
        time=float(one.time[j]),
        survival=s1,
        std_error=se1,
        reference_survival=s0,
        reference_std_error=se0,
        at_risk=float(one.at_risk[j]),
        reference_at_risk=float(other.at_risk[j]),
        difference=contrasts.difference_of(s1, se1, s0, se0, conf_level),
        hybrid_lower=s1 - s0 - down,
        hybrid_upper=s1 - s0 + up,
        ratio=contrasts.ratio_of(s1, se1, s0, se0, conf_level),
        transformed=contrasts.difference_of(phi1, phi1_se, phi0, phi0_se, conf_level),
    )


def transformed(survival: float, std_error: float, conf_type: str) -> tuple[float, float]:
    """A survival on the scale of `conf_type` with its standard error there (delta method); missing where undefined."""
    s = survival if 0 < survival <= 1 else math.nan
    if conf_type in ("log-log", "logit") and s == 1:
        s = math.nan
    if conf_type == "plain":
        return s, std_error
    if conf_type == "log":
        return math.log(s), std_error / s
    if conf_type == "arcsin":
        # the slope has no limit at 1; its standard error is 0 there, as Greenwood's is
        return math.asin(math.sqrt(s)), 0.0 if s == 1 else std_error / (2 * math.sqrt(s * (1 - s)))
    if conf_type == "logit":
        return math.log(s / (1 - s)), std_error / (s * (1 - s))
    return math.log(-math.log(s)), std_error / abs(s * math.log(s))


def all_alike(values: tuple[SurvivalAt, ...], j: int, conf_type: str) -> ChiSquareTest:
    """Test that all groups have the same survival at time number `j`: weighted squares about the weighted mean."""
    pairs = [transformed(float(value.survival[j]), float(value.std_error[j]), conf_type) for value in values]
    phi, variance = np.array([pair[0] for pair in pairs]), np.array([pair[1] ** 2 for pair in pairs])
    if not (np.isfinite(phi).all() and (variance > 0).all()):
        return chi_square_test(math.nan, len(values) - 1)
    mean = np.average(phi, weights=1 / variance)
    return chi_square_test(float(np.sum((phi - mean) ** 2 / variance)), len(values) - 1)
