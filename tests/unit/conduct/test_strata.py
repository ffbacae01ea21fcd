"""A trial stratified by grade and site: each subject gets the next slot of their stratum, which is frozen."""

from __future__ import annotations

import shutil

import pytest
from ruamel.yaml import YAML

from equipoise.conduct.capture import correct
from equipoise.conduct.randomization import randomize
from equipoise.errors import Refused, TrialErrors
from equipoise.protocol.load import load_history
from equipoise.protocol.sealed import load_restricted
from tests.unit.conduct.conftest import MARCH, screened_eligible, started

FACTORS = [{"factor": "agvhd_grade", "levels": ["2", "3", "4"]}, {"factor": "site"}]


@pytest.fixture
def folder(tmp_path, index_protocol_path):
    yaml = YAML(typ="safe", pure=True)
    content = yaml.load(index_protocol_path)
    content["randomization"]["strata"] = FACTORS
    yaml.dump(content, tmp_path / "protocol.yaml")
    shutil.copy(index_protocol_path.parent / "randomization.yaml", tmp_path)
    return tmp_path


@pytest.fixture
def stratified(folder, people):
    return started(load_history(folder), people, now=MARCH)


def test_the_strata_are_all_combinations_of_the_levels(stratified):
    strata = stratified.protocols.latest.strata
    assert len(strata) == 3 * 9
    assert strata[0] == "agvhd_grade=2/site=01"
    assert "agvhd_grade=4/site=09" in strata


@pytest.mark.requirement(2, 11)
def test_each_subject_gets_the_next_slot_of_their_stratum_and_a_correction_never_changes_it(stratified, people):
    first, second = (screened_eligible(stratified, people) for _ in range(2))
    for subject in (first, second):
        randomize(stratified, by=people.investigator, subject=subject)
    claims = stratified.allocations.claims("main")
    assert [(claim.stratum, claim.position, claim.subject) for claim in claims] == [
        ("agvhd_grade=2/site=01", 1, first),
        ("agvhd_grade=2/site=01", 2, second),
    ]
    staging = stratified.subject(first).record("AGVHD", "SCR", 1)
    worse = dict(staging.payload) | {"GV_STOOL": "1600"}
    correct(
        stratified, by=people.investigator, subject=first, form="AGVHD", visit="SCR", items=worse,
        reason="misread", expects=staging.version,
    )  # fmt: skip
    assert stratified.subject(first).item("RANDOMIZATION", "RN_STRATUM") == "agvhd_grade=2/site=01"
    assert randomize(stratified, by=people.investigator, subject=first).subject == first
    assert stratified.allocations.of_subject("main", first).stratum == "agvhd_grade=2/site=01"


@pytest.mark.requirement(12)
def test_a_subject_whose_stratum_the_protocol_does_not_have_is_refused(folder, people, tmp_path):
    yaml = YAML(typ="safe", pure=True)
    content = yaml.load(folder / "protocol.yaml")
    content["randomization"]["strata"] = [{"factor": "agvhd_grade", "levels": ["3", "4"]}]
    yaml.dump(content, folder / "protocol.yaml")
    trial = started(load_history(folder), people, now=MARCH)
    subject = screened_eligible(trial, people)
    with pytest.raises(Refused, match="there is no stratum agvhd_grade=2"):
        randomize(trial, by=people.investigator, subject=subject)
    assert trial.allocations.claims("main") == []


@pytest.mark.parametrize(
    ("strata", "fault"),
    [
        ([{"factor": "agvhd_grad", "levels": ["2", "3"]}], "there is no factor agvhd_grad"),
        ([{"factor": "agvhd_grade"}], "has fewer than two levels"),
        ([{"factor": "agvhd_grade", "levels": ["2", "2"]}], "has fewer than two levels, or one twice"),
        ([{"factor": "site", "levels": ["01", "02"]}], "the levels of site are the sites"),
        ([{"factor": "site"}, {"factor": "site"}], "the factor site stands there twice"),
        (["agvhd_grade"], "is not a group of keys"),
    ],
)
def test_strata_that_cannot_be_are_told(folder, strata, fault):
    yaml = YAML(typ="safe", pure=True)
    content = yaml.load(folder / "protocol.yaml")
    content["randomization"]["strata"] = strata
    yaml.dump(content, folder / "protocol.yaml")
    with pytest.raises(TrialErrors) as caught:
        load_history(folder)
    assert any(fault in told.fault for told in caught.value.faults), [told.fault for told in caught.value.faults]


def test_the_restricted_file_says_nothing_of_strata(folder):
    assert not hasattr(load_restricted(folder / "randomization.yaml"), "strata")
