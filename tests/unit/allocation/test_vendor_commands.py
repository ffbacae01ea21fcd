"""The maker's commands through the command line: keys, seal, open, replay."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from equipoise.allocation.keys import opening_key, signing_key, signing_public_key
from equipoise.allocation.sealing import read_sealed
from equipoise.allocation.service import VendorService
from equipoise.cli.main import run
from equipoise.conduct.ports import Claim
from equipoise.errors import AllocationError
from tests.unit.allocation.test_openers import claim


@pytest.fixture
def maker(tmp_path, index_protocol_path):
    """A maker with keys and a list of the index trial."""
    assert run(["allocation", "keys", "--out", str(tmp_path / "maker")]) == 0
    assert run(["allocation", "generate", str(index_protocol_path), "--out", str(tmp_path / "list.json")]) == 0
    return tmp_path


def seal(maker, protocol, out="sealed.json", purpose="live", made="list.json"):
    where = ["--protocol", str(protocol), "--keys", str(maker / "maker"), "--out", str(maker / out)]
    return run(["allocation", "seal", str(maker / made), *where, "--purpose", purpose])


@pytest.mark.requirement(8)
def test_keys_are_readable_by_their_owner_only_and_never_written_over(tmp_path, capsys):
    assert run(["allocation", "keys", "--out", str(tmp_path / "maker")]) == 0
    for name in ("opening", "signing"):
        assert stat.S_IMODE((tmp_path / "maker" / f"{name}.key").stat().st_mode) == 0o600
    assert run(["allocation", "keys", "--out", str(tmp_path / "maker")]) == AllocationError.exit_code
    assert "never written over" in capsys.readouterr().err


def test_a_key_with_a_passphrase_opens_with_it_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("WORD", "correct horse")
    assert run(["allocation", "keys", "--out", str(tmp_path), "--passphrase-env", "WORD"]) == 0
    opening_key(tmp_path / "opening.key", "correct horse")
    for wrong in (None, "horse", ""):
        with pytest.raises(AllocationError, match=r"passphrase"):
            opening_key(tmp_path / "opening.key", wrong)
    with pytest.raises(AllocationError, match="another one"):
        signing_key(tmp_path / "opening.key", "correct horse")
    with pytest.raises(AllocationError, match="another one"):
        signing_public_key(tmp_path / "opening.pub")
    assert run(["allocation", "keys", "--out", str(tmp_path / "x"), "--passphrase-env", "NOT_SET"]) == 18


@pytest.mark.requirement(7)
def test_a_seed_serves_one_live_list_and_none_after_a_test(maker, index_protocol_path, capsys):
    assert seal(maker, index_protocol_path) == 0
    assert read_sealed(maker / "sealed.json").manifest.purpose == "live"
    assert seal(maker, index_protocol_path, "again.json") == AllocationError.exit_code
    assert "the seed served before" in capsys.readouterr().err
    second = ["allocation", "generate", str(index_protocol_path), "--out", str(maker / "second.json")]
    assert run(second) == 0
    assert seal(maker, index_protocol_path, "test.json", "test", "second.json") == 0
    assert seal(maker, index_protocol_path, "live.json", "live", "second.json") == AllocationError.exit_code
    assert seal(maker, index_protocol_path, "other.json", "rehearsal", "second.json") == AllocationError.exit_code
    assert not (maker / "live.json").exists()


@pytest.mark.requirement(5)
def test_a_live_list_from_a_small_seed_is_not_sealed(maker, index_protocol_path, capsys):
    small = ["allocation", "generate", str(index_protocol_path), "--seed", "2014", "--out", str(maker / "small.json")]
    assert run(small) == 0
    assert seal(maker, index_protocol_path, made="small.json") == AllocationError.exit_code
    assert "seed is small" in capsys.readouterr().err


@pytest.mark.requirement(8)
def test_the_maker_answers_in_a_process_of_its_own(maker, index_protocol_path):
    assert seal(maker, index_protocol_path) == 0
    assert run(["allocation", "keys", "--claims", "--out", str(maker)]) == 0
    arguments = ["open", str(maker / "sealed.json"), "--keys", str(maker / "maker"), "--socket", str(maker / "line")]
    arguments += ["--application", str(maker / "application.pub"), "--log", str(maker / "opened.jsonl")]
    program = [sys.executable, "-m", "equipoise.cli.main", "allocation", *arguments]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ.copy()) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"answering on")
            made = json.loads((maker / "list.json").read_text())
            key, public = signing_key(maker / "application.key"), signing_public_key(maker / "maker" / "signing.pub")
            service = VendorService(maker / "line", key, public, lambda scheme: [])
            arms = [service.open(Claim("main", "", n, f"01-{n:03d}", claim(1).at)) for n in (1, 2, 3)]
            assert arms == [slot[3] for slot in made["slots"][:3]]
        finally:
            process.send_signal(signal.SIGINT)
            deadline = time.monotonic() + 20
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            process.kill()
    assert process.returncode == 0


def test_open_needs_one_address(maker, index_protocol_path, capsys):
    assert seal(maker, index_protocol_path) == 0
    common = ["allocation", "open", str(maker / "sealed.json"), "--keys", str(maker / "maker")]
    common += ["--application", str(maker / "maker" / "signing.pub"), "--log", str(maker / "log")]
    assert run(common) == AllocationError.exit_code
    assert run([*common, "--port", "8100", "--socket", str(maker / "line")]) == AllocationError.exit_code
    assert "either --socket or --port" in capsys.readouterr().err


def test_a_damaged_register_is_told(maker, index_protocol_path, capsys):
    (maker / "maker" / "seals.jsonl").write_text("{")
    assert seal(maker, index_protocol_path) == AllocationError.exit_code
    assert "register of sealed lists is damaged" in capsys.readouterr().err
