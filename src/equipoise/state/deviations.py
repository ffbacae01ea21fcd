"""Protocol deviations: each code of the protocol with the subjects, days and records that show it.

The rules stand in `deviation_rules`, `deviation_doses` and `deviation_response`; their numbers are the protocol's.
What was left out counts once its window was over on the day that is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from equipoise.arrays import Flags
from equipoise.state import deviation_doses, deviation_response, deviation_rules
from equipoise.state.axes import randomized_on
from equipoise.state.derive import Treatment
from equipoise.state.found import Asked, Found
from equipoise.state.tables import Tables

IMPORTANT = ("critical", "major")

RULES: dict[str, Callable[[Asked], list[Found]]] = {
    **deviation_rules.RULES,
    **deviation_doses.RULES,
    **deviation_response.RULES,
}
"""What finds each deviation."""


class Deviation(NamedTuple):
    """A deviation: place of the subject in the tables, code, severity, day, and ids of the records that show it."""

    subject: int
    code: str
    severity: str
    day: int
    records: tuple[int, ...]


def deviations(tables: Tables, treatment: Treatment, protocol: Any, day: int) -> list[Deviation]:
    """All deviations of randomized subjects as known on a day, by subject, day and code."""
    asked = Asked(tables, treatment, protocol, day)
    found = [
        Deviation(each.subject, declared.code, each.severity or declared.severity, each.day, each.records)
        for declared in protocol.deviations
        for each in RULES[declared.code](asked)
        if each.day <= day
    ]
    return sorted(found, key=lambda each: (each.subject, each.day, each.code, each.records))


def important_before(
    found: list[Deviation], tables: Tables, treatment: Treatment, protocol: Any, cycle_day: int = 28
) -> Flags:
    """Whether each subject has a critical or major deviation before a cycle day, bool [n_subjects]."""
    flags = np.zeros(tables.n, np.bool_)
    randomized = randomized_on(tables, protocol)
    for each in found:
        origin = max(int(treatment.cycle_origin[each.subject]), int(randomized[each.subject]))
        if each.severity in IMPORTANT and each.day < origin + cycle_day - 1:
            flags[each.subject] = True
    return flags
