"""Table 5: survival and cumulative incidence at the horizons, with comparisons; and their sensitivity analyses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from equipoise.report import numbers
from equipoise.report.lookup import Lookup
from equipoise.report.tables.cells import arm_columns, estimate, p_column, p_note, p_values, pair
from equipoise.report.tables.model import Cell, Line, Table
from equipoise.report.tables.response import effect_column, methods_note
from equipoise.report.texts import Words
from equipoise.report.trial import TrialTexts

SURVIVAL = ("OS", "FFS")
COMPETING = ("CGVHD", "SEVERE_CGVHD", "RELAPSE", "NRM")
VARIED = (*SURVIVAL, *COMPETING)
"""Analyses whose variants, named `<id>_...`, are sensitivity analyses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What an analysis of times estimates and tests: the curve, the effect, and the tests by their tags."""

    curve: str
    effect: str
    tests: dict[str, str]


KAPLAN_MEIER = Kind(curve="survival", effect="hazard_ratio", tests={"C": "p_wald", "LR": "p_log_rank"})
AALEN_JOHANSEN = Kind(
    curve="cumulative_incidence", effect="subdistribution_hazard_ratio", tests={"FG": "p_wald", "G": "p_gray"}
)


def kind_of(results: Lookup, analysis: str) -> Kind:
    """Whether an analysis is of survival or of cumulative incidence; variants are what their rows say."""
    if analysis in SURVIVAL or analysis in COMPETING:
        return KAPLAN_MEIER if analysis in SURVIVAL else AALEN_JOHANSEN
    named = (KAPLAN_MEIER.curve, KAPLAN_MEIER.effect)
    return KAPLAN_MEIER if any(results.rows(analysis, name) for name in named) else AALEN_JOHANSEN


def survival_table(results: Lookup, trial: TrialTexts, words: Words) -> Table:
    """Estimates with intervals by arm, hazard ratios, P of the model and of the rank test."""
    table = _table("table-survival", "survival", trial, words)
    table.notes = [words("survival.note"), p_note(words, ("C", "LR", "FG", "G"))]
    table.notes.append(methods_note(results, words, [*SURVIVAL, *COMPETING]))
    for analysis in (*SURVIVAL, *COMPETING):
        title = words(f"survival.{analysis}")
        if not _add(table, results, words, analysis, title):
            table.absent.append(title)
    return table


def survival_sensitivity_table(results: Lookup, trial: TrialTexts, words: Words) -> Table:
    """Every variant of these analyses that the results table holds."""
    table = _table("table-survival-sensitivity", "sensitivity_survival", trial, words)
    table.notes = [words("sensitivity.note"), p_note(words, ("C", "LR", "FG", "G"))]
    for analysis in _variants(results.analyses):
        _add(table, results, words, analysis, _variant_title(analysis, trial, words))
    return table


def _variant_title(analysis: str, trial: TrialTexts, words: Words) -> str:
    """The protocol's title; for a stratified comparison (`OS_STRATIFIED_GRADE`), its analysis and the factor."""
    main, stratified, factor = analysis.partition("_STRATIFIED_")
    if not stratified:
        return trial.analyses.get(analysis, analysis)
    title = words(f"survival.{main}") if main in VARIED else trial.analyses.get(main, main)
    return words("sensitivity_survival.stratified", title=title, factor=words.label("factor", factor.lower()).lower())


def _variants(analyses: Iterable[str]) -> list[str]:
    named = (name for name in analyses if not name.endswith(":curve") and name not in VARIED)
    return sorted(name for name in named if name.startswith(tuple(f"{main}_" for main in VARIED)))


def _table(name: str, texts: str, trial: TrialTexts, words: Words) -> Table:
    arms = arm_columns(trial, words, words("survival.unit"))
    return Table(
        id=name,
        title=words(f"{texts}.title"),
        stub=words("survival.stub"),
        columns=(*arms, effect_column(words, words("word.hazard_ratio")), p_column(words)),
        stacked=True,
    )


def _add(table: Table, results: Lookup, words: Words, analysis: str, title: str) -> bool:
    lines = _lines(results, words, analysis)
    if lines:
        table.lines += [Line(label=title, heading=True), *lines]
    return bool(lines)


def _lines(results: Lookup, words: Words, analysis: str) -> list[Line]:
    kind = kind_of(results, analysis)
    lines = []
    cells = [_events(results, analysis, arm) for arm in results.arms]
    compared = _compared(results, analysis, kind, None)
    if any((*cells, *compared)):
        label = words("survival.events" if any(cells) else "survival.whole")
        lines.append(Line(label=label, cells=(*cells, *compared), level=1))
    rows = results.rows(analysis, kind.curve) + results.rows(analysis, kind.effect)
    for at in sorted({row["at"] for row in rows if row["at"] is not None}):
        cells = [_at(results, analysis, kind.curve, arm, at, numbers.percent) for arm in results.arms]
        label = words("survival.at", months=f"{at:g}")
        lines.append(Line(label=label, cells=(*cells, *_compared(results, analysis, kind, at)), level=1))
    if any(results.get(analysis, "median", group=arm) for arm in results.arms):
        cells = [_at(results, analysis, "median", arm, None, numbers.months) for arm in results.arms]
        lines.append(Line(label=words("survival.median"), cells=(*cells, (), ()), level=1))
    return lines


def _events(results: Lookup, analysis: str, arm: str) -> Cell:
    events, n = (results.get(analysis, name, group=arm) for name in ("events", "n"))
    if events is None or events.value is None:
        return ()
    of_n = "" if n is None or n.value is None else f"/{numbers.count(n.value)}"
    return pair(numbers.count(events.value) + of_n, "" if events.published is None else numbers.count(events.published))


def _at(
    results: Lookup, analysis: str, statistic: str, arm: str, at: float | None, form: Callable[[float], str]
) -> Cell:
    return estimate(results, analysis, statistic, form, group=arm, at=at)


def _compared(results: Lookup, analysis: str, kind: Kind, at: float | None) -> tuple[Cell, Cell]:
    """Hazard ratio and P values with follow-up cut at a horizon, or over all of it."""
    ratio = estimate(results, analysis, kind.effect, numbers.ratio, group=results.versus, at=at)
    return ratio, p_values(results, analysis, kind.tests, at=at)
