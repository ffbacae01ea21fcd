"""The four ways to leave, the way back of the lost, and transfer to another site."""

from __future__ import annotations

from equipoise.conduct.capture import Captured, capture, correct
from equipoise.conduct.gates import LOST_TO_FOLLOW_UP
from equipoise.conduct.permissions import check_can
from equipoise.conduct.ports import Actor
from equipoise.conduct.subject import text
from equipoise.conduct.trial import Trial, in_one_unit
from equipoise.days import format_day, parse_day
from equipoise.errors import Refused
from equipoise.records.kinds import TRANSFER
from equipoise.records.record import SUBJECT, Key, Record

STOP_TREATMENT, STOP_VISITS = "STOP_TREATMENT", "STOP_VISITS"
WITHDRAW_DATA = "WITHDRAW_DATA"


@in_one_unit
def leave(
    trial: Trial,
    *,
    by: Actor,
    subject: str,
    way: str,
    decided_by: str,
    reason: str,
    date: str = "",
    attempts: str = "",
) -> Captured:
    """Record that a subject leaves, in one of four ways that mean different things.

    Args:
        way: STOP_TREATMENT (visits go on), STOP_VISITS (survival is still followed), WITHDRAW_DATA (nothing new is
            collected), LOST_TO_FOLLOW_UP (reversible; needs the attempts to reach the subject).
        decided_by: code of the list DECIDED_BY.
    """
    file = trial.subject(subject)
    items = {
        "XT_DATE": date or format_day(trial.today(file.site)),
        "XT_TYPE": way,
        "XT_BY": decided_by,
        "XT_REASON": reason,
    }
    items |= {"XT_ATTEMPTS": attempts} if attempts else {}
    return capture(trial, by=by, subject=subject, form="LEAVE", items=items, action="record leaving")


@in_one_unit
def found_again(trial: Trial, *, by: Actor, subject: str, date: str) -> Captured:
    """A subject who was lost to follow-up has been reached again."""
    file = trial.subject(subject)
    open_losses = [
        record
        for record in file.instances("LEAVE")
        if text((record.payload or {}).get("XT_TYPE")) == LOST_TO_FOLLOW_UP
        and not text((record.payload or {}).get("XT_RETURN"))
    ]
    if not open_losses:
        raise Refused(
            "the subject is not lost to follow-up", where=f"subject {subject}", rule="LOST", remedy="record the contact"
        )
    lost = open_losses[-1]
    return correct(
        trial,
        by=by,
        subject=subject,
        form="LEAVE",
        items=dict(lost.payload or {}) | {"XT_RETURN": date},
        reason="found again",
        expects=lost.version,
        repeat=lost.key.repeat,
    )


@in_one_unit
def transfer(trial: Trial, *, by: Actor, subject: str, to_site: str, date: str = "") -> Record:
    """Move a subject to another site from a day on. The subject's key and the randomizing site stay."""
    file = trial.subject(subject)
    check_can(by, "transfer", file.site)
    trial.check_open()
    place = f"subject {subject}"
    if to_site == file.site:
        raise Refused(
            "the subject is at site {site} already",
            where=place,
            rule="TRANSFER",
            remedy="choose another site",
            site=to_site,
        )
    if not trial.site_is_open(to_site):
        raise Refused(
            "site {site} is not open",
            where=place,
            rule="SITE-OPEN",
            remedy="ask the data manager to open the site",
            site=to_site,
        )
    day = format_day(parse_day(date)) if date else format_day(trial.today(file.site))
    key = Key(SUBJECT, subject, TRANSFER, "", file.next_repeat(TRANSFER, ""))
    return trial.write(by=by, key=key, payload={"TR_DATE": day, "TR_SITE": to_site}, site=file.site, clinical_time=day)
