"""Validation of a value of a file against its model, with every fault in plain words and with its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from equipoise.protocol.part import IDENTIFIER, Names
from equipoise.protocol.source import Faults, PathInFile, Source
from equipoise.protocol.trial import COMMITMENT, SALT, SEALED_KEYS
from equipoise.rules import RuleDefect

_WANTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "date_type": "a date such as 2014-07-01",
    "tuple_type": "a list",
    "mapping_type": "a group of keys",
    "dict_type": "a group of keys",
    "model_type": "a group of keys",
    "model_attributes_type": "a group of keys",
    "literal_error": "{expected}",
    "string_pattern_mismatch": "{words}",
    "string_too_long": "at most {max_length} characters long",
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "too_short": "a list of {min_length} or more",
    "too_long": "a list of at most {max_length}",
}
_SHAPES = {
    IDENTIFIER: "a name in letters, digits and _ . : -",
    COMMITMENT: "sha256: and 64 hexadecimal digits",
    SALT: "32 or more hexadecimal digits",
}
"""Patterns of texts, in words."""


def read_part(
    model: Any, value: Any, source: Source, path: PathInFile, faults: Faults, names: Names | None = None
) -> Any:
    """A value as its model; None if it has faults, which are added.

    Args:
        model: a `Part`, or any type that pydantic knows.
        value: the value as read from the file, at `path`.
        names: what rules inside may name.
    """
    try:
        return _adapter(model).validate_python(value, context=names)
    except ValidationError as error:
        placed = [
            ((*path, *_in_data(value, found["loc"], found["type"])), found) for found in error.errors(include_url=False)
        ]
        _tell_all(placed, model, source, faults)
        return None


def _tell_all(placed: list[tuple[PathInFile, Any]], model: Any, source: Source, faults: Faults) -> None:
    """Every fault of a value that is not the consequence of another: a misspelt key is missing too, and a list with a
    faulty element may be too short."""
    misspelt: set[PathInFile] = set()
    for place, found in placed:
        if found["type"] == "extra_forbidden":
            close = close_to(str(place[-1]), _keys(model, found["loc"][:-1]))
            misspelt |= {(*place[:-1], close)} if close else set()
    wanted: dict[PathInFile, list[str]] = {}
    for place, found in placed:
        inner = any(len(other) > len(place) and other[: len(place)] == place for other, _ in placed)
        if (found["type"] == "missing" and place in misspelt) or (found["type"] == "too_short" and inner):
            continue
        words = _WANTED.get(found["type"])
        if words is None:
            _tell(found, model, source, place, faults)
        else:
            context = found.get("ctx", {})
            shape = _SHAPES.get(context.get("pattern", ""), "")
            wanted.setdefault(place, []).append(words.format(**context, words=shape).replace("'", ""))
    for place, words_of_place in wanted.items():
        _tell_wanted(source, place, list(dict.fromkeys(words_of_place)), faults)


@lru_cache(maxsize=256)
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _in_data(value: Any, location: tuple[str | int, ...], kind: str) -> Iterator[str | int]:
    """The part of pydantic's location that is a way through the data (it also names members of unions)."""
    for place, step in enumerate(location):
        last = place == len(location) - 1
        if (isinstance(value, Mapping) and step in value) or (
            isinstance(value, tuple) and isinstance(step, int) and step < len(value)
        ):
            value = value[step]  # type: ignore[index]
            yield step
        elif last and kind == "missing":
            yield step


def _tell_wanted(source: Source, place: PathInFile, wanted: list[str], faults: Faults) -> None:
    value = source.value(place)
    remedy = "write {wanted}"
    if wanted == ["a text"] and isinstance(value, int | float) and not isinstance(value, bool):
        remedy = "put it in quotes"
    faults.add(
        source, place, "{value} is not {wanted}", rule="PROTOCOL-VALUE", remedy=remedy, value=_shown(value),
        wanted=" or ".join(wanted),
    )  # fmt: skip


