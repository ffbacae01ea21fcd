"""Two proportions: the normal approximations to the spread of their difference, and what follows from each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from equipoise.design import inputs
from equipoise.design.fixed import upper_z
from equipoise.design.roots import root

NORMAL_METHODS = ("pooled", "unpooled", "arcsine", "pooled_corrected", "unpooled_corrected")
EXACT_METHODS = ("fisher", "chi_square")
METHODS = (*NORMAL_METHODS, *EXACT_METHODS)
"""Tests that a size or a power can be for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two true rates, and what the null hypothesis says of them."""

    p_experimental: float
    p_control: float
    null: float = 0.0
    """Difference, or ratio, under the null hypothesis."""
    by_ratio: bool = False
    """Whether the null hypothesis is about the ratio of the rates, not their difference."""

    @property
    def distance(self) -> float:
        """Experimental rate less what the null hypothesis makes of the control rate."""
        return self.p_experimental - self.experimental_under_null(self.p_control)

    @property
    def slope(self) -> float:
        """Weight of the control rate in the distance."""
        return self.null if self.by_ratio else 1.0

    def experimental_under_null(self, p_control: float) -> float:
        """Experimental rate that the null hypothesis gives with this control rate."""
        return self.null * p_control if self.by_ratio else p_control + self.null

    def variance(self, ratio: float) -> float:
        """Variance of the distance, times the experimental size; `ratio` experimental : control."""
        return spread(self.p_experimental, self.p_control, ratio, self.slope)

    def variance_under_null(self, ratio: float) -> float:
        """The same at the rates most like these that the null hypothesis allows (Farrington & Manning 1990)."""
        experimental, control = self.restricted(ratio)
        return spread(experimental, control, ratio, self.slope)

    def restricted(self, ratio: float) -> tuple[float, float]:
        """Rates of greatest likelihood under the null hypothesis; both the pooled rate if that says they are equal."""
        p1, p2, weight = self.p_experimental, self.p_control, ratio
        if self.null == (1.0 if self.by_ratio else 0.0):
            pooled = (weight * p1 + p2) / (1 + weight)
            return pooled, pooled
        low = 0.0 if self.by_ratio else max(0.0, -self.null)
        high = min(1.0, 1 / self.null) if self.by_ratio else min(1.0, 1 - self.null)

        def score(control: float) -> float:
            experimental = self.experimental_under_null(control)
            first = weight * self.slope * (p1 / experimental - (1 - p1) / (1 - experimental))
            return first + p2 / control - (1 - p2) / (1 - control)

        edge = 1e-13 * (high - low)
        if score(low + edge) <= 0:
            return self.experimental_under_null(low), low
        if score(high - edge) >= 0:
            return self.experimental_under_null(high), high
        control = root(score, low + edge, high - edge)
        return self.experimental_under_null(control), control


def spread(experimental: float, control: float, ratio: float, slope: float) -> float:
    """Variance of (experimental - slope control), times the experimental size."""
    return experimental * (1 - experimental) + slope**2 * ratio * control * (1 - control)


def comparison(p_experimental: float, p_control: float, null: float, by_ratio: bool, *, where: str) -> Comparison:
    """Two rates and a null hypothesis."""
    inputs.probability(p_experimental, where=f"{where}, p_experimental")
    inputs.probability(p_control, where=f"{where}, p_control")
    rates = Comparison(
        p_experimental=float(p_experimental), p_control=float(p_control), null=float(null), by_ratio=by_ratio
    )
    if by_ratio:
        inputs.positive(null, where=f"{where}, null_ratio")
    elif not -1 < inputs.number(null, where=f"{where}, null_difference") < 1:
        raise inputs.refuse(
            f"a difference of {null:g} cannot be between two rates",
            where=f"{where}, null_difference",
            rule="DESIGN-MARGIN",
            remedy="give the margin as a difference of proportions, such as -0.1",
        )
    return rates


def check_effect(rates: Comparison, *, where: str) -> None:
    """Refuse to look for the size that shows nothing."""
    if rates.distance == 0:
        raise inputs.refuse(
            "the assumed rates are what the null hypothesis says: there is nothing to show",
            where=where,
            rule="DESIGN-NO-EFFECT",
            remedy="assume rates that differ, or another margin",
        )


def check_method(method: str, rates: Comparison, *, where: str) -> str:
    """The method, if it can test such a null hypothesis."""
    inputs.choice(method, METHODS, where=f"{where}, method")
    plain = rates.null == (1.0 if rates.by_ratio else 0.0)
    if not plain and method not in ("pooled", "unpooled"):
        raise inputs.refuse(
            f"the method {method} is for the null hypothesis that the rates are equal",
            where=f"{where}, method",
            rule="DESIGN-MARGIN",
            remedy="choose pooled (Farrington-Manning) or unpooled with a margin",
        )
    return method


def normal_size(rates: Comparison, alpha: float, sides: int, power: float, ratio: float, method: str) -> float:
    """Experimental size, not rounded, by a normal approximation."""
    z_alpha, z_beta = upper_z(alpha, sides), float(ndtri(power))
    if method == "arcsine":
        return (z_alpha + z_beta) ** 2 * (1 + ratio) / 4 / arcsine_difference(rates) ** 2
    alternative = np.sqrt(rates.variance(ratio))
    null = np.sqrt(rates.variance_under_null(ratio)) if method.startswith("pooled") else alternative
    plain = float(((z_alpha * null + z_beta * alternative) / rates.distance) ** 2)
    if not method.endswith("_corrected"):
        return plain
    return plain / 4 * (1 + np.sqrt(1 + 2 * (1 + ratio) / (plain * abs(rates.distance)))) ** 2


def normal_power(
    rates: Comparison, n_experimental: float, n_control: float, alpha: float, sides: int, method: str, both_sides: bool
) -> float:
    """Power by a normal approximation; with `both_sides` a rejection on the wrong side counts."""
    ratio, z_alpha = n_experimental / n_control, upper_z(alpha, sides)
    if method == "arcsine":
        center = abs(arcsine_difference(rates)) / np.sqrt((1 + ratio) / 4 / n_experimental)
        edge = z_alpha
    else:
        alternative = np.sqrt(rates.variance(ratio) / n_experimental)
        null = np.sqrt(rates.variance_under_null(ratio) / n_experimental)
        correction = (1 / n_experimental + 1 / n_control) / 2 if method.endswith("_corrected") else 0.0
        center = abs(rates.distance) / alternative
        edge = (z_alpha * (null if method.startswith("pooled") else alternative) + correction) / alternative
    wrong = ndtr(-edge - center) if sides == 2 and both_sides else 0.0
    return float(ndtr(center - edge) + wrong)


def arcsine_difference(rates: Comparison) -> float:
    """Difference of arcsin(sqrt(rate)), whose variance is 1/(4 n) whatever the rate."""
    return float(np.arcsin(np.sqrt(rates.p_experimental)) - np.arcsin(np.sqrt(rates.p_control)))
