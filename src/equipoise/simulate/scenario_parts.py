"""What the parts of a scenario are made of: probabilities, weights, ranges, hazards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from equipoise.protocol.part import Part

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
