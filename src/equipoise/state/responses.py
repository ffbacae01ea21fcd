"""Response of each subject: the clinical rules of `response` applied to the subject's stagings, therapy and death."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from equipoise.arrays import UNKNOWN, Flags
from equipoise.state import response
from equipoise.state.axes import randomized_on
from equipoise.state.derive import Treatment, derivation
from equipoise.state.outcomes import death, staging_void_from
from equipoise.state.parameters import parameters
from equipoise.state.segments import has_any
from equipoise.state.staging import assessments, baseline_rows, evaluator_rows, stages_at, stagings
from equipoise.state.tables import Tables
from equipoise.state.therapy import earliest_therapy


def course_of(tables: Tables, treatment: Treatment, protocol: object) -> response.Course:
    """What the response rules need to know beside the stagings: windows from cycle day 1, against the baseline."""
    therapy = earliest_therapy(tables, treatment, protocol)
    return response.Course(
        baseline=stages_at(stagings(tables, protocol), baseline_rows(tables, protocol)),
        origin=treatment.cycle_origin,
        death=death(tables, protocol).event.day,
        therapy=therapy.first.day,
        therapy_minute=therapy.minute,
        void_from=staging_void_from(tables, protocol),
    )


def deciding_assessments(tables: Tables, protocol: object, baseline: np.ndarray) -> response.Assessments:
    """Stagings of the evaluator who decides the endpoints."""
    stage = stagings(tables, protocol)
    rows = evaluator_rows(stage, tables, parameters(protocol).response_evaluator)
    return assessments(tables, protocol, rows, baseline)


@derivation(using=(stagings, baseline_rows))
def main_assessments(tables: Tables, protocol: object) -> response.Assessments:
    """Stagings of the evaluator who decides the endpoints, against the baseline of the protocol."""
    return deciding_assessments(tables, protocol, baseline_rows(tables, protocol))


@derivation(using=(stagings, randomized_on))
def dosing_rows(tables: Tables, protocol: object) -> Flags:
    """Stagings that drive dosing: the investigator's; of a subject without any since randomization, everyone's."""
    stage = stagings(tables, protocol)
    own = evaluator_rows(stage, tables, "INVESTIGATOR")
    since = stage.day >= randomized_on(tables, protocol)[stage.subject]
    has_own = has_any(stage.subject, tables.n, own & since)
    return (stage.day != UNKNOWN) & (own | ~has_own[stage.subject])


class DosingCourse(NamedTuple):
    """Stagings that drive dosing, what else happened, and the responses found so far, by window."""

    rated: response.Assessments
    course: response.Course
    found: dict[response.Window, response.Response]


@derivation(
    "DEATH",
    "ADJUDICATION",
    "DLI",
    "IS_WITHDRAWAL",
    using=(stagings, baseline_rows, dosing_rows, earliest_therapy),
    treated=True,
)
def dosing_course(tables: Tables, treatment: Treatment, protocol: object) -> DosingCourse:
    """The stagings that drive dosing, and what else happened."""
    rated = assessments(tables, protocol, dosing_rows(tables, protocol), baseline_rows(tables, protocol))
    return DosingCourse(rated, course_of(tables, treatment, protocol), {})


def dosing_response(
    tables: Tables, treatment: Treatment, protocol: object, window: response.Window, day: int | None = None
) -> response.Response:
    """Response in a window by the assessments that drive dosing, as known on a day (None: all of them)."""
    rated, course, found = dosing_course(tables, treatment, protocol)
    if day is not None and (rated.day > day).any():
        return response.response(replace(rated, day=np.where(rated.day > day, UNKNOWN, rated.day)), course, window)
    if window not in found:
        found[window] = response.response(rated, course, window)
    return found[window]
