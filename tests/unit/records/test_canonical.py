"""Canonical text and hashes: one spelling, worked out by hand."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest

from equipoise.errors import RecordError
from equipoise.records.canonical import (
    canonical_header,
    canonical_instant,
    canonical_json,
    canonical_value,
    canonicalize,
    read_instant,
)
from equipoise.records.chain import chain_hash, commitment, commitment_of_leaves, leaf
from equipoise.records.ledger_rules import seal
from equipoise.records.record import GENESIS, NO_ITEMS, Head
from equipoise.store.entropy import SeededEntropy
from tests.ledgers import TRIAL, entry


def test_decimals_stay_the_text_that_was_entered():
    _, texts = canonicalize({"GV_BSA": "12.50", "GV_AGE": "007"})
    assert texts == [("GV_AGE", '"007"'), ("GV_BSA", '"12.50"')]


def test_a_mapping_with_only_a_value_is_the_plain_text():
    assert canonical_value("A", {"v": "12"}) == "12"
    assert canonicalize({"A": {"v": "12"}}) == canonicalize({"A": "12"})


def test_keys_of_a_value_are_in_order_without_spaces():
    _, texts = canonicalize({"A": {"v": "1", "u": "umol/L", "q": "<"}})
    assert texts == [("A", '{"q":"<","u":"umol/L","v":"1"}')]


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"v": "1", "x": "2"}, "has a key other than v, u, q, m"),
        ({"v": 1}, "has a part that is not text"),
        ({"m": "UNK", "v": "1"}, "a missing code stands beside a value"),
        ({"m": "{NOPE}"}, "missing code '{NOPE}' is not one of UNK, ND, NA"),
        ({"u": "kg"}, "has neither a value nor a missing code"),
        ({"v": "1", "q": "<="}, "qualifier '<=' is not one of <, >"),
        (12, "int is not text"),
        (None, "NoneType is not text"),
    ],
)
def test_a_value_of_another_shape_is_refused_by_name(value, fault):
    with pytest.raises(RecordError) as caught:
        canonicalize({"A": value})
    assert caught.value.fault == f"item A: {fault}"


@pytest.mark.parametrize("item", ["", "A\0B", "A\nB"])
def test_an_item_id_without_printable_text_is_refused(item):
    with pytest.raises(RecordError, match="cannot be an item id"):
        canonicalize({item: "1"})


def test_instants_are_utc_with_six_decimals():
    instant = datetime(2018, 3, 4, 10, 15, tzinfo=UTC)
    assert canonical_instant(instant) == "2018-03-04T10:15:00.000000Z"
    assert canonical_instant(instant.replace(microsecond=7)) == "2018-03-04T10:15:00.000007Z"
    assert read_instant("2018-03-04T10:15:00.000007Z") == instant.replace(microsecond=7)


@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=8))])
def test_a_server_time_outside_utc_is_refused(zone):
    with pytest.raises(RecordError, match="is not in UTC"):
        canonical_instant(datetime(2018, 3, 4, tzinfo=zone))


def test_the_header_is_canonical_json_of_its_fields():
    names = canonical_header.__code__.co_varnames[: canonical_header.__code__.co_argcount]
    fields = {name: f'{name} "é"\n' for name in names} | {"position": 3, "repeat": 1, "version": 2}
    assert canonical_header(**fields) == canonical_json(fields)


def test_commitment_and_chain_by_hand():
    salts = bytes(range(32))
    first = hashlib.sha256(salts[:16] + b'A\x00"1"').digest()
    second = hashlib.sha256(salts[16:] + 'é\x00{"m":"UNK"}'.encode()).digest()
    root = hashlib.sha256(b"\x00" + b"A\x00" + first + "é\x00".encode() + second).hexdigest()
    assert leaf(salts[:16], "A", '"1"') == first
    assert commitment([("A", '"1"'), ("é", '{"m":"UNK"}')], salts) == root
    assert commitment_of_leaves({"é": second, "A": first}) == root
    expected = hashlib.sha256(f"1\n{{}}\n{root}\n{GENESIS}".encode()).hexdigest()
    assert chain_hash(1, "{}", root, GENESIS) == expected


def test_a_payload_without_items_has_the_commitment_of_nothing():
    assert commitment([], b"") == hashlib.sha256(b"\x00").hexdigest() == NO_ITEMS


def test_the_same_value_under_another_salt_has_another_commitment():
    sealed = [
        seal(entry({"A": "Y"}), trial=TRIAL, head=Head(0, GENESIS), entropy=SeededEntropy(seed)) for seed in (1, 2)
    ]
    assert sealed[0].record.commitment != sealed[1].record.commitment


def test_text_that_no_file_can_hold_is_refused():
    with pytest.raises(RecordError, match="characters that cannot be stored"):
        seal(entry({"A": "\ud800"}), trial=TRIAL, head=Head(0, GENESIS), entropy=SeededEntropy(1))
    with pytest.raises(RecordError, match="characters that cannot be stored"):
        seal(entry(author="\ud800"), trial=TRIAL, head=Head(0, GENESIS), entropy=SeededEntropy(1))
