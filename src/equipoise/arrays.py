"""Names for the arrays that go round in the program, and the one value that means "did not happen"."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Days: TypeAlias = NDArray[np.int32]
"""Whole days: since 1970-01-01, or elapsed since a named origin (origin = 0); see `NEVER` and `UNKNOWN`."""
Codes: TypeAlias = NDArray[np.int8]
"""Small codes; -1 is "not known"."""
Stages: TypeAlias = NDArray[np.int8]
"""Organ stages or overall grades 0-4; -1 is "not evaluable"."""
Causes: TypeAlias = NDArray[np.int8]
"""What ended follow-up: 0 censored, 1 event of interest, 2... competing."""
Flags: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]
Offsets: TypeAlias = NDArray[np.int64]
"""Rows of subject i are `offsets[i]:offsets[i + 1]`; length n_subjects + 1."""

NEVER = np.int32(2**31 - 1)
"""A day that never comes: the event did not happen. Larger than every day, so `np.minimum` needs no mask."""
UNKNOWN = np.int32(-(2**31))
"""A day that is not known (missing or only partly known)."""
MISSING = np.int8(-1)
"""A code, stage or grade that is not known."""
