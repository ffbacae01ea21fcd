"""Power against the true experimental rate, where the control rate is as assumed: one line a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from equipoise.protocol.model import Protocol
from equipoise.protocol.sizing import Sizing
from equipoise.report.figures.alone import alone
from equipoise.report.figures.canvas import PALETTE, SMALL, Canvas, drawing, wrapped

WIDTH, LEFT, TOP, PLOT_HEIGHT = 520.0, 44.0, 64.0, 250.0
PLOT_WIDTH = WIDTH - LEFT - 16
STYLES = (("experimental", "solid", 2.0), ("control", (0, (5, 2)), 1.8), ("ink", (0, (1.5, 1.8)), 1.6))
"""Colour, dashes and width of each line: never colour alone."""
POINTS = 81


def power_figure(found: Sizing, protocol: Protocol, names: Mapping[str, str]) -> str:
    """The figure as a file of SVG.

    Args:
        found: the sample size.
        protocol: its protocol.
        names: what each test is called.
    """
    with drawing():
        return alone(drawn(found, protocol, names))


def drawn(found: Sizing, protocol: Protocol, names: Mapping[str, str]) -> str:
    """The drawing."""
    assumed, n, ends = found.assumed, found.per_arm, found.rates_to_show()
    rates = np.linspace(ends[0], ends[-1], POINTS)
    title, description = said(found, protocol, names)
    canvas = Canvas("power", WIDTH, TOP + PLOT_HEIGHT + 56, title=title, description=description, mark=found.trial)
    canvas.text(0, 9, f"{title}, %", weight="bold")
    axes = canvas.plot(LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT)
    axes.set_xlim(float(rates.min()), float(rates.max()))
    axes.set_ylim(0, 1)
    axes.set_xticks(ends, [f"{100 * rate:g}" for rate in ends])
    axes.set_yticks([k / 5 for k in range(6)], [f"{20 * k}" for k in range(6)])
    guide: dict[str, Any] = {"color": PALETTE["rule"], "linewidth": 0.8, "zorder": 0}
    axes.plot([rates.min(), rates.max()], [assumed.power] * 2, **guide)
    axes.plot([assumed.p_experimental] * 2, [0, 1], **guide)
    x = LEFT
    for (colour, dashes, width), power in zip(STYLES, found.powers):
        curve = found.power_at(power.method, rates.tolist(), n)
        axes.plot(rates, curve, color=PALETTE[colour], linestyle=dashes, linewidth=width)
        label = wrapped(names[power.method], 124, SMALL)
        canvas.line([x, x + 22], [31, 31], colour=colour, width=width, style=dashes)
        for row, text in enumerate(label):
            canvas.text(x + 27, 31 + 12 * row, text, size=SMALL)
        x += 160
    below = TOP + PLOT_HEIGHT + 31
    experimental, control = (protocol.arm[arm].title.of("en") for arm in found.arms)
    labels = (f"true rate with {experimental}, %", f"rate with {control}: {100 * assumed.p_control:g} %")
    for row, text in enumerate(labels):
        canvas.text(LEFT + PLOT_WIDTH / 2, below + 14 * row, text, size=SMALL, anchor="center")
    return canvas.svg()


def said(found: Sizing, protocol: Protocol, names: Mapping[str, str]) -> tuple[str, str]:
    """Title and description of the figure."""
    n, assumed = found.per_arm, found.assumed
    size = f"{n[0]} per arm" if n[0] == n[1] else f"{n[0]} and {n[1]} subjects"
    endpoint = protocol.endpoints[found.endpoint].title.of("en")
    values = ", ".join(f"{100 * power.values[0]:.1f} % ({names[power.method]})" for power in found.powers)
    return f"Power at {size}", (
        f"Power of {len(found.powers)} tests of {endpoint} against the true rate with {found.arms[0]}, where the rate "
        f"with {found.arms[1]} is {100 * assumed.p_control:g} %; at {100 * assumed.p_experimental:g} %: {values}."
    )
