"""Opening claimed slots of a sealed list with the key at hand.

`KeyFile` is for small trials and demonstrations: whoever runs the application's host holds the key. It keeps a dump
or a backup of the database from telling a slot; against the host's own operator it keeps nothing. For that the maker
of the list opens: `equipoise.allocation.vendor`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from equipoise.allocation.keys import raw
from equipoise.allocation.lists import Claimed, OpenedSlots
from equipoise.allocation.sealing import SealedList, SealedSlot, open_slot
from equipoise.errors import AllocationError


class SignedClaim(Claimed, Protocol):
    """What is needed of a claim that can be signed; see `conduct.ports.Claim`."""

    @property
    def claim_id(self) -> str: ...
    def as_dict(self) -> Mapping[str, str | int]: ...


def slot_of(sealed: SealedList, scheme: str, stratum: str, position: int) -> SealedSlot:
    """The sealed slot at a place.

    Raises:
        AllocationError: the list has no such place.
    """
    manifest = sealed.manifest
    if scheme == manifest.scheme and stratum in manifest.strata and 1 <= position <= manifest.length:
        slot = sealed.slots[manifest.strata.index(stratum) * manifest.length + position - 1]
        if (slot.stratum, slot.position) == (stratum, position):
            return slot
    raise AllocationError(
        "the list has no such slot",
        where=f"scheme {scheme}, position {position}",
        rule="ALLOCATION-SLOT",
        remedy="load the list of this scheme",
    )


def check_key(sealed: SealedList, key: X25519PrivateKey, place: str) -> None:
    """Refuse a key that is not that of the list.

    Raises:
        AllocationError: it is another key.
    """
    if raw(key.public_key()) != sealed.manifest.opening_key:
        raise AllocationError(
            "this key does not open the list",
            where=place,
            rule="ALLOCATION-KEY",
            remedy="give the opening key that the list was sealed for",
        )


@dataclass(slots=True)
class KeyFile:
    """Opens slots with the opening key. A slot opened for one subject is not opened for another."""

    sealed: SealedList
    key: X25519PrivateKey = field(repr=False)
    _opened: OpenedSlots = field(default_factory=OpenedSlots, repr=False)

    def __post_init__(self) -> None:
        check_key(self.sealed, self.key, f"scheme {self.sealed.manifest.scheme}")

    def open(self, claim: SignedClaim) -> str:
        """Arm id of a claimed slot; the same again for the same claim.

        Raises:
            AllocationError: no such slot, opened for another subject, or damaged.
        """
        slot = slot_of(self.sealed, claim.scheme, claim.stratum, claim.position)
        self._opened.check(claim)
        return open_slot(slot, self.sealed.manifest, self.key)
