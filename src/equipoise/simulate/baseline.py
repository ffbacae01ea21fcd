"""Who comes: virtual subjects at screening, and the road to steroid resistance that brought them there.

Days are counted from randomization (elapsed; before it they are negative) unless the name says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.arrays import Codes, Days, Flags, Floats, Stages
from equipoise.simulate.scenario import Scenario
from equipoise.simulate.scenario_people import Baseline as BaselineScenario
from equipoise.simulate.stage_table import StageTable, indivisible, stage_table
from equipoise.simulate.streams import Draws
from equipoise.simulate.transforms import choice, labels, truncated_normal, whole
from equipoise.state.gvhd import overall_grade

Labels = NDArray[np.str_]
CHILD_WEIGHT_KG = 50.0
_CLEAR_OF_LIMIT_KG = 3.0
"""Children keep this far from the weight at which their stool is staged otherwise; a weight moves from day to day."""
_BAND_MG = 5.0
"""Steroid doses come in steps of 5 mg."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Virtual subjects; arrays [n].

    age: years at consent with decimals, float64. female: bool. disease ... prophylaxis: codes of the form TRANSPLANT.
    stages: at randomization, int8 [4, n] (skin, liver, upper GI, lower GI); grade int8. weight_kg: at screening.
    criterion: of steroid resistance, A, B, C1 or C2. worse: the organ (0-3) that got worse under steroids (A), or
    better and worse again (C). Days int32 from randomization: transplant, onset of acute GVHD, steroid_start (the first
    dose of 2 mg/kg or more), resistant (criterion met), screening (and consent). steroid_mg: methylprednisolone a day
    at steroid start.
    """

    age: Floats
    female: Flags
    disease: Labels
    disease_status: Labels
    hla: Labels
    conditioning: Labels
    graft: Labels
    prophylaxis: Labels
    stages: Stages
    grade: Codes
    weight_kg: Floats
    criterion: Labels
    worse: Codes
    transplant: Days
    onset: Days
    steroid_start: Days
    resistant: Days
    screening: Days
    steroid_mg: Floats

    @property
    def n(self) -> int:
        """Number of subjects."""
        return self.age.size

    @property
    def indivisible(self) -> Flags:
        """Whether one organ at stage 1 is all there is, so that there is no partial response; bool [n]."""
        return indivisible(self.stages)


def draw_baseline(scenario: Scenario, draws: Draws, n: int, table: StageTable | None = None) -> Baseline:
    """`n` subjects at baseline.

    Args:
        table: the scenario's stage table, when it is at hand.
    """
    told = scenario.baseline

    def u(purpose: str) -> Floats:
        return draws.column(f"baseline {purpose}", n)

    stages = (table or stage_table(told)).draw(u("stages"), u("upper GI"))
    age = np.interp(u("age"), told.age_years.probability, told.age_years.value)
    weight = _clear_of_child_limit(
        truncated_normal(u("weight"), told.weight_kg.mean, told.weight_kg.sd, told.weight_kg.low, told.weight_kg.high),
        age,
    )
    low, high = told.starting_dose_mg_per_kg
    criterion = _criterion(u("criterion"), told, stages)
    days = _history(told, criterion, u)
    return Baseline(
        age=age,
        female=u("sex") < told.female,
        disease=labels(u("disease"), told.disease),
        disease_status=labels(u("disease status"), told.disease_status),
        hla=labels(u("HLA"), told.hla),
        conditioning=labels(u("conditioning"), told.conditioning),
        graft=labels(u("graft"), told.graft),
        # One uniform for both: antithymocyte globulin goes with the mismatched transplants.
        prophylaxis=labels(u("HLA"), told.prophylaxis),
        stages=stages,
        grade=overall_grade(*stages),
        weight_kg=weight,
        criterion=criterion,
        worse=np.argmax(stages, axis=0).astype(np.int8),
        steroid_mg=_BAND_MG * np.ceil(weight * (low + (high - low) * u("starting dose")) / _BAND_MG),
        **days,
    )


def _clear_of_child_limit(weight: Floats, age: Floats) -> Floats:
    """Weights to a tenth of a kg; minors near the limit of the child's stool table are moved away from it."""
    off = weight - CHILD_WEIGHT_KG
    near = (age < 18) & (np.abs(off) < _CLEAR_OF_LIMIT_KG)
    moved = np.where(near, CHILD_WEIGHT_KG + np.where(off < 0, -1, 1) * _CLEAR_OF_LIMIT_KG, weight)
    return np.asarray(np.round(moved, 1), np.float64)


def _criterion(u: Floats, told: BaselineScenario, stages: Stages) -> Labels:
    """The criterion met. Who has one organ at stage 1 cannot have been better before and ill: not A, but B."""
    drawn = labels(u, {name: criterion.weight for name, criterion in told.resistance.items()})
    return np.where(indivisible(stages) & (drawn == "A"), "B", drawn)


def _history(told: BaselineScenario, criterion: Labels, u: Callable[[str], Floats]) -> dict[str, Days]:
    """The days that led to randomization, counted back from it."""
    bounds = np.array([told.resistance[name].days for name in told.resistance])
    row = np.searchsorted(sorted(told.resistance), criterion)
    bounds = bounds[np.argsort(list(told.resistance))][row]
    screening = -choice(u("days to randomization"), told.screening_to_randomization_days)
    resistant = screening - choice(u("days to screening"), told.resistance_to_screening_days)
    start = resistant - whole(u("days to resistance"), bounds[:, 0], bounds[:, 1])
    onset = start - choice(u("days to steroid"), told.onset_to_steroid_days)
    late = told.transplant_to_onset_days
    log_days = truncated_normal(
        u("days to onset"), np.log(late.median), late.log_sd, -np.inf, np.log(late.high - late.shift)
    )
    transplant = onset - late.shift - np.floor(np.exp(log_days))
    days = {
        "screening": screening,
        "resistant": resistant,
        "steroid_start": start,
        "onset": onset,
        "transplant": transplant,
    }
    return {name: value.astype(np.int32) for name, value in days.items()}
