"""What a record is: one version of one filled form, or one event, about a subject, product unit, site or the trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

FORMAT = 1
"""Number of the canonical form and of the hashes; every record carries the number that it was made under."""

CLINICAL, TREATMENT, ALLOCATION, ACCESS = "clinical", "treatment", "allocation", "access"
STREAMS = (CLINICAL, TREATMENT, ALLOCATION, ACCESS)
"""One hash chain for each: clinical data; what tells the arm; slots; who read or was refused what."""

SUBJECT, UNIT, SHIPMENT, SITE, TRIAL, USER = "subject", "unit", "shipment", "site", "trial", "user"
UNIT_TYPES = (SUBJECT, UNIT, SHIPMENT, SITE, TRIAL, USER)
"""What a record can be about; `unit` is a unit of cell product."""

GENESIS = "0" * 64
"""The previous hash of the first record of a chain."""
NO_ITEMS = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
"""Commitment to a payload without items; its derivation is in `chain.commitment`."""

Value: TypeAlias = str | Mapping[str, str]
"""A value as entered. Text: the value in the item's first unit. Mapping: `v` value, `u` unit when not the first,
`q` qualifier `<` or `>`, `m` missing code UNK, ND or NA (then no `v`)."""
Payload: TypeAlias = Mapping[str, Value]
"""Values by item id. An item that was not entered is absent."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a record is about: the form instance that its versions replace one another in.

    `visit` is "" where the form belongs to no visit; `repeat` counts instances from 1.
    """

    unit_type: str
    unit: str
    form: str
    visit: str = ""
    repeat: int = 1

    def __str__(self) -> str:
        at_visit = f", visit {self.visit}" if self.visit else ""
        number = f" no. {self.repeat}" if self.repeat > 1 else ""
        return f"{self.unit_type} {self.unit}{at_visit}, form {self.form}{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A record before the ledger has taken it.

    Args:
        author, role, site: who writes, as it was at that time (text, not a reference to an account).
        at: server time, UTC.
        clinical_time: local wall time of what is recorded, ISO 8601 at the precision known; "" where none.
        reason: why a saved value changes; "" for a first version.
        expects: the version that the writer saw; 0 for the first.
        via: where the entry came from (web and address, command line, import, simulation).
    """

    stream: str
    key: Key
    payload: Payload
    author: str
    role: str
    site: str
    at: datetime
    clinical_time: str = ""
    reason: str = ""
    protocol_version: str = ""
    form_hash: str = ""
    expects: int = 0
    via: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One version in the log.

    `payload` holds the items that were not redacted; it is None when all of them were. `redacted` names those that
    were. `position` counts from 1 in the record's stream. `software` is the version of the program that wrote it.
    """

    format: int
    trial: str
    stream: str
    position: int
    key: Key
    version: int
    payload: Payload | None
    author: str
    role: str
    site: str
    at: datetime
    clinical_time: str
    reason: str
    protocol_version: str
    form_hash: str
    via: str
    software: str
    commitment: str
    previous: str
    hash: str
    redacted: tuple[str, ...] = ()

    @property
    def voided(self) -> bool:
        """Whether this version withdraws the form: a later version without any item."""
        return self.version > 1 and self.commitment == NO_ITEMS

    @property
    def id(self) -> str:
        """`stream:position`, the name under which derived rows cite the record."""
        return f"{self.stream}:{self.position}"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: position of the last record (0 when there is none) and its hash."""

    position: int
    hash: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A record with what opens its commitment.

    `salts`: 16 bytes for each item of the payload, in order of the ids. `leaves`: the leaf (hexadecimal) of each
    redacted item.
    """

    record: Record
    salts: bytes
    leaves: Mapping[str, str]
