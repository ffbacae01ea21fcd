"""Bounds of Z on the scale of the observed effect."""

from __future__ import annotations

import math
from dataclasses import replace

from equipoise.design import inputs
from equipoise.design.proportions import null_of
from equipoise.design.rates import Comparison
from equipoise.design.roots import root

EDGE = 1e-12


def critical_proportion(
    z: float,
    n_experimental: float,
    n_control: float,
    p_control: float,
    *,
    null_difference: float = 0.0,
    null_ratio: float | None = None,
) -> float:
    """Observed experimental rate at which the pooled Z is at a bound.

    Args:
        z: bound; above 0 for a higher experimental rate.
        n_experimental, n_control: sizes at the look.
        p_control: observed control rate.
        null_difference, null_ratio: what the null hypothesis says, as in `sample_size_two_proportions`.

    Returns:
        The rate; missing where no rate reaches the bound.

    Raises:
        DesignError: values out of range.

    Differs from R: nowhere known (rpact criticalValuesEffectScale, which is this less the control rate).
    Source: Farrington & Manning 1990, Stat Med 9:1447-1454.
    Checked: rpact in tests/golden; by hand in tests/spec/design.

    Example:
        >>> from equipoise import design
        >>> round(design.critical_proportion(1.959964, 95.9424462, 95.9424462, 0.35) - 0.35, 5)  # rpact
        0.13966
    """
    where = "critical proportion"
    inputs.number(z, where=f"{where}, z")
    inputs.positive(n_experimental, where=f"{where}, n_experimental")
    inputs.positive(n_control, where=f"{where}, n_control")
    inputs.probability(p_control, where=f"{where}, p_control")
    null, by_ratio = null_of(null_difference, null_ratio, where=where)
    rates = Comparison(p_experimental=p_control, p_control=p_control, null=null, by_ratio=by_ratio)

    def excess(p: float) -> float:
        observed = replace(rates, p_experimental=p)
        variance = observed.variance_under_null(n_experimental / n_control) / n_experimental
        return observed.distance / math.sqrt(variance) - z

    if excess(EDGE) >= 0 or excess(1 - EDGE) <= 0:
        return math.nan
    return root(excess, EDGE, 1 - EDGE)


def critical_one_proportion(z: float, n: float, null: float) -> float:
    """Observed rate of one arm at which Z against a fixed rate is at a bound.

    Args:
        z: bound; above 0 for a higher rate.
        n: size at the look.
        null: rate under the null hypothesis.

    Returns:
        The rate; above 1 or below 0 where no rate reaches the bound.

    Raises:
        DesignError: values out of range.

    Differs from R: nowhere known (rpact criticalValuesEffectScale with groups = 1).
    Source: Fleiss, Levin & Paik 2003, chapter 2.
    Checked: by hand in tests/spec/design; rpact in tests/golden.

    Example:
        >>> from equipoise import design
        >>> design.critical_one_proportion(2, 100, 0.5)  # 0.5 + 2 sqrt(0.25 / 100)
        0.6
    """
    where = "critical proportion of one arm"
    p, size = inputs.probability(null, where=f"{where}, null"), inputs.positive(n, where=f"{where}, n")
    return p + inputs.number(z, where=f"{where}, z") * math.sqrt(p * (1 - p) / size)
