"""Every single mutation of a log is found, and found where it is."""

from __future__ import annotations

from random import Random

import pytest

from equipoise.records.chain import chain_hash
from equipoise.records.record import CLINICAL, GENESIS, Head
from equipoise.records.verification import MISSING, REWRITTEN, header_of, verify
from tests.ledgers import TRIAL
from tests.torture.mutations import AT, MUTATIONS, changed, log

ROWS, HEADS = log()


def in_stream_order(rows):
    return sorted(rows, key=lambda row: str(row[AT["stream"]]))


@pytest.mark.requirement(28)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_a_thousand_single_mutations_are_found_where_they_are(mutation):
    """Eleven kinds, 91 of each. What is found is a handful of faults, also where every later record has moved."""
    assert verify(ROWS, trial=TRIAL, anchors=HEADS).in_order
    for seed in range(1 + 1000 // len(MUTATIONS)):
        rows = list(ROWS)
        touched = mutation(rows, Random(seed))
        result = verify(rows, trial=TRIAL, anchors=HEADS)
        named = {(fault.stream, place) for fault in result.faults for place in range(fault.position, fault.last + 1)}
        assert touched & named, f"seed {seed}: touched {touched}, found {[str(fault) for fault in result.faults]}"
        assert len(result.faults) <= 10, f"seed {seed}: {[str(fault) for fault in result.faults]}"


@pytest.mark.requirement(28)
def test_without_an_anchor_only_the_end_can_be_changed_unseen():
    last = {stream: head.position for stream, head in HEADS.items()}
    for mutation in MUTATIONS:
        for seed in range(91):
            rows = list(ROWS)
            touched = mutation(rows, Random(seed))
            if verify(rows, trial=TRIAL).in_order:
                assert mutation.__name__ in {"remove", "remove_and_close", "rewrite", "insert_forged"}
                assert all(position == last[stream] for stream, position in touched)


@pytest.mark.requirement(28)
def test_a_cut_off_tail_is_found_against_an_anchor():
    ends = {stream: head.position for stream, head in HEADS.items()}
    for keep in range(ends[CLINICAL]):
        rows = [row for row in ROWS if row[AT["stream"]] != CLINICAL or row[AT["position"]] <= keep]
        faults = [fault for fault in verify(rows, trial=TRIAL, anchors=HEADS).faults if fault.what == MISSING]
        assert [(fault.position, fault.last) for fault in faults] == [(keep + 1, ends[CLINICAL])]


@pytest.mark.requirement(29)
def test_a_chain_written_anew_from_any_place_is_found_against_an_anchor():
    clinical = [row for row in ROWS if row[AT["stream"]] == CLINICAL]
    for start in range(len(clinical)):
        rows, previous = clinical[:start], clinical[start - 1][AT["hash"]] if start else GENESIS
        for number, row in enumerate(clinical[start:]):
            forged = changed(row, previous=previous, author="nobody" if number == 0 else row[AT["author"]])
            previous = chain_hash(1, header_of(forged), forged[AT["commitment"]], previous)
            rows.append(changed(forged, hash=previous))
        assert verify(rows, trial=TRIAL).in_order
        faults = verify(rows, trial=TRIAL, anchors={CLINICAL: HEADS[CLINICAL]}).faults
        assert [(fault.position, fault.what) for fault in faults] == [(len(clinical), REWRITTEN)]


@pytest.mark.requirement(28)
def test_pairs_of_mutations_do_not_hide_each_other(full):
    for seed in range(1000 if full else 150):
        draw = Random(seed)
        rows = list(ROWS)
        for mutation in draw.sample(MUTATIONS, 2):
            mutation(rows, draw)
        if rows != ROWS:  # a record doubled, and its double removed
            assert not verify(in_stream_order(rows), trial=TRIAL, anchors=HEADS).in_order, f"seed {seed}"


def test_an_anchor_of_an_empty_chain_asks_for_nothing():
    assert verify([], trial=TRIAL, anchors={CLINICAL: Head(0, GENESIS)}).in_order
    faults = verify([], trial=TRIAL, anchors={CLINICAL: Head(3, "a" * 64)}).faults
    assert [str(fault) for fault in faults] == [
        "stream clinical, position 1 to 3: missing: the anchor names records that are not there"
    ]
