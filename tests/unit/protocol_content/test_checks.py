"""Each hard check of the index trial stops one form and lets another pass; soft checks that guard the endpoints."""

from __future__ import annotations

import pytest

from equipoise.days import parse_day
from equipoise.protocol.load import load_protocol
from equipoise.records.checks import check

TRANSPLANT = {"transplant_date": float(parse_day("2018-02-01"))}
PATIENT = {"weight_kg": 60.0}
EVENT = {"AE_START": "2018-03-04", "AE_TERM": "Pneumonia", "AE_CLASS": "INFECTION"}

# check: form, items that belong to both, items that it stops, items that pass, derived values
HARD = {
    "AGVHD-BILIRUBIN-DATE": (
        "AGVHD", {"GV_DATE": "2018-03-04", "GV_EVALUATOR": "ASSESSOR"},
        {"GV_BILIRUBIN_DATE": "2018-03-05"}, {"GV_BILIRUBIN_DATE": "2018-03-04"}, {},
    ),
    "VITALS-PRESSURE": (
        "VITALS", {"VS_DATE": "2018-03-04"},
        {"VS_SYSTOLIC": "70", "VS_DIASTOLIC": "120"}, {"VS_SYSTOLIC": "120", "VS_DIASTOLIC": "70"}, PATIENT,
    ),
    "HEMATOLOGY-NEUTROPHILS": (
        "HEMATOLOGY", {"LH_DATE": "2018-03-04"},
        {"LH_ANC": "3.1", "LH_WBC": "3.0"}, {"LH_ANC": "3.0", "LH_WBC": "3.0"}, {},
    ),
    "HEMATOLOGY-LYMPHOCYTES": (
        "HEMATOLOGY", {"LH_DATE": "2018-03-04"},
        {"LH_LYMPHOCYTES": "3.1", "LH_WBC": "3.0"}, {"LH_LYMPHOCYTES": "0.4", "LH_WBC": "3.0"}, {},
    ),
    "GVHD-HISTORY-ONSET": (
        "GVHD_HISTORY", {}, {"GH_ONSET": "2018-01-31"}, {"GH_ONSET": "2018-02-01"}, TRANSPLANT,
    ),
    "STEROID-ORDER": (
        "STEROID", {"ST_START": "2018-03-04", "ST_DRUG": "METHYLPREDNISOLONE", "ST_DOSE": "120"},
        {"ST_STOP": "2018-03-03"}, {"ST_STOP": "2018-03-04"}, {},
    ),
    "CNI-ORDER": (
        "CNI", {"CN_START": "2018-03-04", "CN_DRUG": "CYCLOSPORINE"},
        {"CN_STOP": "2018-03-03"}, {"CN_STOP": "2018-03-04"}, {},
    ),
    "MSC-VOLUME": (
        "MSC", {"MS_DATE": "2018-03-04", "MS_CONTEXT": "PROTOCOL", "MS_BAG_VOLUME": "100"},
        {"MS_VOLUME": "100.1"}, {"MS_VOLUME": "100"}, PATIENT,
    ),
    "MSC-WEIGHT-DATE": (
        "MSC", {"MS_DATE": "2018-03-04", "MS_CONTEXT": "PROTOCOL"},
        {"MS_WEIGHT_DATE": "2018-03-05"}, {"MS_WEIGHT_DATE": "2018-03-04"}, PATIENT,
    ),
    "OTHER-AGENT-ORDER": (
        "OTHER_AGENT", {"OA_START": "2018-03-04", "OA_AGENT": "RUXOLITINIB", "OA_INDICATION": "AGVHD"},
        {"OA_STOP": "2018-03-03"}, {"OA_STOP": "2018-03-04"}, {},
    ),
    "DLI-DATE": ("DLI", {}, {"DL_DATE": "2018-01-31"}, {"DL_DATE": "2018-02-01"}, TRANSPLANT),
    "IS-WITHDRAWAL-DATE": ("IS_WITHDRAWAL", {}, {"IW_DATE": "2018-01-31"}, {"IW_DATE": "2018-02-01"}, TRANSPLANT),
    "RELAPSE-DATE": (
        "RELAPSE", {"RL_TYPE": "MORPHOLOGICAL"}, {"RL_DATE": "2018-01-31"}, {"RL_DATE": "2018-02-01"}, TRANSPLANT,
    ),
    "DEATH-DATE": (
        "DEATH", {"DD_CAUSE": "INFECTION"}, {"DD_DATE": "2018-01-31"}, {"DD_DATE": "2018-02-01"}, TRANSPLANT,
    ),
    "AE-ORDER": (
        "AE", EVENT,
        {"AE_STOP": "2018-03-03"}, {"AE_STOP": "2018-03-04"}, {},
    ),
    "AE-GRADE-5": (
        "AE", EVENT | {"AE_GRADE": "5", "AE_SERIOUS": "Y"},
        {"AE_OUTCOME": "RECOVERED"}, {"AE_OUTCOME": "FATAL"}, {},
    ),
    "LEAVE-RETURN": (
        "LEAVE", {"XT_DATE": "2018-03-04", "XT_TYPE": "LOST_TO_FOLLOW_UP"},
        {"XT_RETURN": "2018-03-03"}, {"XT_RETURN": "2018-05-01"}, {},
    ),
    "ADJUDICATION-ORDER": (
        "ADJUDICATION", {"AJ_DATE": "2018-03-04", "AJ_WHAT": "RELAPSE"},
        {"AJ_EVENT_DATE": "2018-03-05"}, {"AJ_EVENT_DATE": "2018-03-04"}, {},
    ),
}  # fmt: skip

