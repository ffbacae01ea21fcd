"""Randomize: refused for every reason at once, else the next slot, once, with its grounds frozen."""

from __future__ import annotations

import json

import pytest

from equipoise.conduct.capture import capture, correct
from equipoise.conduct.consent import record_consent
from equipoise.conduct.randomization import annotate_randomized_in_error, randomize
from equipoise.conduct.screening import end_screening, screen
from equipoise.errors import AllocationError, NotPermitted, Refused, TrialErrors
from equipoise.records.record import SUBJECT, Key
from tests.unit.conduct.conftest import ELIGIBLE, SIGNED, screened


def faults(caught) -> list[tuple[str, str]]:
    return [(fault.rule, fault.fault) for fault in caught.value.faults]


def test_an_eligible_consenting_subject_gets_the_first_slot(trial, people, eligible):
    assignment = randomize(trial, by=people.investigator, subject=eligible)
    assert assignment.number == 1
    assert assignment.arm in {"MSC", "CONTROL"}
    assert trial.subject(eligible).randomized


@pytest.mark.requirement(1)
def test_a_repeat_gives_the_same_answer_and_uses_no_slot(trial, people, eligible):
    first = randomize(trial, by=people.investigator, subject=eligible)
    again = randomize(trial, by=people.investigator, subject=eligible)
    assert again == first
    assert len(trial.allocations.claims("main")) == 1


@pytest.mark.requirement(11)
def test_verdict_rules_versions_and_consent_are_frozen_whatever_is_corrected_later(trial, people, eligible):
    randomize(trial, by=people.investigator, subject=eligible)
    frozen = dict(trial.subject(eligible).record("RANDOMIZATION").payload)
    assert frozen["RN_VERDICT"] == "ELIGIBLE"
    assert frozen["RN_PROTOCOL"] == "1.0"
    assert frozen["RN_CONSENT"] == "1.0"
    criteria = {entry["id"]: entry for entry in json.loads(frozen["RN_CRITERIA"])}
    assert criteria["INC1"]["rule"] == trial.protocols.latest.eligibility.criteria[0].rule.text
    assert criteria["INC1"]["inputs"] == {"age_years": "29"}
    changed = {"DM_BIRTH": "1940-05-04", "DM_SEX": "F"}
    correct(trial, by=people.coordinator, subject=eligible, form="DEMOG", items=changed, reason="misread", expects=1)
    assert dict(trial.subject(eligible).record("RANDOMIZATION").payload) == frozen


def test_the_record_that_site_staff_and_masked_readers_see_does_not_hold_the_arm(trial, people, eligible):
    arm = randomize(trial, by=people.investigator, subject=eligible).arm
    clinical = [record for record in trial.ledger.read("clinical") if record.key.unit == eligible]
    assert not [record for record in clinical if arm in map(str, (record.payload or {}).values())]
    of_arm = [record for record in trial.ledger.read("treatment") if record.key.form == "ARM"]
    assert [dict(record.payload) for record in of_arm] == [{"AR_ARM": arm}]


@pytest.mark.requirement(12)
def test_unknown_is_not_eligible_and_says_what_is_missing(trial, people):
    subject = screened(trial, people)
    record_consent(trial, by=people.coordinator, subject=subject, items=SIGNED)
    with pytest.raises(TrialErrors) as caught:
        randomize(trial, by=people.investigator, subject=subject)
    unknown = {fault.rule: fault for fault in caught.value.faults}
    assert unknown["EXC2"].fault == "it is not known whether criterion EXC2 is met"
    assert unknown["EXC2"].remedy == "complete EL_PRIOR_THERAPIES"


@pytest.mark.requirement(12)
def test_what_a_derived_value_lacks_is_told_by_the_forms_that_it_comes_from(trial, people):
    subject = screen(trial, by=people.coordinator, site="01", date="2016-03-01")
    with pytest.raises(TrialErrors) as caught:
        randomize(trial, by=people.investigator, subject=subject)
    unknown = {fault.rule: fault.remedy for fault in caught.value.faults}
    assert unknown["INC2"] == "complete AGVHD, STEROID, VITALS"
    assert unknown["INC1"] == "complete DEMOG, CONSENT"


@pytest.mark.requirement(12)
def test_a_criterion_that_is_not_met_refuses_and_no_exception_can_be_granted(trial, people):
    subject = screened(trial, people, birth="1940-05-04")
    record_consent(trial, by=people.coordinator, subject=subject, items=SIGNED)
    capture(trial, by=people.investigator, subject=subject, form="ELIGIBILITY", items=ELIGIBLE, visit="SCR")
    with pytest.raises(TrialErrors) as caught:
        randomize(trial, by=people.investigator, subject=subject)
    assert faults(caught) == [("INC1", "criterion INC1 is not met")]
    assert caught.value.faults[0].remedy == "do not randomize; no exception can be granted"
    assert trial.allocations.claims("main") == []


@pytest.mark.requirement(12)
def test_every_reason_is_told_at_once(trial, people):
    subject = screened(trial, people, birth="2010-05-04")
    with pytest.raises(TrialErrors) as caught:
        randomize(trial, by=people.investigator, subject=subject)
    rules = [fault.rule for fault in caught.value.faults]
    assert rules[0] == "CONSENT-MISSING"
    assert set(rules) > {"CONSENT-MISSING", "EXC1", "EXC2"}


