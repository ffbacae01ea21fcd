"""Randomize: refuse for every reason at once, else claim the next slot, open it, and freeze on what grounds.

Order: claim (one at a time in a stratum, kept by the store) -> open -> append. A repeat gives the same answer. Nobody
can edit, move or re-issue an allocation; a mistake is an annotation, and the slot stays used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from equipoise.conduct.consent import Consent, consent_refusals
from equipoise.conduct.eligibility import ELIGIBLE, NOT_KNOWN, Assessment, judge
from equipoise.conduct.permissions import check_can
from equipoise.conduct.ports import Actor
from equipoise.conduct.subject import SubjectFile
from equipoise.conduct.trial import Trial
from equipoise.days import format_day
from equipoise.errors import RecordError, Refused, TrialErrors
from equipoise.records.kinds import ALLOCATED, ANNOTATION, ARM, RANDOMIZATION
from equipoise.records.record import ALLOCATION, SUBJECT, TREATMENT, Key, Record
from equipoise.state.catalogue import derived


@dataclass(frozen=True, slots=True)
class Assignment:
    """The slot that a subject was given."""

    subject: str
    number: int
    arm: str
    day: int


def randomize(trial: Trial, *, by: Actor, subject: str) -> Assignment:
    """Give a subject the next slot of their stratum.

    Returns:
        The assignment; for a subject who has one already, the same one again.

    Raises:
        TrialErrors: every reason for refusal at once (`Refused`).
        AllocationError: the list has no free slot left.
    """
    file = trial.subject(subject)
    check_can(by, "randomize", file.site)
    trial.check_open()
    if file.randomized:
        return assignment_of(file)
    day = trial.today(file.site)
    assessment = judge(trial, file, day)
    consent, refusals = consent_refusals(trial, file, day)
    refusals = [*_state_refusals(trial, file, day), *refusals, *_eligibility_refusals(assessment)]
    if refusals:
        raise TrialErrors(refusals)
    assert consent is not None
    return _allocate(trial, by, file, day, assessment, consent)


def assignment_of(file: SubjectFile) -> Assignment:
    """The assignment of a randomized subject, from the log."""
    return Assignment(file.key, int(file.item(RANDOMIZATION, "RN_NUMBER")), file.arm, file.randomized_on)


def annotate_randomized_in_error(trial: Trial, *, by: Actor, subject: str, reason: str) -> Record:
    """Mark a subject as randomized in error. Slot, arm and place in the intention-to-treat set stay as they are."""
    file = trial.subject(subject)
    check_can(by, "annotate an allocation", file.site)
    trial.check_open()
    if not file.randomized:
        raise Refused(
            "the subject is not randomized", where=f"subject {subject}", rule="ANNOTATION", remedy="check the number"
        )
    if not reason.strip():
        raise RecordError(
            "an annotation needs a reason", where=f"subject {subject}", rule="ANNOTATION", remedy="say what was wrong"
        )
    date = format_day(trial.today(file.site))
    key = Key(SUBJECT, subject, ANNOTATION, "", file.next_repeat(ANNOTATION, ""))
    payload = {"AN_DATE": date, "AN_KIND": "RANDOMIZED_IN_ERROR", "AN_TEXT": reason}
    with trial.unit_of_work():
        return trial.write(by=by, key=key, payload=payload, site=file.site, clinical_time=date)


def _allocate(
    trial: Trial, by: Actor, file: SubjectFile, day: int, assessment: Assessment, consent: Consent
) -> Assignment:
    """Claim first, committed before the slot is opened: after a failure the slot still is this subject's."""
    protocol = trial.protocol(file.site, day)
    scheme = protocol.randomization.scheme
    stratum = stratum_of(trial, file, day)
    now = trial.local_now(file.site)
    claim = trial.allocations.claim(scheme, stratum, file.key, trial.clock.now())
    arm = trial.opener.open(claim)
    site, date = file.site, format_day(day)
    number = len(trial.allocations.claims(scheme)) if protocol.randomization.strata else claim.position
    slot = {"AL_SCHEME": scheme, "AL_STRATUM": stratum, "AL_POSITION": str(claim.position)}
    grounds = {
        "RN_DATE": date,
        "RN_TIME": f"{now:%H:%M}",
        "RN_NUMBER": str(number),
        "RN_STRATUM": stratum,
        "RN_VERDICT": assessment.verdict,
        "RN_CRITERIA": assessment.canonical(),
        "RN_PROTOCOL": protocol.version,
        "RN_CONSENT": consent.version,
    }
    write = partial(
        trial.write, by=by, site=site, protocol_version=protocol.version, clinical_time=f"{date}T{now:%H:%M}"
    )
    with trial.unit_of_work():
        write(key=Key(SUBJECT, file.key, ALLOCATED), payload=slot, stream=ALLOCATION)
        write(key=Key(SUBJECT, file.key, ARM), payload={"AR_ARM": arm}, stream=TREATMENT)
        write(key=Key(SUBJECT, file.key, RANDOMIZATION), payload=grounds)
    return Assignment(file.key, number, arm, day)


