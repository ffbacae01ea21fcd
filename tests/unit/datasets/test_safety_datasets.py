"""ADAE, ADEX, ADLB and ADDV: windows, grades, doses, reference ranges."""

from __future__ import annotations

import polars as pl
import pytest

from analysis_trial import FIRST, TrialLog
from equipoise.datasets import build
from equipoise.datasets.adae import blood_cells
from equipoise.datasets.source import read_source
from equipoise.days import format_day
from equipoise.records.cuts import Cut

NO_CUT = Cut()
LAST_DOSE = 21  # of the MSC arm: day 21 after randomization


def on(elapsed: int) -> str:
    return format_day(FIRST + elapsed)


def event(elapsed: int, **items: str) -> dict[str, str]:
    return {"AE_START": on(elapsed), "AE_TERM": "Event", "AE_CLASS": "OTHER", "AE_GRADE": "3"} | items


def rows(frame: pl.DataFrame, **where) -> list[dict]:
    for name, value in where.items():
        frame = frame.filter(pl.col(name) == value)
    return frame.to_dicts()


def test_events_count_from_randomization_to_180_days_after_the_last_dose():
    log = TrialLog()
    log.subject("01-001", "MSC")
    for elapsed in (-1, 0, LAST_DOSE + 180, LAST_DOSE + 181):
        log.write("01-001", "AE", event(elapsed))
    found = [row["TRTEMFL"] for row in build(log.records, log.protocol, NO_CUT).adae.to_dicts()]
    assert found == [None, "Y", "Y", None]


def test_serious_events_count_from_consent():
    log = TrialLog()
    log.screened("01-001", FIRST - 2)
    log.subject("01-002", "MSC", contact=30)
    log.write("01-002", "CONSENT", {"CO_DATE": on(-2), "CO_SIGNER": "SUBJECT", "CO_VERSION": "1.0"})
    for elapsed in (-3, -2):
        log.write("01-002", "SAE", {"SA_ONSET": on(elapsed), "SA_TERM": "Event", "SA_CRITERIA": "HOSPITALIZATION"})
    adae = build(log.records, log.protocol, NO_CUT).adae
    assert [row["TRTEMFL"] for row in rows(adae, AECAT="SAE REPORT")] == [None, "Y"]


def test_a_report_without_a_class_takes_that_of_its_adverse_event():
    log = TrialLog()
    log.subject("01-001", "MSC")
    log.write("01-001", "AE", event(3, AE_CLASS="CARDIAC", AE_SERIOUS="Y"))
    log.write("01-001", "AE", event(4, AE_CLASS="RENAL"))
    log.write("01-001", "SAE", {"SA_ONSET": on(3), "SA_AE": "1", "SA_TERM": "Heart failure", "SA_CRITERIA": "DEATH"})
    (report,) = rows(build(log.records, log.protocol, NO_CUT).adae, AECAT="SAE REPORT")
    assert (report["AECLASS"], report["AESER"], report["AELNKAE"]) == ("CARDIAC", "Y", 1)


def test_a_partial_onset_is_not_put_before_randomization():
    log = TrialLog()
    log.subject("01-001", "MSC", day=FIRST + 10)
    log.write("01-001", "AE", event(0, AE_START="2016-03"))
    (row,) = build(log.records, log.protocol, NO_CUT).adae.to_dicts()
    assert (row["ASTDT"].isoformat(), row["ASTDTF"], row["ASTDY"]) == ("2016-03-11", "D", 1)


def test_an_event_of_a_cross_over_is_treated_from_that_day():
    log = TrialLog()
    log.subject("01-001", "CONTROL", msc=(30,))
    for elapsed in (29, 30):
        log.write("01-001", "AE", event(elapsed))
    adae = build(log.records, log.protocol, NO_CUT).adae
    assert [(row["TRTP"], row["TRTA"]) for row in adae.to_dicts()] == [("CONTROL", "CONTROL"), ("CONTROL", "MSC")]


@pytest.mark.parametrize(
    ("term", "cells"),
    [
        ("Platelet count decreased", "PLATELETS"),
        ("Neutrophil count decreased", "NEUTROPHILS"),
        ("Platelet and neutrophil count decreased", "PLATELETS_AND_NEUTROPHILS"),
        ("Anemia", ""),
    ],
)
def test_blood_cells_that_a_term_names(term, cells):
    assert blood_cells(term) == cells


