"""The commands `equipoise allocation generate` and `equipoise verify`, through the command line."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from equipoise.allocation.lists import read_list
from equipoise.cli.main import run
from equipoise.records.files import write_heads, write_log
from tests.ledgers import TRIAL, entry, sqlite


@pytest.fixture
def trial(tmp_path):
    with closing(sqlite(tmp_path)) as ledger:
        for repeat in range(1, 6):
            ledger.append(entry({"A": str(repeat)}, repeat=repeat))
        write_heads(tmp_path / "heads.json", TRIAL, ledger.heads())
        write_log(tmp_path / "log.jsonl", TRIAL, ledger.stored())
    return tmp_path


def tamper(trial, statement):
    """Change the database as somebody with the file in hand can."""
    with closing(sqlite3.connect(trial / "trial.sqlite3", isolation_level=None)) as connection:
        (name, trigger) = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name = 'record_log_no_update'"
        ).fetchone()
        connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        connection.execute(trigger)


@pytest.mark.requirement(5)
def test_generate_writes_the_list_of_a_protocol_once(index_protocol_path, tmp_path, capsys):
    arguments = [
        "allocation",
        "generate",
        str(index_protocol_path),
        "--seed",
        "0x7de",
        "--out",
        str(tmp_path / "list.json"),
    ]
    assert run([*arguments, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    made = read_list(tmp_path / "list.json")
    assert (result["sha256"], result["slots"]) == (made.sha256, 200)
    assert made.seed == 2014
    assert run(arguments) == 18
    assert "never written over another" in capsys.readouterr().err


def test_generate_draws_a_seed_of_its_own_when_none_is_given(index_protocol_path, tmp_path, capsys):
    for name in ("one", "two"):
        assert run(["allocation", "generate", str(index_protocol_path), "--out", str(tmp_path / name)]) == 0
    assert read_list(tmp_path / "one").seed != read_list(tmp_path / "two").seed
    out = capsys.readouterr().out
    assert "MSC" not in out.replace(str(tmp_path), "")


def test_generate_refuses_a_seed_that_is_no_number(index_protocol_path, tmp_path, capsys):
    arguments = ["allocation", "generate", str(index_protocol_path), "--seed", "lucky", "--out", str(tmp_path / "x")]
    assert run(arguments) == 18
    assert capsys.readouterr().err.startswith("--seed: the seed is not a whole number")


@pytest.mark.requirement(28)
@pytest.mark.parametrize("name", [".", "trial.sqlite3", "log.jsonl"])
def test_verify_of_a_log_in_order_ends_with_0(trial, capsys, name):
    assert run(["verify", str(trial / name), "--anchor", str(trial / "heads.json")]) == 0
    out = capsys.readouterr().out
    assert "trial MSC-TEST: 5 records in 1 chains" in out
    assert "in order, and as the anchor says" in out
    assert run(["verify", str(trial / name)]) == 0
    assert "without an anchor" in capsys.readouterr().out


@pytest.mark.requirement(28)
def test_verify_locates_what_was_changed_in_the_database(trial, capsys):
    tamper(trial, "UPDATE record_log SET author = 'nobody' WHERE position = 3")
    assert run(["verify", str(trial), "--json"]) == 16
    result = json.loads(capsys.readouterr().out)
    assert [(fault["stream"], fault["position"], fault["what"]) for fault in result["faults"]] == [
        ("clinical", 3, "changed")
    ]
    assert (result["in_order"], result["unprotected"], result["file"]) == (False, [], "")
    assert run(["verify", str(trial)]) == 16
    err = capsys.readouterr().err
    assert err.startswith("stream clinical, position 3: changed: subject 01-001, form AGVHD, version 1")
    assert "NOT in order" in err


@pytest.mark.requirement(30)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record_current SET version = 2 WHERE repeat = 2",
        "UPDATE record_current SET sequence = 1 WHERE repeat = 2",
        "UPDATE record_current SET stream = 'treatment' WHERE repeat = 2",
        "UPDATE record_current SET first = 1 WHERE repeat = 2",
        "DELETE FROM record_current WHERE repeat = 2",
        "INSERT INTO record_current VALUES ('subject', '01-001', 'AGVHD', 'D9', 2, 'clinical', 1, 2, 2)",
    ],
)
def test_verify_finds_a_current_state_that_is_not_the_replay_of_the_log(trial, capsys, statement):
    tamper(trial, statement)
    assert run(["verify", str(trial)]) == 16
    assert "form AGVHD no. 2: the table of current versions differs from the log" in capsys.readouterr().err


@pytest.mark.requirement(28)
def test_verify_finds_text_that_is_no_text_values_without_record_and_missing_triggers(trial, capsys):
    tamper(trial, "UPDATE record_log SET author = CAST(x'ff41' AS TEXT) WHERE position = 2")
    with closing(sqlite3.connect(trial / "trial.sqlite3", isolation_level=None)) as connection:
        connection.execute("INSERT INTO record_payload VALUES (77, '{}', x'', '')")
        connection.execute("DROP TRIGGER record_log_no_delete")
    assert run(["verify", str(trial)]) == 16
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("stream clinical, position 2: changed")
    assert lines[1] == "stream payload, position 77: values changed: values are there for a record that is not"
    assert lines[2] == "the trigger record_log_no_delete is missing or altered"


@pytest.mark.requirement(29)
def test_verify_finds_a_cut_off_tail_only_with_the_anchor(trial, capsys):
    lines = (trial / "log.jsonl").read_text().split("\n")
    (trial / "log.jsonl").write_text("\n".join([*lines[:4], ""]))
    assert run(["verify", str(trial / "log.jsonl")]) == 0
    assert run(["verify", str(trial / "log.jsonl"), "--anchor", str(trial / "heads.json")]) == 16
    assert "position 4 to 5: missing: the anchor names records that are not there" in capsys.readouterr().err


def test_verify_refuses_what_is_no_trial(trial, tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("notes " * 1000)
    with closing(sqlite3.connect(tmp_path / "other.sqlite3")) as connection:
        connection.execute("CREATE TABLE notes (text TEXT)")
    write_heads(tmp_path / "other.json", "OTHER", {})
    for path, fault in [
        ("notes.txt", "this file is not a database"),
        ("missing", "there is no database here"),
        ("other.sqlite3", "this database holds no record log"),
    ]:
        assert run(["verify", str(tmp_path / path)]) == 17
        assert fault in capsys.readouterr().err
    assert run(["verify", str(trial), "--anchor", str(tmp_path / "other.json")]) == 17
    assert "the anchor is of the trial OTHER, the log of MSC-TEST" in capsys.readouterr().err


def test_verify_reads_a_copy_on_a_read_only_medium(trial, capsys, monkeypatch):
    """Where the engine cannot make its side files, the copy is read as it lies."""
    connect = sqlite3.connect

    def read_only(path, **others):
        if "immutable" not in str(path):
            raise sqlite3.OperationalError("unable to open database file")
        return connect(path, **others)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    assert run(["verify", str(trial)]) == 0
    (trial / "trial.sqlite3-wal").touch()
    assert run(["verify", str(trial)]) == 17


def test_verify_shows_the_first_faults_and_counts_the_rest(trial, capsys):
    with closing(sqlite(trial, create=False)) as ledger, ledger.unit_of_work():
        for repeat in range(6, 200):
            ledger.append(entry({"A": "1"}, repeat=repeat))
    tamper(trial, "UPDATE record_log SET author = 'nobody' WHERE position % 3 = 0")
    assert run(["verify", str(trial)]) == 16
    assert "and 16 more; --json lists all" in capsys.readouterr().err
