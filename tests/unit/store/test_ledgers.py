"""The rules that both ledgers keep."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest

from equipoise import __version__
from equipoise.errors import LedgerError, RecordError, VersionConflict
from equipoise.records.record import CLINICAL, STREAMS, SUBJECT, TREATMENT, Key
from equipoise.store.entropy import SeededEntropy, SystemEntropy
from equipoise.store.memory import MemoryLedger
from tests.ledgers import START, TRIAL, Failure, at, entry, ledger_at, memory, redaction


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def ledger(request, tmp_path):
    if request.param == "memory":
        yield memory()
        return
    server = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    with closing(ledger_at(server.new_database() if server else tmp_path / "trial.sqlite3")) as made:
        yield made


KEY = entry().key
CHANGE = {"expects": 1, "reason": "misread"}


@pytest.mark.requirement(24)
def test_a_record_says_who_what_when_why_from_where_and_by_which_versions(ledger):
    record = ledger.append(entry({"GV_BSA": "12.50"}, clinical_time="2016-03-01"))
    assert (record.author, record.role, record.site, record.via) == ("wang", "COORDINATOR", "01", "test")
    assert (record.at, record.clinical_time) == (START, "2016-03-01")
    assert (record.protocol_version, record.form_hash, record.software) == ("1.0", "f" * 64, __version__)
    assert (record.stream, record.position, record.version, record.trial) == (CLINICAL, 1, 1, TRIAL)
    assert record.payload == {"GV_BSA": "12.50"}
    assert record.id == "clinical:1"
    assert str(record.key) == "subject 01-001, visit D1, form AGVHD"


@pytest.mark.requirement(24)
def test_a_change_keeps_the_old_value(ledger):
    ledger.append(entry({"GV_BSA": "10"}))
    ledger.append(entry({"GV_BSA": "20"}, **CHANGE))
    assert [(record.version, record.payload["GV_BSA"]) for record in ledger.history(KEY)] == [(1, "10"), (2, "20")]
    assert ledger.current(KEY).version == 2


@pytest.mark.requirement(25)
@pytest.mark.parametrize("reason", ["", "  "])
def test_a_change_without_a_reason_is_refused_and_a_first_entry_needs_none(ledger, reason):
    ledger.append(entry(reason=""))
    with pytest.raises(RecordError) as caught:
        ledger.append(entry(expects=1, reason=reason))
    assert str(caught.value) == (
        "subject 01-001, visit D1, form AGVHD: a saved value changes without a reason\n"
        "  rule:   LEDGER-REASON\n"
        "  remedy: say why the value changes"
    )
    assert len(ledger.history(KEY)) == 1


@pytest.mark.requirement(33)
def test_the_second_saver_of_a_version_gets_a_conflict(ledger):
    ledger.append(entry())
    ledger.append(entry({"GV_BSA": "1"}, **CHANGE))
    before = ledger.heads()
    with pytest.raises(VersionConflict, match="version 2 is there, and the writer saw version 1"):
        ledger.append(entry({"GV_BSA": "2"}, **CHANGE))
    with pytest.raises(VersionConflict, match="version 2 is there, and the writer saw no version"):
        ledger.append(entry())
    with pytest.raises(VersionConflict, match="no version is there, and the writer saw version 3"):
        ledger.append(entry(repeat=9, expects=3, reason="x"))
    assert ledger.heads() == before
    assert ledger.current(KEY).payload == {"GV_BSA": "1"}


def test_a_withdrawn_form_stays_as_its_last_version(ledger):
    ledger.append(entry())
    record = ledger.append(entry({}, **CHANGE))
    assert record.voided
    assert ledger.current(KEY).voided
    assert ledger.of_unit(SUBJECT, "01-001") == [record]
    again = ledger.append(entry(expects=2, reason="withdrawn by mistake"))
    assert (again.version, again.voided) == (3, False)


def test_an_event_without_items_is_not_a_withdrawal(ledger):
    assert not ledger.append(entry({})).voided


@pytest.mark.parametrize(
    ("others", "rule"),
    [
        ({"stream": "clinic"}, "LEDGER-STREAM"),
        ({"unit_type": "patient"}, "LEDGER-UNIT"),
        ({"subject": ""}, "LEDGER-KEY"),
        ({"form": ""}, "LEDGER-KEY"),
        ({"repeat": 0}, "LEDGER-KEY"),
        ({"author": ""}, "LEDGER-AUTHOR"),
        ({"role": ""}, "LEDGER-AUTHOR"),
        ({"form": "ARM"}, "LEDGER-KIND"),
        ({"form": "SAE", "unit_type": "site"}, "LEDGER-KIND"),
    ],
)
def test_an_entry_that_says_too_little_or_belongs_elsewhere_is_refused(ledger, others, rule):
    with pytest.raises(RecordError) as caught:
        ledger.append(entry(**others))
    assert caught.value.rule == rule
    assert all(head.position == 0 for head in ledger.heads().values())


def test_versions_of_a_form_stay_in_one_stream(ledger):
    ledger.append(entry())
    with pytest.raises(RecordError, match="earlier versions are in the stream clinical, not treatment"):
        ledger.append(entry(stream=TREATMENT, **CHANGE))


def test_a_server_clock_that_ran_back_is_refused_and_leaves_nothing(ledger):
    ledger.append(entry(at=START))
    ledger.append(entry(at=START - timedelta(minutes=5), repeat=2))
    with pytest.raises(LedgerError, match=r"lies before the last record's"):
        ledger.append(entry(at=START - timedelta(hours=1), repeat=3))
    assert ledger.heads()[CLINICAL].position == 2
    ledger.append(entry(at=START, repeat=3))


def test_each_stream_has_its_own_chain(ledger):
    ledger.append(entry())
    ledger.append(entry(form="MSC", stream=TREATMENT))
    ledger.append(entry(repeat=2))
    assert {stream: head.position for stream, head in ledger.heads().items()} == {
        "clinical": 2, "treatment": 1, "allocation": 0, "access": 0,
    }  # fmt: skip
    assert list(ledger.heads()) == list(STREAMS)
    assert [record.id for record in ledger.read()] == ["clinical:1", "treatment:1", "clinical:2"]
    assert [record.id for record in ledger.read(CLINICAL, after=1)] == ["clinical:2"]
    assert [record.id for record in ledger.read(after=2)] == ["clinical:2"]


def test_a_failed_unit_of_work_leaves_nothing(ledger):
    ledger.append(entry())
    before, log = ledger.heads(), list(ledger.read())
    with pytest.raises(Failure), ledger.unit_of_work():
        ledger.append(entry(repeat=2, subject="01-002"))
        ledger.append(entry(form="MSC", stream=TREATMENT))
        ledger.append(entry({}, **CHANGE))
        raise Failure
    assert ledger.heads() == before
    assert list(ledger.read()) == log
    assert ledger.units(SUBJECT) == ["01-001"]
    assert ledger.verify().in_order


def test_an_inner_unit_that_fails_takes_back_only_what_it_wrote(ledger):
    with ledger.unit_of_work():
        ledger.append(entry())
        with pytest.raises(Failure), ledger.unit_of_work():
            ledger.append(entry(repeat=2))
            with ledger.unit_of_work():
                ledger.append(entry(repeat=3))
            raise Failure
        with ledger.unit_of_work():
            ledger.append(entry(repeat=4))
        with ledger.unit_of_work():
            pass
    assert [record.key.repeat for record in ledger.read()] == [1, 4]
    assert [record.position for record in ledger.read()] == [1, 2]
    assert ledger.verify().in_order


def test_a_refused_append_inside_a_unit_leaves_the_rest_of_the_unit(ledger):
    with ledger.unit_of_work():
        ledger.append(entry())
        with pytest.raises(RecordError):
            ledger.append(entry({"A": {"v": 1}}, repeat=2))
        with pytest.raises(VersionConflict):
            ledger.append(entry())
        ledger.append(entry(repeat=2))
    assert [record.key.repeat for record in ledger.read()] == [1, 2]
    assert ledger.verify().in_order


@pytest.mark.requirement(32)
def test_redaction_removes_values_and_the_chain_still_verifies(ledger):
    ledger.append(entry({"AE_TERM": "Mr Zhang has a rash", "AE_GRADE": "2"}))
    ledger.append(entry({"AE_TERM": "rash", "AE_GRADE": "2"}, **CHANGE))
    about = ledger.redact(KEY, 1, ["AE_TERM"], redaction(at=at(1)))
    first, second = ledger.history(KEY)
    assert first.payload == {"AE_GRADE": "2"}
    assert first.redacted == ("AE_TERM",)
    assert second.payload == {"AE_TERM": "rash", "AE_GRADE": "2"}
    assert about.payload == {
        "RD_AUTHORITY": "data protection officer", "RD_RECORD": "clinical:1", "RD_ITEMS": "AE_TERM",
    }  # fmt: skip
    assert "Zhang" not in repr(list(ledger.stored()))
    assert ledger.verify().in_order
    ledger.redact(KEY, 1, ["AE_GRADE"], redaction(2, at=at(2)))
    assert ledger.history(KEY)[0].payload is None
    assert ledger.history(KEY)[0].redacted == ("AE_GRADE", "AE_TERM")
    assert ledger.verify().in_order


@pytest.mark.requirement(32)
@pytest.mark.parametrize(
    ("items", "others", "fault"),
    [
        (["AE_TERM"], {"reason": " "}, "a redaction needs a reason"),
        (["AE_CLASS"], {}, "items to remove must be among those held: AE_TERM"),
        ([], {}, "items to remove must be among those held: AE_TERM"),
        (["AE_TERM"], {"subject": "01-002"}, "of another form, stream or unit"),
        (["AE_TERM"], {"stream": TREATMENT}, "of another form, stream or unit"),
    ],
)
def test_a_redaction_that_is_not_in_order_is_refused(ledger, items, others, fault):
    ledger.append(entry({"AE_TERM": "Mr Zhang"}))
    with pytest.raises(RecordError, match=fault):
        ledger.redact(KEY, 1, items, redaction(**others))
    assert ledger.current(KEY).payload == {"AE_TERM": "Mr Zhang"}
    assert ledger.heads()[CLINICAL].position == 1


def test_a_redaction_record_itself_and_an_unknown_version_cannot_be_redacted(ledger):
    ledger.append(entry({"AE_TERM": "Mr Zhang"}))
    about = ledger.redact(KEY, 1, ["AE_TERM"], redaction())
    with pytest.raises(RecordError, match="a redaction record itself cannot be redacted"):
        ledger.redact(about.key, 1, ["RD_ITEMS"], redaction(2))
    with pytest.raises(RecordError, match="version 2 is not there"):
        ledger.redact(KEY, 2, ["AE_TERM"], redaction(2))
    with pytest.raises(RecordError, match="version 0 is not there"):
        ledger.redact(KEY, 0, ["AE_TERM"], redaction(2))


@pytest.mark.requirement(32)
def test_a_redaction_in_a_failed_unit_of_work_brings_the_values_back(ledger):
    ledger.append(entry({"AE_TERM": "rash"}))
    with pytest.raises(Failure), ledger.unit_of_work():
        ledger.redact(KEY, 1, ["AE_TERM"], redaction())
        raise Failure
    assert ledger.current(KEY).payload == {"AE_TERM": "rash"}
    assert ledger.verify().in_order


def test_what_is_not_there_is_none_or_empty(ledger):
    key = Key(SUBJECT, "09-001", "AGVHD")
    assert ledger.current(key) is None
    assert ledger.history(key) == []
    assert ledger.of_unit(SUBJECT, "09-001") == []
    assert ledger.units(SUBJECT) == []
    assert list(ledger.read()) == []


def test_a_returned_payload_is_a_copy_of_what_the_caller_gave(ledger):
    given = {"B": "1", "A": "2"}
    record = ledger.append(entry(given))
    given["A"] = "3"
    assert list(ledger.current(KEY).payload.items()) == list(record.payload.items()) == [("A", "2"), ("B", "1")]


def test_seeded_entropy_repeats_itself_and_differs_by_seed_and_purpose():
    first, same, other, purpose = SeededEntropy(1), SeededEntropy(1), SeededEntropy(2), SeededEntropy(1, "keys")
    drawn = [source.draw(100_000) + source.draw(16) for source in (first, same, other, purpose)]
    assert drawn[0] == drawn[1]
    assert len({*drawn}) == 3
    split = SeededEntropy(1)
    assert b"".join(split.draw(7) for _ in range(14288)) == drawn[0]


def test_system_entropy_gives_as_many_bytes_as_asked_and_never_the_same():
    assert len(SystemEntropy().draw(32)) == 32
    assert SystemEntropy().draw(32) != SystemEntropy().draw(32)


def test_a_ledger_goes_on_from_an_exported_log():
    ledger = memory()
    ledger.append(entry())
    again = MemoryLedger.of(TRIAL, ledger.stored(), SeededEntropy(1))
    again.append(entry({}, **CHANGE))
    assert again.verify().in_order
    assert again.current(KEY).version == 2
