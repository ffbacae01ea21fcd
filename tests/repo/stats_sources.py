"""What the docstrings of `equipoise.stats` say: public names, sections of a docstring, fields of a result."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import re
import textwrap
import typing
from collections.abc import Callable, Iterator
from typing import Any

from equipoise import stats

SECTIONS = ("Args", "Returns", "Raises", "Ties", "Differs from R", "Source", "Checked", "Example")
"""Sections of a docstring, in the order in which they stand there; every public function has them all."""
ITEMS = ("Args", "Raises")
"""Sections that are lists of `name: what it is`."""
COMMON = {
    "alternative": "The alternative that was asked for.",
    "chi_square": "The statistic; chi-square distributed if there is no difference.",
    "conf_level": "Two-sided confidence level of the limits.",
    "conf_type": "Scale on which the limits are symmetric, as asked for.",
    "converged": "Newton's method ended at a maximum; if not, the estimates are not to be used.",
    "degrees_of_freedom": "Degrees of freedom of the chi-square distribution.",
    "event_time": "Distinct event times, ascending, in the unit of the data.",
    "group": "Label of the group.",
    "groups": "Labels of the groups, ascending.",
    "iterations": "Steps that Newton's method took.",
    "log10_p_value": "Logarithm of `p_value` to base 10, also where that underflows to 0.",
    "loglik": "Log-likelihood at the estimate.",
    "loglik_null": "Log-likelihood where all coefficients are 0.",
    "lower": "Lower confidence limit.",
    "n": "Number of subjects.",
    "p_value": "P value of the test that there is no difference, two-sided.",
    "reference": "Label of the group that the others are compared with.",
    "std_error": "Standard error of the estimate.",
    "tau": "The horizon, in the unit of time.",
    "time": "Times, ascending, in the unit of the data.",
    "upper": "Upper confidence limit.",
    "z": "Estimate over its standard error.",
}
"""Fields that mean the same in every result: one of them needs a docstring only where there is more to say."""
HEADER = re.compile(rf"({'|'.join(SECTIONS)}):(?: (.*))?$")


def functions() -> dict[str, Callable[..., Any]]:
    """Public functions by name."""
    return {name: thing for name in stats.__all__ if inspect.isfunction(thing := getattr(stats, name))}


def classes() -> dict[str, type]:
    """Public classes by name."""
    return {name: thing for name in stats.__all__ if inspect.isclass(thing := getattr(stats, name))}


def sections(thing: Any) -> dict[str, str]:
    """Text before the first section under "", and the text of each section, without the docstring's indentation."""
    found: dict[str, list[str]] = {"": []}
    current = ""
    for line in (inspect.getdoc(thing) or "").splitlines():
        if match := HEADER.match(line):
            current = match[1]
            found[current] = [match[2] or ""]
        else:
            found[current].append(line)
    return {name: dedented(lines) for name, lines in found.items()}


def dedented(lines: list[str]) -> str:
    """A section's first line, which stands behind its name, and the lines that follow, which may be indented."""
    first, rest = lines[:1], textwrap.dedent("\n".join(lines[1:]))
    return "\n".join([*first, rest]).strip("\n")


