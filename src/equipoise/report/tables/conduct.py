"""How the trial was conducted: protocol deviations by code, and how complete the data are."""

from __future__ import annotations

from equipoise.report import numbers
from equipoise.report.lookup import Lookup
from equipoise.report.tables.cells import pair
from equipoise.report.tables.model import Cell, Column, Line, Table
from equipoise.report.texts import Words
from equipoise.report.trial import TrialTexts

ORDER = (
    "day28_assessed",
    "day56_assessed",
    "vital_status_known",
    "visits_held",
    "forms_entered",
    "forms_corrected",
    "forms_late",
)
SEVERITIES = ("critical", "major", "minor", "")


def deviation_table(results: Lookup, trial: TrialTexts, words: Words) -> Table:
    """Subjects with a deviation and deviations in all, by code, the most severe first."""
    groups = (*results.arms, "ALL")
    labels = (*(arm.short for arm in trial.arms), words("word.all"))
    columns = tuple(
        Column(label=label, kind=kind, note=words("deviations.unit"))
        for label, kind in zip(labels, ("experimental", "control", "plain"))
    )
    table = Table(
        id="table-deviations", title=words("deviations.title"), stub=words("deviations.stub"), columns=columns
    )
    table.notes.append(words("deviations.note"))
    codes = {row["endpoint"] for row in results.rows("DEVIATIONS", "count")}
    for severity in SEVERITIES:
        of_this = sorted(code for code in codes if trial.deviations.get(code, ("", ""))[0] == severity)
        if of_this:
            table.lines.append(Line(label=words(f"deviations.{severity or 'unknown'}"), heading=True))
        for code in of_this:
            text = trial.deviations.get(code, ("", ""))[1] or code
            cells = tuple(_subjects(results, code, group) for group in groups)
            table.lines.append(Line(label=text, cells=cells, level=1))
    if not codes:
        table.absent.append(words("deviations.title"))
    return table


def _subjects(results: Lookup, code: str, group: str) -> Cell:
    subjects = results.value("DEVIATIONS", "subjects", group=group, endpoint=code)
    many = results.value("DEVIATIONS", "count", group=group, endpoint=code)
    if many is None:
        return pair("0", "")
    return pair(numbers.count(many) if subjects is None else f"{numbers.count(subjects)} ({numbers.count(many)})", "")


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def completeness_table(results: Lookup, trial: TrialTexts, words: Words) -> Table:
    """What was done of what was due."""
    columns = tuple(Column(label=words(f"completeness.{name}"), kind="plain") for name in ("done", "due", "percent"))
    table = Table(
        id="table-completeness", title=words("completeness.title"), stub=words("completeness.stub"), columns=columns
    )
    rows = sorted(results.rows("COMPLETENESS", "count"), key=lambda row: _place(row["endpoint"]))
    short = {arm.id: arm.short for arm in trial.arms}
    for row in rows:
        place = {"group": row["group"], "endpoint": row["endpoint"], "subgroup": row["subgroup"]}
        due = results.value("COMPLETENESS", "n", **place)
        proportion = results.value("COMPLETENESS", "proportion", **place)
        label = words.label("completeness", row["endpoint"])
        if row["group"] != "ALL":
            label = f"{label}, {short.get(row['group'], row['group'])}"
        texts = (
            numbers.ABSENT if row["value"] is None else numbers.count(row["value"]),
            numbers.ABSENT if due is None else numbers.count(due),
            numbers.ABSENT if proportion is None else numbers.percent(proportion),
        )
        table.lines.append(Line(label=label, cells=tuple(pair(text, "") for text in texts)))
    if not rows:
        table.absent.append(words("completeness.title"))
    return table
