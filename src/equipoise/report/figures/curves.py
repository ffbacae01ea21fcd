"""Curves over time: survival (Kaplan-Meier) and cumulative incidence (Aalen-Johansen), with numbers at risk.

Ours as steps with a confidence band, the published values as hollow diamonds with their intervals at the horizons.
"""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from equipoise.report.figures.canvas import LINES, PALETTE, SMALL, Canvas
from equipoise.report.lookup import Lookup
from equipoise.report.texts import Words
from equipoise.report.trial import Arm

WIDTH, LEFT, TOP, PLOT_HEIGHT = 400.0, 58.0, 46.0, 196.0
PLOT_WIDTH = WIDTH - LEFT - 14
LIMITS = (25, 50, 75, 100)
"""Ends of the percentage axis; the smallest that holds every number drawn is taken."""
APART = 0.4
"""Months by which the published values of the two arms are moved apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A curve of one arm: times in months, values and their interval as percentages, numbers at risk by month."""

    arm: Arm
    times: list[float]
    values: list[float]
    lower: list[float]
    upper: list[float]
    censored: list[float]
    at_risk: dict[float, float]


def curve_of(results: Lookup, analysis: str, arm: Arm, statistic: str) -> Curve:
    """The curve of an arm from the rows of `<analysis>:curve`; without points where there are none."""
    name = f"{analysis}:curve"
    points = {row["at"]: row["value"] for row in results.rows(name, statistic) if row["group"] == arm.id}
    times = sorted(at for at, value in points.items() if at is not None and value is not None)

    def bound(end: str) -> list[float]:
        found = (results.value(name, f"{statistic}_{end}", group=arm.id, at=at) for at in times)
        return [100 * (points[at] if value is None else value) for at, value in zip(times, found)]

    own = [row for row in results.rows(name, "censored") if row["group"] == arm.id]
    risk = {row["at"]: row["value"] for row in results.rows(name, "at_risk") if row["group"] == arm.id}
    return Curve(
        arm=arm,
        times=times,
        values=[100 * points[at] for at in times],
        lower=bound("lower"),
        upper=bound("upper"),
        censored=sorted(row["at"] for row in own),
        at_risk=dict(sorted(risk.items())),
    )


def curve_figure(
    results: Lookup, analysis: str, arms: tuple[Arm, Arm], words: Words, *, statistic: str, title: str, mark: str
) -> str | None:
    """The figure of one endpoint as SVG; None where the table has no curve."""
    curves = [curve_of(results, analysis, arm, statistic) for arm in arms]
    if not all(curve.times for curve in curves):
        return None
    months = sorted({at for curve in curves for at in curve.at_risk}) or [0.0, max(curve.times[-1] for curve in curves)]
    described = words("figure.curve_description", title=title, arms=words.series([arm.title for arm in arms]))
    canvas = Canvas(
        f"curve-{analysis.lower()}", WIDTH, TOP + PLOT_HEIGHT + 80, title=title, description=described, mark=mark
    )
    canvas.text(0, 9, f"{title}, %", weight="bold")
    _legend(canvas, arms, words, published=_any_published(results, analysis, statistic, arms))
    axes = canvas.plot(LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT)
    _scales(axes, months, curves, statistic)
    for curve in curves:
        _draw(axes, curve, months[-1])
    for arm, shift in zip(arms, (-APART, APART)):
        _published(canvas, axes, results, analysis, statistic, arm, shift)
    canvas.text(LEFT + PLOT_WIDTH / 2, TOP + PLOT_HEIGHT + 31, words("figure.months"), size=10, anchor="center")
    _at_risk(canvas, curves, months, words)
    return canvas.svg()


def _legend(canvas: Canvas, arms: tuple[Arm, Arm], words: Words, *, published: bool) -> None:
    x = LEFT
    for arm in arms:
        canvas.line([x, x + 24], [29, 29], colour=arm.role, width=1.8, style=LINES[arm.role])
        canvas.text(x + 30, 29, arm.short, size=10)
        x += 92
    if published:
        canvas.diamond(x + 6, 29, colour="ink")
        canvas.text(x + 16, 29, words("word.published"), size=10)


