"""CONSORT flow: from screening to analysis, with the published number in small print, wide and narrow."""

from __future__ import annotations

from dataclasses import dataclass

from equipoise.report import numbers
from equipoise.report.figures.canvas import Canvas, wrapped
from equipoise.report.lookup import Lookup
from equipoise.report.texts import Words
from equipoise.report.trial import Arm

REASONS = {
    "flow_excluded": ("WITHDREW_CONSENT", "NOT_ELIGIBLE", "OTHER"),
    "flow_discontinued": ("STOP_TREATMENT", "STOP_VISITS", "WITHDRAW_DATA"),
}
SCREENING = (("flow_screened",), ("flow_excluded", "flow_in_screening"), ("flow_randomized",))
STEPS = (
    ("flow_allocated", "flow_received", "flow_not_received"),
    ("flow_discontinued", "flow_lost", "flow_crossover"),
    ("flow_analysed:ITT", "flow_not_analysed:ITT", "flow_analysed:MITT", "flow_not_analysed:MITT"),
)
"""Boxes of an arm, each with its lines; a line that the table lacks is left out, but for the first of a box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Widths in pixels: of the drawing, of a box, and the size of its text."""

    name: str
    width: float
    box: float
    size: float
    gap: float


WIDE = Layout(name="consort-wide", width=880, box=330, size=11, gap=26)
NARROW = Layout(name="consort-narrow", width=380, box=182, size=9.8, gap=20)
SHOWN_IF_ANY = {"flow_in_screening"}
PAD, LEADING, INDENT = 9.0, 1.45, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a box: words, our number and the published one; `level` 0 is the heading of its box."""

    label: str
    ours: str
    published: str
    level: int


def entries_of(results: Lookup, group: str, names: tuple[str, ...], words: Words) -> list[Entry]:
    """The lines of one box, reasons below their sum; a reason that nobody had is left out, here and in print."""
    entries = []
    for number, name in enumerate(names):
        statistic, _, population = name.partition(":")
        subgroup = f"population={population}" if population else ""
        label = words("flow." + name.replace(":", "_"))
        entry = _entry(results, group, statistic, subgroup, label, min(number, 1))
        if entry is None and number == 0:
            entry = Entry(label=label, ours=numbers.ABSENT, published="", level=0)
        if entry is not None and not (name in SHOWN_IF_ANY and entry.ours == "0"):
            entries.append(entry)
        for reason in REASONS.get(statistic, ()):
            below = _entry(results, group, statistic, f"reason={reason}", words(f"flow.{reason}"), 2)
            if below is not None and {below.ours, below.published} - {"", "0"}:
                entries.append(below)
    return entries


def _entry(results: Lookup, group: str, statistic: str, subgroup: str, label: str, level: int) -> Entry | None:
    found = results.get("FLOW", statistic, group=group, subgroup=subgroup)
    if found is None or found.value is None:
        return None
    published = "" if found.published is None else numbers.count(found.published)
    return Entry(label=label, ours=numbers.count(found.value), published=published, level=level)


def consort_figure(
    results: Lookup, arms: tuple[Arm, Arm], words: Words, layout: Layout, *, title: str, mark: str
) -> str | None:
    """The flow as SVG in a layout; None where nobody was randomized in the table."""
    if results.get("FLOW", "flow_randomized", group="ALL") is None:
        return None
    top = {names[0]: entries_of(results, "ALL", names, words) for names in SCREENING}
    columns = [[entries_of(results, arm.id, step, words) for step in STEPS] for arm in arms]
    rows = [max(_height(column[step], layout) for column in columns) for step in range(len(STEPS))]
    start = 20.0 + _height(top["flow_screened"], layout) + _height(top["flow_excluded"], layout) + 2 * layout.gap
    total = start + _height(top["flow_randomized"], layout) + 2 * layout.gap + 20 + sum(rows) + layout.gap * len(rows)
    canvas = Canvas(
        layout.name, layout.width, total, title=title, description=words("figure.flow_description"), mark=mark
    )
    trunk = layout.width / 4 + 1 if layout.width < 500 else layout.width / 2
    y = _screening(canvas, top, layout, trunk)
    y = _randomized(canvas, top["flow_randomized"], layout, trunk, y)
    for arm, column, x in zip(arms, columns, (layout.width / 4, 3 * layout.width / 4)):
        _arm(canvas, arm, column, rows, layout, x, y)
    return canvas.svg()


def _screening(canvas: Canvas, top: dict[str, list[Entry]], layout: Layout, trunk: float) -> float:
    """Screened and, to the right of the line downwards, excluded; returns where the next box may begin."""
    y = 20.0
    _box(canvas, top["flow_screened"], layout, trunk, y)
    y += _height(top["flow_screened"], layout)
    height = _height(top["flow_excluded"], layout)
    end = y + height + 2 * layout.gap
    canvas.line([trunk, trunk], [y, end - 1], colour="muted", width=1)
    aside = 3 * layout.width / 4 + (layout.width / 4 - layout.box / 2 - 1 if layout.width >= 500 else 0)
    middle = y + layout.gap + height / 2
    canvas.line([trunk, aside - layout.box / 2], [middle, middle], colour="muted", width=1)
    _box(canvas, top["flow_excluded"], layout, aside, y + layout.gap)
    return end


def _randomized(canvas: Canvas, entries: list[Entry], layout: Layout, trunk: float, y: float) -> float:
    _box(canvas, entries, layout, trunk, y)
    y += _height(entries, layout)
    left, right = layout.width / 4, 3 * layout.width / 4
    canvas.line([trunk, trunk], [y, y + layout.gap], colour="muted", width=1)
    canvas.line([left, right], [y + layout.gap, y + layout.gap], colour="muted", width=1)
    return y + layout.gap


def _arm(
    canvas: Canvas, arm: Arm, column: list[list[Entry]], rows: list[float], layout: Layout, x: float, y: float
) -> None:
    canvas.line([x, x], [y, y + 8], colour="muted", width=1)
    canvas.text(x, y + 18, arm.short, size=layout.size + 1, colour=arm.role, anchor="center", weight="bold")
    y += 30
    for entries, height in zip(column, rows):
        if entries:
            _box(canvas, entries, layout, x, y, height=height, edge=arm.role)
        y += height
        if entries is not column[-1]:
            canvas.line([x, x], [y, y + layout.gap], colour="muted", width=1)
        y += layout.gap


def _aside(entries: list[Entry]) -> float:
    """Room at the right of a box for published numbers."""
    return 36.0 if any(entry.published for entry in entries) else 0.0


def _lines(entry: Entry, entries: list[Entry], layout: Layout) -> list[str]:
    room = layout.box - 2 * PAD - INDENT * entry.level - 26 - _aside(entries)
    return wrapped(entry.label, room, layout.size)


def _height(entries: list[Entry], layout: Layout) -> float:
    return 2 * PAD - 3 + layout.size * LEADING * sum(len(_lines(entry, entries, layout)) for entry in entries)


def _box(
    canvas: Canvas,
    entries: list[Entry],
    layout: Layout,
    centre: float,
    top: float,
    *,
    height: float = 0,
    edge: str = "muted",
) -> None:
    """A box with its lines: words on the left, numbers on the right, the published one behind a diamond."""
    left, right = centre - layout.box / 2, centre + layout.box / 2 - PAD
    canvas.box(left, top, layout.box, height or _height(entries, layout), fill="paper", edge=edge, line=1.0)
    leading = layout.size * LEADING
    y = top + PAD + leading / 2 - 2
    for entry in entries:
        weight = "bold" if entry.level == 0 else "normal"
        canvas.text(right - _aside(entries), y, entry.ours, size=layout.size, anchor="right", weight=weight)
        if entry.published:
            canvas.diamond(right - 27, y, colour="muted", size=5.5)
            canvas.text(right, y, entry.published, size=layout.size - 0.5, colour="muted", anchor="right")
        for line in _lines(entry, entries, layout):
            canvas.text(left + PAD + INDENT * entry.level, y, line, size=layout.size, weight=weight)
            y += leading