def _shown(value: Any) -> str:
    """A value as it is written in a file, cut short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        text = "{" + ", ".join(value) + "}"
    elif isinstance(value, tuple):
        text = "[" + ", ".join(_shown(element) for element in value) + "]"
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _tell(found: Any, model: Any, source: Source, place: PathInFile, faults: Faults) -> None:
    """One fault that is not just a wrong value: an unknown or missing key, a text, a rule."""
    kind, context = found["type"], found.get("ctx", {})
    key = str(place[-1]) if place else ""
    if kind == "extra_forbidden":
        unknown_key(source, place, _keys(model, found["loc"][:-1]), faults)
    elif kind == "missing" and isinstance(place[-1], int):
        faults.add(
            source, place[:-1], "the list is too short: value {place} is missing", rule="PROTOCOL-VALUE",
            remedy="give all values of the list", place=place[-1] + 1,
        )  # fmt: skip
    elif kind == "missing":
        faults.add(source, place, "{key} is missing", rule="PROTOCOL-MISSING", remedy="add {key}", key=key)
    elif kind == "rule":
        for defect in context["faults"]:
            rule_fault(defect, source, place, faults)
    elif kind == "words":
        faults.add(
            source, place, "{value} is not a text in languages", rule="TEXT",
            remedy="write {{en: ..., zh: ...}}, each in quotes", value=_shown(source.value(place)),
        )  # fmt: skip
    elif kind == "rule_text":
        faults.add(
            source, place, "{value} is not the text of a rule", rule="RULE-SYNTAX", remedy="write the rule in quotes",
            value=_shown(source.value(place)),
        )  # fmt: skip
    else:
        faults.add(
            source, place, "{message}", rule="PROTOCOL-VALUE", remedy="correct the value", message=found["msg"].lower()
        )


def rule_fault(defect: RuleDefect, source: Source, place: PathInFile, faults: Faults) -> None:
    """Add a fault of a rule's text."""
    faults.add(
        source, place, "column {column} of the rule: {what}", rule=defect.rule, remedy="{how}",
        column=defect.params["column"], what=defect.fault, how=defect.remedy,
    )  # fmt: skip


def unknown_key(source: Source, place: PathInFile, known: Iterable[str], faults: Faults) -> None:
    """Add the fault of a key that nobody knows, with the key that was meant if that can be guessed."""
    key = str(place[-1])
    if key in SEALED_KEYS:
        return  # told as what it is by `lint.py`
    faults.add(
        source, place, "the key {key} is not known here", rule="PROTOCOL-KEY", remedy="{how}", key=key,
        how=did_you_mean(key, known),
    )  # fmt: skip


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy for a word that is not one of those known."""
    words = sorted(known)
    close = close_to(word, words)
    if close:
        return f"did you mean {close}?"
    if not words:
        return "remove it"
    return f"use one of: {', '.join(words)}" if len(words) <= 12 else f"use one of: {', '.join(words[:12])}, ..."


def close_to(word: str, known: Iterable[str]) -> str:
    """The known word that was meant; empty if none is close."""
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.7)), "")


def _keys(model: Any, location: tuple[str | int, ...]) -> list[str]:
    """The keys that the model knows at a location."""
    for step in location:
        for kind in _kinds(model):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                fields = {field.alias or name: field for name, field in kind.model_fields.items()}
                if step in fields:
                    model = fields[str(step)].annotation
                    break
            elif get_args(kind):
                model = get_args(kind)[1] if len(get_args(kind)) > 1 and isinstance(step, str) else get_args(kind)[0]
                break
    for kind in _kinds(model):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return [field.alias or name for name, field in kind.model_fields.items()]
    return []


def _kinds(model: Any) -> list[Any]:
    """The members of a union, or the type itself; without None and annotations."""
    arguments = get_args(model)
    if getattr(model, "__metadata__", None):
        return _kinds(arguments[0])
    if (arguments and type(None) in arguments) or "Union" in str(getattr(model, "__origin__", type(model))):
        return [kind for member in arguments if member is not type(None) for kind in _kinds(member)]
    return [model]
