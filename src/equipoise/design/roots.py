"""Where a function of one number is 0.

Written out here because importing scipy.optimize takes longer than a whole design.
"""

from __future__ import annotations

from collections.abc import Callable

MOST_STEPS = 400
SMALLEST = 1e-15
ROUNDING = 4.5e-16


def root(equation: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that changes its sign once between two numbers is 0, to the last digits.

    Inverse quadratic interpolation where it is safe, else halving; the sign always changes between the two ends kept.

    Source: Chandrupatla 1997, Adv Eng Softw 28:145-149.
    Checked: against scipy.optimize.brentq in tests/spec/design.
    """
    new, other = low, high
    f_new, f_other = equation(new), equation(other)
    assert (f_new <= 0) != (f_other <= 0) or f_new == 0 or f_other == 0, "the function does not change its sign"
    oldest, f_oldest, part = other, f_other, 0.5
    for _ in range(MOST_STEPS):
        tried = new + part * (other - new)
        value = equation(tried)
        if (value <= 0) == (f_new <= 0):
            oldest, f_oldest = new, f_new
        else:
            oldest, f_oldest, other, f_other = other, f_other, new, f_new
        new, f_new = tried, value
        best = new if abs(f_new) < abs(f_other) else other
        width, narrow = abs(other - new), 2 * ROUNDING * abs(best) + SMALLEST
        if width <= narrow or f_new == 0 or f_other == 0:
            return best
        part = interpolated(new, other, oldest, f_new, f_other, f_oldest)
        edge = narrow / 2 / width
        part = min(max(part, edge), 1 - edge)
    return best


def interpolated(new: float, other: float, oldest: float, f_new: float, f_other: float, f_oldest: float) -> float:
    """How far to go from `new` towards `other`: by the parabola through three points, or half of the way."""
    if f_oldest in (f_new, f_other):
        return 0.5
    along, across = (new - other) / (oldest - other), (f_new - f_other) / (f_oldest - f_other)
    if not 1 - (1 - along) ** 0.5 < across < along**0.5:
        return 0.5
    first = f_new / (f_other - f_new) * f_oldest / (f_other - f_oldest)
    second = (oldest - new) / (other - new) * f_new / (f_oldest - f_new) * f_other / (f_oldest - f_other)
    return first + second
