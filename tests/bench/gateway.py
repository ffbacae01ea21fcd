"""Speed of the gateway: one replicate of the index trial conducted in memory, record by record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, process_time

from equipoise.conduct import capture as capture_module
from equipoise.protocol.load import load_history
from equipoise.simulate.scenario import load_scenario
from equipoise.simulate.trial import simulate_trial
from tests.calibration.replicates import FOLDER, SCENARIO, trial_in_memory

TARGETS = {"gateway and ledger, a record": 300.0, "one replicate in memory": 10.0}


@contextmanager
def clocked(module: object, name: str, seconds: list[float]) -> Iterator[None]:
    """Add up the time that calls of a function of a module take."""
    original = getattr(module, name)

    def timed(*args: object, **kwargs: object) -> object:
        start = perf_counter()
        try:
            return original(*args, **kwargs)
        finally:
            seconds[0] += perf_counter() - start

    setattr(module, name, timed)
    try:
        yield
    finally:
        setattr(module, name, original)


def measures() -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each measure."""
    trial, scenario, saving = trial_in_memory(load_history(FOLDER), seed=1), load_scenario(SCENARIO), [0.0]
    start = process_time()
    with clocked(capture_module, "_save", saving):
        simulate_trial(trial, scenario, seed=1)
    whole = process_time() - start
    records = sum(head.position for head in trial.ledger.heads().values())
    yield "gateway and ledger, a record", saving[0] / records * 1e6, "µs"
    yield "one replicate in memory", whole, "s"
    yield "records", records, ""
