"""Open a site, record its laboratory's reference ranges, lock and unlock the database."""

from __future__ import annotations

from equipoise.conduct.permissions import check_can
from equipoise.conduct.ports import Actor
from equipoise.conduct.trial import Trial, in_one_unit
from equipoise.days import format_day
from equipoise.errors import RecordError, Refused, TrialErrors
from equipoise.records.checks import HARD, check
from equipoise.records.kinds import LOCK, REFERENCE_RANGES, SITE_EVENT, UNLOCK
from equipoise.records.record import SITE, TRIAL, Key, Payload, Record


@in_one_unit
def open_site(trial: Trial, *, by: Actor, site: str) -> Record:
    """Open a site that the protocol names. Its first protocol version must have taken effect."""
    check_can(by, "open a site")
    trial.check_open()
    day = trial.today(site)
    if not trial.in_force(site, day):
        raise Refused(
            "no protocol version is in force at site {site} on {date}",
            rule="PROTOCOL-IN-FORCE",
            remedy="wait for the ethics approval at the site, and enter its date in the protocol file",
            site=site,
            date=format_day(day),
        )
    key = Key(SITE, site, SITE_EVENT)
    current = trial.ledger.current(key)
    expects = 0 if current is None else current.version
    payload = {"SI_DATE": format_day(day), "SI_STATUS": "OPEN"}
    return trial.write(
        by=by, key=key, payload=payload, site=site, expects=expects, reason="opened again" if expects else ""
    )


@in_one_unit
def record_reference_range(trial: Trial, *, by: Actor, site: str, items: Payload) -> Record:
    """Record one version of a laboratory reference range of a site; its date of effect says from when it counts.

    Args:
        items: items of the form REFERENCE_RANGES, with a lower or an upper limit or both.

    Raises:
        TrialErrors: every fault of the form at once (`RecordError`).
    """
    check_can(by, "record reference ranges", site)
    trial.check_open()
    form = trial.protocol(site, trial.today(site)).forms[REFERENCE_RANGES]
    place = f"site {site}, form {REFERENCE_RANGES}"
    faults = [finding.as_error() for finding in check(form, items, {}, where=place) if finding.level == HARD]
    if not items.get("LR_LOW") and not items.get("LR_HIGH"):
        fault, remedy = "a reference range needs a lower or an upper limit", "copy it from the laboratory's sheet"
        faults.append(RecordError(fault, where=place, rule="REFERENCE-RANGE", remedy=remedy))
    if faults:
        raise TrialErrors(faults)
    repeats = [record.key.repeat for record in trial.ledger.of_unit(SITE, site) if record.key.form == REFERENCE_RANGES]
    key = Key(SITE, site, REFERENCE_RANGES, "", max(repeats, default=0) + 1)
    return trial.write(by=by, key=key, payload=items, site=site, form=form)


@in_one_unit
def lock(trial: Trial, *, by: Actor, reason: str) -> Record:
    """Lock the database: from then on nothing can be written but an unlock.

    Raises:
        TrialErrors: what is still open, subject by subject (`Refused`).
    """
    check_can(by, "lock")
    trial.check_open()
    faults = [
        Refused(
            "screening has neither ended nor led to randomization",
            where=f"subject {key}",
            rule="LOCK-SCREENING",
            remedy="randomize the subject or end the screening with its reason",
        )
        for key in trial.subjects()
        if not (trial.subject(key).randomized or trial.subject(key).screening_ended)
    ]
    if faults:
        raise TrialErrors(faults)
    return _turn(trial, by, LOCK, reason)


@in_one_unit
def unlock(trial: Trial, *, by: Actor, reason: str) -> Record:
    """Unlock the database, with the reason."""
    check_can(by, "unlock")
    if not trial.locked:
        raise Refused("the database is not locked", rule="UNLOCK", remedy="nothing is left to do")
    return _turn(trial, by, UNLOCK, reason)


def _turn(trial: Trial, by: Actor, event: str, reason: str) -> Record:
    if not reason.strip():
        raise RecordError("locking and unlocking need a reason", rule="LOCK-REASON", remedy="say why")
    key = Key(TRIAL, trial.id, event)
    current = trial.ledger.current(key)
    expects = 0 if current is None else current.version
    now = trial.clock.now()
    return trial.write(
        by=by,
        key=key,
        payload={"LK_AT": now.isoformat(timespec="seconds"), "LK_REASON": reason},
        site="",
        reason=reason if expects else "",
        expects=expects,
    )
