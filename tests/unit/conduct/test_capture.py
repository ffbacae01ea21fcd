"""Fill, correct and withdraw forms: who may, what is refused, what is saved and what deserves a second look."""

from __future__ import annotations

import pytest

from equipoise.conduct.capture import capture, correct, void
from equipoise.conduct.consent import record_consent
from equipoise.conduct.events import record_dose, record_event
from equipoise.conduct.leaving import found_again, leave, transfer
from equipoise.conduct.randomization import randomize
from equipoise.conduct.screening import end_screening, rescreen, screen
from equipoise.conduct.sites import lock, unlock
from equipoise.errors import NotPermitted, RecordError, Refused, TrialErrors, VersionConflict
from tests.unit.conduct.conftest import SIGNED, STAGED, screened


def test_subjects_of_a_site_are_numbered_in_the_order_of_screening_and_never_twice(trial, people):
    keys = [screen(trial, by=people.coordinator, site=site) for site in ("01", "02", "01")]
    assert keys == ["01-001", "02-001", "01-002"]


def test_all_faults_of_a_form_are_told_at_once_and_nothing_is_saved(trial, people):
    subject = screened(trial, people)
    before = trial.ledger.heads()
    items = STAGED | {"GV_DATE": "2016-02-30", "GV_BSA": "130", "GV_UGI": "SOMETIMES", "GV_BILIRUBIN": "high"}
    with pytest.raises(TrialErrors) as caught:
        capture(trial, by=people.investigator, subject=subject, form="AGVHD", items=items)
    assert [fault.rule for fault in caught.value.faults] == ["ITEM-TYPE", "ITEM-RANGE", "ITEM-TYPE", "ITEM-CODE"]
    assert trial.ledger.heads() == before


def test_an_entry_after_death_is_saved_with_a_flag(trial, people, eligible):
    record_event(
        trial,
        by=people.coordinator,
        subject=eligible,
        form="DEATH",
        items={"DD_DATE": "2016-02-20", "DD_CAUSE": "AGVHD"},
    )
    saved = capture(
        trial,
        by=people.coordinator,
        subject=eligible,
        form="VITALS",
        items={"VS_DATE": "2016-02-28", "VS_WEIGHT": "60"},
    )
    assert "DATE-AFTER-DEATH" in [finding.check_id for finding in saved.findings]
    assert saved.record.version == 1


@pytest.mark.requirement(25)
def test_a_change_needs_a_reason_and_a_first_entry_does_not(trial, people):
    subject = screened(trial, people)
    changed = {"DM_BIRTH": "1986-05-05", "DM_SEX": "F"}
    for reason in ("", "  "):
        with pytest.raises(RecordError) as caught:
            correct(
                trial, by=people.coordinator, subject=subject, form="DEMOG", items=changed, reason=reason, expects=1
            )
        assert caught.value.rule == "REASON-FOR-CHANGE"
    saved = correct(
        trial, by=people.coordinator, subject=subject, form="DEMOG", items=changed, reason="misread", expects=1
    )
    assert (saved.record.version, saved.record.reason) == (2, "misread")
    assert trial.subject(subject).item("DEMOG", "DM_BIRTH") == "1986-05-05"


@pytest.mark.requirement(33)
def test_the_second_of_two_savers_of_one_version_is_told(trial, people):
    subject = screened(trial, people)
    for_both = {"trial": trial, "subject": subject, "form": "DEMOG", "reason": "misread", "expects": 1}
    correct(by=people.coordinator, items={"DM_BIRTH": "1986-05-05", "DM_SEX": "F"}, **for_both)
    with pytest.raises(VersionConflict):
        correct(by=people.investigator, items={"DM_BIRTH": "1986-05-06", "DM_SEX": "F"}, **for_both)
    assert trial.subject(subject).item("DEMOG", "DM_BIRTH") == "1986-05-05"


