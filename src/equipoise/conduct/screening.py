"""Screen a subject, screen them again, end a screening attempt."""

from __future__ import annotations

from equipoise.conduct.permissions import check_can
from equipoise.conduct.ports import Actor
from equipoise.conduct.subject import SubjectFile
from equipoise.conduct.trial import Trial, in_one_unit
from equipoise.days import format_day, parse_day
from equipoise.errors import Refused, TrialErrors
from equipoise.records.checks import HARD, check
from equipoise.records.record import SUBJECT, Key, Record


@in_one_unit
def screen(trial: Trial, *, by: Actor, site: str, date: str = "") -> str:
    """Screen a person who was never screened before.

    Args:
        site: the site that screens; the subject's key is `SITE-NNN`, never reused.
        date: day of screening; today at the site when left out.

    Returns:
        The subject's permanent key.

    Raises:
        Refused: the site is not open, or the trial is locked.
    """
    check_can(by, "screen", site)
    trial.check_open()
    _check_site(trial, site)
    at_site = [key for key in trial.subjects() if key.startswith(f"{site}-")]
    subject = f"{site}-{len(at_site) + 1:03d}"
    _attempt(trial, by, SubjectFile(subject, trial.protocols.latest), site, date, attempt=1)
    return subject


@in_one_unit
def rescreen(trial: Trial, *, by: Actor, subject: str, date: str = "") -> Record:
    """Start another screening attempt of a subject whose last one ended without randomization."""
    file = trial.subject(subject)
    check_can(by, "screen", file.site)
    trial.check_open()
    _check_site(trial, file.site)
    if file.randomized:
        raise Refused(
            "the subject is randomized", where=f"subject {subject}", rule="RESCREEN", remedy="do not screen them again"
        )
    if not file.screening_ended:
        raise Refused(
            "the last screening attempt has not ended",
            where=f"subject {subject}",
            rule="RESCREEN",
            remedy="go on with that attempt, or end it with its reason",
        )
    return _attempt(trial, by, file, file.site, date, attempt=len(file.instances("SCREENING")) + 1)


@in_one_unit
def end_screening(trial: Trial, *, by: Actor, subject: str, reason: str, criterion: str = "", date: str = "") -> Record:
    """End a screening attempt without randomization.

    Args:
        reason: code of the list SCREEN_OUTCOME.
        criterion: id of the criterion that was not met, where one was.

    Raises:
        Refused: the subject is randomized, or the screening has ended already.
        TrialErrors: every fault of the form at once (`RecordError`).
    """
    file = trial.subject(subject)
    check_can(by, "end screening", file.site)
    trial.check_open()
    place = f"subject {subject}"
    if file.randomized:
        raise Refused(
            "the subject is randomized",
            where=place,
            rule="SCREENING",
            remedy="record how the subject leaves the trial instead",
        )
    if file.screening_ended:
        raise Refused(
            "the screening attempt has already ended", where=place, rule="SCREENING", remedy="nothing is left to do"
        )
    form = trial.protocols.latest.forms["SCREENFAIL"]
    day = date or format_day(trial.today(file.site))
    payload = {"SF_DATE": day, "SF_REASON": reason} | ({"SF_CRITERION": criterion} if criterion else {})
    faults = [finding.as_error() for finding in check(form, payload, {}, where=place) if finding.level == HARD]
    if faults:
        raise TrialErrors(faults)
    key = Key(SUBJECT, subject, "SCREENFAIL", "", file.next_repeat("SCREENFAIL", ""))
    return trial.write(by=by, key=key, payload=payload, site=file.site, form=form, clinical_time=day)


def _check_site(trial: Trial, site: str) -> None:
    if not trial.site_is_open(site):
        raise Refused(
            "site {site} is not open", rule="SITE-OPEN", remedy="ask the data manager to open the site", site=site
        )


def _attempt(trial: Trial, by: Actor, file: SubjectFile, site: str, date: str, attempt: int) -> Record:
    day = date or format_day(trial.today(site))
    version = trial.protocol(site, parse_day(day))
    payload = {"SC_DATE": day, "SC_ATTEMPT": str(attempt)}
    return trial.write(
        by=by,
        key=Key(SUBJECT, file.key, "SCREENING", "", attempt),
        payload=payload,
        site=site,
        form=version.forms["SCREENING"],
        protocol_version=version.version,
        clinical_time=day,
    )
