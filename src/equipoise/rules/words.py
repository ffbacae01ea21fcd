"""The words of a rule's text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?)(?![\w.])
      | (?P<text>'[^'\\\n]*'|"[^"\\\n]*"|r'[^'\n]*'|r"[^"\n]*")
      | (?P<name>[A-Za-z_]\w*)
      | (?P<sign>\|\||&&|==|!=|<=|>=|[<>!+\-*/%?:().,\[\]])
      | (?P<other>\d[\w.]*|.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a rule's text; `start` counts from 0."""

    kind: str
    text: str
    start: int

    @property
    def for_cel(self) -> str:
        """The word as CEL gets it: every number is a double."""
        return f"{self.text}.0" if self.kind == "number" and self.text.isdigit() else self.text


def words_of(text: str) -> Iterator[Token]:
    """The words of a text in order, spaces too (kind `space`); what is no word has kind `other`."""
    for match in _TOKEN.finditer(text):
        yield Token(match.lastgroup or "", match.group(), match.start())
