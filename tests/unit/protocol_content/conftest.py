"""The files of the index trial as plain data, and the domain's numbers beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

LIBRARY = Path(__file__).resolve().parents[3] / "src" / "equipoise" / "protocol" / "library" / "forms.yaml"


def read(path: Path) -> dict[str, Any]:
    """A YAML file as plain values."""
    return YAML(typ="safe", pure=True).load(path)


@pytest.fixture(scope="session")
def library() -> Mapping[str, Any]:
    """The form library as it stands in the file."""
    return read(LIBRARY)


@pytest.fixture(scope="session")
def written(index_protocol_path: Path) -> Mapping[str, Any]:
    """The index protocol as it stands in the file."""
    return read(index_protocol_path)


@pytest.fixture(scope="session")
def published(index_protocol_path: Path) -> Mapping[str, Any]:
    """The published results that ship with the index protocol."""
    return read(index_protocol_path.parent / "published.yaml")


@pytest.fixture(scope="session")
def domain(shared: Path) -> Callable[[str], Mapping[str, Any]]:
    """A machine-readable twin of the clinical reference, by name."""
    return lambda name: read(shared / "domain" / f"{name}.yaml")
