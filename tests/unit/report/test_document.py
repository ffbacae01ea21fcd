"""The report as a file: complete, self-contained, the same bytes again; missing rows are named, not fatal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from equipoise.analysis.results import Row, results_table, write_results
from equipoise.cli.main import run
from equipoise.errors import AnalysisDataError
from equipoise.protocol.load import load_protocol
from equipoise.report.document import report_html
from equipoise.report.trial import texts_of
from unit.report.sample import published, sample_table, sample_trial

ROOT = Path(__file__).resolve().parents[3]
MISSING = (
    {"FLOW": "Flow of subjects through the trial", "BASELINE": "GVHD prophylaxis", "RUN": "not recorded"},
    {
        "RESPONSE28": "distribution of responses at day 28",
        "OR28": "Overall response at day 28 by subgroup",
        "ALLUVIAL": "From grade",
    },
    {"OS": "Overall survival (curve)", "CGVHD": "Chronic GVHD (curve)", "DOR56": "Durable overall response"},
    {
        "AE34": "Haematological",
        "SAE": "Infection",
        "DEATHS": "Deaths up to the data cutoff",
        "INFUSION": "Infusion-related",
    },
    {"DEVIATIONS": "Protocol deviations", "COMPLETENESS": "Completeness of the data", "EXPOSURE": "MSC doses"},
)
"""Analyses to leave out at once, each with words by which the report must say that it is missing."""


class Page(HTMLParser):
    """The text of a page by the id that encloses it, ids, and attributes that could load something."""

    def __init__(self, html: str):
        super().__init__()
        self.ids: list[str] = []
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "srcset", "data", "poster", "action") or (name == "href" and not value.startswith("#")):
                self.loads.append(f"{tag} {name}={value}")

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def table():
    return sample_table(beside=published())


@pytest.fixture(scope="module")
def html(table):
    return report_html(table, sample_trial())


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_the_page_loads_nothing(html, page):
    assert page.loads == ["link href=data:,"]
    assert not {"script", "img", "iframe", "object", "embed", "base"} & set(page.tags)
    style = html[html.index("<style>") : html.index("</style>")]
    assert "@import" not in style
    assert not re.findall(r"https?://", html)
    assert "url(" not in html


def test_every_id_occurs_once(page):
    assert len(page.ids) == len(set(page.ids))


def test_every_reference_inside_the_page_has_its_target(html, page):
    used = set(re.findall(r'href="#([^"]+)"', html)) | set(re.findall(r"url\(#([^)]+)\)", html))
    used |= {name for names in re.findall(r'aria-labelledby="([^"]+)"', html) for name in names.split()}
    assert used <= set(page.ids)


def test_every_colour_of_a_figure_is_a_variable_of_the_style_sheet(html):
    defined = set(re.findall(r"--([\w-]+):", html))
    figures = "".join(re.findall(r'<svg class="figure".*?</svg>', html, flags=re.S))
    assert set(re.findall(r"var\(--([\w-]+)\)", figures)) <= defined
    assert not re.findall(r"#[0-9a-f]{6}\b", re.sub(r'"#[^"]*"|url\([^)]*\)|id="[^"]*"', "", figures))


@pytest.mark.parametrize(
    "name", ["table-headline", "table-baseline", "table-response", "table-events", "table-serious", "table-survival"]
)
def test_the_tables_are_there(page, name):
    assert name in page.ids


@pytest.mark.parametrize(
    "name",
    ["figure-flow", "figure-response", "figure-alluvial", "figure-forest", "figure-survival", "figure-competing"],
)
def test_the_figures_are_there(page, name):
    assert name in page.ids


def test_each_figure_can_be_read_aloud(html):
    for figure in re.findall(r'<svg class="figure".*?</svg>', html, flags=re.S):
        assert 'role="img"' in figure
        assert re.search(r"<title [^>]*>[^<]{5,}</title><desc [^>]*>[^<]{20,}</desc>", figure)


def test_the_page_and_each_figure_say_simulated(html):
    assert '<strong class="mark">SIMULATED</strong>' in html
    figures = re.findall(r'<svg class="figure".*?</svg>', html, flags=re.S)
    assert len(figures) >= 12
    assert all(">SIMULATED</text>" in figure for figure in figures)


def test_records_of_people_are_not_called_simulated(table):
    rows = table.filter(table["statistic"] != "simulated").rows(named=True)
    real = results_table(
        [Row(**row) for row in rows] + [Row(analysis="RUN", group="ALL", statistic="simulated", text="no")]
    )
    assert "SIMULATED" not in report_html(real, sample_trial())


def test_what_was_run_is_on_the_first_page(page):
    for part in (
        "MSC-SR-AGVHD, version 1.0",
        "events up to 2020-06-30",
        "2020-07-31 00:00 UTC",
        "equipoise 0.1.0",
        "20240117",
        "clinical: 61\u202f482 records, 3a7f3a7f3a7f…",
        "Zhao et al. 2022, J Hematol Oncol 15:22",
    ):
        assert " ".join(part.split()) in page.text


def test_the_primary_result_is_a_sentence_with_the_published_one_after_it(html):
    sentence = re.search(r"<p>(Overall response at day 28 was.*?)</p>", html, flags=re.S)[1]
    plain = re.sub(r"<[^>]+>|\u2060", "", sentence).replace("\u202f", " ").replace("\u00a0", " ").strip()
    assert plain == (
        "Overall response at day 28 was 81.8 % (81 of 99) with MSC and 69.7 % (69 of 99) with control; "
        "odds ratio 1.96 (1.00–3.83); difference 12.1 (0.1–23.1) points; P = 0.061 (Fisher) and P = 0.044 (Pearson). "
        "Published: 82.8 % and 70.7 %; odds ratio 2.00 (1.01–3.94); P = 0.043."
    )


def test_names_from_a_protocol_cannot_break_the_page(table):
    from dataclasses import replace

    html = report_html(table, replace(sample_trial(), title="<script>alert(1)</script> & more"))
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in html


@pytest.mark.parametrize("missing", MISSING, ids=lambda missing: "-".join(missing))
def test_a_missing_analysis_is_named_and_the_rest_is_written(missing):
    html = report_html(sample_table(without=tuple(missing), beside=published()), sample_trial())
    said = re.findall(r"Not in the results table: [^<]*|not recorded", html)
    for analysis, words in missing.items():
        assert any(words in text for text in said), analysis
    assert 'id="table-headline"' in html


def test_an_empty_results_table_gives_a_report_that_says_so():
    empty = results_table([])
    html = report_html(empty, sample_trial())
    assert html.count("Not in the results table:") >= 8
    assert "<table" not in html
    assert '<strong class="mark">SIMULATED</strong>' in html  # nothing says that it is not


def test_nothing_published_leaves_no_diamond_in_the_tables():
    html = report_html(sample_table(), sample_trial())
    cells = re.findall(r"<td.*?</td>", html, flags=re.S)
    assert cells
    assert not [cell for cell in cells if 'class="dia"' in cell]


def test_results_of_another_protocol_are_refused(table):
    from dataclasses import replace

    with pytest.raises(AnalysisDataError, match="not of OTHER-TRIAL"):
        report_html(table, replace(sample_trial(), id="OTHER-TRIAL"))


def test_the_command_writes_the_same_bytes_in_another_process_with_other_hashes(tmp_path, table, index_protocol_path):
    write_results(table, tmp_path / "results.csv")
    out = tmp_path / "report.html"
    command = [sys.executable, "-m", "equipoise.cli.main", "report", str(tmp_path / "results.csv"), "--out", str(out)]
    env = {**os.environ, "PYTHONHASHSEED": "1", "TZ": "Etc/GMT+7", "MPLBACKEND": "pdf"}
    subprocess.run([*command, "--protocol", str(index_protocol_path)], env=env, check=True, capture_output=True)
    assert out.read_text() == report_html(table, texts_of(load_protocol(index_protocol_path)))


def test_the_command_says_what_is_wrong_without_a_traceback(tmp_path, capsys):
    assert run(["report", str(tmp_path / "nothing.csv")]) == 17
    (tmp_path / "bad.csv").write_text("not,results\n")
    assert run(["report", str(tmp_path / "bad.csv")]) == 19
    shown = capsys.readouterr().err
    assert "remedy:" in shown
    assert "Traceback" not in shown


def test_the_report_is_written_within_its_budget(table):
    """Six seconds in all with the import of matplotlib; the drawing alone takes a third of that."""
    start = time.process_time()
    report_html(table, sample_trial())
    assert time.process_time() - start < 4


def test_a_text_in_chinese_falls_back_to_english_where_there_is_none(table, index_protocol_path):
    html = report_html(table, texts_of(load_protocol(index_protocol_path), "zh"), "zh")
    assert '<html lang="zh">' in html
    assert "间充质干细胞" in html
    assert "Results at a glance" in html
