"""The demo as a newcomer runs it: a process of its own, no compiled kernel in the cache; its parts and its memory."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

TARGETS = {"whole command": 45.0, "largest memory": 1.5 * 1024}


def measures() -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each part: wall seconds, and mebibytes of the largest process."""
    command = [str(Path(sys.executable).with_name("equipoise")), "demo", "--json"]
    with tempfile.TemporaryDirectory() as folder:
        start = perf_counter()
        run = subprocess.run(
            [*command, "--out", f"{folder}/demo"],
            env=os.environ | {"NUMBA_CACHE_DIR": f"{folder}/kernels"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        whole = perf_counter() - start
    for title, seconds in json.loads(run.stdout)["seconds"].items():
        yield title.lower(), seconds, "s"
    yield "whole command", whole, "s"
    yield "largest memory", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, "MiB"
