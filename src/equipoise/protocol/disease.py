"""Acute GVHD as the protocol measures it: staging, steroid resistance, response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from equipoise.protocol.part import Part

Positive = Annotated[float, Field(gt=0)]


class ChildColumns(Part):
    """Who is staged by the columns for children: below an age and at or below a weight."""

    age_below_years: Positive
    weight_at_or_below_kg: Positive


class Staging(Part):
    """Organ staging.

    Args:
        bilirubin_table: cut-offs in mg/dL, or those that circulate in umol/L (`si`).
        bilirubin_carry_days: how old the bilirubin of a staging may be.
        stool_diary_days: days of the stool diary (of 3) that make a mean.
        mixed_urine_factor: multiplies a stool volume mixed with urine.
    """

    system: Literal["MAGIC"]
    child_columns: ChildColumns
    bilirubin_table: Literal["mg_dl", "si"]
    mixed_urine_factor: Annotated[float, Field(gt=0, le=1)]
    bilirubin_carry_days: Annotated[int, Field(ge=0)]
    stool_diary_days: Annotated[int, Field(ge=1, le=3)] = 2


class SteroidResistance(Part):
    """Criteria A (worsening), B (no improvement) and C (failed taper); doses in methylprednisolone."""

    dose_mg_per_kg: Positive
    worsening_after_days: Annotated[int, Field(gt=0)]
    no_improvement_after_days: Annotated[int, Field(gt=0)]
    taper_raised_to: Positive
    taper_below: Positive
    taper_days: Annotated[int, Field(gt=0)]


class ResponseWindow(Part):
    """Clinic's days of an axis in which an assessment counts; the nearest to `nominal` is taken."""

    axis: str
    nominal: int
    earliest: int
    latest: int


class Response(Part):
    """Response: its baseline, whose assessment counts, the windows, and the codes that are an overall response.

    `responders` is what the rules of `state/response.py` take for a response; other codes need another rule.
    """

    baseline: Literal["last_complete_on_or_before_randomization"]
    evaluator: str
    windows: Mapping[str, ResponseWindow]
    tie: Literal["earlier"] = "earlier"
    responders: tuple[Literal["CR"], Literal["VGPR"], Literal["PR"]]
    missing_is: str
