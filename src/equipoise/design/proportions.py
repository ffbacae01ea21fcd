"""Sample size, power and detectable rate of a comparison of two proportions."""

from __future__ import annotations

import math
from dataclasses import dataclass

from equipoise.design import inputs
from equipoise.design.rates import (
    EXACT_METHODS,
    Comparison,
    check_effect,
    check_method,
    comparison,
    normal_power,
    normal_size,
)
from equipoise.design.roots import root

ROUNDING = 1e-9
"""A size this close above a whole number is that number."""
NEAREST = {"fisher": "pooled_corrected", "chi_square": "pooled"}
"""Normal approximation nearest to each exact test."""
MOST_SUBJECTS = 10_000
"""Exact power is not searched beyond this size of an arm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many subjects a comparison of two proportions needs."""

    method: str
    """Formula or test."""
    n_experimental: float
    """Experimental size as the formula gives it, not rounded; a whole number with an exact method."""
    n_control: float
    """Control size, the same."""
    per_arm: tuple[int, int]
    """Experimental and control size, rounded up."""
    per_arm_inflated: tuple[int, int]
    """The same, inflated so that `per_arm` are left when `drop_out` of them drop out."""
    drop_out: float
    """Share without a result."""

    @property
    def total(self) -> float:
        """Both sizes together, not rounded."""
        return self.n_experimental + self.n_control


def sample_size_two_proportions(
    p_experimental: float,
    p_control: float,
    *,
    alpha_one_sided: float | None = None,
    alpha_two_sided: float | None = None,
    power: float = 0.8,
    ratio: float = 1.0,
    method: str = "pooled",
    null_difference: float = 0.0,
    null_ratio: float | None = None,
    drop_out: float = 0.0,
) -> Size:
    """Sample size of a comparison of two proportions.

    Args:
        p_experimental, p_control: true rates that are assumed.
        alpha_one_sided, alpha_two_sided: level; one of them.
        power: probability to reject on the side of the effect.
        ratio: experimental subjects per control subject.
        method: `pooled` z (variance under the null hypothesis in the test, under the alternative in the power: R's
            power.prop.test, rpact, PASS), `unpooled` z, `arcsine`, `pooled_corrected` and `unpooled_corrected` with
            Fleiss' continuity correction, and by exact power `fisher` or `chi_square` (uncorrected).
        null_difference: difference under the null hypothesis: minus the margin for non-inferiority in a rate of
            success; `pooled` is then Farrington and Manning's.
        null_ratio: ratio under the null hypothesis, in place of `null_difference`.
        drop_out: share of subjects without a result; the size is divided by 1 - drop_out.

    Returns:
        `Size`. Exact power goes up and down with the size: `fisher` and `chi_square` give the smallest control size,
        with the experimental size rounded up, that reaches the power.

    Raises:
        DesignError: rates that do not differ from the null hypothesis, or values out of range.

    Differs from R: nowhere known for `pooled` (power.prop.test, rpact getSampleSizeRates).
    Source: Fleiss, Levin & Paik 2003, Statistical Methods for Rates and Proportions, chapter 4; Farrington & Manning
        1990, Stat Med 9:1447-1454; Cochran & Cox 1957 (arcsine).
    Checked: by hand and from published tables in tests/spec/design; R in tests/golden.

    Example:
        >>> from equipoise import design
        >>> size = design.sample_size_two_proportions(0.7, 0.5, alpha_two_sided=0.05, drop_out=0.05)
        >>> size.per_arm, size.per_arm_inflated  # Zhao et al. 2022, J Hematol Oncol 15:22
        ((93, 93), (98, 98))
    """
    where = "sample size of two proportions"
    alpha, sides = inputs.level(alpha_one_sided, alpha_two_sided, where=where)
    inputs.power_above(power, alpha / sides, where=where)
    inputs.ratio(ratio, where=where)
    rates = comparison(p_experimental, p_control, *null_of(null_difference, null_ratio, where=where), where=where)
    check_method(method, rates, where=where)
    check_effect(rates, where=where)
    approximate = normal_size(rates, alpha, sides, power, ratio, NEAREST.get(method, method))
    if method in EXACT_METHODS:
        n_control = float(
            exact_control_size(rates, alpha, sides, power, ratio, method, approximate / ratio, where=where)
        )
        n_experimental = float(rounded_up(n_control * ratio))
    else:
        n_experimental, n_control = approximate, approximate / ratio
    per_arm = rounded_up(n_experimental), rounded_up(n_control)
    inputs.share(drop_out, where=f"{where}, drop_out")
    return Size(
        method=method,
        n_experimental=float(n_experimental),
        n_control=float(n_control),
        per_arm=per_arm,
        per_arm_inflated=(inflated(per_arm[0], drop_out), inflated(per_arm[1], drop_out)),
        drop_out=float(drop_out),
    )


