"""Response by arm: stacked bars of one day, ours above and the published distribution below."""

from __future__ import annotations

from equipoise.report import numbers
from equipoise.report.figures.canvas import SHADES, SMALL, Canvas, text_width
from equipoise.report.lookup import Lookup
from equipoise.report.texts import Words
from equipoise.report.trial import Arm

CODES = ("CR", "PR", "NR")
WIDTH, LEFT = 400.0, 10.0
BAR = WIDTH - 2 * LEFT
HEIGHT, THIN, STEP = 24.0, 7.0, 78.0


def response_figure(
    results: Lookup, analysis: str, arms: tuple[Arm, Arm], words: Words, *, title: str, mark: str
) -> str | None:
    """The stacked bars of one day as SVG; None where an arm has no distribution."""
    shares = {arm.id: _shares(results, analysis, arm) for arm in arms}
    if not all(all(share is not None for share, _ in shares[arm.id]) for arm in arms):
        return None
    described = words("figure.response_description", title=title, arms=words.series([arm.title for arm in arms]))
    canvas = Canvas(analysis.lower(), WIDTH, 24 + STEP * 2 + 34, title=title, description=described, mark=mark)
    canvas.text(LEFT, 9, title, weight="bold")
    for number, arm in enumerate(arms):
        top = 28 + STEP * number
        n = results.value(analysis, "n", group=arm.id)
        canvas.text(LEFT, top + 4, arm.short, size=10.5, colour=arm.role, weight="bold")
        if n is not None:
            size = text_width(arm.short, 10.5) * 1.15
            canvas.text(LEFT + size + 8, top + 4, f"n = {numbers.count(n)}", size=10, colour="muted")
        _bar(canvas, arm, top + 13, [share for share, _ in shares[arm.id] if share is not None])
        _published_bar(canvas, arm, top + 13 + HEIGHT + 5, [found for _, found in shares[arm.id]], words)
    _axis(canvas, 28 + STEP * 2 + 4)
    return canvas.svg()


def _shares(results: Lookup, analysis: str, arm: Arm) -> list[tuple[float | None, float | None]]:
    """Our proportion and the published one of each response."""
    found = [results.get(analysis, "proportion", group=arm.id, subgroup=f"response={code}") for code in CODES]
    return [(one.value, one.published) if one else (None, None) for one in found]


def _bar(canvas: Canvas, arm: Arm, top: float, shares: list[float]) -> None:
    x = LEFT
    for code, shade, share in zip(CODES, SHADES, shares):
        width = BAR * share
        canvas.box(x, top, width, HEIGHT, fill=f"{arm.role}{shade}")
        label = f"{code} {numbers.percent(share)}"
        if text_width(label, 10.5) + 8 < width:
            canvas.text(
                x + width / 2, top + HEIGHT / 2, label, size=10.5, colour=f"on-{arm.role}{shade}", anchor="center"
            )
        x += width
        if share and code != CODES[-1]:
            canvas.line([x, x], [top, top + HEIGHT], colour="paper", width=1.2)


def _published_bar(canvas: Canvas, arm: Arm, top: float, shares: list[float | None], words: Words) -> None:
    """A thin line with a diamond at each boundary, and the numbers in words below."""
    if any(share is None for share in shares):
        return
    middle = top + THIN / 2
    canvas.line([LEFT, LEFT + BAR], [middle, middle], colour=arm.role, width=1)
    known = [share for share in shares if share is not None]
    for x in (LEFT + BAR * known[0], LEFT + BAR * (known[0] + known[1])):
        canvas.diamond(x, middle, colour=arm.role)
    listed = ", ".join(f"{code} {numbers.percent(share)}" for code, share in zip(CODES, known))
    canvas.text(LEFT, top + THIN + 9, f"{words('word.published')}: {listed}", size=SMALL, colour="muted")


def _axis(canvas: Canvas, y: float) -> None:
    canvas.line([LEFT, LEFT + BAR], [y, y])
    for tick in range(0, 101, 20):
        x = LEFT + BAR * tick / 100
        canvas.line([x, x], [y, y + 3.5])
        canvas.text(
            x, y + 13, "100 %" if tick == 100 else str(tick), size=10, anchor="right" if tick == 100 else "center"
        )
