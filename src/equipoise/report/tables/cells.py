"""Cells that several tables share: a count with its share, an estimate with its interval, P values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from equipoise.report import numbers
from equipoise.report.lookup import Lookup, Statistic
from equipoise.report.tables.model import Cell, Column, Part
from equipoise.report.texts import Words
from equipoise.report.trial import TrialTexts

Form = Callable[[float], str]
NO_CELL: Cell = ()
INFINITY = "∞"


def pair(ours: str, published: str) -> Cell:
    """Our number and the published one, which may be empty."""
    return (Part(text=ours), Part(text=published, kind="pub"))


def number_text(found: Statistic | None, form: Form) -> str:
    """Our number as text, or why there is none."""
    if found is None:
        return numbers.ABSENT
    if found.value is None:
        return INFINITY if found.text == "infinite" else found.text
    return form(found.value)


def share(results: Lookup, analysis: str, arm: str, number: str = "count", **place: Any) -> Cell:
    """A count and its percentage, ours and published; empty where the table has neither."""
    found = [results.get(analysis, name, group=arm, **place) for name in (number, "proportion")]
    if not any(found):
        return NO_CELL
    ours = [one.value if one else None for one in found]
    published = [one.published if one else None for one in found]
    return pair(_share_text(*ours) or numbers.ABSENT, _share_text(*published))


def _share_text(number: float | None, proportion: float | None) -> str:
    if number is None:
        return "" if proportion is None else f"{numbers.percent(proportion)} %"
    if proportion is None:
        return numbers.count(number)
    return numbers.count_percent(numbers.count(number), numbers.percent(proportion))


def events_of_n(results: Lookup, analysis: str, arm: str, **place: Any) -> Cell:
    """Responders of all with the percentage, `82/99 (82.8)`, ours and published; empty where the table has none."""
    found = [results.get(analysis, name, group=arm, **place) for name in ("events", "n", "proportion")]
    if not any(found):
        return NO_CELL
    ours = _of_n(*(one.value if one else None for one in found))
    return pair(ours or numbers.ABSENT, _of_n(*(one.published if one else None for one in found)))


def _of_n(events: float | None, n: float | None, proportion: float | None) -> str:
    if events is None or n is None:
        return _share_text(events, proportion)
    text = f"{numbers.count(events)}/{numbers.count(n)}"
    return text if proportion is None else numbers.count_percent(text, numbers.percent(proportion))


def estimate(results: Lookup, analysis: str, statistic: str, form: Form, **place: Any) -> Cell:
    """An estimate with its interval, ours and published; empty where the table has no estimate."""
    found = [results.get(analysis, f"{statistic}{end}", **place) for end in ("", "_lower", "_upper")]
    if found[0] is None:
        return NO_CELL
    texts = [number_text(one, form) for one in found]
    ours = texts[0] if found[1] is None or found[1].value is None else f"{texts[0]} ({_ends(found[1:], texts[1:])})"
    return pair(ours, _published_estimate([one.published if one else None for one in found], form))


def _ends(found: list[Statistic | None], texts: list[str]) -> str:
    """The ends of an interval; without an upper end, what it is at least."""
    upper = found[1]
    if upper is None or (upper.value is None and upper.text != "infinite"):
        return f"≥{texts[0]}"
    return numbers.interval(*texts)


def _published_estimate(values: list[float | None], form: Form) -> str:
    point, lower, upper = values
    if point is None:
        return ""
    if lower is None or upper is None:
        return form(point)
    return numbers.with_interval(form(point), form(lower), form(upper))


def spread(results: Lookup, analysis: str, arm: str, form: Form, **place: Any) -> Cell:
    """Median with its range, ours and published; empty where the table has no median."""
    found = [results.get(analysis, name, group=arm, **place) for name in ("median", "minimum", "maximum")]
    if found[0] is None:
        return NO_CELL
    ours = numbers.with_interval(*(number_text(one, form) for one in found))
    return pair(ours, _published_estimate([one.published if one else None for one in found], form))


def p_values(results: Lookup, analysis: str, tests: dict[str, str], **place: Any) -> Cell:
    """P values of some tests, by the tag printed beside each, and the published P; empty where there is none."""
    found = {tag: results.get(analysis, statistic, group=results.versus, **place) for tag, statistic in tests.items()}
    if not any(found.values()):
        return NO_CELL
    published = next((one.published for one in found.values() if one and one.published is not None), None)
    parts = [Part(text=number_text(one, numbers.p_value), tag=tag) for tag, one in found.items()]
    return (*parts, Part(text="" if published is None else numbers.p_value(published), kind="pub"))


def p_note(words: Words, tags: tuple[str, ...]) -> str:
    """What the tags of the P values mean, and what the published P value is."""
    return "; ".join([*(words.label("test", tag) for tag in tags), words("word.p_published")])


def arm_columns(trial: TrialTexts, words: Words, note: str) -> tuple[Column, Column]:
    """The columns of the two arms."""
    parts = (words("word.ours"), words("word.published"))
    experimental, control = (Column(label=arm.short, kind=arm.role, parts=parts, note=note) for arm in trial.arms)
    return (experimental, control)


def p_column(words: Words, tests: tuple[str, ...] = ()) -> Column:
    """The column of P values, its tests by name; without names where each P value carries its tag."""
    return Column(label="P", kind="p", parts=(*tests, words("word.published_short")) if tests else ())
