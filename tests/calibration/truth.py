"""What a scenario says in the long run: its published quantities on many subjects, drawn from the course alone.

`python -m tests.calibration.truth` prints them; nothing is observed, missed or late here but loss and the data cutoff.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from equipoise.arrays import NEVER
from equipoise.days import MONTH_DAYS
from equipoise.simulate.baseline import Baseline, draw_baseline
from equipoise.simulate.course import NR, Course, draw_course
from equipoise.simulate.scenario import Observation, Scenario, load_scenario
from equipoise.simulate.stage_table import stage_table
from equipoise.simulate.streams import Draws
from equipoise.stats import cumulative_incidence, kaplan_meier
from tests.calibration.published import ARMS, TARGETS

SCENARIO = Path(__file__).resolve().parents[2] / "protocols" / "msc-sr-agvhd" / "scenarios" / "published.yaml"
FOLLOWED_DAYS = 2129
"""2014-09-01 to 2020-06-30."""
WINDOW_56 = 55


class Population:
    """Many subjects, each with a course in both arms and a day on which the data end."""

    def __init__(self, scenario: Scenario, n: int, seed: int = 20):
        self.draws, self.table = Draws(seed), stage_table(scenario.baseline)
        self.baseline: Baseline = draw_baseline(scenario, self.draws, n, self.table)
        accrued = self.draws.column("accrual", n) * scenario.accrual.months * MONTH_DAYS
        self.end = (FOLLOWED_DAYS - accrued).astype(np.int32)

    def courses(self, scenario: Scenario, observation: Observation) -> Iterator[tuple[str, Course]]:
        for arm in ARMS:
            yield (
                arm,
                draw_course(
                    scenario, observation, self.baseline, arm, self.draws, gives_msc=arm == "MSC", table=self.table
                ),
            )


def first(end: np.ndarray, *events: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Time to the first of several events and which it was (1, 2, ...; 0 censored); on one day the earlier named."""
    days = np.array(events)
    time = np.minimum(days.min(axis=0), end)
    cause = np.where(days.min(axis=0) <= end, days.argmin(axis=0) + 1, 0)
    return np.maximum(time, 1).astype(float), cause


def quantities(course: Course, end: np.ndarray) -> dict[str, float]:
    """The targets of one arm, in percent and months, and FFS near its median."""
    end = np.minimum.reduce([end, course.lost, course.withdrawn])
    day28, day56 = course.cycle_start + 27, course.cycle_start + WINDOW_56
    responds = (course.response28 != NR) & (end >= day28) & (course.death > day28)
    kept = np.minimum.reduce([course.death, course.new_therapy, course.dli, end + 1])
    found = {
        "OR28": 100 * responds.mean(),
        "CR28": 100 * (responds & (course.response28 == 0)).mean(),
        "DOR56": 100 * (responds & (kept > day56)).mean(),
    }
    time, cause = first(end, course.death)
    survival = kaplan_meier(time, cause > 0)
    for month, value in zip((6, 12, 36), survival.at([m * MONTH_DAYS for m in (6, 12, 36)]).survival):
        found[f"OS {month}"] = 100 * value
    nonrelapse = np.where(course.relapse < NEVER, NEVER, course.death)
    time, cause = first(end, course.relapse, nonrelapse)
    curve = cumulative_incidence(time, cause)
    found["relapse 36"], found["NRM 36"] = (100 * curve.at([36 * MONTH_DAYS], cause=k).incidence[0] for k in (1, 2))
    mitt = (course.dli > end) & (course.crossover > end)
    for name, onset in (("cGVHD", course.cgvhd), ("severe cGVHD", course.severe_cgvhd)):
        time, cause = first(end, onset, course.relapse, course.death)
        at = cumulative_incidence(time[mitt], cause[mitt]).at([m * MONTH_DAYS for m in (12, 24)], cause=1)
        found[f"{name} 12"], found[f"{name} 24"] = 100 * at.incidence
    time, cause = first(end, course.relapse, course.new_therapy, course.death)
    free = kaplan_meier(time, cause > 0)
    found["FFS median"] = free.median.time / MONTH_DAYS
    for month, value in zip((6, 11.3), free.at([6 * MONTH_DAYS, 11.3 * MONTH_DAYS]).survival):
        found[f"FFS {month}"] = 100 * value
    return found


def causes_of_death(course: Course, end: np.ndarray) -> dict[str, float]:
    """Deaths of each cause, of 99 subjects."""
    dead = course.death <= np.minimum(end, course.lost)
    names, counts = np.unique(course.death_cause[dead], return_counts=True)
    return {str(name): round(99 * count / dead.size, 1) for name, count in zip(names, counts)}


def main() -> None:
    scenario = load_scenario(SCENARIO)
    population = Population(scenario, 50_000)
    for arm, course in population.courses(scenario, scenario.observation["realistic"]):
        found = quantities(course, population.end)
        published = {target.name: target.published[arm] for target in TARGETS}
        print(arm)
        for name, value in found.items():
            print(f"  {name:16} {value:6.1f} {published.get(name, '')}")
        print("  deaths of 99:", causes_of_death(course, population.end))


if __name__ == "__main__":
    main()