def stratum_of(trial: Trial, file: SubjectFile, day: int) -> str:
    """The stratum of a subject: values of the stratification factors, joined; "" when the protocol names none."""
    protocol = trial.protocol(file.site, day)
    factors = protocol.randomization.strata
    if not factors:
        return ""
    values = derived(frozenset(factors), file.tables, protocol, day)
    values |= {"site": file.site} if "site" in factors else {}
    missing = [factor for factor in factors if factor not in values]
    if missing:
        raise Refused(
            "the stratification factor {factors} is not known",
            where=f"subject {file.key}",
            rule="STRATUM",
            remedy="complete the forms that it comes from",
            factors=", ".join(missing),
        )
    return "/".join(f"{factor}={_level(values[factor])}" for factor in factors)


def _level(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _state_refusals(trial: Trial, file: SubjectFile, day: int) -> list[Refused]:
    """Reasons that lie in the site, the version, the subject's standing and the site's number."""
    capacity = trial.protocol(file.site, day).site[file.site].capacity
    full = capacity is not None and randomized_at(trial, file.site) >= capacity
    reasons = (
        (
            not trial.site_is_open(file.site),
            "SITE-OPEN",
            "the site is not open",
            "ask the data manager to open the site",
        ),
        (
            not trial.in_force(file.site, day),
            "PROTOCOL-IN-FORCE",
            "no protocol version is in force at the site on {date}",
            "wait for the ethics approval at the site",
        ),
        (file.screening_ended, "SCREENING-ENDED", "screening has ended", "screen the subject again"),
        (file.data_withdrawn, "CONSENT-WITHDRAWN", "consent was withdrawn", "do not randomize"),
        (file.died_on is not None, "DEATH", "the subject has died", "do not randomize"),
        (
            full,
            "SITE-CAPACITY",
            "the site has randomized its {capacity} subjects",
            "ask the sponsor to raise the number of the site",
        ),
    )
    params = {"date": format_day(day), "capacity": capacity}
    return [
        Refused(fault, where=f"subject {file.key}", rule=rule, remedy=remedy, **params)
        for holds, rule, fault, remedy in reasons
        if holds
    ]


def randomized_at(trial: Trial, site: str) -> int:
    """How many subjects a site has randomized."""
    return sum(trial.subject(key).randomizing_site == site for key in trial.subjects() if key.startswith(f"{site}-"))


def _eligibility_refusals(assessment: Assessment) -> list[Refused]:
    if assessment.verdict == ELIGIBLE:
        return []
    place = f"subject {assessment.subject}"
    return [
        Refused(
            "criterion {id} is not met" if result.met is False else "it is not known whether criterion {id} is met",
            where=place,
            rule=result.id,
            remedy=(
                "do not randomize; no exception can be granted"
                if result.met is False
                else "complete {missing}".format(missing=", ".join(result.missing) or "the forms that it reads")
            ),
            id=result.id,
        )
        for result in assessment.criteria
        if result.met is not True
    ] or [Refused("eligibility is {verdict}", where=place, rule="ELIGIBILITY", remedy="assess it", verdict=NOT_KNOWN)]
