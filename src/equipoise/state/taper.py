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


@derivation(using=(second_line_start,))
def taper_days(tables: Tables, protocol: Any) -> Days:
    """When each step is due, int32 [n_subjects, n_steps]; `NEVER` before second-line start."""
    start = second_line_start(tables, protocol)[:, None]
    elapsed = np.array(parameters(protocol).taper.sl_day, np.int32) - 1
    return np.where(start == NEVER, NEVER, np.where(start == NEVER, 0, start) + elapsed)


@derivation(using=(starting_mg, taper_days))
def taper_steps(tables: Tables, protocol: Any) -> TaperSteps:
    """When each step is due and the dose that it asks for."""
    mg = starting_mg(tables, protocol)[:, None] * np.array(parameters(protocol).taper.percent) / 100
    return TaperSteps(taper_days(tables, protocol), mg)
