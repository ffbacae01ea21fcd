"""A compiled rule and its three outcomes."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import cel

from equipoise.rules.text import read_rule
from equipoise.rules.types import RuleDefect, Type

KEPT = 1024
"""So many answers of a rule are kept: the same few values come again and again."""


class _AlwaysLookAt:
    """Type of no value: a list is looked at element by element, so it never takes the short way."""


class Outcome(Enum):
    """What a rule says."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule ready for use.

    Args:
        text: the rule as it stands in the protocol.
        names: the inputs that it names.
    """

    text: str
    names: frozenset[str]
    _inputs: tuple[tuple[str, type, Type], ...] = field(repr=False, compare=False)
    _execute: Any = field(repr=False, compare=False)
    _said: dict[tuple[Any, ...], Outcome] = field(default_factory=dict, repr=False, compare=False)

    def evaluate(self, inputs: Mapping[str, Any]) -> Outcome:
        """What the rule says about these inputs.

        Args:
            inputs: values by name; numbers, texts, booleans, lists of codes. A name that is absent, None or NaN is
                missing. Names that the rule does not use are not looked at.

        Returns:
            TRUE or FALSE when the known inputs decide, UNKNOWN when a missing one is needed.

        Raises:
            RuleDefect: a value is not of its declared type, or the rule fails with nothing missing.
        """
        values = []
        for name, python, declared in self._inputs:
            value = inputs.get(name)
            if type(value) is not python:
                value = _converted(name, value, declared)
            if value != value:  # NaN is the only value that differs from itself
                value = None
            elif type(value) is list:
                value = tuple(value)
            values.append(value)
        key = tuple(values)
        outcome = self._said.get(key)
        if outcome is None:
            if len(self._said) >= KEPT:
                self._said.clear()
            outcome = self._said[key] = self._outcome(key)
        return outcome

    def _outcome(self, values: tuple[Any, ...]) -> Outcome:
        """What the rule says about the values of its inputs, None for a missing one."""
        bound: dict[str, Any] = {}
        for (name, _, _), value in zip(self._inputs, values):
            if value is not None:
                bound[name] = list(value) if type(value) is tuple else value
        try:
            result = self._execute(bound)
        except Exception as error:
            if len(bound) < len(values):
                return Outcome.UNKNOWN
            raise RuleDefect(
                "the rule `{text}` fails with every input known: {error}",
                rule="RULE-FAILS",
                remedy="correct the rule in the protocol",
                text=self.text,
                error=error,
                column=0,
            ) from None
        return Outcome.TRUE if result is True else Outcome.FALSE


def _converted(name: str, value: Any, declared: Type) -> Any:
    """A value as CEL takes it; None if missing.

    Raises:
        RuleDefect: not of the declared type, or a list with a missing element.
    """
    if value is None:
        return None
    if hasattr(value, "dtype"):  # a numpy scalar
        value = value.item()
    if type(value) is declared.python and declared.kind != "strings":
        return value
    if declared.python is float and isinstance(value, numbers.Real) and not isinstance(value, bool):
        return float(value)
    sequence = declared.kind == "strings" and isinstance(value, list | tuple | set | frozenset)
    if sequence and all(type(element) is str for element in value):
        return list(value)
    raise RuleDefect(
        "{name} is {value!r}, where the rule takes {words}",
        where=f"input {name}",
        rule="RULE-INPUT",
        remedy="correct the derivation or the type declared for {name}",
        name=name,
        value=value,
        words=declared.words,
        column=0,
    )


def compile_rule(text: str, types: Mapping[str, Type]) -> Rule:
    """Read a rule and make it ready.

    Args:
        text: the rule, in the part of CEL that `text.py` describes.
        types: what each name that the rule may use stands for.

    Raises:
        RuleDefect: the first fault of the text (`rule_faults` gives all).
    """
    read = read_rule(text, types)
    if read.faults:
        raise read.faults[0]
    inputs = tuple(
        (name, _AlwaysLookAt if types[name].kind == "strings" else types[name].python, types[name])
        for name in sorted(read.names)
    )
    return Rule(text, frozenset(read.names), inputs, cel.compile(read.cel).execute)


def rule_faults(text: str, types: Mapping[str, Type]) -> list[RuleDefect]:
    """Every fault of a rule's text, in the order in which it is read."""
    return read_rule(text, types).faults
