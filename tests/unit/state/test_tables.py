"""Tables: columns of filled forms, folding, and what is kept."""

import numpy as np
import pytest

from equipoise.arrays import UNKNOWN
from equipoise.days import parse_day
from equipoise.records.record import Key
from equipoise.state.columns import NO_MINUTE
from equipoise.state.inputs import item_inputs
from equipoise.state.tables import SubjectTables, TrialTables, layouts, record_id, record_name
from trial_records import Written, history, index_protocol, on, record, staging, subject_tables, trial_tables

FIRST = parse_day("2018-03-01")


def columns_of(form, *payloads):
    return subject_tables([(form, payload) for payload in payloads])[form]


def test_decimals_are_in_the_first_unit_and_one_below_a_limit_is_not_known():
    table = columns_of(
        "CHEMISTRY",
        {"LC_DATE": "2018-03-01", "LC_BILIRUBIN": "0.80"},
        {"LC_DATE": "2018-03-02", "LC_BILIRUBIN": {"v": "34.2", "u": "umol/L"}},
        {"LC_DATE": "2018-03-03", "LC_BILIRUBIN": {"v": "0.1", "q": "<"}},
        {"LC_DATE": "2018-03-04", "LC_BILIRUBIN": {"m": "ND"}},
        {"LC_DATE": "2018-03-05"},
    )
    assert table.column("LC_BILIRUBIN").tolist()[:2] == [0.8, 2.0]  # 34.2 / 17.1
    assert np.isnan(table.column("LC_BILIRUBIN")[2:]).all()
    assert table.entered("LC_BILIRUBIN").tolist()[:3] == [0.8, 2.0, 0.1]
    assert table.qualifier("LC_BILIRUBIN").tolist() == [0, 0, -1, 0, 0]


def test_bounds_hold_every_number_that_a_value_can_be():
    payloads = ("0.8", {"v": "0.5", "q": "<"}, {"v": "0.5", "q": ">"}, {"v": "0", "q": "<"}, {"m": "ND"})
    table = columns_of(
        "HEMATOLOGY", *({"LH_DATE": f"2018-03-0{day}", "LH_ANC": value} for day, value in enumerate(payloads, 1))
    )
    low, high = table.bounds("LH_ANC")
    np.testing.assert_allclose(low, [0.8, 0, 0.501, 0, np.nan])
    np.testing.assert_allclose(high, [0.8, 0.499, 1e15, 0, np.nan])
    assert table.bounds("LH_ANC").open
    assert not table.bounds("LH_PLATELETS").open


def test_a_number_known_only_as_below_or_above_is_not_told_to_rules():
    """More than one earlier treatment excludes a subject; "above 1" must not read as 1."""
    tables = subject_tables([("ELIGIBILITY", {"EL_DATE": on(-1), "EL_PRIOR_THERAPIES": {"v": "1", "q": ">"}})])
    assert item_inputs(["EL_PRIOR_THERAPIES"], tables, index_protocol(), ["ELIGIBILITY"]) == {}


def test_a_conversion_gives_the_decimal_number_that_a_person_expects():
    table = columns_of(
        "HEMATOLOGY", *({"LH_HEMOGLOBIN": {"v": f"{tenths / 10}", "u": "g/dL"}} for tenths in range(60, 160))
    )
    assert table.column("LH_HEMOGLOBIN").tolist() == [float(tenths) for tenths in range(60, 160)]


def test_codes_are_places_in_the_code_list_and_answers_are_one_and_zero():
    table = columns_of(
        "AGVHD", {"GV_BULLAE": "Y", "GV_UGI": "PERSISTENT"}, {"GV_BULLAE": "N"}, {"GV_BULLAE": {"m": "UNK"}}
    )
    assert table.column("GV_BULLAE").tolist() == [1, 0, -1]
    assert table.column("GV_UGI").tolist() == [2, -1, -1]  # NONE, INTERMITTENT, PERSISTENT
    assert table.among("GV_UGI", ("NONE", "PERSISTENT")).tolist() == [True, False, False]


