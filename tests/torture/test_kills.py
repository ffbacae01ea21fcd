"""The writer is killed in mid-write, again and again: the chain verifies, and nothing that was acknowledged is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import closing
from random import Random

import pytest

from equipoise.errors import StorageError
from equipoise.store.entropy import SystemEntropy
from equipoise.store.sqlite import open_ledger
from tests.ledgers import TRIAL, entry, ledger_at
from tests.postgres import running_server
from tests.torture.test_races import worker


@pytest.mark.requirement(2)
def test_a_kill_in_mid_write_loses_nothing_that_was_acknowledged(place, tmp_path, full):
    draw = Random(7)
    ledger_at(place).close()
    for round_number in range(200 if full else 5):
        said = tmp_path / "acknowledged"
        with said.open("w") as stdout, worker("write", place, round_number, stdout=stdout) as process:
            while not said.stat().st_size and process.poll() is None:
                time.sleep(0.005)
            time.sleep(draw.uniform(0, 0.05))
            process.kill()
        assert process.returncode == -signal.SIGKILL
        acknowledged = said.read_text().count("\n")
        with closing(ledger_at(place, create=False)) as ledger:
            assert ledger.verify().in_order
            saved = [unit for unit in ledger.units("subject") if unit.startswith(f"{round_number:02d}-")]
            assert acknowledged <= len(saved) <= acknowledged + 1
            assert all(len(ledger.of_unit("subject", unit)) == 3 for unit in saved[-2:])


@pytest.mark.requirement(2)
def test_a_crash_of_the_server_loses_nothing_that_was_acknowledged(tmp_path, full):
    """The server keeps what it has acknowledged on the disk, as a live one must; it is stopped as by a crash."""
    draw = Random(11)
    with running_server() as server:
        place = server.new_database()
        ledger_at(place).close()
        for round_number in range(100 if full else 3):
            said = tmp_path / "acknowledged"
            with said.open("w") as stdout, worker("write", place, round_number, stdout=stdout) as process:
                while not said.stat().st_size and process.poll() is None:
                    time.sleep(0.005)
                time.sleep(draw.uniform(0, 0.05))
                server.stop("immediate")
                process.wait(60)
            server.start()
            acknowledged = said.read_text().count("\n")
            with closing(ledger_at(place, create=False)) as ledger:
                assert ledger.verify().in_order
                saved = [unit for unit in ledger.units("subject") if unit.startswith(f"{round_number:02d}-")]
                assert acknowledged <= len(saved) <= acknowledged + 1


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs rights that this machine does not give")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_up_stops_the_writer_cleanly_and_it_goes_on_after(small_disk):
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 300_000)
    with closing(open_ledger(small_disk / "trial.sqlite3", TRIAL, SystemEntropy(), create=True)) as ledger:
        saved = 0
        with pytest.raises(StorageError, match="the disk is full"):
            for number in range(1, 1000):
                with ledger.unit_of_work():
                    for repeat in (1, 2):
                        ledger.append(entry({"A": "x" * 5000}, subject=f"01-{number:03d}", repeat=repeat))
                saved = number
        assert len(ledger.units("subject")) == saved
        assert ledger.heads()["clinical"].position == 2 * saved
        assert ledger.verify().in_order
        ballast.unlink()
        ledger.append(entry(subject="01-999"))
        assert ledger.verify().in_order
