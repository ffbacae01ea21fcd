"""What is made of a protocol is made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Result = TypeVar("Result")


def once_a_protocol(function: Callable[[Any], Result]) -> Callable[[Any], Result]:
    """Keep what is made of a protocol; the same content (`hash`) is made once."""
    made: dict[str, Result] = {}

    @wraps(function)
    def kept(protocol: Any) -> Result:
        key = protocol.hash
        if key not in made:
            made[key] = function(protocol)
        return made[key]

    return kept
