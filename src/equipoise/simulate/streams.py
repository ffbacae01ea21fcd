"""Random numbers that depend on what they are for, and on nothing else.

A stream is numpy's Philox keyed by (seed, purpose). Replicate `r` owns the words `r * BLOCK_WORDS` up to
`(r + 1) * BLOCK_WORDS - 1` of each stream, so a draw is the same for any number of threads, chunks and workers, and a
change of one purpose leaves all others as they were. One uniform number takes one word; every distribution is the
inverse transform of uniforms (`transforms.py`), because a rejection sampler takes a variable number of words.

Source: Salmon et al. 2011, SC'11 (Philox). Checked: against numpy's Philox read in one piece (tests/property).
"""

from __future__ import annotations

import hashlib

import numpy as np

from equipoise.arrays import Floats

FORMAT = 1
"""Version of everything that decides a draw: key, block size, the map from word to uniform."""
BLOCK_WORDS = 1 << 22
"""Words of 64 bits that one replicate owns in each stream; part of `FORMAT`."""
_WORDS_PER_STEP = 4
"""Philox4x64 makes four words for each step of its counter."""


class Stream:
    """The words of one (seed, purpose). Not shared between threads: each makes its own.

    Args:
        seed: whole number of any size, not negative.
        purpose: what the numbers are for, in words (`"relapse"`).
    """

    def __init__(self, seed: int, purpose: str):
        assert seed >= 0
        text = f"equipoise stream {FORMAT}\n{seed}\n{purpose}"
        self._bits = np.random.Philox(key=np.frombuffer(hashlib.sha256(text.encode()).digest()[:16], "<u8"))
        self._step = 0

    def words(self, replicate: int, n: int, first: int = 0) -> np.ndarray:
        """`n` words of a replicate's block, from its word `first` on; uint64 [n]."""
        assert first >= 0
        assert first + n <= BLOCK_WORDS, "a purpose takes more words than a block holds"
        step, skip = divmod(replicate * BLOCK_WORDS + first, _WORDS_PER_STEP)
        self._bits.advance(step - self._step)
        words = self._bits.random_raw(skip + n)
        self._step = step + -(-(skip + n) // _WORDS_PER_STEP)
        return words[skip:]

    def uniforms(self, replicate: int, n: int, first: int = 0) -> Floats:
        """`n` uniform numbers inside (0, 1), ends excluded; float64 [n]. See `words`."""
        return open_interval(self.words(replicate, n, first))


def open_interval(words: np.ndarray) -> Floats:
    """Uniform numbers from words of 64 bits: the middle of one of 2^52 equal cells of (0, 1); float64 [n]."""
    return ((words >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


class Draws:
    """All streams of one replicate of one seed."""

    def __init__(self, seed: int, replicate: int = 0):
        assert replicate >= 0
        self.seed, self.replicate = seed, replicate
        self._streams: dict[str, Stream] = {}

    def uniforms(self, purpose: str, n: int, first: int = 0) -> Floats:
        """`n` uniform numbers of a purpose, from place `first` of its block on; float64 [n]."""
        stream = self._streams.get(purpose)
        if stream is None:
            stream = self._streams[purpose] = Stream(self.seed, purpose)
        return stream.uniforms(self.replicate, n, first)

    def table(self, purpose: str, rows: int, columns: int) -> Floats:
        """Uniform numbers by subject: row `i` takes places `i * columns` to `(i + 1) * columns - 1`.

        The number of columns belongs to the purpose and stays the same, so that a subject's draws do not depend on how
        many subjects there are; float64 [rows, columns].
        """
        return self.uniforms(purpose, rows * columns).reshape(rows, columns)

    def column(self, purpose: str, rows: int) -> Floats:
        """One uniform number for each subject; float64 [rows]."""
        return self.uniforms(purpose, rows)


def whole_number(seed: int, purpose: str, replicate: int = 0) -> int:
    """A whole number of 128 bits from two words of a stream: a seed for what has a seed of its own (the list)."""
    high, low = Stream(seed, purpose).words(replicate, 2)
    return int(high) << 64 | int(low)
