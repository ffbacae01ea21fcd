"""Where the peers live: an environment of their own for Python, and R where it is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
PEERS_PYTHON = Path(os.environ.get("BENCH_PEERS", ROOT / ".venv-bench" / "bin" / "python"))
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")
PACKAGES = ("survival", "statsmodels", "surpyval", "comprisk", "lifelines", "scikit-survival")


def one_thread(threads: int = 1, **more: str) -> dict[str, str]:
    """Environment of a child with so many threads."""
    limits = dict.fromkeys((*THREADS, "POLARS_MAX_THREADS"), str(threads))
    return os.environ | limits | {"PYTHONHASHSEED": "0"} | more


class Side:
    """A process that answers the requests of `worker`."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=one_thread(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, *words: object) -> dict[str, Any]:
        """The reply to a request; a process that has ended replies with its failure."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write("\t".join(map(str, words)) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        return json.loads(line) if line else {"failed": "its process ended"}

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def ours() -> Side:
    return Side("ours", [sys.executable, "-m", "tests.bench.stats.worker", "ours"])


def python_peers() -> Side | None:
    """The peers in Python, or nothing where their environment is not there."""
    if not PEERS_PYTHON.exists():
        return None
    return Side("peers", [str(PEERS_PYTHON), "-m", "tests.bench.stats.worker", "peers"])


def r_peers() -> Side | None:
    """R with its packages survival and cmprsk, or nothing."""
    rscript = shutil.which("Rscript")
    wanted = 'quit(status = !all(c("survival", "cmprsk") %in% rownames(installed.packages())))'
    if rscript is None or subprocess.run([rscript, "-e", wanted], capture_output=True, check=False).returncode:
        return None
    return Side("R", [rscript, str(HERE / "r_peers.R")])


def versions() -> str:
    """Versions of ours and of the peers that are there, in one line."""
    told = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "numba"))
    if PEERS_PYTHON.exists():
        told += "; peers: " + said(PEERS_PYTHON, "-c", PYTHON_VERSIONS.format(PACKAGES))
    else:
        told += "; the peers in Python are not installed"
    rscript = shutil.which("Rscript")
    return told + ("; " + said(rscript, "-e", R_VERSIONS) if rscript else "; R is not installed")


def said(*command: str | Path) -> str:
    """What a short command prints."""
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False).stdout.strip()


PYTHON_VERSIONS = """
from importlib.metadata import version, PackageNotFoundError
for name in {}:
    try:
        print(name, version(name), end=", ")
    except PackageNotFoundError:
        print(name, "absent", end=", ")
from importlib.metadata import version as of
print("numpy", of("numpy"))
"""
R_VERSIONS = """
of <- function(name) if (requireNamespace(name, quietly = TRUE)) as.character(packageVersion(name)) else "absent"
cat(R.version.string, "survival", of("survival"), "cmprsk", of("cmprsk"))
"""
