"""Permuted blocks, algorithm 1: written down so that another language gives the same list.

For each stratum:

1. Key. SHA-256 of the UTF-8 text `equipoise allocation 1 LF scheme LF stratum LF seed`, the seed as 64 lower-case
   hexadecimal digits. Its first 16 bytes are two words of 64 bits, each read lowest byte first.
2. Words. Philox4x64 with 10 rounds (Salmon et al. 2011) under that key, on the counters (1, 0, 0, 0), (2, 0, 0, 0)
   and so on; each gives four words of 64 bits, taken in order.
3. A draw below k: the next word w gives floor(floor(w / 2^11) * k / 2^53), in whole numbers.
4. Blocks, until the stratum has `length` slots: a draw below the number of block sizes picks the size (it is made even
   when there is one size only). Write the arms one after the other, in the order of the ratio, each as often as its
   share of the block. Then for i = size - 1 down to 1, a draw below i + 1 gives j, and entries i and j (from 0) change
   places.
5. The last block is made whole, and what goes beyond `length` is cut off.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import numpy as np

from equipoise.allocation.specification import AllocationSpec

SEED_BITS = 256
_BATCH = 256


def stratum_key(scheme: str, stratum: str, seed: int) -> tuple[int, int]:
    """The two 64-bit words of the Philox key of a stratum."""
    digest = sha256(f"equipoise allocation 1\n{scheme}\n{stratum}\n{seed:064x}".encode()).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:16], "little")


class Draws:
    """Uniform draws of one stratum, in order."""

    def __init__(self, key: tuple[int, int]):
        self._philox = np.random.Philox(key=np.array(key, dtype=np.uint64))
        self._words: Iterator[int] = iter(())

    def below(self, count: int) -> int:
        """A whole number from 0 to count - 1."""
        word = next(self._words, None)
        if word is None:
            self._words = iter(self._philox.random_raw(_BATCH).tolist())
            word = next(self._words)
        return ((word >> 11) * count) >> 53


def block(spec: AllocationSpec, draws: Draws) -> list[str]:
    """One whole block: the arms in their order."""
    size = spec.block_sizes[draws.below(len(spec.block_sizes))]
    arms = [arm for arm in spec.ratio for _ in range(spec.share(arm, size))]
    for last in range(size - 1, 0, -1):
        other = draws.below(last + 1)
        arms[last], arms[other] = arms[other], arms[last]
    return arms


def blocks(spec: AllocationSpec, stratum: str, seed: int) -> list[list[str]]:
    """The blocks of a stratum; the last one is cut to its length."""
    draws = Draws(stratum_key(spec.scheme, stratum, seed))
    made: list[list[str]] = []
    left = spec.length
    while left > 0:
        made.append(block(spec, draws)[:left])
        left -= len(made[-1])
    return made
