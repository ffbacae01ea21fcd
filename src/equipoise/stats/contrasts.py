"""A difference or a ratio of two independent estimates, with limits and a P value; and which group is the reference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs, ties
from equipoise.stats.tails import normal_quantile, two_sided


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceEstimate:
    """A difference, group minus reference, with the symmetric interval and the test that it is 0.

    Where a standard error is missing or both are 0, what depends on it is missing.
    """

    estimate: float
    """In the unit of the estimates."""
    std_error: float
    lower: float
    upper: float
    z: float
    """Estimate over standard error."""
    p_value: float
    """Two-sided."""
    log10_p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioEstimate:
    """A ratio, group over reference, with the interval symmetric on the log scale and the test that it is 1.

    Where an estimate is 0 or a standard error is missing, what depends on it is missing.
    """

    estimate: float
    """Without unit."""
    log_std_error: float
    """Standard error of the natural logarithm of the ratio."""
    lower: float
    upper: float
    z: float
    """Logarithm of the ratio over its standard error."""
    p_value: float
    """Two-sided."""
    log10_p_value: float


def difference_of(
    first: float, first_se: float, second: float, second_se: float, conf_level: float
) -> DifferenceEstimate:
    """First minus second, two independent estimates with their standard errors."""
    estimate, std_error = first - second, math.hypot(first_se, second_se)
    return difference_estimate(estimate, std_error, conf_level)


def difference_estimate(estimate: float, std_error: float, conf_level: float) -> DifferenceEstimate:
    """A difference from its standard error."""
    half = normal_quantile(conf_level) * std_error
    z = estimate / std_error if std_error > 0 else math.nan
    tail = two_sided(z)
    return DifferenceEstimate(
        estimate=float(estimate),
        std_error=float(std_error),
        lower=float(estimate - half),
        upper=float(estimate + half),
        z=float(z),
        p_value=tail.p_value if not math.isnan(z) else math.nan,
        log10_p_value=tail.log10_p_value if not math.isnan(z) else math.nan,
    )


def ratio_of(first: float, first_se: float, second: float, second_se: float, conf_level: float) -> RatioEstimate:
    """First over second, two independent positive estimates; standard error of the logarithm by the delta method."""
    if not (first > 0 and second > 0):
        estimate = first / second if second > 0 else math.nan
        return ratio_estimate(float(estimate), math.nan, conf_level)
    return ratio_estimate(first / second, math.hypot(first_se / first, second_se / second), conf_level)


def ratio_estimate(estimate: float, log_std_error: float, conf_level: float) -> RatioEstimate:
    """A ratio from the standard error of its logarithm."""
    middle = math.log(estimate) if estimate > 0 else math.nan
    on_log_scale = difference_estimate(middle, log_std_error, conf_level)
    with np.errstate(over="ignore"):  # a limit can be too large for a number: infinite
        lower, upper = np.exp([on_log_scale.lower, on_log_scale.upper])
    return RatioEstimate(
        estimate=float(estimate),
        log_std_error=float(log_std_error),
        lower=float(lower),
        upper=float(upper),
        z=on_log_scale.z,
        p_value=on_log_scale.p_value,
        log10_p_value=on_log_scale.log10_p_value,
    )


def reference_place(labels: inputs.Labels, reference: Any, *, where: str, column: str = "group") -> int:
    """Place of the reference among the labels of a `column`, the first if none is named; at least two are needed."""
    if len(labels) < 2:
        raise AnalysisDataError(
            f"there is {len(labels)} {column}",
            where=f"{where}, {column}",
            rule="STATS-NOTHING-TO-COMPARE",
            remedy=f"give subjects of at least two {column}s",
        )
    if reference is None:
        return 0
    if reference not in labels:
        raise AnalysisDataError(
            f"the reference is not one of the {column}s",
            where=f"{where}, reference",
            rule="STATS-GROUP",
            remedy="name one that has subjects, or leave it out to compare with the first label",
        )
    return labels.index(reference)


def reference_of_two(labels: inputs.Labels, reference: Any, *, where: str, column: str = "group") -> int:
    """The same where no more than two can be compared."""
    first = reference_place(labels, reference, where=where, column=column)
    if len(labels) != 2:
        raise AnalysisDataError(
            f"there are {len(labels)} {column}s, not 2",
            where=f"{where}, {column}",
            rule="STATS-GROUP",
            remedy=f"compare two {column}s at a time",
        )
    return first


def place_of(label: Any, labels: inputs.Labels, *, where: str) -> int:
    """Place of a label that was asked for among the labels of the groups; None where there are no groups."""
    if label not in labels:
        raise AnalysisDataError(
            f"there is no group {label!r}",
            where=where,
            rule="STATS-GROUP",
            remedy="name one of the groups of the data",
        )
    return labels.index(label)


def horizon(value: float, *, where: str) -> float:
    """A finite positive time up to which, or at which, groups are compared."""
    if not 0 < inputs.number(value, where=where) < math.inf:
        raise AnalysisDataError(
            f"the horizon {value} is not a positive number",
            where=where,
            rule="STATS-TIME",
            remedy="give a horizon within follow-up",
        )
    return float(value)


def refuse_beyond_follow_up(time: Floats, survival: Floats, tau: float, *, where: str) -> None:
    """Refuse a horizon at which a curve is not defined: later than its last time, with survival above 0 there."""
    last = float(time[-1])
    if survival[-1] > 0 and tau > last + ties.width_of(time):
        raise AnalysisDataError(
            f"the horizon {tau:g} is later than the last time {last:g} of a group that has subjects without an event",
            where=where,
            rule="STATS-BEYOND-FOLLOW-UP",
            remedy=f"choose a horizon up to {last:g}; beyond it the curve of that group is not known",
        )
