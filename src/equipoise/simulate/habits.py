"""How a virtual site works on one subject: what is late, missed, mistaken, shifted. Drawn once, asked by place.

Places: forms by the order in which they are filled for the subject, visits by their place in the protocol's calendar,
doses by their number. Names of what is drawn are columns of a table of uniform numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from equipoise.arrays import Floats
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
    """Habits of the site of one subject.

    Args:
        late_days: days from the event to its entry, for forms that are entered late, [FORMS].
    """

    def __init__(
        self,
        observation: Observation,
        forms: list[list[float]],
        late_days: list[int],
        visits: list[list[float]],
        doses: list[float],
    ):
        self.observation = observation
        self._forms, self._late_days, self._visits, self._doses = forms, late_days, visits, doses
        self._filled = 0

    def next_form(self) -> tuple[dict[str, float], int]:
        """Uniforms of the next form that is filled, by column; and the days that it is late, if it is."""
        place = self._filled % FORMS
        self._filled += 1
        return dict(zip(FORM_COLUMNS, self._forms[place])), self._late_days[place]

    def visit(self, place: int) -> dict[str, float]:
        """Uniforms of a visit, by column."""
        return dict(zip(VISIT_COLUMNS, self._visits[place % VISITS]))

    def dose_is_late(self, place: int) -> bool:
        """Whether a dose is given a day late."""
        return self._doses[place % DOSES] < self.observation.dose_late


def all_habits(observation: Observation, draws: Draws, n: int) -> list[Habits]:
    """The habits for every subject of a replicate."""
    forms = draws.table("entry of forms", n, FORMS * len(FORM_COLUMNS)).reshape(n, FORMS, len(FORM_COLUMNS))
    late = late_days(observation.late_entry_days, forms[:, :, FORM_COLUMNS.index("days")])
    visits = draws.table("visits held", n, VISITS * len(VISIT_COLUMNS)).reshape(n, VISITS, len(VISIT_COLUMNS))
    doses = draws.table("doses given", n, DOSES)
    return [Habits(observation, *tables) for tables in zip(*(t.tolist() for t in (forms, late, visits, doses)))]


def late_days(told: LateDays, u: Floats) -> NDArray[np.int64]:
    """Days from the event to its entry, at least 1; int64, of the shape of the uniforms."""
    days = np.minimum(told.median * np.exp(told.log_sd * normal(u)), told.high)
    return np.maximum(np.rint(days), 1).astype(np.int64)


def shift(weights: tuple[float, ...], u: float, way: float) -> int:
    """Days away from the planned day: earlier or later, equally likely."""
    left = u * sum(weights)
    for days, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return days if way < 0.5 else -days
    return 0
