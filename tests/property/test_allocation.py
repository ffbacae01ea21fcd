"""What holds of every allocation list: the ratio of its blocks, the bound of its runs, the same bytes for a seed."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.allocation.blocks import Draws, stratum_key
from equipoise.allocation.lists import check_list, generate
from equipoise.allocation.specification import AllocationSpec

RATIOS = ({"A": 1, "B": 1}, {"A": 2, "B": 1}, {"A": 1, "B": 1, "C": 1}, {"A": 3, "B": 2, "C": 1})


@st.composite
def specifications(draw):
    ratio = draw(st.sampled_from(RATIOS))
    multiples = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True))
    return AllocationSpec(
        scheme=draw(st.sampled_from(["main", "second"])),
        ratio=ratio,
        block_sizes=tuple(sum(ratio.values()) * multiple for multiple in multiples),
        length=draw(st.integers(1, 60)),
        strata=draw(st.sampled_from([("",), ("high", "low")])),
    )


seeds = st.integers(0, 2**256 - 1)


@pytest.mark.requirement(6)
@given(specifications(), seeds)
@settings(deadline=None, max_examples=300)
def test_positions_are_explicit_and_each_whole_block_meets_the_ratio(spec, seed):
    made = generate(spec, seed)
    check_list(made, "list")
    for stratum in spec.strata:
        slots = [slot for slot in made.slots if slot.stratum == stratum]
        assert [slot.position for slot in slots] == list(range(1, spec.length + 1))
        blocks = [[slot.arm for slot in group] for _, group in groupby(slots, key=lambda slot: slot.block)]
        for arms in blocks[:-1]:
            assert len(arms) in spec.block_sizes
            assert Counter(arms) == {arm: share * len(arms) // spec.unit for arm, share in spec.ratio.items()}
        assert len(blocks[-1]) <= max(spec.block_sizes)


@pytest.mark.requirement(6)
def test_ten_thousand_lists_meet_the_ratio_in_every_block_and_no_run_exceeds_the_bound():
    """Sizes 2, 4 and 6 of two arms: a run is at most the last 3 of one block and the first 3 of the next."""
    spec = AllocationSpec(scheme="main", ratio={"A": 1, "B": 1}, block_sizes=(2, 4, 6), length=24)
    assert spec.run_bound("A") == 6
    longest, sizes, first = 0, Counter(), Counter()
    for seed in range(10_000):
        slots = generate(spec, seed).slots
        blocks = [[slot.arm for slot in group] for _, group in groupby(slots, key=lambda slot: slot.block)]
        assert all(arms.count("A") * 2 == len(arms) for arms in blocks[:-1])
        longest = max(longest, *(len(list(run)) for _, run in groupby(slot.arm for slot in slots)))
        sizes[len(blocks[0])] += 1
        first[slots[0].arm] += 1
    assert longest == 6
    # The size sequence is itself random: 10,000/3 of each size, 5 standard deviations of 47 either way.
    assert all(abs(sizes[size] - 10_000 / 3) < 236 for size in spec.block_sizes)
    assert abs(first["A"] - 5_000) < 250


@pytest.mark.requirement(6)
def test_every_order_of_a_block_comes_equally_often():
    """Six orders of two and two: chi-square with 5 degrees of freedom below 25.7 (a false alarm in 10,000)."""
    spec = AllocationSpec(scheme="main", ratio={"A": 1, "B": 1}, block_sizes=(4,), length=40_000)
    arms = "".join(slot.arm for slot in generate(spec, 42).slots)
    counts = Counter(arms[at : at + 4] for at in range(0, len(arms), 4))
    assert len(counts) == 6
    assert sum((count - 10_000 / 6) ** 2 / (10_000 / 6) for count in counts.values()) < 25.7


@pytest.mark.requirement(5)
@given(specifications(), seeds, seeds)
@settings(deadline=None, max_examples=60)
def test_one_seed_gives_one_list_byte_for_byte(spec, seed, other):
    made = generate(spec, seed)
    assert generate(spec, seed).text == made.text
    assert made.sha256 == hashlib.sha256(made.text.encode()).hexdigest()
    assert (generate(spec, other).sha256 == made.sha256) == (generate(spec, other).slots == made.slots)


@pytest.mark.requirement(5)
def test_strata_and_schemes_have_lists_of_their_own():
    fields = {"ratio": {"A": 1, "B": 1}, "block_sizes": (4,), "length": 40}
    made = generate(AllocationSpec(scheme="main", strata=("high", "low"), **fields), 7)
    other = generate(AllocationSpec(scheme="second", strata=("high", "low"), **fields), 7)
    alone = generate(AllocationSpec(scheme="main", strata=("low",), **fields), 7)
    arms = {
        name: "".join(slot.arm for slot in each.slots if slot.stratum == stratum)
        for name, each, stratum in [
            ("high", made, "high"), ("low", made, "low"), ("other", other, "low"), ("alone", alone, "low"),
        ]
    }  # fmt: skip
    assert len({arms["high"], arms["low"], arms["other"]}) == 3
    assert arms["alone"] == arms["low"]


# -- A second implementation, from the description in allocation/blocks.py, with whole numbers only

MASK = (1 << 64) - 1


def philox4x64(counter: list[int], key: list[int]) -> list[int]:
    """Ten rounds of Philox4x64 (Salmon et al. 2011, section 3.3 and the constants of its reference code)."""
    c, k = list(counter), list(key)
    for _ in range(10):
        low, high = 0xD2E7470EE14C6C93 * c[0], 0xCA5A826395121157 * c[2]
        c = [(high >> 64) ^ c[1] ^ k[0], high & MASK, (low >> 64) ^ c[3] ^ k[1], low & MASK]
        k = [(k[0] + 0x9E3779B97F4A7C15) & MASK, (k[1] + 0xBB67AE8584CAA73B) & MASK]
    return c


def arms_by_hand(spec, stratum: str, seed: int) -> list[str]:
    digest = hashlib.sha256(f"equipoise allocation 1\n{spec.scheme}\n{stratum}\n{seed:064x}".encode()).digest()
    key = [sum(digest[at + byte] << (8 * byte) for byte in range(8)) for at in (0, 8)]
    words = (word for counter in range(1, 10_000) for word in philox4x64([counter, 0, 0, 0], key))

    def below(k: int) -> int:
        return (next(words) // 2**11) * k // 2**53

    arms: list[str] = []
    while len(arms) < spec.length:
        size = spec.block_sizes[below(len(spec.block_sizes))]
        block = [arm for arm, share in spec.ratio.items() for _ in range(share * size // sum(spec.ratio.values()))]
        for i in range(size - 1, 0, -1):
            j = below(i + 1)
            block[i], block[j] = block[j], block[i]
        arms += block
    return arms[: spec.length]


def test_philox_gives_the_words_of_its_reference_code():
    """Known answers of the authors' library Random123: counter and key all zero, and all one."""
    assert philox4x64([0] * 4, [0] * 2) == [
        0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B,
    ]  # fmt: skip
    assert philox4x64([MASK] * 4, [MASK] * 2) == [
        0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0,
    ]  # fmt: skip


@pytest.mark.requirement(5)
@given(specifications(), seeds)
@settings(deadline=None, max_examples=60)
def test_another_implementation_gives_the_same_list(spec, seed):
    made = generate(spec, seed)
    for stratum in spec.strata:
        assert [slot.arm for slot in made.slots if slot.stratum == stratum] == arms_by_hand(spec, stratum, seed)


def test_draws_stay_below_their_bound_and_go_on_past_a_batch():
    draws = Draws(stratum_key("main", "", 1))
    drawn = Counter(draws.below(3) for _ in range(3_000))
    assert set(drawn) == {0, 1, 2}
    assert all(abs(count - 1_000) < 130 for count in drawn.values())  # 5 standard deviations of 26
