"""Words for people, in the languages of a protocol.

Every text of a protocol that a person reads is `{en: ..., zh: ...}`. A text without a translation falls
back to English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("en", "zh")
"""Languages that a protocol can be written in; the first is the one that others fall back to."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text in English and Chinese; an empty string is a translation that is missing."""

    en: str
    zh: str = ""

    def of(self, language: str) -> str:
        """The text in a language (`en` or `zh`), in English where there is no translation."""
        return (self.zh or self.en) if language == "zh" else self.en

    def __str__(self) -> str:
        return self.en

    def as_dict(self) -> dict[str, str]:
        """The text as it stands in a file: languages that have it."""
        return {language: text for language, text in (("en", self.en), ("zh", self.zh)) if text}


Catalogue = Mapping[str, Text]
"""Messages by id."""


def message(catalogue: Catalogue, name: str, language: str, **params: object) -> str:
    """The message `name` of a catalogue in a language, its `{parameters}` filled in."""
    text = catalogue[name].of(language)
    return text.format(**params) if params else text
