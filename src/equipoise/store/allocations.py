"""Slots of the allocation lists: in memory and in a database. A claim holds no arm.

In the database two constraints alone keep a slot from being given twice: UNIQUE (scheme, stratum, position) and
UNIQUE (scheme, subject). The lock only makes waiting polite: the stratum is locked first, and the slot is looked
for after that, in a new statement, so that slots go out in list order even when an earlier worker rolls back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from equipoise.conduct.ports import Claim
from equipoise.errors import AllocationError
from equipoise.records.canonical import canonical_instant, read_instant
from equipoise.store.faults import storage_faults
from equipoise.store.ledger import DatabaseLedger

_OF_SUBJECT = "SELECT scheme, stratum, position, subject, at FROM allocation_claim WHERE scheme = ? AND subject = ?"
_CLAIMS = """
SELECT scheme, stratum, position, subject, at FROM allocation_claim WHERE scheme = ? ORDER BY stratum, position"""
_LENGTH = "SELECT length FROM allocation_stratum WHERE scheme = ? AND stratum = ?"
_LAST = "SELECT coalesce(max(position), 0) FROM allocation_claim WHERE scheme = ? AND stratum = ?"
_PREPARE = "INSERT INTO allocation_stratum (scheme, stratum, length) VALUES (?, ?, ?)"
_CLAIM = "INSERT INTO allocation_claim (scheme, stratum, position, subject, at) VALUES (?, ?, ?, ?, ?)"


class MemoryAllocations:
    """Slots that live as long as the program. One thread."""

    def __init__(self) -> None:
        self._lengths: dict[tuple[str, str], int] = {}
        self._claims: dict[tuple[str, str], list[Claim]] = {}
        self._subjects: dict[tuple[str, str], Claim] = {}

    def prepare(self, scheme: str, stratum: str, length: int) -> None:
        """Declare how many slots a stratum has; see `conduct.ports.Allocations`."""
        _check_length(scheme, stratum, length, self._lengths.get((scheme, stratum), length))
        self._lengths[scheme, stratum] = length

    def claim(self, scheme: str, stratum: str, subject: str, at: datetime) -> Claim:
        """The next slot of a stratum for a subject, or the one that the subject has."""
        found = self._subjects.get((scheme, subject))
        if found:
            return _same(found, stratum)
        taken = self._claims.setdefault((scheme, stratum), [])
        _check_free(scheme, stratum, self._lengths.get((scheme, stratum)), len(taken))
        claim = Claim(scheme, stratum, len(taken) + 1, subject, at)
        taken.append(claim)
        self._subjects[scheme, subject] = claim
        return claim

    def of_subject(self, scheme: str, subject: str) -> Claim | None:
        """The claim of a subject, if any."""
        return self._subjects.get((scheme, subject))

    def claims(self, scheme: str) -> list[Claim]:
        """All claims by stratum and position."""
        return [claim for (name, _), taken in sorted(self._claims.items()) if name == scheme for claim in taken]


class DatabaseAllocations:
    """Slots in the database of a ledger, written in its units of work.

    A claim made outside a unit of work is committed when `claim` returns; the slot may be opened from then on.
    """

    def __init__(self, ledger: DatabaseLedger):
        self._ledger = ledger

    def _query(self, statement: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with storage_faults(self._ledger.place):
            rows: list[tuple[Any, ...]] = self._ledger.execute(statement, parameters).fetchall()
            return rows

    def prepare(self, scheme: str, stratum: str, length: int) -> None:
        """Declare how many slots a stratum has; see `conduct.ports.Allocations`."""
        with self._ledger.unit_of_work():
            found = self._query(_LENGTH, (scheme, stratum))
            _check_length(scheme, stratum, length, found[0][0] if found else length)
            if not found:
                self._ledger.write(_PREPARE, (scheme, stratum, length))

    def claim(self, scheme: str, stratum: str, subject: str, at: datetime) -> Claim:
        """The next slot of a stratum for a subject, or the one that the subject has."""
        with self._ledger.unit_of_work():
            found = self.of_subject(scheme, subject)
            if found:
                return _same(found, stratum)
            # First the lock of the stratum (SQLite holds that of the whole file); then, in a statement of its own that
            # sees what the holder before has committed, the last slot given out.
            length = self._query(_LENGTH + self._ledger.for_update, (scheme, stratum))
            taken = self._query(_LAST, (scheme, stratum))[0][0]
            _check_free(scheme, stratum, length[0][0] if length else None, taken)
            claim = Claim(scheme, stratum, taken + 1, subject, at)
            self._ledger.write(_CLAIM, (scheme, stratum, claim.position, subject, canonical_instant(at)))
            return claim

    def of_subject(self, scheme: str, subject: str) -> Claim | None:
        """The claim of a subject, if any."""
        found = self._query(_OF_SUBJECT, (scheme, subject))
        return _claim(found[0]) if found else None

    def claims(self, scheme: str) -> list[Claim]:
        """All claims by stratum and position."""
        return [_claim(row) for row in self._query(_CLAIMS, (scheme,))]


def _claim(row: tuple[Any, ...]) -> Claim:
    return Claim(row[0], row[1], row[2], row[3], read_instant(row[4]))


def _place(scheme: str, stratum: str) -> str:
    return f"scheme {scheme}, stratum {stratum}" if stratum else f"scheme {scheme}"


def _same(found: Claim, stratum: str) -> Claim:
    """A subject keeps the slot of the stratum that was frozen when it was claimed."""
    if found.stratum != stratum:
        raise AllocationError(
            f"subject {found.subject} already holds a slot of another stratum",
            where=_place(found.scheme, stratum),
            rule="ALLOCATION-ONE-PER-SUBJECT",
            remedy="keep the slot; a stratum entered wrongly is a deviation and never a second slot",
        )
    return found


def _check_length(scheme: str, stratum: str, length: int, found: int) -> None:
    if length < 1 or length != found:
        raise AllocationError(
            f"the list has {length} slots, and {found} were declared before"
            if length >= 1
            else f"a list of {length} slots",
            where=_place(scheme, stratum),
            rule="ALLOCATION-LENGTH",
            remedy="give the list that the trial was started with",
        )


def _check_free(scheme: str, stratum: str, length: int | None, taken: int) -> None:
    if length is None:
        raise AllocationError(
            "there is no allocation list for it",
            where=_place(scheme, stratum),
            rule="ALLOCATION-STRATUM",
            remedy="load the list of the scheme; its strata must be those of the protocol",
        )
    if taken >= length:
        raise AllocationError(
            f"the allocation list has no free slot left ({length} of {length} used)",
            where=_place(scheme, stratum),
            rule="ALLOCATION-EXHAUSTED",
            remedy="ask the trial statistician to extend the list",
        )
