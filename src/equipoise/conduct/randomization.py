"""Randomize: refuse for every reason at once, else claim the next slot, open it, and freeze on what grounds.

Order: claim (one at a time in a stratum, kept by the store) -> open -> append. A repeat gives the same answer. Nobody
can edit, move or re-issue an allocation; a mistake is an annotation, and the slot stays used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from equipoise.conduct.consent import consent_refusals
from equipoise.conduct.eligibility import Assessment, judge
from equipoise.conduct.permissions import check_can
from equipoise.conduct.ports import Actor, Claim
from equipoise.conduct.subject import SubjectFile
from equipoise.conduct.trial import Trial, in_one_unit
from equipoise.days import day_of, format_day
from equipoise.errors import RecordError, Refused, TrialErrors
from equipoise.protocol.catalogue import CATALOGUE
from equipoise.protocol.trial import SITE
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
    with trial.unit_of_work():
        file = trial.subject(subject)
        check_can(by, "randomize", file.site)
        trial.check_open()
        if file.randomized:
            return assignment_of(file)
        grounds = _grounds(trial, file, trial.local_now(file.site))
        scheme = trial.protocols.version(grounds["RN_PROTOCOL"]).randomization.scheme
        claim = trial.allocations.claim(scheme, grounds["RN_STRATUM"], subject, trial.clock.now())
    # The claim is committed before the slot is opened: after a failure the slot still is this subject's.
    arm = trial.opener.open(claim)
    with trial.unit_of_work():
        file = trial.subject(subject)
        if not file.randomized:
            _record(trial, by, file, claim, arm, grounds)
        return assignment_of(trial.subject(subject))


def assignment_of(file: SubjectFile) -> Assignment:
    """The assignment of a randomized subject, from the log."""
    return Assignment(file.key, int(file.item(RANDOMIZATION, "RN_NUMBER")), file.arm, file.randomized_on)


@in_one_unit
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
    return trial.write(by=by, key=key, payload=payload, site=file.site, clinical_time=date)


def _grounds(trial: Trial, file: SubjectFile, now: datetime) -> dict[str, str]:
    """When and on what grounds a subject is randomized: stratum, verdict, criteria, versions; what the record freezes.

    Raises:
        TrialErrors: every reason for refusal at once (`Refused`).
    """
    day = day_of(now)
    assessment = judge(trial, file, day)
    consent, refusals = consent_refusals(trial, file, day)
    refusals = [*_state_refusals(trial, file, day), *refusals, *_eligibility_refusals(assessment)]
    if refusals:
        raise TrialErrors(refusals)
    assert consent is not None
    return {
        "RN_DATE": format_day(day),
        "RN_TIME": f"{now:%H:%M}",
        "RN_STRATUM": stratum_of(trial, file, day),
        "RN_VERDICT": assessment.verdict,
        "RN_CRITERIA": assessment.canonical(),
        "RN_PROTOCOL": trial.protocol(file.site, day).version,
        "RN_CONSENT": consent.version,
    }


def _record(trial: Trial, by: Actor, file: SubjectFile, claim: Claim, arm: str, grounds: Mapping[str, str]) -> None:
    """Write slot, arm and grounds, each to its stream."""
    version = grounds["RN_PROTOCOL"]
    stratified = bool(trial.protocols.version(version).randomization.strata)
    number = len(trial.allocations.claims(claim.scheme)) if stratified else claim.position
    slot = {"AL_SCHEME": claim.scheme, "AL_STRATUM": claim.stratum, "AL_POSITION": str(claim.position)}
    randomized = {"RN_NUMBER": str(number), **grounds}
    when = f"{grounds['RN_DATE']}T{grounds['RN_TIME']}"
    write = partial(trial.write, by=by, site=file.site, protocol_version=version, clinical_time=when)
    write(key=Key(SUBJECT, file.key, ALLOCATED), payload=slot, stream=ALLOCATION)
    write(key=Key(SUBJECT, file.key, ARM), payload={"AR_ARM": arm}, stream=TREATMENT)
    write(key=Key(SUBJECT, file.key, RANDOMIZATION), payload=randomized)


def stratum_of(trial: Trial, file: SubjectFile, day: int) -> str:
    """The stratum of a subject: values of the stratification factors, joined; "" when the protocol names none.

    Raises:
        Refused: a factor is not known, or has a value that is none of its levels.
    """
    protocol = trial.protocol(file.site, day)
    factors = [one.factor for one in protocol.randomization.strata]
    values = derived(frozenset(factors) - {SITE}, file.tables, protocol, day) | {SITE: file.site}
    missing = [factor for factor in factors if factor not in values]
    if missing:
        raise Refused(
            "the stratification factor {factors} is not known",
            where=f"subject {file.key}",
            rule="STRATUM",
            remedy="complete the forms that it comes from",
            factors=", ".join(missing),
        )
    stratum = "/".join(f"{factor}={_level(values[factor])}" for factor in factors)
    if stratum not in protocol.strata:
        raise Refused(
            "there is no stratum {stratum}",
            where=f"subject {file.key}",
            rule="STRATUM",
            remedy="check the forms that the factors come from; the strata are those of the protocol",
            stratum=stratum,
        )
    return stratum


def _level(value: object) -> str:
    """A value as the protocol writes the level: numbers short, yes and no as Y and N."""
    if isinstance(value, bool):
        return "Y" if value else "N"
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
    return sum(trial.subject(key).randomizing_site == site for key in trial.subjects())


def _eligibility_refusals(assessment: Assessment) -> list[Refused]:
    return [
        Refused(
            "criterion {id} is not met" if result.met is False else "it is not known whether criterion {id} is met",
            where=f"subject {assessment.subject}",
            rule=result.id,
            remedy=(
                "do not randomize; no exception can be granted"
                if result.met is False
                else f"complete {', '.join(what_to_complete(result.missing))}"
            ),
            id=result.id,
        )
        for result in assessment.criteria
        if result.met is not True
    ]


def what_to_complete(missing: tuple[str, ...]) -> list[str]:
    """What to fill in to make missing inputs known: items of the form, or the forms that a value is derived from."""
    named = (CATALOGUE[name].source if name in CATALOGUE else (name,) for name in missing)
    return list(dict.fromkeys(one for names in named for one in names))
