"""The two cuts of an analysis."""

from __future__ import annotations

from equipoise.days import parse_day
from equipoise.records.cuts import Cut, apply, current_at, known_at, within
from equipoise.records.record import TREATMENT
from tests.ledgers import at, entry, memory

CUTOFF = parse_day("2020-06-30")


def dated(date, **others):
    return memory().append(entry({} if date is None else {"GV_DATE": date}, **others))


def test_a_form_counts_when_it_happened_on_or_before_the_cutoff():
    assert within(dated("2020-06-30"), "GV_DATE", CUTOFF)
    assert not within(dated("2020-07-01"), "GV_DATE", CUTOFF)


def test_a_partly_dated_form_counts_unless_even_its_first_day_is_later():
    assert within(dated("2020-06"), "GV_DATE", CUTOFF)
    assert within(dated("2020"), "GV_DATE", CUTOFF)
    assert not within(dated("2020-07"), "GV_DATE", CUTOFF)


def test_a_form_without_a_date_counts():
    assert within(dated(None), "GV_DATE", CUTOFF)
    assert within(dated({"m": "UNK"}), "GV_DATE", CUTOFF)
    assert within(dated("soon"), "GV_DATE", CUTOFF)
    assert within(dated("2021-01-01"), "", CUTOFF)
    assert within(dated("2021-01-01"), "GV_DATE", None)


def test_what_was_known_at_an_instant_is_the_version_of_that_instant():
    ledger = memory()
    ledger.append(entry({"GV_BSA": "10"}, at=at(0)))
    ledger.append(entry({"GV_BSA": "20"}, at=at(10), expects=1, reason="misread"))
    seen = [current_at(ledger.read(), at(minute))[0].payload["GV_BSA"] for minute in (0, 9, 10)]
    assert seen == ["10", "10", "20"]
    assert current_at(ledger.read(), at(-1)) == []


def test_a_record_counts_from_the_latest_time_before_it_in_its_chain():
    """A clock set back by two minutes cannot slip a record into a state that was already read."""
    ledger = memory()
    ledger.append(entry(at=at(10)))
    ledger.append(entry(at=at(8), repeat=2))
    ledger.append(entry(at=at(8), form="MSC", stream=TREATMENT))
    assert [record.id for record in known_at(ledger.read(), at(9))] == ["treatment:1"]
    assert [record.id for record in known_at(ledger.read(), at(10))] == ["clinical:1", "clinical:2", "treatment:1"]


def test_both_cuts_apply_together():
    ledger = memory()
    ledger.append(entry({"GV_DATE": "2020-07-01"}, at=at(0)))
    ledger.append(entry({"GV_DATE": "2020-06-30"}, at=at(5), expects=1, reason="wrong day"))
    dates = {"AGVHD": "GV_DATE"}
    assert apply(ledger.read(), Cut(at(4), CUTOFF), dates) == []
    assert [record.version for record in apply(ledger.read(), Cut(at(5), CUTOFF), dates)] == [2]
    assert [record.version for record in apply(ledger.read(), Cut(at(4), None), dates)] == [1]
