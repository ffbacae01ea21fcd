"""A sealed list: each slot encrypted by itself, under a manifest that its maker signed.

The maker seals every slot to the public half of the opening key by hybrid public-key encryption (RFC 9180: X25519,
HKDF-SHA256, ChaCha20-Poly1305). The encryption is bound to the list, the stratum and the position, so that a slot that
was moved does not open; all slots have the same length, so that none tells its arm. The manifest holds what the list
must be like and two commitments: to the text of the list, which only the seed can open (its salt is made from the
seed), and to the sealed slots in their order. Block sizes stay out: the manifest cites the restricted file by the hash
that the protocol cites.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from equipoise.allocation.blocks import SEED_BITS
from equipoise.allocation.files import canonical, with_slots, write_new
from equipoise.allocation.keys import raw
from equipoise.allocation.lists import AllocationList, check_list
from equipoise.errors import AllocationError, TrialErrors

FORMAT = 1
LIVE, TEST = "live", "test"
SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
PLAIN_BYTES = 64
"""Length to which every arm id is filled before it is sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a sealed list is said to be; signed by its maker. It tells no arm and no block size."""

    trial: str
    scheme: str
    purpose: str
    """`live` or `test`."""
    method: str
    algorithm: int
    ratio: tuple[tuple[str, int], ...]
    """Arms in their order, with their shares."""
    strata: tuple[str, ...]
    length: int
    """Slots of each stratum."""
    restricted: str
    """Salted hash of the restricted file with the block sizes, as the protocol cites it."""
    commitment: str
    """SHA-256 of a salt made from the seed, then the text of the list."""
    seed_mark: str
    """A mark of the seed that does not tell it: two lists of one seed have the same."""
    sealed_sha256: str
    """SHA-256 of the sealed slots in their order."""
    opening_key: str
    """Public half of the opening key, hexadecimal."""
    signing_key: str
    """Public half of the maker's signing key, hexadecimal."""
    made_at: str
    """UTC."""
    format: int = FORMAT

    @property
    def text(self) -> str:
        """What is signed."""
        return "equipoise sealed list\n" + canonical(asdict(self))


@dataclass(frozen=True, slots=True)
class SealedSlot:
    """One place of a sealed list; `sealed` is hexadecimal."""

    stratum: str
    position: int
    sealed: str


