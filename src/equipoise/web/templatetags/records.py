"""Look-up in a mapping, and values of records in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template

from equipoise.days import format_day

register = template.Library()


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:
    """The value of a key that is not a name, 0 where it is not there."""
    return mapping.get(key, 0)


@register.filter
def words(code: str) -> str:
    """A code of the program as words: DATA_MANAGER is data manager; DSMB stays as it is."""
    return code if code == "DSMB" else code.replace("_", " ").lower()


@register.filter
def day(number: int | None) -> str:
    """A day as a date; a dash where there is none."""
    return "–" if number is None else format_day(number)


@register.filter
def listed(sites: Iterable[str]) -> str:
    """Sites in their order."""
    return ", ".join(sorted(sites))
