"""Sealed lists: what they hide, what binds them, and every mutation that loading refuses."""

from __future__ import annotations

import dataclasses
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from equipoise.allocation.lists import AllocationList, generate
from equipoise.allocation.sealing import (
    LIVE,
    TEST,
    Expected,
    check_sealed,
    digest,
    open_slot,
    read_sealed,
    seal,
    write_sealed,
)
from equipoise.allocation.specification import AllocationSpec
from equipoise.errors import AllocationError, TrialErrors

OPENING = X25519PrivateKey.generate()
SIGNING = Ed25519PrivateKey.generate()
SPEC = AllocationSpec(
    scheme="main", ratio={"MSC": 1, "CONTROL": 1}, block_sizes=(4,), length=12, strata=("grade=2", "grade=3")
)
SEED = int("f3" * 32, 16)
WANTED = Expected(
    trial="T-1",
    scheme="main",
    purpose=LIVE,
    ratio={"MSC": 1, "CONTROL": 1},
    strata=("grade=2", "grade=3"),
    planned=12,
    restricted="sha256:aa",
)


def sealed_list(made=None, purpose=LIVE, **changes):
    said = {"trial": "T-1", "restricted": "sha256:aa", "at": "2026-01-01T00:00:00.000000Z"} | changes
    made = made or generate(SPEC, SEED)
    return seal(made, purpose=purpose, opening=OPENING.public_key(), signing=SIGNING, **said)


def with_manifest(sealed, **changes):
    """The list with another manifest, signed again by its maker."""
    manifest = dataclasses.replace(sealed.manifest, **changes)
    return dataclasses.replace(sealed, manifest=manifest, signature=SIGNING.sign(manifest.text.encode()).hex())


def rules_of(sealed, wanted=WANTED, maker=SIGNING):
    """The rules by which a list is refused; none if it is taken."""
    try:
        check_sealed(sealed, wanted, maker.public_key(), "list")
    except TrialErrors as refused:
        return {fault.rule for fault in refused.faults}
    return set()


@pytest.mark.requirement(8)
def test_every_slot_opens_with_the_key_to_the_arm_of_the_list():
    made = generate(SPEC, SEED)
    sealed = sealed_list(made)
    assert [open_slot(slot, sealed.manifest, OPENING) for slot in sealed.slots] == [slot.arm for slot in made.slots]


@pytest.mark.requirement(8)
def test_no_slot_opens_with_another_key():
    sealed = sealed_list()
    with pytest.raises(AllocationError, match="does not open with this key"):
        open_slot(sealed.slots[0], sealed.manifest, X25519PrivateKey.generate())


@pytest.mark.requirement(8)
def test_sealed_slots_of_one_arm_are_as_long_as_those_of_the_other_and_never_alike():
    sealed = sealed_list()
    assert {len(slot.sealed) for slot in sealed.slots} == {2 * (32 + 64 + 16)}
    assert len({slot.sealed for slot in sealed.slots}) == len(sealed.slots)


@pytest.mark.requirement(8)
def test_the_file_names_no_arm_outside_the_ratio_and_no_block_size(tmp_path):
    write_sealed(tmp_path / "sealed.json", sealed_list())
    content = json.loads((tmp_path / "sealed.json").read_text())
    del content["manifest"]["ratio"]
    text = json.dumps(content)
    assert "MSC" not in text
    assert "CONTROL" not in text
    assert "block_sizes" not in text


def test_a_slot_that_was_moved_does_not_open():
    sealed = sealed_list()
    moved = dataclasses.replace(sealed.slots[0], position=2)
    with pytest.raises(AllocationError, match="does not open"):
        open_slot(moved, sealed.manifest, OPENING)


@pytest.mark.requirement(7)
def test_a_list_that_is_in_order_is_taken_and_survives_its_file(tmp_path):
    sealed = sealed_list()
    assert rules_of(sealed) == set()
    write_sealed(tmp_path / "sealed.json", sealed)
    assert read_sealed(tmp_path / "sealed.json") == sealed
    with pytest.raises(AllocationError, match="never written over"):
        write_sealed(tmp_path / "sealed.json", sealed)


def sorted_as_text(slots):
    return tuple(sorted(slots, key=lambda slot: (slot.stratum, str(slot.position))))


def relabelled(slots):
    names = {"grade=2": "grade=3", "grade=3": "grade=2"}
    return tuple(dataclasses.replace(slot, stratum=names[slot.stratum]) for slot in slots)


SLOT_MUTATIONS = {
    "rows sorted as text (1, 10, 2)": (sorted_as_text, "ALLOCATION-ORDER"),
    "a row dropped": (lambda slots: slots[:5] + slots[6:], "ALLOCATION-COUNT"),
    "a row doubled": (lambda slots: (slots[0], *slots), "ALLOCATION-COUNT"),
    "two rows swapped": (lambda slots: (slots[1], slots[0], *slots[2:]), "ALLOCATION-ORDER"),
    "two rows swapped with their positions put right": (
        lambda slots: (
            dataclasses.replace(slots[1], position=1),
            dataclasses.replace(slots[0], position=2),
            *slots[2:],
        ),
        "ALLOCATION-HASH",
    ),
    "strata mislabelled": (relabelled, "ALLOCATION-HASH"),
    "a stratum that is not there": (
        lambda slots: (*slots, dataclasses.replace(slots[0], stratum="grade=4")),
        "ALLOCATION-STRATA",
    ),
    "one digit of one sealed slot": (
        lambda slots: (dataclasses.replace(slots[0], sealed=f"{int(slots[0].sealed, 16) ^ 1:x}"), *slots[1:]),
        "ALLOCATION-HASH",
    ),
}


