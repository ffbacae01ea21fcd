"""What happens to each subject under an arm: response, relapse, death and cause, chronic GVHD, new therapy, leaving.

A latent class of response at day 28 is drawn first; it decides the hazards. All uniforms are drawn by purpose and are
the same under every arm, so a subject has one course for each arm and a change of one number leaves the rest.

The model is that of natural-history.md of the clinical reference: hazards constant in pieces, months of 30.4375 days
from randomization. CR and PR cannot die or relapse before their own day-28 window (cycle day 25 to 31) has closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from equipoise.arrays import NEVER, Codes, Days, Flags, Floats
from equipoise.days import MONTH_DAYS
from equipoise.simulate.baseline import Baseline, Labels
from equipoise.simulate.scenario import Observation, Scenario
from equipoise.simulate.scenario_course import Arm
from equipoise.simulate.stage_table import StageTable, stage_table
from equipoise.simulate.streams import Draws
from equipoise.simulate.transforms import choice, days_of, event_months, labels, whole

CLASSES = ("CR", "PR", "NR")
CR, PR, NR = range(3)
RELAPSE_CAUSE = "RELAPSE"
WINDOW_CLOSED = 31
"""Elapsed days from cycle day 1 to the first day after the day-28 window."""
DAY_56_WINDOW = (48, 62)
"""First and last elapsed day of the day-56 window."""
_MILD_SHARE = 0.4
_MOST_LIKELY = 0.995


@dataclass(frozen=True, slots=True)
class Course:
    """The course of each subject under one arm; arrays [n]. Days int32, elapsed from randomization; NEVER.

    sl_start: second-line start. msc_start: first MSC as planned. cycle_start: cycle day 1. response28, response56:
    0 CR, 1 PR, 2 NR, as a masked assessor would see them in a living subject without new therapy, int8.
    nonresponse: SD, PD or MR. new_therapy: first countable one (a cross-over too), its agent. crossover: first MSC of a
    control subject. dli and dli_reason. severe_cgvhd: first day of severe; cgvhd_severity: worst ever, 1-3, 0 without.
    lost: lost to follow-up. stop_visits: visits stopped, survival followed. withdrawn: use of data withdrawn.
    """

    sl_start: Days
    msc_start: Days
    cycle_start: Days
    response28: Codes
    response56: Codes
    nonresponse: Labels
    relapse: Days
    death: Days
    death_cause: Labels
    new_therapy: Days
    agent: Labels
    crossover: Days
    dli: Days
    dli_reason: Labels
    cgvhd: Days
    severe_cgvhd: Days
    cgvhd_severity: Codes
    lost: Days
    stop_visits: Days
    withdrawn: Days


class _Starts(NamedTuple):
    sl: Days
    msc: Days
    cycle: Days


@dataclass(frozen=True, slots=True)
class _Told:
    """What all parts of the course need: the scenario, one arm of it, the subjects and their uniforms."""

    scenario: Scenario
    arm: Arm
    observation: Observation
    baseline: Baseline
    draws: Draws

    def u(self, purpose: str) -> Floats:
        return self.draws.column(f"course {purpose}", self.baseline.n)


def draw_course(
    scenario: Scenario,
    observation: Observation,
    baseline: Baseline,
    arm: str,
    draws: Draws,
    *,
    gives_msc: bool,
    table: StageTable | None = None,
) -> Course:
    """The course of every subject under an arm.

    Args:
        observation: how well it will be observed; response rates are raised by what will not be seen.
        arm: id of the arm in the scenario.
        gives_msc: whether the arm gives MSC, which then start its cycle.
        table: the scenario's stage table, when it is at hand.
    """
    told = _Told(scenario, scenario.arms[arm], observation, baseline, draws)
    starts = _starts(told, gives_msc)
    response = _response(told, table or stage_table(scenario.baseline))
    open_from = np.where(response == NR, 0, starts.cycle + WINDOW_CLOSED).astype(np.int32)
    relapse, nonrelapse, death = _deaths(told, response, open_from)
    cgvhd, severe, severity = _cgvhd(told, death)
    new_therapy, crossover = _new_therapy(told, starts, response, np.minimum(relapse, death))
    dli, dli_reason = _lymphocytes(told, relapse, death)
    cause = _causes(told, nonrelapse, response, cgvhd)
    return Course(
        sl_start=starts.sl,
        msc_start=starts.msc,
        cycle_start=starts.cycle,
        response28=response,
        response56=_response56(told, response, crossover),
        nonresponse=labels(told.u("kind of nonresponse"), scenario.response.nonresponse),
        relapse=relapse,
        death=death,
        death_cause=np.where(relapse < NEVER, RELAPSE_CAUSE, cause),
        new_therapy=new_therapy,
        agent=labels(told.u("agent"), told.arm.new_therapy.agents),
        crossover=crossover,
        dli=dli,
        dli_reason=dli_reason,
        cgvhd=cgvhd,
        severe_cgvhd=severe,
        cgvhd_severity=severity,
        **_leaving(told, starts, death),
    )


def _starts(told: _Told, gives_msc: bool) -> _Starts:
    """Second-line start, first MSC and cycle day 1. MSC keep to their range of days after onset where they can."""
    treatment, base = told.scenario.treatment, told.baseline
    sl = choice(told.u("second-line start"), treatment.second_line_start_days)
    if not gives_msc:
        never = np.full(base.n, NEVER, np.int32)
        return _Starts(sl.astype(np.int32), never, sl.astype(np.int32))
    latest = sl + len(treatment.msc_start_days) - 1
    first, last = told.scenario.baseline.onset_to_msc_days
    msc = sl + choice(told.u("first MSC"), treatment.msc_start_days)
    msc = np.clip(np.clip(msc, base.onset + first, base.onset + last), sl, latest)
    msc = np.where(told.u("MSC never") < treatment.msc_never, NEVER, msc).astype(np.int32)
    return _Starts(sl.astype(np.int32), msc, np.where(msc == NEVER, sl, msc).astype(np.int32))


def class_probabilities(
    arm: Arm, grade: int, unobserved: float, share_indivisible: float
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Probabilities of CR, PR and NR of a grade: of subjects who can respond in part, and of the indivisible.

    Overall response is the same in both; the indivisible have no partial response, so the others have more of it and
    the grade as a whole keeps its complete and partial responses.

    Args:
        unobserved: part of the responses that will not be observed; the true rates are raised by it.
        share_indivisible: share of the grade with one organ at stage 1 and no other.
    """
    overall = min(arm.response.overall[str(grade)] / (1 - unobserved), _MOST_LIKELY)
    partial = overall * (1 - arm.response.complete_of_overall[str(grade)])
    partial = min(partial / (1 - share_indivisible), overall)
    return (overall - partial, partial, 1 - overall), (overall, 0.0, 1 - overall)


