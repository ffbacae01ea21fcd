"""Comparing the list with what was given out, at close."""

from __future__ import annotations

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from equipoise.allocation.lists import generate
from equipoise.allocation.replay import Issued, replay
from equipoise.allocation.sealing import TEST, seal
from equipoise.allocation.specification import AllocationSpec

SPEC = AllocationSpec(scheme="main", ratio={"MSC": 1, "CONTROL": 1}, block_sizes=(4,), length=8, strata=("a", "b"))
MADE = generate(SPEC, 5)
GIVEN = [
    Issued(slot.stratum, slot.position, f"{slot.stratum}-{slot.position}", slot.arm)
    for slot in MADE.slots
    if slot.position <= 6
]
OTHER = {"MSC": "CONTROL", "CONTROL": "MSC"}


def changed(place, **changes):
    return [dataclasses.replace(slot, **changes) if i == place else slot for i, slot in enumerate(GIVEN)]


@pytest.mark.requirement(15)
def test_a_trial_that_followed_its_list_shows_no_difference():
    assert replay(MADE, GIVEN) == []
    assert replay(MADE, []) == []


@pytest.mark.requirement(15)
@pytest.mark.parametrize(
    ("issued", "codes"),
    [
        (changed(2, arm=OTHER[GIVEN[2].arm]), {"ARM"}),
        (GIVEN[:2] + GIVEN[3:], {"ORDER"}),
        ([GIVEN[1], GIVEN[0], *GIVEN[2:]], {"ORDER"}),
        (changed(3, subject=GIVEN[0].subject), {"SUBJECT"}),
        (changed(0, stratum="c"), {"STRATUM", "ORDER"}),
        ([*GIVEN, GIVEN[-1]], {"ORDER", "SUBJECT"}),
    ],
)
def test_every_difference_is_found(issued, codes):
    assert {difference.code for difference in replay(MADE, issued)} == codes


@pytest.mark.requirement(15)
def test_the_list_must_be_the_one_that_was_sealed_and_the_one_that_its_seed_gives():
    keys = {"opening": X25519PrivateKey.generate().public_key(), "signing": Ed25519PrivateKey.generate()}
    sealed = seal(MADE, trial="T", restricted="r", purpose=TEST, at="2026-01-01T00:00:00Z", **keys)
    assert replay(MADE, GIVEN, sealed) == []
    another = dataclasses.replace(MADE, seed=6)
    assert {difference.code for difference in replay(another, GIVEN, sealed)} == {"SEED", "COMMITMENT"}
