"""Adverse events, serious events, infusions, deaths, deviations and completeness: counts by hand."""

from __future__ import annotations

from typing import Any

import pytest

from analysis_frames import Table, datasets_of
from analysis_trial import FIRST, TrialLog, protocol
from equipoise.analysis.analyse import analyse
from equipoise.datasets import build
from equipoise.datasets.source import read_source
from equipoise.days import date_of, format_day
from equipoise.records.cuts import Cut

ARMS = [{"arm": "MSC"}, {"arm": "MSC"}, {"arm": "MSC"}, {"arm": "CONTROL"}, {"arm": "CONTROL"}]


def event(subject: int, **more: Any) -> dict[str, Any]:
    row = {"SUBJID": f"01-{subject:03d}", "AECAT": "AE", "AECLASS": "OTHER", "AETOXGR": 3, "TRTEMFL": "Y"}
    return row | more


def report(subject: int, **more: Any) -> dict[str, Any]:
    return event(subject, AECAT="SAE REPORT", AETOXGR=None) | more


def results(**others: Any) -> Table:
    return Table(analyse(datasets_of(ARMS, **others), protocol()))


def counts(found: Table, analysis: str, endpoint: str) -> tuple[float, float]:
    first, second = (found.value(analysis, arm, "count", endpoint=endpoint) for arm in ("MSC", "CONTROL"))
    return first, second


def test_a_subject_counts_once_in_a_class_and_grade_5_is_no_grade_3_or_4():
    rows = [event(1), event(1, AETOXGR=4), event(2, AETOXGR=2), event(3, AETOXGR=5), event(4), event(5, TRTEMFL=None)]
    found = results(adae=rows)
    assert counts(found, "AE34", "OTHER") == (1, 1)
    assert counts(found, "AE34", "ANY") == (1, 1)
    assert found.value("AE34", "MSC", "n", endpoint="OTHER") == 3


def test_organisms_are_also_counted_among_the_infected():
    rows = [
        event(1, AECLASS="INFECTION", AEORG="VIRAL"),
        event(1, AECLASS="INFECTION", AEORG="FUNGAL"),
        event(2, AECLASS="INFECTION", AEORG="BACTERIAL"),
    ]
    found = results(adae=rows)
    assert counts(found, "AE34", "INFECTION") == (2, 0)
    assert found.value("AE34", "MSC", "proportion", endpoint="INFECTION_VIRAL") == pytest.approx(1 / 3)
    among = {"endpoint": "INFECTION_VIRAL", "subgroup": "among=INFECTION"}
    assert found.value("AE34", "MSC", "proportion", **among) == 0.5
    assert found.text("AE34", "CONTROL", "proportion", **among) == "not estimable"


def test_a_blood_count_is_a_haematological_event_without_a_form():
    def count(subject: int, grade: float, emergent: str | None = "Y") -> dict[str, Any]:
        return {"SUBJID": f"01-{subject:03d}", "PARAMCD": "HEMTOX", "AVAL": grade, "TRTEMFL": emergent}

    found = results(adae=[event(4, AECLASS="HEMATOLOGIC")], adlb=[count(1, 3), count(2, 2), count(3, 4, None)])
    assert counts(found, "AE34", "HEMATOLOGIC") == (1, 1)
    assert counts(found, "AE34", "ANY") == (1, 1)


def test_counts_agree_with_the_milestones_that_simulation_draws():
    log = TrialLog()
    for number, (kind, grade, day) in enumerate(
        [("INFECTION", 3, 5), ("HEMATOLOGIC", 4, 9), ("INFECTION", 2, 5), ("INFECTION", 4, 400), ("CARDIAC", 3, 1)],
        start=1,
    ):
        log.subject(f"01-00{number}", "MSC", contact=450)
        items = {"AE_START": format_day(FIRST + day), "AE_TERM": "x", "AE_CLASS": kind, "AE_GRADE": str(grade)}
        log.write(f"01-00{number}", "AE", items)
    found = Table(analyse(build(log.records, log.protocol, Cut()), log.protocol))
    milestones = read_source(log.records, log.protocol, Cut()).milestones
    never = 2**31 - 1
    for endpoint, name in (("INFECTION", "infection_g34"), ("HEMATOLOGIC", "hematologic_g34"), ("ANY", "ae_g34")):
        assert found.value("AE34", "MSC", "count", endpoint=endpoint) == (getattr(milestones, name) != never).sum()
    assert found.value("AE34", "MSC", "count", endpoint="ANY") == 3


