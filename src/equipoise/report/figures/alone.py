"""A figure as a file of its own: with the colours of the report's style sheet, light and dark, and its fonts."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'

OWN = (
    "svg { background: var(--paper); overflow: visible; padding: 12px } "
    "svg text { font-family: var(--sans) !important }"
)


def alone(svg: str) -> str:
    """The SVG of a figure (`Canvas.svg`) as a whole file that shows the same outside of a page."""
    opening, rest = svg.split(">", 1)
    style = f"<style>{theme()} {OWN}</style>"
    return f"{HEAD}{opening.replace('<svg', f'<svg {NAMESPACES}', 1)}>{style}{rest}\n"


@cache
def theme() -> str:
    """The variables of the report's style sheet: those of `:root`, and those of `:root` in the dark."""
    sheet = resources.files("equipoise.report").joinpath("templates/report.css").read_text(encoding="utf-8")
    plain = re.search(r":root \{[^{}]*\}", sheet)
    dark = re.search(r"@media[^{]*\(prefers-color-scheme: dark\)[^{]*\{\s*:root[^{]*\{[^{}]*\}\s*\}", sheet)
    assert plain is not None
    return plain[0] + (f" {dark[0]}" if dark else "")
