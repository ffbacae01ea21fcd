"""A protocol that is broken in one place gets one message, with its line; in many places, all messages at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from equipoise.errors import ProtocolError, TrialErrors
from equipoise.protocol.load import load_history, load_protocol

INFECTION = "rule: \"EL_INFECTION == 'Y'\""
CASES = YAML(typ="safe", pure=True).load(Path(__file__).with_name("faults.yaml"))
ONE_FAULT = [
    tuple(case.get(key, "") for key in ("change", "into", "line", "fault", "rule", "remedy")) for case in CASES
]


def rounds() -> list[list[tuple[str, ...]]]:
    """The table in rounds that can be written into one file: no round changes a place twice."""
    made: list[list[tuple[str, ...]]] = []
    for case in ONE_FAULT:
        for together in made:
            if all(case[0] not in other[0] and other[0] not in case[0] for other in together):
                together.append(case)
                break
        else:
            made.append([case])
    return made


@pytest.mark.requirement(53)
@pytest.mark.parametrize("cases", rounds(), ids=lambda cases: f"{len(cases)} places")
def test_every_broken_place_gets_one_message_with_its_line(faults_of, small_text, cases):
    """Many places are broken at once, and each message comes alone: no fault hides another or brings one along."""
    for old, new, *_ in cases:
        small_text = small_text.replace(old, new)
    expected = []
    for _, new, line, fault, rule, remedy in cases:
        number = small_text[: small_text.index(line or new.strip("\n"))].count("\n") + 1
        expected.append(f"protocol.yaml, line {number}, {fault}\n  rule:   {rule}\n  remedy: {remedy}")
    found = faults_of(*[case[:2] for case in cases])
    assert sorted(found) == sorted(expected)
    lines = [int(fault.split("line ")[1].split(",")[0]) for fault in found]
    assert lines == sorted(lines)


@pytest.mark.requirement(53)
@pytest.mark.parametrize("case", ONE_FAULT[::12], ids=lambda case: case[4])
def test_one_broken_place_alone_gets_one_message(faults_of, case):
    [found] = faults_of(case[:2])
    assert case[3] in found


def test_a_response_window_that_the_rules_read_by_name_cannot_be_left_out(faults_of):
    line = "    day56: {axis: cycle, nominal: 56, earliest: 49, latest: 63}\n"
    assert any("response.windows.day56: day56 is missing" in fault for fault in faults_of((line, "")))


def test_two_criteria_with_one_id_are_told_at_the_second(faults_of):
    [fault] = faults_of(("    - id: INC2\n", "    - id: INC1\n"))
    assert "eligibility.criteria[INC1].id: the id INC1 stands in eligibility.criteria already" in fault


def test_two_faults_of_one_rule_are_both_told(faults_of):
    faults = faults_of((INFECTION, 'rule: "EL_INFECTION == 1 || EL_HEMORRHAGE == 2"'))
    assert ["column 14" in faults[0], "column 36" in faults[1], len(faults)] == [True, True, 2]


OWN_FORM = """forms:
  OWN:
    title: {en: Own, zh: 自有}
    kind: event
    group: history
    date: OW_DAY
    items:
      - [OW_DATE, date, null, {en: Date, zh: 日期}]
      - [OW_KIND, code, KINDS, {en: Kind, zh: 种类}]
      - [OW_LEVEL, decimal, mg/dl, {en: Level, zh: 水平}]
      - [OW_RANGE, decimal, mg/dL, {en: Level, zh: 水平}, {low: 5, high: 1}]
      - [OW_TWO, decimal, [mg/dL, umol/L], {en: Level, zh: 水平}]
      - [OW_NOTE, text, mg, {en: Note, zh: 备注}]
      - [OW_TYPE, decimals, null, {en: Note, zh: 备注}]
      - [OW_KEY, decimal, null, {en: Level, zh: 水平}, {lowest: 3}]
      - [OW_LOW, text, null, {en: Note, zh: 备注}, {low: 3}]
      - [LC_ALT, decimal, U/L, {en: ALT, zh: ALT}]
      - [OW_X, decimal]
  library:"""


@pytest.mark.requirement(57)
def test_every_fault_of_a_form_of_ones_own_is_told(faults_of, small_text):
    faults = faults_of(("forms:\n  library:", OWN_FORM))
    told = [fault.split("forms.OWN.")[1].replace("\n  remedy: ", " -> ").split("\n")[0] for fault in faults]
    rules = [fault.split("rule:   ")[1].split("\n")[0] for fault in faults]
    assert list(zip(told, rules)) == [
        ("date: OW_DAY is not an item of the form OWN", "FORM-ITEM"),
        ("items[OW_KIND][KINDS]: there is no code list KINDS", "ITEM-CODES"),
        ("items[OW_LEVEL][3]: mg/dl is not a unit that is known", "ITEM-UNIT"),
        ("items[OW_RANGE][5].low: low 5 is above high 1", "ITEM-RANGE"),
        ("items[OW_TWO][5]: the unit umol/L has no factor", "ITEM-UNIT"),
        ("items[OW_NOTE][mg]: an item of type text has no unit", "ITEM-UNIT"),
        ("items[OW_TYPE][decimals]: decimals is not a type of items", "ITEM-TYPE"),
        ("items[OW_KEY][5].lowest: the key lowest is not known here", "PROTOCOL-KEY"),
        ("items[OW_LOW][5]: an item of type text has no range", "ITEM-RANGE"),
        ("items[LC_ALT]: the item LC_ALT stands in form CHEMISTRY already", "ID-TWICE"),
        ("items[OW_X]: this is not an item", "ITEM"),
    ]


def test_the_head_of_a_form_of_ones_own_is_checked(faults_of):
    own = """forms:
  OWN:
    title: {en: Own, zh: 自有}
    kind: evnt
    group: history
    items:
      - [OW_DATE, date, null, {en: Date, zh: 日期}]
  BARE:
    title: {en: Bare, zh: 空}
    kind: event
    group: history
  MARKED:
    title: {en: Marked, zh: 标记}
    kind: event
    group: history
    date: MK_NOTE
    time: MK_TIME
    items:
      - [MK_NOTE, text, null, {en: Note, zh: 备注}]
      - [MK_TIME, time, min, {en: Time, zh: 时间}]
      - [MK_LEVEL, decimal, mg/dL, {en: Level, zh: 水平}, {per: {g/L: 100}}]
  library:"""
    faults = faults_of(("forms:\n  library:", own))
    assert [fault.split("forms.")[1].split("\n")[0] for fault in faults] == [
        "OWN.kind: evnt is not scheduled, log or event",
        "BARE.items: the form BARE has no items",
        "MARKED.date: MK_NOTE is of type text",
        "MARKED.items[MK_TIME][min]: an item of type time has no unit",
        "MARKED.items[MK_LEVEL][5].per.g/L: the key g/L is not known here",
    ]


def test_a_rule_is_not_faulted_for_an_item_that_has_faults_of_its_own(faults_of):
    own = """forms:
  OWN:
    title: {en: Own, zh: 自有}
    kind: event
    group: history
    items:
      - [OW_DOSE, decimal, mgs, {en: Dose, zh: 剂量}]
      - [OW_ANY, text, null, {en: Any, zh: 任意}]
  library:"""
    rule = """checks:
  - {id: OWN-DOSE, form: OWN, level: hard, rule: OW_DOSE > 0, items: [OW_DOSE], text: {en: a, zh: b}}
