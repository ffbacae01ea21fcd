"""Two programs on one database: what one has written, the other knows before it decides."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from threading import Barrier, get_ident

import pytest

from equipoise.allocation.lists import ListOpener
from equipoise.conduct.capture import capture, correct
from equipoise.conduct.consent import record_consent
from equipoise.conduct.leaving import leave, transfer
from equipoise.conduct.randomization import randomize
from equipoise.conduct.screening import end_screening, screen
from equipoise.conduct.sites import lock, open_site, unlock
from equipoise.errors import NotPermitted, Refused, StorageError, TrialErrors, VersionConflict
from equipoise.records.record import SUBJECT, Key
from equipoise.store.allocations import DatabaseAllocations
from equipoise.store.entropy import SystemEntropy
from equipoise.store.sqlite import open_ledger
from tests.unit.conduct.conftest import ELIGIBLE, SIGNED, SetClock, screened

WEIGHED = {"VS_DATE": "2016-03-01", "VS_WEIGHT": "60"}


@pytest.fixture
def start(tmp_path, trial):
    """Makes a further program: its own connection and its own memory of the subjects."""
    made, here = [], get_ident()

    def program(create=False):
        ledger = open_ledger(tmp_path / "trial.sqlite3", trial.ledger.trial, SystemEntropy(), create=create)
        if get_ident() == here:
            made.append(ledger)
        return replace(
            trial,
            ledger=ledger,
            allocations=DatabaseAllocations(ledger),
            opener=ListOpener(trial.opener.made),
            clock=SetClock(trial.clock.time),
            _files={},
            _locked=None,
            _seen=-1,
        )

    yield program
    for ledger in made:
        ledger.close()


@pytest.fixture
def two(start, people):
    """Two programs, and the key of a subject who can be randomized; both know the subject."""
    one = start(create=True)
    one.allocations.prepare("main", "", 8)
    for site in ("01", "02"):
        open_site(one, by=people.manager, site=site)
    subject = screened(one, people)
    record_consent(one, by=people.coordinator, subject=subject, items=SIGNED)
    capture(one, by=people.investigator, subject=subject, form="ELIGIBILITY", items=ELIGIBLE, visit="SCR")
    other = start()
    assert other.subject(subject).item("DEMOG", "DM_BIRTH") == "1986-05-04"
    return one, other, subject


@pytest.mark.requirement(12)
def test_a_correction_by_one_program_is_judged_by_the_other(two, people):
    one, other, subject = two
    born = {"DM_BIRTH": "1940-05-04", "DM_SEX": "F"}
    correct(one, by=people.coordinator, subject=subject, form="DEMOG", items=born, reason="misread", expects=1)
    with pytest.raises(TrialErrors) as caught:
        randomize(other, by=people.investigator, subject=subject)
    assert [fault.rule for fault in caught.value.faults] == ["INC1"]
    assert other.allocations.claims("main") == []


@pytest.mark.requirement(33)
def test_a_change_against_an_old_version_is_told_and_not_written_over(two, people):
    one, other, subject = two
    fields = {"by": people.coordinator, "subject": subject, "form": "DEMOG", "reason": "misread", "expects": 1}
    correct(one, items={"DM_BIRTH": "1986-05-05", "DM_SEX": "F"}, **fields)
    with pytest.raises(VersionConflict):
        correct(other, items={"DM_BIRTH": "1986-05-06", "DM_SEX": "F"}, **fields)
    assert other.subject(subject).item("DEMOG", "DM_BIRTH") == "1986-05-05"


@pytest.mark.requirement(1)
def test_the_second_program_that_randomizes_gets_the_answer_of_the_first(two, people):
    one, other, subject = two
    first = randomize(one, by=people.investigator, subject=subject)
    assert randomize(other, by=people.investigator, subject=subject) == first
    assert len(other.ledger.history(Key(SUBJECT, subject, "ALLOCATION"))) == 1


@pytest.mark.requirement(1)
def test_programs_that_randomize_one_subject_at_once_give_one_answer(two, start, people):
    _, _, subject = two
    barrier = Barrier(8)

    def request(_):
        # One connection, one thread.
        program = start()
        with closing(program.ledger):
            program.subject(subject)
            barrier.wait()
            return randomize(program, by=people.investigator, subject=subject)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(request, range(8)))
    assert len(set(answers)) == 1
    assert len(two[0].ledger.history(Key(SUBJECT, subject, "RANDOMIZATION"))) == 1
    assert len(two[0].allocations.claims("main")) == 1
    assert two[0].ledger.verify().in_order


def test_what_one_program_ends_is_ended_for_the_other(two, people):
    one, other, subject = two
    weighed = {"by": people.coordinator, "subject": subject, "form": "VITALS", "items": WEIGHED}
    end_screening(one, by=people.coordinator, subject=subject, reason="NOT_ELIGIBLE")
    with pytest.raises(Refused) as caught:
        capture(other, **weighed)
    assert caught.value.rule == "SCREENING-ENDED"
    leave(one, by=people.coordinator, subject=subject, way="WITHDRAW_DATA", decided_by="SUBJECT", reason="wish")
    with pytest.raises(Refused) as caught:
        capture(other, **weighed)
    assert caught.value.rule == "DATA-WITHDRAWN"


def test_after_a_transfer_by_one_program_the_old_site_enters_nothing_by_the_other(two, people):
    one, other, subject = two
    here = replace(people.coordinator, sites=frozenset({"01"}))
    transfer(one, by=people.coordinator, subject=subject, to_site="02")
    with pytest.raises(NotPermitted):
        capture(other, by=here, subject=subject, form="VITALS", items=WEIGHED)


def test_a_trial_that_one_program_locks_is_locked_for_the_other(two, people):
    one, other, subject = two
    randomize(one, by=people.investigator, subject=subject)
    lock(one, by=people.manager, reason="final analysis")
    with pytest.raises(Refused) as caught:
        capture(other, by=people.coordinator, subject=subject, form="VITALS", items=WEIGHED)
    assert caught.value.rule == "TRIAL-LOCKED"
    unlock(other, by=people.manager, reason="late report")
    assert capture(one, by=people.coordinator, subject=subject, form="VITALS", items=WEIGHED).record.version == 1


def test_two_programs_never_give_one_number_to_two_persons(two, people):
    keys = [screen(program, by=people.coordinator, site="01") for program in (*two[:2], *two[:2])]
    assert keys == ["01-002", "01-003", "01-004", "01-005"]


def test_nothing_comes_between_what_a_program_looks_at_and_what_it_writes(two, people):
    """While one decides, the other has to wait: it cannot lock the trial in between."""
    one, other, subject = two
    randomize(one, by=people.investigator, subject=subject)
    other.ledger.connection.execute("PRAGMA busy_timeout = 50")
    seen = []

    class Meanwhile(SetClock):
        def now(self):
            if not seen:
                seen.append(True)
                with pytest.raises(StorageError) as caught:
                    lock(other, by=people.manager, reason="final analysis")
                seen.append(caught.value.rule)
            return super().now()

    one.clock = Meanwhile(one.clock.time)
    capture(one, by=people.coordinator, subject=subject, form="VITALS", items=WEIGHED)
    assert seen == [True, "STORE-LOCKED"]


def test_a_slot_that_was_claimed_before_a_failure_stays_the_subject_s(two, people):
    one, other, subject = two

    class Broken:
        def open(self, claim):
            raise StorageError("the opener does not answer")

    one.opener, working = Broken(), one.opener
    with pytest.raises(StorageError):
        randomize(one, by=people.investigator, subject=subject)
    assert not other.subject(subject).randomized
    assert [claim.subject for claim in other.allocations.claims("main")] == [subject]
    one.opener = working
    assert randomize(one, by=people.investigator, subject=subject).number == 1
    assert randomize(other, by=people.investigator, subject=subject).number == 1
    assert len(one.allocations.claims("main")) == 1