STAGING = {"GV_DATE": "2018-03-04", "GV_EVALUATOR": "ASSESSOR"}
CHEMISTRY = {"LC_DATE": "2018-03-04"}
COUNT = {"LH_DATE": "2018-03-04"}
BLISTERS = STAGING | {"GV_BULLAE": "Y"}
AWARE = {
    "SA_ONSET": "2018-03-04",
    "SA_TERM": "Sepsis",
    "SA_CRITERIA": "LIFE_THREATENING",
    "SA_SITE_AWARE": "2018-03-04T10:00",
}
INFUSION = {
    "MS_DATE": "2018-03-04",
    "MS_CONTEXT": "PROTOCOL",
    "MS_BAG_VOLUME": "100",
    "MS_VIABILITY": "90",
    "MS_WEIGHT": "45",
}

# check, form, items, whether a query is raised
SOFT = [
    # units: the limits of the clinical reference, 60 mg/dL and 1.5 umol/L
    ("AGVHD-BILIRUBIN-HIGH", "AGVHD", STAGING | {"GV_BILIRUBIN": "60"}, False),
    ("AGVHD-BILIRUBIN-HIGH", "AGVHD", STAGING | {"GV_BILIRUBIN": "60.1"}, True),
    ("AGVHD-BILIRUBIN-HIGH", "AGVHD", STAGING | {"GV_BILIRUBIN": {"v": "103", "u": "umol/L"}}, False),
    ("AGVHD-BILIRUBIN-LOW", "AGVHD", STAGING | {"GV_BILIRUBIN": {"v": "1.5", "u": "umol/L"}}, False),
    ("AGVHD-BILIRUBIN-LOW", "AGVHD", STAGING | {"GV_BILIRUBIN": {"v": "1.4", "u": "umol/L"}}, True),
    ("AGVHD-BILIRUBIN-LOW", "AGVHD", STAGING | {"GV_BILIRUBIN": "1.4"}, False),
    ("CHEMISTRY-BILIRUBIN-HIGH", "CHEMISTRY", CHEMISTRY | {"LC_BILIRUBIN": "61"}, True),
    ("CHEMISTRY-BILIRUBIN-LOW", "CHEMISTRY", CHEMISTRY | {"LC_BILIRUBIN": {"v": "0.9", "u": "umol/L"}}, True),
    ("CHEMISTRY-CREATININE-HIGH", "CHEMISTRY", CHEMISTRY | {"LC_CREATININE": "44"}, True),
    ("CHEMISTRY-CREATININE-HIGH", "CHEMISTRY", CHEMISTRY | {"LC_CREATININE": {"v": "176.8", "u": "umol/L"}}, False),
    ("CHEMISTRY-CREATININE-LOW", "CHEMISTRY", CHEMISTRY | {"LC_CREATININE": {"v": "0.8", "u": "umol/L"}}, True),
    ("HEMATOLOGY-HEMOGLOBIN", "HEMATOLOGY", COUNT | {"LH_HEMOGLOBIN": "9.2"}, True),
    ("HEMATOLOGY-HEMOGLOBIN", "HEMATOLOGY", COUNT | {"LH_HEMOGLOBIN": {"v": "9.2", "u": "g/dL"}}, False),
    # bilirubin is carried for at most 3 days
    ("AGVHD-BILIRUBIN-OLD", "AGVHD", STAGING | {"GV_BILIRUBIN_DATE": "2018-03-01"}, False),
    ("AGVHD-BILIRUBIN-OLD", "AGVHD", STAGING | {"GV_BILIRUBIN_DATE": "2018-02-28"}, True),
    ("AGVHD-BILIRUBIN-OLD", "AGVHD", STAGING | {"GV_BILIRUBIN_DATE": "2018-02"}, False),  # partly known: no query
    # stage 4 of the skin is erythroderma and bullae and desquamation of more than 5 %
    ("AGVHD-ERYTHRODERMA-BSA", "AGVHD", STAGING | {"GV_ERYTHRODERMA": "Y", "GV_BSA": "50"}, True),
    ("AGVHD-ERYTHRODERMA-BSA", "AGVHD", STAGING | {"GV_ERYTHRODERMA": "Y", "GV_BSA": "90"}, False),
    ("AGVHD-SKIN-STAGE-4", "AGVHD", BLISTERS | {"GV_ERYTHRODERMA": "N", "GV_DESQUAMATION": "6"}, True),
    ("AGVHD-SKIN-STAGE-4", "AGVHD", BLISTERS | {"GV_ERYTHRODERMA": "N", "GV_DESQUAMATION": "5"}, False),
    ("AGVHD-SKIN-STAGE-4", "AGVHD", BLISTERS | {"GV_ERYTHRODERMA": "Y", "GV_DESQUAMATION": "6"}, False),
    ("AGVHD-STOOL-DAYS", "AGVHD", STAGING | {"GV_STOOL": "800", "GV_STOOL_DAYS": "1"}, True),
    ("AGVHD-STOOL-DAYS", "AGVHD", STAGING | {"GV_STOOL": "800", "GV_STOOL_DAYS": "2"}, False),
    ("AGVHD-STOOL-FORMED", "AGVHD", STAGING | {"GV_STOOL_FORMED": "Y", "GV_BLOOD": "Y"}, True),
    # doses: 20 mg of basiliximab; 0.8 to 1.2 million viable cells per kg, not older weight than 7 days
    ("BASILIXIMAB-DOSE", "BASILIXIMAB", {"BX_DATE": "2018-03-04", "BX_DOSE": "10"}, True),
    ("BASILIXIMAB-DOSE", "BASILIXIMAB", {"BX_DATE": "2018-03-04", "BX_DOSE": "20"}, False),
    ("MSC-DOSE", "MSC", INFUSION | {"MS_TOTAL": "50", "MS_VOLUME": "100"}, False),  # 1.00 million per kg
    ("MSC-DOSE", "MSC", INFUSION | {"MS_TOTAL": "50", "MS_VOLUME": "79"}, True),  # 0.79
    ("MSC-DOSE", "MSC", INFUSION | {"MS_TOTAL": "60.5", "MS_VOLUME": "100"}, True),  # 1.21
    ("MSC-WEIGHT-OLD", "MSC", INFUSION | {"MS_WEIGHT_DATE": "2018-02-25"}, False),
    ("MSC-WEIGHT-OLD", "MSC", INFUSION | {"MS_WEIGHT_DATE": "2018-02-24"}, True),
    ("MSC-PASSAGE", "MSC", INFUSION | {"MS_PASSAGE": "6"}, True),
    # serious events reach the sponsor within 24 hours
    ("SAE-24-HOURS", "SAE", AWARE | {"SA_SPONSOR_AWARE": "2018-03-05T10:00"}, False),
    ("SAE-24-HOURS", "SAE", AWARE | {"SA_SPONSOR_AWARE": "2018-03-05T10:01"}, True),
    ("SAE-24-HOURS", "SAE", AWARE | {"SA_SPONSOR_AWARE": "2018-03-04T09:59"}, True),
]  # fmt: skip


