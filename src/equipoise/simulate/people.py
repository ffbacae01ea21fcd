"""Virtual subjects: what is true of one person on any day, ready to be asked by a virtual site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import exp, log
from typing import Any

import numpy as np

from equipoise.arrays import NEVER
from equipoise.simulate.baseline import CHILD_WEIGHT_KG, Baseline, draw_baseline
from equipoise.simulate.course import Course, draw_course
from equipoise.simulate.noise import place, series
from equipoise.simulate.paths import N_UNIFORMS, Fate, OrganPath, before_randomization, organ_paths
from equipoise.simulate.safety import Events, draw_events
from equipoise.simulate.scenario import Observation, Scenario
from equipoise.simulate.stage_table import stage_table
from equipoise.simulate.streams import Draws
from equipoise.simulate.transforms import truncated_normal
from equipoise.state.gvhd import ORGANS

N_HABITS = 32
"""Uniform numbers that settle what stays the same in a person (kind of stage 4, scores of chronic GVHD ...)."""
DOSES = 14
"""MSC doses for which product data are drawn."""
N_DOSE = 6
_VIABILITY = 2
"""Place of the viability among the uniforms of a dose."""
_VITALS = {"temperature": 0.5, "systolic": 0.7, "pulse": 0.7, "oxygen": 0.3}
_PLACE_IN_STAGE = 0.6
_ADULT_FROM = 18.0
_NORMAL_PLATELETS = 150.0


@dataclass(frozen=True, slots=True)
class Episode:
    """A cytopenia: first and last day, and the lowest counts in 10^9/L (infinite where a count is not affected)."""

    first: int
    last: int
    anc: float
    platelets: float

    def part(self, day: int) -> float:
        """How deep in the episode a day is: 1 in the middle, 0 outside."""
        if not self.first <= day <= self.last:
            return 0.0
        return 1.0 - abs(2 * (day - self.first) / max(self.last - self.first, 1) - 1) * 0.4


@dataclass(slots=True)
class Person:
    """One virtual subject under the arm that they were given. Days are elapsed from randomization.

    row: their place among the subjects of the replicate. course, events: of the arm, as scalars by name; None before
    randomization. paths: organ stages. habits: uniforms, [N_HABITS]. doses: uniforms for the bags, [DOSES, N_DOSE];
    viability: of each bag, %.
    """

    row: int
    scenario: Scenario
    baseline: Mapping[str, Any]
    noise: Mapping[str, list[float]]
    habits: list[float]
    doses: list[list[float]]
    viability: list[float]
    path_uniforms: list[float]
    paths: list[OrganPath]
    course: Mapping[str, Any] | None = None
    events: Mapping[str, Any] | None = None
    episodes: tuple[Episode, ...] = ()

    # -- organs --------------------------------------------------------------------------------------------------------

    def stages(self, day: int) -> tuple[int, int, int, int]:
        """Stages of skin, liver, upper GI and lower GI on a day."""
        skin, liver, upper, lower = self.paths
        return skin.at(day), liver.at(day), upper.at(day), lower.at(day)

    @property
    def child(self) -> bool:
        """Whether the child's stool limits apply: under 18 years at consent and at most 50 kg."""
        return self.age < _ADULT_FROM and self.screening_weight <= CHILD_WEIGHT_KG

    def measure(self, organ: int, stage: int, day: int, usual: Mapping[str, tuple[float, float]]) -> float:
        """A measurement of an organ at a stage, inside what is usual for the stage.

        It moves towards the next stage as the step comes nearer, and has its noise from day to day.
        """
        path, told = self.paths[organ], self.scenario.organs.day_to_day
        trend = path.next_change(day) * (path.fraction(day) - 0.5) * _PLACE_IN_STAGE
        at = 0.5 + trend + told.sd * self.noise[ORGANS[organ]][place(day)]
        low, high = usual[str(stage)]
        return low + (high - low) * min(max(at, 0.0), 1.0)

    # -- the body ------------------------------------------------------------------------------------------------------

    @property
    def age(self) -> float:
        """Years at consent."""
        return self.baseline["age"]

    @property
    def screening_weight(self) -> float:
        """Weight at screening, kg."""
        return self.baseline["weight_kg"]

    def weight(self, day: int) -> float:
        """Weight on a day, kg to a tenth."""
        told = self.scenario.labs.weight_change
        lost = told.upper_gi_loss * (self.paths[2].at(day) > 0)
        change = min(max(told.sd * self.noise["weight"][place(day)], -2.5 * told.sd), 2.5 * told.sd)
        return round(self.screening_weight * (1 + change - lost), 1)

    def count(self, name: str, day: int) -> float:
        """A blood count in 10^9/L: neutrophils (`anc`), `platelets` or `lymphocytes`.

        Outside an episode not below the floor of the scenario; counts recover in the months after transplant.
        """
        told = getattr(self.scenario.labs, name)
        value = told.median * exp(told.log_sd * self.noise[name][place(day)])
        if name == "platelets":
            grown = min(max(day, 0) / 30.4375 / self.scenario.labs.recovery_months, 1.0)
            value *= exp(grown * log(_NORMAL_PLATELETS / told.median))
        if value < told.floor:
            value = told.floor + (told.floor - value) * 0.5
        if name == "lymphocytes":
            return value
        for episode in self.episodes:
            depth = episode.part(day)
            if depth > 0:
                value = min(value, getattr(episode, name) * (2.0 - depth))
        return value

    def level(self, name: str, day: int) -> float:
        """A lognormal laboratory value on a day."""
        told = getattr(self.scenario.labs, name)
        return told.median * exp(told.log_sd * self.noise[name][place(day)])

    # -- fate ----------------------------------------------------------------------------------------------------------

    def happens(self, what: str) -> int:
        """Day of an event of the course (`relapse`, `death` ...); NEVER."""
        return self.course[what] if self.course is not None else int(NEVER)

    def follow(self, course: Mapping[str, Any], events: Mapping[str, Any]) -> None:
        """From now on the person is under an arm: its course, adverse events and organ paths."""
        self.course, self.events = course, events
        self.episodes = _episodes(events)
        self.paths = organ_paths(self._fate(course), self.path_uniforms)

    def _fate(self, course: Mapping[str, Any]) -> Fate:
        base, told = self.baseline, self.scenario.response
        return Fate(
            baseline=tuple(base["stages"]),
            criterion=base["criterion"],
            worse=base["worse"],
            steroid_start=base["steroid_start"],
            resistant=base["resistant"],
            by_day14=self.habits[0] < told.day14_share[str(base["grade"])],
            halving=told.halving_days,
            **{
                name: course[name]
                for name in (
                    "cycle_start", "response28", "response56", "nonresponse", "new_therapy", "death", "death_cause"
                )
            },
        )  # fmt: skip


