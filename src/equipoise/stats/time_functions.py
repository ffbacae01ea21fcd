"""Values of a function of time that a caller gives."""

from __future__ import annotations

from collections.abc import Callable

from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs

ONE_VALUE = "give a function of an array of event times that returns one finite number for each"


def values_at(function: Callable[[Floats], ArrayLike], time: Floats, *, where: str) -> Floats:
    """What the function gives for an array of times, float64 of any shape; refused if it fails or gives no numbers."""
    try:
        found = inputs.as_numbers(function(time.copy()))
        reason = "gives no numbers"
    except Exception as error:  # whatever a function of somebody else raises
        found, reason = None, f"fails with {type(error).__name__}: {error}"
    if found is None:
        raise AnalysisDataError(
            f"the function of time {reason}",
            where=where,
            rule="STATS-TIME-FUNCTION",
            remedy=ONE_VALUE,
        )
    return found
