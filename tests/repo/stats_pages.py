"""Pages of docs/reference/stats/, from the docstrings of `equipoise.stats`."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any

from equipoise.stats import ties
from tests.repo import stats_sources
from tests.repo.stats_sources import items, sections

NOTE = "Made by `make docs` from the code. Do not edit it here.\n"
PURPOSES = {
    "Time to one event": (
        "kaplan_meier",
        "reverse_kaplan_meier",
        "log_rank",
        "log_rank_trend",
        "max_combo",
        "compare_survival",
        "compare_restricted_mean",
        "cox",
    ),
    "Time to an event where causes compete": (
        "cumulative_incidence",
        "gray_test",
        "fine_gray",
        "cause_specific_cox",
        "years_lost",
    ),
    "Two proportions and other tables": (
        "two_by_two",
        "fisher_exact",
        "barnard",
        "boschloo",
        "pearson_chi2",
        "trend_test",
        "mantel_haenszel",
        "cochran_mantel_haenszel",
        "breslow_day",
        "logistic",
    ),
    "Ranks": ("mann_whitney", "kruskal_wallis"),
    "Sensitivity: missing answers and change of treatment": (
        "impute_binary",
        "rubin",
        "tipping_point",
        "rpsft",
        "ipcw",
    ),
}
"""Functions by what they are for, in the order of the index; a function that is in none of them is a fault."""

NAMES_IN_R = ("chisq", "cmprsk", "coxph", "glm", "survdiff")
"""Names that begin a section, and are not capitalized."""


def pages() -> dict[str, str]:
    """Text of every page by its name in docs/reference/stats/."""
    functions = stats_sources.functions()
    placed = {name for names in PURPOSES.values() for name in names}
    wrong = [
        *stats_sources.faults(),
        *(f"{name}: has no purpose in PURPOSES" for name in functions if name not in placed),
    ]
    assert not wrong, "\n".join(wrong)
    made = {f"{name}.md": function_page(name, function) for name, function in functions.items()}
    made |= {f"{name}.md": class_page(each) for name, each in given().items()}
    return {"README.md": index(), "ties.md": ties_page(), **made}


def index() -> str:
    """All estimators, grouped by what they are for."""
    functions = stats_sources.functions()
    lines = [
        "# Estimators of `equipoise.stats`\n",
        "For everybody who analyses a trial, with or without the rest of the program.\n",
    ]
    lines += [
        NOTE,
        "How to use them alone: [use `equipoise.stats` alone](../../how-to/use-stats-alone.md). How they were",
    ]
    lines += [
        "checked: [validation](../../explanation/validation.md) against R, [calibration](../stats-calibration.md) by"
    ]
    lines += ["simulation. When two times count as one: [ties](ties.md). How fast: [speed](../speed-stats.md).\n"]
    for purpose, names in PURPOSES.items():
        there = [name for name in names if name in functions]
        if there:
            lines += [f"## {purpose}\n", "| function | what |", "|---|---|"]
            lines += [f"| [`{name}`]({name}.md) | {cell(first_line(functions[name]))} |" for name in there]
            lines.append("")
    lines += ["## What a caller gives to them\n", "| class | what |", "|---|---|"]
    lines += [f"| [`{name}`]({name}.md) | {cell(first_line(each))} |" for name, each in given().items()]
    lines += [
        "\n## Errors\n",
        "Data that cannot be analysed as asked are refused by `AnalysisDataError`, which says what is wrong, where,",
    ]
    lines += ["which rule, and what to do ([errors](../errors.md)). Nothing is left out or replaced silently.\n"]
    return "\n".join(lines)


def given() -> dict[str, type]:
    """Public classes that are no result: what a caller makes and gives to a function."""
    results = {
        each for function in stats_sources.functions().values() for each in stats_sources.result_classes(function)
    }
    return {name: each for name, each in stats_sources.classes().items() if each not in results}


def function_page(name: str, function: Callable[..., Any]) -> str:
    """One estimator."""
    said = sections(function)
    parts = [f"# `{name}`\n", "For trial statisticians and programmers. All estimators: [index](README.md).\n", NOTE]
    parts += [linked(said[""], name) + "\n", f"```python\nstats.{name}{signature(function)}\n```\n"]
    parts += ["## Arguments\n", listed(said["Args"], name)]
    parts += ["## Returns\n", linked(said["Returns"], name) + "\n"]
    parts += [record(each, name) for each in stats_sources.result_classes(function)]
    parts += ["## Raises\n", listed(said["Raises"], name)]
    for section in ("Ties", "Differs from R", "Source", "Checked"):
        if section in said:
            parts.append(f"## {section}\n\n{linked(opened(said[section]), name)}\n")
    parts += ["## Example\n", example(said["Example"])]
    return "\n".join(parts)


def class_page(thing: type) -> str:
    """A public class that is not a result: what a caller makes."""
    parts = [
        f"# `{thing.__name__}`\n",
        "For trial statisticians and programmers. All estimators: [index](README.md).\n",
        NOTE,
        f"```python\nstats.{thing.__name__}{signature(thing)}\n```\n",
    ]
    return "\n".join([*parts, record(thing, thing.__name__)])


def ties_page() -> str:
    """The rule of ties and what each estimator says of it."""
    said = inspect.getdoc(ties) or ""
    lines = ["# Ties\n", "For trial statisticians: when two times are the same time, and what happens then.\n", NOTE]
    lines += [said + "\n", "## In each estimator\n", "| function | ties |", "|---|---|"]
    for name, function in stats_sources.functions().items():
        if stats_sources.takes_times(function):
            lines.append(f"| [`{name}`]({name}.md) | {cell(linked(opened(sections(function)['Ties']), 'ties'))} |")
    return "\n".join(lines) + "\n"


def opened(text: str) -> str:
    """A section as it begins under a heading: in a docstring it goes on behind the name of the section."""
    if text.startswith("`equipoise.stats.ties`"):
        return f"By the rule of {text}"
    word = re.split(r"[\s.:]", text, maxsplit=1)[0]
    return text if word in NAMES_IN_R else text[:1].upper() + text[1:]


def record(thing: type, page: str) -> str:
    """A result class: what it is, its fields and properties, its methods."""
    lines = [f"### `{thing.__name__}`\n", linked(inspect.cleandoc(thing.__doc__ or ""), page) + "\n"]
    notes = stats_sources.field_notes(thing)
    members = stats_sources.methods(thing)
    notes |= {name: sections(member)[""] for name, member in members if stats_sources.is_value(member)}
    if notes:
        lines += ["| field | what |", "|---|---|"]
        lines += [f"| `{name}` | {cell(linked(note, page))} |" for name, note in notes.items()] + [""]
    lines += [method(name, member, page) for name, member in members if not stats_sources.is_value(member)]
    return "\n".join(lines)


def method(name: str, member: Callable[..., Any], page: str) -> str:
    """One method of a result, as an item of a list."""
    said = sections(member)
    text = [linked(said.pop(""), page)]
    for section, body in said.items():
        if section == "Example":
            text.append(example(body).rstrip())
        elif section in stats_sources.ITEMS:
            text.append(f"{section}:\n\n{listed(body, page)}".rstrip())
        else:
            text.append(f"{section}: {linked(body, page)}")
    return f"- `.{name}{signature(member)}`: " + textwrap.indent("\n\n".join(text), "  ").lstrip() + "\n"


def example(text: str) -> str:
    """An example: code in a block, sentences between blocks as they are."""
    imports = ">>> from equipoise import stats"
    text = text if imports in text else f"{imports}\n{text}" if text.startswith(">>>") else f"{imports}\n\n{text}"
    parts = [part.strip("\n") for part in text.split("\n\n") if part.strip()]
    blocks = [f"```python\n{part}\n```" if part.startswith(">>>") else part for part in parts]
    return "\n\n".join(blocks).replace("\n```\n\n```python\n", "\n") + "\n"


def signature(function: Callable[..., Any]) -> str:
    """Arguments with their defaults, without types and `self`."""
    plain = inspect.signature(function)
    kept = [
        each.replace(annotation=inspect.Parameter.empty) for each in plain.parameters.values() if each.name != "self"
    ]
    return str(plain.replace(parameters=kept, return_annotation=inspect.Signature.empty))


def listed(text: str, page: str) -> str:
    """Items as a list."""
    lines = [f"- **{name}**: {linked(what, page)}" if name else linked(what, page) for name, what in items(text)]
    return "\n".join(lines) + "\n"


def linked(text: str, page: str) -> str:
    """The names of other estimators, of what is given to them and of the rule of ties as links to their pages."""
    names = {**stats_sources.functions(), **given()}

    def link(match: re.Match[str]) -> str:
        name = match[1].removeprefix("equipoise.stats.").removeprefix("stats.")
        target = "ties" if name == "ties" else name
        known = target == "ties" or target in names
        return f"[`{match[1]}`]({target}.md)" if known and target != page else match[0]

    return re.sub(r"(?<!\[)`([\w.]+)`(?!\])", link, text)


def first_line(thing: Any) -> str:
    """First sentence of a docstring, on one line."""
    return sections(thing)[""].split("\n\n")[0].replace("\n", " ")


def cell(text: str) -> str:
    """Text for a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
