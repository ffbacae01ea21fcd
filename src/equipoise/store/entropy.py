"""Sources of salts: the operating system for a live trial, a seeded stream for a simulated one."""

from __future__ import annotations

import os
from hashlib import sha256

import numpy as np

_BLOCK = 1 << 16


class SystemEntropy:
    """Bytes from the operating system."""

    def draw(self, count: int) -> bytes:
        """The next `count` bytes."""
        return os.urandom(count)


class SeededEntropy:
    """Bytes of a Philox stream keyed by SHA-256 of the seed and the purpose: the same seed gives the same log."""

    def __init__(self, seed: int, purpose: str = "salts"):
        key = sha256(f"{seed}\n{purpose}".encode()).digest()[:16]
        self._generator = np.random.Philox(key=np.frombuffer(key, dtype="<u8"))
        self._buffer, self._used = b"", 0

    def draw(self, count: int) -> bytes:
        """The next `count` bytes."""
        end = self._used + count
        if end > len(self._buffer):
            words = self._generator.random_raw(max(_BLOCK, count + 7) // 8).astype("<u8")
            self._buffer = self._buffer[self._used :] + words.tobytes()
            self._used, end = 0, count
        drawn = self._buffer[self._used : end]
        self._used = end
        return drawn
