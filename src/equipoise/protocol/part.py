"""What every part of a protocol file is: frozen, and with no key that the model does not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from equipoise.messages import LANGUAGES, Text

IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$"
Id = Annotated[str, Field(pattern=IDENTIFIER, max_length=60)]
"""Name of a thing in the protocol: letters, digits, `_ . : -`."""


class Part(BaseModel):
    """A section of the protocol file. Keys of the file are the attributes; values are never coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)


def _read_text(value: Any) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, str):
        return Text(value)
    if not isinstance(value, Mapping):
        raise PydanticCustomError("text", "a text is written {{en: ..., zh: ...}}")
    for language, text in value.items():
        if language not in LANGUAGES:
            raise PydanticCustomError("text", "{language} is not a language of texts (en, zh)", {"language": language})
        if not isinstance(text, str):
            raise PydanticCustomError("text", "a text is written in quotes, and this is not: {text}", {"text": text})
    return Text(value.get("en", ""), value.get("zh", ""))


Words = Annotated[Text, BeforeValidator(_read_text)]
"""A text that a person reads, `{en: ..., zh: ...}` in the file."""
NO_WORDS = Text("")
Window = tuple[int, int]
"""Days around the nominal day, both ends included; in a file `[-3, 3]`."""