def test_the_dose_of_msc_is_what_was_delivered():
    log = TrialLog()
    log.subject("01-001", "MSC", msc=())
    product = {"MS_TOTAL": "80", "MS_VIABILITY": "90", "MS_BAG_VOLUME": "100", "MS_VOLUME": "75", "MS_WEIGHT": "60"}
    log.write("01-001", "MSC", {"MS_DATE": on(2), "MS_CONTEXT": "PROTOCOL", **product})
    (dose,) = rows(build(log.records, log.protocol, NO_CUT).adex, EXCAT="MSC")
    # 80 million in 100 mL, of which 90 % live; 75 mL given to 60 kg: 80e6 x 0.9 x 0.75 / 60 = 900 000
    assert (dose["EXDOSE"], dose["EXDOSU"], dose["ASTDY"], dose["POSTFL"]) == (900_000.0, "viable cells/kg", 3, "Y")


def test_a_steroid_period_is_in_methylprednisolone_too():
    log = TrialLog()
    log.subject("01-001", "MSC")
    period = {"ST_START": on(-5), "ST_STOP": on(4), "ST_DRUG": "PREDNISONE", "ST_DOSE": "100", "ST_ROUTE": "ORAL"}
    log.write("01-001", "STEROID", period)
    (row,) = rows(build(log.records, log.protocol, NO_CUT).adex, EXCAT="STEROID")
    assert (row["EXDOSE"], row["EXMPDOSE"], row["POSTFL"]) == (100.0, 80.0, None)
    assert row["AENDT"].isoformat() == on(4)


def blood(elapsed: int, **items: str) -> dict[str, str]:
    return {"LH_DATE": on(elapsed), "LH_RANGES": "1"} | items


@pytest.fixture
def laboratory():
    """A site with ranges: platelets 125-350, and 150-400 from day 100 on; neutrophils 1.8-6.3."""
    log = TrialLog()
    log.subject("01-001", "MSC", contact=150)
    common = {"unit": "10^9/L", "version": "1", "effective": "2014-01-01"}
    log.range("01", test="PLATELETS", low="125", high="350", **common)
    log.range("01", test="ANC", low="1.8", high="6.3", **common)
    log.range("01", test="PLATELETS", low="150", high="400", unit="10^9/L", version="2", effective=on(100))
    return log


@pytest.mark.parametrize(  # examples of the clinical reference: value, CTCAE 4.03, index trial; LLN 125
    ("platelets", "ctcae", "index"),
    [("50", 2, 0), ("40", 3, 0), ("30", 3, 0), ("29", 3, 3), ("22", 4, 3), ("20", 4, 3), ("19", 4, 4), ("130", 0, 0)],
)
def test_platelets_are_graded_by_both_schemes(laboratory, platelets, ctcae, index):
    laboratory.write("01-001", "HEMATOLOGY", blood(5, LH_PLATELETS=platelets), visit="D7")
    (row,) = rows(build(laboratory.records, laboratory.protocol, NO_CUT).adlb, PARAMCD="PLAT")
    assert (row["ATOXGR"], row["ATOXGRIX"], row["ANRLO"], row["ANRVER"]) == (ctcae, index, 125.0, "1")


@pytest.mark.parametrize(
    ("number", "sign", "ctcae", "index"),
    [("20", "<", 4, 4), ("30", "<", None, None), ("125", ">", 0, 0), ("100", ">", None, 0)],
)
def test_a_result_below_or_above_a_number_is_graded_if_all_that_it_can_be_has_one_grade(
    laboratory, number, sign, ctcae, index
):
    """Below 30 may be grade 3 or 4 by either scheme; above 100 may lie below the limit of 125."""
    laboratory.write("01-001", "HEMATOLOGY", blood(5, LH_PLATELETS={"v": number, "q": sign}), visit="D7")
    (row,) = rows(build(laboratory.records, laboratory.protocol, NO_CUT).adlb, PARAMCD="PLAT")
    assert (row["ATOXGR"], row["ATOXGRIX"]) == (ctcae, index)
    assert (row["AVAL"], row["LBQUAL"]) == (float(number), sign)


