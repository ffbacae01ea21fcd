"""A row of dots for the headline results: both arms on one axis of percentages, ours filled, published hollow."""

from __future__ import annotations

from html import escape

WIDTH, HEIGHT, PAD = 190.0, 26.0, 8.0


def dots(ours: dict[str, float | None], published: dict[str, float | None], label: str) -> str:
    """The row as SVG.

    Args:
        ours, published: fractions of 1 by role of the arm (experimental, control).
        label: what a screen reader says.
    """
    parts = [f'<line class="axis" x1="{PAD:g}" x2="{WIDTH - PAD:g}" y1="13" y2="13"/>']
    for role in ("control", "experimental"):
        if (value := published.get(role)) is not None:
            parts.append(f'<path class="pub {role}" d="M{_x(value)} 16 l4 4 l-4 4 l-4 -4 z"/>')
    both = [value for value in ours.values() if value is not None]
    if len(both) == 2:
        parts.append(f'<line class="span" x1="{_x(min(both))}" x2="{_x(max(both))}" y1="9" y2="9"/>')
    if (value := ours.get("control")) is not None:
        parts.append(f'<rect class="sim control" x="{_x(value, -4)}" y="5" width="8" height="8"/>')
    if (value := ours.get("experimental")) is not None:
        parts.append(f'<circle class="sim experimental" cx="{_x(value)}" cy="9" r="4.5"/>')
    head = f'<svg class="dots" role="img" aria-label="{escape(label)}" viewBox="0 0 {WIDTH:g} {HEIGHT:g}">'
    return f"{head}{''.join(parts)}</svg>"


def _x(fraction: float, shift: float = 0.0) -> str:
    return f"{PAD + (WIDTH - 2 * PAD) * fraction + shift:.1f}"
