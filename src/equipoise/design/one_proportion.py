"""Sample size and power of a test of one proportion against a fixed one."""

from __future__ import annotations

import math
from dataclasses import dataclass

from equipoise.design import inputs
from equipoise.design.fixed import upper_z
from equipoise.design.proportions import MOST_SUBJECTS, too_many


@dataclass(frozen=True, slots=True, kw_only=True)
class OneArmSize:
    """How many subjects a trial of one arm needs."""

    method: str
    n: float
    """Size as the formula gives it; with `exact` the smallest whole number that reaches the power."""
    n_lasting: float
    """With `exact`, the smallest size from which on the power never falls below again; else `n`."""
    power: float
    """Power that was asked for."""


def sample_size_one_proportion(
    p: float,
    null: float,
    *,
    alpha_one_sided: float | None = None,
    alpha_two_sided: float | None = None,
    power: float = 0.8,
    method: str = "exact",
) -> OneArmSize:
    """Sample size of a test of one proportion against a fixed one.

    Args:
        p: true rate that is assumed.
        null: rate under the null hypothesis.
        alpha_one_sided, alpha_two_sided: level; one of them. The exact test is one-sided.
        power: probability to reject.
        method: `exact` (binomial) or `normal`.

    Returns:
        `OneArmSize`.

    Raises:
        DesignError: the two rates are equal, an exact two-sided test, or values out of range.

    Differs from R: exact power goes up and down with the size. rpact finds one of the sizes at which it crosses the
        wanted power by halving an interval; this gives the smallest one, and the one from which on it lasts.
    Source: Fleiss, Levin & Paik 2003, chapter 2; A'Hern 2001, Stat Med 20:859-866.
    Checked: A'Hern's table in tests/spec/design; rpact in tests/golden.

    Example:
        >>> from equipoise import design
        >>> design.sample_size_one_proportion(0.4, 0.2, alpha_one_sided=0.05).n  # A'Hern 2001, table 1
        35.0
    """
    where = "sample size of one proportion"
    alpha, sides = inputs.level(alpha_one_sided, alpha_two_sided, where=where)
    inputs.power_above(power, alpha / sides, where=where)
    check_one_rate(p, null, sides, method, where=where)
    normal = one_rate_normal_size(p, null, alpha, sides, power)
    if method == "normal":
        return OneArmSize(method=method, n=normal, n_lasting=normal, power=power)
    if normal > MOST_SUBJECTS:
        raise too_many(where)
    from equipoise.design.exact_rates import one_rate_power

    reached = [one_rate_power(n, p, null, alpha) >= power for n in range(1, int(2 * normal) + 60)]
    first = reached.index(True) + 1
    lasting = len(reached) - reached[::-1].index(False) + 1 if False in reached else 1
    return OneArmSize(method=method, n=float(first), n_lasting=float(lasting), power=power)


def power_one_proportion(
    n: int, p: float, null: float, *, alpha_one_sided: float | None = None, alpha_two_sided: float | None = None
) -> float:
    """Exact power of the one-sided binomial test of one proportion.

    Args:
        n: size.
        p: true rate.
        null: rate under the null hypothesis.
        alpha_one_sided, alpha_two_sided: level; the test is one-sided, so that the second is refused.

    Returns:
        The probability to reject on the side of `p`.

    Raises:
        DesignError: two sides, equal rates, or values out of range.

    Differs from R: nowhere known (1 - pbinom(qbinom(1 - alpha, n, null), n, p)).
    Source: A'Hern 2001, Stat Med 20:859-866.
    Checked: by hand in tests/spec/design.

    Example:
        >>> from equipoise import design
        >>> round(design.power_one_proportion(2, 0.9, 0.1, alpha_one_sided=0.05), 2)  # both succeed: 0.1^2 < 0.05
        0.81
    """
    from equipoise.design.exact_rates import one_rate_power

    where = "power of one proportion"
    alpha, sides = inputs.level(alpha_one_sided, alpha_two_sided, where=where)
    check_one_rate(p, null, sides, "exact", where=where)
    return one_rate_power(inputs.whole(n, where=f"{where}, n"), p, null, alpha)


def check_one_rate(p: float, null: float, sides: int, method: str, *, where: str) -> None:
    """Refuse what a test of one proportion cannot be."""
    inputs.probability(p, where=f"{where}, p")
    inputs.probability(null, where=f"{where}, null")
    inputs.choice(method, ("exact", "normal"), where=f"{where}, method")
    if p == null:
        raise inputs.refuse(
            "the assumed rate is that of the null hypothesis: there is nothing to show",
            where=where,
            rule="DESIGN-NO-EFFECT",
            remedy="assume a rate that differs from it",
        )
    if method == "exact" and sides == 2:
        raise inputs.refuse(
            "the exact test of one proportion is one-sided",
            where=where,
            rule="DESIGN-ALPHA",
            remedy="give alpha_one_sided, or choose the method normal",
        )


def one_rate_normal_size(p: float, null: float, alpha: float, sides: int, power: float) -> float:
    """Size of a test of one proportion by the normal approximation, not rounded."""
    spread = upper_z(alpha, sides) * math.sqrt(null * (1 - null)) - upper_z(power, 1) * math.sqrt(p * (1 - p))
    return (spread / (p - null)) ** 2
