"""Speed of the record log: an append of a 12-item payload, and the verification of 63,000 versions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from time import process_time

from equipoise.records.record import Entry
from equipoise.store.inspection import inspect
from tests.ledgers import START, entry, memory, sqlite

PAYLOAD = {f"GV_ITEM{number:02d}": f"{number}.5" for number in range(12)}
RECORDS, IN_A_UNIT, VERSIONS = 20_000, 500, 63_000
REPEATS = 3
TARGETS = {"append, memory": 60.0, "append, SQLite": 110.0, "verify 63,000 versions": 2.0}


def entries(count: int) -> list[Entry]:
    """Entries of 200 subjects, one second apart."""
    return [
        entry(PAYLOAD, subject=f"01-{number % 200:03d}", repeat=1 + number // 200, at=START + timedelta(seconds=number))
        for number in range(count)
    ]


def append_seconds(ledger, made: list[Entry]) -> float:
    """Processor seconds to append all entries, each in an inner unit, 500 in a transaction."""
    start = process_time()
    for first in range(0, len(made), IN_A_UNIT):
        with ledger.unit_of_work():
            for one in made[first : first + IN_A_UNIT]:
                ledger.append(one)
    return process_time() - start


def measures() -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each measure: processor time, the best of a few runs, as others share the machine."""
    made = entries(RECORDS)
    yield "append, memory", min(append_seconds(memory(), made) for _ in range(REPEATS)) / RECORDS * 1e6, "µs"
    times = []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as folder, closing(sqlite(Path(folder))) as ledger:
            times.append(append_seconds(ledger, made))
    yield "append, SQLite", min(times) / RECORDS * 1e6, "µs"
    with tempfile.TemporaryDirectory() as folder:
        with closing(sqlite(Path(folder))) as ledger:
            append_seconds(ledger, entries(VERSIONS))
            times = []
            for _ in range(REPEATS):
                start = process_time()
                assert ledger.verify().in_order
                times.append(process_time() - start)
        yield "verify 63,000 versions", min(times), "s"
        start = process_time()
        assert inspect(Path(folder) / "trial.sqlite3").in_order
        yield "verify the file too", process_time() - start, "s"