def _scales(axes: Axes, months: list[float], curves: list[Curve], statistic: str) -> None:
    highest = max(value for curve in curves for value in curve.upper)
    end = 100 if statistic == "survival" else next(limit for limit in LIMITS if highest <= limit or limit == 100)
    axes.set_xlim(0, months[-1])
    axes.set_ylim(0, end)
    axes.set_xticks(months, [f"{month:g}" for month in months])
    axes.set_yticks([end * part / 5 for part in range(6)], [f"{end * part // 5}" for part in range(6)])


def _draw(axes: Axes, curve: Curve, end: float) -> None:
    """Band, steps and censoring ticks of one curve, up to the end of the axis."""
    inside = [number for number, time in enumerate(curve.times) if time <= end]
    xs = [curve.times[number] for number in inside]
    colour = PALETTE[curve.arm.role]

    def steps(ys: list[float]) -> tuple[list[float], list[float]]:
        across = [x for number, x in enumerate(xs) for x in ((x,) if number == 0 else (x, x))] + [end]
        levels = [level for number in inside for level in ((ys[number], ys[number]))]
        return across, levels

    across, low = steps(curve.lower)
    _, high = steps(curve.upper)
    axes.fill([*across, *across[::-1]], [*low, *high[::-1]], color=colour, alpha=0.13, linewidth=0, clip_on=False)
    _, level = steps(curve.values)
    axes.plot(across, level, color=colour, linewidth=1.8, linestyle=LINES[curve.arm.role], clip_on=False)
    ticks = [time for time in curve.censored if time <= end]
    heights = [[value for at, value in zip(curve.times, curve.values) if at <= time][-1] for time in ticks]
    axes.plot(ticks, heights, "|", color=colour, markersize=5, markeredgewidth=0.9, clip_on=False)


def _any_published(results: Lookup, analysis: str, statistic: str, arms: tuple[Arm, Arm]) -> bool:
    rows = results.rows(analysis, statistic) + results.rows(analysis, "median")
    return any(row["published"] is not None and row["group"] in {arm.id for arm in arms} for row in rows)


def _published(
    canvas: Canvas, axes: Axes, results: Lookup, analysis: str, statistic: str, arm: Arm, shift: float
) -> None:
    """The published values of one arm at the horizons, and the published median on the line of one half."""
    for row in results.rows(analysis, statistic):
        if row["group"] != arm.id or row["published"] is None or row["at"] is None:
            continue
        x = row["at"] + (-2 * APART if row["at"] >= axes.get_xlim()[1] else 0) + shift
        ends = [results.get(analysis, f"{statistic}_{end}", group=arm.id, at=row["at"]) for end in ("lower", "upper")]
        low, high = (found.published if found else None for found in ends)
        if low is not None and high is not None:
            axes.plot([x, x], [100 * low, 100 * high], color=PALETTE[arm.role], linewidth=1, clip_on=False, zorder=5)
        canvas.diamond(x, 100 * row["published"], colour=arm.role, axes=axes)
    median = results.get(analysis, "median", group=arm.id)
    if median is not None and median.published is not None:
        canvas.diamond(median.published, 50, colour=arm.role, axes=axes)


def _at_risk(canvas: Canvas, curves: list[Curve], months: list[float], words: Words) -> None:
    """Numbers at risk, each below its month."""
    top = TOP + PLOT_HEIGHT + 49
    canvas.text(0, top, words("figure.at_risk"), size=SMALL, colour="muted")
    for line, curve in enumerate(curves, start=1):
        y = top + 13 * line
        canvas.text(0, y, curve.arm.short, size=SMALL, colour=curve.arm.role, weight="bold")
        for month in months:
            if month in curve.at_risk:
                x = LEFT + PLOT_WIDTH * month / months[-1]
                canvas.text(x, y, f"{curve.at_risk[month]:g}", size=SMALL, anchor="center")
