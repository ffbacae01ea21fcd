"""Tables 3 and 4: adverse events of grade 3 or 4 by class, serious adverse events; and the deaths by cause."""

from __future__ import annotations

from collections.abc import Mapping

from equipoise.report.lookup import Lookup
from equipoise.report.tables.cells import NO_CELL, arm_columns, p_column, p_note, p_values, share
from equipoise.report.tables.model import Line, Table
from equipoise.report.texts import Words
from equipoise.report.trial import TrialTexts

TESTS = {"F": "p_fisher", "χ²": "p_pearson"}
EVENTS: Mapping[str, tuple[str, ...]] = {
    "ANY": (),
    "INFECTION": ("INFECTION_VIRAL", "INFECTION_BACTERIAL", "INFECTION_FUNGAL"),
    "HEMATOLOGIC": (),
    "GASTROINTESTINAL": (),
    "HEPATOBILIARY": (),
    "CARDIAC": (),
    "RENAL": (),
    "SKIN": (),
    "VASCULAR": (),
    "HEMORRHAGE": (),
    "METABOLIC": (),
    "NEUROLOGIC": (),
    "INFUSION_RELATED": (),
    "SECONDARY_MALIGNANCY": (),
    "OTHER": (),
}
"""Classes in the order of the table, with those inside them."""
SERIOUS = {**EVENTS, "HEMATOLOGIC": ("PLATELETS", "PLATELETS_AND_NEUTROPHILS"), "INFECTION": ()}
CAUSES = ("RELAPSE", "AGVHD", "CGVHD", "INFECTION", "HEMORRHAGE", "TMA", "OTHER")
EXPECTED = ("ANY", "INFECTION", "HEMATOLOGIC")


def adverse_event_table(results: Lookup, trial: TrialTexts, words: Words) -> Table:
    """Subjects with an event of grade 3 or 4, each counted once in a class."""
    table = _table("table-events", "events", trial, words, tests=True)
    _fill(table, results, words, "AE34", EVENTS)
    organisms = [_among(results, words, name) for name in EVENTS["INFECTION"]]
    if any(organisms):
        table.lines.append(Line(label=words("events.among_infected"), heading=True))
        table.lines += [line for line in organisms if line is not None]
    reaction = [share(results, "INFUSION", arm, endpoint="reaction") for arm in results.arms]
    if any(reaction):
        table.lines.append(Line(label=words("events.infusion"), cells=(*reaction, NO_CELL)))
    else:
        table.absent.append(words("events.infusion"))
    return table


def _among(results: Lookup, words: Words, name: str) -> Line | None:
    place = {"endpoint": name, "subgroup": "among=INFECTION"}
    cells = [share(results, "AE34", arm, **place) for arm in results.arms]
    return Line(label=words.label("class", name), cells=(*cells, NO_CELL), level=1) if any(cells) else None


def serious_event_table(results: Lookup, trial: TrialTexts, words: Words) -> Table:
    """Subjects with a serious adverse event by class."""
    table = _table("table-serious", "serious", trial, words, tests=True)
    _fill(table, results, words, "SAE", SERIOUS)
    return table


def death_table(results: Lookup, trial: TrialTexts, words: Words) -> Table:
    """Deaths by cause."""
    table = _table("table-deaths", "deaths", trial, words, tests=False)
    for name in ("ANY", *CAUSES):
        cells = tuple(share(results, "DEATHS", arm, endpoint=name) for arm in results.arms)
        if any(cells):
            table.lines.append(Line(label=words.label("cause", name), cells=cells, level=0 if name == "ANY" else 1))
    if table.empty:
        table.absent.append(words("deaths.title"))
    return table


def _table(name: str, texts: str, trial: TrialTexts, words: Words, *, tests: bool) -> Table:
    columns = arm_columns(trial, words, words("baseline.unit"))
    return Table(
        id=name,
        title=words(f"{texts}.title"),
        stub=words(f"{texts}.stub"),
        columns=(*columns, p_column(words, ("Fisher", "Pearson"))) if tests else columns,
        notes=[words(f"{texts}.note"), *([p_note(words, tuple(TESTS))] if tests else [])],
    )


def _fill(table: Table, results: Lookup, words: Words, analysis: str, classes: Mapping[str, tuple[str, ...]]) -> None:
    for name, inside in classes.items():
        line = _class_line(results, words, analysis, name, 0)
        if line is None:
            if name in EXPECTED:
                table.absent.append(words.label("class", name))
            continue
        table.lines.append(line)
        below = (_class_line(results, words, analysis, one, 1) for one in inside)
        table.lines += [line for line in below if line is not None]


def _class_line(results: Lookup, words: Words, analysis: str, name: str, level: int) -> Line | None:
    """The line of a class. One that nobody had, here or in the paper, has none; one that nobody had has no P."""
    counts = [results.get(analysis, "count", group=arm, endpoint=name) for arm in results.arms]
    nobody = all(found is None or found.value == 0 for found in counts)
    if nobody and not any(found is not None and found.published is not None for found in counts):
        return None
    cells = [share(results, analysis, arm, endpoint=name) for arm in results.arms]
    p = NO_CELL if nobody else p_values(results, analysis, TESTS, endpoint=name)
    return Line(label=words.label("class", name), cells=(*cells, p), level=level)
