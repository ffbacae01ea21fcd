"""A person reads the report: on a telephone, at a desk, in the dark, on paper. Nothing overlaps or is fetched."""

from __future__ import annotations

import pytest

from equipoise.report.document import report_html
from unit.report.sample import published, sample_table, sample_trial

pytestmark = pytest.mark.browser

WIDTHS = (400, 1280, 1440)
SMALLEST_TEXT = 8.5  # pixels, as shown
OVERLAP = 1.5  # pixels in both directions; less is the rounding of line boxes

TEXT_BOXES = """
() => {
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    if (!node.textContent.trim() || parent.closest('title, desc, style, .bar, nav')) continue;
    range.selectNodeContents(node);
    const size = parseFloat(getComputedStyle(parent).fontSize);
    const svg = parent.closest('svg.figure');
    const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
    for (const r of range.getClientRects()) {
      if (r.width < 1 || r.height < 1) continue;
      // the ink of a line: the middle of its line box, one font size high
      const shown = size * scale, middle = r.top + window.scrollY + r.height / 2;
      boxes.push({text: node.textContent.trim().slice(0, 40), size: shown, svg: !!svg,
                  left: r.left, right: r.right, top: middle - 0.4 * shown, bottom: middle + 0.4 * shown});
    }
  }
  return boxes;
}
"""
BOXES_BEYOND = """
width => [...document.querySelectorAll('td, th, svg, p, h1, h2, dd, figcaption, li')]
  .filter(e => e.getBoundingClientRect().width > 0 && e.getBoundingClientRect().right > width + 0.5)
  .map(e => e.tagName + ' ' + (e.textContent || '').trim().slice(0, 40))
"""
VISIBLE_FIGURES = """
() => [...document.querySelectorAll('figure')].map(figure => ({
  id: figure.id,
  drawn: [...figure.querySelectorAll('svg.figure')].filter(s => s.getBoundingClientRect().width > 0)
    .map(s => s.getBoundingClientRect().width)
}))
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_html(sample_table(beside=published()), sample_trial()), encoding="utf-8")
    return path


DEMO = [pytest.param(("demo", width), marks=pytest.mark.xdist_group("demo")) for width in WIDTHS]


@pytest.fixture(params=[*(("sample", width) for width in WIDTHS), *DEMO], ids=lambda param: f"{param[0]}-{param[1]}")
def page(request, browser, report):
    """A report at one width, of sample rows or of the demo; `requests` keeps everything that it asked for."""
    which, width = request.param
    if which == "demo":
        report = request.getfixturevalue("demo_run").folder / "report.html"
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.requests, page.problems = [], []
    page.on("request", lambda asked: page.requests.append(asked.url))
    page.on("console", lambda message: page.problems.append(message.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto(report.as_uri())
    yield page
    page.close()


def overlapping(boxes: list[dict]) -> list[tuple[str, str]]:
    """Pairs of texts whose ink shares more than `OVERLAP` pixels in both directions."""
    found = []
    boxes = sorted(boxes, key=lambda box: box["top"])
    for number, first in enumerate(boxes):
        for second in boxes[number + 1 :]:
            if second["top"] >= first["bottom"] - OVERLAP:
                break
            across = min(first["right"], second["right"]) - max(first["left"], second["left"])
            down = min(first["bottom"], second["bottom"]) - max(first["top"], second["top"])
            if across > OVERLAP and down > OVERLAP:
                found.append((first["text"], second["text"]))
    return found


def test_two_boxes_that_share_ink_are_found_and_neighbours_are_not():
    box = {"text": "a", "left": 0, "right": 10, "top": 0, "bottom": 10}
    beside, across = (
        box | {"text": "b", "left": 10, "right": 20},
        box | {"text": "c", "left": 5, "top": 5, "bottom": 15},
    )
    assert overlapping([box, beside]) == []
    assert overlapping([box, beside, across]) == [("a", "c")]


def test_no_text_lies_on_another(page):
    boxes = page.evaluate(TEXT_BOXES)
    assert len(boxes) > 800
    assert overlapping(boxes) == []


def test_every_text_can_be_read(page):
    boxes = page.evaluate(TEXT_BOXES)
    assert [box["text"] for box in boxes if box["size"] < SMALLEST_TEXT] == []


def test_the_page_does_not_scroll_sideways_and_nothing_is_cut_off(page):
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(BOXES_BEYOND, width) == []


def test_each_figure_is_shown_once_in_a_layout_that_fits(page):
    figures = page.evaluate(VISIBLE_FIGURES)
    assert len(figures) == 6
    swapped = {figure["id"]: len(figure["drawn"]) for figure in figures}
    assert swapped["figure-flow"] == swapped["figure-forest"] == 1
    assert (swapped["figure-survival"], swapped["figure-competing"]) == (2, 4)
    assert all(width > 300 for figure in figures for width in figure["drawn"])


def test_nothing_is_fetched_and_nothing_goes_wrong(page):
    page.mouse.wheel(0, 20_000)
    assert page.requests == [page.url]
    assert page.problems == []


def test_the_mark_stays_in_sight(page):
    page.evaluate("window.scrollTo(0, 4000)")
    box = page.locator(".mark").bounding_box()
    assert 0 <= box["y"] < 40
    assert page.locator(".mark").inner_text() == "SIMULATED"


def test_every_section_can_be_reached_from_the_contents(page):
    for link in page.locator("nav a").all():
        link.click()
        target = page.locator(link.get_attribute("href"))
        assert 0 <= target.bounding_box()["y"] < 900


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2)."""
    parts = [int(colour[number : number + 2], 16) / 255 for number in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours (WCAG 2)."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_has_the_greatest_contrast():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground_in_light_and_dark(browser, report, scheme):
    page = browser.new_page(color_scheme=scheme)
    page.goto(report.as_uri())

    def colour(name: str) -> str:
        found = page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()")
        return found if len(found) == 7 else "#" + "".join(2 * digit for digit in found[1:])

    on_paper = ("ink", "muted", "mark", "experimental", "control")
    pairs = [(name, ground) for name in on_paper for ground in ("paper", "raised")] + [("on-neutral", "neutral")]
    shades = [f"{role}{shade}" for role in ("experimental", "control") for shade in ("", "-2", "-3")]
    pairs += [(f"on-{shade}", shade) for shade in shades]
    too_weak = {pair: contrast(*map(colour, pair)) for pair in pairs if contrast(*map(colour, pair)) < 4.5}
    assert too_weak == {}
    assert (luminance(colour("paper")) < 0.1) == (scheme == "dark")
    page.close()


def test_the_printed_report_carries_the_mark_and_every_figure(browser, report, tmp_path):
    page = browser.new_page(viewport={"width": 680, "height": 1000})  # A4 less its margins
    page.goto(report.as_uri())
    page.emulate_media(media="print")
    assert overlapping(page.evaluate(TEXT_BOXES)) == []
    assert page.evaluate("[...document.querySelectorAll('.wide')].every(e => e.getBoundingClientRect().width > 0)")
    page.pdf(path=str(tmp_path / "report.pdf"), prefer_css_page_size=True)
    assert (tmp_path / "report.pdf").stat().st_size > 50_000
    page.close()
