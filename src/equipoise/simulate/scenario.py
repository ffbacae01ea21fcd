"""What chance is told: the scenario of a simulation, read from YAML.

A scenario is the truth from which trials are drawn (who comes, how the disease runs in each arm) and, by name, how well
it is observed. `load_scenario` reports every fault at once, each with file and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from equipoise.errors import ScenarioError, TrialError, TrialErrors
from equipoise.protocol.part import Part, Words
from equipoise.protocol.source import Faults, read_yaml
from equipoise.protocol.validation import read_part

Probability = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
Weights = Annotated[Mapping[str, NotNegative], Field(min_length=1)]
"""Answers and how likely each is, in proportion."""
DayWeights = Annotated[tuple[NotNegative, ...], Field(min_length=1)]
"""How likely 0, 1, 2 ... days (or the sites of the protocol, in their order) are, in proportion."""


def keys(*names: str) -> AfterValidator:
    """A mapping that has exactly these keys."""

    def check(value: Mapping[str, Any]) -> Mapping[str, Any]:
        if set(value) != set(names):
            raise PydanticCustomError("keys", "the keys are {names}", {"names": ", ".join(names)})
        return value

    return AfterValidator(check)


GRADES = keys("2", "3", "4")
CLASSES = keys("CR", "PR", "NR")
STAGES = keys("0", "1", "2", "3", "4")
INVOLVED_STAGES = keys("1", "2", "3", "4")
Range = tuple[NotNegative, NotNegative]
ByGrade = Annotated[Mapping[str, Probability], GRADES]


def _check_pieces(until: tuple[float, ...], rates: tuple[float, ...]) -> None:
    if len(rates) != len(until) + 1:
        raise PydanticCustomError("pieces", "per_month needs one rate more than until_months has ends")
    if list(until) != sorted(set(until)):
        raise PydanticCustomError("pieces", "until_months must ascend")


class Hazard(Part):
    """A hazard that is constant in pieces: `per_month[i]` holds up to `until_months[i]`, the last one for ever."""

    until_months: tuple[Positive, ...]
    per_month: tuple[NotNegative, ...]

    @model_validator(mode="after")
    def _pieces(self) -> Hazard:
        _check_pieces(self.until_months, self.per_month)
        return self


class HazardByResponse(Part):
    """A hazard for each class of response at day 28."""

    until_months: tuple[Positive, ...]
    per_month: Annotated[Mapping[str, tuple[NotNegative, ...]], CLASSES]

    @model_validator(mode="after")
    def _pieces(self) -> HazardByResponse:
        for rates in self.per_month.values():
            _check_pieces(self.until_months, rates)
        return self


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


class Quantiles(Part):
    """A distribution by its quantiles, straight lines in between."""

    probability: tuple[Probability, ...]
    value: tuple[float, ...]

    @model_validator(mode="after")
    def _ascending(self) -> Quantiles:
        if len(self.probability) != len(self.value) or self.probability[:1] != (0,) or self.probability[-1:] != (1,):
            raise PydanticCustomError("quantiles", "a value for each probability, from 0 to 1, is needed")
        if list(self.probability) != sorted(self.probability) or list(self.value) != sorted(self.value):
            raise PydanticCustomError("quantiles", "probabilities and values must ascend")
        return self


class TruncatedNormal(Part):
    """A normal distribution inside limits."""

    mean: float
    sd: Positive
    low: float
    high: float


class Onset(Part):
    """Days from transplant to acute GVHD: `shift` plus lognormal, no later than `high`."""

    shift: Count
    median: Positive
    log_sd: Positive
    high: Positive


class StageWeights(Part):
    """How common stages 1 to 4 are in an organ that is involved."""

    skin: tuple[NotNegative, NotNegative, NotNegative, NotNegative]
    liver: tuple[NotNegative, NotNegative, NotNegative, NotNegative]
    gi: tuple[NotNegative, NotNegative, NotNegative, NotNegative]


class UpperGi(Part):
    """Counts of subjects with any gut involvement, with upper GI only, and with both parts."""

    any_gi: Count
    only: Count
    with_lower: Count


class Criterion(Part):
    """How common a criterion of steroid resistance is, and the first and last day from steroid start it is met on."""

    weight: NotNegative
    days: tuple[Count, Count]


class Baseline(Part):
    """Who comes. Tables of weights by code of the forms."""

    age_years: Quantiles
    female: Probability
    disease: Weights
    disease_status: Weights
    hla: Weights
    conditioning: Weights
    graft: Weights
    prophylaxis: Weights
    grade: ByGrade
    organ_sets: Annotated[
        Mapping[str, Positive], keys("SKIN", "LIVER", "GI", "SKIN_LIVER", "SKIN_GI", "LIVER_GI", "SKIN_LIVER_GI")
    ]
    stage_weights: StageWeights
    upper_gi: UpperGi
    weight_kg: TruncatedNormal
    transplant_to_onset_days: Onset
    resistance: Annotated[Mapping[str, Criterion], keys("A", "B", "C1", "C2")]
    onset_to_steroid_days: DayWeights
    resistance_to_screening_days: DayWeights
    screening_to_randomization_days: DayWeights
    onset_to_msc_days: tuple[Count, Count]
    starting_dose_mg_per_kg: tuple[Positive, Positive]


class Treatment(Part):
    """When treatment starts, and how often the steroid taper is late."""

    second_line_start_days: DayWeights
    msc_start_days: DayWeights
    msc_never: Probability
    taper_late: Annotated[Mapping[str, Probability], CLASSES]


class ResponseCourse(Part):
    """How response comes and goes in both arms."""

    day14_share: ByGrade
    halving_days: Annotated[Mapping[str, Positive], keys("skin", "liver", "upper_gi", "lower_gi")]
    nonresponse: Annotated[Weights, keys("SD", "PD", "MR")]
    partial_to_complete_by_day56: Probability
    agvhd_death_factor: Annotated[Mapping[str, NotNegative], CLASSES]
    late_complete_share: Probability


class Safety(Part):
    """Adverse events, what they share, and what they look like."""

    months: Positive
    shared_risk: Probability
    nonresponder_factor: Positive
    early_factor: Positive
    early_months: Positive
    repeat_after_days: Count
    cytopenia: Annotated[Weights, keys("platelets", "neutrophils", "both")]
    anc_nadir: tuple[NotNegative, NotNegative]
    platelets_nadir: tuple[NotNegative, NotNegative]
    episode_days: tuple[Count, Count]
    mild_events_per_month: NotNegative
    mild_months: Positive
    serious_class: Weights
    other_severe_class: Weights
    mild_class: Weights
    fatal_serious: Probability


class DayToDay(Part):
    """How a measurement moves from day to day inside its stage: autocorrelation of one day, and spread (0 to 1)."""

    autocorrelation: Probability
    sd: NotNegative


class Organs(Part):
    """Usual measurements within each stage (lowest, highest)."""

    skin_bsa: Annotated[Mapping[str, Range], INVOLVED_STAGES]
    bilirubin_mg_dl: Annotated[Mapping[str, Range], STAGES]
    stool_ml: Annotated[Mapping[str, Range], STAGES]
    stool_ml_per_kg: Annotated[Mapping[str, Range], STAGES]
    day_to_day: DayToDay


class Level(Part):
    """A laboratory value: lognormal around its median, autocorrelated; not below `floor` outside an episode."""

    median: Positive
    log_sd: NotNegative
    autocorrelation: Probability
    floor: NotNegative = 0.0


class NormalLevel(Part):
    """A laboratory value that is normal and autocorrelated."""

    mean: float
    sd: NotNegative
    autocorrelation: Probability


class WeightChange(Part):
    """Relative spread of weight from day to day, and what is lost with persistent nausea."""

    sd: NotNegative
    autocorrelation: Probability
    upper_gi_loss: Probability


class Labs(Part):
    """Laboratory values."""

    anc: Level
    platelets: Level
    hemoglobin: NormalLevel
    lymphocytes: Level
    creatinine_mg_dl: Level
    alt: Level
    alp: Level
    cyclosporine_trough: Level
    weight_change: WeightChange
    recovery_months: Positive
    cmv_positive_by_day60: Probability
    ebv_positive_by_day60: Probability


class Product(Part):
    """The MSC bags."""

    passages: Weights
    donors: Annotated[int, Field(gt=0)]
    viability: TruncatedNormal
    viable_per_kg: tuple[Positive, Positive]
    bag_ml: Positive
    partial_bag: Probability
    shelf_life_hours: Positive
    watch_missed: Probability


class Leaving(Part):
    """Ways to leave, and donor lymphocytes."""

    lost_per_month: NotNegative
    stop_visits_per_month: NotNegative
    withdraw_data_per_month: NotNegative
    preventive_dli_per_month: NotNegative
    dli_after_relapse_days: tuple[Count, Count]


class ArmResponse(Part):
    """Response of an arm: overall by grade at day 28, how much of it is complete, and late responses."""

    overall: ByGrade
    complete_of_overall: ByGrade
    late: Probability
    late_after_crossover: Probability


class NewTherapy(Part):
    """New systemic therapy of acute GVHD: of non-responders at day 28, and of responders later."""

    nonresponders_at_day28: Probability
    crossover_of_those: Probability
    responders: Hazard
    agents: Weights


class SevereCgvhd(Part):
    """Share of chronic GVHD that becomes severe, at onset or within so many days."""

    share: Probability
    at_onset: Probability
    within_days: Count


class DeathCause(Part):
    """How common a cause of non-relapse death is, in the months in which it occurs."""

    weight: NotNegative
    months: tuple[NotNegative, NotNegative]


class Arm(Part):
    """The course of one arm."""

    response: ArmResponse
    nonrelapse_death: HazardByResponse
    relapse: Hazard
    death_after_relapse: Hazard
    new_therapy: NewTherapy
    cgvhd: Hazard
    severe_cgvhd: SevereCgvhd
    death_cause: Annotated[Mapping[str, DeathCause], Field(min_length=1)]
    infection_per_month: Annotated[Mapping[str, NotNegative], keys("VIRAL", "BACTERIAL", "FUNGAL", "OTHER")]
    cytopenia_per_month: NotNegative
    other_severe_per_month: NotNegative
    serious_per_month: NotNegative


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