@pytest.mark.requirement(12)
@pytest.mark.parametrize(
    ("change", "rule", "fault"),
    [
        ({"CO_DATE": "2016-03-02"}, "CONSENT-MISSING", "consent is dated later than randomization"),
        ({"CO_VERSION": "0.9"}, "CONSENT-VERSION", "version 0.9 of the consent form is not one of 1.0"),
        (
            {"CO_SIGNER": "GUARDIAN"},
            "CONSENT-SIGNER",
            "at 29 years the consent form is signed by subject or legal representative",
        ),
    ],
)
def test_consent_that_does_not_stand_refuses(trial, people, change, rule, fault):
    subject = screened(trial, people)
    record_consent(trial, by=people.coordinator, subject=subject, items=SIGNED | change)
    capture(trial, by=people.investigator, subject=subject, form="ELIGIBILITY", items=ELIGIBLE, visit="SCR")
    with pytest.raises(TrialErrors) as caught:
        randomize(trial, by=people.investigator, subject=subject)
    assert (rule, fault) in faults(caught)


@pytest.mark.requirement(12)
def test_a_minor_needs_a_guardian_and_their_own_assent(trial, people):
    subject = screened(trial, people, birth="2000-05-04")
    record_consent(
        trial, by=people.coordinator, subject=subject, items=SIGNED | {"CO_SIGNER": "GUARDIAN", "CO_ASSENT": "N"}
    )
    capture(trial, by=people.investigator, subject=subject, form="ELIGIBILITY", items=ELIGIBLE, visit="SCR")
    with pytest.raises(TrialErrors) as caught:
        randomize(trial, by=people.investigator, subject=subject)
    assert faults(caught) == [("CONSENT-ASSENT", "the minor's assent is missing")]
    signed = SIGNED | {"CO_SIGNER": "GUARDIAN", "CO_ASSENT": "Y"}
    correct(
        trial,
        by=people.coordinator,
        subject=subject,
        form="CONSENT",
        items=signed,
        reason="assent form found",
        expects=1,
    )
    assert randomize(trial, by=people.investigator, subject=subject).number == 1


@pytest.mark.requirement(12)
def test_a_study_procedure_before_consent_refuses(trial, people):
    subject = screened(trial, people)
    capture(trial, by=people.investigator, subject=subject, form="ELIGIBILITY", items=ELIGIBLE, visit="SCR")
    trial.clock.set("2016-03-02T09:00")
    record_consent(trial, by=people.coordinator, subject=subject, items=SIGNED | {"CO_DATE": "2016-03-02"})
    with pytest.raises(TrialErrors) as caught:
        randomize(trial, by=people.investigator, subject=subject)
    assert faults(caught) == [
        ("CONSENT-ORDER", "the study procedure ELIGIBILITY of 2016-03-01 is earlier than consent (2016-03-02)")
    ]


@pytest.mark.requirement(12)
def test_a_trial_whose_list_is_used_up_refuses_and_the_subject_stays_unrandomized(trial, people):
    for number in range(1, 9):
        subject = screened(trial, people)
        record_consent(trial, by=people.coordinator, subject=subject, items=SIGNED)
        capture(trial, by=people.investigator, subject=subject, form="ELIGIBILITY", items=ELIGIBLE, visit="SCR")
        assert randomize(trial, by=people.investigator, subject=subject).number == number
    subject = screened(trial, people)
    record_consent(trial, by=people.coordinator, subject=subject, items=SIGNED)
    capture(trial, by=people.investigator, subject=subject, form="ELIGIBILITY", items=ELIGIBLE, visit="SCR")
    with pytest.raises(AllocationError):
        randomize(trial, by=people.investigator, subject=subject)
    assert not trial.subject(subject).randomized


@pytest.mark.requirement(12)
def test_after_screening_ended_nobody_is_randomized(trial, people, eligible):
    end_screening(trial, by=people.coordinator, subject=eligible, reason="WITHDREW_CONSENT")
    with pytest.raises(TrialErrors) as caught:
        randomize(trial, by=people.investigator, subject=eligible)
    assert ("SCREENING-ENDED", "screening has ended") in faults(caught)


@pytest.mark.requirement(12)
def test_before_the_ethics_approval_at_the_site_nobody_is_randomized(trial, people, eligible):
    trial.clock.set("2014-07-15T09:00")
    assert not trial.in_force("01", trial.today("01"))


def test_only_an_investigator_of_the_site_randomizes(trial, people, eligible):
    for person in (people.coordinator, people.assessor, people.administrator, people.inspector, people.elsewhere):
        with pytest.raises(NotPermitted):
            randomize(trial, by=person, subject=eligible)


@pytest.mark.requirement(10)
def test_randomized_in_error_is_an_annotation_that_keeps_slot_and_arm(trial, people, eligible):
    before = randomize(trial, by=people.investigator, subject=eligible)
    with pytest.raises(Refused):
        annotate_randomized_in_error(trial, by=people.manager, subject=screened(trial, people), reason="x")
    annotate_randomized_in_error(trial, by=people.manager, subject=eligible, reason="grade was I")
    assert randomize(trial, by=people.investigator, subject=eligible) == before
    assert len(trial.ledger.history(Key(SUBJECT, eligible, "ALLOCATION"))) == 1


@pytest.mark.requirement(10)
def test_a_second_version_of_an_allocation_cannot_be_captured(trial, people, eligible):
    randomize(trial, by=people.investigator, subject=eligible)
    for form in ("ALLOCATION", "ARM", "RANDOMIZATION"):
        for person in (people.investigator, people.coordinator):
            with pytest.raises(Refused):
                capture(trial, by=person, subject=eligible, form=form, items={"AR_ARM": "MSC"})
