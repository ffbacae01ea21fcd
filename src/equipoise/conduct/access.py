"""Write the access log: who signed in or failed to, took up a role, was refused something; what was done to accounts.

The journal of an account is one form instance: each event is its next version, whose reason says what happened. So the
log holds one current record an account, however often its owner comes and goes. What is read of patients is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from equipoise.conduct.permissions import check_can
from equipoise.conduct.ports import Actor
from equipoise.conduct.trial import Trial, in_one_unit
from equipoise.errors import Refused
from equipoise.records.kinds import ACCESS_EVENT
from equipoise.records.record import ACCESS, USER, Key, Record

EVENTS = MappingProxyType(
    {
        "SIGNED_IN": "signed in with both factors",
        "SIGN_IN_FAILED": "a password, a code or the account's name was wrong, or the account is closed or locked out",
        "LOCKED_OUT": "locked out after too many failures",
        "SIGNED_OUT": "signed out",
        "SESSION_ENDED": "the session ended by itself: idle or too old",
        "ROLE_PICKED": "took up a role",
        "DENIED": "was refused a page or an action",
        "CONFIRMED": "gave the password again before an act that binds",
        "CONFIRM_FAILED": "gave a wrong password before an act that binds",
        "ACCOUNT_MADE": "the account was made",
        "ACCOUNT_DEACTIVATED": "the account was deactivated",
        "PASSWORD_RESET": "an administrator gave a new first password",
        "PASSWORD_CHANGED": "changed the password",
        "SECOND_FACTOR_SET": "set up the second factor",
        "SECOND_FACTOR_REMOVED": "an administrator removed the second factor",
        "RECOVERY_CODE_USED": "used a recovery code in place of the second factor",
        "RECOVERY_CODES_MADE": "made new recovery codes",
    }
)
"""Event to its meaning."""
ADMINISTRATIVE = frozenset({"ACCOUNT_MADE", "ACCOUNT_DEACTIVATED", "PASSWORD_RESET", "SECOND_FACTOR_REMOVED"})
"""Events that somebody causes to the account of another person."""
NO_ROLE = "NONE"
"""The role of an account that has taken up none yet."""
UNKNOWN_ACCOUNT = "(unknown)"
"""Stands for a name that is no account: what was typed is not kept, as it may be a password."""


@in_one_unit
def record_access(
    trial: Trial, *, account: str, event: str, by: Actor | None = None, facts: Mapping[str, str] | None = None
) -> Record:
    """Append one event to the journal of an account.

    Args:
        account: whose journal; `UNKNOWN_ACCOUNT` for a name that is none.
        event: one of `EVENTS`.
        by: who caused it; the account itself, without a role, when left out.
        facts: further items, as AC_FROM (address) and AC_ROUTE; none of them names a subject's arm.

    Raises:
        NotPermitted: an event of `ADMINISTRATIVE` by somebody who keeps no accounts.
    """
    assert event in EVENTS, event
    by = by or Actor(id=account, role=NO_ROLE)
    if event in ADMINISTRATIVE:
        check_can(by, "keep accounts")
    key = Key(USER, account, ACCESS_EVENT)
    current = trial.ledger.current(key)
    if event == "ACCOUNT_MADE" and current is not None:
        raise Refused(
            "the log knows an account of this name, and a name is never given again",
            where=f"account {account}",
            rule="ACCOUNT-REASSIGNED",
            remedy="choose another name; restore a lost accounts file from its copy",
        )
    payload = {"AC_EVENT": event} | {name: value for name, value in (facts or {}).items() if value}
    expects = 0 if current is None else current.version
    reason = EVENTS[event] if expects else ""
    return trial.write(by=by, key=key, payload=payload, site="", stream=ACCESS, reason=reason, expects=expects)


def journal(trial: Trial, account: str) -> list[Record]:
    """The events of an account, the first one first."""
    return trial.ledger.history(Key(USER, account, ACCESS_EVENT))
