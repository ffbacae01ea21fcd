"""At close: the list that the seed gives, against what the trial's log says was given out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from equipoise.allocation.lists import AllocationList, generate
from equipoise.allocation.sealing import SealedList, commit


@dataclass(frozen=True, slots=True)
class Issued:
    """A slot that the trial gave out, in the order of the log."""

    stratum: str
    position: int
    subject: str
    arm: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be: a stable code and the words."""

    code: str
    text: str


def replay(made: AllocationList, issued: Sequence[Issued], sealed: SealedList | None = None) -> list[Difference]:
    """Compare the maker's list with the slots that were given out.

    Args:
        made: the list with its seed, as its maker kept it.
        issued: every slot given out, in the order of the log.
        sealed: the list that was loaded; then its commitment is checked too.

    Returns:
        The differences; none if every subject got the arm of the next free slot of the stratum.
    """
    found = []
    if made.seed is not None and generate(made.spec, made.seed).slots != made.slots:
        found.append(Difference("SEED", "the seed gives another list"))
    if sealed is not None and (made.seed is None or commit(made) != sealed.manifest.commitment):
        found.append(Difference("COMMITMENT", "the list is not the one that the sealed list commits to"))
    arms = {(slot.stratum, slot.position): slot.arm for slot in made.slots}
    taken = dict.fromkeys(made.spec.strata, 0)
    holders: dict[str, int] = {}
    for slot in issued:
        place = f"stratum {slot.stratum}, position {slot.position}" if slot.stratum else f"position {slot.position}"
        if slot.stratum not in taken:
            found.append(Difference("STRATUM", f"{place}: the list has no such stratum"))
            continue
        if slot.position != taken[slot.stratum] + 1:
            found.append(Difference("ORDER", f"{place}: the next slot was {taken[slot.stratum] + 1}"))
        taken[slot.stratum] = max(taken[slot.stratum], slot.position)
        if slot.subject in holders:
            found.append(Difference("SUBJECT", f"{place}: subject {slot.subject} had a slot already"))
        holders[slot.subject] = slot.position
        if arms.get((slot.stratum, slot.position)) != slot.arm:
            found.append(Difference("ARM", f"{place}: subject {slot.subject} did not get the arm of the slot"))
    return found
