"""Forest plot: the odds ratio in all subjects and in subgroups, wide for a desk and narrow for a telephone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from equipoise.analysis.factors import FACTORS
from equipoise.report import numbers
from equipoise.report.figures.canvas import SMALL, Canvas
from equipoise.report.lookup import Lookup, Statistic
from equipoise.report.texts import Words
from equipoise.report.trial import Arm

LOWEST, HIGHEST = 0.2, 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the columns stand; `stacked` puts the counts below the label and the interval below the ratio."""

    width: float
    plot_left: float
    plot_right: float
    ratio: float
    row: float
    ticks: tuple[float, ...]
    stacked: bool
    counts: tuple[float, float] = (0.0, 0.0)


WIDE = Layout(
    width=880,
    plot_left=440,
    plot_right=700,
    ratio=880,
    row=21,
    ticks=(0.2, 0.5, 1, 2, 5, 10, 20),
    stacked=False,
    counts=(300, 395),
)
NARROW = Layout(width=380, plot_left=136, plot_right=282, ratio=380, row=33, ticks=(0.2, 1, 5, 20), stacked=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the plot: a factor's heading (with its P for interaction) or a level with its numbers."""

    label: str
    subgroup: str = ""
    heading: bool = False
    note: str = ""


def forest_lines(results: Lookup, words: Words) -> list[Line]:
    """All subjects first, then each factor with the levels that the table has."""
    lines = [Line(label=words("forest.all"))]
    for name, factor in FACTORS.items():
        present = [
            one
            for one in factor.levels
            if results.get("OR28", "n", group=results.experimental, subgroup=f"{name}={one}")
        ]
        if not present:
            continue
        interaction = results.value("OR28", "p_interaction", group=results.versus, subgroup=name)
        note = "" if interaction is None else words("forest.interaction", p=numbers.p_value(interaction))
        lines.append(Line(label=words.label("factor", name), heading=True, note=note))
        for level in present:
            lines.append(Line(label=words.label("level", f"{name}-{level}"), subgroup=f"{name}={level}"))
    return lines


def forest_figure(
    results: Lookup, arms: tuple[Arm, Arm], words: Words, layout: Layout, *, title: str, mark: str
) -> str | None:
    """The forest plot as SVG in a layout; None where the table has no odds ratio for all subjects."""
    if results.get("OR28", "odds_ratio", group=results.versus) is None:
        return None
    lines = forest_lines(results, words)
    heights = [layout.row * (0.8 if line.heading and layout.stacked else 1) for line in lines]
    top = 44.0
    bottom = top + sum(heights)
    name = "forest-narrow" if layout.stacked else "forest-wide"
    canvas = Canvas(
        name, layout.width, bottom + 50, title=title, description=words("figure.forest_description"), mark=mark
    )
    _heading(canvas, arms, words, layout)
    _scale(canvas, arms, layout, top, bottom, words)
    y = top
    for line, height in zip(lines, heights):
        middle = y + height / 2
        _label(canvas, results, line, middle, layout)
        if not line.heading:
            _estimate(canvas, results, line, middle, layout)
        y += height
    return canvas.svg()


def _heading(canvas: Canvas, arms: tuple[Arm, Arm], words: Words, layout: Layout) -> None:
    canvas.text(0, 24, words("forest.subgroup"), size=10, colour="muted")
    canvas.text(layout.ratio, 24, words("forest.ratio"), size=10, colour="muted", anchor="right")
    for arm, x in zip(arms, layout.counts):
        if not layout.stacked:
            canvas.text(x, 24, arm.short, size=10, colour=arm.role, anchor="center", weight="bold")
    canvas.line([0, layout.width], [36, 36], colour="rule")


def _x(ratio: float, layout: Layout) -> float:
    share = math.log(min(max(ratio, LOWEST), HIGHEST) / LOWEST) / math.log(HIGHEST / LOWEST)
    return layout.plot_left + share * (layout.plot_right - layout.plot_left)


def _scale(canvas: Canvas, arms: tuple[Arm, Arm], layout: Layout, top: float, bottom: float, words: Words) -> None:
    one = _x(1, layout)
    canvas.line([one, one], [top, bottom + 4], colour="rule", width=1)
    canvas.line([layout.plot_left, layout.plot_right], [bottom + 4, bottom + 4])
    for tick in layout.ticks:
        x = _x(tick, layout)
        canvas.line([x, x], [bottom + 4, bottom + 7.5])
        canvas.text(x, bottom + 17, f"{tick:g}", size=10, anchor="center")
    better = [words("forest.favours", arm=name) for name in (arms[0].short, arms[1].short.lower())]
    canvas.text(one - 6, bottom + 35, f"← {better[1]}", size=SMALL, colour="muted", anchor="right")
    canvas.text(one + 6, bottom + 35, f"{better[0]} →", size=SMALL, colour="muted")


def _label(canvas: Canvas, results: Lookup, line: Line, y: float, layout: Layout) -> None:
    if line.heading:
        canvas.text(0, y, line.label, size=10.5, weight="bold")
        canvas.text(layout.ratio, y, line.note, size=SMALL, colour="muted", anchor="right")
        return
    counts = [_events(results, line.subgroup, arm) for arm in results.arms]
    indent = 12.0 if line.subgroup else 0.0
    weight = "normal" if line.subgroup else "bold"
    if layout.stacked:
        canvas.text(indent, y - 7, line.label, size=10.5, weight=weight)
        canvas.text(indent, y + 7, f"{counts[0]} v {counts[1]}", size=SMALL, colour="muted")
        return
    canvas.text(indent, y, line.label, size=10.5, weight=weight)
    for x, text in zip(layout.counts, counts):
        canvas.text(x, y, text, size=10.5, anchor="center")


def _events(results: Lookup, subgroup: str, arm: str) -> str:
    events = results.value("OR28", "events", group=arm, subgroup=subgroup)
    n = results.value("OR28", "n", group=arm, subgroup=subgroup)
    return numbers.ABSENT if events is None or n is None else f"{numbers.count(events)}/{numbers.count(n)}"


def _estimate(canvas: Canvas, results: Lookup, line: Line, y: float, layout: Layout) -> None:
    """Point, interval (an arrow where it leaves the scale), the numbers, and the published estimate below."""
    ends = ("", "_lower", "_upper")
    found = [results.get("OR28", f"odds_ratio{end}", group=results.versus, subgroup=line.subgroup) for end in ends]
    written = [_written(one) for one in found]
    if layout.stacked and found[1] is not None and found[1].value is not None:
        canvas.text(layout.ratio, y - 7, written[0], size=10.5, anchor="right")
        canvas.text(layout.ratio, y + 7, f"({numbers.interval(*written[1:])})", size=SMALL, anchor="right")
    else:
        known = found[1] is not None and found[1].value is not None
        text = numbers.with_interval(*written) if known else written[0]
        canvas.text(layout.ratio, y, text, size=10 if layout.stacked else 10.5, anchor="right")
    point, low, high = (one.value if one else None for one in found)
    if low is not None:
        _interval(canvas, point, low, high, y, layout)
    published = [one.published if one else None for one in found]
    if published[0] is not None:
        if published[1] is not None and published[2] is not None:
            canvas.line([_x(published[1], layout), _x(published[2], layout)], [y + 8, y + 8], colour="muted", width=0.9)
        canvas.diamond(_x(published[0], layout), y + 8, colour="muted", size=5.5)


def _written(found: Statistic | None) -> str:
    if found is None:
        return numbers.ABSENT
    if found.value is None:
        return "∞" if found.text == "infinite" else found.text
    return numbers.ratio(found.value)


def _interval(canvas: Canvas, point: float | None, low: float, high: float | None, y: float, layout: Layout) -> None:
    left, right = _x(low, layout), _x(HIGHEST if high is None else high, layout)
    canvas.line([left, right], [y, y], colour="ink", width=1.3)
    if high is None or high > HIGHEST:
        canvas.line([right - 5, right, right - 5], [y - 3.5, y, y + 3.5], colour="ink", width=1.3)
    if low < LOWEST:
        canvas.line([left + 5, left, left + 5], [y - 3.5, y, y + 3.5], colour="ink", width=1.3)
    if point is not None and LOWEST <= point <= HIGHEST:
        x = _x(point, layout)
        canvas.box(x - 3.6, y - 3.6, 7.2, 7.2, fill="ink")
