"""What every part of a protocol file is: frozen, and with no key that the model does not know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, ValidationInfo
from pydantic_core import PydanticCustomError

from equipoise.messages import LANGUAGES, Text
from equipoise.rules import Rule, Type, compile_rule, rule_faults

IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$"
Id = Annotated[str, Field(pattern=IDENTIFIER, max_length=60)]
"""Name of a thing in the protocol: letters, digits, `_ . : -`."""


class Part(BaseModel):
    """A section of the protocol file. Keys of the file are the attributes; values are never coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def read_text(value: Any) -> Text:
    """A text of the file; which languages it must have is looked at in `lint.py`.

    Raises:
        PydanticCustomError: not a mapping of languages to texts.
    """
    if isinstance(value, Text):
        return value
    if not isinstance(value, Mapping) or not value:
        raise PydanticCustomError("words", "not a text in languages")
    for language, text in value.items():
        if language not in LANGUAGES or not isinstance(text, str):
            raise PydanticCustomError("words", "not a text in languages")
    return Text(value.get("en", ""), value.get("zh", ""))


Words = Annotated[InstanceOf[Text], BeforeValidator(read_text)]
"""A text that a person reads, `{en: ..., zh: ...}` in the file."""
NO_WORDS = Text("")


@dataclass(frozen=True, slots=True)
class Names:
    """What rules may name while a file is read: in criteria, and everywhere else."""

    eligibility: Mapping[str, Type]
    derived: Mapping[str, Type]


def _read_rule(value: Any, names: Mapping[str, Type]) -> Rule:
    if not isinstance(value, str):
        raise PydanticCustomError("rule_text", "not the text of a rule")
    faults = rule_faults(value, names)
    if faults:
        raise PydanticCustomError("rule", "a rule with faults", {"faults": faults})
    return compile_rule(value, names)


def _derived_rule(value: Any, info: ValidationInfo[Names]) -> Rule:
    return _read_rule(value, info.context.derived)


def _eligibility_rule(value: Any, info: ValidationInfo[Names]) -> Rule:
    return _read_rule(value, info.context.eligibility)


DerivedRule = Annotated[InstanceOf[Rule], BeforeValidator(_derived_rule)]
"""A rule over the derived values of the catalogue."""
EligibilityRule = Annotated[InstanceOf[Rule], BeforeValidator(_eligibility_rule)]
"""A rule over the items of the eligibility form and the derived values of the catalogue."""
Window = tuple[int, int]
"""Days around the nominal day, both ends included; in a file `[-3, 3]`."""
