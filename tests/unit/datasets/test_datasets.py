"""Datasets from small logs written by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from analysis_trial import FIRST, TrialLog, staging
from equipoise.datasets import VARIABLES, build, dataset_csv, write_datasets
from equipoise.days import date_of, format_day, parse_day
from equipoise.records.cuts import Cut

CUTOFF = parse_day("2020-06-30")


def cut(day: int = CUTOFF) -> Cut:
    return Cut(cutoff=day)


def one(frame: pl.DataFrame, subject: str, **where):
    """The one row of a subject (and of other variables)."""
    for name, value in {"SUBJID": subject, **where}.items():
        frame = frame.filter(pl.col(name) == value)
    assert frame.height == 1, frame
    return frame.row(0, named=True)


@pytest.fixture
def log():
    """Six subjects: one excluded, two in each arm and a control who crossed over on day 30."""
    log = TrialLog()
    log.screened("01-001", fails="NOT_ELIGIBLE")
    log.subject("01-002", "MSC", contact=400)
    log.subject("01-003", "CONTROL", day28=(0, 0, 0, 2), day56=None, death=50)
    log.subject("02-001", "CONTROL", day28=(0, 0, 0, 1), msc=(30, 37), contact=300, cgvhd=120, severe=True)
    log.subject("02-002", "MSC", relapse=100, death=200, cause="RELAPSE", dli=110)
    log.subject("02-003", "CONTROL", therapy=20, contact=90)
    return log


def test_every_row_cites_records_that_exist(log):
    written = {record.id for record in log.records}
    for name, frame in build(log.records, log.protocol, cut()).as_dict().items():
        assert frame["SRCSEQ"].list.len().min() != 0, name
        assert set(frame["SRCSEQ"].explode().drop_nulls().to_list()) <= written, name


def test_a_row_of_adtte_cites_the_record_of_its_event(log):
    adtte = build(log.records, log.protocol, cut()).adtte
    by_id = {record.id: record for record in log.records}
    shown = {
        ("01-003", "OS"): "DEATH",
        ("02-001", "FFS"): "MSC",
        ("02-001", "CGVHD"): "CGVHD",
        ("02-002", "RELAPSE"): "RELAPSE",
        ("02-003", "FFS"): "OTHER_AGENT",
        ("01-002", "OS"): "CONTACT",
    }
    for (subject, code), form in shown.items():
        sources = one(adtte, subject, PARAMCD=code)["SRCSEQ"]
        assert {by_id[source].key.form for source in sources} == {"RANDOMIZATION", form}, (subject, code)
        assert {by_id[source].key.unit for source in sources} == {subject}


def test_an_excluded_subject_is_in_adsl_and_in_no_population(log):
    datasets = build(log.records, log.protocol, cut())
    row = one(datasets.adsl, "01-001")
    assert row["SCRFRSN"] == "NOT_ELIGIBLE"
    assert row["TRT01P"] is None
    assert [row[flag] for flag in ("ITTFL", "MITTFL", "ASTRTFL", "PPROTFL", "SAFFL")] == ["N"] * 5
    assert datasets.adsl.height == 6
    assert "01-001" not in datasets.adtte["SUBJID"].to_list()
    assert "01-001" not in datasets.adrs["SUBJID"].to_list()


def test_mitt_leaves_out_lymphocytes_for_relapse_and_controls_given_msc(log):
    adsl = build(log.records, log.protocol, cut()).adsl
    assert adsl.filter(pl.col("ITTFL") == "Y")["SUBJID"].to_list() == ["01-002", "01-003", "02-001", "02-002", "02-003"]
    assert adsl.filter(pl.col("MITTFL") == "Y")["SUBJID"].to_list() == ["01-002", "01-003", "02-003"]


def test_as_treated_moves_a_cross_over(log):
    datasets = build(log.records, log.protocol, cut())
    row = one(datasets.adsl, "02-001")
    assert (row["TRT01P"], row["TRT01A"]) == ("CONTROL", "MSC")
    assert one(datasets.adrs, "02-001", PARAMCD="OR28")["TRTA"] == "MSC"  # day 30 is the last of the day-28 window
    assert one(datasets.adrs, "02-001", PARAMCD="OR56AT")["AVALC"] == "Y"
    assert one(datasets.adrs, "02-001", PARAMCD="OR56")["RSPCODE"] == "TRT"


def test_a_cross_over_after_the_window_is_not_treated_in_it():
    log = TrialLog()
    log.subject("01-001", "CONTROL", msc=(70,), contact=200)
    adrs = build(log.records, log.protocol, cut()).adrs
    assert one(adrs, "01-001", PARAMCD="OR56AT")["TRTA"] == "CONTROL"


def test_times_are_elapsed_days_and_causes_are_numbered_as_declared(log):
    adtte = build(log.records, log.protocol, cut()).adtte
    expected = {
        ("01-003", "OS"): (50, 1, 0, "DEATH"),
        ("01-003", "CGVHD"): (50, 3, 3, "DEATH"),
        ("01-003", "RELAPSE"): (50, 2, 2, "DEATH WITHOUT RELAPSE"),
        ("02-002", "NRM"): (100, 2, 2, "RELAPSE OR PROGRESSION"),
        ("02-002", "OS"): (200, 1, 0, "DEATH"),
        ("02-001", "SEVCGVHD"): (120, 1, 0, "SEVERE CHRONIC GVHD"),
        ("02-003", "FFS"): (20, 1, 0, "NEW SYSTEMIC THERAPY FOR ACUTE GVHD"),
        ("01-002", "OS"): (400, 0, 1, None),
    }
    for (subject, code), (days, cause, cnsr, what) in expected.items():
        row = one(adtte, subject, PARAMCD=code)
        assert (row["AVAL"], row["CAUSE"], row["CNSR"], row["EVNTDESC"]) == (days, cause, cnsr, what), (subject, code)
        assert (row["ADT"] - row["STARTDT"]).days == days


def test_variants_of_failure_free_survival_read_chronic_gvhd_differently():
    log = TrialLog()
    log.subject("01-001", "MSC", cgvhd=100, therapy=150, contact=300)
    adtte = build(log.records, log.protocol, cut()).adtte
    codes = {code: one(adtte, "01-001", PARAMCD=code) for code in ("FFS", "FFSCENS", "FFSCIF")}
    assert {code: (row["AVAL"], row["CAUSE"]) for code, row in codes.items()} == {
        "FFS": (150, 1),
        "FFSCENS": (100, 0),
        "FFSCIF": (100, 2),
    }
    assert codes["FFSCENS"]["CNSDTDSC"] == "CHRONIC GVHD"


def test_a_partly_known_date_is_imputed_and_flagged():
    log = TrialLog()  # randomized on 1 March 2016
    log.subject("01-001", "MSC", contact=20)
    log.write("01-001", "DEATH", {"DD_DATE": "2016-05", "DD_CAUSE": "INFECTION"})
    log.subject("01-002", "MSC", contact=20)
    log.write("01-002", "RELAPSE", {"RL_DATE": "2016", "RL_TYPE": "MORPHOLOGICAL"})
    datasets = build(log.records, log.protocol, cut())
    death = one(datasets.adsl, "01-001")
    assert (death["DTHDT"], death["DTHDTF"]) == (date(2016, 5, 1), "D")
    assert one(datasets.adtte, "01-001", PARAMCD="OS")["ADTF"] == "D"
    relapse = one(datasets.adsl, "01-002")
    assert (relapse["RELDT"], relapse["RELDTF"]) == (date(2016, 3, 1), "M")  # not before randomization
    assert one(datasets.adtte, "01-002", PARAMCD="OS")["ADTF"] is None


def test_an_event_after_the_cutoff_does_not_count_and_tells_that_the_subject_lived():
    log = TrialLog()
    log.subject("01-001", "MSC", death=200)
    log.subject("01-002", "MSC", contact=90)
    datasets = build(log.records, log.protocol, cut(FIRST + 150))
    row = one(datasets.adtte, "01-001", PARAMCD="OS")
    assert (row["AVAL"], row["CNSR"], row["CNSDTDSC"]) == (150, 1, "DATA CUTOFF")  # who dies later lived at the cutoff
    (died,) = [record for record in log.records if record.key.form == "DEATH"]
    assert f"clinical:{died.position}" in row["SRCSEQ"]
    log.write("01-002", "CONTACT", {"CT_DATE": format_day(FIRST + 170), "CT_STATUS": "ALIVE"}, at=FIRST + 200)
    row = one(build(log.records, log.protocol, cut(FIRST + 150)).adtte, "01-002", PARAMCD="OS")
    assert (row["AVAL"], row["CNSR"], row["CNSDTDSC"]) == (150, 1, "DATA CUTOFF")


def test_what_was_not_known_at_the_instant_does_not_count():
    log = TrialLog()
    log.subject("01-001", "MSC", contact=90)
    known = log.records[-1].at
    log.write("01-001", "DEATH", {"DD_DATE": format_day(FIRST + 80), "DD_CAUSE": "INFECTION"}, at=FIRST + 100)
    before = build(log.records, log.protocol, Cut(as_of=known, cutoff=CUTOFF))
    after = build(log.records, log.protocol, cut())
    assert one(before.adtte, "01-001", PARAMCD="OS")["AVAL"] == 90
    assert one(after.adtte, "01-001", PARAMCD="OS")["AVAL"] == 80


def test_a_subject_randomized_after_the_cutoff_is_still_in_screening():
    log = TrialLog()
    log.subject("01-001", "MSC", day=FIRST + 5)
    log.write("01-002", "SCREENING", {"SC_DATE": format_day(FIRST), "SC_ATTEMPT": "1"}, at=FIRST + 300)
    datasets = build(log.records, log.protocol, cut(FIRST + 2))
    assert datasets.adsl["SUBJID"].to_list() == ["01-002"]
    assert datasets.adsl["TRT01P"].to_list() == [None]


def test_an_adjudication_after_the_cutoff_settles_an_event_before_it():
    log = TrialLog()
    log.subject("01-001", "MSC", relapse=100, contact=140)
    day = {"AJ_DATE": format_day(FIRST + 300), "AJ_EVENT_DATE": format_day(FIRST + 90)}
    log.write("01-001", "ADJUDICATION", day | {"AJ_WHAT": "RELAPSE", "AJ_CONFIRMED": "Y"}, at=FIRST + 300)
    row = one(build(log.records, log.protocol, cut(FIRST + 150)).adtte, "01-001", PARAMCD="RELAPSE")
    assert (row["AVAL"], row["CAUSE"]) == (90, 1)


def test_a_corrected_form_counts_as_corrected_and_its_last_version_counts():
    log = TrialLog()
    log.subject("01-001", "MSC", death=100)
    log.write("01-001", "DEATH", {"DD_DATE": format_day(FIRST + 120), "DD_CAUSE": "RELAPSE"}, repeat=1)
    row = one(build(log.records, log.protocol, cut()).adsl, "01-001")
    assert (row["DTHDT"], row["DTHCAUS"]) == (date_of(FIRST + 120), "RELAPSE")
    assert row["FRMCORR"] == 1


def test_the_order_in_which_subjects_were_written_does_not_matter():
    subjects = [
        ("01-001", "MSC", {"death": 80}),
        ("01-002", "CONTROL", {"cgvhd": 90}),
        ("02-001", "MSC", {"contact": 99}),
    ]
    logs = []
    for order in (subjects, subjects[::-1]):
        log = TrialLog()
        for subject, arm, events in order:
            log.subject(subject, arm, **events)
        logs.append(log)
    first, second = (build(log.records, log.protocol, cut()) for log in logs)
    for name, frame in first.as_dict().items():
        left_out = ["SRCSEQ", *(["RANDNUM", "FRMLATE"] if name == "adsl" else [])]
        assert frame.drop(left_out).equals(second.as_dict()[name].drop(left_out)), name


def test_baseline_counts_upper_and_lower_gut_as_one_organ():
    log = TrialLog()
    log.subject("01-001", "MSC", baseline=(1, 0, 1, 2))
    log.subject("01-002", "MSC", baseline=(3, 0, 0, 0))
    adsl = build(log.records, log.protocol, cut()).adsl
    both, skin = one(adsl, "01-001"), one(adsl, "01-002")
    assert (both["NORGBL"], both["UGIBL"], both["LGIBL"], both["GRADEBL"], both["SKONLYFL"]) == (2, 1, 2, "III", "N")
    assert (skin["NORGBL"], skin["GRADEBL"], skin["SKONLYFL"], skin["LGIFL"]) == (1, "II", "Y", "N")


def test_an_empty_log_gives_empty_datasets_with_every_variable():
    log = TrialLog()
    for name, frame in build([], log.protocol, cut()).as_dict().items():
        assert frame.columns == [variable.name for variable in VARIABLES[name]]
        assert frame.height == 0


def test_a_visit_that_was_held_counts_as_due_and_held():
    log = TrialLog()
    log.subject("01-001", "MSC", contact=3)
    for number in (1, 2, 3):
        status = {"VI_DATE": format_day(FIRST + number - 1), "VI_STATUS": "DONE" if number < 3 else "NOT_DONE"}
        log.write("01-001", "VISIT", status, visit=f"D{number}")
    row = one(build(log.records, log.protocol, cut(FIRST + 3)).adsl, "01-001")
    assert (row["VISDUE"], row["VISHELD"]) == (4, 2)  # days 1 to 4 are due by then


def test_names_fit_transport_files():
    for variables in VARIABLES.values():
        for variable in variables:
            assert len(variable.name) <= 8
            assert variable.name == variable.name.upper()
            assert variable.label


def test_files_are_the_same_every_time(log, tmp_path):
    first, second = (build(log.records, log.protocol, cut()) for _ in range(2))
    write_datasets(first, tmp_path / "one")
    write_datasets(second, tmp_path / "two")
    for name in VARIABLES:
        assert (tmp_path / "one" / f"{name}.csv").read_bytes() == (tmp_path / "two" / f"{name}.csv").read_bytes()
    header, row = dataset_csv(first.adtte).splitlines()[:2]
    assert header.startswith("STUDYID,USUBJID,SUBJID,SITEID,TRTP,TRTA,ITTFL")
    assert row.startswith("MSC-SR-AGVHD,MSC-SR-AGVHD-01-002,01-002,01,MSC,MSC,Y")
    assert row.endswith("clinical:17") or " clinical:" in row


def test_a_staging_of_the_investigator_does_not_decide_the_endpoint():
    log = TrialLog()
    log.subject("01-001", "CONTROL", day28=None, day56=None, contact=60)
    log.write("01-001", "AGVHD", staging(format_day(FIRST + 27), (0, 0, 0, 0), "INVESTIGATOR"), visit="D28")
    row = one(build(log.records, log.protocol, cut()).adrs, "01-001", PARAMCD="OR28")
    assert (row["AVALC"], row["RSPCODE"], row["RSPLEVEL"]) == ("N", "MISSING", "NR")
