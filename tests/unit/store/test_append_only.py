"""The database itself refuses what must never happen: raw SQL against the tables of the log and of the slots."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest

from equipoise.errors import LedgerError
from equipoise.store.checks import unprotected
from equipoise.store.schema import TABLES, TRIGGERS
from tests.conftest import ROOT
from tests.ledgers import entry, fill, redaction, sqlite


@pytest.fixture
def ledger(tmp_path):
    with closing(sqlite(tmp_path)) as made:
        fill(made)
        yield made


@pytest.fixture(params=["our connection", "a bare connection"])
def raw(request, ledger, tmp_path):
    """The ledger's own connection, and one without any of its pragmas, as another program would open it."""
    if request.param == "our connection":
        yield ledger.connection
    else:
        with closing(sqlite3.connect(tmp_path / "trial.sqlite3", isolation_level=None)) as connection:
            yield connection


LOG = "record_log SELECT * FROM record_log WHERE position = 1"
FORBIDDEN = [
    "UPDATE record_log SET author = 'nobody'",
    "UPDATE record_log SET reason = reason WHERE position = 2",
    "DELETE FROM record_log",
    "DELETE FROM record_log WHERE position = 2",
    f"INSERT OR REPLACE INTO {LOG}",
    f"REPLACE INTO {LOG}",
    f"INSERT OR IGNORE INTO {LOG}",
    f"INSERT INTO {LOG} ON CONFLICT DO UPDATE SET author = 'nobody'",
    "UPDATE OR REPLACE record_log SET position = 1 WHERE position = 2",
    "UPDATE record_payload SET body = '{}'",
    "DELETE FROM record_payload",
    "REPLACE INTO record_payload SELECT * FROM record_payload WHERE sequence = 1",
    "UPDATE allocation_claim SET subject = '01-009'",
    "UPDATE allocation_claim SET position = 3 WHERE position = 2",
    "DELETE FROM allocation_claim",
    "DELETE FROM allocation_claim WHERE position = 2",
    "REPLACE INTO allocation_claim VALUES ('main', '', 1, '01-009', 'now')",
    "REPLACE INTO allocation_claim VALUES ('main', '', 3, '01-001', 'now')",
    "INSERT OR REPLACE INTO allocation_claim (rowid, scheme, stratum, position, subject, at) "
    "VALUES (1, 'main', '', 3, '01-009', 'now')",
    "UPDATE allocation_stratum SET length = 9",
    "DELETE FROM allocation_stratum",
    "REPLACE INTO allocation_stratum VALUES ('main', '', 9)",
]


@pytest.mark.requirement(10, 27)
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_what_was_written_cannot_be_changed_removed_or_replaced(ledger, raw, statement):
    before = "\n".join(ledger.connection.iterdump())
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute(statement)
    assert "\n".join(ledger.connection.iterdump()) == before


@pytest.mark.requirement(2, 3)
@pytest.mark.parametrize(
    ("values", "why"),
    [
        ("('main', '', 1, '01-009', 'now')", "a position that is given out"),
        ("('main', '', 3, '01-001', 'now')", "a subject who has a slot"),
        ("('main', '', 4, '01-009', 'now')", "a position that leaves a gap"),
        ("('main', 'high', 1, '01-009', 'now')", "a stratum that is not there"),
    ],
)
def test_no_raw_insert_gives_a_slot_out_of_turn(ledger, values, why):
    with pytest.raises(sqlite3.IntegrityError):
        ledger.connection.execute(f"INSERT INTO allocation_claim VALUES {values}")


@pytest.mark.requirement(3)
@pytest.mark.parametrize("values", ["('main', '', 1, '01-009', 'now')", "('main', '', 3, '01-001', 'now')"])
def test_the_constraints_alone_prevent_a_double_issue(ledger, values):
    """Even where every trigger was dropped."""
    for name in TRIGGERS:
        ledger.connection.execute(f"DROP TRIGGER {name}")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE constraint failed"):
        ledger.connection.execute(f"INSERT INTO allocation_claim VALUES {values}")


@pytest.mark.requirement(27)
def test_no_raw_insert_leaves_a_gap_in_a_chain(ledger):
    columns = "format, trial, stream, 9, unit_type, unit, form, visit, 9, 1, author, role, site, at"
    rest = "clinical_time, reason, protocol_version, form_hash, via, software, commitment, previous, hash"
    with pytest.raises(sqlite3.IntegrityError, match="takes only the next record of a chain"):
        ledger.connection.execute(f"INSERT INTO record_log SELECT {columns}, {rest}, 3 FROM record_log LIMIT 1")


@pytest.mark.requirement(32)
def test_values_can_go_only_against_a_redaction_record(ledger):
    key = entry().key
    ledger.redact(key, 1, ["AE_TERM"], redaction())
    with pytest.raises(sqlite3.IntegrityError, match="lets a row go only against a redaction record"):
        ledger.connection.execute("DELETE FROM record_payload WHERE sequence = 2")
    ledger.connection.execute("DELETE FROM record_payload WHERE sequence = 1")
    assert [str(fault) for fault in ledger.verify().faults if fault.stream == "clinical"] == [
        "stream clinical, position 1: values changed: a redaction record covers AE_TERM, which is still there",
        "stream clinical, position 1: values removed: the values of subject 01-001, form AGVHD, version 1 do not open "
        "the commitment of the record",
    ]


@pytest.mark.requirement(26, 27)
@pytest.mark.parametrize("name", list(TRIGGERS))
def test_a_ledger_refuses_to_run_when_a_trigger_is_missing(tmp_path, name):
    with closing(sqlite(tmp_path)) as ledger:
        ledger.append(entry())
        ledger.connection.execute(f"DROP TRIGGER {name}")
    for create in (False, True):
        with pytest.raises(LedgerError) as caught:
            sqlite(tmp_path, create=create)
        assert caught.value.fault == f"the record log is not protected: {name} missing or altered"


@pytest.mark.requirement(26)
def test_a_ledger_refuses_a_trigger_that_reads_differently(tmp_path):
    with closing(sqlite(tmp_path)) as ledger:
        ledger.connection.execute("DROP TRIGGER record_log_no_update")
        ledger.connection.execute(
            "CREATE TRIGGER record_log_no_update BEFORE UPDATE ON record_log WHEN 0 BEGIN SELECT RAISE(ABORT, ''); END"
        )
        assert unprotected(ledger.connection) == ["record_log_no_update"]
    with pytest.raises(LedgerError, match="record_log_no_update missing or altered"):
        sqlite(tmp_path)


@pytest.mark.requirement(27)
def test_every_log_table_has_its_three_triggers():
    tables = [name for name in ("record_log", "record_payload", "allocation_claim", "allocation_stratum")]
    assert sorted(TRIGGERS) == sorted(f"{table}_no_{act}" for table in tables for act in ("update", "delete", "insert"))
    assert all(any(table in text for text in TABLES) for table in tables)


@pytest.mark.requirement(4)
def test_nothing_in_the_source_skips_locked_rows():
    """Skipping a locked slot breaks the order of the list when the earlier worker rolls back."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    assert "allocation_claim" in source
    assert not re.search(r"skip[\s_]*locked", source, re.IGNORECASE)


def test_the_pragmas_of_the_house_are_in_force(ledger):
    found = {
        name: ledger.connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
    }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}
