"""A scenario is read whole or refused whole, every fault with its line."""

from __future__ import annotations

import re

import pytest

from equipoise.errors import ScenarioError, TrialErrors
from equipoise.simulate.scenario import load_scenario


def refused(tmp_path, text):
    path = tmp_path / "scenario.yaml"
    path.write_text(text)
    with pytest.raises(TrialErrors) as caught:
        load_scenario(path)
    return caught.value


def line_of(text, part):
    return text[: text.index(part)].count("\n") + 1


def test_the_scenario_that_ships_names_both_arms_and_both_observation_models(scenario):
    assert set(scenario.arms) == {"MSC", "CONTROL"}
    assert set(scenario.observation) == {"perfect", "realistic"}
    assert scenario.accrual.randomized == 198


def test_every_fault_is_told_with_its_line(scenario_path, tmp_path):
    text = scenario_path.read_text()
    wrong = text.replace("share: 0.271", "share: 1.271").replace("late: 0.15", "lat: 0.15")
    faults = refused(tmp_path, wrong).faults
    assert [type(fault) for fault in faults] == [ScenarioError, ScenarioError]
    assert [int(re.search(r"line (\d+)", fault.where).group(1)) for fault in faults] == [
        line_of(wrong, "share: 1.271"),
        line_of(wrong, "lat: 0.15"),
    ]
    assert "1.271" in faults[0].fault
    assert "arms.CONTROL.response.lat" in faults[1].where
    assert all(fault.remedy and fault.rule.startswith("SCENARIO-") for fault in faults)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("cgvhd: {until_months: [1.5, 12, 24]", "cgvhd: {until_months: [1.5, 12]", "one rate more"),
        ("cgvhd: {until_months: [1.5, 12, 24]", "cgvhd: {until_months: [12, 1.5, 24]", "ascend"),
        ("nonresponse: {SD: 0.45,", "nonresponse: {SE: 0.45,", "keys are"),
        ("probability: [0, 0.157,", "probability: [0.1, 0.157,", "from 0 to 1"),
        ("value: [14.05, 18.0,", "value: [18.0, 14.05,", "ascend"),
        ("withdraw_consent: 4", "withdraw_consent: 400", "nobody is left"),
        ("female: 0.404", 'female: "0.404"', "number"),
    ],
)
def test_what_cannot_be_is_refused(scenario_path, tmp_path, right, wrong, said):
    text = scenario_path.read_text()
    assert right in text
    assert said in str(refused(tmp_path, text.replace(right, wrong, 1)))


def test_a_file_that_is_not_there_is_a_clear_error(tmp_path):
    with pytest.raises(TrialErrors, match="no such file"):
        load_scenario(tmp_path / "none.yaml")
