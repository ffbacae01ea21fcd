"""What the names of a rule can stand for, and the error of a rule that cannot be right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from equipoise.errors import TrialError


class RuleDefect(TrialError):
    """A rule, or a value given to it, is of a kind that cannot be right, though nothing is missing.

    `params["column"]` is the place in the rule's text, counted from 1; 0 for a value.
    """

    exit_code: ClassVar[int] = 21


@dataclass(frozen=True, slots=True)
class Type:
    """What a name of a rule stands for.

    Args:
        kind: `double`, `bool`, `string`, `strings` (several codes), `date`, `time` or `datetime`.
        codes: the texts that can occur, where there is a code list; comparison with any other text is a defect.
    """

    kind: str
    codes: frozenset[str] | None = None

    @property
    def python(self) -> type:
        """Python type of a bound value."""
        return _PYTHON[self.kind]

    @property
    def words(self) -> str:
        """The kind, for a person."""
        return WORDS[self.kind]


RuleInput: TypeAlias = bool | float | str | Sequence[str] | None
"""A value as `Rule.evaluate` takes it; None is missing."""
_PYTHON: dict[str, type] = {
    "double": float,
    "date": float,
    "time": float,
    "datetime": float,
    "bool": bool,
    "string": str,
    "strings": list,
}
WORDS = {
    "double": "a number",
    "date": "a date",
    "time": "a time of day",
    "datetime": "a date with time",
    "bool": "true or false",
    "string": "a text",
    "strings": "a list of codes",
}
DOUBLE, BOOL, STRING, STRINGS = Type("double"), Type("bool"), Type("string"), Type("strings")
DATE, TIME, DATETIME = Type("date"), Type("time"), Type("datetime")
