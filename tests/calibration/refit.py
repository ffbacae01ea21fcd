"""Fit the hazards of the scenario to the published quantities, on simulated subjects.

The reference (natural-history.md) fits them by formula; this repeats the fit on the course as it is drawn: with day 28
counted from each subject's own cycle, the modified intention-to-treat set of real exclusions, loss and data cutoff.
`python -m tests.calibration.refit` prints the parts of the scenario to change; a person puts them into the file.
Early non-relapse hazards stay common to both arms, as in the reference.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import brentq, least_squares

from equipoise.simulate.scenario import Scenario, load_scenario
from equipoise.simulate.scenario_course import Arm
from equipoise.simulate.scenario_parts import Hazard
from tests.calibration.published import ARMS, TARGETS
from tests.calibration.truth import SCENARIO, Population, quantities

SUBJECTS = 40_000
PULL = 0.1
"""Weight of staying near the hazards of the reference, in points per unit of log hazard."""
LATE = {"CR": 1.0, "PR": 2.0, "NR": 4.0}
NONE = 1e-5
RELAPSE_SHAPE = (1.0, 0.4, 0.15)
START = {
    "CR": 0.02565,
    "PR": 0.10218,
    "NR": 0.24987,
    "late": 0.0066,
    "relapse": (0.0126, 0.0199),
    "after": (0.055, 0.061),
}


def with_arm(scenario: Scenario, arm: str, **parts: Any) -> Scenario:
    """The scenario with some parts of one arm replaced."""
    arms = dict(scenario.arms) | {arm: scenario.arms[arm].model_copy(update=parts)}
    return scenario.model_copy(update={"arms": arms})


def mortality(scenario: Scenario, x: np.ndarray) -> Scenario:
    """The scenario with hazards of death and relapse from their logarithms."""
    cr, pr, nr, late, *others = np.exp(x)
    for k, arm in enumerate(ARMS):
        middle = late if arm == "CONTROL" else NONE
        rates = {
            name: (early, middle * LATE[name], NONE * LATE[name])
            for name, early in (("CR", cr), ("PR", pr), ("NR", nr))
        }
        old: Arm = scenario.arms[arm]
        scenario = with_arm(
            scenario,
            arm,
            nonrelapse_death=old.nonrelapse_death.model_copy(update={"per_month": rates}),
            relapse=old.relapse.model_copy(update={"per_month": tuple(others[k] * f for f in RELAPSE_SHAPE)}),
            death_after_relapse=Hazard(until_months=(), per_month=(others[2 + k],)),
        )
    return scenario


def fit_mortality(scenario: Scenario, population: Population) -> Scenario:
    start = np.log([START["CR"], START["PR"], START["NR"], START["late"], *START["relapse"], *START["after"]])
    names = ("OS 6", "OS 12", "OS 36", "NRM 36", "relapse 36")

    def distance(x: np.ndarray) -> np.ndarray:
        trial = mortality(scenario, x)
        found = {
            arm: quantities(course, population.end)
            for arm, course in population.courses(trial, scenario.observation["realistic"])
        }
        points = [
            found[arm][target.name] - target.published[arm]
            for arm in ARMS
            for target in TARGETS
            if target.name in names
        ]
        return np.array([*points, *(PULL * (x - start))])

    return mortality(scenario, least_squares(distance, start, diff_step=0.02, max_nfev=15).x)


def fit_one(
    scenario: Scenario, population: Population, arm: str, name: str, goal: float, change, low, high
) -> Scenario:
    """The scenario in which `change(value)` brings one quantity of an arm to its goal."""

    def distance(value: float) -> float:
        trial = change(scenario, value)
        course = dict(population.courses(trial, scenario.observation["realistic"]))[arm]
        return quantities(course, population.end)[name] - goal

    ends = distance(low), distance(high)
    if ends[0] * ends[1] > 0:
        return change(scenario, low if abs(ends[0]) < abs(ends[1]) else high)
    return change(scenario, brentq(distance, low, high, xtol=1e-4))


def fit_cgvhd(scenario: Scenario, population: Population, arm: str) -> Scenario:
    goals = {target.name: target.published[arm] for target in TARGETS}

    def rate(place: int):
        def change(trial: Scenario, value: float) -> Scenario:
            rates = list(trial.arms[arm].cgvhd.per_month)
            rates[place] = value
            if place == 2:
                rates[3] = value / 2
            return with_arm(trial, arm, cgvhd=trial.arms[arm].cgvhd.model_copy(update={"per_month": tuple(rates)}))

        return change

    scenario = fit_one(scenario, population, arm, "cGVHD 12", goals["cGVHD 12"], rate(1), 0.01, 0.5)
    return fit_one(scenario, population, arm, "cGVHD 24", goals["cGVHD 24"], rate(2), 1e-5, 0.6)


def fit_new_therapy(scenario: Scenario, population: Population, arm: str) -> Scenario:
    """Half of the subjects are free of failure at the published median."""

    def change(trial: Scenario, value: float) -> Scenario:
        old = trial.arms[arm].new_therapy
        rates = list(old.responders.per_month)
        if arm == "MSC":
            rates[1], rates[2] = value / 2, value
        else:
            rates[1] = value
        return with_arm(
            trial,
            arm,
            new_therapy=old.model_copy(
                update={"responders": old.responders.model_copy(update={"per_month": tuple(rates)})}
            ),
        )

    month = "11.3" if arm == "MSC" else "6"
    return fit_one(scenario, population, arm, f"FFS {month}", 50.0, change, 1e-5, 0.3)


def main() -> None:
    scenario = load_scenario(SCENARIO)
    population = Population(scenario, SUBJECTS)
    scenario = fit_mortality(scenario, population)
    for arm in ARMS:
        scenario = fit_new_therapy(fit_cgvhd(scenario, population, arm), population, arm)
        told = scenario.arms[arm]
        for name in ("nonrelapse_death", "relapse", "death_after_relapse", "cgvhd"):
            print(arm, name, getattr(told, name).per_month)
        print(arm, "new_therapy.responders", told.new_therapy.responders.per_month)
    for arm, course in population.courses(scenario, scenario.observation["realistic"]):
        print(arm, {name: round(float(value), 2) for name, value in quantities(course, population.end).items()})


if __name__ == "__main__":
    main()
