"""What a list of allocations must look like: arms, ratio, block sizes, strata, length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from equipoise.errors import AllocationError, TrialErrors

PERMUTED_BLOCKS = "permuted_blocks"
METHODS = (PERMUTED_BLOCKS,)
ALGORITHM = 1
"""Number of the algorithm in `blocks.py`; a list names the one that made it."""

_Fault = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationSpec:
    """The specification of an allocation scheme.

    Args:
        scheme: id of the scheme.
        ratio: arm id to its share of a block, in the order in which the algorithm takes the arms.
        block_sizes: sizes to draw from, each a multiple of the sum of the ratio; one for fixed blocks.
        strata: ids of the strata; the one stratum "" for a scheme without.
        length: slots in each stratum. The last block is cut short where the sizes do not add up to it.

    Raises:
        TrialErrors: every fault of the specification.
    """

    scheme: str
    ratio: Mapping[str, int]
    block_sizes: tuple[int, ...]
    length: int
    strata: tuple[str, ...] = ("",)
    method: str = PERMUTED_BLOCKS
    algorithm: int = ALGORITHM

    def __post_init__(self) -> None:
        faults = [
            AllocationError(fault, where=f"scheme {self.scheme}", rule=rule, remedy=remedy)
            for fault, rule, remedy in (*self._method_faults(), *self._block_faults(), *self._list_faults())
        ]
        if faults:
            raise TrialErrors(faults)

    def _method_faults(self) -> Iterator[_Fault]:
        if self.method not in METHODS or self.algorithm != ALGORITHM:
            fault = f"method {self.method}, algorithm {self.algorithm} is not known"
            yield fault, "ALLOCATION-METHOD", f"use method {PERMUTED_BLOCKS} with algorithm {ALGORITHM}"

    def _block_faults(self) -> Iterator[_Fault]:
        if len(self.ratio) < 2 or any(not arm or share < 1 for arm, share in self.ratio.items()):
            fault = "the ratio needs two arms or more, each with a share of 1 or more"
            yield fault, "ALLOCATION-RATIO", "correct the ratio"
        elif not self.block_sizes or any(size < 1 or size % self.unit for size in self.block_sizes):
            sizes = ", ".join(map(str, self.block_sizes)) or "none"
            fault = f"block sizes {sizes} with a ratio that adds up to {self.unit}"
            yield fault, "ALLOCATION-BLOCK", f"give multiples of {self.unit}, so that each block meets the ratio"
        if len(set(self.block_sizes)) < len(self.block_sizes):
            yield "a block size stands there twice", "ALLOCATION-BLOCK", "give each block size once"

    def _list_faults(self) -> Iterator[_Fault]:
        if not self.strata or len(set(self.strata)) < len(self.strata):
            yield "strata are missing or repeated", "ALLOCATION-STRATA", "name each stratum once"
        if self.length < 1:
            yield f"a list of {self.length} slots", "ALLOCATION-LENGTH", "give the number of slots in a stratum"

    @property
    def unit(self) -> int:
        """Sum of the ratio: the smallest block that meets it."""
        return sum(self.ratio.values())

    def share(self, arm: str, size: int) -> int:
        """How often an arm stands in a block of a size."""
        return self.ratio[arm] * size // self.unit

    def run_bound(self, arm: str) -> int:
        """The longest run of an arm that blocks allow: the end of one block and the beginning of the next."""
        return 2 * self.share(arm, max(self.block_sizes))

    def as_dict(self) -> dict[str, Any]:
        """The specification for a file; arms as a list, since their order counts."""
        return {
            "scheme": self.scheme,
            "method": self.method,
            "algorithm": self.algorithm,
            "ratio": [[arm, share] for arm, share in self.ratio.items()],
            "block_sizes": list(self.block_sizes),
            "strata": list(self.strata),
            "length": self.length,
        }


class _Public(Protocol):
    """The scheme as sites see it: the section `randomization` of a protocol."""

    @property
    def scheme(self) -> str: ...
    @property
    def ratio(self) -> Mapping[str, int]: ...


class _Restricted(Protocol):
    """The scheme as sites never see it: `randomization.yaml`."""

    @property
    def method(self) -> str: ...
    @property
    def block_sizes(self) -> tuple[int, ...]: ...
    @property
    def length(self) -> int: ...
    @property
    def algorithm(self) -> int: ...


def specification(public: _Public, restricted: _Restricted, strata: tuple[str, ...]) -> AllocationSpec:
    """The specification of a protocol's scheme, from its public and its restricted part and its strata."""
    return AllocationSpec(
        scheme=public.scheme,
        ratio=dict(public.ratio),
        block_sizes=tuple(restricted.block_sizes),
        length=restricted.length,
        strata=strata,
        method=restricted.method,
        algorithm=restricted.algorithm,
    )
