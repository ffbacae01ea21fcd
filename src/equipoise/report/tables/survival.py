"""Table 5: survival and cumulative incidence at the horizons, and the comparisons of the arms."""

from __future__ import annotations

from collections.abc import Callable

from equipoise.report import numbers
from equipoise.report.lookup import Lookup
from equipoise.report.tables.cells import arm_columns, estimate, p_column, p_note, p_values, pair
from equipoise.report.tables.model import Cell, Line, Table
from equipoise.report.tables.response import effect_column, methods_note, methods_note
from equipoise.report.texts import Words
from equipoise.report.trial import TrialTexts

SURVIVAL = ("OS", "FFS")
COMPETING = ("CGVHD", "SEVERE_CGVHD", "RELAPSE", "NRM")
CURVE = {**dict.fromkeys(SURVIVAL, "survival"), **dict.fromkeys(COMPETING, "cumulative_incidence")}
"""The statistic whose curve is drawn, by analysis."""
EFFECT = {**dict.fromkeys(SURVIVAL, "hazard_ratio"), **dict.fromkeys(COMPETING, "subdistribution_hazard_ratio")}
TESTS = {
    **dict.fromkeys(SURVIVAL, {"C": "p_wald", "LR": "p_log_rank"}),
    **dict.fromkeys(COMPETING, {"FG": "p_wald", "G": "p_gray"}),
}


def survival_table(results: Lookup, trial: TrialTexts, words: Words) -> Table:
    """Estimates with intervals by arm, hazard ratios, P of the model and of the rank test."""
    table = Table(
        id="table-survival",
        title=words("survival.title"),
        stub=words("survival.stub"),
        columns=(
            *arm_columns(trial, words, words("survival.unit")),
            effect_column(words, words("word.hazard_ratio")),
            p_column(words),
        ),
        notes=[
            words("survival.note"),
            p_note(words, ("C", "LR", "FG", "G")),
            methods_note(results, words, [*SURVIVAL, *COMPETING]),
        ],
        stacked=True,
    )
    for analysis in (*SURVIVAL, *COMPETING):
        lines = _lines(results, words, analysis)
        if lines:
            table.lines += [Line(label=words(f"survival.{analysis}"), heading=True), *lines]
        else:
            table.absent.append(words(f"survival.{analysis}"))
    return table


def horizons(results: Lookup, analysis: str) -> list[float]:
    """Months at which the table holds estimates of an analysis."""
    return sorted({row["at"] for row in results.rows(analysis, CURVE[analysis]) if row["at"] is not None})


def _lines(results: Lookup, words: Words, analysis: str) -> list[Line]:
    lines = []
    if any(results.get(analysis, "events", group=arm) for arm in results.arms):
        cells = [_events(results, analysis, arm) for arm in results.arms]
        lines.append(Line(label=words("survival.events"), cells=(*cells, *_compared(results, analysis, None)), level=1))
    for at in horizons(results, analysis):
        cells = [_at(results, analysis, CURVE[analysis], arm, at, numbers.percent) for arm in results.arms]
        label = words("survival.at", months=f"{at:g}")
        lines.append(Line(label=label, cells=(*cells, *_compared(results, analysis, at)), level=1))
    if analysis in SURVIVAL and any(results.get(analysis, "median", group=arm) for arm in results.arms):
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


def _compared(results: Lookup, analysis: str, at: float | None) -> tuple[Cell, Cell]:
    """Hazard ratio and P values with follow-up cut at a horizon, or over all of it."""
    ratio = estimate(results, analysis, EFFECT[analysis], numbers.ratio, group=results.versus, at=at)
    return ratio, p_values(results, analysis, TESTS[analysis], at=at)
