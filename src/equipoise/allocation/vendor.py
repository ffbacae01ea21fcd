"""The maker of the list opens slots: one at a time, in order, against claims that the trial's application signed.

A request holds a claim, the application's signature of it, and a public key made for this request. The answer holds
the arm, sealed to that key and signed by the maker; so the line between the two need not be secret. The maker keeps a
log of its own: one line a slot, each with the hash of the line before, on the disk before the answer leaves. The log
does not hold the arms. A claim that was answered before is answered again in the same way; a slot that is not the next
of its stratum stays shut.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from equipoise.allocation.files import canonical
from equipoise.allocation.openers import check_key, slot_of
from equipoise.allocation.sealing import PLAIN_BYTES, SUITE, SealedList, open_slot
from equipoise.errors import AllocationError

GENESIS = "0" * 64
CLAIM_FIELDS = ("scheme", "stratum", "position", "subject", "at")


def claim_text(claim: Mapping[str, str | int]) -> bytes:
    """What the application signs."""
    return ("equipoise claim\n" + canonical(dict(claim))).encode()


def answer_text(claim_id: str, sealed_arm: str) -> bytes:
    """What the maker signs."""
    return ("equipoise answer\n" + canonical([claim_id, sealed_arm])).encode()


def answer_context(claim_id: str) -> bytes:
    """What the sealed arm of an answer is bound to."""
    return ("equipoise answer\n" + claim_id).encode()


@dataclass(frozen=True, slots=True)
class Opened:
    """A slot that the maker has opened."""

    claim: Mapping[str, str | int]
    claim_id: str

    @property
    def place(self) -> tuple[str, int]:
        """Stratum and position."""
        return str(self.claim["stratum"]), int(self.claim["position"])


class OpeningLog:
    """The maker's own log: a file of lines, each bound to the one before."""

    def __init__(self, path: Path):
        self._path = path
        self._last = GENESIS
        self.opened: dict[str, Opened] = {}
        if path.exists():
            self._read()

    def _read(self) -> None:
        content = self._path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            # the program stopped while it wrote this line: its answer never left, and the claim will come again
            os.truncate(self._path, whole)
        for number, line in enumerate(content[:whole].decode(errors="replace").splitlines(), start=1):
            try:
                entry = json.loads(line)
                bound = sha256((self._last + canonical(entry["claim"])).encode()).hexdigest()
                claim_id = sha256(canonical(entry["claim"]).encode()).hexdigest()
                fits = entry["previous"] == self._last and entry["hash"] == bound
            except (ValueError, TypeError, KeyError):
                bound, claim_id, fits = "", "", False
            if not fits:
                raise AllocationError(
                    f"line {number} of the log of opened slots was altered or cut",
                    where=str(self._path),
                    rule="ALLOCATION-LOG",
                    remedy="stop randomization; restore the log from its copy and compare it with the trial's claims",
                )
            self._last = bound
            self.opened[claim_id] = Opened(entry["claim"], claim_id)

    def add(self, opened: Opened) -> None:
        """Write one line and see it on the disk."""
        bound = sha256((self._last + canonical(dict(opened.claim))).encode()).hexdigest()
        line = canonical({"claim": dict(opened.claim), "previous": self._last, "hash": bound})
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with open(descriptor, "ab") as file:
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._last = bound
        self.opened[opened.claim_id] = opened

    def count(self, stratum: str) -> int:
        """How many slots of a stratum are open."""
        return sum(opened.place[0] == stratum for opened in self.opened.values())


class Vendor:
    """The opening of a sealed list by its maker.

    Args:
        sealed: the list.
        opening, signing: the maker's secret keys.
        application: the public key with which the trial's application signs claims.
        log: file of the maker's log; made where it is not there.
    """

    def __init__(
        self,
        sealed: SealedList,
        opening: X25519PrivateKey,
        signing: Ed25519PrivateKey,
        application: Ed25519PublicKey,
        log: Path,
    ):
        check_key(sealed, opening, str(log))
        self._sealed = sealed
        self._opening = opening
        self._signing = signing
        self._application = application
        self._log = OpeningLog(log)
        self._lock = Lock()

    def answer(self, request: Mapping[str, Any]) -> dict[str, str]:
        """Open the claimed slot.

        Args:
            request: `claim` (its five fields), `signature` and `answer_to`, hexadecimal.

        Returns:
            `arm` (sealed to `answer_to`) and `signature`, hexadecimal.

        Raises:
            AllocationError: not signed by the application, not the next slot, a subject's second slot, no claim at all.
        """
        claim, answer_to = self._checked(request)
        claim_id = sha256(canonical(claim).encode()).hexdigest()
        with self._lock:
            slot = slot_of(self._sealed, str(claim["scheme"]), str(claim["stratum"]), int(claim["position"]))
            arm = open_slot(slot, self._sealed.manifest, self._opening)
            if claim_id not in self._log.opened:
                self._check_next(claim)
                self._log.add(Opened(claim, claim_id))
        sealed_arm = SUITE.encrypt(arm.encode().ljust(PLAIN_BYTES, b"\0"), answer_to, answer_context(claim_id)).hex()
        return {"arm": sealed_arm, "signature": self._signing.sign(answer_text(claim_id, sealed_arm)).hex()}

    def _checked(self, request: Mapping[str, Any]) -> tuple[dict[str, str | int], X25519PublicKey]:
        try:
            claim = {name: request["claim"][name] for name in CLAIM_FIELDS}
            well_formed = isinstance(claim["position"], int) and all(
                isinstance(claim[name], str) for name in CLAIM_FIELDS if name != "position"
            )
            if set(request["claim"]) != set(CLAIM_FIELDS) or not well_formed:
                raise ValueError
            signature = bytes.fromhex(request["signature"])
            answer_to = X25519PublicKey.from_public_bytes(bytes.fromhex(request["answer_to"]))
        except (KeyError, TypeError, ValueError):
            raise _refusal("this is not a claim", "request", "send what the trial's application sends") from None
        try:
            self._application.verify(signature, claim_text(claim))
        except InvalidSignature:
            raise _refusal(
                "the claim is not signed by the trial's application", _place(claim), "register the application's key"
            ) from None
        return claim, answer_to

    def _check_next(self, claim: Mapping[str, str | int]) -> None:
        """The next slot of the stratum, for a subject who has none."""
        stratum, position = str(claim["stratum"]), int(claim["position"])
        following = self._log.count(stratum) + 1
        if position != following:
            raise AllocationError(
                "position {position} is not the next slot: that is {following}",
                where=_place(claim),
                rule="ALLOCATION-NEXT" if position > following else "ALLOCATION-OPENED",
                remedy="open the claims of the stratum in their order"
                if position > following
                else "stop randomization and compare the claims with the opener's log",
                position=position,
                following=following,
            )
        if any(opened.claim["subject"] == claim["subject"] for opened in self._log.opened.values()):
            raise _refusal(
                "the subject has a slot already", _place(claim), "stop randomization and compare the claims", "OPENED"
            )


def _place(claim: Mapping[str, str | int]) -> str:
    return f"scheme {claim['scheme']}, position {claim['position']}"


def _refusal(fault: str, place: str, remedy: str, rule: str = "CLAIM") -> AllocationError:
    return AllocationError(fault, where=place, rule=f"ALLOCATION-{rule}", remedy=remedy)