def _episodes(events: Mapping[str, Any]) -> tuple[Episode, ...]:
    found = []
    for k, first in enumerate(events["cytopenias"]):
        if first != NEVER:
            kind = events["cytopenia_kind"][k]
            anc = events["anc_nadir"][k] if kind != "platelets" else float("inf")
            platelets = events["platelets_nadir"][k] if kind != "neutrophils" else float("inf")
            found.append(Episode(first, first + events["cytopenia_days"][k], anc, platelets))
    return tuple(found)


class People:
    """All virtual subjects of one replicate, with a course and events under each arm.

    Args:
        gives_msc: arms that give MSC.
    """

    def __init__(self, scenario: Scenario, observation: Observation, draws: Draws, gives_msc: Mapping[str, bool]):
        n = scenario.accrual.screened
        table = stage_table(scenario.baseline)
        self.scenario, self.gives_msc = scenario, gives_msc
        self.baseline: Baseline = draw_baseline(scenario, draws, n, table)
        self.courses: dict[str, Course] = {}
        self.events: dict[str, Events] = {}
        for arm, with_msc in gives_msc.items():
            course = draw_course(scenario, observation, self.baseline, arm, draws, gives_msc=with_msc, table=table)
            self.courses[arm] = course
            self.events[arm] = draw_events(scenario, course, arm, draws)
        self._noise = series(draws, n, autocorrelations(scenario))
        self._habits = draws.table("habits", n, N_HABITS)
        self._doses = draws.table("bags", n, DOSES * N_DOSE).reshape(n, DOSES, N_DOSE)
        cells = scenario.product.viability
        self._viability = truncated_normal(self._doses[:, :, _VIABILITY], cells.mean, cells.sd, cells.low, cells.high)
        self._paths = draws.table("organ paths", n, N_UNIFORMS)

    def person(self, row: int) -> Person:
        """One subject before randomization."""
        base = scalars(self.baseline, row)
        return Person(
            row=row,
            scenario=self.scenario,
            baseline=base,
            noise={name: values[row].tolist() for name, values in self._noise.items()},
            habits=self._habits[row].tolist(),
            doses=self._doses[row].tolist(),
            viability=self._viability[row].tolist(),
            path_uniforms=self._paths[row].tolist(),
            paths=before_randomization(
                base["stages"], base["criterion"], base["worse"], base["steroid_start"], base["resistant"]
            ),
        )

    def follow(self, person: Person, arm: str) -> None:
        """Put a person under an arm."""
        person.follow(scalars(self.courses[arm], person.row), scalars(self.events[arm], person.row))


def scalars(table: Baseline | Course | Events, row: int) -> dict[str, Any]:
    """One subject of a table of arrays, as plain Python values; the subject is the last axis of each array."""
    return {field.name: np.asarray(getattr(table, field.name))[..., row].tolist() for field in fields(table)}


def autocorrelations(scenario: Scenario) -> dict[str, float]:
    """Every noise series that a person has, with its autocorrelation."""
    labs = scenario.labs
    found = {organ: scenario.organs.day_to_day.autocorrelation for organ in ORGANS}
    found["weight"] = labs.weight_change.autocorrelation
    names = ("anc", "platelets", "hemoglobin", "lymphocytes", "creatinine_mg_dl", "alt", "alp", "cyclosporine_trough")
    return found | {name: getattr(labs, name).autocorrelation for name in names} | _VITALS
