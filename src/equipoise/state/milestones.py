"""Milestones: one row a subject of days and small codes, the seam between conduct and analysis.

State derives them from records; mass simulation draws them. Endpoints are elementwise on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from equipoise.arrays import Codes, Days, Flags, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestones:
    """Arrays of one length, one element a subject.

    Days are elapsed from randomization, int32: `NEVER` did not happen, `UNKNOWN` happened on a day that is not known.
    Codes are int8, -1 not known. `randomized` is the day itself (since 1970-01-01). Responses are the nine codes of
    `state.response`; `response_sl` counts the windows from second-line start, `response28_cycle_day1` takes the last
    complete staging by cycle day 1 as baseline, `response28_best_case` puts missing organs at stage 0,
    `response56_as_treated` does not take a cross-over for new therapy. `durable56`: 1 yes, 0 no. `cgvhd_severity`:
    worst global severity 0-3. `death_cause`, `sex`: places in their code lists. `last_alive`: last contact.
    `data_end`: day from which the use of data was withdrawn. `ae_g34` to `sae`: first days in the safety window.
    """

    subject: np.ndarray
    site: Codes
    randomized: Days
    sl_start: Days
    cycle_start: Days
    first_msc: Days
    last_study_drug: Days
    msc_doses: Codes
    msc_doses_first_cycle: Codes
    basiliximab_doses: Codes
    baseline_day: Days
    baseline_skin: Codes
    baseline_liver: Codes
    baseline_upper_gi: Codes
    baseline_lower_gi: Codes
    baseline_grade: Codes
    response28: Codes
    response28_day: Days
    response56: Codes
    response56_day: Days
    response28_sl: Codes
    response28_cycle_day1: Codes
    response28_best_case: Codes
    response56_as_treated: Codes
    durable56: Codes
    loss_of_response: Days
    relapse: Days
    death: Days
    death_cause: Codes
    new_therapy: Days
    dli: Days
    crossover: Days
    cgvhd: Days
    cgvhd_severity: Codes
    severe_cgvhd: Days
    last_alive: Days
    data_end: Days
    age_years: Floats
    sex: Codes
    ae_g34: Days
    infection_g34: Days
    infection_viral: Days
    infection_bacterial: Days
    infection_fungal: Days
    hematologic_g34: Days
    sae: Days

    def __post_init__(self) -> None:
        lengths = {getattr(self, field.name).shape for field in fields(self)}
        assert len(lengths) == 1, f"columns of different lengths: {lengths}"

    @property
    def n(self) -> int:
        """How many subjects."""
        return self.subject.size

    def as_dict(self) -> dict[str, np.ndarray]:
        """Every column by its name, ready for a polars frame."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_dict(cls, columns: Mapping[str, Any]) -> Milestones:
        """The table from columns by name; extra ones are an error."""
        return cls(**{name: np.asarray(column) for name, column in columns.items()})

    def select(self, rows: Flags | np.ndarray) -> Milestones:
        """The chosen subjects."""
        return Milestones(**{name: column[rows] for name, column in self.as_dict().items()})
