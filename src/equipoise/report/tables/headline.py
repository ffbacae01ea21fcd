"""The headline results: primary, key secondary and the rest of what a reader asks first, ours beside the published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from equipoise.report import numbers
from equipoise.report.figures.dots import dots
from equipoise.report.lookup import Lookup
from equipoise.report.tables.cells import arm_columns, estimate, number_text, p_column, p_note, p_values, pair
from equipoise.report.tables.model import Cell, Line, Table
from equipoise.report.tables.response import effect_column
from equipoise.report.tables.survival import AALEN_JOHANSEN, KAPLAN_MEIER, SURVIVAL
from equipoise.report.texts import Words
from equipoise.report.trial import TrialTexts

RESPONSE_TESTS = {"F": "p_fisher", "χ²": "p_pearson"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One line: the statistic that it shows for each arm, and the effect and tests that compare them."""

    analysis: str
    statistic: str
    effect: str = ""
    tests: dict[str, str]
    at: float | None = None
    endpoint: str | None = None
    role: str = ""


def _time(analysis: str, statistic: str, at: float | None) -> Headline:
    kind = KAPLAN_MEIER if analysis in SURVIVAL else AALEN_JOHANSEN
    return Headline(analysis=analysis, statistic=statistic, effect=kind.effect, tests=kind.tests, at=at)


def _response(analysis: str, role: str = "") -> Headline:
    return Headline(analysis=analysis, statistic="proportion", effect="odds_ratio", tests=RESPONSE_TESTS, role=role)


HEADLINES = (
    _response("OR28", "primary"),
    _response("DOR56", "key_secondary"),
    _response("CR28"),
    _time("OS", "survival", 36.0),
    _time("FFS", "median", None),
    _time("CGVHD", "cumulative_incidence", 24.0),
    _time("SEVERE_CGVHD", "cumulative_incidence", 24.0),
    _time("RELAPSE", "cumulative_incidence", 36.0),
    _time("NRM", "cumulative_incidence", 36.0),
    Headline(analysis="AE34", statistic="proportion", tests=RESPONSE_TESTS, endpoint="INFECTION"),
    Headline(analysis="AE34", statistic="proportion", tests=RESPONSE_TESTS, endpoint="HEMATOLOGIC"),
)


def headline_table(results: Lookup, trial: TrialTexts, words: Words) -> Table:
    """One line an endpoint; percentages are drawn as dots too."""
    table = Table(
        id="table-headline",
        title=words("headline.table"),
        stub=words("headline.stub"),
        columns=(
            *arm_columns(trial, words, words("headline.unit")),
            effect_column(words, words("headline.effect")),
            p_column(words),
        ),
        notes=[words("headline.note"), p_note(words, ("F", "χ²", "C", "LR", "FG", "G"))],
        stacked=True,
    )
    for headline in HEADLINES:
        line = _line(results, headline, words)
        if line is None:
            table.absent.append(_name(headline, words))
        else:
            table.lines.append(line)
    return table


def _name(headline: Headline, words: Words) -> str:
    return words("headline." + "_".join(part for part in (headline.analysis, headline.endpoint) if part))


def _line(results: Lookup, headline: Headline, words: Words) -> Line | None:
    form: Callable[[float], str] = numbers.months if headline.statistic == "median" else numbers.percent
    place: dict[str, Any] = {"at": headline.at, "endpoint": headline.endpoint}
    found = [results.get(headline.analysis, headline.statistic, group=arm, **place) for arm in results.arms]
    if not any(found):
        return None
    cells: list[Cell] = []
    for one in found:
        published = "" if one is None or one.published is None else form(one.published)
        cells.append(pair(number_text(one, form), published))
    ratio: Cell = ()
    if headline.effect:
        ratio = estimate(results, headline.analysis, headline.effect, numbers.ratio, group=results.versus, **place)
    p = p_values(results, headline.analysis, headline.tests, **place)
    extra = ""
    if headline.statistic != "median":
        roles = ("experimental", "control")
        ours = {role: one.value if one else None for role, one in zip(roles, found)}
        published_shares = {role: one.published if one else None for role, one in zip(roles, found)}
        extra = dots(ours, published_shares, _name(headline, words))
    label = _name(headline, words)
    if headline.role:
        label = f"{label} ({words('headline.' + headline.role)})"
    return Line(label=label, cells=(*cells, ratio, p), extra=extra)