@pytest.mark.requirement(7)
@pytest.mark.parametrize("name", SLOT_MUTATIONS)
def test_altered_slots_are_refused(name):
    change, rule = SLOT_MUTATIONS[name]
    sealed = sealed_list()
    assert rule in rules_of(dataclasses.replace(sealed, slots=change(sealed.slots)))


MANIFEST_MUTATIONS = {
    "arms swapped": ({"ratio": (("CONTROL", 1), ("MSC", 1))}, "ALLOCATION-RATIO"),
    "ratio off": ({"ratio": (("MSC", 2), ("CONTROL", 1))}, "ALLOCATION-RATIO"),
    "block sizes of another file": ({"restricted": "sha256:bb"}, "ALLOCATION-BLOCK"),
    "a list of another trial": ({"trial": "T-2"}, "ALLOCATION-TRIAL"),
    "a list of another scheme": ({"scheme": "second"}, "ALLOCATION-SCHEME"),
    "a test list loaded as live": ({"purpose": TEST}, "ALLOCATION-PURPOSE"),
    "strata of another trial": ({"strata": ("grade=2",)}, "ALLOCATION-STRATA"),
    "another number of slots": ({"length": 8}, "ALLOCATION-COUNT"),
}


@pytest.mark.requirement(7)
@pytest.mark.parametrize("name", MANIFEST_MUTATIONS)
def test_a_manifest_that_is_not_what_the_trial_demands_is_refused_although_its_maker_signed_it(name):
    changes, rule = MANIFEST_MUTATIONS[name]
    assert rule in rules_of(with_manifest(sealed_list(), **changes))


@pytest.mark.requirement(7)
@pytest.mark.parametrize("name", MANIFEST_MUTATIONS)
def test_a_manifest_altered_after_it_was_signed_is_refused(name):
    changes, _ = MANIFEST_MUTATIONS[name]
    sealed = sealed_list()
    altered = dataclasses.replace(sealed, manifest=dataclasses.replace(sealed.manifest, **changes))
    assert "ALLOCATION-SIGNATURE" in rules_of(altered)


@pytest.mark.requirement(7)
def test_a_list_that_another_signed_is_refused():
    assert rules_of(sealed_list(), maker=Ed25519PrivateKey.generate()) == {"ALLOCATION-SIGNATURE"}


@pytest.mark.requirement(7)
def test_a_list_shorter_than_the_subjects_planned_is_refused():
    single = AllocationSpec(scheme="main", ratio={"MSC": 1, "CONTROL": 1}, block_sizes=(4,), length=12, strata=("",))
    sealed = sealed_list(generate(single, SEED))
    wanted = dataclasses.replace(WANTED, strata=("",), planned=13)
    assert rules_of(sealed, wanted) == {"ALLOCATION-COUNT"}
    assert rules_of(sealed, dataclasses.replace(wanted, planned=12)) == set()


@pytest.mark.requirement(7)
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda slots: (slots[1], slots[0], *slots[2:]), "positions are not"),
        (lambda slots: slots[1:], "positions are not"),
        (
            lambda slots: tuple(
                dataclasses.replace(slot, arm={"MSC": "CONTROL", "CONTROL": "MSC"}[slot.arm]) for slot in slots
            ),
            "the recorded seed gives another list",
        ),
        (lambda slots: (dataclasses.replace(slots[0], arm="MSC2"), *slots[1:]), "do not meet the ratio"),
    ],
)
def test_a_list_altered_before_it_is_sealed_is_not_sealed(change, fault):
    made = generate(SPEC, SEED)
    with pytest.raises(TrialErrors, match=fault):
        sealed_list(AllocationList(made.spec, tuple(change(made.slots)), made.seed))


def test_a_small_seed_is_refused_for_a_live_list_and_taken_for_a_test_list():
    made = generate(SPEC, 2014)
    with pytest.raises(AllocationError, match="seed is small"):
        sealed_list(made)
    assert sealed_list(made, purpose=TEST).manifest.purpose == TEST


def test_a_list_without_its_seed_is_not_sealed():
    with pytest.raises(AllocationError, match="does not hold its seed"):
        sealed_list(AllocationList(SPEC, generate(SPEC, SEED).slots))


def test_two_lists_of_one_seed_have_the_same_mark_and_their_sealed_slots_differ():
    one, two = sealed_list(), sealed_list(trial="T-9")
    assert one.manifest.seed_mark == two.manifest.seed_mark
    assert digest(one.slots) != digest(two.slots)
    assert sealed_list(generate(SPEC, SEED - 1)).manifest.seed_mark != one.manifest.seed_mark


def test_an_arm_that_is_too_long_is_told():
    spec = dataclasses.replace(SPEC, ratio={"M" * 65: 1, "CONTROL": 1})
    with pytest.raises(AllocationError, match="longer than 64 bytes"):
        sealed_list(generate(spec, SEED))


def test_a_file_that_is_not_a_sealed_list_is_told(tmp_path):
    path = tmp_path / "sealed.json"
    for content in ("", "[]", '{"equipoise_sealed_list": 1}', '{"equipoise_sealed_list": 9}', "\x00"):
        path.write_text(content)
        with pytest.raises(AllocationError, match="not a sealed list"):
            read_sealed(path)
