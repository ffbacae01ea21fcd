"""A draw depends on seed, purpose, replicate and place, and on nothing else."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from equipoise.simulate.streams import BLOCK_WORDS, FORMAT, Draws, Stream, open_interval

places = st.integers(0, 3000)


def philox(seed: int, purpose: str) -> np.random.Philox:
    """The generator as the page on randomness describes it, made by hand."""
    key = hashlib.sha256(f"equipoise stream {FORMAT}\n{seed}\n{purpose}".encode()).digest()[:16]
    return np.random.Philox(key=int.from_bytes(key, "little"))


@given(st.integers(0, 2**256), st.text(max_size=20), st.integers(0, 500), places)
def test_words_are_those_of_numpys_philox_read_in_one_piece(seed, purpose, n, first):
    whole = philox(seed, purpose).random_raw(first + n)
    assert_array_equal(Stream(seed, purpose).words(0, n, first), whole[first:])


@given(st.integers(1, 10**6), st.integers(1, 60))
def test_a_replicate_starts_at_its_own_block(replicate, n):
    bits = philox(5, "relapse")
    bits.advance(replicate * BLOCK_WORDS // 4)
    assert_array_equal(Stream(5, "relapse").words(replicate, n), bits.random_raw(n))


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 200), places), min_size=1, max_size=8))
def test_what_was_read_before_does_not_matter(requests):
    used = Stream(3, "death")
    for replicate, n, first in requests:
        assert_array_equal(used.words(replicate, n, first), Stream(3, "death").words(replicate, n, first))


@given(st.integers(1, 400), st.data())
def test_chunks_joined_are_the_whole(n, data):
    cut = data.draw(st.integers(0, n))
    draws = Draws(11, 4)
    parts = [draws.uniforms("labs", cut), draws.uniforms("labs", n - cut, first=cut)]
    assert_array_equal(np.concatenate(parts), Draws(11, 4).uniforms("labs", n))


def test_threads_draw_what_one_thread_draws():
    def replicate(r):
        return Draws(7, r).table("course", 50, 6)

    with ThreadPoolExecutor(4) as pool:
        threaded = list(pool.map(replicate, range(40)))
    assert_array_equal(threaded, [replicate(r) for r in range(40)])


def test_more_draws_for_one_purpose_leave_the_others_as_they_were():
    lone, busy = Draws(1), Draws(1)
    busy.uniforms("weight", 12345)
    assert_array_equal(busy.uniforms("age", 10), lone.uniforms("age", 10))


def test_more_subjects_leave_the_first_ones_as_they_were():
    assert_array_equal(Draws(1).table("labs", 20, 7)[:9], Draws(1).table("labs", 9, 7))


def test_another_seed_purpose_or_replicate_is_another_draw():
    same = Draws(1, 0).uniforms("age", 4)
    for other in (Draws(2, 0).uniforms("age", 4), Draws(1, 1).uniforms("age", 4), Draws(1, 0).uniforms("sex", 4)):
        assert not np.isin(other, same).any()


def test_uniforms_never_touch_zero_or_one_and_are_uniform():
    u = Draws(2022).uniforms("check", 10**6)
    assert 0 < u.min() < u.max() < 1
    # 64 cells of 15,625 expected each: chi-square with 63 degrees of freedom; R: qchisq(1 - 1e-6, 63) = 131.4
    counts = np.histogram(u, bins=64, range=(0, 1))[0]
    assert ((counts - 15625) ** 2 / 15625).sum() < 131.4


def test_the_extreme_words_stay_inside_the_open_interval():
    u = open_interval(np.array([0, 2**64 - 1], np.uint64))
    assert u[0] == 2.0**-53
    assert u[1] == 1 - 2.0**-53
