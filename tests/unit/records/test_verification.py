"""What `verify` says of single faults, word for word."""

from __future__ import annotations

import pytest

from equipoise.errors import TrialErrors
from equipoise.records.record import GENESIS
from equipoise.records.rows import row_of
from equipoise.records.verification import verify
from tests.ledgers import TRIAL, entry, memory, redaction
from tests.torture.mutations import changed, rehashed


@pytest.fixture
def rows():
    ledger = memory()
    for repeat in range(1, 6):
        ledger.append(entry({"A": str(repeat), "B": "Y"}, repeat=repeat))
    return [row_of(stored) for stored in ledger.stored()]


def faults(rows, **others):
    return [str(fault) for fault in verify(rows, trial=TRIAL, **others).faults]


PLACE = "subject 01-001, form AGVHD, version 1"


@pytest.mark.requirement(28)
def test_a_changed_header_is_named_once(rows):
    rows[2] = changed(rows[2], author="nobody")
    assert faults(rows) == [
        f"stream clinical, position 3: changed: {PLACE} does not give the hash that the record carries"
    ]


@pytest.mark.requirement(28)
def test_a_changed_value_is_named_at_its_record(rows):
    rows[2] = changed(rows[2], body='{"A":"9","B":"Y"}')
    assert faults(rows) == [
        f"stream clinical, position 3: values changed: the values of {PLACE} do not open the commitment of the record"
    ]


@pytest.mark.requirement(28)
def test_removed_records_are_named_as_a_run(rows):
    assert faults([rows[0], *rows[3:]]) == ["stream clinical, position 2 to 3: missing: no record is there"]
    assert faults(rows[1:]) == ["stream clinical, position 1: missing: no record is there"]


@pytest.mark.requirement(28)
def test_swapped_records_are_named_with_where_they_belong(rows):
    rows[1], rows[3] = changed(rows[3], position=2), changed(rows[1], position=4)
    assert faults(rows) == [
        "stream clinical, position 2: moved: written +2 places from where it stands",
        "stream clinical, position 4: moved: written -2 places from where it stands",
    ]


@pytest.mark.requirement(28)
def test_a_record_made_anew_is_named_by_the_link_of_the_next(rows):
    rows[2] = rehashed(changed(rows[2], author="nobody"))
    assert faults(rows) == [
        "stream clinical, position 3: rewritten: this is not the record that the next one was chained to"
    ]


@pytest.mark.requirement(28)
def test_a_first_record_that_follows_another_is_named(rows):
    rows = [rehashed(changed(rows[0], previous="a" * 64))]
    assert faults(rows) == ["stream clinical, position 1: rewritten: the first record of a chain follows another one"]
    assert rows[0][21] != GENESIS


@pytest.mark.requirement(28)
def test_a_position_that_is_no_number_is_named(rows):
    rows[2] = changed(rows[2], position="3")
    assert faults(rows) == [
        "stream clinical, position 3: changed: the position '3' is not a whole number",
        "stream clinical, position 3: missing: no record is there",
    ]


def test_a_record_of_another_trial_is_named(rows):
    assert faults([changed(row, trial="OTHER") for row in rows[:1]]) == [
        f"stream clinical, position 1: changed: {PLACE} does not give the hash that the record carries"
    ]
    other = [rehashed(changed(rows[0], trial="OTHER"))]
    assert len(faults(other)) == 1
    assert verify(other).in_order


def test_a_version_that_is_out_of_order_is_named(rows):
    wrong = rehashed(changed(rows[4], version=3))
    assert faults([*rows[:4], wrong]) == [
        "stream clinical, position 5: version out of order: subject 01-001, form AGVHD, version 3 has version 3 "
        "after version 0"
    ]


@pytest.mark.requirement(32)
def test_values_removed_without_a_redaction_record_are_named():
    ledger = memory()
    ledger.append(entry({"A": "1", "B": "2"}))
    ledger.redact(entry().key, 1, ["A"], redaction())
    rows = [row_of(stored) for stored in ledger.stored()]
    assert faults(rows) == []
    assert faults(rows[:1]) == ["stream clinical, position 1: values removed: no redaction record covers A"]
    assert faults([changed(rows[0], leaves="no json"), rows[1]])[0].startswith("stream clinical, position 1: values")


def test_an_empty_log_is_in_order():
    result = verify([])
    result.raise_any()
    assert (result.in_order, result.records, result.heads) == (True, 0, {})


def test_a_log_that_is_not_in_order_stops_whoever_asks(rows):
    with pytest.raises(TrialErrors) as caught:
        verify([rows[0], rows[2], rows[4]]).raise_any()
    assert [fault.fault for fault in caught.value.faults] == [
        "stream clinical, position 2: missing: no record is there",
        "stream clinical, position 4: missing: no record is there",
    ]
    assert caught.value.exit_code == 16
