"""What every function of design asks of its arguments, and what it says when they are not so."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import DesignError

GREATEST_RATIO = 1000.0


def refuse(fault: str, *, where: str, rule: str, remedy: str) -> DesignError:
    """The error to raise, in the house form; braces in the fault are taken as they are."""
    return DesignError(fault, where=where, rule=rule, remedy=remedy)


def number(value: float, *, where: str) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not math.isfinite(value):
        raise refuse(f"{value!r} is not a finite number", where=where, rule="DESIGN-NUMBER", remedy="give a number")
    return float(value)


def positive(value: float, *, where: str) -> float:
    """A number above 0."""
    if number(value, where=where) <= 0:
        raise refuse(f"{value:g} is not above 0", where=where, rule="DESIGN-POSITIVE", remedy="give a number above 0")
    return float(value)


def not_negative(value: float, *, where: str) -> float:
    """A number of 0 or more."""
    if number(value, where=where) < 0:
        raise refuse(f"{value:g} is negative", where=where, rule="DESIGN-POSITIVE", remedy="give 0 or more")
    return float(value)


def probability(value: float, *, where: str) -> float:
    """A probability strictly between 0 and 1."""
    if not 0 < number(value, where=where) < 1:
        raise refuse(
            f"{value:g} is not between 0 and 1",
            where=where,
            rule="DESIGN-PROBABILITY",
            remedy="give a probability above 0 and below 1 (0.7 for 70 %)",
        )
    return float(value)


def share(value: float, *, where: str) -> float:
    """A share from 0 to below 1, as of subjects that drop out."""
    if not 0 <= number(value, where=where) < 1:
        raise refuse(
            f"{value:g} is not 0 or more and below 1",
            where=where,
            rule="DESIGN-PROBABILITY",
            remedy="give a share (0.05 for 5 %)",
        )
    return float(value)


def whole(value: float, *, where: str, least: int = 1) -> int:
    """A whole number of at least `least`."""
    if number(value, where=where) != int(value) or value < least:
        raise refuse(
            f"{value:g} is not a whole number of at least {least}",
            where=where,
            rule="DESIGN-WHOLE",
            remedy=f"give a whole number of at least {least}",
        )
    return int(value)


def ratio(value: float, *, where: str) -> float:
    """An allocation ratio experimental : control."""
    if not 0 < number(value, where=where) <= GREATEST_RATIO:
        raise refuse(
            f"the allocation ratio {value:g} is not above 0 and at most {GREATEST_RATIO:g}",
            where=where,
            rule="DESIGN-RATIO",
            remedy="give experimental subjects per control subject: 2 for 2:1",
        )
    return float(value)


def level(alpha_one_sided: float | None, alpha_two_sided: float | None, *, where: str) -> tuple[float, int]:
    """Alpha and the number of sides; exactly one of the two is given, and so small that a side has less than 1/2."""
    if (alpha_one_sided is None) == (alpha_two_sided is None):
        raise refuse(
            "one of alpha_one_sided and alpha_two_sided has to be given, and not both",
            where=where,
            rule="DESIGN-ALPHA",
            remedy="say alpha_two_sided=0.05, or alpha_one_sided=0.025",
        )
    if alpha_one_sided is not None:
        alpha, sides = probability(alpha_one_sided, where=f"{where}, alpha_one_sided"), 1
    else:
        assert alpha_two_sided is not None
        alpha, sides = probability(alpha_two_sided, where=f"{where}, alpha_two_sided"), 2
    if alpha / sides >= 0.5:
        raise refuse(
            f"alpha of {alpha / sides:g} on one side is no test",
            where=where,
            rule="DESIGN-ALPHA",
            remedy="give an alpha below 0.5 on each side",
        )
    return alpha, sides


def power_above(power: float, alpha_of_a_side: float, *, where: str) -> float:
    """A power between the level of one side and 1; a test without any effect has the power alpha."""
    probability(power, where=f"{where}, power")
    if power <= alpha_of_a_side:
        raise refuse(
            f"the power {power:g} is not above the level {alpha_of_a_side:g} of one side",
            where=where,
            rule="DESIGN-POWER",
            remedy="give a power above alpha, such as 0.8",
        )
    return float(power)


def choice(value: str, allowed: Sequence[str], *, where: str) -> str:
    """`value`, if it is one of those allowed."""
    if value not in allowed:
        raise refuse(
            f"{value!r} is not one of {', '.join(allowed)}",
            where=where,
            rule="DESIGN-OPTION",
            remedy="choose one of them",
        )
    return value


def floats(values: ArrayLike, *, where: str) -> Floats:
    """Numbers, float64; a single one is a column of one."""
    try:
        return np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise refuse(
            "the values are not numbers", where=where, rule="DESIGN-NUMBER", remedy="give a list of numbers"
        ) from error


def column(values: ArrayLike, *, where: str) -> Floats:
    """A column of finite numbers, float64 [n], at least one; a single number is a column of one."""
    numbers = floats(values, where=where)
    if numbers.ndim != 1 or numbers.size == 0 or not np.isfinite(numbers).all():
        raise refuse(
            "the values are not a list of finite numbers",
            where=where,
            rule="DESIGN-NUMBER",
            remedy="give a list of numbers without gaps",
        )
    return numbers


def rising(values: ArrayLike, *, where: str, above: float = -math.inf) -> Floats:
    """A column of strictly rising numbers, each above `above`."""
    numbers = column(values, where=where)
    if (np.diff(numbers) <= 0).any() or numbers[0] <= above:
        raise refuse(
            f"{', '.join(f'{value:g}' for value in numbers)} do not rise"
            + (f" from above {above:g}" if above > -math.inf else ""),
            where=where,
            rule="DESIGN-ORDER",
            remedy="give them in rising order, none twice",
        )
    return numbers
