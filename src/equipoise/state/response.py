"""Response of acute GVHD to treatment: organ by organ, overall, at day 28 and day 56, durable, and its loss.

Stages are int8 [4, n] in the order skin, liver, upper GI, lower GI (`state.gvhd`); -1 is an organ not evaluable.
Assessments are rows grouped by subject: rows of subject i are `offsets[i]:offsets[i + 1]`, by day and time ascending.
Days are whole days on one scale for all arguments (calendar days or elapsed days, with the origin on that scale).

Sources: Harris et al. 2016 (MAGIC); Martin et al. 2009, Biol Blood Marrow Transplant 15:777-784 (VGPR, mixed response);
Zeiser et al. 2020, N Engl J Med 382:1800-1810 (REACH2). The index trial defines overall response as CR plus PR only.
Checked: by hand, every worked example (tests/spec/response).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from equipoise.arrays import MISSING, NEVER, UNKNOWN, Codes, Days, Flags, Floats, Offsets, Stages
from equipoise.state.limits import all_yes, any_yes, compared, opposite
from equipoise.state.segments import NO_ROW, first_day, has_any, nearest_row, subject_of_rows, take

Minutes: TypeAlias = NDArray[np.int16]

# The nine codes, in the order in which they are evaluated, and the three levels of the index trial.
RESPONSES = ("DEAD", "TRT", "MISSING", "CR", "VGPR", "PR", "MR", "PD", "SD")
LEVELS = ("CR", "PR", "NR")
DEAD, TRT, NOT_ASSESSED, CR, VGPR, PR, MR, PD, SD = (np.int8(code) for code in range(len(RESPONSES)))
LEVEL_CR, LEVEL_PR, LEVEL_NR = (np.int8(level) for level in range(len(LEVELS)))
LEVEL_OF_RESPONSE = {
    "DEAD": "NR",
    "TRT": "NR",
    "MISSING": "NR",
    "CR": "CR",
    "VGPR": "PR",
    "PR": "PR",
    "MR": "NR",
    "PD": "NR",
    "SD": "NR",
}
_LEVEL = np.array([LEVELS.index(LEVEL_OF_RESPONSE[name]) for name in RESPONSES], np.int8)

ORGAN_CHANGES = ("UNINVOLVED", "RESOLVED", "IMPROVED", "SAME", "WORSE")
UNINVOLVED, RESOLVED, IMPROVED, SAME, WORSE = (np.int8(code) for code in range(len(ORGAN_CHANGES)))
#                                   uninvolved, resolved, improved, same, worse, not known
ORGAN_RESPONSE_OF_CHANGE = np.array([MISSING, CR, PR, SD, PD, MISSING], np.int8)

# fmt: off
#                           no organ worse, one worse
CODE_OF_CHANGE = np.array([[     SD,           PD],  # no organ improved
                           [     PR,           MR]], np.int8)  # one improved
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Days counted from the origin (origin = 0) in which an assessment counts; both ends are inside."""

    nominal: int
    earliest: int
    latest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRules:
    """Limits that the index trial leaves open; a protocol may set others.

    `day28`, `day56`: windows, elapsed days from cycle day 1 (cycle day 28 is elapsed day 27). `vgpr_rash_below`: % of
    body surface; `vgpr_bilirubin_below`: mg/dL; `vgpr_bilirubin_part_below`: part of the baseline bilirubin.
    """

    day28: Window = Window(nominal=27, earliest=24, latest=30)
    day56: Window = Window(nominal=55, earliest=48, latest=62)
    vgpr_rash_below: float = 25
    vgpr_bilirubin_below: float = 2.0
    vgpr_bilirubin_part_below: float = 0.25


