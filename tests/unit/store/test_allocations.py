"""Slots go out in list order, one to a subject, and never come back."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from equipoise.allocation.lists import ListOpener, generate
from equipoise.allocation.specification import AllocationSpec
from equipoise.conduct.ports import Claim
from equipoise.errors import AllocationError
from equipoise.store.allocations import DatabaseAllocations, MemoryAllocations
from tests.ledgers import START, Failure, at, ledger_at


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def slots(request, tmp_path):
    if request.param == "memory":
        made = MemoryAllocations()
        made.prepare("main", "low", 3)
        made.prepare("main", "high", 2)
        yield made
    else:
        server = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
        with closing(ledger_at(server.new_database() if server else tmp_path / "trial.sqlite3")) as ledger:
            made = DatabaseAllocations(ledger)
            made.prepare("main", "low", 3)
            made.prepare("main", "high", 2)
            yield made


@pytest.mark.requirement(1, 2)
def test_slots_go_out_in_order_within_each_stratum_and_a_repeat_gives_the_same(slots):
    first = slots.claim("main", "low", "01-001", START)
    assert [slots.claim("main", stratum, subject, START).position for stratum, subject in [
        ("low", "02-001"), ("high", "01-002"), ("low", "01-003"), ("high", "01-004"),
    ]] == [2, 1, 3, 2]  # fmt: skip
    again = slots.claim("main", "low", "01-001", at(60))
    assert again == first
    assert again.claim_id == first.claim_id
    assert slots.of_subject("main", "01-001") == first
    assert slots.of_subject("main", "09-001") is None
    assert [(claim.stratum, claim.position) for claim in slots.claims("main")] == [
        ("high", 1), ("high", 2), ("low", 1), ("low", 2), ("low", 3),
    ]  # fmt: skip
    assert slots.claims("other") == []


@pytest.mark.requirement(12)
def test_an_exhausted_stratum_refuses_and_the_others_go_on(slots):
    for number in (1, 2):
        slots.claim("main", "high", f"01-00{number}", START)
    with pytest.raises(AllocationError) as caught:
        slots.claim("main", "high", "01-003", START)
    assert str(caught.value) == (
        "scheme main, stratum high: the allocation list has no free slot left (2 of 2 used)\n"
        "  rule:   ALLOCATION-EXHAUSTED\n"
        "  remedy: ask the trial statistician to extend the list"
    )
    assert slots.claim("main", "low", "01-003", START).position == 1


@pytest.mark.requirement(11)
def test_a_subject_keeps_the_slot_of_the_first_stratum(slots):
    slots.claim("main", "high", "01-001", START)
    with pytest.raises(AllocationError, match="already holds a slot of another stratum"):
        slots.claim("main", "low", "01-001", START)
    assert len(slots.claims("main")) == 1


def test_a_stratum_without_a_list_and_a_list_of_another_length_are_refused(slots):
    with pytest.raises(AllocationError, match="there is no allocation list for it"):
        slots.claim("main", "middle", "01-001", START)
    with pytest.raises(AllocationError, match="the list has 4 slots, and 3 were declared before"):
        slots.prepare("main", "low", 4)
    with pytest.raises(AllocationError, match="a list of 0 slots"):
        slots.prepare("main", "new", 0)
    slots.prepare("main", "low", 3)


def test_a_claim_names_no_arm_and_its_id_depends_on_all_it_says():
    claim = Claim("main", "", 1, "01-001", START)
    others = [
        Claim("main", "", 2, "01-001", START),
        Claim("main", "", 1, "01-002", START),
        Claim("main", "", 1, "01-001", at(1)),
    ]
    assert set(claim.as_dict()) == {"scheme", "stratum", "position", "subject", "at"}
    assert len({claim.claim_id, *(other.claim_id for other in others)}) == 4


def test_an_opener_gives_the_arm_of_the_slot_and_never_for_another_subject():
    made = generate(
        AllocationSpec(scheme="main", ratio={"EXPERIMENTAL": 1, "CONTROL": 1}, block_sizes=(4,), length=8), 1
    )
    opener = ListOpener(made)
    claims = [Claim("main", "", position, f"01-00{position}", START) for position in range(1, 9)]
    assert [opener.open(claim) for claim in claims] == [slot.arm for slot in made.slots]
    assert opener.open(claims[0]) == made.slots[0].arm
    for wrong, fault in [
        (Claim("main", "", 1, "01-009", START), "opened for another subject"),
        (Claim("main", "", 9, "01-009", START), "the list has no such slot"),
        (Claim("other", "", 1, "01-001", START), "the list has no such slot"),
    ]:
        with pytest.raises(AllocationError, match=fault) as caught:
            opener.open(wrong)
        assert made.slots[0].arm not in str(caught.value)


@pytest.mark.requirement(2)
def test_a_claim_that_is_rolled_back_leaves_its_slot_for_the_next(place):
    with closing(ledger_at(place)) as ledger:
        slots = DatabaseAllocations(ledger)
        slots.prepare("main", "", 9)
        slots.claim("main", "", "01-001", START)
        with pytest.raises(Failure), ledger.unit_of_work():
            assert slots.claim("main", "", "01-002", START).position == 2
            raise Failure
        assert slots.claim("main", "", "01-003", START).position == 2


@pytest.mark.requirement(1)
def test_fifty_simultaneous_requests_for_one_subject_give_one_row_and_fifty_equal_answers(place):
    with closing(ledger_at(place)) as ledger:
        DatabaseAllocations(ledger).prepare("main", "", 200)
    ready, answers, errors = threading.Barrier(50), [], []

    def ask(number):
        try:
            with closing(ledger_at(place, create=False)) as own:
                slots = DatabaseAllocations(own)
                ready.wait(30)
                answers.append(slots.claim("main", "", "01-001", at(number)))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(answers) == 50
    assert len(set(answers)) == 1
    with closing(ledger_at(place, create=False)) as ledger:
        assert DatabaseAllocations(ledger).claims("main") == answers[:1]
