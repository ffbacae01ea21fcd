"""Specifications and list files: what is refused, all faults at once."""

from __future__ import annotations

import json
import stat

import pytest

from equipoise.allocation.lists import AllocationList, Slot, check_list, generate, read_list, write_list
from equipoise.allocation.specification import AllocationSpec
from equipoise.errors import AllocationError, TrialErrors

GOOD = {"scheme": "main", "ratio": {"A": 2, "B": 1}, "block_sizes": (3, 6), "length": 15, "strata": ("high", "low")}
MADE = generate(AllocationSpec(**GOOD), 2014)


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"method": "coin"}, ["method coin, algorithm 1 is not known"]),
        ({"algorithm": 2}, ["method permuted_blocks, algorithm 2 is not known"]),
        ({"ratio": {"A": 1}}, ["the ratio needs two arms or more, each with a share of 1 or more"]),
        ({"ratio": {"A": 1, "B": 0}}, ["the ratio needs two arms or more, each with a share of 1 or more"]),
        ({"block_sizes": (4,)}, ["block sizes 4 with a ratio that adds up to 3"]),
        ({"block_sizes": ()}, ["block sizes none with a ratio that adds up to 3"]),
        ({"block_sizes": (3, 3)}, ["a block size stands there twice"]),
        ({"strata": ()}, ["strata are missing or repeated"]),
        ({"strata": ("a", "a"), "length": 0}, ["strata are missing or repeated", "a list of 0 slots"]),
    ],
)
def test_a_specification_that_cannot_be_right_is_refused_with_every_fault(change, faults):
    with pytest.raises(TrialErrors) as caught:
        AllocationSpec(**(GOOD | change))
    assert [fault.fault for fault in caught.value.faults] == faults


@pytest.mark.parametrize("seed", [-1, 2**256])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(AllocationError, match=r"not a whole number from 0 to 2\^256 - 1"):
        generate(AllocationSpec(**GOOD), seed)
    assert generate(AllocationSpec(**GOOD), 2**256 - 1).slots


def test_the_last_block_is_cut_to_the_length_of_the_list():
    made = generate(AllocationSpec(**(GOOD | {"block_sizes": (6,), "length": 8})), 1)
    blocks = [slot.block for slot in made.slots if slot.stratum == "low"]
    assert blocks == [1] * 6 + [2] * 2


def test_a_list_file_gives_back_the_list_and_is_for_its_owner_only(tmp_path):
    path = tmp_path / "list.json"
    write_list(path, MADE)
    assert read_list(path) == MADE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = json.loads(path.read_text())
    assert int(content["seed"], 16) == 2014
    assert content["specification"]["algorithm"] == 1
    assert content["slots"][0] == ["high", 1, 1, MADE.slots[0].arm]


@pytest.mark.requirement(5)
def test_a_list_is_written_byte_for_byte_the_same_and_never_over_another(tmp_path):
    for name in ("one.json", "two.json"):
        write_list(tmp_path / name, generate(AllocationSpec(**GOOD), 2014))
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    with pytest.raises(AllocationError, match="never written over another"):
        write_list(tmp_path / "one.json", generate(AllocationSpec(**GOOD), 2015))
    assert read_list(tmp_path / "one.json") == MADE


def sorted_as_text(slots):
    return sorted(slots, key=lambda slot: (slot.stratum, str(slot.position)))


def renumbered(slots):
    return [Slot(slot.stratum, number % 15 + 1, slot.block, slot.arm) for number, slot in enumerate(slots)]


def with_arm(slot, arm):
    return Slot(slot.stratum, slot.position, slot.block, arm)


SWAP = {"A": "B", "B": "A"}
MUTATIONS = {
    "rows sorted as text": (sorted_as_text, "ALLOCATION-ORDER"),
    "a row dropped": (lambda slots: slots[:4] + slots[5:], "ALLOCATION-ORDER"),
    "a row doubled": (lambda slots: slots[:4] + slots[3:], "ALLOCATION-ORDER"),
    "two rows swapped": (lambda slots: [*slots[:3], slots[4], slots[3], *slots[5:]], "ALLOCATION-ORDER"),
    "strata mislabelled": (
        lambda slots: [Slot("middle", slot.position, slot.block, slot.arm) for slot in slots], "ALLOCATION-STRATA",
    ),
    "arms swapped": (lambda slots: [with_arm(slot, SWAP[slot.arm]) for slot in slots], "ALLOCATION-BLOCK"),
    "an arm that is not there": (lambda slots: [with_arm(slots[0], "C"), *slots[1:]], "ALLOCATION-BLOCK"),
    "a block out of order": (
        lambda slots: [Slot(slots[0].stratum, 1, 9, slots[0].arm), *slots[1:]], "ALLOCATION-BLOCK",
    ),
    "another list of the same ratio": (
        lambda slots: list(generate(AllocationSpec(**GOOD), 2015).slots), "ALLOCATION-SEED",
    ),
}  # fmt: skip


@pytest.mark.requirement(7)
@pytest.mark.parametrize("name", MUTATIONS)
def test_a_list_that_was_touched_is_refused(name):
    mutate, rule = MUTATIONS[name]
    touched = AllocationList(MADE.spec, tuple(mutate(list(MADE.slots))), MADE.seed)
    with pytest.raises(TrialErrors) as caught:
        check_list(touched, "list.json")
    assert rule in {fault.rule for fault in caught.value.faults}


@pytest.mark.requirement(7)
def test_a_list_whose_hash_differs_is_refused(tmp_path):
    path = tmp_path / "list.json"
    write_list(path, AllocationList(MADE.spec, MADE.slots))
    assert read_list(path).seed is None
    content = json.loads(path.read_text())
    # Two slots of one block change places with their positions: order, count and ratio are still in order.
    slots = content["slots"]
    first = next(at for at in range(14) if slots[at][2] == slots[at + 1][2] and slots[at][3] != slots[at + 1][3])
    slots[first][3], slots[first + 1][3] = slots[first + 1][3], slots[first][3]
    path.write_text(json.dumps(content))
    with pytest.raises(AllocationError, match="does not give the hash that its file names"):
        read_list(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"equipoise_allocation_list": 2}'])
def test_a_file_that_is_not_a_list_is_refused(tmp_path, text):
    (tmp_path / "list.json").write_text(text)
    with pytest.raises(AllocationError, match="this is not an allocation list"):
        read_list(tmp_path / "list.json")
