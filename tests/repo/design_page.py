"""The page docs/reference/design.md, from the docstrings of `equipoise.design`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from equipoise import design
from tests.repo.stats_pages import cell, signature
from tests.repo.stats_sources import field_notes, is_record, items, methods, sections

NOTE = "Made by `make docs` from the code. Do not edit it here.\n"
SECTIONS = ("Args", "Returns", "Raises", "Differs from R", "Source", "Checked", "Example")
"""Sections of the docstring of every public function."""
PURPOSES = {
    "Two proportions, and one": (
        "sample_size_two_proportions",
        "power_two_proportions",
        "detectable_proportion",
        "critical_proportion",
        "sample_size_one_proportion",
        "power_one_proportion",
        "critical_one_proportion",
        "inflated",
        "rounded_up",
    ),
    "Survival": (
        "events_needed",
        "sample_size_survival",
        "power_survival",
        "accrual",
        "piecewise_hazard",
        "hazard_of_median",
        "hazard_of_proportion",
        "drop_out_hazard",
    ),
    "Competing risks": ("sample_size_competing_risks",),
    "Interim looks": ("group_sequential",),
}
"""Functions by what they are for; a function in none of them is a fault."""


def functions() -> dict[str, Callable[..., Any]]:
    """Public functions by name."""
    return {name: thing for name in design.__all__ if inspect.isfunction(thing := getattr(design, name))}


def classes() -> dict[str, type]:
    """Public classes by name."""
    return {name: thing for name in design.__all__ if inspect.isclass(thing := getattr(design, name))}


def page() -> str:
    """The whole page."""
    lines = [
        "# `equipoise.design`\n",
        "For trial statisticians and programmers. To begin: [plan the size of a trial](../how-to/plan-the-size.md).\n",
        NOTE,
        "Numbers in, small frozen results out; no trial is needed. Sizes and events are not rounded, so that they can",
        "be compared with other programs. An effect has the sign experimental less control. What cannot be is refused",
        "by `DesignError`, which says what is wrong, where, which rule, and what to do ([errors](errors.md)).\n",
    ]
    for purpose, names in PURPOSES.items():
        lines.append(f"## {purpose}\n")
        lines += [function_part(name, functions()[name]) for name in names]
    lines.append("## Results\n")
    lines += [record(name, thing) for name, thing in classes().items()]
    return "\n".join(lines)


def function_part(name: str, function: Callable[..., Any]) -> str:
    """One function."""
    said = sections(function)
    parts = [f"### `{name}`\n", said[""] + "\n", f"```python\ndesign.{name}{signature(function)}\n```\n"]
    parts += [f"- **{item}**: {what}" for item, what in items(said["Args"])]
    parts.append("")
    for section in ("Returns", "Raises", "Differs from R", "Source", "Checked"):
        parts.append(f"*{section}*: {' '.join(said[section].split())}\n")
    parts.append(f"```python\n{said['Example']}\n```\n")
    return "\n".join(parts)


def record(name: str, thing: type) -> str:
    """One class: its fields, properties and methods."""
    lines = [f"### `{name}`\n", inspect.cleandoc(thing.__doc__ or "") + "\n"]
    notes = field_notes(thing) if is_record(thing) else {}
    members = methods(thing)
    notes |= {each: sections(member)[""] for each, member in members if isinstance(member, property)}
    if notes:
        lines += ["| field | what |", "|---|---|"]
        lines += [f"| `{each}` | {cell(note)} |" for each, note in notes.items()] + [""]
    for each, member in members:
        if not isinstance(member, property):
            said = sections(member)
            lines.append(f"- `.{each}{signature(member)}`: {cell(said[''])}")
    return "\n".join(lines).rstrip() + "\n"