def power_two_proportions(
    n_experimental: float,
    n_control: float,
    p_experimental: float,
    p_control: float,
    *,
    alpha_one_sided: float | None = None,
    alpha_two_sided: float | None = None,
    method: str = "pooled",
    null_difference: float = 0.0,
    null_ratio: float | None = None,
    both_sides: bool = False,
) -> float:
    """Power of a comparison of two proportions.

    Args:
        n_experimental, n_control: sizes; whole numbers for the exact methods.
        p_experimental, p_control, alpha_one_sided, alpha_two_sided, method, null_difference, null_ratio: as in
            `sample_size_two_proportions`.
        both_sides: with two sides, count a rejection on the wrong side (R's `strict`). The exact methods always do:
            they sum over all tables that are rejected.

    Returns:
        The probability to reject; with one side, on the side of the effect. Where the rates are as the null hypothesis
        says it is the type I error: that of the exact methods lies below or around alpha.

    Raises:
        DesignError: values out of range.

    Differs from R: nowhere known (power.prop.test, also `strict`).
    Source: as in `sample_size_two_proportions`.
    Checked: R's power.prop.test in tests/golden; exact power by hand in tests/spec/design and against rpact and
        R's fisher.test over all tables.

    Example:
        >>> from equipoise import design
        >>> round(design.power_two_proportions(99, 99, 0.55, 0.35, alpha_two_sided=0.05), 6)  # R power.prop.test
        0.812342
    """
    where = "power of two proportions"
    alpha, sides = inputs.level(alpha_one_sided, alpha_two_sided, where=where)
    rates = comparison(p_experimental, p_control, *null_of(null_difference, null_ratio, where=where), where=where)
    check_method(method, rates, where=where)
    if method in EXACT_METHODS:
        from equipoise.design.exact_rates import exact_power

        n1 = inputs.whole(n_experimental, where=f"{where}, n_experimental")
        n2 = inputs.whole(n_control, where=f"{where}, n_control")
        return exact_power(n1, n2, rates.p_experimental, rates.p_control, alpha, sides, method)
    inputs.positive(n_experimental, where=f"{where}, n_experimental")
    inputs.positive(n_control, where=f"{where}, n_control")
    return normal_power(rates, n_experimental, n_control, alpha, sides, method, both_sides)


