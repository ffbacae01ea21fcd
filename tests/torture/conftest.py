"""How much torture: all of it under `make torture`, a bounded part in a run of all tests."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def full(request) -> bool:
    """Whether the run was asked for torture by name."""
    return any("torture" in str(argument) for argument in request.config.invocation_params.args)
