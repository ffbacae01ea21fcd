"""Our answer to an entry: the runner of its kind."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.golden.design_runners import RPACT_KINDS, precision_of_rpact
from tests.golden.entries import Entry
from tests.golden.runners import RUNNERS


def answer(entry: Entry) -> Any:
    """The entry's result by our functions, in the form of R's."""
    return RUNNERS[entry.kind](entry)


def tolerance_kind(entry: Entry) -> str:
    """The name by which `compare.TOLERANCES` knows the entry: its kind, and what R says of how it got there."""
    if entry.kind == "mann_whitney" and max(np.size(entry.asked["x"]), np.size(entry.asked["y"])) >= 50:
        return "mann_whitney, 50 or more"
    if entry.kind == "fine_gray" and entry.asked["result"].get("converged") is False:
        return "fine_gray, not converged"
    if entry.kind in RPACT_KINDS:
        return entry.kind + precision_of_rpact(entry)
    return entry.kind