def detectable_proportion(
    n_experimental: float,
    n_control: float,
    p_control: float,
    *,
    alpha_one_sided: float | None = None,
    alpha_two_sided: float | None = None,
    power: float = 0.8,
    method: str = "pooled",
    higher: bool = True,
) -> float:
    """Experimental rate nearest to the control rate at which a trial of this size has the power.

    Args:
        n_experimental, n_control: sizes.
        p_control: true rate of the control arm.
        alpha_one_sided, alpha_two_sided, power, method: as in `sample_size_two_proportions`.
        higher: look above the control rate; else below it.

    Returns:
        The rate. The detectable difference is this less `p_control`.

    Raises:
        DesignError: no rate reaches the power, or values out of range.

    Differs from R: nowhere known (power.prop.test with p2 = NULL).
    Source: as in `sample_size_two_proportions`.
    Checked: R's power.prop.test in tests/golden.

    Example:
        >>> from equipoise import design
        >>> round(design.detectable_proportion(99, 99, 0.35, alpha_two_sided=0.05), 6)  # R power.prop.test
        0.546861
    """
    where = "detectable proportion"
    alpha, sides = inputs.level(alpha_one_sided, alpha_two_sided, where=where)
    inputs.power_above(power, alpha / sides, where=where)
    inputs.probability(p_control, where=f"{where}, p_control")

    def missing(p: float) -> float:
        reached = power_two_proportions(
            n_experimental,
            n_control,
            p,
            p_control,
            alpha_one_sided=alpha_one_sided,
            alpha_two_sided=alpha_two_sided,
            method=method,
        )
        return reached - power

    edge = 1e-12
    near = p_control + edge if higher else p_control - edge
    far = 1 - edge if higher else edge
    if missing(far) < 0:
        raise inputs.refuse(
            f"no rate {'above' if higher else 'below'} {p_control:g} is detected with the power {power:g}",
            where=where,
            rule="DESIGN-POWER",
            remedy="plan more subjects, or less power",
        )
    return root(missing, near, far)


def inflated(n: int, drop_out: float) -> int:
    """Subjects to randomize so that `n` are left, rounded up.

    Args:
        n: subjects with a result.
        drop_out: share without one.

    Returns:
        n / (1 - drop_out), rounded up.

    Raises:
        DesignError: the share is not 0 or more and below 1.

    Differs from R: nowhere known.
    Source: ICH E9, 3.5.
    Checked: the index trial, 93 and 98, in tests/spec/design.

    Example:
        >>> from equipoise import design
        >>> design.inflated(93, 0.05)  # 93 / 0.95 = 97.9
        98
    """
    inputs.share(drop_out, where="drop-out")
    return rounded_up(n / (1 - drop_out))


def rounded_up(n: float) -> int:
    """The next whole number; a number that is one but for rounding errors stays.

    Args:
        n: size that a formula gives.

    Returns:
        The smallest whole number that is not below n (1 - 1e-9).

    Raises:
        Nothing.

    Differs from R: R's `ceiling` makes 31 of 21 / (1 - 0.3), which is a little above 30 in binary.
    Source: none needed.
    Checked: by hand in tests/spec/design.

    Example:
        >>> from equipoise import design
        >>> design.rounded_up(21 / (1 - 0.3)), design.rounded_up(95.1)
        (30, 96)
    """
    return math.ceil(n * (1 - ROUNDING))


def null_of(difference: float, ratio: float | None, *, where: str) -> tuple[float, bool]:
    """What the null hypothesis says, and whether it is about the ratio."""
    if ratio is None:
        return difference, False
    if difference != 0:
        raise inputs.refuse(
            "the null hypothesis is about a difference and about a ratio",
            where=where,
            rule="DESIGN-MARGIN",
            remedy="give null_difference or null_ratio",
        )
    return ratio, True


def exact_control_size(
    rates: Comparison,
    alpha: float,
    sides: int,
    power: float,
    ratio: float,
    method: str,
    approximate: float,
    *,
    where: str,
) -> int:
    """Smallest control size at which the exact power is reached, searched from well below the nearest approximation."""
    from equipoise.design.exact_rates import exact_power

    def reaches(n: int) -> bool:
        first = rounded_up(n * ratio)
        return exact_power(first, n, rates.p_experimental, rates.p_control, alpha, sides, method) >= power

    if approximate * max(1.0, ratio) > MOST_SUBJECTS / 10:
        raise too_many(where)
    # exact power goes up and down by what few subjects add: no size so far below the approximation reaches it
    n = max(2, int(0.75 * approximate) - 8)
    while not reaches(n):
        n += 1
    return n


def too_many(where: str) -> Exception:
    """The error where an exact sum would take too long."""
    return inputs.refuse(
        "so many subjects are needed that the exact power is not worked out",
        where=where,
        rule="DESIGN-EXACT",
        remedy="choose a normal approximation, which is good for such sizes",
    )