@pytest.fixture(scope="module")
def forms(index_protocol_path):
    return load_protocol(index_protocol_path).forms


def found(forms, form, items, inputs):
    """Level of every finding, by check."""
    return {finding.check_id: finding.level for finding in check(forms[form], items, inputs)}


def test_every_hard_check_has_its_pair(forms):
    assert {entry.id for form in forms.values() for entry in form.checks if entry.level == "hard"} == set(HARD)


@pytest.mark.requirement(56)
@pytest.mark.parametrize("name", HARD)
def test_a_hard_check_stops_what_cannot_be(forms, name):
    form, common, wrong, right, inputs = HARD[name]
    assert found(forms, form, common | wrong, inputs)[name] == "hard"
    assert "hard" not in found(forms, form, common | right, inputs).values()


@pytest.mark.requirement(56)
@pytest.mark.parametrize(("name", "form", "items", "raised"), SOFT)
def test_a_soft_check_raises_a_query_and_no_more(forms, name, form, items, raised):
    findings = found(forms, form, items, PATIENT | {"weight_kg": 45.0})
    assert findings.get(name) == ("soft" if raised else None)
    assert "hard" not in findings.values()


@pytest.mark.parametrize(
    ("form", "items"),
    [
        ("AGVHD", STAGING | {"GV_BSA": "100.1"}),
        ("AGVHD", STAGING | {"GV_BILIRUBIN": "-0.1"}),
        ("AGVHD", STAGING | {"GV_STOOL_DAYS": "4"}),
        ("AGVHD", STAGING | {"GV_UGI": "STRONG"}),
        ("AGVHD", STAGING | {"GV_DATE": "2018-02-30"}),
        ("VITALS", {"VS_DATE": "2018-03-04", "VS_TEMPERATURE": "99.0"}),
        ("CGVHD", {"CG_DATE": "2018-03-04", "CG_EVALUATOR": "ASSESSOR", "CG_MOUTH": "4"}),
        ("AE", {"AE_START": "2018-03-04", "AE_TERM": "Rash", "AE_CLASS": "SKIN", "AE_GRADE": "6"}),
        ("STEROID", {"ST_START": "2018-03-04", "ST_DRUG": "METHYLPREDNISOLONE", "ST_DOSE": "-5"}),
        ("DEATH", {"DD_CAUSE": "INFECTION"}),
    ],
)
def test_an_impossible_value_or_a_missing_date_is_stopped(forms, form, items):
    assert "hard" in found(forms, form, items, {}).values()


def test_every_check_points_at_items_of_its_form_and_speaks_both_languages(forms):
    for form in forms.values():
        for entry in form.checks:
            assert set(entry.items) <= set(form.items), entry.id
            assert entry.rule.names & set(form.items) == set(entry.items), entry.id
            assert entry.text.en, entry.id
            assert entry.text.zh, entry.id
