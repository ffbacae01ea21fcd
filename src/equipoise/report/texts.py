"""The words of the report, in the languages of a protocol; they stand in `texts.toml`, each as {en, zh}."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from equipoise.messages import Catalogue, Text, message


@cache
def catalogue() -> Catalogue:
    """All texts by id: the table of the file and the name in it, `table1.title`."""
    content = tomllib.loads(files("equipoise.report").joinpath("texts.toml").read_text(encoding="utf-8"))
    return {f"{table}.{name}": Text(**text) for table, texts in content.items() for name, text in texts.items()}


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of the report in one language."""

    language: str = "en"

    def __call__(self, name: str, **params: Any) -> str:
        """The text with this id, its `{parameters}` filled in."""
        return message(catalogue(), name, self.language, **params)

    def label(self, table: str, code: str) -> str:
        """The label of a code, such as a class of adverse events; a code without one is written as words."""
        known: Mapping[str, Text] = catalogue()
        text = known.get(f"{table}.{code}")
        return text.of(self.language) if text else code.replace("_", " ").capitalize()

    def series(self, parts: list[str]) -> str:
        """Parts in a row, as a sentence has them: one, two and three."""
        if len(parts) < 2:
            return "".join(parts)
        return self("say.last_of_series", first=", ".join(parts[:-1]), last=parts[-1])
