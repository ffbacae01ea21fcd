"""Table 1: the subjects at baseline, by arm."""

from __future__ import annotations

from equipoise.analysis.baseline import CATEGORICAL, CONTINUOUS, ORGANS
from equipoise.report import numbers
from equipoise.report.lookup import Lookup
from equipoise.report.tables.cells import NO_CELL, arm_columns, p_column, p_note, p_values, share, spread
from equipoise.report.tables.model import Line, Table
from equipoise.report.texts import Words
from equipoise.report.trial import TrialTexts

VARIABLES: dict[str, tuple[str, ...]] = {
    "age": (),
    **{name: factor.levels for name, factor in CATEGORICAL.items()},
    "organ": tuple(ORGANS),
    "onset_days": (),
}
"""Variables in the order of the table, with their levels."""
TESTS = {"F": "p_fisher", "χ²": "p_pearson"}


def baseline_table(results: Lookup, trial: TrialTexts, words: Words) -> Table:
    """Medians with ranges, counts with percentages, and P values."""
    table = Table(
        id="table-baseline",
        title=words("baseline.title"),
        stub=words("baseline.stub"),
        columns=(*arm_columns(trial, words, words("baseline.unit")), p_column(words, ("Fisher", "Pearson"))),
        notes=[words("baseline.note"), p_note(words, ("F", "χ²", "U"))],
    )
    for name, levels in VARIABLES.items():
        lines = _continuous(results, words, name) if name in CONTINUOUS else _categorical(results, words, name, levels)
        if lines:
            table.lines += lines
        else:
            table.absent.append(words.label("variable", name))
    return table


def _continuous(results: Lookup, words: Words, name: str) -> list[Line]:
    cells = tuple(spread(results, "BASELINE", arm, numbers.plain, endpoint=name) for arm in results.arms)
    if not any(cells):
        return []
    p = p_values(results, "BASELINE", {"U": "p_mann_whitney"}, endpoint=name)
    label = f"{words.label('variable', name)}, {words('word.median_range')}"
    return [Line(label=label, cells=(*cells, p))]


def _categorical(results: Lookup, words: Words, name: str, levels: tuple[str, ...]) -> list[Line]:
    """The variable with its P values, then its levels; a level that nobody has, here or in print, is left out."""
    lines = []
    for level in levels:
        place = {"endpoint": name, "subgroup": f"{name}={level}"}
        cells = tuple(share(results, "BASELINE", arm, **place) for arm in results.arms)
        if any(cells) and any(_somebody(results, arm, place) for arm in results.arms):
            lines.append(Line(label=words.label("level", f"{name}-{level}"), cells=(*cells, NO_CELL), level=1))
    if not lines:
        return []
    p = p_values(results, "BASELINE", TESTS, endpoint=name)
    return [Line(label=words.label("variable", name), cells=(NO_CELL, NO_CELL, p), heading=True), *lines]


def _somebody(results: Lookup, arm: str, place: dict[str, str]) -> bool:
    found = results.get("BASELINE", "count", group=arm, **place)  # type: ignore[arg-type]
    return found is not None and bool(found.value or found.published)


EXPOSURE = ("msc_doses", "msc_doses_first_cycle", "basiliximab_doses", "onset_to_msc_days")


def exposure_table(results: Lookup, trial: TrialTexts, words: Words) -> Table:
    """Doses given, and how long subjects were followed."""
    table = Table(
        id="table-exposure",
        title=words("exposure.title"),
        stub="",
        columns=arm_columns(trial, words, words("word.median_range")),
        notes=[words("exposure.note")],
    )
    places = [("EXPOSURE", name, numbers.plain) for name in EXPOSURE]
    places += [("FOLLOW_UP", name, numbers.months) for name in ("observed", "reverse_km")]
    for analysis, name, form in places:
        cells = tuple(spread(results, analysis, arm, form, endpoint=name) for arm in results.arms)
        if any(cells):
            table.lines.append(Line(label=words.label("exposure", name), cells=cells))
        elif name != "msc_doses_first_cycle":
            table.absent.append(words.label("exposure", name))
    return table
