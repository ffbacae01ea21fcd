"""What must not come in by the door of the forms: other people's forms, odd places, values that are no values."""

from __future__ import annotations

import pytest

from equipoise.conduct.capture import capture, correct, void
from equipoise.conduct.events import record_dose, record_event
from equipoise.conduct.leaving import transfer
from equipoise.conduct.randomization import randomize
from equipoise.conduct.redaction import redact
from equipoise.conduct.screening import end_screening
from equipoise.conduct.sites import open_site
from equipoise.errors import NotPermitted, RecordError, Refused, TrialError, TrialErrors
from tests.unit.conduct.conftest import STAGED, screened

WEIGHED = {"VS_DATE": "2016-03-01", "VS_WEIGHT": "60"}
ASSESSED = STAGED | {"GV_DATE": "2016-03-01", "GV_EVALUATOR": "ASSESSOR"}
JUDGED = {"AJ_DATE": "2016-03-01", "AJ_WHAT": "RELAPSE", "AJ_CONFIRMED": "Y"}


@pytest.fixture
def subject(trial, people):
    return screened(trial, people)


def refusal(error, action, trial, **fields):
    """The error of an action that is refused; nothing was written."""
    before = trial.ledger.heads()
    with pytest.raises(error) as caught:
        action(trial, **fields)
    assert trial.ledger.heads() == before
    return caught.value


# -- whose form it is -----------------------------------------------------------------------------------------------


def test_site_staff_do_not_enter_the_adjudication_of_the_masked_assessor(trial, people, subject):
    for person in (people.coordinator, people.investigator):
        fields = {"by": person, "subject": subject, "form": "ADJUDICATION", "items": JUDGED}
        assert refusal(NotPermitted, capture, trial, **fields).rule == "PERMISSION-ASSESSOR"
    entered = capture(trial, by=people.assessor, subject=subject, form="ADJUDICATION", items=JUDGED)
    assert entered.record.role == "ASSESSOR"


def test_nobody_takes_over_the_assessment_of_another_evaluator_by_correcting_it(trial, people, subject):
    theirs = capture(trial, by=people.assessor, subject=subject, form="AGVHD", items=ASSESSED).record
    mine = STAGED | {"GV_DATE": "2016-03-01"}
    ours = capture(trial, by=people.coordinator, subject=subject, form="AGVHD", items=mine).record
    change = {"subject": subject, "form": "AGVHD", "reason": "it was mine", "expects": 1}
    fault = refusal(NotPermitted, correct, trial, by=people.coordinator, repeat=theirs.key.repeat, items=mine, **change)
    assert fault.rule == "PERMISSION-EVALUATOR"
    refusal(NotPermitted, correct, trial, by=people.assessor, repeat=ours.key.repeat, items=ASSESSED, **change)


# -- which form it is -------------------------------------------------------------------------------------------------


@pytest.mark.requirement(10)
@pytest.mark.parametrize("form", ["RANDOMIZATION", "ARM", "ALLOCATION", "ELIGIBILITY_VERDICT", "SCREENING", "LOCK"])
def test_what_the_system_wrote_cannot_be_withdrawn(trial, people, eligible, form):
    randomize(trial, by=people.investigator, subject=eligible)
    fields = {"by": people.investigator, "subject": eligible, "form": form, "reason": "a mistake", "expects": 1}
    assert refusal(Refused, void, trial, **fields).rule == "VOID"
    assert trial.subject(eligible).randomized


@pytest.mark.requirement(10)
@pytest.mark.parametrize(
    ("form", "item"), [("ARM", "AR_ARM"), ("RANDOMIZATION", "RN_NUMBER"), ("ALLOCATION", "AL_POSITION")]
)
def test_what_a_randomization_wrote_cannot_be_redacted(trial, people, eligible, form, item):
    given = randomize(trial, by=people.investigator, subject=eligible)
    fields = {"subject": eligible, "form": form, "version": 1, "items": [item], "reason": "a mistake"}
    assert refusal(Refused, redact, trial, by=people.manager, **fields).rule == "REDACTION-ALLOCATION"
    assert randomize(trial, by=people.investigator, subject=eligible) == given


