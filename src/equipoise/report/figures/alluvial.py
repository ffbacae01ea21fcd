"""Alluvial of one arm: from the grade at baseline to the response at day 28 and at day 56."""

from __future__ import annotations

from dataclasses import dataclass, field

from matplotlib.patches import PathPatch
from matplotlib.path import Path

from equipoise.report import numbers
from equipoise.report.figures.canvas import PALETTE, Canvas
from equipoise.report.lookup import Lookup
from equipoise.report.texts import Words
from equipoise.report.trial import Arm

ORDER = ("0", "I", "II", "III", "IV", "CR", "VGPR", "PR", "NR", "NE", "DEAD")
SHADE = {"CR": "", "VGPR": "-2", "PR": "-2"}
"""Shade of a response; what is not a response is pale."""
WIDTH, TOP, HEIGHT, NODE, GAP = 400.0, 46.0, 236.0, 58.0, 13.0
COLUMNS = (0.0, (WIDTH - NODE) / 2, WIDTH - NODE)


@dataclass
class Node:
    """A box of one column: its place and how much of each side is taken by streams already drawn."""

    top: float
    size: float
    used: list[float] = field(default_factory=lambda: [0.0, 0.0])


def streams_of(results: Lookup, arm: Arm) -> dict[tuple[str, ...], float]:
    """Subjects by path (grade, day 28, day 56), without empty paths; in the order of `ORDER`."""
    rows = [row for row in results.rows("ALLUVIAL", "alluvial") if row["group"] == arm.id and row["value"]]
    found = {tuple(row["subgroup"].removeprefix("grade=").split(">")): row["value"] for row in rows}
    return dict(sorted(found.items(), key=lambda stream: [_rank(level) for level in stream[0]]))


def _rank(level: str) -> int:
    return ORDER.index(level) if level in ORDER else len(ORDER)


def alluvial_figure(results: Lookup, arm: Arm, words: Words, *, mark: str) -> str | None:
    """The alluvial of an arm as SVG; None where the table has no paths for it."""
    streams = streams_of(results, arm)
    if not streams:
        return None
    title = words("figure.alluvial_title", arm=arm.title)
    described = words(
        "figure.alluvial_description",
        paths="; ".join(f"{' > '.join(path)}: {size:g}" for path, size in streams.items()),
    )
    canvas = Canvas(f"alluvial-{arm.role}", WIDTH, TOP + HEIGHT + 8, title=title, description=described, mark=mark)
    canvas.text(0, 9, arm.short, colour=arm.role, weight="bold")
    headings = (words("figure.baseline_grade"), words("figure.day28"), words("figure.day56"))
    for x, heading, anchor, shift in zip(COLUMNS, headings, ("left", "center", "right"), (0, NODE / 2, NODE)):
        canvas.text(x + shift, 32, heading, size=10, colour="muted", anchor=anchor)  # type: ignore[arg-type]
    total = sum(streams.values())
    nodes = [_column(streams, column, total) for column in range(3)]
    for path, size in streams.items():
        for column in (0, 1):
            _stream(canvas, nodes, path, column, size * _unit(streams, total), f"{arm.role}{SHADE.get(path[1], '-3')}")
    for column in range(3):
        _boxes(canvas, nodes[column], column, arm, streams)
    return canvas.svg()


def _levels(streams: dict[tuple[str, ...], float], column: int) -> list[str]:
    return sorted({path[column] for path in streams}, key=_rank)


def _unit(streams: dict[tuple[str, ...], float], total: float) -> float:
    """Height of one subject, so that the column with most boxes fits."""
    most = max(len(_levels(streams, column)) for column in range(3))
    return (HEIGHT - GAP * (most - 1)) / total


def _column(streams: dict[tuple[str, ...], float], column: int, total: float) -> dict[str, Node]:
    unit = _unit(streams, total)
    levels = _levels(streams, column)
    top = TOP + (HEIGHT - total * unit - GAP * (len(levels) - 1)) / 2
    nodes = {}
    for level in levels:
        size = unit * sum(number for path, number in streams.items() if path[column] == level)
        nodes[level] = Node(top=top, size=size)
        top += size + GAP
    return nodes


def _stream(
    canvas: Canvas, nodes: list[dict[str, Node]], path: tuple[str, ...], column: int, size: float, colour: str
) -> None:
    """One ribbon between two columns; it leaves and enters below the ribbons drawn before it."""
    start, end = nodes[column][path[column]], nodes[column + 1][path[column + 1]]
    y0, y1 = start.top + start.used[1], end.top + end.used[0]
    start.used[1] += size
    end.used[0] += size
    x0, x1 = COLUMNS[column] + NODE, COLUMNS[column + 1]
    bend = (x1 - x0) * 0.5
    points = [(x0, y0), (x0 + bend, y0), (x1 - bend, y1), (x1, y1), (x1, y1 + size)]
    points += [(x1 - bend, y1 + size), (x0 + bend, y0 + size), (x0, y0 + size), (x0, y0)]
    curve = [Path.CURVE4] * 3
    ribbon = Path(points, [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])
    alpha = 0.85 if colour.endswith("-3") else 0.45
    canvas.patch(PathPatch(ribbon, facecolor=PALETTE[colour], edgecolor="none", alpha=alpha))


def _boxes(
    canvas: Canvas, nodes: dict[str, Node], column: int, arm: Arm, streams: dict[tuple[str, ...], float]
) -> None:
    for level, node in nodes.items():
        fill = "neutral" if column == 0 else f"{arm.role}{SHADE.get(level, '-3')}"
        size = sum(number for path, number in streams.items() if path[column] == level)
        low = node.size < 12  # too low for its label: the label stands on the ribbon's side, in ink
        canvas.box(COLUMNS[column], node.top, NODE, node.size, fill=fill)
        colour = "ink" if low else f"on-{fill}"
        label = f"{level}  {numbers.count(size)}"
        canvas.text(
            COLUMNS[column] + NODE / 2, node.top + node.size / 2, label, size=10, colour=colour, anchor="center"
        )
