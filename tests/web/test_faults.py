"""What is damaged or out of bounds: a page or a message in words, never a traceback."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from equipoise.cli.main import run
from equipoise.errors import StorageError
from equipoise.web.accounts import secret_key


@pytest.mark.parametrize("number", [0, 10**9, 2**63, 10**40])
def test_a_number_that_no_form_can_have_is_not_found(inspector, number):
    status, text, _ = inspector.get(f"/subjects/01-001/DEMOG/{number}/")
    assert (status, "There is no such page or record" in text) == (404, True)


@pytest.mark.requirement(47)
def test_a_database_that_cannot_be_read_is_told_on_the_page_without_its_place(inspector, trial_folder):
    away = trial_folder.database.with_suffix(".away")
    trial_folder.database.rename(away)
    try:
        trial_folder.database.write_bytes(b"no database " * 1000)
        answers = [
            inspector.get(path) for path in ("/", "/subjects/", "/subjects/01-001/", "/subjects/01-001/DEMOG/1/")
        ]
    finally:
        away.replace(trial_folder.database)
    for status, text, headers in answers:
        assert status == 503
        assert "this file is not a database (STORE-NOT-A-DATABASE)" in text
        assert str(trial_folder.path) not in text
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert inspector.get("/")[0] == 200


def test_key_and_accounts_are_readable_by_their_owner_only(server, trial_folder):
    for name in ("secret.key", "accounts.sqlite3"):
        assert (trial_folder.path / name).stat().st_mode & 0o077 == 0, name


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64, b"x" * 63 + b"\n"])
def test_a_file_that_holds_no_key_is_told(tmp_path, content):
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(StorageError, match="does not hold a key"):
        secret_key(tmp_path)


def test_a_key_is_made_once(tmp_path):
    assert secret_key(tmp_path) == secret_key(tmp_path)


@pytest.mark.parametrize("port", ["0", "-1", "65536", "x"])
def test_a_port_that_is_none_is_wrong_usage(capsys, port):
    assert run(["serve", "--port", port]) == 2


def test_accounts_that_are_damaged_are_told(trial_folder, tmp_path):
    copy = tmp_path / "trial"
    shutil.copytree(trial_folder.path, copy)
    for beside in copy.glob("accounts.sqlite3-*"):  # of the server that is running
        beside.unlink()
    (copy / "accounts.sqlite3").write_bytes(b"no database " * 1000)
    command = [str(Path(sys.executable).with_name("equipoise")), "serve", "--trial", str(copy), "--port", "1"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == StorageError.exit_code
    assert "the accounts cannot be read or written: file is not a database" in ended.stderr
    assert "Traceback" not in ended.stderr
