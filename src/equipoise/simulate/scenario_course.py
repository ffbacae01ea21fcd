"""Sections of a scenario about what happens: treatment, response, safety, leaving, and each arm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from equipoise.protocol.part import Part
from equipoise.simulate.scenario_parts import (
    CLASSES,
    ByGrade,
    Count,
    DayWeights,
    Hazard,
    HazardByResponse,
    NotNegative,
    Positive,
    Probability,
    Weights,
    keys,
)


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
