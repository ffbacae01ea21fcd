"""Processes that write to a trial's database until they are done or killed."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import closing
from random import Random

from equipoise.store.allocations import DatabaseAllocations
from equipoise.store.databases import open_database
from equipoise.store.entropy import SystemEntropy
from tests.ledgers import START, TRIAL, entry

LONG = {f"ITEM{number}": "x" * 300 for number in range(12)}


def claim(path: str, worker: int, subjects: int, killed: float) -> None:
    """Claim a slot for each subject; some workers are killed in the middle of a transaction and start again."""
    draw = Random(worker * 1_000_003 + os.getpid())
    with closing(open_database(path, TRIAL, SystemEntropy())) as ledger:
        slots = DatabaseAllocations(ledger)
        order = list(range(subjects))
        draw.shuffle(order)
        for number in order:
            subject = f"{worker:02d}-{number:03d}"
            if slots.of_subject("main", subject):
                continue
            with ledger.unit_of_work():
                slots.claim("main", "", subject, START)
                if draw.random() < killed:
                    os.kill(os.getpid(), signal.SIGKILL)
            print(subject, flush=True)


def write(path: str, worker: int) -> None:
    """Append units of three records without end; each unit that was saved is acknowledged with its number."""
    with closing(open_database(path, TRIAL, SystemEntropy())) as ledger:
        for number in range(1, 1_000_000):
            with ledger.unit_of_work():
                for repeat in range(3):
                    ledger.append(entry(LONG, subject=f"{worker:02d}-{number:05d}", repeat=repeat + 1))
            print(number, flush=True)


if __name__ == "__main__":
    what, where, who, *numbers = sys.argv[1:]
    if what == "claim":
        claim(where, int(who), int(numbers[0]), float(numbers[1]))
    else:
        write(where, int(who))
