"""What all tests share: the reference folder beside the project, and requirement numbers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo_run import DemoRun, run_demo
from tests.postgres import Server, running_server

ROOT = Path(__file__).resolve().parent.parent


def shared_folder() -> Path:
    """The folder with the clinical reference and R's results, beside the project."""
    return ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference folder; its absence is a failure in CI and a skip elsewhere."""
    folder = shared_folder()
    if not folder.is_dir():
        message = "this test reads the folder `shared` beside the project, which is not there"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def index_protocol_path() -> Path:
    """The protocol of the index trial."""
    return ROOT / "protocols" / "msc-sr-agvhd" / "protocol.yaml"


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory) -> DemoRun:
    """One run of the demo; tests that ask for it carry `xdist_group("demo")`, so that one worker runs it once."""
    return run_demo(tmp_path_factory.mktemp("demo") / "trial")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server of our own, which need not survive the machine; its absence is a failure in CI."""
    with running_server("fsync = off", "synchronous_commit = off", "full_page_writes = off") as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Where a ledger can be made: the path of a file, then the address of an empty database."""
    if request.param == "sqlite":
        return tmp_path / "trial.sqlite3"
    server: Server = request.getfixturevalue("postgres_server")
    return server.new_database()
