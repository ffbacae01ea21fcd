"""Number needed to treat, said so that its limits cannot be misread."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberNeeded:
    """Subjects to treat by the first arm rather than the second for one more, or one fewer, with the answer yes.

    Numbers are signed: positive for one more yes, negative for one fewer. Where the risk difference may be 0 the
    numbers that agree with the data run from one limit through infinity to the other.
    """

    estimate: float
    """One over the risk difference; infinite where that is 0."""
    at_upper_difference: float
    """One over the upper limit of the risk difference."""
    at_lower_difference: float
    """One over the lower limit of the risk difference."""

    @property
    def through_infinity(self) -> bool:
        """Whether the limits of the risk difference hold 0, so that the interval runs through infinity."""
        return self.at_lower_difference <= 0 < self.at_upper_difference or math.inf in (
            abs(self.at_lower_difference),
            abs(self.at_upper_difference),
        )

    def __str__(self) -> str:
        one, other = self.at_upper_difference, self.at_lower_difference
        if self.through_infinity:
            limits = f"{said(one)} through infinity to {said(other)}"
        else:
            near, far = sorted((one, other), key=abs)
            limits = f"{said(near)} to {said(far)}"
        return f"{said(self.estimate)} ({limits})"


def number_needed(difference: float, lower: float, upper: float) -> NumberNeeded:
    """Number needed to treat from a risk difference and its limits."""
    return NumberNeeded(
        estimate=inverse(difference), at_upper_difference=inverse(upper), at_lower_difference=inverse(lower)
    )


def inverse(difference: float) -> float:
    """One over a difference."""
    return 1 / difference if difference else math.inf


def said(number: float) -> str:
    """A signed number needed in words."""
    if math.isinf(number):
        return "infinity"
    return f"{abs(number):.1f} for one {'more' if number > 0 else 'fewer'}"