def test_a_result_names_the_version_of_its_range(laboratory):
    laboratory.write("01-001", "HEMATOLOGY", blood(120, LH_PLATELETS="140"), visit="M3")
    laboratory.write("01-001", "HEMATOLOGY", blood(121, LH_PLATELETS="140", LH_RANGES="2"), visit="M6")
    found = rows(build(laboratory.records, laboratory.protocol, NO_CUT).adlb, PARAMCD="PLAT")
    assert [(row["ANRVER"], row["ATOXGR"]) for row in found] == [("1", 0), ("2", 1)]


def test_without_a_range_a_grade_that_depends_on_it_is_not_known(laboratory):
    laboratory.write("01-001", "HEMATOLOGY", blood(5, LH_WBC="3.5"), visit="D7")
    laboratory.write("01-001", "HEMATOLOGY", blood(6, LH_WBC="1.5"), visit="D8")
    found = rows(build(laboratory.records, laboratory.protocol, NO_CUT).adlb, PARAMCD="WBC")
    assert [row["ATOXGR"] for row in found] == [None, 3]


def test_values_are_in_the_first_unit_and_keep_what_was_entered(laboratory):
    entered = {"v": "8.3", "u": "g/dL"}
    laboratory.write("01-001", "HEMATOLOGY", blood(5, LH_HEMOGLOBIN=entered), visit="D7")  # type: ignore[arg-type]
    (row,) = rows(build(laboratory.records, laboratory.protocol, NO_CUT).adlb, PARAMCD="HGB")
    assert (row["AVAL"], row["LBORRES"], row["LBORRESU"], row["PARAM"]) == (83.0, "8.3", "g/dL", "Haemoglobin (g/L)")


def test_a_count_is_a_toxicity_only_if_it_is_worse_than_at_baseline(laboratory):
    laboratory.write("01-001", "HEMATOLOGY", blood(-1, LH_PLATELETS="25", LH_ANC="2.0"), visit="SCR")
    laboratory.write("01-001", "HEMATOLOGY", blood(5, LH_PLATELETS="24", LH_ANC="2.0"), visit="D7")
    laboratory.write("01-001", "HEMATOLOGY", blood(9, LH_PLATELETS="18", LH_ANC="2.0"), visit="D14")
    found = rows(build(laboratory.records, laboratory.protocol, NO_CUT).adlb, PARAMCD="HEMTOX")
    assert [(row["AVAL"], row["ABLFL"], row["TRTEMFL"]) for row in found] == [
        (3, "Y", None),
        (3, None, None),
        (4, None, "Y"),
    ]
    source = read_source(laboratory.records, laboratory.protocol, NO_CUT)
    assert source.milestones.hematologic_g34[0] == 9  # the same rule, as the simulator uses it


def test_creatinine_is_graded_against_its_baseline():
    log = TrialLog()
    log.subject("01-001", "MSC")
    log.range("01", test="CREATININE", unit="umol/L", low="44.2", high="88.4", version="1", effective="2014-01-01")
    for elapsed, value in (
        (-1, "0.4"),
        (5, "1.3"),
    ):  # 1.3 of a limit of 1.0 is grade 1; 3.25 times the baseline is grade 3
        log.write("01-001", "CHEMISTRY", {"LC_DATE": on(elapsed), "LC_CREATININE": value}, visit=f"V{elapsed + 1}")
    found = rows(build(log.records, log.protocol, NO_CUT).adlb, PARAMCD="CREAT")
    assert [(row["ATOXGR"], row["ANRHI"], row["BASE"]) for row in found] == [(0, 1.0, 0.4), (3, 1.0, 0.4)]


def test_a_derived_deviation_and_a_reported_one_stand_apart():
    log = TrialLog()
    log.subject("01-001", "MSC", basiliximab=(0, 4, 7))  # day 5 in place of day 3: off by two days
    log.write("01-001", "DEVIATION", {"DV_DATE": on(9), "DV_CODE": "BSX_DAY", "DV_TEXT": "Late dose"})
    found = rows(build(log.records, log.protocol, NO_CUT).addv, DVCODE="BSX_DAY")
    assert [(row["DVCAT"], row["DVSEV"], row["ADT"].isoformat()) for row in found] == [
        ("DERIVED", "minor", on(4)),
        ("REPORTED", "minor", on(9)),
    ]
