"""Full disk, read-only file, damaged or foreign file, lock held: a clear error, nothing half-written, no traceback."""

from __future__ import annotations

import os
import resource
import sqlite3
from contextlib import closing

import pytest

from equipoise.errors import LedgerError, StorageError
from equipoise.store.entropy import SeededEntropy
from equipoise.store.faults import storage_error
from equipoise.store.sqlite import SqliteLedger, open_ledger
from tests.ledgers import TRIAL, entry, sqlite

LONG = {"AE_TERM": "x" * 20_000}


@pytest.fixture
def ledger(tmp_path):
    with closing(sqlite(tmp_path)) as made:
        made.append(entry())
        yield made


def fill(ledger, count=400):
    for number in range(2, count):
        ledger.append(entry(LONG, repeat=number))


def refused(caught, rule):
    assert caught.value.rule == rule
    assert caught.value.where.endswith("trial.sqlite3")
    assert caught.value.remedy
    assert "Error" not in str(caught.value)


def test_a_full_disk_is_told_and_nothing_of_the_unit_is_kept(ledger):
    pages = ledger.connection.execute("PRAGMA page_count").fetchone()[0]
    ledger.connection.execute(f"PRAGMA max_page_count = {pages + 50}")
    before = ledger.heads()
    with pytest.raises(StorageError, match="the disk is full") as caught, ledger.unit_of_work():
        fill(ledger)
    refused(caught, "STORE-FULL")
    assert ledger.heads() == before
    assert ledger.verify().in_order
    ledger.connection.execute("PRAGMA max_page_count = 100000")
    ledger.append(entry(LONG, repeat=2))
    assert ledger.verify().in_order


def test_a_unit_that_catches_a_full_disk_cannot_save_its_half(ledger):
    """The engine may roll back by itself; what is left of the unit must not be committed as if it were whole."""
    pages = ledger.connection.execute("PRAGMA page_count").fetchone()[0]
    ledger.connection.execute(f"PRAGMA max_page_count = {pages + 50}")
    before = ledger.heads()
    with pytest.raises(StorageError), ledger.unit_of_work():
        with pytest.raises(StorageError):
            fill(ledger)
        with pytest.raises(StorageError):
            ledger.append(entry(repeat=1000))
    assert ledger.heads() == before
    assert ledger.verify().in_order


def test_a_limit_of_the_file_size_is_told_and_nothing_is_kept(ledger):
    """The operating system refuses the write, as a disk or a quota that is full does."""
    before = ledger.heads()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = os.path.getsize(ledger.place) + 200_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        with pytest.raises(StorageError) as caught, ledger.unit_of_work():
            fill(ledger)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.rule in {"STORE-DISK", "STORE-FULL"}
    assert ledger.heads() == before
    assert ledger.verify().in_order
    ledger.append(entry(repeat=2))


def test_a_read_only_database_is_told(ledger, tmp_path):
    connection = sqlite3.connect(f"file:{tmp_path / 'trial.sqlite3'}?mode=ro", uri=True, isolation_level=None)
    with closing(SqliteLedger(connection, TRIAL, SeededEntropy(1), str(tmp_path / "trial.sqlite3"))) as read_only:
        with pytest.raises(StorageError, match="cannot be written") as caught:
            read_only.append(entry(repeat=2))
        refused(caught, "STORE-READ-ONLY")
        assert read_only.verify().in_order


def test_another_program_that_holds_the_database_is_told(ledger, tmp_path):
    with closing(sqlite(tmp_path, create=False)) as second:
        second.connection.execute("PRAGMA busy_timeout = 10")
        with ledger.unit_of_work():
            ledger.append(entry(repeat=2))
            with pytest.raises(StorageError, match="another program has held the database") as caught:
                second.append(entry(repeat=2))
            refused(caught, "STORE-LOCKED")
        second.append(entry(repeat=3))
        assert second.verify().in_order


def test_a_path_without_a_database_is_told(tmp_path):
    with pytest.raises(StorageError, match="there is no database here") as caught:
        sqlite(tmp_path, create=False)
    refused(caught, "STORE-NOT-THERE")
    with pytest.raises(StorageError, match="cannot be opened"):
        open_ledger(tmp_path / "no folder" / "trial.sqlite3", TRIAL, SeededEntropy(1), create=True)


@pytest.mark.parametrize("create", [True, False])
def test_a_file_that_is_not_a_database_is_told_and_left_alone(tmp_path, create):
    path = tmp_path / "trial.sqlite3"
    path.write_text("These are notes about the trial, and no database at all.\n" * 100)
    before = path.read_bytes()
    with pytest.raises(StorageError, match="this file is not a database") as caught:
        sqlite(tmp_path, create=create)
    refused(caught, "STORE-NOT-A-DATABASE")
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_told(tmp_path):
    with closing(sqlite3.connect(tmp_path / "trial.sqlite3")) as connection:
        connection.execute("CREATE TABLE notes (text TEXT)")
    with pytest.raises(LedgerError, match="the record log is not protected"):
        sqlite(tmp_path, create=False)


def test_the_database_of_another_trial_is_told(ledger, tmp_path):
    with pytest.raises(StorageError, match="the database holds the trial MSC-TEST, not OTHER"):
        open_ledger(tmp_path / "trial.sqlite3", "OTHER", SeededEntropy(1))


def test_a_damaged_database_file_is_told(tmp_path):
    with closing(sqlite(tmp_path)) as ledger:
        fill(ledger, 60)
    path = tmp_path / "trial.sqlite3"
    content = bytearray(path.read_bytes())
    content[4096 * 3 :: 97] = b"\xa5" * len(content[4096 * 3 :: 97])
    path.write_bytes(content)
    with pytest.raises((StorageError, LedgerError)) as caught, closing(sqlite(tmp_path, create=False)) as ledger:
        assert ledger.verify().in_order
    refused(caught, "STORE-DAMAGED")


def test_an_error_without_a_name_is_still_told_in_the_house_form():
    error = storage_error(sqlite3.OperationalError("no such table: x"), "trial.sqlite3")
    assert isinstance(error, StorageError)
    assert error.rule == "STORE-ERROR"


def test_a_write_that_a_trigger_refuses_is_a_fault_of_the_log(ledger):
    with pytest.raises(LedgerError, match="the database refuses this write") as caught, ledger.unit_of_work():
        ledger.write("DELETE FROM record_log", ())
    refused(caught, "LEDGER-APPEND-ONLY")
    assert ledger.verify().in_order


def test_a_ledger_joins_the_transaction_that_is_open_on_its_connection(ledger):
    ledger.connection.execute("BEGIN IMMEDIATE")
    ledger.append(entry(repeat=2))
    with pytest.raises(StorageError), ledger.unit_of_work():
        ledger.append(entry(repeat=3))
        raise StorageError("stop")
    ledger.append(entry(repeat=3))
    assert ledger.connection.in_transaction
    ledger.connection.execute("ROLLBACK")
    assert ledger.heads()["clinical"].position == 1
    ledger.append(entry(repeat=2))
    assert ledger.verify().in_order
