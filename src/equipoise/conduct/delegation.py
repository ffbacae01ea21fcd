"""Give a person a role, and end it: the delegation log, from which alone follows who acts as what on a day.

A delegation is an instance of the form DELEGATION about an account: role, site, first and last day, and the day on
which training was completed. Its versions are its changes. Whoever has no delegation that stands on the day, or no
training, acts as nobody. It is written in a locked trial too: an inspector comes after the lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from equipoise.conduct.permissions import (
    ADMINISTRATOR,
    CENTRAL,
    INVESTIGATOR,
    LEVEL_OF,
    MASKED,
    ROLES,
    UNMASKED,
    check_can,
)
from equipoise.conduct.ports import Actor, Ledger
from equipoise.conduct.trial import Trial, in_one_unit, zone
from equipoise.days import day_of, format_day, parse_day
from equipoise.errors import NotPermitted, RecordError, Refused, TrialErrors
from equipoise.records.kinds import DELEGATION
from equipoise.records.record import USER, Key, Record

ROLE, AT, FROM, UNTIL, TRAINED = "DG_ROLE", "DG_SITE", "DG_FROM", "DG_UNTIL", "DG_TRAINED"
"""Items of the form."""
MADE_AT_SITES = frozenset(ROLES) - CENTRAL
"""Roles that are given at a site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """A role given to an account. Days are calendar days; `until` is the last one, None for an open end.

    `trained` is the day on which the training for the role was completed; None before it.
    """

    account: str
    number: int
    version: int
    role: str
    site: str
    start: int
    until: int | None
    trained: int | None

    def stands(self, day: int) -> bool:
        """Whether it gives access on a day."""
        trained = self.trained is not None and self.trained <= day
        return trained and self.start <= day and (self.until is None or day <= self.until)


def delegations(ledger: Ledger, account: str) -> list[Delegation]:
    """All delegations of an account as they are now, ended ones included, in the order in which they were given."""
    return [_delegation(one) for one in ledger.of_unit(USER, account) if one.key.form == DELEGATION]


def _delegation(record: Record) -> Delegation:
    held = {name: str(value) for name, value in (record.payload or {}).items()}
    return Delegation(
        account=record.key.unit,
        number=record.key.repeat,
        version=record.version,
        role=held[ROLE],
        site=held.get(AT, ""),
        start=parse_day(held[FROM]),
        until=parse_day(held[UNTIL]) if UNTIL in held else None,
        trained=parse_day(held[TRAINED]) if TRAINED in held else None,
    )


def roles_today(trial: Trial, account: str) -> list[Actor]:
    """Who an account may act as today: one actor a role, with the sites of the role, in the order of `ROLES`.

    Today is the local day of the site; for a central role that of the trial.
    """
    standing = [one for one in delegations(trial.ledger, account) if one.stands(_today(trial, one.site))]
    return [
        Actor(id=account, role=role, sites=frozenset(one.site for one in standing if one.role == role and one.site))
        for role in ROLES
        if any(one.role == role for one in standing)
    ]


def _today(trial: Trial, site: str) -> int:
    if site:
        return trial.today(site)
    return day_of(trial.clock.now().astimezone(zone(trial.protocols.latest.trial.time_zone)))


def may_change(trial: Trial, by: Actor, given: Delegation) -> bool:
    """Whether a person may end a delegation, or record its training, now."""
    try:
        _check_other(by, given.account)
        _check_may_give(by, given.role, given.site)
    except NotPermitted:
        return False
    return given.until is None or given.until >= _today(trial, given.site)


def accounts_with_roles(trial: Trial) -> list[str]:
    """Every account that the log names, in the order in which it first did."""
    return trial.ledger.units(USER)


@in_one_unit
def delegate(
    trial: Trial, *, by: Actor, account: str, role: str, site: str = "", start: str = "", until: str = "", trained: str
) -> Record:
    """Give a role to an account: the investigator at their own site, the administrator the rest.

    Args:
        account: name of the account.
        site: for a role of a site; "" for a central one.
        start, until: first and last day, ISO 8601; today and open when left out.
        trained: day on which training for the role was completed; "" when it is not yet: then there is no access.

    Raises:
        NotPermitted: this person may not give this role.
        Refused: the account holds a role that this one must not meet.
        TrialErrors: every fault of the entry at once.
    """
    _check_form(trial, role, site)
    _check_may_give(by, role, site)
    _check_other(by, account)
    return _give(trial, by, account, role, site, start, until, trained)


@in_one_unit
def delegate_first_administrator(trial: Trial, *, account: str, trained: str) -> Record:
    """Make an account the trial's administrator while nobody is: when the trial begins, or when the last one has left.

    Only the command line calls it: it needs the trial's folder, and the log says that it came from there.
    """
    standing = [one for name in accounts_with_roles(trial) for one in roles_today(trial, name)]
    present = [one.id for one in standing if one.role == ADMINISTRATOR]
    if present:
        raise Refused(
            "the trial has an administrator: {who}",
            where=f"account {account}",
            rule="DELEGATION-FIRST",
            remedy="let the administrator give the role: --by {who}",
            who=", ".join(present),
        )
    if not trained or parse_day(trained) > _today(trial, ""):
        raise Refused(
            "an administrator who is not trained yet would let nobody in",
            where=f"account {account}",
            rule="DELEGATION-TRAINING",
            remedy="give the day on which the training was completed",
        )
    by = Actor(id=account, role=ADMINISTRATOR)
    return _give(trial, by, account, ADMINISTRATOR, "", "", "", trained)


