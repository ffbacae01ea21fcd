"""The canvas that all figures share: matplotlib draws, and what it writes becomes a small, themed, deterministic SVG.

Colours are drawn as marker colours (`PALETTE`) and written as CSS variables, so that the page's style sheet decides
them in light, dark and print. Text stays text, so that it can be read aloud, searched and copied; the layout is made
with the metrics of DejaVu Sans, which is wider than the fonts that pages use. One unit is one pixel at natural size.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any, Literal
from xml.etree import ElementTree

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch, Rectangle
from matplotlib.textpath import text_to_path

SHADES = ("", "-2", "-3")
"""Strong, middle and pale shade of an arm's colour."""
COLOURS = (
    *("ink", "muted", "rule", "hair", "paper", "neutral", "on-neutral"),
    *(f"experimental{shade}" for shade in SHADES),
    *(f"control{shade}" for shade in SHADES),
    *(f"on-experimental{shade}" for shade in SHADES),
    *(f"on-control{shade}" for shade in SHADES),
)
PALETTE = {name: f"#0000{number:02x}" for number, name in enumerate(COLOURS, start=16)}
"""Marker colour of each CSS variable."""
LINES: dict[str, Any] = {"experimental": "solid", "control": (0, (5, 2))}
"""Line style of each arm: never colour alone."""
TEXT = 11.0
SMALL = 10.0

SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": TEXT,
    "path.simplify": False,
    "axes.unicode_minus": True,
    "lines.solid_capstyle": "butt",
}
Anchor = Literal["left", "center", "right"]
SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}href"


@contextmanager
def drawing() -> Iterator[None]:
    """Settings of our own, whatever `matplotlibrc` the machine has."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


class Canvas:
    """A drawing of `width` × `height` pixels; its origin is the upper left corner, y runs down.

    Args:
        name: unique in the page, a valid id.
        title, description: what a screen reader says of the figure.
        mark: small text in the upper right corner, such as SIMULATED.
    """

    def __init__(self, name: str, width: float, height: float, *, title: str, description: str, mark: str = ""):
        self.name, self.width, self.height = name, width, height
        self.title, self.description = title, description
        self.figure = Figure(figsize=(width / 72, height / 72), dpi=72, facecolor="none")
        FigureCanvasSVG(self.figure)
        self.page = self._axes(0, 0, width, height)
        self.page.set_xlim(0, width)
        self.page.set_ylim(height, 0)
        self.page.set_axis_off()
        if mark:
            self.text(width - 1, 9, mark, size=9.5, colour="muted", anchor="right", weight="bold")

    def _axes(self, left: float, top: float, width: float, height: float) -> Axes:
        box = (left / self.width, 1 - (top + height) / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(box, facecolor="none")

    def plot(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes for data in a box of the drawing: two thin lines, quiet ticks, no frame."""
        axes = self._axes(left, top, width, height)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        for side in ("left", "bottom"):
            axes.spines[side].set(color=PALETTE["muted"], linewidth=0.8)
        axes.tick_params(length=3.5, width=0.8, color=PALETTE["muted"], labelcolor=PALETTE["ink"], labelsize=10)
        return axes

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = TEXT,
        colour: str = "ink",
        anchor: Anchor = "left",
        weight: str = "normal",
        style: str = "normal",
    ) -> None:
        """Text whose middle height is at `y`."""
        self.page.text(
            x,
            y,
            text,
            fontsize=size,
            color=PALETTE[colour],
            ha=anchor,
            va="center_baseline",
            fontweight=weight,
            fontstyle=style,
            parse_math=False,
        )

    def line(
        self, xs: Sequence[float], ys: Sequence[float], *, colour: str = "muted", width: float = 0.8, style: Any = "-"
    ) -> None:
        """A line through points of the drawing."""
        self.page.plot(xs, ys, color=PALETTE[colour], linewidth=width, linestyle=style, clip_on=False)

    def box(
        self, x: float, y: float, width: float, height: float, *, fill: str = "", edge: str = "", line: float = 0.8
    ) -> None:
        """A rectangle by its upper left corner."""
        colours: dict[str, Any] = {
            "facecolor": PALETTE[fill] if fill else "none",
            "edgecolor": PALETTE[edge] if edge else "none",
        }
        self.patch(Rectangle((x, y), width, height, linewidth=line, **colours))

    def patch(self, patch: Patch) -> None:
        """A shape in the coordinates of the drawing, not clipped."""
        self.page.add_patch(patch)
        patch.set_clip_on(False)

    def diamond(self, x: float, y: float, *, colour: str, axes: Axes | None = None, size: float = 6.5) -> None:
        """The sign of a published number: a hollow diamond."""
        style: dict[str, Any] = {
            "markeredgecolor": PALETTE[colour],
            "markerfacecolor": PALETTE["paper"],
            "markeredgewidth": 1.2,
        }
        (axes or self.page).plot([x], [y], "D", markersize=size * 0.75, clip_on=False, zorder=6, **style)

    def svg(self) -> str:
        """The drawing as SVG for use inside a page: themed, accessible, the same bytes each time."""
        out = io.StringIO()
        matplotlib.rcParams["svg.hashsalt"] = self.name
        self.figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
        return tidy(out.getvalue(), self)


