"""What all tests share: the reference folder beside the project, and requirement numbers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.demo_run import DemoRun, run_demo

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