def _give(trial: Trial, by: Actor, account: str, role: str, site: str, start: str, until: str, trained: str) -> Record:
    earlier = delegations(trial.ledger, account)
    _check_masking(account, role, earlier)
    payload = {ROLE: role, FROM: start or format_day(_today(trial, site))}
    payload |= {name: value for name, value in ((AT, site), (UNTIL, until), (TRAINED, trained)) if value}
    _check_days(payload, f"account {account}")
    key = Key(USER, account, DELEGATION, "", max((one.number for one in earlier), default=0) + 1)
    return trial.write(by=by, key=key, payload=payload, site=site)


@in_one_unit
def complete_training(trial: Trial, *, by: Actor, account: str, number: int, on: str) -> Record:
    """Record the day on which the training for a delegated role was completed; access begins then."""
    return _change(trial, by, account, number, {TRAINED: on}, "training completed")


@in_one_unit
def end_delegation(trial: Trial, *, by: Actor, account: str, number: int, reason: str, until: str = "") -> Record:
    """End a delegation; its last day is `until`, or yesterday when left out: access ends at once.

    Raises:
        RecordError: no reason is given.
        Refused: there is no such delegation, or it has ended.
    """
    found = _found(trial, account, number)
    last = until or format_day(max(_today(trial, found.site) - 1, found.start - 1))
    return _change(trial, by, account, number, {UNTIL: last}, reason)


def _change(trial: Trial, by: Actor, account: str, number: int, items: dict[str, str], reason: str) -> Record:
    _check_other(by, account)
    found = _found(trial, account, number)
    _check_may_give(by, found.role, found.site)
    where = f"account {account}, delegation {number}"
    if not reason.strip():
        raise RecordError("a change needs a reason", where=where, rule="REASON-FOR-CHANGE", remedy="say why")
    key = Key(USER, account, DELEGATION, "", number)
    record = trial.ledger.current(key)
    assert record is not None
    payload = {name: str(value) for name, value in (record.payload or {}).items()} | items
    _check_days(payload, where, ended=UNTIL in items)
    return trial.write(by=by, key=key, payload=payload, site=found.site, reason=reason, expects=found.version)


def _found(trial: Trial, account: str, number: int) -> Delegation:
    found = next((one for one in delegations(trial.ledger, account) if one.number == number), None)
    if found is None or (found.until is not None and found.until < _today(trial, found.site)):
        raise Refused(
            "there is no delegation {number} that could be changed",
            where=f"account {account}",
            rule="DELEGATION-UNKNOWN",
            remedy="look at the list of delegations; one that has ended is given anew",
            number=number,
        )
    return found


def _check_form(trial: Trial, role: str, site: str) -> None:
    """A role that there is, at a site that there is."""
    faults = []
    if role not in ROLES:
        remedy = f"choose one of {', '.join(ROLES)}"
        faults.append(RecordError(f"{role!r} is not a role", rule="DELEGATION-ROLE", remedy=remedy))
    elif role in MADE_AT_SITES and not site:
        faults.append(
            RecordError(f"the role {role} is given at a site", rule="DELEGATION-SITE", remedy="name the site")
        )
    elif role in CENTRAL and site:
        faults.append(
            RecordError(f"the role {role} belongs to no site", rule="DELEGATION-SITE", remedy="leave the site out")
        )
    known = trial.protocols.latest.site
    if site and site not in known:
        remedy = f"choose one of {', '.join(known)}"
        faults.append(RecordError(f"the protocol names no site {site!r}", rule="SITE-UNKNOWN", remedy=remedy))
    if faults:
        raise TrialErrors(faults)


def _check_may_give(by: Actor, role: str, site: str) -> None:
    """The investigator gives the roles of their own site; the administrator makes investigators and central roles."""
    if role in CENTRAL:
        check_can(by, "delegate a central role")
        return
    check_can(by, "delegate at a site", site)
    if by.role == ADMINISTRATOR and role != INVESTIGATOR:
        raise NotPermitted(
            "role ADMINISTRATOR gives at a site the role INVESTIGATOR only",
            rule="PERMISSION",
            remedy="let the investigator of site {site} give the role {role}",
            site=site,
            role=role,
        )


def _check_other(by: Actor, account: str) -> None:
    if by.id == account:
        raise NotPermitted(
            "nobody gives a role to themselves, or changes one of their own",
            where=f"account {account}",
            rule="DELEGATION-SELF",
            remedy="ask another person who may give it",
        )


def _check_masking(account: str, role: str, earlier: Iterable[Delegation]) -> None:
    """Whoever was ever told arms never acts masked, and the other way round (requirement 23)."""
    opposite = {MASKED: UNMASKED, UNMASKED: MASKED}.get(LEVEL_OF[role])
    clash = sorted({one.role for one in earlier if LEVEL_OF[one.role] == opposite})
    if clash:
        raise Refused(
            "an account that was given {held} is not given {role}: one is masked, the other is not",
            where=f"account {account}",
            rule="DELEGATION-MASKING",
            remedy="give the role to another person",
            held=", ".join(clash),
            role=role,
        )


def _check_days(payload: dict[str, str], where: str, *, ended: bool = False) -> None:
    """Whole dates, the last day not before the first; a delegation that is ended may end before it began."""
    faults, days = [], {}
    for name in (FROM, UNTIL, TRAINED):
        if name in payload:
            try:
                days[name] = parse_day(str(payload[name]))
            except RecordError as error:
                faults.append(RecordError(error.fault, where=where, rule=error.rule, remedy=error.remedy))
    if not ended and FROM in days and UNTIL in days and days[UNTIL] < days[FROM]:
        fault, remedy = "the last day lies before the first", "correct one of the two"
        faults.append(RecordError(fault, where=where, rule="DELEGATION-DAYS", remedy=remedy))
    if faults:
        raise TrialErrors(faults)
