"""Bounds of futility that follow from a function of beta spending, and the drift at which they give the power."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from equipoise.arrays import Floats
from equipoise.design import inputs
from equipoise.design.boundaries import Rule, alpha_to_spend, bound_above, bound_below
from equipoise.design.recursion import START
from equipoise.design.roots import root

GREATEST_DRIFT = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class BothBounds:
    """Bounds of efficacy, float64 [n_looks], and of futility, float64 [n_looks - 1]."""

    upper: Floats
    lower: Floats
    left_over: float
    """Probability, at the drift, not to reach the last bound, less the beta that is left for the last look."""


def beta_bounds(rule: Rule, upper: Floats | None, beta: Floats, *, where: str) -> tuple[BothBounds, float]:
    """Bounds of futility that spend `beta` (cumulative, float64 [n_looks]) at the drift that has the power.

    Args:
        rule: how the bounds of efficacy are made; one-sided.
        upper: bounds of efficacy where futility is not binding; None where it is, and then they follow from alpha
            spending and from the futility bounds, look by look.
        beta: error of the second kind to have spent at each look.
        where: place, for errors.

    Returns:
        The bounds, and the drift. At the last look the two bounds meet.

    Raises:
        DesignError: the bounds cross before the last look.

    Source: Pampallona, Tsiatis & Kim 2001, Drug Inf J 35:1113-1121.
    Checked: against rpact in tests/golden.
    """
    alpha = alpha_to_spend(rule, where=where) if upper is None else None

    def excess(drift: float) -> float:
        return bounds_at(rule, upper, alpha, beta, drift, where=where).left_over

    if excess(GREATEST_DRIFT) >= 0 or excess(0.0) <= 0:
        raise crossing(where)
    drift = root(excess, 0.0, GREATEST_DRIFT)
    both = bounds_at(rule, upper, alpha, beta, drift, where=where)
    if (both.lower >= both.upper[:-1]).any():
        raise crossing(where)
    return both, drift


def bounds_at(
    rule: Rule, upper: Floats | None, alpha: Floats | None, beta: Floats, drift: float, *, where: str
) -> BothBounds:
    """The bounds where the true drift is `drift`; they cross where it is too great."""
    t = rule.information
    spend = np.diff(beta, prepend=0.0)
    high = np.empty(t.size) if upper is None else upper
    low = np.full(t.size - 1, np.inf)
    null = true = START
    for k, now in enumerate(t):
        if alpha is not None:
            target = alpha[k] - (alpha[k - 1] if k else 0.0)
            if target >= null.mass.sum():
                return BothBounds(high, low, -1.0)
            high[k] = bound_above(null, target, now, 0.0, where=where, look=k + 1)
        if k + 1 == t.size:
            return BothBounds(high, low, true.below(high[k], now, drift) - spend[k])
        low[k] = bound_below(true, spend[k], now, drift)
        if low[k] >= high[k]:
            return BothBounds(high, low, -1.0)
        true = true.on(low[k], high[k], now, t[k + 1], drift)
        if alpha is not None:
            null = null.on(low[k], high[k], now, t[k + 1], 0.0)
    raise AssertionError("there is at least one look")


def crossing(where: str) -> Exception:
    """The error where futility and efficacy meet before the last look."""
    return inputs.refuse(
        "the bounds of futility and of efficacy meet before the last look",
        where=where,
        rule="DESIGN-BOUNDS",
        remedy="choose a function that spends beta later, or alpha earlier",
    )
