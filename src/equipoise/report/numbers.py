"""How numbers are written: rounding, signs and widths, in one place.

Rounding is half up on the decimal text of the number (0.0435 is 0.044), as a reader with a pencil does it. Figure
spaces keep numbers of one column under each other.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

DASH = "–"  # between the ends of a range
ABSENT = "—"
MINUS = "−"
FIGURE_SPACE = "\u2007"  # as wide as a digit
THIN_SPACE = "\u202f"  # narrow, no line break


def fixed(value: float, decimals: int) -> str:
    """A number with so many decimals, rounded half up; a true minus sign, and none before zero."""
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(rounded):f}"
    return f"{MINUS}{text}" if rounded < 0 else text


def count(value: float) -> str:
    """A whole number; thousands apart by a narrow space from ten thousand on."""
    whole = int(Decimal(repr(float(value))).quantize(Decimal(1), ROUND_HALF_UP))
    text = f"{abs(whole):,}".replace(",", THIN_SPACE) if abs(whole) >= 10_000 else str(abs(whole))
    return f"{MINUS}{text}" if whole < 0 else text


def percent(fraction: float) -> str:
    """A fraction of 1 as a percentage with one decimal, without the sign."""
    return fixed(float(Decimal(repr(float(fraction))) * 100), 1)


def p_value(value: float) -> str:
    """A P value with three decimals; below 0.001 it says so."""
    return "<0.001" if value < 0.001 else fixed(value, 3)


def ratio(value: float) -> str:
    """An odds or hazard ratio: two decimals, one from ten on, none from a hundred on."""
    return fixed(value, 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0)


def months(value: float) -> str:
    """A time in months, one decimal."""
    return fixed(value, 1)


def plain(value: float) -> str:
    """A number of a form, such as an age or a number of doses: as short as it is, at most one decimal."""
    return fixed(value, 0) if float(value).is_integer() else fixed(value, 1)


def interval(lower: str, upper: str) -> str:
    """The two ends of an interval, already written."""
    return f"{lower}{DASH}{upper}" if MINUS not in lower + upper else f"{lower} to {upper}"


def with_interval(value: str, lower: str, upper: str) -> str:
    """An estimate and its interval."""
    return f"{value} ({interval(lower, upper)})"


def count_percent(number: str, share: str) -> str:
    """A count and its percentage, padded between the two so that counts stand in one column above 10 % and below."""
    return f"{number}{FIGURE_SPACE * max(0, 4 - len(share))} ({share})"
