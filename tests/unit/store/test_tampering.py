"""A database that somebody changed by raw SQL, triggers dropped and put back: located, and told in words."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from random import Random

import pytest

from equipoise.cli.main import run
from equipoise.errors import LedgerError, StorageError, TrialError
from equipoise.records.record import ALLOCATION, TREATMENT
from equipoise.store.allocations import DatabaseAllocations
from equipoise.store.schema import TRIGGERS
from tests.ledgers import START, entry, redaction, sqlite

SUBJECTS = [f"01-00{number}" for number in range(1, 5)]
KINDS = {
    "other text": "'zz'",
    "bytes": "x'ff00'",
    "text that is not UTF-8": "CAST(x'ff' AS TEXT)",
    "a fraction": "1.5",
    "a number": "99999999999999",
    "a control character": "char(27) || '[2J'",
}


@pytest.fixture
def folder(tmp_path):
    """Four subjects, each with a staging, an adverse event, a slot and an arm; one value redacted."""
    with closing(sqlite(tmp_path)) as ledger:
        slots = DatabaseAllocations(ledger)
        slots.prepare("main", "", 8)
        for subject in SUBJECTS:
            ledger.append(entry(subject=subject))
            ledger.append(entry({"AE_TERM": "fever", "AE_TEXT": "a name"}, subject=subject, form="AE", visit=""))
            claim = slots.claim("main", "", subject, START)
            slot = {"AL_SCHEME": "main", "AL_STRATUM": "", "AL_POSITION": str(claim.position)}
            ledger.append(entry(slot, subject=subject, form="ALLOCATION", visit="", stream=ALLOCATION))
            ledger.append(entry({"AR_ARM": "A"}, subject=subject, form="ARM", visit="", stream=TREATMENT))
        target = entry(subject="01-002", form="AE", visit="").key
        ledger.redact(target, 1, ["AE_TEXT"], redaction(subject="01-002"))
    return tmp_path


def tamper(folder, *statements):
    """Change the database as somebody with the file can."""
    with closing(sqlite3.connect(folder / "trial.sqlite3", isolation_level=None)) as connection:
        for name in TRIGGERS:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in ("PRAGMA foreign_keys = OFF", "PRAGMA ignore_check_constraints = ON", *statements):
            connection.execute(statement)
        for text in TRIGGERS.values():
            connection.execute(text)


def found(folder, capfd):
    """The faults that `equipoise verify` tells, printed and as JSON."""
    code = run(["verify", str(folder)])
    printed = "".join(capfd.readouterr())
    assert printed.encode().decode().replace("\n", "").isprintable()
    assert run(["verify", str(folder), "--json"]) == code
    told = json.loads(capfd.readouterr().out)
    assert (code, told["in_order"]) in {(0, True), (LedgerError.exit_code, False)}
    return [f"{fault['stream']}:{fault['position']} {fault['what']}" for fault in told["faults"]] + told["unprotected"]


def test_what_nobody_touched_is_in_order(folder, capfd):
    tamper(folder)
    assert found(folder, capfd) == []


@pytest.mark.requirement(28)
@pytest.mark.parametrize(
    "column", ["stream", "position", "unit_type", "unit", "form", "repeat", "version", "at", "hash"]
)
@pytest.mark.parametrize("value", KINDS.values(), ids=KINDS)
def test_a_column_that_holds_something_of_another_kind_is_located(folder, capfd, column, value):
    tamper(folder, f"UPDATE record_log SET {column} = {value} WHERE sequence = 6")
    faults = found(folder, capfd)
    if column == "stream":
        assert "clinical:4 missing" in faults
    else:
        assert any(fault.startswith(("clinical:4 ", "clinical:3 ")) for fault in faults)


@pytest.mark.requirement(28)
@pytest.mark.parametrize("column", ["body", "salts", "leaves"])
@pytest.mark.parametrize(
    "value",
    [*KINDS.values(), "'[]'", "'null'", "'{\"a\":1}'", "replace(hex(zeroblob(60000)), '00', '[')"],
    ids=[*KINDS, "a list", "null", "a number in JSON", "JSON without end"],
)
def test_values_that_are_no_values_are_located(folder, capfd, column, value):
    tamper(folder, f"UPDATE record_payload SET {column} = {value} WHERE sequence = 1")
    assert "clinical:1 values changed" in found(folder, capfd)


@pytest.mark.requirement(30)
@pytest.mark.parametrize("column", ["unit_type", "unit", "form", "visit", "repeat", "version", "first", "sequence"])
@pytest.mark.parametrize("value", KINDS.values(), ids=KINDS)
def test_a_table_of_current_versions_that_differs_from_the_log_is_told(folder, capfd, column, value):
    tamper(folder, f"UPDATE record_current SET {column} = {value} WHERE sequence = 6")
    assert any(fault.endswith("current state differs") for fault in found(folder, capfd))


@pytest.mark.requirement(2)
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("DELETE FROM allocation_claim WHERE position = 4", "allocation:4"),
        ("UPDATE allocation_claim SET subject = '01-009' WHERE position = 2", "allocation:2"),
        ("UPDATE allocation_claim SET position = 7 WHERE position = 4", "claims:4"),
        ("INSERT INTO allocation_claim VALUES ('main', '', 5, '99-001', '2016')", "claims:5"),
        ("UPDATE allocation_claim SET position = 'x' WHERE position = 1", "allocation:1"),
        ("UPDATE allocation_stratum SET length = 3", "claims:4"),
        ("DELETE FROM allocation_claim", "allocation:1"),
    ],
)
def test_a_claim_that_was_removed_moved_or_made_up_is_told(folder, capfd, change, fault):
    """Without this a slot whose claim was removed is given a second time."""
    tamper(folder, change)
    assert f"{fault} claim of a slot" in found(folder, capfd)


def test_a_claim_whose_allocation_was_not_written_yet_is_in_order(folder, capfd):
    with closing(sqlite(folder, create=False)) as ledger:
        ledger.append(entry(subject="01-005"))
        DatabaseAllocations(ledger).claim("main", "", "01-005", START)
    assert found(folder, capfd) == []


@pytest.mark.requirement(27)
@pytest.mark.parametrize(
    ("change", "name"),
    [
        (
            "CREATE TRIGGER drops BEFORE INSERT ON record_payload BEGIN SELECT RAISE(IGNORE); END",
            "record_payload (foreign trigger drops)",
        ),
        ("DROP INDEX record_redactions", "record_redactions"),
    ],
)
def test_a_trigger_that_is_not_ours_and_an_index_that_is_gone_are_told_and_stop_the_trial(folder, capfd, change, name):
    tamper(folder, change)
    assert found(folder, capfd) == [name]
    with pytest.raises(LedgerError) as caught:
        sqlite(folder, create=False)
    assert name in caught.value.fault


@pytest.mark.requirement(3)
@pytest.mark.parametrize("table", ["allocation_claim", "record_log"])
def test_a_table_that_was_rebuilt_without_its_constraints_is_told(folder, capfd, table):
    tamper(
        folder, f"CREATE TABLE t AS SELECT * FROM {table}", f"DROP TABLE {table}", f"ALTER TABLE t RENAME TO {table}"
    )
    assert table in found(folder, capfd)


def test_a_record_of_a_newer_format_is_told_as_such(folder, capfd):
    tamper(folder, "UPDATE record_log SET format = 2 WHERE sequence >= 6")
    assert "clinical:4 newer than this program" in found(folder, capfd)
    with pytest.raises(StorageError) as caught:
        sqlite(folder, create=False)
    assert caught.value.rule == "STORE-FORMAT"


def read_all(folder):
    """Everything that a program reads of a ledger, and one write."""
    with closing(sqlite(folder, create=False)) as ledger:
        list(ledger.read())
        list(ledger.stored())
        for unit in ledger.units("subject"):
            ledger.of_unit("subject", unit)
        ledger.append(entry(subject="09-001"))


@pytest.mark.parametrize("kind", ["cut off", "bytes changed"])
def test_whatever_is_damaged_in_the_file_is_told_in_words(folder, capfd, kind):
    draw = Random(kind)
    path = folder / "trial.sqlite3"
    whole = path.read_bytes()
    codes = set()
    for _ in range(60):
        damaged = bytearray(whole)
        if kind == "cut off":
            del damaged[draw.randrange(len(whole)) :]
        for _ in range(draw.choice([1, 5, 50, 500]) if kind == "bytes changed" else 0):
            damaged[draw.randrange(len(whole))] = draw.randrange(256)
        path.write_bytes(damaged)
        codes.add(run(["verify", str(path)]))
        capfd.readouterr()
        with suppress(TrialError):
            read_all(folder)
    assert codes <= {0, LedgerError.exit_code, StorageError.exit_code}
    assert len(codes) > 1


@pytest.mark.parametrize("change", ["at = 'yesterday'", "at = x'00'"])
def test_a_record_that_cannot_be_read_stops_whoever_reads_and_writes(folder, change):
    tamper(folder, f"UPDATE record_log SET {change} WHERE sequence = (SELECT max(sequence) FROM record_log)")
    with closing(sqlite(folder, create=False)) as ledger:
        for read in (
            lambda: list(ledger.read()),
            lambda: list(ledger.stored()),
            lambda: ledger.append(entry(repeat=7)),
        ):
            with pytest.raises(LedgerError, match="a record of the log cannot be read"):
                read()


def test_values_that_cannot_be_read_stop_whoever_asks_for_them(folder):
    tamper(folder, "UPDATE record_payload SET body = '{' WHERE sequence = 1")
    with (
        closing(sqlite(folder, create=False)) as ledger,
        pytest.raises(LedgerError, match="a record of the log cannot be read"),
    ):
        ledger.current(entry(subject="01-001").key)
