"""How a virtual site works on one subject: what is late, missed, mistaken, shifted. Drawn once, asked by place.

Places: forms by the order in which they are filled for the subject, visits by their place in the protocol's calendar,
doses by their number. Names of what is drawn are columns of a table of uniform numbers.
"""

from __future__ import annotations

from math import exp

from equipoise.simulate.scenario import LateDays, Observation
from equipoise.simulate.streams import Draws
from equipoise.simulate.transforms import normal

FORMS = 600
"""Forms of one subject for which entry is drawn; further ones start again from the first."""
FORM_COLUMNS = ("late", "days", "missing", "corrected", "partial", "which")
VISITS = 80
VISIT_COLUMNS = ("missed", "outside", "shift", "way", "discordant", "assessor", "organ")
DOSES = 80


class Habits:
    """Habits of the site of one subject."""

    def __init__(self, observation: Observation, forms: list[float], visits: list[float], doses: list[float]):
        self.observation = observation
        self._forms, self._visits, self._doses = forms, visits, doses
        self._filled = 0

    def next_form(self) -> dict[str, float]:
        """Uniforms of the next form that is filled, by column."""
        width = len(FORM_COLUMNS)
        start = (self._filled % FORMS) * width
        self._filled += 1
        return dict(zip(FORM_COLUMNS, self._forms[start : start + width]))

    def visit(self, place: int) -> dict[str, float]:
        """Uniforms of a visit, by column."""
        width = len(VISIT_COLUMNS)
        start = (place % VISITS) * width
        return dict(zip(VISIT_COLUMNS, self._visits[start : start + width]))

    def dose_is_late(self, place: int) -> bool:
        """Whether a dose is given a day late."""
        return self._doses[place % DOSES] < self.observation.dose_late


def all_habits(observation: Observation, draws: Draws, n: int) -> list[Habits]:
    """The habits for every subject of a replicate."""
    forms = draws.table("entry of forms", n, FORMS * len(FORM_COLUMNS)).tolist()
    visits = draws.table("visits held", n, VISITS * len(VISIT_COLUMNS)).tolist()
    doses = draws.table("doses given", n, DOSES).tolist()
    return [Habits(observation, *tables) for tables in zip(forms, visits, doses)]


def late_days(told: LateDays, u: float) -> int:
    """Days from the event to its entry, at least 1."""
    return max(1, round(min(told.median * exp(told.log_sd * float(normal(u))), told.high)))


def shift(weights: tuple[float, ...], u: float, way: float) -> int:
    """Days away from the planned day: earlier or later, equally likely."""
    left = u * sum(weights)
    for days, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return days if way < 0.5 else -days
    return 0