@pytest.mark.parametrize(
    ("form", "items"),
    [
        ("SCREENING", {"SC_DATE": "2016-03-01"}),
        ("SCREENFAIL", {"SF_DATE": "2016-03-01", "SF_REASON": "NOT_ELIGIBLE"}),
    ],
)
def test_a_screening_begins_and_ends_by_its_own_action_only(trial, people, subject, form, items):
    fault = refusal(Refused, capture, trial, by=people.coordinator, subject=subject, form=form, items=items)
    assert fault.rule == "FORM-OWN-ACTION"


def test_loss_to_follow_up_without_attempts_is_refused_by_every_door(trial, people, subject):
    items = {"XT_DATE": "2016-03-01", "XT_TYPE": "LOST_TO_FOLLOW_UP"}
    fields = {"by": people.coordinator, "subject": subject, "form": "LEAVE", "items": items}
    assert refusal(TrialErrors, capture, trial, **fields).rule == "LOST-ATTEMPTS"
    stopped = items | {"XT_TYPE": "STOP_VISITS"}
    capture(trial, **fields | {"items": stopped})
    change = {"reason": "not heard of", "expects": 1}
    assert refusal(TrialErrors, correct, trial, **fields, **change).rule == "LOST-ATTEMPTS"


# -- where it is ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("visit", ["NOPE", "LATER", " D1", "D28/../x", "a\0b", "\ud800", "x" * 100_000, None, 5])
def test_a_visit_that_the_protocol_does_not_have_is_refused(trial, people, subject, visit):
    fields = {"by": people.coordinator, "subject": subject, "form": "VITALS", "items": WEIGHED, "visit": visit}
    assert refusal(Refused, capture, trial, **fields).rule == "VISIT-UNKNOWN"


@pytest.mark.parametrize("repeat", [-1, 0, 3, 10**6, 2**63, 10**30, 1.0, "1", True])
def test_a_form_gets_the_next_number_and_no_other(trial, people, subject, repeat):
    fields = {"by": people.coordinator, "subject": subject, "form": "VITALS", "items": WEIGHED, "repeat": repeat}
    assert refusal(Refused, capture, trial, **fields).rule == "FORM-NUMBER"
    assert capture(trial, **fields | {"repeat": 2}).record.key.repeat == 2


def test_a_form_that_is_filled_once_gets_no_second_number(trial, people, subject):
    again = {"DM_BIRTH": "1986-05-04", "DM_SEX": "F"}
    fields = {"by": people.coordinator, "subject": subject, "form": "DEMOG", "items": again, "repeat": 2}
    assert refusal(Refused, capture, trial, **fields).rule == "FORM-NUMBER"


@pytest.mark.parametrize("repeat", [None, "1", 1.5, 10**30])
def test_a_number_that_is_none_is_not_corrected(trial, people, subject, repeat):
    fields = {"by": people.coordinator, "subject": subject, "form": "VITALS", "items": WEIGHED, "repeat": repeat}
    assert refusal(Refused, correct, trial, **fields, reason="x", expects=1).rule == "CORRECT"


def test_a_site_that_the_protocol_does_not_name_is_not_opened(trial, people):
    for site in ("77", "", "\ud800"):
        assert refusal(Refused, open_site, trial, by=people.manager, site=site).rule == "SITE-UNKNOWN"


# -- what it holds ----------------------------------------------------------------------------------------------------

ODD = [5, 1.5, True, b"x", ["a"], {"v": 5}, {"v": None}, {"v": {}}, {}, {1: 2}, "\0", "\ud800", "1" * 10**5, ""]


