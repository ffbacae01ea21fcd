"""Random numbers of estimators that need some: always from a seed or generator that the caller gives."""

from __future__ import annotations

import hashlib
from typing import Any, TypeAlias

import numpy as np

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError

Seed: TypeAlias = int | np.random.Generator
"""A whole number that is not negative, or a numpy generator, which is moved on by what is drawn from it."""


def uniforms(seed: Seed, purpose: str, shape: tuple[int, ...], *, where: str) -> Floats:
    """Uniform numbers inside (0, 1), ends excluded, float64 of `shape`, filled row by row.

    With a whole number the stream is Philox under a key made of the number and the purpose, so that what is drawn for
    one purpose does not depend on what is drawn for another. With a generator the numbers are its next ones.

    Source: Salmon et al. 2011, SC'11 (Philox).
    """
    if isinstance(seed, np.random.Generator):
        generator = seed
    else:
        key = hashlib.sha256(f"equipoise stats 1\n{whole_seed(seed, where=where)}\n{purpose}".encode()).digest()[:16]
        generator = np.random.Generator(np.random.Philox(key=np.frombuffer(key, "<u8")))
    # the middle of one of 2^52 equal cells
    return (generator.integers(0, 1 << 52, size=shape).astype(np.float64) + 0.5) * 2.0**-52


def whole_seed(seed: Any, *, where: str, kinds: str = "neither a whole number from 0 on nor a numpy generator") -> int:
    """A seed that is a whole number."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise AnalysisDataError(
            f"the seed is {kinds}",
            where=f"{where}, seed",
            rule="STATS-SEED",
            remedy="give a whole number, and write it down with the result",
        )
    return int(seed)
