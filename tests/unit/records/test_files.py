"""Log files and anchor files: what is refused, line by line."""

from __future__ import annotations

import json

import pytest

from equipoise.errors import StorageError, TrialErrors
from equipoise.records.files import heads_text, read_heads, read_log, read_rows, write_heads, write_log
from equipoise.records.record import CLINICAL
from tests.ledgers import TRIAL, entry, memory, redaction


@pytest.fixture
def ledger():
    made = memory()
    made.append(entry({"AE_TERM": "红皮病", "AE_GRADE": {"v": "2", "q": "<"}}))
    made.append(entry({}, repeat=2))
    made.redact(entry().key, 1, ["AE_TERM"], redaction())
    return made


def test_a_log_file_is_plain_text_one_record_a_line(ledger, tmp_path):
    write_log(tmp_path / "log.jsonl", TRIAL, ledger.stored())
    lines = (tmp_path / "log.jsonl").read_text(encoding="utf-8").split("\n")
    assert json.loads(lines[0]) == {"equipoise_log": 1, "trial": TRIAL}
    first, second = json.loads(lines[1]), json.loads(lines[2])
    assert first["items"] == {"AE_GRADE": {"q": "<", "v": "2"}}
    assert list(first["leaves"]) == ["AE_TERM"]
    assert "items" not in second
    assert lines[4:] == [""]
    assert read_log(tmp_path / "log.jsonl") == (TRIAL, list(ledger.stored()))


@pytest.mark.parametrize("text", ["", "notes", "{}", "[]", '{"equipoise_log":2,"trial":"T"}', '{"equipoise_log":1}'])
def test_a_file_that_is_not_a_log_is_refused(tmp_path, text):
    (tmp_path / "log.jsonl").write_text(text)
    with pytest.raises(StorageError, match="this is not a record log"):
        read_rows(tmp_path / "log.jsonl")
    with pytest.raises(StorageError, match="this is not a record log"):
        read_rows(tmp_path / "missing.jsonl")


def test_every_line_that_is_not_a_record_is_named(ledger, tmp_path):
    path = tmp_path / "log.jsonl"
    write_log(path, TRIAL, ledger.stored())
    lines = path.read_text(encoding="utf-8").split("\n")
    record = json.loads(lines[2])
    faulty = [
        "not json",
        "[]",
        "",
        json.dumps({"author": "x"}),
        json.dumps(record | {"position": "1"}),
        json.dumps(record | {"position": True}),
        json.dumps(record | {"items": [], "salts": [], "leaves": {}}),
        json.dumps(record | {"items": {}, "salts": ["zz"], "leaves": {}}),
    ]
    path.write_text("\n".join([lines[0], lines[1], *faulty, lines[3], ""]), encoding="utf-8")
    with pytest.raises(TrialErrors) as caught:
        read_rows(path)
    assert [fault.where for fault in caught.value.faults] == [f"{path}, line {number}" for number in range(3, 11)]


def test_an_anchor_file_gives_back_the_heads(ledger, tmp_path):
    write_heads(tmp_path / "heads.json", TRIAL, ledger.heads())
    assert read_heads(tmp_path / "heads.json") == (TRIAL, ledger.heads())
    assert json.loads(heads_text(TRIAL, ledger.heads()))["heads"][CLINICAL]["position"] == 3


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"equipoise_heads":2,"trial":"T","heads":{}}'])
def test_a_file_that_is_not_an_anchor_is_refused(tmp_path, text):
    (tmp_path / "heads.json").write_text(text)
    with pytest.raises(StorageError, match="this is not an anchor file"):
        read_heads(tmp_path / "heads.json")


@pytest.mark.parametrize(
    "position", ["1e400", "null", "[]", '"x"', "[" * 100_000], ids=["no end", "null", "list", "text", "deep"]
)
def test_an_anchor_without_a_position_is_refused(tmp_path, position):
    path = tmp_path / "heads.json"
    path.write_text(f'{{"equipoise_heads":1,"trial":"T","heads":{{"clinical":{{"position":{position},"hash":"a"}}}}}}')
    with pytest.raises(StorageError, match="this is not an anchor file"):
        read_heads(path)


def test_what_no_terminal_can_print_is_read_as_an_escape(tmp_path):
    log, anchor = tmp_path / "log.jsonl", tmp_path / "heads.json"
    log.write_text('{"equipoise_log":1,"trial":"T\\ud800\\u001b[2J"}\n')
    assert read_rows(log) == ("T\\ud800\\x1b[2J", [])
    anchor.write_text('{"equipoise_heads":1,"trial":"\\ud800","heads":{"\\ud800":{"position":1,"hash":"\\ud800"}}}')
    trial, heads = read_heads(anchor)
    assert (trial, list(heads), heads["\\ud800"].hash) == ("\\ud800", ["\\ud800"], "\\ud800")


def test_a_line_that_goes_ever_deeper_is_not_a_record(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"equipoise_log":1,"trial":"T"}\n' + "[" * 100_000 + "\n")
    with pytest.raises(TrialErrors, match="line 2: this line is not a record"):
        read_rows(path)