def _response(told: _Told, table: StageTable) -> Codes:
    """Class of response at day 28."""
    weights = np.empty((told.baseline.n, 3))
    alone = told.baseline.indivisible
    for grade in np.unique(told.baseline.grade):
        divisible, indivisible = class_probabilities(
            told.arm, int(grade), told.observation.unobserved_responses, table.share_indivisible(int(grade))
        )
        of_grade = told.baseline.grade == grade
        weights[of_grade] = divisible
        weights[of_grade & alone] = indivisible
    return choice(told.u("response"), weights).astype(np.int8)


def _response56(told: _Told, response: Codes, crossover: Days) -> Codes:
    """Class at day 56: partial responses may become complete; some non-responders respond late."""
    course, arm = told.scenario.response, told.arm.response
    completes = (response == PR) & (told.u("partial to complete") < course.partial_to_complete_by_day56)
    late = told.u("late response") < np.where(crossover < NEVER, arm.late_after_crossover, arm.late)
    complete = told.u("late complete") < course.late_complete_share
    of_late = np.where(complete | told.baseline.indivisible, CR, PR)
    return np.where(completes, CR, np.where((response == NR) & late, of_late, response)).astype(np.int8)


def _deaths(told: _Told, response: Codes, open_from: Days) -> tuple[Days, Days, Days]:
    """Relapse, non-relapse death and death: relapse and non-relapse death compete; death follows relapse."""
    arm, start = told.arm, open_from / MONTH_DAYS
    nonrelapse = np.full(response.size, np.inf)
    hazard = arm.nonrelapse_death
    drawn = told.u("non-relapse death")
    for k, name in enumerate(CLASSES):
        months = event_months(drawn, start, hazard.until_months, hazard.per_month[name])
        nonrelapse = np.where(response == k, months, nonrelapse)
    relapse = event_months(told.u("relapse"), start, arm.relapse.until_months, arm.relapse.per_month)
    relapsed = relapse < nonrelapse
    after = event_months(
        told.u("death after relapse"), 0.0, arm.death_after_relapse.until_months, arm.death_after_relapse.per_month
    )
    relapse_day = days_of(np.where(relapsed, relapse, np.inf))
    death_after = np.where(relapsed, relapse_day + days_of(np.where(relapsed, after, 0.0)).astype(np.int64), NEVER)
    nonrelapse_day = days_of(np.where(relapsed, np.inf, nonrelapse))
    death = np.minimum(np.minimum(death_after, NEVER), nonrelapse_day).astype(np.int32)
    return relapse_day, nonrelapse_day, death


