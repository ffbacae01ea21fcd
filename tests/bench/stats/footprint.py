"""What does not need a peer: growth, memory, import, first calls, independence of threads, the index trial."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.stats.data import draw, save
from tests.bench.stats.environment import ROOT, one_thread
from tests.bench.stats.estimators import ROWS
from tests.bench.stats.tasks import LARGEST, SMALL

IMPORT, FIRST_COLD, FIRST_CACHED, MEMORY, ANALYSIS = 0.4, 3.0, 0.3, 12.0, 0.5
"""Targets: seconds, and times the bytes of the input."""


def child(what: str, row: str = "", folder: Path | str = "", threads: int = 1, **environment: str) -> dict[str, Any]:
    """What `child` says in a process of its own, or that it failed."""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.bench.stats.child", what, row, str(folder)],
        cwd=ROOT,
        env=one_thread(threads, **environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        return {"failed": f"{what} {row}: {(run.stderr.strip().splitlines() or [f'status {run.returncode}'])[-1]}"}
    return json.loads(run.stdout)


def growth(whole_days: bool) -> dict[str, tuple[float, float]]:
    """Seconds of each row that grows: with a tenth of its largest number of subjects, and with that."""
    told = child("growth", "whole days" if whole_days else "")
    if "failed" in told:
        raise ChildProcessError(told["failed"])
    return {name: (small, large) for name, (small, large) in told.items()}


def import_of_stats() -> dict[str, Any]:
    """Median seconds of five imports; modules that must wait and did not; files that numba wrote."""
    with tempfile.TemporaryDirectory() as cache:
        runs = [child("import", NUMBA_CACHE_DIR=cache) for _ in range(5)]
        written = sum(1 for path in Path(cache).rglob("*") if path.is_file())
    seconds = {key: median(run[key] for run in runs) for key in ("seconds", "names")}
    return seconds | {"loaded": runs[0]["loaded"], "compiled": written}


def first_calls() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """First call of each estimator that has kernels: nothing compiled before, then from the cache. Two at a time."""
    rows = [name for name, row in ROWS.items() if row.most and "," not in name and "." not in name]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        small = Path(folder) / "small"
        save(draw(SMALL, whole_days=False), small)

        def both(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
            cache = f"{folder}/{name}"
            first, second = (child("first", name, small, NUMBA_CACHE_DIR=cache) for _ in range(2))
            return first, second

        return dict(zip(rows, pool.map(both, rows), strict=True))


def memory(folder: Path) -> dict[str, dict[str, Any]]:
    """Peak of each row beyond its input, methods of a fit apart. Two at a time."""
    rows = [name for name, row in ROWS.items() if row.most == LARGEST and "." not in name]

    def peak(name: str) -> dict[str, Any]:
        # glibc gives freed arrays back at once, so that nothing already resident is used again unseen
        return child("memory", name, folder, MALLOC_MMAP_THRESHOLD_="65536")

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(rows, pool.map(peak, rows), strict=True))


def depends_on_threads(folder: Path) -> list[str]:
    """Rows whose result is not the same to the byte with one thread and with two."""
    one, two = child("digest", "", folder, 1), child("digest", "", folder, 2)
    if "failed" in one | two:
        raise ChildProcessError((one | two)["failed"])
    return [name for name in one if one[name] != two[name]]
