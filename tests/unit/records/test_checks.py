"""What a filled form may hold, and what its edit checks say: every finding at once."""

from __future__ import annotations

import pytest

from equipoise.messages import Text
from equipoise.protocol.forms import Check, CodeList, Form, Item
from equipoise.records.checks import HARD, SOFT, check, read_value
from equipoise.rules import DOUBLE, Outcome, compile_rule


def item(id_, type_="text", **others):
    codes = others.pop("codes", None)
    if codes:
        others |= {"codes": frozenset(codes), "codelist": CodeList("LIST", {code: Text(code) for code in codes})}
    return Item(id_, type_, Text(id_.title()), **others)


ITEMS = (
    item("DATE", "date", required=True),
    item("DM_BIRTH", "date"),
    item("START", "time"),
    item("AWARE", "datetime"),
    item("GRADE", "integer", low=1, high=5),
    item("BILI", "decimal", units=("mg/dL", "umol/L"), per={"umol/L": 17.1}, low=0, high=60, decimals=2),
    item("RATE", "decimal"),
    item("SEX", "code", codes=("M", "F")),
    item("WHY", "codes", codes=("DEATH", "LIFE_THREATENING")),
    item("TERM"),
)
TYPES = {each.id: each.rule_type for each in ITEMS} | {"weight_kg": DOUBLE}


def edit_check(id_, rule, items=(), level=SOFT):
    return Check(id_, "TEST", level, compile_rule(rule, TYPES), items, Text("Grade 5 is death"))


CHECKS = (
    edit_check("GRADE-5", "GRADE < 5.0 || BILI > 3.0", ("GRADE",)),
    edit_check("RATE", "RATE <= weight_kg", ("RATE",), HARD),
)


def form(checks=()):
    items = {each.id: each for each in ITEMS}
    return Form("TEST", Text("Test"), "log", "history", "clinical", "subject", True, items, checks, "DATE", "", "", "h")


def found(payload, checks=(), **inputs):
    findings = check(form(checks), {"DATE": "2018-03-04"} | payload, inputs, where="here")
    return [(finding.check_id, finding.items, finding.text) for finding in findings]


ALLOWED = [
    ("DATE", "2018-03-04", 17594.0),
    ("DATE", "2018-03", None),
    ("DATE", "2018", None),
    ("DATE", {"m": "UNK"}, None),
    ("START", "00:00", 0.0),
    ("START", "23:59", 1439.0),
    ("AWARE", "1970-01-02T00:30", 1470.0),
    ("AWARE", "1970-01-02", None),
    ("AWARE", "1970-01", None),
    ("GRADE", "5", 5.0),
    ("GRADE", "1", 1.0),
    ("BILI", "60.00", 60.0),
    ("BILI", {"v": "17.1", "u": "umol/L"}, 1.0),
    ("BILI", {"v": "1026", "u": "umol/L"}, 60.0),
    ("BILI", {"v": "0.1", "q": "<"}, None),
    ("GRADE", {"v": "3", "q": ">"}, None),
    ("BILI", {"v": "0.1"}, 0.1),
    ("RATE", "-3.25", -3.25),
    ("SEX", "F", "F"),
    ("WHY", "DEATH LIFE_THREATENING", ["DEATH", "LIFE_THREATENING"]),
    ("TERM", "rash", "rash"),
    ("TERM", {"m": "ND"}, None),
]


@pytest.mark.requirement(56, 57)
@pytest.mark.parametrize(("name", "entered", "meaning"), ALLOWED)
def test_what_may_be_entered_and_what_it_means_to_a_rule(name, entered, meaning):
    value, fault = read_value(form().items[name], entered)
    assert fault is None
    assert value == (pytest.approx(meaning) if isinstance(meaning, float) else meaning)
    assert found({name: entered}) == []


