"""Figures: what is drawn from which rows; texts and coordinates read from the SVG."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from equipoise.analysis.results import Row, results_table
from equipoise.report.figures import alluvial, canvas, consort, curves, forest, response
from equipoise.report.figures.dots import dots
from equipoise.report.lookup import Lookup
from equipoise.report.texts import Words
from unit.report.sample import published, sample_table, sample_trial


@pytest.fixture(autouse=True)
def settings():
    with canvas.drawing():
        yield


@pytest.fixture(scope="module")
def results() -> Lookup:
    return Lookup(sample_table(beside=published()), "MSC", "CONTROL")


def empty() -> Lookup:
    return Lookup(results_table([]), "MSC", "CONTROL")


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def curve(results: Lookup, analysis: str = "OS", statistic: str = "survival") -> str | None:
    title = "Overall survival"
    return curves.curve_figure(
        results, analysis, sample_trial().arms, Words(), statistic=statistic, title=title, mark="SIMULATED"
    )


def test_a_figure_is_well_formed_and_has_no_fixed_size(results):
    svg = curve(results)
    root = ElementTree.fromstring(svg)
    assert "width" not in root.attrib
    assert root.attrib["viewBox"] == "0 0 400 322"


def test_the_same_rows_give_the_same_bytes(results):
    assert curve(results) == curve(results)


def test_numbers_at_risk_stand_below_their_months(results):
    below = re.findall(r'<text[^>]* x="([\d.]+)" y="([\d.]+)">(\d+)</text>', curve(results))
    rows = sorted({float(y) for _, y, _ in below})[-2:]  # the two lowest lines of numbers: one for each arm
    for arm, y in zip(("MSC", "CONTROL"), rows):
        known = {row["at"]: row["value"] for row in results.rows("OS:curve", "at_risk") if row["group"] == arm}
        expected = {curves.LEFT + curves.PLOT_WIDTH * month / 36: value for month, value in known.items()}
        drawn = {float(x): float(number) for x, height, number in below if float(height) == y}
        assert sorted(drawn.values()) == sorted(expected.values())
        assert sorted(drawn) == pytest.approx(sorted(expected), abs=0.01)


def test_published_survival_is_drawn_as_diamonds_in_the_colour_of_the_arm(results):
    svg = curve(results)
    used = re.findall(r'<use href="#[^"]+" x="[\d.]+" y="[\d.]+" style="fill:var\(--paper\);stroke:var\(--(\w+)\)', svg)
    assert sorted(used) == ["control"] * 3 + ["experimental"] * 3 + ["ink"]  # three horizons; one in the legend


def test_arms_differ_by_line_style_and_not_by_colour_alone(results):
    styles = re.findall(r'<path d="[^"]+" style="fill:none;([^"]*stroke-width:1.8)"', curve(results))
    dashed = {("control" in style, "dasharray" in style) for style in styles}
    assert dashed == {(True, True), (False, False)}


def test_the_step_of_a_curve_goes_down_at_the_time_of_the_event():
    rows = []
    for arm in ("MSC", "CONTROL"):
        place = {"analysis": "OS:curve", "group": arm}
        rows += [Row(**place, at=at, statistic="survival", value=value) for at, value in ((0.0, 1.0), (6.0, 0.5))]
        rows += [Row(**place, at=at, statistic="at_risk", value=4) for at in (0.0, 12.0)]
    svg = curve(Lookup(results_table(rows), "MSC", "CONTROL"))
    left, top, right = curves.LEFT, curves.TOP, curves.LEFT + curves.PLOT_WIDTH
    half, six_months = top + curves.PLOT_HEIGHT / 2, left + curves.PLOT_WIDTH / 2
    line = f"M {left:g} {top:g} L {six_months:g} {top:g} L {six_months:g} {half:g} L {right:g} {half:g}"
    assert svg.count(f'd="{line}"') == 2


def test_no_curve_no_figure():
    assert curve(empty()) is None
    assert forest.forest_figure(empty(), sample_trial().arms, Words(), forest.WIDE, title="t", mark="") is None
    assert consort.consort_figure(empty(), sample_trial().arms, Words(), consort.WIDE, title="t", mark="") is None
    assert alluvial.alluvial_figure(empty(), sample_trial().arms[0], Words(), mark="") is None
    assert response.response_figure(empty(), "RESPONSE28", sample_trial().arms, Words(), title="t", mark="") is None


def test_an_axis_of_incidence_is_no_higher_than_it_needs(results):
    low, high = curve(results, "RELAPSE", "cumulative_incidence"), curve(results, "CGVHD", "cumulative_incidence")
    assert "50" in texts(low)
    assert "75" not in texts(low)
    assert "75" in texts(high)


def test_bars_show_our_percentages_and_list_the_published_ones(results):
    svg = response.response_figure(results, "RESPONSE28", sample_trial().arms, Words(), title="Day 28", mark="")
    assert {"CR 54.5", "PR 27.3", "NR 18.2", "published: CR 56.6, PR 26.3, NR 17.2"} <= set(texts(svg))


def test_a_segment_too_narrow_for_its_label_has_none():
    shares = {"CR": 0.97, "PR": 0.02, "NR": 0.01}
    rows = [
        Row(analysis="RESPONSE28", group=arm, subgroup=f"response={code}", statistic="proportion", value=share)
        for arm in ("MSC", "CONTROL")
        for code, share in shares.items()
    ]
    svg = response.response_figure(
        Lookup(results_table(rows), "MSC", "CONTROL"),
        "RESPONSE28",
        sample_trial().arms,
        Words(),
        title="Day 28",
        mark="",
    )
    assert "CR 97.0" in texts(svg)
    assert not [text for text in texts(svg) if text.startswith(("PR", "NR"))]


def test_streams_carry_every_subject_once(results):
    arm = sample_trial().arms[0]
    assert sum(alluvial.streams_of(results, arm).values()) == 99
    drawn = alluvial.alluvial_figure(results, arm, Words(), mark="")
    counted = [
        int(text.split()[-1]) for text in texts(drawn) if re.fullmatch(r"\w+ +\d+", text) and not text.startswith("Day")
    ]
    assert sum(counted) == 3 * 99


def test_the_forest_says_when_a_ratio_cannot_be_estimated_or_has_no_upper_end(results):
    svg = forest.forest_figure(results, sample_trial().arms, Words(), forest.WIDE, title="t", mark="")
    assert "not estimable" in texts(svg)
    assert "∞ (0.61–∞)" in texts(svg)
    assert texts(svg).count("interaction P 0.871") == 8


@pytest.mark.parametrize("layout", [consort.WIDE, consort.NARROW])
def test_the_flow_shows_counts_and_reasons_and_leaves_out_reasons_that_nobody_had(results, layout):
    svg = consort.consort_figure(results, sample_trial().arms, Words(), layout, title="t", mark="")
    shown = " ".join(texts(svg))
    assert "203" in texts(svg)
    assert "stopped treatment" in shown
    assert "withdrew use of data" not in shown


@pytest.mark.parametrize(("number", "shown"), [(0, False), (2, True)])
def test_subjects_still_in_screening_are_shown_when_there_are_any(number, shown):
    names = {"screened": 203, "excluded": 5, "in_screening": number, "randomized": 198}
    rows = [Row(analysis="FLOW", group="ALL", statistic=f"flow_{name}", value=value) for name, value in names.items()]
    results = Lookup(results_table(rows), "MSC", "CONTROL")
    svg = consort.consort_figure(results, sample_trial().arms, Words(), consort.WIDE, title="t", mark="")
    assert ("still in screening" in texts(svg)) == shown


def test_a_number_of_the_flow_that_is_missing_is_a_dash():
    rows = [Row(analysis="FLOW", group="ALL", statistic="flow_randomized", value=198)]
    svg = consort.consort_figure(
        Lookup(results_table(rows), "MSC", "CONTROL"), sample_trial().arms, Words(), consort.WIDE, title="t", mark=""
    )
    assert "—" in texts(svg)


def test_dots_stand_at_their_percentages():
    svg = dots({"experimental": 0.5, "control": 0.25}, {"experimental": None}, "label")
    assert 'class="sim experimental" cx="95.0"' in svg  # 8 + 174 / 2
    assert "pub" not in svg


def test_text_is_wrapped_to_its_room_and_a_long_word_stays_whole():
    lines = canvas.wrapped("met an exclusion criterion incomprehensibilities", 60, 10)
    assert " ".join(lines) == "met an exclusion criterion incomprehensibilities"
    assert all(canvas.text_width(line, 10) <= 60 or " " not in line for line in lines)
    assert canvas.wrapped("", 60) == []
