"""Sections of a scenario about persons: who comes, and what is measured of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from equipoise.protocol.part import Part
from equipoise.simulate.scenario_parts import (
    INVOLVED_STAGES,
    STAGES,
    ByGrade,
    Count,
    DayWeights,
    NotNegative,
    Positive,
    Probability,
    Range,
    Weights,
    keys,
)


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