DEFAULT_RULES = ResponseRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessments:
    """Organ stagings, one a row, grouped by subject.

    day: int32 [n_rows], UNKNOWN is never used. stages: int8 [4, n_rows]. vgpr: criteria met, answer, int8 [n_rows].
    minute: minutes since midnight, int16 [n_rows], -1 if no time was noted. offsets: int64 [n_subjects + 1].
    """

    offsets: Offsets
    day: Days
    stages: Stages
    vgpr: Codes
    minute: Minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What else happened to each subject; arrays [n_subjects].

    baseline: organ stages at baseline, int8 [4, n_subjects]. origin: day 0 of the windows. death: day of death.
    therapy, therapy_minute: first dose of a new systemic therapy for acute GVHD; minutes since midnight, int16, or -1.
    void_from: first day from which staging no longer counts (donor lymphocytes, or immunosuppression withdrawn, for
    relapse). Days int32; NEVER: did not happen; UNKNOWN: happened on a day that is not known.
    """

    baseline: Stages
    origin: Days
    death: Days
    therapy: Days
    therapy_minute: Minutes
    void_from: Days


class Response(NamedTuple):
    """Response of each subject in a window; arrays [n_subjects].

    code: one of the nine. day: of the assessment that decided, NEVER if none did. row: of that assessment, -1 if none.
    """

    code: Codes
    day: Days
    row: NDArray[np.int64]


def level(code: Codes) -> Codes:
    """Three levels of the index trial: 0 CR, 1 PR (also VGPR), 2 NR (all others, a missing assessment too)."""
    return _LEVEL[code]


def responded(code: Codes) -> Flags:
    """Overall response: CR, VGPR or PR."""
    return _LEVEL[code] < LEVEL_NR


def organ_change(baseline: Stages, now: Stages) -> Codes:
    """Change of each organ since baseline (`ORGAN_CHANGES`), int8 of the shape of the arguments; -1 where unknown."""
    change = SAME + np.sign(now - baseline)  # one stage or more: IMPROVED or WORSE
    change = np.where(now == 0, np.where(baseline == 0, UNINVOLVED, RESOLVED), change)
    return np.where((baseline < 0) | (now < 0), MISSING, change).astype(np.int8)


def organ_response(baseline: Stages, now: Stages) -> Codes:
    """Response of each organ: CR (resolved), PR, SD or PD as the nine codes; -1 where uninvolved or not known."""
    return ORGAN_RESPONSE_OF_CHANGE[organ_change(baseline, now)]


def overall_response(baseline: Stages, now: Stages, vgpr: Codes) -> Codes:
    """Overall response of a living subject without new therapy, from complete stagings; int8 [n].

    CR if every organ is at stage 0; else by organs improved and worse: PR (VGPR where its criteria are met), MR, PD,
    SD. MISSING where `now` is incomplete, or where `baseline` is incomplete and it is not a CR.

    Args:
        baseline, now: stages, int8 [4, n].
        vgpr: whether the criteria of a very good partial response are met, answer, int8 [n]; -1 counts as not met.
    """
    improved, worse = (now < baseline).any(axis=0), (now > baseline).any(axis=0)
    code = CODE_OF_CHANGE[improved.view(np.int8), worse.view(np.int8)]
    code = np.where((code == PR) & (vgpr == 1), VGPR, code)
    code = np.where((baseline < 0).any(axis=0), NOT_ASSESSED, code)
    code = np.where((now == 0).all(axis=0), CR, code)
    return np.where((now < 0).any(axis=0), NOT_ASSESSED, code)


def vgpr_criteria(
    *,
    rash_bsa: Floats,
    bullae: Codes,
    bilirubin: Floats,
    baseline_bilirubin: Floats,
    eating: Codes,
    stool_formed: Codes,
    rules: ResponseRules = DEFAULT_RULES,
) -> Codes:
    """Whether the criteria of a very good partial response are met: 1, 0, or -1 where a missing value decides.

    Skin: no rash, or faint residual rash on less than 25 % without bullae. Liver: bilirubin below 2 mg/dL or below a
    quarter of its baseline. Gut: eating or enteral feeding with at most occasional nausea; mostly formed stool without
    overt bleeding or cramps.

    Args:
        rash_bsa: % of body surface; bilirubin, baseline_bilirubin: mg/dL; float64 [n].
        bullae, eating, stool_formed: answers, int8 [n].

    Source: Martin et al. 2009, Biol Blood Marrow Transplant 15:777-784.
    """
    faint_rash = all_yes(compared(rash_bsa < rules.vgpr_rash_below, rash_bsa), opposite(bullae))
    part = rules.vgpr_bilirubin_part_below * baseline_bilirubin
    skin = any_yes(compared(rash_bsa == 0, rash_bsa), faint_rash)
    liver = any_yes(
        compared(bilirubin < rules.vgpr_bilirubin_below, bilirubin), compared(bilirubin < part, bilirubin, part)
    )
    return all_yes(skin, liver, eating, stool_formed)


def response(assessments: Assessments, course: Course, window: Window) -> Response:
    """Response of each subject in a window.

    The complete assessment nearest to the nominal day decides, ties to the earlier; a subject without one is DEAD or
    TRT if death or new therapy came by the end of the window, else MISSING. An assessment on the day of the first dose
    of a new therapy counts if it was done before that dose, or if a time is not known. A day of death that is not known
    is not before an assessment; without one the code is MISSING. A day of new therapy that is not known is taken as
    before the assessment. Staging from `void_from` on does not count.
    """
    complete = np.min(assessments.stages, axis=0) >= 0
    row = _nearest(assessments, course, window, complete)
    return _in_window(assessments, course, window, row, assessments.stages)


def best_case_response(assessments: Assessments, course: Course, window: Window) -> Response:
    """Response if every organ missing at an assessment had been at stage 0; for the sensitivity analysis.

    It differs from `response` only where no complete assessment is in the window and an incomplete one is.
    """
    primary = response(assessments, course, window)
    row = _nearest(assessments, course, window, np.ones(assessments.day.size, np.bool_))
    best = _in_window(assessments, course, window, row, np.where(assessments.stages < 0, 0, assessments.stages))
    found = primary.row != NO_ROW
    return Response(
        code=np.where(found, primary.code, best.code),
        day=np.where(found, primary.day, best.day),
        row=np.where(found, primary.row, best.row),
    )


def durable_response(
    assessments: Assessments, course: Course, rules: ResponseRules = DEFAULT_RULES
) -> tuple[Flags, Response, Response]:
    """Durable overall response at day 56, bool [n_subjects]; with the responses at day 28 and day 56.

    Overall response at both days against one baseline, with no death, no new therapy and no organ worse than at
    baseline (PD or MR) at any assessment in between. A partial response that loses a stage but stays better than
    baseline is still one. Interim assessments that lack an organ count by the organs that they have.
    """
    at_28, at_56 = response(assessments, course, rules.day28), response(assessments, course, rules.day56)
    subject = subject_of_rows(assessments.offsets)
    between = (assessments.day > at_28.day[subject]) & (assessments.day < at_56.day[subject])
    worse = ((assessments.stages > course.baseline[:, subject]) & (assessments.stages >= 0)).any(axis=0)
    lapsed = has_any(subject, course.origin.size, between & worse)
    return responded(at_28.code) & responded(at_56.code) & ~lapsed, at_28, at_56


def loss_of_response(assessments: Assessments, course: Course, since: Days) -> Days:
    """Day of loss of response: the first assessment with MR, PD or SD, new therapy, or death; int32 [n_subjects].

    Args:
        since: day of the response that can be lost, NEVER for a subject without one. Assessments of later days count;
            so do a new therapy and a death from that day on.

    Returns:
        NEVER where it was not lost; UNKNOWN where only an event on a day that is not known did end it.
    """
    subject = subject_of_rows(assessments.offsets)
    code = overall_response(course.baseline[:, subject], assessments.stages, assessments.vgpr)
    shown = (code == MR) | (code == PD) | (code == SD)
    counts = shown & _counted(assessments, course, subject) & (assessments.day > since[subject])
    lost = first_day(assessments.day, subject, since.size, counts)
    undated = (course.therapy == UNKNOWN) | (course.death == UNKNOWN)
    for event in (course.therapy, course.death):
        lost = np.minimum(lost, np.where(event >= since, event, NEVER))
    lost = np.where((lost == NEVER) & undated, UNKNOWN, lost)
    return np.where(since == NEVER, NEVER, lost).astype(np.int32)


def _counted(assessments: Assessments, course: Course, subject: NDArray[np.int64]) -> Flags:
    """Rows whose staging counts: on a known day, and before staging was made void."""
    return (assessments.day != UNKNOWN) & (assessments.day < course.void_from[subject])


def _nearest(assessments: Assessments, course: Course, window: Window, usable: Flags) -> NDArray[np.int64]:
    """The usable row in the window of each subject nearest to the nominal day; -1 if there is none."""
    subject = subject_of_rows(assessments.offsets)
    elapsed = assessments.day.astype(np.int64) - course.origin[subject]
    inside = (elapsed >= window.earliest) & (elapsed <= window.latest) & _counted(assessments, course, subject)
    nominal = course.origin + np.int64(window.nominal)
    return nearest_row(assessments.day, nominal, subject, course.origin.size, inside & usable)


def _in_window(
    assessments: Assessments, course: Course, window: Window, row: NDArray[np.int64], stages: Stages
) -> Response:
    """Response at the chosen row of each subject, with `stages` [4, n_rows]."""
    found = row != NO_ROW
    now = np.array([take(organ, row, MISSING) for organ in stages])
    code = overall_response(course.baseline, now, take(assessments.vgpr, row, MISSING))
    day = take(assessments.day, row, NEVER)
    end = np.where(found, day, course.origin + np.int64(window.latest))
    minute = take(assessments.minute, row, MISSING)
    same_day = found & (course.therapy == day) & (course.therapy_minute >= 0) & (minute >= 0)
    after_dose = same_day & (course.therapy_minute <= minute)
    on_last_day = ~found & (course.therapy == end)
    treated = (course.therapy < end) | after_dose | on_last_day
    code = np.where(treated, TRT, code)
    dead = (course.death <= end) & (course.death != UNKNOWN)
    return Response(np.where(dead, DEAD, code), day, row)
