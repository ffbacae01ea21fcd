"""What chance is told: the scenario of a simulation, read from YAML.

A scenario is the truth from which trials are drawn (who comes, how the disease runs in each arm) and, by name, how well
it is observed. `load_scenario` reports every fault at once, each with file and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from equipoise.errors import ScenarioError, TrialError, TrialErrors
from equipoise.protocol.part import Part, Words
from equipoise.protocol.source import Faults, read_yaml
from equipoise.protocol.validation import read_part
from equipoise.simulate.scenario_course import Arm, Leaving, ResponseCourse, Safety, Treatment
from equipoise.simulate.scenario_parts import Count, DayWeights, NotNegative, Positive, Probability
from equipoise.simulate.scenario_people import Baseline, Labs, Organs, Product


class Accrual(Part):
    """How many come, when, and how many of them are not randomized."""

    screened: Annotated[int, Field(gt=0)]
    withdraw_consent: Count
    excluded: Count
    first_day: date
    months: Positive
    site_weights: DayWeights
    lock_days_after_cutoff: Count

    @property
    def randomized(self) -> int:
        """Subjects who are randomized."""
        return self.screened - self.withdraw_consent - self.excluded

    @model_validator(mode="after")
    def _some_are_left(self) -> Accrual:
        if self.randomized <= 0:
            raise PydanticCustomError("accrual", "nobody is left to be randomized")
        return self


class LateDays(Part):
    """Days from the event to its entry: lognormal, no more than `high`."""

    median: Positive
    log_sd: NotNegative
    high: Positive


class Observation(Part):
    """How well the truth is observed. Probabilities, but for the days."""

    day28_missed: Probability
    day56_missed: Probability
    unobserved_responses: Probability
    visit_missed: Probability
    visit_shift_days: DayWeights
    out_of_window: Probability
    late_entry: Probability
    late_entry_days: LateDays
    item_missing: Probability
    corrected: Probability
    partial_date: Probability
    staging_discordant: Probability
    dose_late: Probability
    lost_before_day56: bool


class Scenario(Part):
    """The truth from which trials are drawn, and the observation models by name."""

    schema_version: Literal[1]
    id: str
    title: Words
    accrual: Accrual
    baseline: Baseline
    treatment: Treatment
    response: ResponseCourse
    safety: Safety
    organs: Organs
    labs: Labs
    product: Product
    leaving: Leaving
    arms: Annotated[Mapping[str, Arm], Field(min_length=1)]
    observation: Annotated[Mapping[str, Observation], Field(min_length=1)]


def load_scenario(path: Path) -> Scenario:
    """Read a scenario.

    Raises:
        TrialErrors: of `ScenarioError`, every fault of the file at once, with its line.
    """
    faults = Faults()
    source = read_yaml(path, faults, name=path.name)
    scenario = read_part(Scenario, source.data, source, (), faults) if source.data is not None else None
    if len(faults):
        raise TrialErrors([_scenario_error(fault) for fault in faults.error().faults])
    assert scenario is not None
    return scenario


def _scenario_error(fault: TrialError) -> ScenarioError:
    rule = fault.rule.replace("PROTOCOL-", "SCENARIO-")
    return ScenarioError(
        fault.fault_template, where=fault.where, rule=rule, remedy=fault.remedy_template, **fault.params
    )
