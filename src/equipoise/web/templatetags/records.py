"""Look-up in a mapping by a key that is not a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:
    """The value of a key, 0 where it is not there."""
    return mapping.get(key, 0)
