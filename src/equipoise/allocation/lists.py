"""An allocation list: made from a specification and a seed, written, read, checked, and opened slot by slot."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from equipoise.allocation.blocks import SEED_BITS, blocks
from equipoise.allocation.files import canonical, with_slots, write_new
from equipoise.allocation.specification import AllocationSpec
from equipoise.errors import AllocationError, TrialErrors

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Slot:
    """One place on the list: position from 1 in its stratum, block from 1, arm."""

    stratum: str
    position: int
    block: int
    arm: str


@dataclass(frozen=True, slots=True)
class AllocationList:
    """A list with what it was made from. `seed` is None in a list whose maker keeps the seed."""

    spec: AllocationSpec
    slots: tuple[Slot, ...]
    seed: int | None = None

    @property
    def text(self) -> str:
        """Canonical text: specification and slots with explicit positions, one slot a line; the seed is not in it."""
        head = canonical(self.spec.as_dict())
        lines = [canonical([slot.stratum, slot.position, slot.block, slot.arm]) for slot in self.slots]
        return "\n".join([f"equipoise allocation list {FORMAT}", head, *lines, ""])

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical text in UTF-8."""
        return sha256(self.text.encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """The list for its file."""
        return {
            "equipoise_allocation_list": FORMAT,
            "specification": self.spec.as_dict(),
            "seed": None if self.seed is None else f"{self.seed:064x}",
            "sha256": self.sha256,
            "slots": [[slot.stratum, slot.position, slot.block, slot.arm] for slot in self.slots],
        }


def generate(spec: AllocationSpec, seed: int) -> AllocationList:
    """Make the list of a specification. The same seed gives the same bytes.

    Args:
        seed: from 0 to 2^256 - 1.

    Raises:
        AllocationError: the seed is out of range.

    Checked: ratio and runs over 10,000 lists, and one list against a second implementation
    (tests/property/test_allocation.py).
    """
    if not 0 <= seed < 1 << SEED_BITS:
        raise AllocationError(
            "the seed is not a whole number from 0 to 2^256 - 1",
            where=f"scheme {spec.scheme}",
            rule="ALLOCATION-SEED",
            remedy="give a smaller seed, or none, and one is drawn",
        )
    slots = []
    for stratum in spec.strata:
        position = 0
        for number, made in enumerate(blocks(spec, stratum, seed), start=1):
            for arm in made:
                position += 1
                slots.append(Slot(stratum, position, number, arm))
    return AllocationList(spec, tuple(slots), seed)


def check_list(made: AllocationList, place: str) -> None:
    """Refuse a list that is not what its specification says.

    Raises:
        TrialErrors: every stratum whose slots are out of order, missing or doubled, or whose blocks miss the ratio; and
            a seed that gives another list.
    """
    faults = []
    spec = made.spec
    strange = sorted({slot.stratum for slot in made.slots} - set(spec.strata))
    if strange:
        faults.append((f"strata {', '.join(strange)} are not in the specification", "ALLOCATION-STRATA"))
    for stratum in spec.strata:
        slots = [slot for slot in made.slots if slot.stratum == stratum]
        name = f"stratum {stratum}: " if stratum else ""
        if [slot.position for slot in slots] != list(range(1, spec.length + 1)):
            faults.append((f"{name}positions are not 1 to {spec.length} in order", "ALLOCATION-ORDER"))
        faults += [(f"{name}{fault}", "ALLOCATION-BLOCK") for fault in _block_faults(spec, slots)]
    if not faults and made.seed is not None and generate(spec, made.seed).slots != made.slots:
        faults.append(("the recorded seed gives another list", "ALLOCATION-SEED"))
    if faults:
        remedy = "ask the maker of the list for the file again; do not mend it by hand"
        raise TrialErrors([AllocationError(fault, where=place, rule=rule, remedy=remedy) for fault, rule in faults])


def _block_faults(spec: AllocationSpec, slots: list[Slot]) -> list[str]:
    """Blocks that are not whole, of a size that is not allowed, or off the ratio; only the last may be cut short."""
    numbers = [slot.block for slot in slots]
    if numbers != sorted(numbers) or set(numbers) != set(range(1, len(set(numbers)) + 1)):
        return ["blocks are not numbered in order"]
    faults = []
    for number in sorted(set(numbers)):
        arms = Counter(slot.arm for slot in slots if slot.block == number)
        size, last = arms.total(), number == numbers[-1]
        fits = [
            whole
            for whole in spec.block_sizes
            if (size == whole or (last and size < whole))
            and all(arm in spec.ratio and count <= spec.share(arm, whole) for arm, count in arms.items())
        ]
        if not fits:
            faults.append(f"block {number} has {size} slots that do not meet the ratio")
    return faults


def write_list(path: Path, made: AllocationList) -> None:
    """Write a list to a new file that only its owner can read; never over another.

    Raises:
        AllocationError: the file is there already.
    """
    content = made.as_dict()
    slots = content.pop("slots")
    write_new(path, with_slots(content, slots))


def read_list(path: Path) -> AllocationList:
    """Read a list and check it against its own specification and hash.

    Raises:
        AllocationError: the file is not a list, or its hash is another one.
        TrialErrors: what `check_list` finds.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["equipoise_allocation_list"] != FORMAT:
            raise ValueError
        said = content["specification"]
        ratio = {str(arm): int(share) for arm, share in said["ratio"]}
        fields = {**said, "ratio": ratio, "block_sizes": tuple(said["block_sizes"]), "strata": tuple(said["strata"])}
        slots = tuple(Slot(str(a), int(b), int(c), str(d)) for a, b, c, d in content["slots"])
        seed = None if content["seed"] is None else int(content["seed"], 16)
        made = AllocationList(AllocationSpec(**fields), slots, seed)
        expected = str(content["sha256"])
    except (ValueError, TypeError, KeyError, OSError):
        raise AllocationError(
            "this is not an allocation list",
            where=str(path),
            rule="ALLOCATION-FILE",
            remedy="give a file that `equipoise allocation generate` wrote",
        ) from None
    check_list(made, str(path))
    if made.sha256 != expected:
        raise AllocationError(
            "the list does not give the hash that its file names",
            where=str(path),
            rule="ALLOCATION-HASH",
            remedy="ask the maker of the list for the file again; do not mend it by hand",
        )
    return made


class Claimed(Protocol):
    """What an opener needs of a claim; see `conduct.ports.Claim`."""

    @property
    def scheme(self) -> str: ...
    @property
    def stratum(self) -> str: ...
    @property
    def position(self) -> int: ...
    @property
    def subject(self) -> str: ...


@dataclass(slots=True)
class OpenedSlots:
    """Which subject each slot was opened for, in this program."""

    holders: dict[tuple[str, int], str] = field(default_factory=dict)

    def check(self, claim: Claimed) -> None:
        """Take a slot down for the subject of the claim.

        Raises:
            AllocationError: it was opened for another subject.
        """
        if self.holders.setdefault((claim.stratum, claim.position), claim.subject) != claim.subject:
            raise AllocationError(
                "the slot was opened for another subject",
                where=f"scheme {claim.scheme}, position {claim.position}",
                rule="ALLOCATION-OPENED",
                remedy="stop randomization and compare the claims with the opener's log",
            )


@dataclass(slots=True)
class ListOpener:
    """Opens slots of a list that lies open in this program: for simulation and demonstration, not for a live trial.

    A slot opened for one subject is never opened for another, whatever the database has forgotten.
    """

    made: AllocationList
    _opened: OpenedSlots = field(default_factory=OpenedSlots)
    _arms: dict[tuple[str, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._arms = {(slot.stratum, slot.position): slot.arm for slot in self.made.slots}

    def open(self, claim: Claimed) -> str:
        """Arm id of a claimed slot; the same again for the same claim.

        Raises:
            AllocationError: the list has no such slot, or it was opened for another subject.
        """
        place = (claim.stratum, claim.position)
        where = f"scheme {claim.scheme}, position {claim.position}"
        if claim.scheme != self.made.spec.scheme or place not in self._arms:
            raise AllocationError(
                "the list has no such slot", where=where, rule="ALLOCATION-SLOT", remedy="load the list of this scheme"
            )
        self._opened.check(claim)
        return self._arms[place]
