"""A PostgreSQL server for the tests: its own cluster in a temporary folder, from the system's binaries."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

SYSTEM_USER = "postgres"
CANDIDATES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
NUMBERS = count(1)


def binaries() -> Path | None:
    """The folder of the newest server on this machine; None where there is none."""
    found = [folder for pattern in CANDIDATES for folder in Path("/").glob(pattern.lstrip("/"))]
    found = [folder for folder in found if (folder / "initdb").exists()]
    on_path = shutil.which("initdb")
    return max(found, default=Path(on_path).parent if on_path else None)


class Server:
    """A running cluster that listens on a Unix socket only."""

    def __init__(self, bin_folder: Path, folder: Path):
        self.bin = bin_folder
        self.folder = folder
        self.data = folder / "data"

    def run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one of the server's programs, as a user that it accepts: it refuses root."""
        user = {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []} if os.geteuid() == 0 else {}
        return subprocess.run(
            [str(self.bin / program), *arguments],
            check=check, capture_output=True, text=True, cwd="/", timeout=120, **user,
        )  # fmt: skip

    def make(self, *settings: str) -> None:
        """Make the cluster."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, SYSTEM_USER, SYSTEM_USER)
        self.run("initdb", "-D", str(self.data), "-A", "trust", "-U", "equipoise", "-E", "UTF8", "--locale=C")
        lines = [f"unix_socket_directories = '{self.folder}'", "listen_addresses = ''", "max_connections = 120"]
        with (self.data / "postgresql.conf").open("a") as file:
            file.write("\n".join([*lines, *settings, ""]))

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.run("pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast`, or `immediate`, which is a crash."""
        self.run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "-t", "60", "stop", check=False)

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://equipoise@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """The address of a new empty database."""
        import psycopg

        name = f"test_{os.getpid()}_{next(NUMBERS)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)


@contextmanager
def running_server(*settings: str) -> Iterator[Server]:
    """A server for the time of a block; its folder is short, since the path of a Unix socket must be."""
    found = binaries()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed; in CI these tests must run")
        pytest.skip("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = Server(found, Path(folder) / "c")
        server.make(*settings)
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
