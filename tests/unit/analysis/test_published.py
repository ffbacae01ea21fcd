"""Published numbers: what ships equals the transcription of the paper, and is joined to the rows that it belongs to."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from equipoise.analysis.published import load_published, not_compared, with_published
from equipoise.analysis.results import Row, results_table
from equipoise.errors import ProtocolError, TrialErrors

ENTRY = '[OR28, "", MSC, "", null, proportion, 82.8 %, t.a]'
HEAD = "paper: {authors: A, journal: J, year: 2022, volume: 1, article: 2}\nsections: {t: Table 1}\nvalues:\n"


@pytest.fixture(scope="module")
def shipped(index_protocol_path):
    return load_published(index_protocol_path.with_name("published.yaml"))


@pytest.fixture
def published(tmp_path):
    def load(*entries: str):
        path = tmp_path / "published.yaml"
        path.write_text(HEAD + "".join(f"  - {entry}\n" for entry in entries))
        return load_published(path)

    return load


@pytest.mark.shared
def test_each_number_that_ships_is_the_one_in_the_transcription_of_the_paper(shared, shipped):
    transcription = YAML(typ="safe").load(shared / "domain" / "published-results.yaml")
    assert len(shipped.values) > 400
    for place, (value, source) in shipped.values.items():
        found = transcription
        for key in source.split("."):
            found = (
                found[int(key)]
                if isinstance(found, list)
                else found.get(key, found.get(int(key) if key.isdigit() else key))
            )
        percentage = place[-1].startswith(("proportion", "survival", "cumulative_incidence"))
        assert value == pytest.approx(found / 100 if percentage else found, rel=1e-12), source


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("OR28", "OR28", "MSC", "", None, "proportion"), 0.828),
        (("OR28", "OR28", "MSC vs CONTROL", "", None, "p_pearson"), 0.043),
        (("DOR56", "", "CONTROL", "", None, "proportion"), 0.646),
        (("OS", "OS", "CONTROL", "", 36.0, "survival"), 0.485),
        (("FFS", "FFS", "MSC", "", None, "median"), 11.3),
        (("CGVHD", "CGVHD", "MSC", "", 24.0, "cumulative_incidence"), 0.395),
        (("NRM", "NRM", "CONTROL", "", 36.0, "cumulative_incidence"), 0.414),
    ],
)
def test_headline_numbers_of_the_paper(shipped, place, value):
    assert shipped.find(place)[0] == value


def test_every_source_names_a_part_of_the_paper(shipped):
    named = {shipped.sections[source.split(".")[0]] for _, source in shipped.values.values()}
    assert named >= {"Table 1", "Table 4", "Results, Efficacy"}
    assert shipped.citation() == "Zhao et al. 2022, J Hematol Oncol 15:22"


def test_a_percentage_becomes_a_fraction_and_stands_in_its_row_alone(published):
    known = published('[OR28, "", MSC, "", null, proportion, 82.8 %, t.a]')
    rows = [
        Row(analysis="OR28", endpoint="OR28", group=arm, statistic="proportion", value=0.5)
        for arm in ("MSC", "CONTROL")
    ]
    table = with_published(results_table(rows), known)
    by_group = {row["group"]: (row["published"], row["published_source"]) for row in table.to_dicts()}
    assert by_group == {"ALL": (None, ""), "CONTROL": (None, ""), "MSC": (0.828, "t.a")}


def test_the_paper_itself_becomes_a_row(published):
    table = with_published(results_table([Row(analysis="OR28", group="MSC", statistic="n", value=1)]), published(ENTRY))
    assert table.filter(table["statistic"] == "published")["text"].to_list() == ["A 2022, J 1:2"]


def test_an_endpoint_in_the_file_must_agree_and_an_empty_one_holds_for_any(published):
    known = published('[AE34, ANY, MSC, "", null, n, 1, t.a]', '[SAE, "", MSC, "", null, n, 2, t.b]')
    assert known.find(("AE34", "INFECTION", "MSC", "", None, "n")) is None
    assert known.find(("AE34", "ANY", "MSC", "", None, "n")) == (1.0, "t.a")
    assert known.find(("SAE", "ANY", "MSC", "", None, "n")) == (2.0, "t.b")


def test_published_numbers_without_a_row_are_listed(published):
    known = published('[OR28, "", MSC, "", null, n, 99, t.a]', '[OS, "", MSC, "", 6, survival, 68.7 %, t.b]')
    table = results_table([Row(analysis="OR28", endpoint="OR28", group="MSC", statistic="n", value=1)])
    assert not_compared(table, known) == [("OS", "", "MSC", "", 6.0, "survival")]


def test_all_faulty_entries_are_reported_at_once(published):
    with pytest.raises(TrialErrors) as caught:
        published(
            "[OR28, MSC]",
            '[OR28, "", MSC, "", null, response, 1, t.a]',
            '[OR28, "", MSC, "", null, n, 1, elsewhere.a]',
            '[OR28, "", MSC, "", null, n, 2, t.a]',
            '[OR28, "", MSC, "", null, n, many, t.a]',
        )
    assert [fault.where for fault in caught.value.faults] == [
        f"published.yaml, value {number}" for number in range(1, 6)
    ]


def test_a_file_without_its_sections_is_refused(tmp_path):
    path = tmp_path / "published.yaml"
    path.write_text("paper: {}\n")
    with pytest.raises(ProtocolError, match="not a file of published results"):
        load_published(path)