def items(text: str) -> list[tuple[str, str]]:
    """Items `name: what it is` of a section, continuation lines joined; text without a name has the name ""."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith(" ") and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}".strip())
        elif line.strip():
            name, colon, what = line.strip().partition(": ")
            found.append((name, what) if colon else (name.removesuffix(":"), "") if line.endswith(":") else ("", name))
    return found


def takes_times(function: Callable[..., Any]) -> bool:
    """Whether ties of times are a question for this function."""
    return "time" in inspect.signature(function).parameters


def required(function: Callable[..., Any]) -> list[str]:
    """Sections that the docstring of a public function must have."""
    return [name for name in SECTIONS if name != "Ties" or takes_times(function)]


def result_classes(function: Callable[..., Any]) -> list[type]:
    """The class that a function returns (or the classes), then those of its fields, each once; only our own."""
    hints = typing.get_type_hints(function)
    found: list[type] = []
    waiting = list(own_classes(hints.get("return")))
    while waiting:
        each = waiting.pop(0)
        if each not in found:
            found.append(each)
            kept = typing.get_type_hints(each)
            waiting += [part for name in field_names(each) for part in own_classes(kept[name])]
            for _, method in methods(each):
                waiting += own_classes(typing.get_type_hints(written(method)).get("return"))
    return found


def own_classes(hint: Any) -> Iterator[type]:
    """Classes of `equipoise.stats` in a type."""
    if inspect.isclass(hint) and hint.__module__.startswith("equipoise.stats") and is_record(hint):
        yield hint
    for part in typing.get_args(hint):
        yield from own_classes(part)


def is_record(thing: type) -> bool:
    """Whether a class is a dataclass or a named tuple."""
    return dataclasses.is_dataclass(thing) or hasattr(thing, "_fields")


def field_names(thing: type) -> list[str]:
    """Fields that a reader sees; those left out of the representation are for the class itself."""
    if dataclasses.is_dataclass(thing):
        return [field.name for field in dataclasses.fields(thing) if field.repr]
    return list(thing._fields)  # type: ignore[attr-defined]


def field_notes(thing: type) -> dict[str, str]:
    """The docstring of each field, joined to one line; where it has none what it always means, or ""."""
    body = ast.parse(textwrap.dedent(inspect.getsource(thing))).body[0]
    assert isinstance(body, ast.ClassDef)
    notes = {name: COMMON.get(name, "") for name in field_names(thing)}
    for node, following in zip(body.body, [*body.body[1:], None]):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in notes:
            said = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
            if said:
                notes[node.target.id] = " ".join(str(following.value.value).split())  # type: ignore[union-attr]
    return notes


def methods(thing: type) -> list[tuple[str, Any]]:
    """Public methods and properties that the class defines itself."""
    return [
        (name, member)
        for name, member in vars(thing).items()
        if not name.startswith("_") and (inspect.isfunction(member) or is_value(member))
    ]


def is_value(member: Any) -> bool:
    """Whether a member of a class is read like a field."""
    return isinstance(member, property | functools.cached_property)


def written(member: Any) -> Any:
    """The function that a method or property was written as."""
    return member.fget if isinstance(member, property) else getattr(member, "func", member)


def told(function: Callable[..., Any]) -> set[str]:
    """Arguments that the docstring tells of, itself or by naming another public function ("as in `cox`")."""
    text = sections(function).get("Args", "")
    own = {each.strip("*` ") for item, _ in items(text) for each in item.split(",")}
    others = [each for name, each in functions().items() if f"`{name}`" in text and each is not function]
    return own.union(*(told(other) for other in others))


def faults() -> list[str]:
    """What the docstrings of public names lack, in words."""
    found = []
    reached: set[type] = set()
    for name, function in functions().items():
        there = sections(function)
        missing = [section for section in required(function) if not there.get(section)]
        if missing:
            found.append(f"{name}: its docstring has no {', '.join(missing)}")
        untold = [each for each in inspect.signature(function).parameters if each not in told(function)]
        if untold and "Args" not in missing:
            found.append(f"{name}: its Args do not tell of {', '.join(untold)}")
        if ">>>" not in there.get("Example", ">>>"):
            found.append(f"{name}: its Example is not a doctest")
        reached |= set(result_classes(function))
    for each in sorted(reached | set(classes().values()), key=lambda each: each.__qualname__):
        untold = [field for field, note in field_notes(each).items() if not note] if is_record(each) else []
        if untold:
            found.append(f"{each.__name__}: no docstring under {', '.join(untold)}")
        silent = [method for method, member in methods(each) if not inspect.getdoc(member)]
        if silent:
            found.append(f"{each.__name__}: no docstring in {', '.join(silent)}")
    return found


def examples() -> dict[str, str]:
    """The doctest of each public function and of the methods of its result."""
    found = {name: sections(function).get("Example", "") for name, function in functions().items()}
    for function in functions().values():
        for each in result_classes(function):
            for name, member in methods(each):
                if "Example" in (said := sections(member)):
                    found[f"{each.__name__}.{name}"] = said["Example"]
    return found
