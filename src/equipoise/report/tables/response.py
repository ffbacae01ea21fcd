"""Table 2: response at day 28 and day 56, in all subjects and by grade; and its sensitivity analyses."""

from __future__ import annotations

from equipoise.report import numbers
from equipoise.report.lookup import Lookup
from equipoise.report.tables.cells import NO_CELL, arm_columns, estimate, events_of_n, p_column, p_note, p_values, share
from equipoise.report.tables.model import Column, Line, Table
from equipoise.report.texts import Words
from equipoise.report.trial import TrialTexts

TESTS = {"F": "p_fisher", "χ²": "p_pearson"}
GRADES = ("II", "III", "IV")
BY_GRADE = {"OR28", "DOR56"}
DAYS = {"day28": ("OR28", "CR28"), "day56": ("DOR56", "OR56", "OR56_AS_TREATED")}
DISTRIBUTION = {"day28": "RESPONSE28", "day56": "RESPONSE56"}


def effect_column(words: Words, label: str) -> Column:
    """The column of odds or hazard ratios with their intervals."""
    return Column(
        label=label, kind="effect", parts=(words("word.ours"), words("word.published")), note=words("word.interval")
    )


def methods_note(results: Lookup, words: Words, analyses: list[str]) -> str:
    """The estimators behind the numbers of a table; tests of hypotheses are named with the P values."""
    return words("word.methods", methods="; ".join(results.methods(analyses)))


def response_table(results: Lookup, trial: TrialTexts, words: Words) -> Table:
    """Each response as n/N (%), odds ratio with interval, Fisher's and Pearson's P."""
    table = Table(
        id="table-response",
        title=words("response.title"),
        stub=words("response.stub"),
        columns=(
            *arm_columns(trial, words, words("response.unit")),
            effect_column(words, words("word.odds_ratio")),
            p_column(words),
        ),
        notes=[words("response.note"), p_note(words, tuple(TESTS)), methods_note(results, words, ["OR28", "DOR56"])],
        stacked=True,
    )
    for day, analyses in DAYS.items():
        table.lines.append(Line(label=words(f"response.{day}"), heading=True))
        for analysis in analyses:
            _add(table, results, words, analysis)
        codes = ("PR", "NR") if results.has("CR28") and day == "day28" else ("CR", "PR", "NR")
        _add_distribution(table, results, words, DISTRIBUTION[day], codes)
    return table


def _add(table: Table, results: Lookup, words: Words, analysis: str) -> None:
    line = comparison_line(results, analysis, words(f"response.{analysis}"))
    if line is None:
        table.absent.append(words(f"response.{analysis}"))
        return
    table.lines.append(line)
    if analysis in BY_GRADE:
        for grade in GRADES:
            below = comparison_line(results, analysis, words.label("level", f"grade-{grade}"), f"grade={grade}")
            if below is not None:
                table.lines.append(below)


def comparison_line(results: Lookup, analysis: str, label: str, subgroup: str = "") -> Line | None:
    """One comparison of two proportions; None where the table has neither arm."""
    arms = [events_of_n(results, analysis, arm, subgroup=subgroup) for arm in results.arms]
    if not any(arms):
        return None
    ratio = estimate(results, analysis, "odds_ratio", numbers.ratio, group=results.versus, subgroup=subgroup)
    p = p_values(results, analysis, TESTS, subgroup=subgroup)
    return Line(label=label, cells=(*arms, ratio, p), level=1 if subgroup else 0)


def _add_distribution(table: Table, results: Lookup, words: Words, analysis: str, codes: tuple[str, ...]) -> None:
    """Categories of response as n (%), but for one that has a line of its own."""
    lines = []
    for code in codes:
        cells = tuple(share(results, analysis, arm, subgroup=f"response={code}") for arm in results.arms)
        if any(cells):
            lines.append(Line(label=words.label("level", f"response-{code}"), cells=(*cells, NO_CELL, NO_CELL)))
    table.lines += lines
    if not lines:
        table.absent.append(words(f"response.{analysis}"))


def sensitivity_table(results: Lookup, trial: TrialTexts, words: Words) -> Table:
    """Every sensitivity analysis of a response that the results table holds."""
    table = Table(
        id="table-sensitivity",
        title=words("sensitivity.title"),
        stub=words("sensitivity.stub"),
        columns=(
            *arm_columns(trial, words, words("response.unit")),
            effect_column(words, words("word.odds_ratio")),
            p_column(words),
        ),
        notes=[words("sensitivity.note")],
        stacked=True,
    )
    for analysis in sorted(name for name in results.analyses if name.startswith(("OR28_", "DOR56_"))):
        line = comparison_line(results, analysis, trial.analyses.get(analysis, analysis))
        if line is not None:
            table.lines.append(line)
    return table
