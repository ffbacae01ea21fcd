"""Bounds of efficacy: for each look, the Z above which the trial stops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from equipoise.arrays import Floats
from equipoise.design import inputs
from equipoise.design.recursion import START, GoingOn, leaving
from equipoise.design.roots import root
from equipoise.design.spending import SPENDING, spent

POWER_FAMILY = {"obrien_fleming": 0.0, "pocock": 0.5}
"""Bounds of the form c t^(shape - 1/2), with the shape of each."""
BOUNDARIES = (
    "obrien_fleming",
    "pocock",
    "wang_tsiatis",
    "haybittle_peto",
    *(f"spending_{name}" for name in SPENDING),
    "spending_given",
    "last_look_only",
)
"""Names of kinds of boundaries."""
GREATEST_Z = 40.0
"""No bound is searched beyond it: it leaves less than any number that can be written."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """How the bounds of efficacy are made."""

    kind: str
    information: Floats
    alpha: float
    """In all, on both sides if there are two."""
    sides: int
    shape: float | None = None
    early_bound: float = 3.0
    """Bound of all looks but the last (Haybittle-Peto)."""
    given: Floats | None = None
    """Cumulative alpha at each look, on both sides if there are two (`spending_given`)."""

    @property
    def by_spending(self) -> bool:
        """Whether each bound follows from the alpha spent up to it."""
        return self.kind.startswith("spending_")


def alpha_to_spend(rule: Rule, *, where: str) -> Floats:
    """Alpha spent up to each look on one side, float64 [n_looks], for a rule by spending."""
    if rule.given is not None:
        return rule.given / rule.sides
    name = rule.kind.removeprefix("spending_")
    return spent(name, rule.information, rule.alpha / rule.sides, rule.shape, where=where)


def critical_values(rule: Rule, floor: Floats, *, where: str) -> Floats:
    """Bounds of efficacy.

    Args:
        rule: how to make them.
        floor: bounds of futility that are kept to whatever happens, float64 [n_looks], minus infinity where there is
            none. The bounds of efficacy make use of them (binding futility).
        where: place, for errors.

    Returns:
        Z above which the trial stops, float64 [n_looks]; with two sides, minus Z below which it does.

    Raises:
        DesignError: no bounds of this kind keep the level.

    Source: Jennison & Turnbull 2000, Group Sequential Methods, chapters 2, 3, 7 and 19.
    Checked: table values of Jennison & Turnbull (tests/spec/design), rpact (tests/golden).
    """
    if rule.by_spending:
        return spending_bounds(rule, floor, where=where)
    if rule.kind == "last_look_only":
        return last_bound(rule, floor, np.inf, where=where)
    if rule.kind == "haybittle_peto":
        return last_bound(rule, floor, rule.early_bound, where=where)
    shape = POWER_FAMILY.get(rule.kind, rule.shape)
    assert shape is not None
    form = rule.information ** (shape - 0.5)
    excess = alpha_excess(rule, floor)
    scale = root(lambda c: excess(c * form), 0.0, GREATEST_Z / form.min())
    return form * scale


def alpha_excess(rule: Rule, floor: Floats) -> Callable[[Floats], float]:
    """Function of the bounds: the alpha that they use, less the alpha to use."""

    def excess(upper: Floats) -> float:
        lower = -upper if rule.sides == 2 else floor
        return rule.sides * float(leaving(rule.information, lower, upper, 0.0).upper.sum()) - rule.alpha

    return excess


def last_bound(rule: Rule, floor: Floats, early: float, *, where: str) -> Floats:
    """The same bound at all looks but the last, whose bound uses what is left of alpha."""
    upper = np.full(rule.information.size, early)
    excess = alpha_excess(rule, floor)

    def with_last(bound: float) -> float:
        upper[-1] = bound
        return excess(upper)

    if with_last(GREATEST_Z) >= 0:
        raise inputs.refuse(
            f"bounds of {early:g} at the early looks use more than the whole alpha of {rule.alpha:g}",
            where=where,
            rule="DESIGN-BOUNDS",
            remedy="choose a higher bound for the early looks",
        )
    if with_last(-GREATEST_Z) <= 0:
        raise nothing_left(rule.alpha, rule.information.size, where=where)
    upper[-1] = root(with_last, -GREATEST_Z, GREATEST_Z)
    return upper


def spending_bounds(rule: Rule, floor: Floats, *, where: str) -> Floats:
    """Bounds by an alpha-spending function, one look after the other."""
    alpha = np.diff(alpha_to_spend(rule, where=where), prepend=0.0)
    t, upper, state = rule.information, np.empty(rule.information.size), START
    for k, now in enumerate(t):
        upper[k] = bound_above(state, alpha[k], now, 0.0, where=where, look=k + 1)
        if k + 1 < t.size:
            lower = -upper[k] if rule.sides == 2 else floor[k]
            state = state.on(lower, upper[k], now, t[k + 1], 0.0)
    return upper


def bound_above(state: GoingOn, target: float, information: float, drift: float, *, where: str, look: int) -> float:
    """Z that is exceeded at the next look with probability `target`; infinity for 0."""
    if target <= 0:
        return np.inf
    if state is START:
        return float(-ndtri(target)) + drift * float(np.sqrt(information))
    if target >= state.mass.sum():
        raise nothing_left(target, look, where=where)
    return root(lambda z: state.above(z, information, drift) - target, -GREATEST_Z, GREATEST_Z)


def bound_below(state: GoingOn, target: float, information: float, drift: float) -> float:
    """Z that is not reached at the next look with probability `target`; minus infinity for 0, infinity if never."""
    if target <= 0:
        return -np.inf
    if state is START:
        return float(ndtri(target)) + drift * float(np.sqrt(information))
    if target >= state.mass.sum():
        return np.inf
    return root(lambda z: state.below(z, information, drift) - target, -GREATEST_Z, GREATEST_Z)


def nothing_left(target: float, look: int, *, where: str) -> Exception:
    """The error where the futility bounds stop so many trials that alpha cannot be used up."""
    return inputs.refuse(
        f"at look {look} fewer trials are still going on than the alpha of {target:g} that is to be used there",
        where=where,
        rule="DESIGN-BOUNDS",
        remedy="choose lower futility bounds, or futility that is not binding",
    )