def text_width(text: str, size: float = TEXT) -> float:
    """Width of a text in pixels, in the wide font of the layout."""
    width, _, _ = text_to_path.get_text_width_height_descent(
        text, FontProperties(family="DejaVu Sans", size=size), False
    )
    return float(width)


def wrapped(text: str, width: float, size: float = TEXT) -> list[str]:
    """The text in lines that are no wider than `width`; a single word may be."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def tidy(svg: str, canvas: Canvas) -> str:
    """matplotlib's SVG without its metadata, nested groups, fonts and superfluous digits; colours as CSS variables."""
    root = ElementTree.fromstring(svg)
    for child in list(root):
        if child.tag == f"{SVG}metadata" or child.find(f"{SVG}style") is not None:
            root.remove(child)
    body = "".join(_written(child, canvas.name) for child in root)
    for name, marker in PALETTE.items():
        body = body.replace(marker, f"var(--{name})")
    head = (
        f'<svg class="figure" role="img" aria-labelledby="{canvas.name}-t {canvas.name}-d" '
        f'viewBox="0 0 {canvas.width:g} {canvas.height:g}" style="max-width:{canvas.width * 1.18:g}px">'
        f'<title id="{canvas.name}-t">{escape(canvas.title)}</title>'
        f'<desc id="{canvas.name}-d">{escape(canvas.description)}</desc>'
    )
    return f"{head}{body}</svg>"


def _written(element: ElementTree.Element, name: str) -> str:
    """One element as text: groups that say nothing are dissolved, ids belong to the figure."""
    tag = element.tag.removeprefix(SVG)
    attributes = _attributes(element, tag, name)
    inner = "".join(_written(child, name) for child in element)
    if tag == "g" and not attributes:
        return inner
    text = escape(element.text or "", quote=False) if tag == "text" else ""
    written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{tag}{written}>{text}{inner}</{tag}>" if inner or text else f"<{tag}{written}/>"


def _attributes(element: ElementTree.Element, tag: str, name: str) -> dict[str, str]:
    kept: dict[str, str] = {}
    for key, value in element.attrib.items():
        if key == "id":
            if tag != "g":
                kept["id"] = f"{name}-{value}"
        elif key == XLINK:
            kept["href"] = f"#{name}-{value[1:]}"
        elif key == "clip-path":
            kept[key] = value.replace("url(#", f"url(#{name}-")
        elif key == "transform":
            if not value.startswith("rotate(-0 ") and not value.startswith("rotate(0 "):
                kept[key] = _short(value)
        elif key == "style":
            if style := _style(value):
                kept["style"] = style
        else:
            kept[key] = _short(value)
    return kept


def _style(style: str) -> str:
    """The style without what the page or SVG itself already says."""
    parts = [part.strip() for part in style.split(";") if part.strip()]
    needless = ("font-family", "text-anchor: start", "stroke-linejoin", "stroke-linecap", "font-style: normal")
    return ";".join(part.replace(": ", ":") for part in parts if not part.startswith(needless))


def _short(value: str) -> str:
    """Numbers with two decimals, line ends as spaces."""
    shortened = re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), value)
    return re.sub(r"\s+", " ", shortened).strip()
