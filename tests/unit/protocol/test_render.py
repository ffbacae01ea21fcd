"""The synopsis and the schedule of activities: complete, in two languages, for sites' eyes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from equipoise.protocol.load import load_protocol
from equipoise.protocol.render import render
from equipoise.protocol.render.schedule import schedule
from equipoise.protocol.render.words import WORDS

HTML, MARKDOWN = "html", "md"


@pytest.fixture(scope="module")
def pages(index_protocol):
    """Every rendering of the index protocol: text by (language, file)."""
    return {
        (language, name): text
        for language in ("en", "zh")
        for format in (HTML, MARKDOWN)
        for name, text in render(index_protocol, language, format).items()
    }


def test_there_is_a_synopsis_and_a_schedule_in_each_language_and_format(pages):
    names = {"synopsis.html", "schedule.html", "synopsis.md", "schedule.md"}
    assert set(pages) == {(language, name) for language in ("en", "zh") for name in names}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["synopsis.html", "synopsis.md"])
def test_the_synopsis_holds_every_arm_criterion_endpoint_estimand_and_deviation(pages, index_protocol, language, name):
    text = pages[language, name].replace("&gt;", ">").replace("&lt;", "<").replace("&#39;", "'").replace("&amp;", "&")
    protocol = index_protocol
    said = [
        *(arm.title for arm in protocol.arms),
        *(criterion.text for criterion in protocol.eligibility.criteria),
        *(endpoint.title for endpoint in protocol.endpoints.values()),
        *(population.text for population in protocol.populations.values()),
        *(estimand.title for estimand in protocol.estimands.values()),
        *(deviation.text for deviation in protocol.deviations),
        *(site.name for site in protocol.sites),
        protocol.new_systemic_therapy.text,
        *(getattr(protocol.treatments, name).text for name in type(protocol.treatments).model_fields),
    ]
    assert [words.en for words in said if words.of(language) not in text] == []
    assert all(criterion.id in text for criterion in protocol.eligibility.criteria)


def test_the_synopsis_says_the_doses_in_words(pages):
    text = pages["en", "synopsis.md"]
    assert (
        "20 mg IV, flat dose, on days 1, 3, 8 (second-line day); then every 7 days until acute GVHD is below grade II"
        in text
    )
    assert "1 million viable cells per kg IV on days 1, 8, 15, 22" in text
    assert "Product: passage 4 to 5, viability 80 % or more, bag of 100 mL, shelf life 24 hours, at most 48" in text
    assert "Held above 38.5 °C; given up to 3 days late, else missed" in text
    assert "Early trough of Cyclosporine: 200 to 300 ng/mL" in text
    assert "As registered: days 1, 4, 8, 15, 21. The registry lists other days" in text
    assert "Replacement: hydrocortisone up to 20 mg a day" in text
    assert "70 % against 50 %, two-sided alpha 5 %, power 80 %: 93 per arm; with 5 % drop-out 98 per arm" in text


@pytest.mark.parametrize(
    ("form", "visits"),
    [
        # visits.md section 2: myocardial enzymes at screening, D1, D7, D14, D28
        ("CARDIAC", "SCR D1 D7 D14 D28"),
        ("ELIGIBILITY", "SCR"),
        ("CGVHD", "D56 D84 M3 M6 M9 M12 LATER"),
        ("MARROW", "SCR D28 D56 M3 M6 M12 LATER"),
    ],
)
def test_the_schedule_marks_a_form_at_its_visits(index_protocol, form, visits):
    table = schedule(index_protocol, "en")
    [row] = [row for row in table.rows if row.form == form]
    assert [column.id for column, cell in zip(table.columns, row.cells) if cell] == visits.split()


def test_a_mark_with_a_condition_carries_the_number_of_its_note(index_protocol):
    table = schedule(index_protocol, "en")
    [row] = [row for row in table.rows if row.form == "AGVHD"]
    marks = dict(zip((column.id for column in table.columns), row.cells))
    assert marks["D28"] == "x"
    assert table.notes[int(marks["M6"][1:]) - 1] == "until resolved"
    [dose] = [column for column in table.columns if column.id == "T29"]
    assert table.notes[dose.note - 1] == "MSC only; if response_day28 == 'PR'"


def test_the_columns_stand_under_their_axis_in_the_order_of_their_days(index_protocol):
    table = schedule(index_protocol, "en")
    assert [(group.title, group.width) for group in table.groups][:2] == [("Study day", 1), ("Second-line day", 7)]
    assert sum(group.width for group in table.groups) == len(table.columns)
    cycle = [int(column.day) for column in table.columns if column.id.startswith("D") and int(column.day) > 7]
    assert cycle == sorted(cycle)
    assert {column.id for column in table.columns if column.primary} == {"D28", "D56"}


def test_forms_of_events_are_listed_and_stand_in_no_column(index_protocol):
    table = schedule(index_protocol, "en")
    assert {"AE", "SAE", "DEATH", "MSC"} <= {form for form, _ in table.events}
    assert not {"AE", "SAE", "DEATH", "MSC"} & {row.form for row in table.rows}


@pytest.mark.requirement(6)
def test_no_rendering_shows_how_the_allocation_list_is_made(write, tmp_path):
    restricted = tmp_path / "randomization.yaml"
    text = restricted.read_text(encoding="utf-8").replace("block_sizes: [4]", "block_sizes: [7654]")
    restricted.write_text(text.replace("length: 200", "length: 9182"), encoding="utf-8")
    salt = re.search(r"salt: (\w+)", text).group(1)
    write()
    protocol = _committed(write)
    shown = "".join(
        page
        for language in ("en", "zh")
        for format in (HTML, MARKDOWN)
        for page in render(protocol, language, format).values()
    )
    assert not any(
        secret in shown
        for secret in ("7654", "9182", salt, "block_size", "salt", protocol.randomization.restricted.commitment)
    )


def _committed(write):
    """The small protocol with the commitment to the restricted file that lies beside it."""
    from equipoise.errors import TrialErrors

    with pytest.raises(TrialErrors) as caught:
        load_protocol("protocol.yaml")
    [fault] = caught.value.faults
    text = Path("protocol.yaml").read_text(encoding="utf-8")
    old = re.search(r"sha256:\w{64}", text).group()
    write((old, fault.params["computed"]))
    return load_protocol("protocol.yaml")


def test_pages_ask_nothing_of_another_host(pages):
    for (_, name), text in pages.items():
        assert not re.search(r"(src|href|url\()\s*=?\s*[\"'(]?\s*(https?:)?//", text), name
        assert "<script" not in text


def test_texts_of_a_protocol_are_shown_as_text(write):
    write(
        ('{en: "MSC in SR-aGVHD", zh:', '{en: "A <b>bold</b> | title", zh:'),
        ('{en: "Safety", zh:', '{en: "Safe <i> | x", zh:'),
    )
    protocol = load_protocol("protocol.yaml")
    page = render(protocol, "en", HTML)["synopsis.html"]
    assert "A &lt;b&gt;bold&lt;/b&gt; | title" in page
    assert "<i>" not in page
    assert "| Safe &lt;i> \\| x |" in render(protocol, "en", MARKDOWN)["synopsis.md"]


@pytest.mark.parametrize("name", ["synopsis.md", "schedule.md"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_row_of_a_markdown_table_has_the_cells_of_its_head(pages, language, name):
    cells = None
    tables = 0
    for line in pages[language, name].splitlines():
        if not line.startswith("|"):
            cells = None
            continue
        count = len(re.findall(r"(?<!\\)\|", line))
        tables += cells is None
        cells = cells or count
        assert count == cells, line
    assert tables


def test_the_chinese_page_has_no_english_headings(pages):
    text = pages["zh", "synopsis.html"]
    assert '<html lang="zh-Hans">' in text
    for name in ("synopsis", "eligibility", "endpoints", "estimands", "treatments", "deviations"):
        assert WORDS[name].en not in re.findall(r"<h2>(.*?)</h2>", text)
        assert name == "synopsis" or WORDS[name].zh in re.findall(r"<h2>(.*?)</h2>", text)


def test_every_word_of_the_renderings_has_two_languages_with_the_same_parameters():
    for name, text in WORDS.items():
        assert text.en, name
        assert text.zh, name
        assert set(re.findall(r"\{\w+\}", text.en)) == set(re.findall(r"\{\w+\}", text.zh)), name


def test_the_same_protocol_gives_the_same_bytes(index_protocol, pages):
    assert render(index_protocol, "en", HTML)["schedule.html"] == pages["en", "schedule.html"]


def test_a_protocol_without_some_treatments_is_rendered(small):
    treatments = small.treatments.model_copy(update={"msc": None, "crossover": None, "other_agents": None, "cni": None})
    text = render(small.model_copy(update={"treatments": treatments}), "en", MARKDOWN)["synopsis.md"]
    assert "### Basiliximab" in text
    assert "### Calcineurin inhibitor" not in text
