"""The Django app of the record log: its migration, its check, and one database for both."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing

import pytest

from equipoise.store.checks import unprotected
from equipoise.store.sqlite import connect
from tests.ledgers import entry, sqlite

SCRIPT = """
import io, sys
from equipoise.errors import TrialError
from equipoise.store.settings import configure
configure(sys.argv[1])
configure(sys.argv[1])
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
{body}
"""
MIGRATE = "call_command('migrate', verbosity=0); call_command('check', '--database', 'default', stdout=io.StringIO())"


def django(path, body):
    """Run a piece of Django in a process of its own, as its settings can be set only once."""
    command = [sys.executable, "-W", "error", "-c", SCRIPT.format(body=body), str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.requirement(26)
def test_the_migration_makes_the_protected_log_that_a_ledger_accepts(tmp_path):
    done = django(tmp_path / "trial.sqlite3", MIGRATE)
    assert (done.returncode, done.stderr) == (0, "")
    with closing(connect(tmp_path / "trial.sqlite3", create=False)) as connection:
        assert unprotected(connection) == []
    with closing(sqlite(tmp_path, create=False)) as ledger:
        ledger.append(entry())
        assert ledger.verify().in_order


def test_the_migration_leaves_a_log_that_is_there_as_it_is(tmp_path):
    with closing(sqlite(tmp_path)) as ledger:
        ledger.append(entry())
        before = ledger.heads()
    done = django(tmp_path / "trial.sqlite3", MIGRATE)
    assert (done.returncode, done.stderr) == (0, "")
    with closing(sqlite(tmp_path, create=False)) as ledger:
        assert ledger.heads() == before
        assert ledger.verify().in_order


@pytest.mark.requirement(26)
def test_check_and_migrate_refuse_a_log_without_its_triggers(tmp_path):
    body = f"""
{MIGRATE}
connection.cursor().execute('DROP TRIGGER record_log_no_delete')
try:
    call_command('check', '--database', 'default')
except SystemCheckError as error:
    print('equipoise.E001' in str(error) and 'record_log_no_delete' in str(error))
try:
    call_command('migrate', verbosity=0)
except TrialError as error:
    print(error.rule, error.fault)
"""
    done = django(tmp_path / "trial.sqlite3", body)
    assert done.stdout.splitlines() == [
        "True",
        "LEDGER-TRIGGERS after the migration the record log is not protected: record_log_no_delete missing or altered",
    ], done.stderr


def test_the_check_says_nothing_of_a_database_without_a_log(tmp_path):
    done = django(tmp_path / "trial.sqlite3", "call_command('check', '--database', 'default', stdout=io.StringIO())")
    assert (done.returncode, done.stderr) == (0, "")


def test_djangos_connection_has_the_pragmas_and_locks_when_it_begins(tmp_path):
    body = f"""
{MIGRATE}
from django.db import transaction
names = ('journal_mode', 'synchronous', 'foreign_keys', 'recursive_triggers')
print([connection.cursor().execute('PRAGMA ' + name).fetchone()[0] for name in names])
from equipoise.store.entropy import SeededEntropy
from equipoise.store.sqlite import SqliteLedger
from tests.ledgers import TRIAL, Failure, entry
connection.ensure_connection()
ledger = SqliteLedger(connection.connection, TRIAL, SeededEntropy(1), sys.argv[1])
ledger.append(entry())
try:
    with transaction.atomic():
        ledger.append(entry(repeat=2))
        raise Failure
except Failure:
    pass
with transaction.atomic():
    ledger.append(entry(repeat=3))
print([record.key.repeat for record in ledger.read()], ledger.verify().in_order)
"""
    done = django(tmp_path / "trial.sqlite3", body)
    assert done.stdout.splitlines() == ["['wal', 2, 1, 1]", "[1, 3] True"], done.stderr


def test_the_ledger_loads_no_django():
    script = "import sys, equipoise.store.sqlite, equipoise.store.allocations; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], timeout=60).returncode == 0
