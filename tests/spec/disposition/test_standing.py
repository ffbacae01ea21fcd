"""Where a subject is, and how they can move. Source: data model (ways to leave, screening attempts); CONSORT 2025."""

import pytest

from equipoise.arrays import NEVER, UNKNOWN
from equipoise.state.disposition import TRANSITIONS, Standing, disposition, standing
from trial_records import (
    ZERO,
    adherent,
    basiliximab,
    death,
    index_protocol,
    leave,
    on,
    randomization,
    screening,
    subject_tables,
)

title = "Screened, consented, eligible, randomized, treated; four ways to leave; death"

SCREENED = [("SCREENING", {"SC_DATE": on(-5), "SC_ATTEMPT": "1"})]
CONSENTED = [*SCREENED, ("CONSENT", {"CO_DATE": on(-3)})]
ELIGIBLE = [*CONSENTED, ("ELIGIBILITY_VERDICT", {"EV_DATE": on(-1), "EV_VERDICT": "ELIGIBLE"})]
RANDOMIZED = [*ELIGIBLE, randomization()]
TREATED = [*RANDOMIZED, basiliximab(1)]
FAILED = [*CONSENTED, ("SCREENFAIL", {"SF_DATE": on(-2), "SF_REASON": "NOT_ELIGIBLE"})]


def where(forms, elapsed=30):
    return Standing(standing(subject_tables(forms), index_protocol(), ZERO + elapsed)[0])


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        (SCREENED, Standing.SCREENED),
        (CONSENTED, Standing.CONSENTED),
        ([*CONSENTED, ("ELIGIBILITY_VERDICT", {"EV_DATE": on(-1), "EV_VERDICT": "NOT_ELIGIBLE"})], Standing.CONSENTED),
        (ELIGIBLE, Standing.ELIGIBLE),
        (FAILED, Standing.SCREEN_FAILED),
        (RANDOMIZED, Standing.RANDOMIZED),
        (TREATED, Standing.TREATED),
        ([*TREATED, leave(10, "STOP_TREATMENT")], Standing.OFF_TREATMENT),
        ([*TREATED, leave(10, "STOP_TREATMENT"), leave(12, "STOP_VISITS")], Standing.OFF_VISITS),
        ([*TREATED, leave(10, "LOST_TO_FOLLOW_UP")], Standing.LOST),
        ([*TREATED, leave(10, "WITHDRAW_DATA")], Standing.DATA_WITHDRAWN),
        ([*TREATED, leave(10, "LOST_TO_FOLLOW_UP"), death(20)], Standing.DEAD),
    ],
)
def test_the_records_say_where_the_subject_is(forms, expected):
    assert where(forms) is expected


@pytest.mark.parametrize(
    ("elapsed", "expected"), [(9, Standing.TREATED), (10, Standing.OFF_TREATMENT), (20, Standing.DEAD)]
)
def test_it_is_asked_for_a_day(elapsed, expected):
    assert where([*TREATED, leave(10, "STOP_TREATMENT"), death(20)], elapsed) is expected


def test_a_subject_found_again_is_where_they_were_before():
    assert where([*TREATED, leave(10, "LOST_TO_FOLLOW_UP", XT_RETURN=on(25))]) is Standing.TREATED


@pytest.mark.requirement(83)
def test_a_second_screening_attempt_takes_the_failure_back():
    again = [*FAILED, ("SCREENING", {"SC_DATE": on(-1), "SC_ATTEMPT": "2"})]
    found = disposition(subject_tables(again), index_protocol())
    assert (found.attempts[0], found.failed[0], found.reason[0]) == (2, NEVER, -1)
    assert where(again) is Standing.CONSENTED


def test_the_reason_of_a_screening_failure_is_kept():
    found = disposition(subject_tables(FAILED), index_protocol())
    assert (found.failed[0] - ZERO, found.reason[0]) == (-2, 1)  # WITHDREW_CONSENT, NOT_ELIGIBLE, OTHER


def test_a_subject_who_died_on_an_unknown_day_is_dead():
    found = disposition(
        subject_tables([*TREATED, ("DEATH", {"DD_DATE": "2018-04", "DD_CAUSE": "OTHER"})]), index_protocol()
    )
    assert found.dead[0] == UNKNOWN
    assert where([*TREATED, ("DEATH", {"DD_DATE": "2018-04", "DD_CAUSE": "OTHER"})]) is Standing.DEAD


def test_every_standing_but_the_first_can_be_reached_and_the_last_cannot_be_left():
    assert set(TRANSITIONS.values()) == set(Standing)
    assert {before for before, _ in TRANSITIONS} == set(Standing) - {Standing.DATA_WITHDRAWN, Standing.DEAD}


@pytest.mark.parametrize(
    ("before", "move"),
    [
        (Standing.SCREENED, "randomize"),
        (Standing.CONSENTED, "randomize"),
        (Standing.SCREEN_FAILED, "randomize"),
        (Standing.RANDOMIZED, "randomize"),
        (Standing.RANDOMIZED, "end screening"),
        (Standing.OFF_VISITS, "stop visits"),
        (Standing.DEAD, "record death"),
    ],
)
def test_what_is_not_in_the_map_cannot_be_done(before, move):
    assert (before, move) not in TRANSITIONS


def test_only_an_eligible_subject_is_randomized():
    assert [before for before, move in TRANSITIONS if move == "randomize"] == [Standing.ELIGIBLE]


def test_screening_of_the_examples_is_complete():
    assert where(screening()) is Standing.CONSENTED
    assert where(adherent("MSC")) is Standing.TREATED
