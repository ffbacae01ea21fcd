"""The published quantities that simulated trials must return, and how far from them a mean may be."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """A headline quantity: name as in the reports, published values by arm, unit (`%` or `months`)."""

    name: str
    published: dict[str, float]
    unit: str = "%"


TARGETS = (
    Target("OR28", {"MSC": 82.8, "CONTROL": 70.7}),
    Target("CR28", {"MSC": 56.6, "CONTROL": 40.4}),
    Target("DOR56", {"MSC": 78.8, "CONTROL": 64.6}),
    Target("OS 6", {"MSC": 68.7, "CONTROL": 60.6}),
    Target("OS 12", {"MSC": 67.1, "CONTROL": 54.8}),
    Target("OS 36", {"MSC": 63.4, "CONTROL": 48.5}),
    Target("cGVHD 12", {"MSC": 35.0, "CONTROL": 49.7}),
    Target("cGVHD 24", {"MSC": 39.5, "CONTROL": 62.7}),
    Target("relapse 36", {"MSC": 10.1, "CONTROL": 13.5}),
    Target("NRM 36", {"MSC": 29.3, "CONTROL": 41.4}),
    Target("FFS median", {"MSC": 11.3, "CONTROL": 6.0}, "months"),
)
ARMS = ("MSC", "CONTROL")
WITHIN_POINTS = 2.0
"""Besides three Monte-Carlo standard errors."""
WITHIN_MONTHS = 1.0