def test_several_codes_are_bits():
    table = columns_of("CGVHD", {"CG_EXCLUDED": "MOUTH SKIN"}, {"CG_DATE": on(0)})
    assert table.column("CG_EXCLUDED").tolist() == [0b11, 0]


def test_dates_keep_what_they_can_mean():
    table = columns_of("RELAPSE", {"RL_DATE": "2018-03-04"}, {"RL_DATE": "2018-04"}, {"RL_DATE": {"m": "UNK"}})
    days = dict(
        zip(table.record.tolist(), zip(table.day.tolist(), table.day_earliest.tolist(), table.day_latest.tolist()))
    )
    missing = int(UNKNOWN)
    assert days == {
        record_id("clinical", 1): (FIRST + 3, FIRST + 3, FIRST + 3),
        record_id("clinical", 2): (missing, parse_day("2018-04-01"), parse_day("2018-04-30")),
        record_id("clinical", 3): (missing, missing, missing),
    }


def test_times_are_minutes():
    table = columns_of("SAE", {"SA_SITE_AWARE": "2018-03-01T10:15"}, {"SA_TERM": "fall"})
    assert sorted(table.column("SA_SITE_AWARE").tolist()) == [int(NO_MINUTE), FIRST * 1440 + 615]
    assert columns_of("AGVHD", {"GV_TIME": "10:15"}, {"GV_BSA": "1"}).column("GV_TIME").tolist() == [-1, 615]


def test_rows_stand_by_date_and_time_whatever_came_in_first():
    table = columns_of(
        "AGVHD",
        {"GV_DATE": "2018-03-02", "GV_EVALUATOR_ID": "c"},
        {"GV_DATE": "2018-03-01", "GV_TIME": "11:00", "GV_EVALUATOR_ID": "b"},
        {"GV_DATE": "2018-03-01", "GV_TIME": "09:00", "GV_EVALUATOR_ID": "a"},
        {"GV_DATE": "2018-03", "GV_EVALUATOR_ID": "before"},
    )
    assert table.column("GV_EVALUATOR_ID").tolist() == ["before", "a", "b", "c"]


def test_the_last_version_of_a_form_counts_and_a_withdrawn_form_is_gone():
    tables = SubjectTables("01-001", layouts(index_protocol()))
    for position, kg in enumerate(("60", "61"), 1):
        tables.fold(record("01-001", "VITALS", {"VS_DATE": on(0), "VS_WEIGHT": kg}, position, visit="D1"))
    assert tables["VITALS"].column("VS_WEIGHT").tolist() == [61]
    assert tables["VITALS"].record.tolist() == [record_id("clinical", 2)]
    assert tables.filled("VITALS", "D1")
    assert not tables.filled("VITALS", "D2")
    tables.fold(record("01-001", "VITALS", {}, 3, visit="D1"))
    assert tables["VITALS"].size == 0
    assert not tables.filled("VITALS")


def test_columns_that_were_read_follow_every_change_of_their_form():
    tables = SubjectTables("01-001", layouts(index_protocol()))

    def read():
        table = tables["CHEMISTRY"]
        return [table.column("LC_BILIRUBIN").tolist(), table.qualifier("LC_ALT").tolist(), (table.day - FIRST).tolist()]

    def fold(repeat, elapsed, bilirubin, alt):
        items = {"LC_DATE": on(elapsed), "LC_BILIRUBIN": bilirubin, "LC_ALT": alt}
        tables.fold(record("01-001", "CHEMISTRY", items, repeat, repeat=repeat))

    fold(1, 1, "0.5", "20")
    fold(2, 5, {"v": "17.1", "u": "umol/L"}, {"v": "10", "q": "<"})
    assert read() == [[0.5, 1], [0, -1], [1, 5]]
    fold(3, 3, "2.5", "30")  # in between
    fold(4, 9, "3.5", {"v": "500", "q": ">"})  # behind
    assert read() == [[0.5, 2.5, 1, 3.5], [0, 0, -1, 1], [1, 3, 5, 9]]
    fold(1, 7, "0.6", "20")  # corrected, and so moved
    assert read() == [[2.5, 1, 0.6, 3.5], [0, -1, 0, 1], [3, 5, 7, 9]]
    fold(4, 9, "3.6", "20")  # corrected in its place
    assert read() == [[2.5, 1, 0.6, 3.6], [0, -1, 0, 0], [3, 5, 7, 9]]
    for repeat in (2, 3, 4):
        tables.fold(record("01-001", "CHEMISTRY", {}, 9, repeat=repeat))  # withdrawn
    assert read() == [[0.6], [0], [7]]


