"""`equipoise protocol check` and `render`."""

from __future__ import annotations

import json

import pytest

from equipoise.cli.main import run
from equipoise.errors import ProtocolError


@pytest.fixture
def equipoise(capsys):
    """Runs a command; gives its exit code, output and error output."""

    def command(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def test_check_says_in_order_with_a_summary(equipoise, write):
    write()
    code, out, err = equipoise("protocol", "check", "protocol.yaml")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "protocol.yaml: in order"
    assert "  trial:       MSC-SR-AGVHD" in lines
    assert "  sites:       9" in lines
    assert "  checks:      2" in lines


def test_check_takes_the_folder_too(equipoise, write):
    write()
    assert equipoise("protocol", "check", ".")[0] == 0


def test_check_tells_every_fault_and_ends_with_the_code_of_protocol_errors(equipoise, write):
    write(('  phase: "3"\n', "  phase: 3\n"), ("{subjects: false,", "{subjects: no,"))
    code, out, err = equipoise("protocol", "check", "protocol.yaml")
    assert (code, out) == (ProtocolError.exit_code, "")
    assert "trial.phase: 3 is not a text" in err
    assert "masking.subjects: no is not true or false" in err
    assert err.rstrip().endswith("2 faults")
    assert "Traceback" not in err


def test_check_speaks_json(equipoise, write):
    write()
    summary = json.loads(equipoise("protocol", "check", "protocol.yaml", "--json")[1])
    assert summary["in_order"] is True
    assert summary["arms"] == ["MSC", "CONTROL"]
    write(('  phase: "3"\n', "  phase: 3\n"))
    code, out, _ = equipoise("protocol", "check", "protocol.yaml", "--json")
    [fault] = json.loads(out)["faults"]
    assert code == ProtocolError.exit_code
    assert (fault["rule"], fault["remedy"]) == ("PROTOCOL-VALUE", "put it in quotes")


def test_check_looks_at_earlier_versions_too(equipoise, write):
    write(("    unit: mg\n", "    unit: g\n"), file="earlier/v0.yaml")
    write(('  phase: "3"\n', "  phase: 3\n"))
    _, _, err = equipoise("protocol", "check", "protocol.yaml")
    assert "v0.yaml, line" in err
    assert "protocol.yaml, line 16, trial.phase: 3 is not a text" in err


def test_a_file_that_is_not_there_is_told_without_a_traceback(equipoise, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = equipoise("protocol", "check", "nowhere.yaml")
    assert code == ProtocolError.exit_code
    assert err.startswith("nowhere.yaml, line 1: there is no such file")


def test_render_writes_both_pages_and_says_where(equipoise, write, tmp_path):
    write()
    code, out, _ = equipoise(
        "protocol", "render", "protocol.yaml", "--out", "pages/zh", "--lang", "zh", "--format", "md"
    )
    assert code == 0
    assert out.split() == ["pages/zh/synopsis.md", "pages/zh/schedule.md"]
    assert (tmp_path / "pages/zh/synopsis.md").read_text(encoding="utf-8").startswith("# 方案摘要")


def test_render_does_not_write_from_a_broken_protocol(equipoise, write, tmp_path):
    write(('  phase: "3"\n', "  phase: 3\n"))
    assert equipoise("protocol", "render", "protocol.yaml", "--out", "pages")[0] == ProtocolError.exit_code
    assert not (tmp_path / "pages").exists()


def test_render_to_a_place_that_cannot_be_written_is_told(equipoise, write, tmp_path):
    write()
    (tmp_path / "taken").write_text("")
    code, _, err = equipoise("protocol", "render", "protocol.yaml", "--out", "taken")
    assert code != 0
    assert "Traceback" not in err
    assert "taken" in err
