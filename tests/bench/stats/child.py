"""Measures that need a process of their own: `python -m tests.bench.stats.child WHAT ROW FOLDER` prints one JSON line.

`import`: seconds to import equipoise.stats, and to load every public name. `first`: seconds of the
first call of a row, and of its slowest kernel. `memory`: the most bytes that the call of a row needs beyond its input.
`digest`: a hash of the result of every row. `growth`: seconds of every row with as many subjects as it takes and with a
tenth. `analysis`: seconds of the analysis of the whole index trial, warm.
"""

from __future__ import annotations

import dataclasses
import json
import re
import resource
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

ENOUGH = 0.4
"""Seconds of one row at one size."""


def import_seconds() -> dict[str, Any]:
    """Seconds to import the package, and to load every public name; what was loaded too early."""
    start = process_time()
    from equipoise import stats

    imported = process_time()
    loaded: list[str] = [name for name in ("numba", "scipy") if name in sys.modules]
    for name in stats.__all__:
        getattr(stats, name)
    named = process_time()
    loaded += [name for name in ("scipy.stats",) if name in sys.modules]
    return {"seconds": imported - start, "names": named - imported, "loaded": loaded}


def first_call(row: str, folder: Path) -> dict[str, Any]:
    """Seconds of the first call of a row, and of the kernel whose compilation, with all that it calls, took longest."""
    from numba.core import event

    from tests.bench.stats.data import load
    from tests.bench.stats.estimators import ROWS

    class Compilations(event.Listener):
        """Processor seconds of every compilation."""

        def __init__(self) -> None:
            self.begun: list[float] = []
            self.seconds: dict[str, float] = {}

        def on_start(self, told: Any) -> None:
            self.begun.append(process_time())

        def on_end(self, told: Any) -> None:
            self.seconds[told.data["dispatcher"].py_func.__name__] = process_time() - self.begun.pop()

    call, heard = ROWS[row].call(load(folder)), Compilations()
    event.register("numba:compile", heard)
    start = process_time()
    call()
    seconds = process_time() - start
    slowest = max(heard.seconds, key=heard.seconds.__getitem__, default="")
    return {"seconds": seconds, "kernel": slowest, "kernel_seconds": heard.seconds.get(slowest, 0.0)}


def resident(what: str) -> int:
    """Bytes of VmRSS (now) or VmHWM (the most so far) of this process."""
    found = re.search(rf"{what}:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def memory(row: str, folder: Path) -> dict[str, Any]:
    """Peak beyond what was resident before the call; an earlier call with few subjects has loaded the kernels."""
    from tests.bench.stats.data import draw, load
    from tests.bench.stats.estimators import ROWS, input_bytes

    ROWS[row].call(draw(198, whole_days=False))()
    data = load(folder)
    call, given = ROWS[row].call(data), input_bytes(ROWS[row].prepare(data))
    try:
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        before, peak = resident("VmRSS"), lambda: resident("VmHWM")
    except OSError:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # noqa: E731
    kept = call()
    return {"bytes": peak() - before, "input": given, "kept": kept is not None}


def update(digest: Any, value: Any) -> None:
    """Feed the bytes of a result: arrays and numbers of its public fields."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            if field.repr:
                update(digest, getattr(value, field.name))
    elif isinstance(value, list | tuple):
        for each in value:
            update(digest, each)
    elif hasattr(value, "tobytes"):
        digest.update(value.tobytes())
    else:
        digest.update(repr(value).encode())


def digests(folder: Path) -> dict[str, Any]:
    """Hash of the result of every row; those that take fewer subjects are given the first of them."""
    from tests.bench.stats.data import load
    from tests.bench.stats.estimators import ROWS
    from tests.bench.stats.tasks import SMALL

    data, found = load(folder), {}
    for name, row in ROWS.items():
        digest = sha256()
        update(digest, row.call(data.first(row.most or SMALL))())
        found[name] = digest.hexdigest()
    return found


def seconds_of(call: Callable[[], Any], calls: int) -> float:
    """Median processor seconds of one call; the first touch of memory is paid before, a long call is made twice."""
    times: list[float] = []
    while len(times) <= calls and (len(times) < 2 or sum(times) < ENOUGH):
        start = process_time()
        call()
        times.append(process_time() - start)
    return median(times[1:])


def growth(kind: str) -> dict[str, Any]:
    """Seconds of every row at its largest number of subjects and at a tenth of it, the smaller first."""
    from tests.bench.stats.data import Data, draw
    from tests.bench.stats.estimators import ROWS

    data: dict[int, Data] = {}
    told = {}
    for name, row in ROWS.items():
        if row.most:
            for size in (row.most // 10, row.most):
                data.setdefault(size, draw(size, whole_days=kind == "whole days"))
            told[name] = [seconds_of(row.call(data[size]), 9) for size in (row.most // 10, row.most)]
    return told


def analysis() -> dict[str, Any]:
    """Seconds of the first and of a later run over the datasets of one simulated trial; subjects randomized."""
    from equipoise.analysis.analyse import analyse
    from equipoise.datasets import build
    from equipoise.days import day_of
    from equipoise.records.cuts import Cut
    from tests.calibration.replicates import simulated

    trial, _ = simulated(seed=1)
    protocol = trial.protocols.latest
    assert protocol.trial.data_cutoff is not None
    cut = Cut(as_of=trial.clock.now(), cutoff=day_of(protocol.trial.data_cutoff))
    datasets, seconds = build(trial.ledger.read(), protocol, cut), []
    for _ in range(4):
        start = process_time()
        analyse(datasets, protocol)
        seconds.append(process_time() - start)
    randomized = int((datasets.adsl["ITTFL"] == "Y").sum())
    return {"first": seconds[0], "seconds": median(seconds[1:]), "subjects": randomized}


def main(what: str, row: str, folder: str) -> None:
    told = {
        "import": import_seconds,
        "first": lambda: first_call(row, Path(folder)),
        "memory": lambda: memory(row, Path(folder)),
        "digest": lambda: digests(Path(folder)),
        "growth": lambda: growth(row),
        "analysis": analysis,
    }[what]()
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:4])
