"""The steroid taper of each subject: the step that is due on a day, and the dose that it asks for."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from equipoise.arrays import NEVER, Days, Floats
from equipoise.state.axes import second_line_start
from equipoise.state.derive import derivation
from equipoise.state.parameters import parameters
from equipoise.state.steroid_course import starting_mg
from equipoise.state.tables import Tables


class TaperSteps(NamedTuple):
    """Steps of the taper, [n_subjects, n_steps]: day (int32, `NEVER` before second-line start) and dose from then on.

    mg: daily dose in methylprednisolone, float64; NaN where the starting dose is not known.
    """

    day: Days
    mg: Floats


@derivation(using=(starting_mg, second_line_start))
def taper_steps(tables: Tables, protocol: Any) -> TaperSteps:
    """When each step is due and the dose that it asks for."""
    plan = parameters(protocol).taper
    start = second_line_start(tables, protocol)[:, None]
    elapsed = np.array(plan.sl_day, np.int32) - 1
    day = np.where(start == NEVER, NEVER, np.where(start == NEVER, 0, start) + elapsed)
    mg = starting_mg(tables, protocol)[:, None] * np.array(plan.percent) / 100
    return TaperSteps(day, mg)