def test_serious_events_are_counted_from_reports():
    rows = [
        event(1, AESER="Y"),
        report(2, AECLASS="CARDIAC"),
        report(2, AECLASS="CARDIAC", AEFUP=1),
        report(4, AECLASS="RENAL"),
        report(5, AECLASS="RENAL", TRTEMFL=None),
    ]
    found = results(adae=rows)
    assert counts(found, "SAE", "ANY") == (1, 1)
    assert counts(found, "SAE", "CARDIAC") == (1, 0)
    assert counts(found, "SAE", "SECONDARY_MALIGNANCY") == (0, 0)
    assert found.value("SAE", "MSC vs CONTROL", "p_fisher", endpoint="SECONDARY_MALIGNANCY") == 1.0


def test_cytopenias_are_of_platelets_alone_or_of_both_cells():
    """Subject 1: platelets. Subject 2: both in one report. Subject 4: one report of each. Subject 5: neutrophils."""
    blood = "HEMATOLOGIC"
    rows = [
        report(1, AECLASS=blood, AEBLOOD="PLATELETS"),
        report(2, AECLASS=blood, AEBLOOD="PLATELETS_AND_NEUTROPHILS"),
        report(4, AECLASS=blood, AEBLOOD="PLATELETS"),
        report(4, AECLASS=blood, AEBLOOD="NEUTROPHILS"),
        report(5, AECLASS=blood, AEBLOOD="NEUTROPHILS"),
    ]
    found = results(adae=rows)
    assert counts(found, "SAE", blood) == (2, 2)
    assert counts(found, "SAE", "PLATELETS") == (1, 0)
    assert counts(found, "SAE", "PLATELETS_AND_NEUTROPHILS") == (1, 1)


def test_infusion_related_events_are_among_those_infused():
    def dose(subject: int, reaction: str | None = "N") -> dict[str, Any]:
        return {"SUBJID": f"01-{subject:03d}", "EXCAT": "MSC", "POSTFL": "Y", "REACTFL": reaction}

    found = results(adex=[dose(1), dose(1, "Y"), dose(2), {**dose(4, "Y"), "EXCAT": "BASILIXIMAB"}])
    assert counts(found, "INFUSION", "reaction") == (1, 0)
    assert [found.value("INFUSION", arm, "n") for arm in ("MSC", "CONTROL")] == [2, 0]


def test_deaths_by_cause():
    died = {"DTHDT": date_of(FIRST + 10)}
    subjects = [{"arm": "MSC", **died, "DTHCAUS": "AGVHD"}, {"arm": "MSC", **died}, {"arm": "CONTROL"}]
    found = Table(analyse(datasets_of(subjects), protocol()))
    assert counts(found, "DEATHS", "ANY") == (2, 0)
    assert counts(found, "DEATHS", "AGVHD") == (1, 0)
    assert found.value("DEATHS", "MSC", "proportion", endpoint="ANY") == 1.0


def test_deviations_are_counted_by_code_and_reported_ones_apart():
    def deviation(subject: int, arm: str, category: str = "DERIVED") -> dict[str, Any]:
        return {"SUBJID": f"01-{subject:03d}", "TRTP": arm, "DVCAT": category, "DVCODE": "BSX_DAY"}

    rows = [deviation(1, "MSC"), deviation(1, "MSC"), deviation(4, "CONTROL"), deviation(5, "CONTROL", "REPORTED")]
    found = results(addv=rows)
    numbers = {
        group: tuple(found.value("DEVIATIONS", group, name, endpoint="BSX_DAY") for name in ("count", "subjects"))
        for group in ("MSC", "CONTROL", "ALL")
    }
    assert numbers == {"MSC": (2, 1), "CONTROL": (1, 1), "ALL": (3, 2)}
    assert found.value("DEVIATIONS", "ALL", "count", endpoint="OBS_6H") == 0


def test_completeness_of_assessments_vital_status_and_forms():
    seen, long_ago = date_of(FIRST + 500), date_of(FIRST + 100)
    subjects = [
        {
            "arm": "MSC",
            "level": {"OR28": "CR"},
            "LSTALVDT": seen,
            "FRMDUE": 20,
            "FRMENT": 19,
        },
        {"arm": "MSC", "level": {"OR28": "MISSING"}, "LSTALVDT": long_ago, "FRMDUE": 5, "FRMENT": 1},
        {"arm": "MSC", "level": {"OR28": "DEAD"}, "LSTALVDT": long_ago, "DTHDT": long_ago},
    ]
    found = Table(analyse(datasets_of(subjects), protocol()))

    def done(endpoint: str, group: str) -> tuple[float, float]:
        return tuple(found.value("COMPLETENESS", group, name, endpoint=endpoint) for name in ("count", "n"))  # type: ignore[return-value]

    assert done("day28_assessed", "MSC") == (1, 2)  # the dead have nothing to be assessed
    assert done("vital_status_known", "MSC") == (2, 3)
    assert done("forms_entered", "ALL") == (20, 25)
    assert found.text("COMPLETENESS", "CONTROL", "proportion", endpoint="day28_assessed") == "not estimable"
