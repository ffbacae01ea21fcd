"""Record consent, and say whether the consent of a subject stands."""

from __future__ import annotations

from dataclasses import dataclass

from equipoise.conduct.capture import Captured, capture
from equipoise.conduct.ports import Actor
from equipoise.conduct.subject import SubjectFile, text
from equipoise.conduct.trial import Trial
from equipoise.days import DateRange, completed_years, date_of, format_day, parse_date
from equipoise.errors import Refused
from equipoise.records.record import Payload


@dataclass(frozen=True, slots=True)
class Consent:
    """The consent that stands on a day: version of the form and day of signature."""

    version: str
    day: int


def record_consent(trial: Trial, *, by: Actor, subject: str, items: Payload) -> Captured:
    """Record a signed consent form; a later one (re-consent at 18, after an amendment) is a further instance.

    Args:
        items: items of the form CONSENT.
    """
    return capture(trial, by=by, subject=subject, form="CONSENT", items=items, action="record consent")


def consent_refusals(trial: Trial, file: SubjectFile, day: int) -> tuple[Consent | None, list[Refused]]:
    """The consent in force on a day, or every reason why there is none.

    A minor needs a guardian's (or legal representative's) signature and their own assent; the version must be one that
    was approved by then; a study procedure dated before the first consent spoils it for good.
    """
    place = f"subject {file.key}"
    signed = [record for record in file.instances("CONSENT") if text((record.payload or {}).get("CO_DATE"))]
    in_time = [record for record in signed if parse_date(text((record.payload or {}).get("CO_DATE"))).latest <= day]
    if not in_time:
        remedy = "record the signed consent form" if not signed else "randomize after the day of consent"
        fault = "consent is missing" if not signed else "consent is dated later than randomization"
        return None, [Refused(fault, where=place, rule="CONSENT-MISSING", remedy=remedy)]
    payload = max((record.payload or {} for record in in_time), key=_signed_on)
    signed_on = _signed_on(payload)
    refusals = [*_signer_refusals(trial, file, payload, signed_on), *_version_refusals(trial, file, payload, day)]
    refusals += _order_refusals(trial, file, signed)
    return Consent(text(payload.get("CO_VERSION")), signed_on), refusals


def _signed_on(items: Payload) -> int:
    return parse_date(text(items.get("CO_DATE"))).latest


def _signer_refusals(trial: Trial, file: SubjectFile, payload: Payload, signed_on: int) -> list[Refused]:
    rules = trial.protocol(file.site, signed_on).consent
    place = f"subject {file.key}"
    born = file.item("DEMOG", "DM_BIRTH")
    age = completed_years(parse_date(born), signed_on) if born else None
    if age is None:
        return [
            Refused(
                "age at consent is not known, so it is not known who had to sign",
                where=place,
                rule="CONSENT-SIGNER",
                remedy="record the date of birth precisely enough",
            )
        ]
    needed = rules.minor if age < rules.adult_from_years else rules.adult
    refusals = []
    if text(payload.get("CO_SIGNER")) not in needed.signer:
        refusals.append(
            Refused(
                "at {age} years the consent form is signed by {needed}",
                where=place,
                rule="CONSENT-SIGNER",
                remedy="obtain that signature and record it",
                age=age,
                needed=" or ".join(needed.signer).replace("_", " ").lower(),
            )
        )
    if needed.assent == "required" and text(payload.get("CO_ASSENT")) != "Y":
        refusals.append(
            Refused(
                "the minor's assent is missing",
                where=place,
                rule="CONSENT-ASSENT",
                remedy="obtain and record the assent",
            )
        )
    return refusals


def _version_refusals(trial: Trial, file: SubjectFile, payload: Payload, day: int) -> list[Refused]:
    signed_on = date_of(parse_date(text(payload.get("CO_DATE"))).latest)
    versions = [one.id for one in trial.protocol(file.site, day).consent.versions if one.effective <= signed_on]
    signed = text(payload.get("CO_VERSION"))
    if signed in versions:
        return []
    return [
        Refused(
            "version {signed} of the consent form is not one of {known}",
            where=f"subject {file.key}",
            rule="CONSENT-VERSION",
            remedy="have the version in force signed, and record it",
            signed=signed or "(none)",
            known=", ".join(versions),
        )
    ]


def _order_refusals(trial: Trial, file: SubjectFile, signed: list) -> list[Refused]:
    first = min(parse_date(text((record.payload or {}).get("CO_DATE"))).latest for record in signed)
    refusals = []
    for name, form in trial.protocols.latest.forms.items():
        if form.group != "study_procedure" or not form.date:
            continue
        for record in file.instances(name):
            done = text((record.payload or {}).get(form.date))
            if done and parse_date(done).earliest < first:
                refusals.append(
                    Refused(
                        "the study procedure {form} of {done} is earlier than consent ({signed})",
                        where=f"subject {file.key}",
                        rule="CONSENT-ORDER",
                        remedy="correct the date that is wrong; if both are right the subject cannot be randomized",
                        form=name,
                        done=done,
                        signed=format_day(first),
                    )
                )
    return refusals


def needs_reconsent(trial: Trial, file: SubjectFile, day: int) -> bool:
    """Whether the subject came of age since the last consent, or a newer version of the form took effect."""
    consent, _ = consent_refusals(trial, file, day)
    born = file.item("DEMOG", "DM_BIRTH")
    if consent is None:
        return False
    rules = trial.protocol(file.site, day).consent
    today = date_of(day)
    latest = max((one for one in rules.versions if one.effective <= today), key=lambda one: one.effective)
    if latest.id != consent.version:
        return True
    if not born:
        return False
    birth: DateRange = parse_date(born)
    then, now = completed_years(birth, consent.day), completed_years(birth, day)
    return then is not None and now is not None and then < rules.adult_from_years <= now
