"""What is PostgreSQL's own: raw SQL against the tables, guards, faults in words, and the lock of a stratum."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import psycopg
import pytest

from equipoise.errors import LedgerError, StorageError
from equipoise.store.allocations import DatabaseAllocations
from equipoise.store.postgres import address, unprotected
from equipoise.store.postgres_schema import FUNCTIONS, GUARDED, TABLES, TRIGGERS
from tests.ledgers import START, TRIAL, entry, fill, ledger_at, redaction


@pytest.fixture
def url(postgres_server):
    return postgres_server.new_database()


@pytest.fixture
def ledger(url):
    with closing(ledger_at(url)) as made:
        fill(made)
        yield made


def content(url):
    """Every row of every table."""
    with psycopg.connect(url) as raw:
        return {table: raw.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in TABLES}


COPY = "SELECT * FROM record_log WHERE position = 1"
FORBIDDEN = [
    "UPDATE record_log SET author = 'nobody'",
    "UPDATE record_log SET reason = reason WHERE position = 2",
    "DELETE FROM record_log",
    "DELETE FROM record_log WHERE position = 2",
    "TRUNCATE record_log CASCADE",
    f"INSERT INTO record_log {COPY}",
    f"INSERT INTO record_log {COPY} ON CONFLICT DO NOTHING",
    f"INSERT INTO record_log {COPY} ON CONFLICT (sequence) DO UPDATE SET author = 'nobody'",
    "MERGE INTO record_log AS t USING record_log AS s ON t.sequence = s.sequence WHEN MATCHED THEN DELETE",
    "UPDATE record_payload SET body = '{}'",
    "DELETE FROM record_payload",
    "TRUNCATE record_payload",
    "UPDATE allocation_claim SET subject = '01-009'",
    "UPDATE allocation_claim SET position = 3 WHERE position = 2",
    "DELETE FROM allocation_claim",
    "TRUNCATE allocation_claim",
    "INSERT INTO allocation_claim VALUES ('main', '', 1, '01-009', 'now') ON CONFLICT DO NOTHING",
    "INSERT INTO allocation_claim VALUES ('main', '', 3, '01-001', 'now')",
    "INSERT INTO allocation_claim VALUES ('main', '', 4, '01-009', 'now')",
    "INSERT INTO allocation_claim VALUES ('main', 'high', 1, '01-009', 'now')",
    "UPDATE allocation_stratum SET length = 9",
    "DELETE FROM allocation_stratum",
    "TRUNCATE allocation_stratum CASCADE",
]


@pytest.mark.requirement(10, 27)
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_what_was_written_cannot_be_changed_removed_or_replaced(ledger, url, statement):
    before = content(url)
    with psycopg.connect(url) as raw, pytest.raises((psycopg.errors.RaiseException, psycopg.errors.IntegrityError)):
        raw.execute(statement)
    assert content(url) == before


@pytest.mark.requirement(3)
@pytest.mark.parametrize("values", ["('main', '', 1, '01-009', 'now')", "('main', '', 3, '01-001', 'now')"])
def test_the_constraints_alone_prevent_a_double_issue(ledger, url, values):
    """Even where every trigger was dropped."""
    with psycopg.connect(url, autocommit=True) as raw:
        for name, (table, _, _) in TRIGGERS.items():
            raw.execute(f"DROP TRIGGER {name} ON {table}")
        with pytest.raises(psycopg.errors.UniqueViolation):
            raw.execute(f"INSERT INTO allocation_claim VALUES {values}")


@pytest.mark.requirement(32)
def test_values_can_go_only_against_a_redaction_record(ledger, url):
    ledger.redact(entry().key, 1, ["AE_TERM"], redaction())
    with psycopg.connect(url, autocommit=True) as raw:
        with pytest.raises(psycopg.errors.RaiseException, match="only against a redaction record"):
            raw.execute("DELETE FROM record_payload WHERE sequence = 2")
        raw.execute("DELETE FROM record_payload WHERE sequence = 1")
    assert not ledger.verify().in_order


ALTERED = {
    **{f"DROP TRIGGER {name} ON {table}": name for name, (table, _, _) in TRIGGERS.items()},
    "ALTER TABLE record_log DISABLE TRIGGER record_log_no_delete": "record_log_no_delete",
    "CREATE OR REPLACE FUNCTION equipoise_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'": (
        "equipoise_refuse"
    ),
    "ALTER TABLE record_log ADD COLUMN extra text": None,
    "ALTER TABLE record_log ALTER COLUMN reason DROP NOT NULL": "record_log",
    "ALTER TABLE allocation_claim DROP CONSTRAINT allocation_claim_scheme_subject_key": "allocation_claim",
    "CREATE TRIGGER helpful BEFORE INSERT ON record_log FOR EACH ROW EXECUTE FUNCTION equipoise_next_in_chain()": (
        "record_log (foreign trigger helpful)"
    ),
}


@pytest.mark.requirement(26, 27)
@pytest.mark.parametrize("statement", [statement for statement, name in ALTERED.items() if name])
def test_a_ledger_refuses_to_run_when_its_guard_was_altered(ledger, url, statement):
    assert unprotected(ledger.connection) == []
    ledger.connection.execute(statement)
    for create in (False, True):
        with pytest.raises(LedgerError) as caught:
            ledger_at(url, create=create)
        assert caught.value.fault == f"the record log is not protected: {ALTERED[statement]} missing or altered"


@pytest.mark.requirement(27)
def test_every_log_table_is_guarded_against_every_way_to_change_it():
    for table in GUARDED:
        assert {name for name, (of, _, _) in TRIGGERS.items() if of == table} >= {
            f"{table}_no_{act}" for act in ("update", "delete", "truncate")
        }
    assert {function for _, function, _ in TRIGGERS.values()} == set(FUNCTIONS)


@pytest.mark.requirement(2, 4)
def test_a_claim_waits_for_the_holder_of_the_stratum_and_gets_the_next_slot(ledger, url):
    """The holder rolls back: its slot goes to the one who waited, and not the slot after it."""
    positions = []

    def ask():
        with closing(ledger_at(url, create=False)) as own:
            positions.append(DatabaseAllocations(own).claim("main", "", "02-002", START).position)

    ledger.begin()
    DatabaseAllocations(ledger).claim("main", "", "02-001", START)
    waiting = threading.Thread(target=ask)
    waiting.start()
    time.sleep(0.3)
    assert positions == []
    ledger.connection.execute("ROLLBACK")
    waiting.join(30)
    assert positions == [3]


def test_a_reader_does_not_wait_for_a_writer(ledger, url):
    with ledger.unit_of_work():
        ledger.append(entry(repeat=3))
        with closing(ledger_at(url, create=False)) as other:
            assert other.heads()["clinical"].position == 2
    with closing(ledger_at(url, create=False)) as other:
        assert other.heads()["clinical"].position == 3


def test_what_can_go_wrong_with_a_server_is_told_in_words(url, postgres_server):
    with pytest.raises(StorageError, match="cannot be reached") as caught:
        ledger_at("postgresql://equipoise:secret-word@127.0.0.1:9/none")
    assert "secret-word" not in str(caught.value)
    with pytest.raises(StorageError, match="no such database"):
        ledger_at(postgres_server.url("nowhere"))
    with pytest.raises(StorageError, match="holds no record log"):
        ledger_at(url, create=False)
    with pytest.raises(StorageError, match="refuses the user"):
        ledger_at(url.replace("equipoise@", "nobody@"))


def test_a_server_that_goes_away_is_told_and_nothing_is_saved(url):
    with closing(ledger_at(url)) as ledger:
        ledger.append(entry())
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'equipoise'")
        with pytest.raises(StorageError, match="cannot be reached, or has gone"):
            ledger.append(entry(repeat=2))
    with closing(ledger_at(url, create=False)) as ledger:
        assert ledger.size() == 1


def test_a_database_of_another_trial_is_refused(url):
    with closing(ledger_at(url)) as ledger:
        ledger.append(entry())
    from equipoise.store.databases import open_database
    from equipoise.store.entropy import SeededEntropy

    with pytest.raises(StorageError, match=f"holds the trial {TRIAL}, not OTHER"):
        open_database(url, "OTHER", SeededEntropy(1))


def test_an_address_is_told_without_its_password():
    told = address("postgresql://someone:secret-word@db.example:5433/trial")
    assert told == "PostgreSQL db.example:5433, database trial"
    assert "secret-word" not in address("postgresql://[broken:secret-word@")
