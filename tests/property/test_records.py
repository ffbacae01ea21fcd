"""What holds of every record log, whatever was written, redacted or taken back."""

from __future__ import annotations

import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from equipoise.records.canonical import canonical_json, canonical_texts, canonicalize
from equipoise.records.cuts import current_at
from equipoise.records.files import log_lines, read_rows, write_log
from equipoise.records.rows import row_of, stored_of
from equipoise.records.verification import verify
from equipoise.store.entropy import SeededEntropy
from equipoise.store.memory import MemoryLedger
from tests.ledgers import START, TRIAL, at, histories, ledger_at, live, memory, payloads

few = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


@contextmanager
def fresh(server):
    """An empty ledger of one engine: in a file, or on a server when one is given."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "trial.sqlite3" if server is None else server.new_database()
        with closing(ledger_at(place)) as ledger:
            yield ledger


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request):
    """None for SQLite, the server for PostgreSQL."""
    return None if request.param == "sqlite" else request.getfixturevalue("postgres_server")


@given(history=histories)
@few
def test_memory_and_databases_hold_the_same_log_hash_for_hash(server, history):
    with fresh(server) as database:
        plain = memory()
        live(plain, history)
        live(database, history)
        assert database.heads() == plain.heads()
        assert list(database.stored()) == list(plain.stored())
        assert list(log_lines(TRIAL, database.stored())) == list(log_lines(TRIAL, plain.stored()))
        assert database.units("subject") == plain.units("subject")
        for subject in plain.units("subject"):
            assert database.of_unit("subject", subject) == plain.of_unit("subject", subject)
        for record in plain.read():
            assert database.history(record.key) == plain.history(record.key)
            assert database.current(record.key) == plain.current(record.key)
        for stream, head in plain.heads().items():
            for after in range(head.position):
                assert list(database.read(stream, after)) == list(plain.read(stream, after))
        assert list(database.read(after=3)) == list(plain.read(after=3)) == list(plain.read())[3:]


@pytest.mark.requirement(30)
@given(history=histories)
@few
def test_the_current_versions_equal_a_replay_of_the_log(server, history):
    with fresh(server) as database:
        live(database, history)
        replayed = {record.key: record for record in database.read()}
        assert {key: database.current(key) for key in replayed} == replayed
        found = database.connection.execute("SELECT count(*) FROM record_current").fetchone()[0]
        assert found == len(replayed)
        assert database.verify().in_order


@pytest.mark.requirement(32)
@given(histories)
@few
def test_every_history_verifies_redactions_and_all(history):
    ledger = memory()
    live(ledger, history)
    result = ledger.verify()
    assert result.in_order
    assert result.records == sum(head.position for head in ledger.heads().values())


@pytest.mark.requirement(31)
@given(histories)
@few
def test_what_was_known_at_an_instant_does_not_change_with_later_records(history):
    ledger = memory()
    live(ledger, history)
    records = list(ledger.read())
    for minute in range(len(history)):
        before = [record for record in records if record.at <= at(minute)]
        assert current_at(records, at(minute)) == current_at(before, None)
    assert current_at(records, START.replace(year=2015)) == []


@given(histories)
@few
def test_a_log_file_gives_back_the_log_and_the_same_bytes(history):
    ledger = memory()
    live(ledger, history)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.jsonl"
        write_log(path, TRIAL, ledger.stored())
        trial, rows = read_rows(path)
        again = MemoryLedger.of(trial, map(stored_of, rows), SeededEntropy(2))
        assert verify(rows, trial=TRIAL).in_order
        assert list(again.stored()) == list(ledger.stored())
        assert again.heads() == ledger.heads()
        write_log(Path(folder) / "again.jsonl", trial, again.stored())
        assert (Path(folder) / "again.jsonl").read_bytes() == path.read_bytes()


@given(payloads)
@settings(deadline=None)
def test_canonical_text_depends_on_what_was_entered_and_not_on_the_order(payload):
    shaped, texts = canonicalize(payload)
    turned, same = canonicalize(dict(reversed(payload.items())))
    assert (turned, same) == (shaped, texts)
    assert canonicalize(shaped) == (shaped, texts)
    assert canonical_texts(shaped) == texts
    assert "{" + ",".join(canonical_json(item) + ":" + text for item, text in texts) + "}" == canonical_json(shaped)


@given(histories)
@few
def test_a_row_gives_back_its_record(history):
    ledger = memory()
    live(ledger, history)
    for stored in ledger.stored():
        assert stored_of(row_of(stored)) == stored