def test_a_form_that_is_filled_once_is_not_filled_twice(trial, people):
    subject = screened(trial, people)
    with pytest.raises(Refused) as caught:
        capture(
            trial, by=people.coordinator, subject=subject, form="DEMOG", items={"DM_BIRTH": "1986-05-04", "DM_SEX": "F"}
        )
    assert caught.value.rule == "FORM-ONCE"


def test_a_withdrawn_form_counts_no_more_and_its_number_is_not_used_again(trial, people):
    subject = screened(trial, people)
    weighed = {"VS_DATE": "2016-02-28", "VS_WEIGHT": "61"}
    second = capture(trial, by=people.coordinator, subject=subject, form="VITALS", items=weighed).record
    assert second.key.repeat == 2
    void(trial, by=people.coordinator, subject=subject, form="VITALS", repeat=2, expects=1, reason="other subject's")
    assert len(trial.subject(subject).instances("VITALS")) == 1
    assert trial.subject(subject).tables["VITALS"].size == 1
    third = capture(trial, by=people.coordinator, subject=subject, form="VITALS", items=weighed).record
    assert third.key.repeat == 3


def test_the_masked_assessor_enters_assessments_of_their_own_and_nothing_else(trial, people):
    subject = screened(trial, people)
    mine = STAGED | {"GV_DATE": "2016-03-01", "GV_EVALUATOR": "ASSESSOR"}
    assert capture(trial, by=people.assessor, subject=subject, form="AGVHD", items=mine).record.role == "ASSESSOR"
    for form, items in (
        ("AGVHD", STAGED | {"GV_DATE": "2016-03-01"}),
        ("VITALS", {"VS_DATE": "2016-03-01", "VS_WEIGHT": "60"}),
    ):
        with pytest.raises(NotPermitted):
            capture(trial, by=people.assessor, subject=subject, form=form, items=items)
    with pytest.raises(NotPermitted):
        capture(trial, by=people.coordinator, subject=subject, form="AGVHD", items=mine)


def test_staff_of_another_site_and_roles_that_only_read_enter_nothing(trial, people):
    subject = screened(trial, people)
    for person in (people.elsewhere, people.inspector, people.administrator, people.manager):
        with pytest.raises(NotPermitted):
            capture(
                trial, by=person, subject=subject, form="VITALS", items={"VS_DATE": "2016-03-01", "VS_WEIGHT": "60"}
            )


def test_a_study_drug_before_randomization_is_refused(trial, people, eligible):
    dose = {"BX_DATE": "2016-03-01", "BX_TIME": "10:00", "BX_DOSE": "20", "BX_REACTION": "N"}
    with pytest.raises(Refused) as caught:
        record_dose(trial, by=people.coordinator, subject=eligible, form="BASILIXIMAB", items=dose)
    assert caught.value.rule == "DOSE-BEFORE-RANDOMIZATION"
    randomize(trial, by=people.investigator, subject=eligible)
    saved = record_dose(trial, by=people.coordinator, subject=eligible, form="BASILIXIMAB", items=dose)
    assert saved.record.form_hash == trial.protocols.latest.forms["BASILIXIMAB"].hash


def test_of_a_subject_who_withdrew_their_data_nothing_new_is_collected(trial, people, eligible):
    randomize(trial, by=people.investigator, subject=eligible)
    leave(
        trial,
        by=people.coordinator,
        subject=eligible,
        way="WITHDRAW_DATA",
        decided_by="SUBJECT",
        reason="does not wish it",
    )
    with pytest.raises(Refused) as caught:
        capture(
            trial,
            by=people.coordinator,
            subject=eligible,
            form="VITALS",
            items={"VS_DATE": "2016-03-01", "VS_WEIGHT": "60"},
        )
    assert caught.value.rule == "DATA-WITHDRAWN"


