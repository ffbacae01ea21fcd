"""One run of `equipoise demo` in a process of its own, shared by the tests that look at it from all sides."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEED = 11
EQUIPOISE = str(Path(sys.executable).with_name("equipoise"))


@dataclass(frozen=True)
class DemoRun:
    """The folder that a demo wrote, and what it said."""

    folder: Path
    said: dict[str, Any]

    def files(self) -> dict[str, bytes]:
        """What must be the same in every run with one seed: log, heads, datasets, results, report."""
        names = ["log.jsonl", "heads.json", "results.csv", "results.json", "report.html", "restricted/allocation.json"]
        paths = [self.folder / name for name in names] + sorted((self.folder / "datasets").iterdir())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}


def run_demo(out: Path, seed: int = SEED, **environment: str) -> DemoRun:
    """Run the demo; it must succeed."""
    command = [EQUIPOISE, "demo", "--json", "--out", str(out), "--seed", str(seed)]
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)
    assert run.returncode == 0, run.stderr[-4000:]
    return DemoRun(out, json.loads(run.stdout))
