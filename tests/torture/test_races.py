"""Many workers at once, some of them killed: no slot twice, no gap, nothing lost."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context

import pytest

from equipoise.errors import VersionConflict
from equipoise.store.allocations import DatabaseAllocations
from equipoise.store.databases import open_database
from equipoise.store.entropy import SystemEntropy
from tests.conftest import ROOT
from tests.ledgers import START, TRIAL, entry, ledger_at


def worker(*arguments, stdout=subprocess.PIPE) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.torture.workers", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=stdout, text=True)


def same_request(path: str) -> tuple[str, int]:
    with closing(open_database(path, TRIAL, SystemEntropy())) as ledger:
        claim = DatabaseAllocations(ledger).claim("main", "", "01-001", START)
        return claim.claim_id, claim.position


@pytest.mark.requirement(1)
def test_fifty_requests_from_processes_and_threads_give_one_row_and_fifty_equal_answers(place):
    with closing(ledger_at(place)) as ledger:
        slots = DatabaseAllocations(ledger)
        slots.prepare("main", "", 100)
        slots.claim("main", "", "01-000", START)
    paths = [str(place)] * 25
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as processes, ThreadPoolExecutor(25) as threads:
        answers = [*processes.map(same_request, paths), *threads.map(same_request, paths)]
    assert len(answers) == 50
    assert {position for _, position in answers} == {2}
    assert len(set(answers)) == 1


@pytest.mark.requirement(2)
def test_slots_are_given_in_order_without_gap_or_reuse_whatever_is_killed(place, full):
    """Twenty workers with 500 subjects each, 5 % of claims killed before commit; fewer in a run of all tests."""
    workers, subjects = (20, 500) if full else (4, 25)
    with closing(ledger_at(place)) as ledger:
        DatabaseAllocations(ledger).prepare("main", "", workers * subjects)
    path = place
    running = {number: worker("claim", path, number, subjects, 0.05) for number in range(workers)}
    acknowledged, kills = [], 0
    while running:
        for number, process in list(running.items()):
            acknowledged += process.communicate(timeout=600)[0].split()
            if process.returncode == 0:
                del running[number]
            else:
                assert process.returncode == -signal.SIGKILL
                kills += 1
                running[number] = worker("claim", path, number, subjects, 0.05)
    assert kills > 0
    with closing(ledger_at(place, create=False)) as ledger:
        claims = DatabaseAllocations(ledger).claims("main")
    assert [claim.position for claim in claims] == list(range(1, workers * subjects + 1))
    expected = {f"{number:02d}-{subject:03d}" for number in range(workers) for subject in range(subjects)}
    assert {claim.subject for claim in claims} == expected
    assert set(acknowledged) <= expected


def save(arguments: tuple[str, int]) -> str:
    path, number = arguments
    with closing(open_database(path, TRIAL, SystemEntropy())) as ledger:
        try:
            ledger.append(entry({"A": str(number)}, expects=1, reason="misread"))
        except VersionConflict:
            return "conflict"
    return "saved"


@pytest.mark.requirement(33)
def test_of_many_savers_of_one_version_one_wins_and_the_others_get_a_conflict(place):
    with closing(ledger_at(place)) as ledger:
        ledger.append(entry({"A": "0"}))
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(save, [(str(place), number) for number in range(20)]))
    assert sorted(answers) == ["conflict"] * 19 + ["saved"]
    with closing(ledger_at(place, create=False)) as ledger:
        assert len(ledger.history(entry().key)) == 2
        assert ledger.verify().in_order


def append(arguments: tuple[str, int, int]) -> None:
    path, number, records = arguments
    with closing(open_database(path, TRIAL, SystemEntropy())) as ledger:
        for repeat in range(1, records + 1):
            ledger.append(entry({"A": "1"}, subject=f"{number:02d}-001", repeat=repeat))


def test_chains_written_by_many_processes_at_once_are_whole(place, full):
    records = 300 if full else 20
    ledger_at(place).close()
    path = str(place)
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as processes:
        list(processes.map(append, [(path, number, records) for number in range(8)]))
    with closing(ledger_at(place, create=False)) as ledger:
        result = ledger.verify()
    assert result.in_order
    assert result.heads["clinical"].position == 8 * records
