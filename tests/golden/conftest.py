"""The folder with R's numbers: `--reference DIR`, or the copy in `data/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.entries import Entry, entries

DATA = Path(__file__).parent / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reference", metavar="DIR", help="folder of R's results, in the format of tests/golden/data")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each entry of every json file of the folder."""
    if "entry" in metafunc.fixturenames:
        # the option is unknown where pytest was started from above this folder
        folder = metafunc.config.getoption("--reference", default=None)
        found: list[Entry] = entries(Path(folder) if folder else DATA)
        metafunc.parametrize("entry", found, ids=[entry.name for entry in found])
