"""Worked examples of response. Source: rules of MAGIC, Martin et al. 2009 and REACH2, as in the index trial."""

import pytest
from ruamel.yaml import YAML

from equipoise.state.response import DEFAULT_RULES, LEVELS, RESPONSES, durable_response, level, response
from spec.response.histories import columns

title = "Fifteen subjects from baseline to day 28, and on to day 56"

CLEAR = (0, 0, 0, 0)

EXAMPLES = [
    (1, {"base": (2, 0, 0, 3), "staged": {28: CLEAR}}, "CR", "CR"),
    (2, {"base": (2, 0, 0, 3), "staged": {28: (1, 0, 0, 1)}}, "PR", "PR"),
    (3, {"base": (3, 2, 0, 0), "staged": {28: (3, 1, 0, 0)}}, "PR", "PR"),
    (4, {"base": (0, 0, 0, 3), "staged": {28: (1, 0, 0, 1)}}, "MR", "NR"),
    (5, {"base": (2, 0, 0, 2), "staged": {28: (2, 0, 0, 3)}}, "PD", "NR"),
    (6, {"base": (2, 2, 0, 0), "staged": {28: (2, 2, 0, 0)}}, "SD", "NR"),
    (7, {"base": (2, 0, 0, 3), "staged": {28: CLEAR}, "therapy": 20}, "TRT", "NR"),
    (8, {"base": (0, 0, 0, 4), "death": 19}, "DEAD", "NR"),
    (9, {"base": (3, 0, 0, 2), "staged": {28: (1, 0, 0, 0)}, "vgpr": (28,)}, "VGPR", "PR"),
    (10, {"base": (2, 0, 1, 2), "staged": {28: (0, 0, 1, 0)}}, "PR", "PR"),
    (11, {"base": (2, 1, 0, 2)}, "MISSING", "NR"),
    (12, {"base": (2, 0, 0, 3), "staged": {26: (0, 0, 0, 1), 31: CLEAR}}, "PR", "PR"),
    (13, {"base": (2, 0, 0, 3), "staged": {28: (1, 0, 0, 1), 56: CLEAR}, "therapy": 40}, "PR", "PR"),
    (14, {"base": (0, 3, 0, 4), "staged": {28: (0, 1, 0, 2), 56: (0, 2, 0, 2)}}, "PR", "PR"),
    (15, {"base": (0, 0, 0, 2), "staged": {28: CLEAR}}, "CR", "CR"),  # cyclosporine to tacrolimus is no new therapy
]
DURABLE = {13: False, 14: True}


@pytest.mark.parametrize(("number", "subject", "code", "three_level"), EXAMPLES)
def test_response_at_day_28_of_one_subject(number, subject, code, three_level):
    found = response(*columns(subject), DEFAULT_RULES.day28).code
    assert (RESPONSES[found[0]], LEVELS[level(found)[0]]) == (code, three_level)
    if number in DURABLE:
        assert durable_response(*columns(subject))[0][0] == DURABLE[number]


def test_all_subjects_at_once():
    found = response(*columns(*(subject for _, subject, _, _ in EXAMPLES)), DEFAULT_RULES.day28).code
    assert [RESPONSES[code] for code in found] == [code for _, _, code, _ in EXAMPLES]


@pytest.mark.shared
def test_every_example_of_the_reference_file(shared):
    examples = YAML(typ="safe").load(shared / "domain" / "response.yaml")["examples"]
    assert [example["id"] for example in examples] == list(range(1, 16))
    for example in examples:
        staged = dict(example.get("visits", {}))
        staged |= {day: example[key] for day, key in ((28, "d28"), (56, "d56")) if example.get(key)}
        subject = {"base": example["base"], "staged": staged, "vgpr": (28,) if example.get("vgpr_criteria") else ()}
        subject |= {"death": example.get("death_day"), "therapy": example.get("new_therapy_day")}
        found = response(*columns(subject), DEFAULT_RULES.day28).code
        assert (RESPONSES[found[0]], LEVELS[level(found)[0]]) == (example["code"], example["level"]), example
        if "durable" in example:
            assert durable_response(*columns(subject))[0][0] == example["durable"], example


@pytest.mark.shared
def test_codes_levels_and_windows_are_those_of_the_reference_file(shared):
    reference = YAML(typ="safe").load(shared / "domain" / "response.yaml")
    assert list(RESPONSES) == reference["order"]
    assert {name: LEVELS[level(code)] for code, name in enumerate(RESPONSES)} == reference["three_level"]
    for window, name in ((DEFAULT_RULES.day28, "day28"), (DEFAULT_RULES.day56, "day56")):
        days = {"nominal": window.nominal + 1, "low": window.earliest + 1, "high": window.latest + 1}
        assert days == reference["window_days"][name]