@pytest.mark.requirement(32)
def test_a_form_of_which_everything_was_redacted_is_gone():
    tables = subject_tables([("VITALS", {"VS_DATE": on(0), "VS_WEIGHT": "60"})])
    tables.fold(record("01-001", "VITALS", None, 2))
    assert tables["VITALS"].size == 0


def test_the_trial_stands_its_subjects_behind_each_other():
    forms = [staging(0, "1 0 0 0")]
    tables = trial_tables({"02-001": forms, "01-001": [*forms, *forms], "01-002": []})
    assert tables.subjects == ("01-001", "02-001")  # a subject without a record is not known
    assert tables["AGVHD"].offsets.tolist() == [0, 2, 3]
    assert tables["AGVHD"].subject.tolist() == [0, 0, 1]
    assert tables["DEATH"].offsets.tolist() == [0, 0, 0]


def test_a_row_knows_its_visit_repeat_and_site_and_a_form_without_date_has_no_day():
    tables = SubjectTables("01-001", layouts(index_protocol()))
    tables.fold(record("01-001", "VITALS", {"VS_DATE": on(0), "VS_WEIGHT": "60"}, 1, visit="D1", repeat=2))
    tables.fold(record("01-001", "DEMOG", {"DM_SEX": "F"}, 2, visit="SCR"))
    table = tables["VITALS"]
    assert (table.visit, table.repeat.tolist(), table.site) == (["D1"], [2], ["01"])
    assert tables["DEMOG"].day.tolist() == tables["DEMOG"].day_latest.tolist() == [int(UNKNOWN)]
    assert tables["DEMOG"].minute.tolist() == [-1]


def test_records_about_something_else_are_not_in_the_tables_of_the_subjects():
    about_a_site = Written("clinical", 2, Key("site", "01", "REFERENCE_RANGES"), {"LR_TEST": "ALT"})
    tables = TrialTables.of([*history("01-001", [staging(0, "1 0 0 0")]), about_a_site], layouts(index_protocol()))
    assert tables.subjects == ("01-001",)


def test_rows_of_a_form_without_date_stand_by_visit_and_repeat():
    tables = SubjectTables("01-001", layouts(index_protocol()))
    for position, repeat in enumerate((3, 1, 2), 1):
        tables.fold(record("01-001", "DEMOG", {"DM_SEX": "F"}, position, repeat=repeat))
    assert tables["DEMOG"].repeat.tolist() == [1, 2, 3]


def test_a_record_number_reads_back_as_stream_and_position():
    assert record_name(record_id("treatment", 1234)) == "treatment:1234"


def test_rules_get_the_last_instance_of_a_form_without_what_is_missing():
    tables = subject_tables(
        [
            ("VITALS", {"VS_DATE": "2018-03-01", "VS_WEIGHT": "60"}),
            ("VITALS", {"VS_DATE": "2018-03-02", "VS_WEIGHT": "62", "VS_ECOG": {"m": "ND"}}),
            ("ELIGIBILITY", {"EL_DATE": "2018-03", "EL_PRIOR_THERAPIES": "1", "EL_INFECTION": "N"}),
            ("SAE", {"SA_CRITERIA": "DEATH HOSPITALIZATION"}),
        ]
    )
    names = {"VS_WEIGHT", "VS_ECOG", "EL_DATE", "EL_PRIOR_THERAPIES", "EL_INFECTION", "SA_CRITERIA", "DD_DATE"}
    assert item_inputs(names, tables, index_protocol(), ["VITALS", "ELIGIBILITY", "SAE", "DEATH"]) == {
        "VS_WEIGHT": 62.0,
        "EL_PRIOR_THERAPIES": 1.0,
        "EL_INFECTION": "N",
        "SA_CRITERIA": ["DEATH", "HOSPITALIZATION"],
    }