REFUSED = [
    ("DATE", "2018-02-30", "ITEM-TYPE", "Date (DATE): '2018-02-30' is not a date"),
    ("DATE", "4.3.2018", "ITEM-TYPE", "Date (DATE): '4.3.2018' is not a date"),
    ("DATE", "２０１８", "ITEM-TYPE", "Date (DATE): '２０１８' is not a date"),
    ("DM_BIRTH", "1990-13-01", "ITEM-TYPE", "Dm_Birth (DM_BIRTH): this is not a date"),
    ("START", "24:00", "ITEM-TYPE", "Start (START): '24:00' is not a time of day"),
    ("START", "9:30", "ITEM-TYPE", "Start (START): '9:30' is not a time of day"),
    ("AWARE", "2018-03T09:30", "ITEM-TYPE", "Aware (AWARE): '2018-03T09:30' is not a date with a time"),
    ("AWARE", "2018-03-04T", "ITEM-TYPE", "Aware (AWARE): '2018-03-04T' is not a date with a time"),
    ("GRADE", "6", "ITEM-RANGE", "Grade (GRADE): 6 is above the highest possible value, 5"),
    ("GRADE", "0", "ITEM-RANGE", "Grade (GRADE): 0 is below the lowest possible value, 1"),
    ("GRADE", "2.0", "ITEM-TYPE", "Grade (GRADE): '2.0' is not a whole number"),
    ("BILI", "1e3", "ITEM-TYPE", "Bili (BILI): '1e3' is not a number"),
    ("BILI", "1,5", "ITEM-TYPE", "Bili (BILI): '1,5' is not a number"),
    ("BILI", "nan", "ITEM-TYPE", "Bili (BILI): 'nan' is not a number"),
    ("BILI", "٣", "ITEM-TYPE", "Bili (BILI): '٣' is not a number"),
    ("BILI", "1.125", "ITEM-DECIMALS", "Bili (BILI): 1.125 has too many digits after the point"),
    ("BILI", "60.01", "ITEM-RANGE", "Bili (BILI): 60.01 mg/dL is above the highest possible value, 60 mg/dL"),
    (
        "BILI", {"v": "1027", "u": "umol/L"}, "ITEM-RANGE",
        "Bili (BILI): 1027 umol/L is above the highest possible value, 60 mg/dL",
    ),
    ("BILI", {"v": "1", "u": "g/L"}, "ITEM-UNIT", "Bili (BILI): the unit g/L is not allowed"),
    ("RATE", {"v": "1", "u": "mL"}, "ITEM-UNIT", "Rate (RATE): the unit mL is not allowed"),
    ("SEX", "f", "ITEM-CODE", "Sex (SEX): 'f' is not one of M, F"),
    ("SEX", {"v": "M", "q": "<"}, "ITEM-SHAPE", "Sex (SEX): only a number has a unit or a qualifier"),
    ("SEX", {"m": "NO"}, "ITEM-SHAPE", "Sex (SEX): missing code 'NO' is not one of UNK, ND, NA"),
    ("WHY", "DEATH  DEATH", "ITEM-CODE", "Why (WHY): '' not among DEATH, LIFE_THREATENING"),
    ("WHY", "DEATH DEATH", "ITEM-CODE", "Why (WHY): a code stands there twice"),
    ("TERM", " ", "ITEM-TYPE", "Term (TERM): is empty"),
    ("GV_BSA", "1", "ITEM-UNKNOWN", "GV_BSA is not an item of TEST"),
]  # fmt: skip


@pytest.mark.requirement(56)
@pytest.mark.parametrize(("name", "entered", "rule", "text"), REFUSED)
def test_what_may_not_be_entered_is_said_with_the_value_and_what_is_allowed(name, entered, rule, text):
    assert found({name: entered}) == [(rule, (name,), text)]


@pytest.mark.requirement(56)
def test_all_faults_of_a_form_come_at_once_in_the_order_of_the_page():
    payload = {"TERM": "", "GRADE": "9", "SEX": "X", "EXTRA": "1", "START": "noon"}
    findings = check(form(CHECKS), payload, {}, where="subject 01-001, form TEST")
    assert [finding.items[0] for finding in findings] == ["EXTRA", "DATE", "START", "GRADE", "SEX", "TERM"]
    assert {finding.level for finding in findings} == {HARD}
    assert str(findings[1].as_error()) == (
        "subject 01-001, form TEST: Date (DATE) is missing\n"
        "  rule:   ITEM-REQUIRED\n"
        "  remedy: enter it, or say why it is missing"
    )


def test_a_required_item_may_have_a_missing_code():
    assert found({"DATE": {"m": "UNK"}}) == []


@pytest.mark.requirement(55)
@pytest.mark.parametrize(
    ("payload", "inputs", "expected"),
    [
        ({"GRADE": "4"}, {}, []),
        ({"GRADE": "5", "BILI": "4"}, {}, []),
        ({"GRADE": "5", "BILI": {"v": "68.4", "u": "umol/L"}}, {}, []),
        ({"GRADE": "5", "BILI": "1"}, {}, [("GRADE-5", SOFT, Outcome.FALSE, ("GRADE",), "Grade 5 is death")]),
        (
            {"GRADE": "5"}, {},
            [(
                "GRADE-5", SOFT, Outcome.UNKNOWN, ("BILI",),
                "Grade 5 is death: this cannot be told, as BILI was not entered",
            )],
        ),
        ({"GRADE": "5", "BILI": {"m": "ND"}}, {}, []),
        ({}, {}, []),
        ({"RATE": "70"}, {"weight_kg": 70.0}, []),
        ({"RATE": "71"}, {"weight_kg": 70.0}, [("RATE", HARD, Outcome.FALSE, ("RATE",), "Grade 5 is death")]),
        ({"RATE": "71"}, {"weight_kg": None}, []),
        ({"RATE": "71"}, {}, []),
    ],
)  # fmt: skip
def test_an_edit_check_speaks_when_it_fails_or_needs_what_was_left_out(payload, inputs, expected):
    findings = check(form(CHECKS), {"DATE": "2018-03-04"} | payload, inputs)
    assert [(f.check_id, f.level, f.outcome, f.items, f.text) for f in findings] == expected


def test_an_edit_check_waits_until_its_items_are_in_order():
    assert [rule for rule, _, _ in found({"GRADE": "9", "BILI": "1"}, CHECKS)] == ["ITEM-RANGE"]


def test_an_edit_check_without_items_points_to_those_that_it_names():
    findings = check(form((edit_check("X", "GRADE < 2.0"),)), {"DATE": "2018", "GRADE": "3"}, {})
    assert [finding.items for finding in findings] == [("GRADE",)]
