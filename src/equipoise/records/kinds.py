"""The kinds of record that are not forms of the library, and the forms whose stream must never change.

A clinical form declares its stream in the protocol. The kinds below belong to the program: each has one stream and
says what it can be about. Kinds whose pages come later are declared now, as a log is never altered.
"""

from __future__ import annotations

from dataclasses import dataclass

from equipoise.records.record import (
    ACCESS,
    ALLOCATION,
    CLINICAL,
    SHIPMENT,
    SITE,
    SUBJECT,
    TREATMENT,
    TRIAL,
    UNIT,
    UNIT_TYPES,
    USER,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: form id, streams that may hold it, what it can be about, and its meaning in one line."""

    form: str
    streams: tuple[str, ...]
    unit_types: tuple[str, ...]
    meaning: str


_DECLARED = (
    # Events of the trial
    Kind("TRIAL_BEGUN", (CLINICAL,), (TRIAL,), "the trial begins, for live use or as a test"),
    Kind("ALLOCATION_LIST", (ALLOCATION,), (TRIAL,), "the sealed allocation list is loaded: its hash and commitments"),
    Kind("SITE", (CLINICAL,), (SITE,), "a site opens, closes, or changes its name, zone or capacity"),
    Kind("PROTOCOL_VERSION", (CLINICAL,), (SITE, TRIAL), "a version of the protocol takes effect"),
    Kind("REFERENCE_RANGES", (CLINICAL,), (SITE,), "a version of a laboratory's reference ranges"),
    Kind(
        "RANDOMIZATION", (CLINICAL,), (SUBJECT,), "a subject is randomized: frozen verdict, rules and versions, no arm"
    ),
    Kind("ALLOCATION", (ALLOCATION,), (SUBJECT,), "the slot and the claim behind a randomization"),
    Kind("ARM", (TREATMENT,), (SUBJECT,), "the arm that a slot gave"),
    Kind("ELIGIBILITY_VERDICT", (CLINICAL,), (SUBJECT,), "the criteria of eligibility with the outcome of each"),
    Kind("TRANSFER", (CLINICAL,), (SUBJECT,), "a subject moves to another site"),
    Kind("LOCK", (CLINICAL,), (SUBJECT, SITE, TRIAL), "data are locked"),
    Kind("UNLOCK", (CLINICAL,), (SUBJECT, SITE, TRIAL), "data are unlocked"),
    Kind("REDACTION", (CLINICAL, TREATMENT, ALLOCATION, ACCESS), UNIT_TYPES, "values entered by mistake are removed"),
    Kind("ANNOTATION", (CLINICAL, TREATMENT, ALLOCATION), UNIT_TYPES, "a remark on a record, as randomized in error"),
    Kind("CHECKPOINT", (ACCESS,), (TRIAL,), "the heads of all chains were published"),
    Kind("ACCESS", (ACCESS,), UNIT_TYPES, "something was read, exported or refused; a sign-in or a change of role"),
    # Product, cold chain and safety
    Kind("PRODUCT_UNIT", (TREATMENT,), (UNIT,), "a unit of cell product and its present state"),
    Kind("SHIPMENT", (TREATMENT,), (SHIPMENT,), "a shipment of product and its custody"),
    Kind("TEMPERATURE_LOG", (TREATMENT,), (UNIT, SHIPMENT, SITE), "a temperature logger's file"),
    Kind("SAE", (CLINICAL,), (SUBJECT,), "a serious adverse event, one version or repeat for each follow-up"),
    Kind("PREGNANCY", (CLINICAL,), (SUBJECT,), "a pregnancy of the subject or the partner"),
    Kind("DEVIATION", (CLINICAL,), (SUBJECT, SITE, TRIAL), "a deviation from the protocol"),
    Kind("DELEGATION", (CLINICAL,), (USER, SITE), "a role given to a person, with dates and training"),
)
KINDS: dict[str, Kind] = {kind.form: kind for kind in _DECLARED}
"""Declared kinds by form id."""

TRIAL_BEGUN = "TRIAL_BEGUN"
ALLOCATION_LIST = "ALLOCATION_LIST"
SITE_EVENT = "SITE"
PROTOCOL_VERSION = "PROTOCOL_VERSION"
REFERENCE_RANGES = "REFERENCE_RANGES"
ELIGIBILITY_VERDICT = "ELIGIBILITY_VERDICT"
RANDOMIZATION = "RANDOMIZATION"
ALLOCATED = "ALLOCATION"
ARM = "ARM"
TRANSFER = "TRANSFER"
ANNOTATION = "ANNOTATION"
LOCK, UNLOCK = "LOCK", "UNLOCK"
REDACTION = "REDACTION"
DELEGATION = "DELEGATION"
ACCESS_EVENT = "ACCESS"
