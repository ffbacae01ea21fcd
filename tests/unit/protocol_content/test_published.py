"""The published results that ship with the protocol are those of the paper."""

from __future__ import annotations

import pytest


def at(numbers, path):
    """The number at a dotted path of the transcription."""
    for step in path.split("."):
        numbers = numbers[int(step)] if isinstance(numbers, list) else {str(k): v for k, v in numbers.items()}[step]
    return numbers


@pytest.mark.shared
def test_every_published_number_is_the_one_that_the_paper_prints(published, domain):
    paper = domain("published-results")
    for *_, printed, source in published["values"]:
        assert float(str(printed).removesuffix("%")) == float(at(paper, source)), source


def test_a_percentage_keeps_its_sign(published):
    """Counts, times and ratios stand without; proportions and incidences with it."""
    for *_, statistic, printed, source in published["values"]:
        is_share = statistic.split("_lower")[0].split("_upper")[0] in ("proportion", "survival", "cumulative_incidence")
        assert str(printed).endswith("%") == is_share, source


def test_each_analysis_says_where_its_published_numbers_stand(published, written):
    said = {analysis["id"]: analysis.get("published") for analysis in written["analyses"]}
    places = {}
    for analysis, *_, source in published["values"]:
        places.setdefault(analysis, []).append(source)
    assert set(places) == {name for name, place in said.items() if place}
    for name, sources in places.items():
        assert any(source.startswith(said[name]) for source in sources), name


def test_the_headline_numbers_are_there(published):
    numbers = {(entry[0], entry[2], entry[4], entry[5]): entry[6] for entry in published["values"] if entry[3] == ""}
    versus = "MSC vs CONTROL"
    assert numbers["OR28", "MSC", None, "events"] == 82
    assert numbers["OR28", "CONTROL", None, "events"] == 70
    assert numbers["OR28", versus, None, "odds_ratio"] == 2.0
    assert numbers["OS", "MSC", 36, "survival"] == "63.4 %"
    assert numbers["FFS", "CONTROL", None, "median"] == 6.0
    assert numbers["CGVHD", "CONTROL", 24, "cumulative_incidence"] == "62.7 %"
