"""Each criterion of the index trial, with the answers that let a subject in, keep them out, or leave it open."""

from __future__ import annotations

import pytest

from equipoise.protocol.load import load_protocol

ELIGIBLE = {
    "age_years": 30.0, "steroid_resistant": True, "agvhd_grade": 3.0, "EL_IS_TAPER_CAUSE": "N", "EL_DLI_CAUSE": "N",
    "EL_PRIOR_THERAPIES": 0.0, "EL_INFECTION": "N", "EL_HEMORRHAGE": "N", "EL_SEVERE_CONDITION": "N",
}  # fmt: skip

# criterion: input, its value, outcome of the rule ("-" is a missing value)
TABLE = """
    INC1 | age_years           | 13 | false
    INC1 | age_years           | 14 | true
    INC1 | age_years           | 65 | true
    INC1 | age_years           | 66 | false
    INC1 | age_years           | -  | unknown
    INC2 | steroid_resistant   | yes | true
    INC2 | steroid_resistant   | no  | false
    INC2 | steroid_resistant   | -   | unknown
    INC3 | agvhd_grade         | 1  | false
    INC3 | agvhd_grade         | 2  | true
    INC3 | agvhd_grade         | 4  | true
    INC3 | agvhd_grade         | -  | unknown
    EXC1 | EL_IS_TAPER_CAUSE   | Y  | true
    EXC1 | EL_DLI_CAUSE        | Y  | true
    EXC1 | EL_DLI_CAUSE        | N  | false
    EXC1 | EL_DLI_CAUSE        | -  | unknown
    EXC2 | EL_PRIOR_THERAPIES  | 0  | false
    EXC2 | EL_PRIOR_THERAPIES  | 1  | false
    EXC2 | EL_PRIOR_THERAPIES  | 2  | true
    EXC2 | EL_PRIOR_THERAPIES  | -  | unknown
    EXC3 | EL_INFECTION        | Y  | true
    EXC3 | EL_INFECTION        | N  | false
    EXC3 | EL_INFECTION        | -  | unknown
    EXC4 | EL_HEMORRHAGE       | Y  | true
    EXC4 | EL_HEMORRHAGE       | N  | false
    EXC4 | EL_HEMORRHAGE       | -  | unknown
    EXC5 | EL_SEVERE_CONDITION | Y  | true
    EXC5 | EL_SEVERE_CONDITION | N  | false
    EXC5 | EL_SEVERE_CONDITION | -  | unknown
"""
ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in TABLE.strip().splitlines()]
WORDS = {"yes": True, "no": False}


@pytest.fixture(scope="module")
def criteria(index_protocol_path):
    return {criterion.id: criterion for criterion in load_protocol(index_protocol_path).eligibility.criteria}


@pytest.mark.parametrize(("criterion", "name", "answer", "outcome"), ROWS)
def test_what_a_criterion_says(criteria, criterion, name, answer, outcome):
    inputs = dict(ELIGIBLE)
    del inputs[name]
    if answer != "-":
        inputs[name] = WORDS.get(answer, float(answer) if answer.isdigit() else answer)
    assert criteria[criterion].rule.evaluate(inputs).value == outcome


def test_every_criterion_is_in_the_table(criteria):
    assert {row[0] for row in ROWS} == set(criteria)


def test_one_known_cause_of_the_gvhd_excludes_whatever_the_other_is(criteria):
    assert criteria["EXC1"].rule.evaluate({"EL_DLI_CAUSE": "Y"}).value == "true"
    assert criteria["EXC1"].rule.evaluate({"EL_IS_TAPER_CAUSE": "Y"}).value == "true"


def test_a_subject_in_order_meets_every_inclusion_and_no_exclusion(criteria):
    for criterion in criteria.values():
        wanted = "true" if criterion.kind == "inclusion" else "false"
        assert criterion.rule.evaluate(ELIGIBLE).value == wanted, criterion.id
