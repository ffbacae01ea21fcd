"""What the actions need from outside: the log, the slots, the arm behind a slot, the time, chance, and who acts.

`store/` implements the ledgers and the allocations, `allocation/` the opener. Nothing here knows a database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from equipoise.records.canonical import canonical_instant, canonical_json
from equipoise.records.record import Entry, Head, Key, Record, Stored
from equipoise.records.verification import Verification

__all__ = ["Actor", "Allocations", "Claim", "Clock", "Entropy", "Ledger", "Opener"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: account, role, and the sites of a role that belongs to sites (`permissions.CENTRAL`)."""

    id: str
    role: str
    sites: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Claim:
    """A slot of an allocation list that was given to a subject. It does not hold the arm.

    `position` counts from 1 in its stratum; a scheme without strata has the one stratum "". `at` is UTC.
    """

    scheme: str
    stratum: str
    position: int
    subject: str
    at: datetime

    @property
    def claim_id(self) -> str:
        """SHA-256 of the claim's canonical text: the same claim has the same id everywhere."""
        return hashlib.sha256(canonical_json(self.as_dict()).encode()).hexdigest()

    def as_dict(self) -> dict[str, str | int]:
        """The claim for a file or a record."""
        return {
            "scheme": self.scheme,
            "stratum": self.stratum,
            "position": self.position,
            "subject": self.subject,
            "at": canonical_instant(self.at),
        }


class Clock(Protocol):
    """Server time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class Entropy(Protocol):
    """Source of salts: the operating system live, a seeded stream in simulation."""

    def draw(self, count: int) -> bytes:
        """The next `count` bytes."""


class Ledger(Protocol):
    """The append-only record log of one trial."""

    @property
    def trial(self) -> str:
        """Id of the trial."""

    def unit_of_work(self) -> AbstractContextManager[None]:
        """All or nothing. Inner units join the outer one; an inner unit that fails takes back what it wrote itself."""

    def append(self, entry: Entry) -> Record:
        """Write one version.

        Raises:
            VersionConflict: the form has another current version than the writer saw.
            RecordError: the entry breaks a rule of the ledger (no reason for a change, unknown stream ...).
            StorageError: it could not be written; then nothing of the unit of work is.
        """

    def current(self, key: Key) -> Record | None:
        """The last version (a withdrawn form too: `voided`), or None when there is none."""

    def of_unit(self, unit_type: str, unit: str) -> list[Record]:
        """The current version of every form of a subject or other unit, in the order of their first versions."""

    def units(self, unit_type: str) -> list[str]:
        """Every unit of a type that has a record, in the order of their first records."""

    def history(self, key: Key) -> list[Record]:
        """All versions, the first one first."""

    def read(self, stream: str | None = None, after: int = 0) -> Iterator[Record]:
        """Records of one stream after a position; or of all streams, in the order written, after the first `after`."""

    def stored(self) -> Iterator[Stored]:
        """Every record with what opens its commitment, in the order written: what a log file holds."""

    def size(self) -> int:
        """How many records there are, in all streams together: those of other programs too."""

    def heads(self) -> dict[str, Head]:
        """The end of each chain, for every stream."""

    def redact(self, key: Key, version: int, items: Sequence[str], entry: Entry) -> Record:
        """Append `entry` as the redaction record and remove the values (and salts) of these items of that version."""

    def verify(self) -> Verification:
        """Check every hash, link, commitment and the current versions; says what is wrong and where."""

    def close(self) -> None:
        """Let go of files."""


class Allocations(Protocol):
    """Slots of the allocation lists. A claim holds no arm."""

    def prepare(self, scheme: str, stratum: str, length: int) -> None:
        """Declare how many slots a stratum has. Repeating it with the same length does nothing."""

    def claim(self, scheme: str, stratum: str, subject: str, at: datetime) -> Claim:
        """The next slot of a stratum for a subject; the same claim again when the subject already has one.

        Raises:
            AllocationError: the stratum is unknown or has no slot left, or the subject holds one in another stratum.
        """

    def of_subject(self, scheme: str, subject: str) -> Claim | None:
        """The claim of a subject, if any."""

    def claims(self, scheme: str) -> list[Claim]:
        """All claims by stratum and position."""


class Opener(Protocol):
    """Tells the arm behind a claimed slot. Opening a claim again gives the same arm."""

    def open(self, claim: Claim) -> str:
        """Arm id.

        Raises:
            AllocationError: the list has no such slot, or it is already opened for another subject.
        """