@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("item", ["GV_DATE", "GV_TIME", "GV_EVALUATOR", "GV_BSA", "GV_UGI"])
def test_a_value_of_a_wrong_kind_is_a_fault_of_the_form(trial, people, subject, item, value):
    fields = {"by": people.coordinator, "subject": subject, "form": "AGVHD"}
    items = STAGED | {"GV_DATE": "2016-03-01", item: value}
    assert refusal(TrialErrors, capture, trial, items=items, **fields).faults[0].rule.startswith("ITEM-")


@pytest.mark.parametrize("items", [None, 5, [], "VS_DATE"])
def test_what_is_no_form_at_all_is_told(trial, people, subject, items):
    fields = {"by": people.coordinator, "subject": subject, "form": "VITALS", "items": items}
    assert refusal(RecordError, capture, trial, **fields).rule == "RECORD-ITEMS"
    assert refusal(RecordError, correct, trial, **fields, reason="x", expects=1).rule == "RECORD-ITEMS"


@pytest.mark.parametrize("date", ["garbage", "2016-02-30", "0000-00-00", "2015-02-29"])
def test_an_end_of_screening_and_a_transfer_have_a_date_of_the_calendar(trial, people, subject, date):
    by = people.coordinator
    ended = refusal(TrialErrors, end_screening, trial, by=by, subject=subject, reason="NOT_ELIGIBLE", date=date)
    assert ended.rule == "ITEM-TYPE"
    refusal(TrialError, transfer, trial, by=by, subject=subject, to_site="02", date=date)


# -- what tells the arm -----------------------------------------------------------------------------------------------


def test_a_form_of_a_visit_that_only_one_arm_has_is_no_clinical_record(trial, people, eligible):
    """The label T8 tells the arm: only the arm with cells has that visit."""
    randomize(trial, by=people.investigator, subject=eligible)
    at_visit = {"by": people.coordinator, "subject": eligible, "form": "VITALS", "items": WEIGHED}
    told = capture(trial, **at_visit, visit="T8").record
    assert told.stream == "treatment"
    assert correct(trial, **at_visit, visit="T8", reason="misread", expects=1).record.stream == "treatment"
    assert capture(trial, **at_visit, visit="D7").record.stream == "clinical"
    only_some_have = {visit.id for visit in trial.protocols.latest.visits if visit.arms}
    assert not [record for record in trial.ledger.read("clinical") if record.key.visit in only_some_have]


@pytest.mark.requirement(18)
def test_no_refusal_tells_the_masked_assessor_whether_a_subject_got_cells(trial, people, eligible):
    """The same words before and after an infusion, whichever door and number are tried."""
    randomize(trial, by=people.investigator, subject=eligible)
    infusion = {"MS_DATE": "2016-03-01", "MS_CONTEXT": "PROTOCOL"}
    asked = {"by": people.assessor, "subject": eligible}

    def words():
        change = {"reason": "x", "expects": 1}
        doors = [
            (capture, {"form": "MSC", "items": infusion}),
            (capture, {"form": "MSC", "items": infusion, "repeat": 99}),
            (correct, {"form": "MSC", "items": infusion, **change}),
            (void, {"form": "MSC", **change}),
            (correct, {"form": "VITALS", "items": WEIGHED, "visit": "T8", **change}),
            (void, {"form": "VITALS", "visit": "T8", **change}),
        ]
        return [str(refusal(NotPermitted, action, trial, **asked, **fields)) for action, fields in doors]

    before = words()
    record_dose(trial, by=people.coordinator, subject=eligible, form="MSC", items=infusion)
    capture(trial, by=people.coordinator, subject=eligible, form="VITALS", items=WEIGHED, visit="T8")
    assert words() == before


def test_a_text_with_any_character_that_can_be_stored_is_kept_as_it_is(trial, people, subject):
    term = "a\0b\u2028\U0001f600" + "x" * 10_000
    items = {"AE_START": "2016-03-01", "AE_TERM": term, "AE_CLASS": "OTHER"}
    record_event(trial, by=people.coordinator, subject=subject, form="AE", items=items)
    assert trial.subject(subject).item("AE", "AE_TERM") == term
    assert trial.ledger.verify().in_order