"""
    [fault] = faults_of(("forms:\n  library:", own), ("checks:\n", rule))
    assert "mgs is not a unit that is known" in fault


def test_a_file_that_is_not_yaml_is_told_with_its_line(faults_of, small_text):
    line = small_text[: small_text.index("masking: {")].count("\n") + 1
    assert faults_of(("investigators: false,", "investigators: false, ]")) == [
        f"protocol.yaml, line {line}: this is not YAML: expected the node content, but found ']'\n"
        "  rule:   YAML-SYNTAX\n"
        "  remedy: look for a missing quote, bracket, colon or space on this line or the one before"
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "protocol.yaml, line 1: there is no such file"),
        (b"trial:\n  title: \xff\n", "protocol.yaml, line 2: byte 0xff is not UTF-8 text"),
        (b"", "protocol.yaml, line 1: the file holds no sections"),
        (b"- a\n- b\n", "protocol.yaml, line 1: the file holds no sections"),
        (b"trial: &a\n  x: *a\n", "protocol.yaml, line 2, trial.x: this value contains itself"),
        (b"trial: *nobody\n", "protocol.yaml, line 1: this is not YAML: found undefined alias 'nobody'"),
        (b"a: 1\n---\nb: 2\n", "protocol.yaml, line 2: this is not YAML: but found another document"),
        (b"\x00\x01\x02", "protocol.yaml, line 1: this is not YAML"),
        (b"trial: !!python/object:os.system x\n", "cannot be read as python/object:os.system"),
        (b"trial: " + b"[" * 3000, "protocol.yaml, line 1: this is not YAML"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_words(tmp_path, monkeypatch, content, message):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "protocol.yaml").write_bytes(content)
    with pytest.raises(TrialErrors) as caught:
        load_protocol("protocol.yaml")
    assert message in str(caught.value)
    assert all(isinstance(fault, ProtocolError) and fault.rule and fault.remedy for fault in caught.value.faults)


def test_an_empty_protocol_names_every_section_that_is_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "protocol.yaml").write_text("schema_version: 1\n")
    with pytest.raises(TrialErrors) as caught:
        load_history("protocol.yaml")
    missing = {str(fault).split(" is missing")[0].split(": ")[-1] for fault in caught.value.faults}
    assert {"trial", "arms", "consent", "eligibility", "forms", "visits", "endpoints", "analyses"} <= missing
