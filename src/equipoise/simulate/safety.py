"""Adverse events of each subject under an arm: infections by class, cytopenias, other severe, mild and serious ones.

Events come with hazards that are constant in pieces; those of one subject share a part of their chance (Gaussian
copula), because who gets a severe infection is also more likely to have a severe cytopenia.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from equipoise.arrays import NEVER, Days, Flags, Floats
from equipoise.days import MONTH_DAYS
from equipoise.simulate.baseline import Labels
from equipoise.simulate.course import NR, Course
from equipoise.simulate.scenario import Scenario
from equipoise.simulate.scenario_course import Arm, Safety
from equipoise.simulate.streams import Draws
from equipoise.simulate.transforms import correlated, days_of, event_months, labels, whole

ORGANISMS = ("VIRAL", "BACTERIAL", "FUNGAL", "OTHER")
MILD_SLOTS = 6
ATTACHED = ("INFECTION", "HEMATOLOGIC")
"""Classes of serious events that are one of the subject's severe events of that class, not an event of their own."""
_LIFE_THREATENING = 0.25


@dataclass(frozen=True, slots=True)
class Events:
    """Adverse events of each subject; days int32 from randomization, NEVER; before death.

    infections: [4, 2, n], by organism and first or second. cytopenias: [2, n], with their kind (platelets, neutrophils,
    both), length in days and nadirs in 10^9/L. other: one of grade 3 or 4 and its class. mild: [6, n] of grade 1 or 2,
    with classes. serious: a serious event that is not fatal, and its class. fatal_reported: whether a death in the
    safety window is reported as serious. Names in `grade4` and `grade2`: bool, in the shape of the events.
    """

    infections: Days
    infection_grade4: Flags
    cytopenias: Days
    cytopenia_kind: Labels
    cytopenia_days: Days
    anc_nadir: Floats
    platelets_nadir: Floats
    other: Days
    other_class: Labels
    other_grade4: Flags
    mild: Days
    mild_class: Labels
    mild_grade2: Flags
    serious: Days
    serious_class: Labels
    fatal_reported: Flags


@dataclass(frozen=True, slots=True)
class _Chance:
    told: Safety
    arm: Arm
    course: Course
    draws: Draws

    @property
    def n(self) -> int:
        return self.course.death.size

    def u(self, purpose: str) -> Floats:
        return self.draws.column(f"safety {purpose}", self.n)

    def risky(self, purpose: str) -> Floats:
        """Uniforms that share a part with the subject's other events."""
        return correlated(self.u(purpose), self.u("shared risk"), self.told.shared_risk)

    def day(self, u: Floats, per_month: float, start: Days | float = 0.0) -> Days:
        """Day of an event at a hazard per month that is higher at first and in non-responders."""
        told = self.told
        months = event_months(
            u,
            np.asarray(start) / MONTH_DAYS,
            (told.early_months, told.months),
            (told.early_factor * per_month, per_month, 0.0),
            np.where(self.course.response28 == NR, told.nonresponder_factor, 1.0),
        )
        return self.alive(days_of(months))

    def alive(self, day: Days) -> Days:
        """The day where it is before death, else NEVER."""
        return np.where(day < self.course.death, day, NEVER).astype(np.int32)


def draw_events(scenario: Scenario, course: Course, arm: str, draws: Draws) -> Events:
    """The adverse events of every subject under an arm."""
    chance = _Chance(scenario.safety, scenario.arms[arm], course, draws)
    told, n = scenario.safety, course.death.size
    infections = np.array(
        [_twice(chance, f"{name} infection", chance.arm.infection_per_month[name]) for name in ORGANISMS]
    )
    cytopenias = _twice(chance, "cytopenia", chance.arm.cytopenia_per_month)
    other = chance.day(chance.risky("other severe event"), chance.arm.other_severe_per_month)
    serious, serious_class = _serious(chance, infections, cytopenias)
    pair, many = (2, n), (MILD_SLOTS, n)
    return Events(
        infections=infections,
        infection_grade4=(draws.uniforms("safety infection grade", 8 * n) < _LIFE_THREATENING).reshape(4, 2, n),
        cytopenias=cytopenias,
        cytopenia_kind=labels(draws.uniforms("safety cytopenia kind", 2 * n), told.cytopenia).reshape(pair),
        cytopenia_days=whole(draws.uniforms("safety cytopenia days", 2 * n), *told.episode_days)
        .reshape(pair)
        .astype(np.int32),
        anc_nadir=_between(draws.uniforms("safety ANC nadir", 2 * n), told.anc_nadir).reshape(pair),
        platelets_nadir=_between(draws.uniforms("safety platelets nadir", 2 * n), told.platelets_nadir).reshape(pair),
        other=other,
        other_class=labels(chance.u("other class"), told.other_severe_class),
        other_grade4=chance.u("other grade") < _LIFE_THREATENING,
        mild=_mild(chance),
        mild_class=labels(draws.uniforms("safety mild class", MILD_SLOTS * n), told.mild_class).reshape(many),
        mild_grade2=(draws.uniforms("safety mild grade", MILD_SLOTS * n) < 0.5).reshape(many),
        serious=serious,
        serious_class=serious_class,
        fatal_reported=chance.u("fatal reported") < told.fatal_serious,
    )


def _between(u: Floats, ends: tuple[float, float]) -> Floats:
    return ends[0] + u * (ends[1] - ends[0])


def _twice(chance: _Chance, what: str, per_month: float) -> Days:
    """First and second event of a kind; int32 [2, n]."""
    first = chance.day(chance.risky(what), per_month)
    over = np.minimum(first, 10**6) + chance.told.repeat_after_days
    second = chance.day(chance.u(f"second {what}"), per_month, over)
    return np.array([first, second])


def _mild(chance: _Chance) -> Days:
    """Events of grade 1 and 2 as they come, int32 [6, n]; no more than six are drawn."""
    waits = -np.log(chance.draws.uniforms("safety mild", MILD_SLOTS * chance.n).reshape(MILD_SLOTS, -1))
    months = np.cumsum(waits, axis=0) / max(chance.told.mild_events_per_month, 1e-9)
    return chance.alive(days_of(np.where(months < chance.told.mild_months, months, np.inf)))


def _serious(chance: _Chance, infections: Days, cytopenias: Days) -> tuple[Days, Labels]:
    """A serious event that is not fatal; a serious infection or cytopenia is the severe one, if the subject has one."""
    day = chance.day(chance.u("serious event"), chance.arm.serious_per_month)
    weights = dict(chance.told.serious_class)
    drawn = labels(chance.u("serious class"), weights)
    instead = labels(
        chance.u("other serious class"), {name: weight for name, weight in weights.items() if name not in ATTACHED}
    )
    severe = {"INFECTION": infections.min(axis=(0, 1)), "HEMATOLOGIC": cytopenias[0]}
    for name in ATTACHED:
        mine = (drawn == name) & (day < NEVER)
        there = mine & (severe[name] < NEVER)
        day = np.where(there, severe[name], day)
        drawn = np.where(mine & ~there, instead, drawn)
    return day.astype(np.int32), drawn
