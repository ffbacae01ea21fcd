"""The whole table: degenerate trials, unknown names, the same bytes every time, published numbers, what was run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from analysis_frames import Table, datasets_of
from analysis_trial import FIRST, PROTOCOL_PATH, TrialLog, protocol
from equipoise.analysis.analyse import METHODS, analyse
from equipoise.analysis.published import load_published, not_compared
from equipoise.analysis.results import results_csv
from equipoise.datasets import build
from equipoise.errors import AnalysisDataError, ProtocolError, TrialErrors
from equipoise.records.cuts import Cut

PUBLISHED = PROTOCOL_PATH.with_name("published.yaml")


def a_trial(log: TrialLog) -> TrialLog:
    """Seven subjects with a bit of everything."""
    log.screened("01-001", fails="WITHDREW_CONSENT")
    log.subject("01-002", "MSC", contact=400)
    log.subject("01-003", "CONTROL", baseline=(1, 0, 0, 2), day28=(0, 0, 0, 3), day56=None, death=50)
    log.subject("02-001", "CONTROL", day28=(0, 0, 0, 1), msc=(30, 37), contact=300, cgvhd=120, severe=True)
    log.subject("02-002", "MSC", relapse=100, death=200, cause="RELAPSE", dli=110)
    log.subject("02-003", "CONTROL", therapy=20, contact=90)
    log.subject("02-004", "MSC", baseline=(2, 2, 0, 1), day28=(1, 1, 0, 0), cgvhd=150, contact=500)
    return log


def test_a_small_trial_has_a_row_for_every_published_number():
    log = a_trial(TrialLog())
    table = analyse(build(log.records, log.protocol, Cut()), log.protocol, published=PUBLISHED)
    assert not_compared(table, load_published(PUBLISHED)) == []
    row = Table(table).row("OR28", "MSC", "events")
    assert (row["published"], row["published_source"]) == (82.0, "efficacy.or_day28.msc.n")


def test_every_declared_analysis_has_rows():
    log = a_trial(TrialLog())
    table = analyse(build(log.records, log.protocol, Cut()), log.protocol)
    assert {analysis.id for analysis in log.protocol.analyses} <= set(table["analysis"].to_list())
    assert {analysis.method for analysis in log.protocol.analyses} == set(METHODS)


def test_every_statistic_that_the_plan_names_is_reported():
    log = a_trial(TrialLog())
    table = analyse(build(log.records, log.protocol, Cut()), log.protocol)
    made = set(table.select("analysis", "statistic").iter_rows())
    planned = {(one.id, statistic) for one in log.protocol.analyses for statistic in one.statistics}
    assert planned - made == set()


def test_a_statistic_that_no_table_knows_is_refused():
    log = TrialLog()
    first = log.protocol.analyses[0].model_copy(update={"statistics": ("odds",)})
    other = log.protocol.model_copy(update={"analyses": (first,)})
    with pytest.raises(TrialErrors, match="there is no statistic odds"):
        analyse(build([], other, Cut()), other)


def test_a_trial_without_published_results_has_none(tmp_path):
    log = TrialLog()
    log.subject("02-001", "MSC", contact=10)
    table = analyse(build(log.records, log.protocol, Cut()), log.protocol, published=tmp_path / "published.yaml")
    assert table["published"].null_count() == table.height


@pytest.mark.parametrize("subjects", [0, 1, 3])
def test_a_trial_that_stopped_at_once_still_has_a_table(subjects):
    log = TrialLog()
    log.screened("01-001", fails="OTHER")
    for number in range(subjects):
        log.subject(f"02-00{number + 1}", "MSC" if number % 2 == 0 else "CONTROL", contact=10)
    found = Table(analyse(build(log.records, log.protocol, Cut()), log.protocol))
    assert found.value("FLOW", "ALL", "flow_randomized") == subjects
    assert found.value("OR28", "MSC", "n") == (subjects + 1) // 2
    assert found.text("OS", "MSC vs CONTROL", "hazard_ratio") == "not estimable"


def test_a_trial_without_a_record_still_has_a_table():
    found = Table(analyse(build([], protocol(), Cut()), protocol()))
    assert found.value("FLOW", "ALL", "flow_screened") == 0
    assert found.text("OS", "CONTROL", "median") == "not estimable"
    assert found.text("BASELINE", "ALL", "median", endpoint="age") == "not estimable"


def test_the_table_is_the_same_every_time():
    log = a_trial(TrialLog())
    tables = [results_csv(analyse(build(log.records, log.protocol, Cut()), log.protocol)) for _ in range(2)]
    assert tables[0] == tables[1]


def test_the_rows_of_the_run_say_what_was_analysed():
    cut = Cut(as_of=datetime(2020, 8, 31, tzinfo=UTC), cutoff=FIRST)
    about = {"simulated": "yes", "observation": "perfect", "seed": "7"}
    found = Table(analyse(build([], protocol(), cut), protocol(), about, {"clinical": (3, "ab12")}))
    texts = {name: found.text("RUN", "ALL", name) for name in ("simulated", "seed", "as_of", "cutoff", "protocol_id")}
    assert texts == {
        "simulated": "yes",
        "seed": "7",
        "as_of": "2020-08-31T00:00:00+00:00",
        "cutoff": "2016-03-01",
        "protocol_id": "MSC-SR-AGVHD",
    }
    head = found.row("RUN", "ALL", "chain_head", subgroup="stream=clinical")
    assert (head["value"], head["text"]) == (3.0, "ab12")


def changed(analysis: str, **attributes: object):
    """The protocol with one analysis changed."""
    analyses = tuple(one.model_copy(update=attributes) if one.id == analysis else one for one in protocol().analyses)
    return protocol().model_copy(update={"analyses": analyses})


def test_an_unknown_method_is_refused_with_what_is_known():
    with pytest.raises(TrialErrors) as caught:
        analyse(datasets_of([]), changed("OS", method="crystal_ball"))
    (fault,) = caught.value.faults
    assert isinstance(fault, ProtocolError)
    assert str(fault).startswith("analyses, OS: there is no method of analysis crystal_ball\n  rule:   ANALYSIS-METHOD")
    assert "competing_risks" in fault.remedy


def test_an_unknown_factor_is_refused():
    with pytest.raises(ProtocolError, match="shoe_size is no factor of a subgroup or stratum"):
        analyse(datasets_of([]), changed("OR28", subgroups=("shoe_size",)))


def test_an_analysis_without_the_endpoint_that_it_needs_is_refused():
    with pytest.raises(ProtocolError, match="the method survival needs an endpoint"):
        analyse(datasets_of([]), changed("OS", endpoint=None))


def test_datasets_that_lack_a_subject_are_refused():
    datasets = datasets_of([{"arm": "MSC"}, {"arm": "CONTROL"}])
    broken = type(datasets)(**{"cut": datasets.cut, **datasets.as_dict(), "adtte": datasets.adtte.head(3)})
    with pytest.raises(AnalysisDataError, match="for 2 randomized subjects"):
        analyse(broken, protocol())


def test_alluvial_paths_count_every_subject_once():
    levels = [("II", "CR", "CR"), ("II", "CR", "CR"), ("III", "PR", "NR"), ("IV", "NR", "NR")]
    subjects = [
        {"arm": "MSC", "grade": grade, "level": {"OR28": first, "OR56": second}} for grade, first, second in levels
    ]
    found = Table(analyse(datasets_of([*subjects, {"arm": "CONTROL"}]), protocol()))
    assert found.value("ALLUVIAL", "MSC", "alluvial", subgroup="grade=II>CR>CR") == 2
    assert found.value("ALLUVIAL", "MSC", "alluvial", subgroup="grade=III>PR>NR") == 1
    assert found.value("RESPONSE28", "MSC", "count", subgroup="response=CR") == 2
    assert found.value("RESPONSE56", "MSC", "proportion", subgroup="response=NR") == 0.5


def test_baseline_levels_add_up_and_missing_values_are_told():
    subjects = [
        {"arm": "MSC", "AGE": 20, "SEX": "M", "DISGR1": "AML", "SKINBL": 1, "LIVERBL": 0, "UGIBL": 0, "LGIBL": 2},
        {"arm": "MSC", "AGE": 30, "SEX": "F", "DISGR1": "OTHER", "SKINBL": 0, "LIVERBL": 0, "UGIBL": 0, "LGIBL": 1},
        {"arm": "CONTROL", "AGE": 41, "SEX": "F"},
    ]
    found = Table(analyse(datasets_of(subjects), protocol()))
    assert found.value("BASELINE", "ALL", "median", endpoint="age") == 30
    assert [found.value("BASELINE", group, "median", endpoint="age") for group in ("MSC", "CONTROL")] == [25, 41]
    assert found.value("BASELINE", "MSC", "proportion", endpoint="sex", subgroup="sex=M") == 0.5
    assert found.value("BASELINE", "CONTROL", "missing", endpoint="disease") == 1
    assert found.value("BASELINE", "MSC", "count", endpoint="organ", subgroup="organ=LOWER_GI") == 2
    # 1 of 2 against 0 of 1: every table with these margins is as probable as the one observed or more so
    assert found.value("BASELINE", "MSC vs CONTROL", "p_fisher", endpoint="sex") == 1.0


def test_exposure_is_of_those_who_had_a_dose():
    subjects = [{"arm": "MSC", "MSCN": n, "ONSMSCDY": d} for n, d in ((0, None), (4, 9), (8, 12), (5, 10))]
    found = Table(analyse(datasets_of([*subjects, {"arm": "CONTROL", "MSCN": 0}]), protocol()))
    doses = {
        name: found.value("EXPOSURE", "MSC", name, endpoint="msc_doses")
        for name in ("n", "median", "minimum", "maximum")
    }
    assert doses == {"n": 3, "median": 5, "minimum": 4, "maximum": 8}
    assert found.value("EXPOSURE", "MSC", "median", endpoint="onset_to_msc_days") == 10
    assert found.text("EXPOSURE", "CONTROL", "median", endpoint="msc_doses") == "not estimable"
