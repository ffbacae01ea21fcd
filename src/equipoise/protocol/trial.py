"""The trial as a whole: its title, sites and versions, arms, masking, time axes, consent, allocation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from equipoise.protocol.part import NO_WORDS, Id, Part, Words

SEALED_KEYS = frozenset({"block_size", "block_sizes", "salt", "seed"})
"""Keys that tell how the allocation list is made; they belong into the restricted file."""
COMMITMENT, SALT = r"^sha256:[0-9a-f]{64}$", r"^[0-9a-f]{32,}$"


class Registry(Part):
    """Where the trial is registered."""

    name: str
    id: str


class Trial(Part):
    """Title page. `data_cutoff` is the last calendar date that counts in the final analysis."""

    id: Id
    title: Words
    short_title: Words
    registry: Registry | None = None
    sponsor: Words = NO_WORDS
    objective: Words = NO_WORDS
    phase: str = ""
    country: str = ""
    time_zone: str
    languages: tuple[Literal["en", "zh"], ...] = ("en", "zh")
    data_cutoff: date | None = None


class Version(Part):
    """A version of the protocol: when it was written and what it changed."""

    id: Id
    date: date
    text: Words


class Site(Part):
    """A hospital. `effective`: from which day each protocol version is in force there (ethics approval)."""

    id: Id
    name: Words
    time_zone: str = ""
    effective: Mapping[str, date]
    capacity: Annotated[int, Field(gt=0)] | None = None


class Arm(Part):
    """A randomized arm; `treatments` are keys of the section treatments."""

    id: Id
    role: Literal["experimental", "control"]
    title: Words
    treatments: tuple[str, ...] = ()


class Masking(Part):
    """Who does not know the arm."""

    subjects: bool
    investigators: bool
    assessors: bool
    analysts: bool


class Axis(Part):
    """A time axis: the event that is its day 1 (elapsed day 0).

    Args:
        origin: an event, another axis, or one of these for each arm.
        due_after_randomization_days: first and last elapsed day on which the origin is due.
        absent: the origin of subjects in whom the event never happens.
        msc_start_by_sl_day: last day of axis `sl` on which the first MSC dose still sets the origin.
        otherwise: the axis that counts when it does not.
    """

    title: Words = NO_WORDS
    origin: str | Mapping[str, str]
    due_after_randomization_days: tuple[int, int] | None = None
    absent: str | None = None
    msc_start_by_sl_day: int | None = None
    otherwise: str | None = None


class ConsentVersion(Part):
    """A version of the consent form and the day from which it is used."""

    id: Id
    effective: date


class Signers(Part):
    """Who may sign, and whether the subject's own assent is needed."""

    signer: tuple[str, ...]
    assent: Literal["required", "optional", "none"] = "none"


class Consent(Part):
    """Informed consent."""

    form: str
    versions: Annotated[tuple[ConsentVersion, ...], Field(min_length=1)]
    adult_from_years: Annotated[int, Field(gt=0)]
    minor: Signers
    adult: Signers


class Sealed(Part):
    """The restricted file with block sizes, and the salted hash that binds it: what sites may see of it."""

    file: str
    commitment: Annotated[str, Field(pattern=COMMITMENT)]


SITE = "site"
"""The factor of stratification whose levels are the sites."""


class StratificationFactor(Part):
    """A factor by which allocation is stratified, with all its levels; a level written as in the record.

    The factor is a derived value, or `site`, whose levels are the sites of the protocol and are not listed.
    """

    factor: str
    levels: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.factor} ({', '.join(self.levels)})" if self.levels else self.factor


class Randomization(Part):
    """The allocation scheme as sites may see it."""

    scheme: Id
    ratio: Mapping[str, Annotated[int, Field(gt=0)]]
    strata: tuple[StratificationFactor, ...] = ()
    planned: Annotated[int, Field(gt=0)]
    restricted: Sealed
    text: Words = NO_WORDS


class Restricted(Part):
    """What sites never see: how the list is made (`randomization.yaml`)."""

    scheme: Id
    method: Literal["permuted_blocks"]
    block_sizes: Annotated[tuple[Annotated[int, Field(gt=0)], ...], Field(min_length=1)]
    length: Annotated[int, Field(gt=0)]
    salt: Annotated[str, Field(pattern=SALT)]
    algorithm: Annotated[int, Field(gt=0)] = 1
    public: bool = False
    text: Words = NO_WORDS