def _cgvhd(told: _Told, death: Days) -> tuple[Days, Days, Codes]:
    """Chronic GVHD: onset, first day of severe, and worst severity. Not on or after the day of death."""
    hazard, severe = told.arm.cgvhd, told.arm.severe_cgvhd
    onset = days_of(event_months(told.u("chronic GVHD"), 0.0, hazard.until_months, hazard.per_month))
    onset = np.where(onset < death, onset, NEVER)
    becomes = told.u("severe chronic GVHD") < severe.share
    later = told.u("severe at onset") >= severe.at_onset
    wait = np.where(later, whole(told.u("days to severe"), 1, max(severe.within_days, 1)), 0)
    since = np.where(becomes & (onset < NEVER), onset.astype(np.int64) + wait, NEVER)
    since = np.where(since < death, since, NEVER).astype(np.int32)
    mild = told.u("mild chronic GVHD") < _MILD_SHARE
    severity = np.where(onset == NEVER, 0, np.where(since < NEVER, 3, np.where(mild, 1, 2)))
    return onset.astype(np.int32), since, severity.astype(np.int8)


def _new_therapy(told: _Told, starts: _Starts, response: Codes, ended: Days) -> tuple[Days, Days]:
    """First countable systemic therapy, and the cross-overs among them.

    Of the non-responders who live without relapse when their window closes, a share starts one within three days.
    """
    told_therapy = told.arm.new_therapy
    closed = starts.cycle + WINDOW_CLOSED
    start = closed + whole(told.u("days to new therapy"), 0, 3)
    starts_now = told.u("new therapy at day 28") < told_therapy.nonresponders_at_day28
    hazard = told_therapy.responders
    later = days_of(
        event_months(told.u("new therapy later"), closed / MONTH_DAYS, hazard.until_months, hazard.per_month)
    )
    day = np.where(response == NR, np.where(starts_now, start, NEVER), later)
    day = np.where(day < ended, day, NEVER).astype(np.int32)
    crosses = (response == NR) & (told.u("cross-over") < told_therapy.crossover_of_those)
    return day, np.where(crosses, day, NEVER).astype(np.int32)


def _lymphocytes(told: _Told, relapse: Days, death: Days) -> tuple[Days, Labels]:
    """Donor lymphocytes: after every relapse that is survived long enough; now and then for prevention."""
    leaving = told.scenario.leaving
    low, high = leaving.dli_after_relapse_days
    treats = np.where(relapse < NEVER, relapse.astype(np.int64) + whole(told.u("days to DLI"), low, high), NEVER)
    prevents = days_of(
        event_months(told.u("preventive DLI"), 0.0, (2, 12), (0.0, leaving.preventive_dli_per_month, 0.0))
    )
    prevents = np.where(prevents < relapse, prevents, NEVER)
    day = np.minimum(treats, prevents)
    reason = np.where(prevents < treats, "PREVENTION", "TREATMENT")
    return np.where(day < death, day, NEVER).astype(np.int32), reason


def _causes(told: _Told, nonrelapse: Days, response: Codes, cgvhd: Days) -> Labels:
    """Cause of each non-relapse death, among those that occur at its time; chronic GVHD kills only who has it."""
    causes = told.arm.death_cause
    months = nonrelapse / MONTH_DAYS
    factor = told.scenario.response.agvhd_death_factor
    weights = np.empty((nonrelapse.size, len(causes)))
    for k, (name, cause) in enumerate(causes.items()):
        weights[:, k] = np.where((months >= cause.months[0]) & (months <= cause.months[1]), cause.weight, 0.0)
        if name == "CGVHD":
            weights[:, k] *= cgvhd < nonrelapse
        if name == "AGVHD":
            weights[:, k] *= np.array([factor[each] for each in CLASSES])[response]
    none: Flags = weights.sum(axis=1) == 0
    weights[none] = 1.0
    return np.where(none, "INFECTION", np.array(list(causes))[choice(told.u("cause of death"), weights)])


def _leaving(told: _Told, starts: _Starts, death: Days) -> dict[str, Days]:
    """Losses of information, each no later than death."""
    leaving = told.scenario.leaving
    start = 0.0 if told.observation.lost_before_day56 else (starts.cycle + DAY_56_WINDOW[1] + 1) / MONTH_DAYS

    def day(purpose: str, per_month: float) -> Days:
        found = days_of(event_months(told.u(purpose), start, (), (per_month,)))
        return np.where(found < death, found, NEVER).astype(np.int32)

    return {
        "lost": day("loss", leaving.lost_per_month),
        "stop_visits": day("stopping visits", leaving.stop_visits_per_month),
        "withdrawn": day("withdrawal of data", leaving.withdraw_data_per_month),
    }