def test_a_subject_is_lost_only_after_attempts_and_can_be_found_again(trial, people, eligible):
    randomize(trial, by=people.investigator, subject=eligible)
    lost = {"by": people.coordinator, "subject": eligible, "way": "LOST_TO_FOLLOW_UP", "decided_by": "INVESTIGATOR"}
    with pytest.raises(TrialErrors) as caught:
        leave(trial, reason="no answer", **lost)
    assert caught.value.rule == "LOST-ATTEMPTS"
    leave(trial, reason="no answer", attempts="2016-03-01 telephone; 2016-03-01 letter", **lost)
    trial.clock.set("2016-06-01T09:00")
    found_again(trial, by=people.coordinator, subject=eligible, date="2016-05-30")
    assert trial.subject(eligible).item("LEAVE", "XT_RETURN") == "2016-05-30"
    with pytest.raises(Refused):
        found_again(trial, by=people.coordinator, subject=eligible, date="2016-05-31")


def test_after_a_transfer_the_new_site_works_on_the_subject_and_the_key_stays(trial, people, eligible):
    randomize(trial, by=people.investigator, subject=eligible)
    transfer(trial, by=people.coordinator, subject=eligible, to_site="02")
    file = trial.subject(eligible)
    assert (file.key, file.site, file.randomizing_site) == ("01-001", "02", "01")
    with pytest.raises(Refused) as caught:
        transfer(trial, by=people.coordinator, subject=eligible, to_site="09")
    assert caught.value.rule == "SITE-OPEN"


def test_a_subject_can_be_screened_again_after_an_attempt_has_ended(trial, people):
    subject = screened(trial, people)
    with pytest.raises(Refused) as caught:
        rescreen(trial, by=people.coordinator, subject=subject)
    assert caught.value.rule == "RESCREEN"
    end_screening(trial, by=people.coordinator, subject=subject, reason="NOT_ELIGIBLE", criterion="EXC3")
    with pytest.raises(Refused):
        record_consent(trial, by=people.coordinator, subject=subject, items=SIGNED)
    rescreen(trial, by=people.coordinator, subject=subject)
    record_consent(trial, by=people.coordinator, subject=subject, items=SIGNED)
    assert [trial.subject(subject).item("SCREENING", "SC_ATTEMPT", "", n) for n in (1, 2)] == ["1", "2"]


def test_a_locked_trial_takes_nothing_until_it_is_unlocked_with_a_reason(trial, people, eligible):
    with pytest.raises(TrialErrors) as caught:
        lock(trial, by=people.manager, reason="final analysis")
    assert caught.value.faults[0].rule == "LOCK-SCREENING"
    randomize(trial, by=people.investigator, subject=eligible)
    with pytest.raises(NotPermitted):
        lock(trial, by=people.investigator, reason="final analysis")
    lock(trial, by=people.manager, reason="final analysis")
    weighed = {"VS_DATE": "2016-03-01", "VS_WEIGHT": "60"}
    with pytest.raises(Refused) as refused:
        capture(trial, by=people.coordinator, subject=eligible, form="VITALS", items=weighed)
    assert refused.value.rule == "TRIAL-LOCKED"
    unlock(trial, by=people.manager, reason="late laboratory report")
    assert capture(trial, by=people.coordinator, subject=eligible, form="VITALS", items=weighed).record.version == 1
    lock(trial, by=people.manager, reason="final analysis")
    assert trial.locked


def test_what_a_failed_unit_of_work_wrote_is_forgotten(trial, people):
    subject = screened(trial, people)
    weighed = {"VS_DATE": "2016-03-01", "VS_WEIGHT": "60"}
    with pytest.raises(Refused), trial.unit_of_work():
        capture(trial, by=people.coordinator, subject=subject, form="VITALS", items=weighed)
        assert trial.subject(subject).tables["VITALS"].size == 2
        capture(trial, by=people.coordinator, subject=subject, form="NO_SUCH_FORM", items={})
    assert trial.subject(subject).tables["VITALS"].size == 1
    assert trial.ledger.verify().faults == ()