@dataclass(frozen=True, slots=True)
class SealedList:
    """A manifest, its signature (hexadecimal) and the slots in the order of strata and positions."""

    manifest: Manifest
    signature: str
    slots: tuple[SealedSlot, ...]

    @property
    def sha256(self) -> str:
        """SHA-256 of manifest and signature: names the list, since the manifest commits to the slots."""
        return sha256(f"{self.manifest.text}\n{self.signature}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the trial demands of the list that it loads."""

    trial: str
    scheme: str
    purpose: str
    ratio: Mapping[str, int]
    strata: tuple[str, ...]
    planned: int
    """Subjects planned; each stratum needs at least this many slots when there is one, and one slot otherwise."""
    restricted: str


def seal(
    made: AllocationList,
    *,
    trial: str,
    restricted: str,
    purpose: str,
    at: str,
    opening: X25519PublicKey,
    signing: Ed25519PrivateKey,
) -> SealedList:
    """Seal a list for a trial.

    Args:
        trial, restricted: id of the trial, and the hash by which its protocol cites the restricted file.
        purpose: `live` needs a seed of 256 bits that the system drew; `test` takes any.
        at: when, UTC, ISO 8601.

    Raises:
        TrialErrors, AllocationError: the list is not what its specification and seed give, has no seed, or has a seed
            too small to stay secret.
    """
    place = f"scheme {made.spec.scheme}"
    check_list(made, place)
    if made.seed is None:
        raise _fault("the list does not hold its seed", place, "seal the file that the maker of the list keeps")
    if purpose == LIVE and made.seed >> (SEED_BITS - 64) == 0:
        raise _fault(
            "the seed is small, and a list from it can be found from its hash",
            place,
            "make a live list without --seed: the system draws one of 256 bits",
            rule="ALLOCATION-SEED",
        )
    commitment = commit(made)
    slots = tuple(
        SealedSlot(slot.stratum, slot.position, _seal(slot.arm, commitment, slot.stratum, slot.position, opening))
        for slot in made.slots
    )
    manifest = Manifest(
        trial=trial,
        scheme=made.spec.scheme,
        purpose=purpose,
        method=made.spec.method,
        algorithm=made.spec.algorithm,
        ratio=tuple(made.spec.ratio.items()),
        strata=made.spec.strata,
        length=made.spec.length,
        restricted=restricted,
        commitment=commitment,
        seed_mark=_from_seed(made.seed, "mark").hex(),
        sealed_sha256=digest(slots),
        opening_key=raw(opening),
        signing_key=raw(signing.public_key()),
        made_at=at,
    )
    return SealedList(manifest, signing.sign(manifest.text.encode()).hex(), slots)


def commit(made: AllocationList) -> str:
    """The commitment to a list with its seed: nobody without the seed can try lists against it."""
    assert made.seed is not None
    return sha256(_from_seed(made.seed, "salt") + made.text.encode()).hexdigest()


def open_slot(slot: SealedSlot, manifest: Manifest, key: X25519PrivateKey) -> str:
    """The arm of a sealed slot.

    Raises:
        AllocationError: the key is another one, or the slot is damaged or was moved.
    """
    try:
        plain = SUITE.decrypt(bytes.fromhex(slot.sealed), key, _bound(manifest.commitment, slot.stratum, slot.position))
    except (InvalidTag, ValueError):
        raise _fault(
            "the slot does not open with this key",
            _slot_place(manifest.scheme, slot.stratum, slot.position),
            "use the opening key of this list; if it is that key, stop randomization: the list was altered",
            rule="ALLOCATION-SEALED",
        ) from None
    return plain.rstrip(b"\0").decode()


def check_sealed(sealed: SealedList, expected: Expected, maker: Ed25519PublicKey, place: str) -> None:
    """Refuse a sealed list that its maker did not sign, that was altered, or that is not the one the trial demands.

    Args:
        maker: the maker's public signing key, as the trial got it by another way than the list.

    Raises:
        TrialErrors: every difference.
    """
    faults = [*_signature_faults(sealed, maker), *_content_faults(sealed), *_demand_faults(sealed.manifest, expected)]
    if faults:
        remedy = "ask the maker of the list for the sealed list of this trial; do not mend it by hand"
        raise TrialErrors([AllocationError(fault, where=place, rule=rule, remedy=remedy) for fault, rule in faults])


def digest(slots: tuple[SealedSlot, ...]) -> str:
    """SHA-256 of sealed slots in their order."""
    return sha256(
        "\n".join(canonical([slot.stratum, slot.position, slot.sealed]) for slot in slots).encode()
    ).hexdigest()


def write_sealed(path: Path, sealed: SealedList) -> None:
    """Write a sealed list to a new file.

    Raises:
        AllocationError: the file is there already.
    """
    manifest = asdict(sealed.manifest)
    head = {"equipoise_sealed_list": FORMAT, "manifest": manifest, "signature": sealed.signature}
    write_new(path, with_slots(head, ([slot.stratum, slot.position, slot.sealed] for slot in sealed.slots)), 0o644)


def read_sealed(path: Path) -> SealedList:
    """Read a sealed list; `check_sealed` says whether it is the right one.

    Raises:
        AllocationError: the file is not a sealed list.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["equipoise_sealed_list"] != FORMAT:
            raise ValueError
        said = content["manifest"]
        ratio = tuple((str(arm), int(share)) for arm, share in said["ratio"])
        manifest = Manifest(**{**said, "ratio": ratio, "strata": tuple(said["strata"])})
        slots = tuple(
            SealedSlot(str(stratum), int(position), str(body)) for stratum, position, body in content["slots"]
        )
        return SealedList(manifest, str(content["signature"]), slots)
    except (ValueError, TypeError, KeyError):
        raise _fault(
            "this is not a sealed list",
            str(path),
            "give a file that `equipoise allocation seal` wrote",
            rule="ALLOCATION-FILE",
        ) from None


def _seal(arm: str, commitment: str, stratum: str, position: int, opening: X25519PublicKey) -> str:
    plain = arm.encode()
    if len(plain) > PLAIN_BYTES:
        raise _fault(
            f"the arm {arm} is longer than {PLAIN_BYTES} bytes", f"position {position}", "give the arm a shorter id"
        )
    return SUITE.encrypt(plain.ljust(PLAIN_BYTES, b"\0"), opening, _bound(commitment, stratum, position)).hex()


def _bound(commitment: str, stratum: str, position: int) -> bytes:
    """What a sealed slot is bound to."""
    return canonical(["equipoise slot", FORMAT, commitment, stratum, position]).encode()


def _from_seed(seed: int, use: str) -> bytes:
    """32 bytes made from the seed for one use."""
    return hmac.new(f"{seed:064x}".encode(), f"equipoise sealed list {use}".encode(), sha256).digest()


def _signature_faults(sealed: SealedList, maker: Ed25519PublicKey) -> Iterator[tuple[str, str]]:
    if sealed.manifest.signing_key != raw(maker):
        yield "another maker signed the list", "ALLOCATION-SIGNATURE"
        return
    try:
        maker.verify(bytes.fromhex(sealed.signature), sealed.manifest.text.encode())
    except (InvalidSignature, ValueError):
        yield "the manifest is not what its maker signed", "ALLOCATION-SIGNATURE"


def _content_faults(sealed: SealedList) -> Iterator[tuple[str, str]]:
    """Slots missing, doubled, out of order or altered."""
    manifest = sealed.manifest
    for stratum in manifest.strata:
        positions = [slot.position for slot in sealed.slots if slot.stratum == stratum]
        name = f"stratum {stratum}: " if stratum else ""
        if len(positions) != manifest.length:
            yield f"{name}{len(positions)} slots, and the manifest says {manifest.length}", "ALLOCATION-COUNT"
        elif positions != list(range(1, manifest.length + 1)):
            yield f"{name}positions are not 1 to {manifest.length} in order", "ALLOCATION-ORDER"
    strange = sorted({slot.stratum for slot in sealed.slots} - set(manifest.strata))
    if strange:
        yield f"strata {', '.join(strange)} are not in the manifest", "ALLOCATION-STRATA"
    if digest(sealed.slots) != manifest.sealed_sha256:
        yield "the slots are not those that the manifest commits to, or not in their order", "ALLOCATION-HASH"


def _demand_faults(manifest: Manifest, expected: Expected) -> Iterator[tuple[str, str]]:
    """Differences from what the trial demands."""
    pairs = (
        ("trial", manifest.trial, expected.trial, "ALLOCATION-TRIAL"),
        ("scheme", manifest.scheme, expected.scheme, "ALLOCATION-SCHEME"),
        ("purpose", manifest.purpose, expected.purpose, "ALLOCATION-PURPOSE"),
        ("ratio", _told(manifest.ratio), _told(tuple(expected.ratio.items())), "ALLOCATION-RATIO"),
        ("file of block sizes", manifest.restricted, expected.restricted, "ALLOCATION-BLOCK"),
    )
    for what, said, wanted, rule in pairs:
        if said != wanted:
            yield f"the {what} of the list is {said}, and the trial's is {wanted}", rule
    if set(manifest.strata) != set(expected.strata):
        yield "the strata of the list are not those of the trial", "ALLOCATION-STRATA"
    if manifest.length < (expected.planned if len(expected.strata) == 1 else 1):
        yield f"{manifest.length} slots for {expected.planned} subjects planned", "ALLOCATION-COUNT"


def _told(ratio: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{arm} {share}" for arm, share in ratio)


def _slot_place(scheme: str, stratum: str, position: int) -> str:
    return (
        f"scheme {scheme}, stratum {stratum}, position {position}"
        if stratum
        else f"scheme {scheme}, position {position}"
    )


def _fault(fault: str, place: str, remedy: str, rule: str = "ALLOCATION-SEAL") -> AllocationError:
    return AllocationError(fault, where=place, rule=rule, remedy=remedy)
