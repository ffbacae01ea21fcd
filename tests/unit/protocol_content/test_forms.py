"""The form library says everything in both languages, once, and within possible limits."""

from __future__ import annotations

import re

FORMS = {
    "SCREENING", "SCREENFAIL", "DEMOG", "CONSENT", "TRANSPLANT", "GVHD_HISTORY", "ELIGIBILITY", "AGVHD", "VITALS",
    "CHEMISTRY", "HEMATOLOGY", "CARDIAC", "VIRAL", "CNI_LEVEL", "MARROW", "STEROID", "CNI", "BASILIXIMAB", "MSC",
    "OTHER_AGENT", "DLI", "IS_WITHDRAWAL", "RELAPSE", "DEATH", "CGVHD", "AE", "SAE", "CONTACT", "VISIT", "LEAVE",
    "ADJUDICATION", "PREGNANCY", "DEVIATION", "REFERENCE_RANGES", "PRODUCT_UNIT", "SHIPMENT", "TEMPERATURE_LOG",
}  # fmt: skip

CHINESE = re.compile("[一-鿿]")
SAME_IN_BOTH = {"GVHD"}
"""Texts that Chinese clinicians write in Latin letters."""


def options(item):
    return item[4] if len(item) > 4 else {}


def items(library):
    return [item for form in library["forms"].values() for item in form["items"]]


def test_no_form_was_renamed_or_removed(library):
    assert set(library["forms"]) == FORMS


def test_every_form_item_and_code_has_a_text_in_both_languages(library):
    texts = [form["title"] for form in library["forms"].values()]
    texts += [item[3] for item in items(library)]
    texts += [text for codes in library["codelists"].values() for text in codes.values()]
    assert len(texts) > 400
    for text in texts:
        assert set(text) == {"en", "zh"}
        assert text["en"].strip()
        assert not CHINESE.search(text["en"]), text
        assert CHINESE.search(text["zh"]) or text["zh"] in SAME_IN_BOTH, text


def test_an_item_id_is_used_once_in_the_whole_library(library):
    ids = [item[0] for item in items(library)]
    assert len(ids) == len(set(ids))


def test_the_items_of_a_form_share_its_two_letters(library):
    for name, form in library["forms"].items():
        assert len({item[0].split("_")[0] for item in form["items"]}) == 1, name


def test_no_code_list_is_left_over_and_none_is_missing(library):
    named = {item[2] for item in items(library) if item[1] in ("code", "codes")}
    assert named == set(library["codelists"])


def test_date_time_and_evaluator_of_a_form_are_items_of_the_right_type(library):
    for name, form in library["forms"].items():
        types = {item[0]: item[1] for item in form["items"]}
        for key, wanted in {"date": "date", "time": "time", "evaluator": "code"}.items():
            assert key not in form or types[form[key]] == wanted, (name, key)


def test_a_number_without_limits_does_not_exist(library):
    for item in items(library):
        if item[1] in ("integer", "decimal"):
            assert options(item)["low"] < options(item)["high"], item[0]
        else:
            assert not {"low", "high", "decimals", "per"} & set(options(item)), item[0]


def test_every_second_unit_has_its_factor(library):
    factors = {}
    for item in items(library):
        units = item[2] if isinstance(item[2], (list, tuple)) else [item[2]]
        assert set(units[1:]) == set(options(item).get("per", {})), item[0]
        factors |= {(item[0], unit): factor for unit, factor in options(item).get("per", {}).items()}
    # 1 mg/dL of bilirubin is 17.1 umol/L, of creatinine 88.4 umol/L; 10 g/L of haemoglobin are 1 g/dL
    assert factors == {
        ("GV_BILIRUBIN", "umol/L"): 17.1,
        ("LC_BILIRUBIN", "umol/L"): 17.1,
        ("LC_CREATININE", "umol/L"): 88.4,
        ("LH_HEMOGLOBIN", "g/dL"): 0.1,
    }


def test_only_what_tells_the_arm_is_in_the_treatment_stream(library):
    forms = {name for name, form in library["forms"].items() if form.get("stream") == "treatment"}
    assert forms == {"MSC", "OTHER_AGENT", "PRODUCT_UNIT", "SHIPMENT", "TEMPERATURE_LOG"}


def test_only_study_procedures_wait_for_consent(library):
    forms = {name for name, form in library["forms"].items() if form["group"] == "study_procedure"}
    assert forms == {"ELIGIBILITY", "CARDIAC", "BASILIXIMAB", "MSC", "PRODUCT_UNIT", "SHIPMENT", "TEMPERATURE_LOG"}


def test_every_organ_staging_names_its_evaluator(library):
    for name in ("AGVHD", "CGVHD"):
        form = library["forms"][name]
        evaluator = next(item for item in form["items"] if item[0] == form["evaluator"])
        assert options(evaluator)["required"]


def test_an_infusion_of_cells_is_traced_from_donor_to_watch(library):
    """What the data model asks of every MSC record from the start."""
    ids = {item[0] for item in library["forms"]["MSC"]["items"]}
    assert ids >= {
        "MS_BAG", "MS_LOT", "MS_DONOR", "MS_COI", "MS_PASSAGE", "MS_TOTAL", "MS_VIABILITY", "MS_VOLUME", "MS_WEIGHT",
        "MS_WEIGHT_DATE", "MS_EXPIRY", "MS_START", "MS_STOP", "MS_WATCH", "MS_PHYSICIAN",
    }  # fmt: skip
