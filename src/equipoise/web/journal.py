"""What happens around signing in goes to the access log; a step that cannot be written down does not happen.

Signing in, failing to, and changes of accounts are written at once, as records, before the answer goes out. Pages that
only show something write nothing, so that they never wait for whoever is writing: a refusal is the one exception.
"""

from __future__ import annotations

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_login_failed
from django.db.models.signals import pre_delete
from django.http import HttpRequest

from equipoise.conduct.access import UNKNOWN_ACCOUNT, record_access
from equipoise.conduct.ports import Actor
from equipoise.errors import Refused
from equipoise.web.lockout import address_of
from equipoise.web.trials import opened


def record_event(request: HttpRequest, account: str, event: str, by: Actor | None = None, **facts: str) -> None:
    """Append an event to the journal of an account, with the address that the request came from."""
    facts = {"AC_FROM": address_of(request)} | facts
    trial = getattr(request, "trial", None)
    if trial is not None:
        record_access(trial, account=account, event=event, by=by, facts=facts)
        return
    with opened() as trial:
        record_access(trial, account=account, event=event, by=by, facts=facts)


def record_own(request: HttpRequest, event: str, **facts: str) -> None:
    """Append an event that somebody signed in caused to their own journal."""
    record_event(request, request.user.username, event, getattr(request, "actor", None), **facts)


def known_account(name: str) -> str:
    """The account of a name that was typed; `UNKNOWN_ACCOUNT` for one that is none."""
    found = get_user_model().objects.filter(username=name).first() if "\x00" not in name else None
    return UNKNOWN_ACCOUNT if found is None else found.get_username()


def _failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **rest: Any) -> None:
    event = getattr(request, "failure_event", "SIGN_IN_FAILED")
    if request is not None:
        record_event(request, known_account(str(credentials.get("username", ""))), event)


def _locked_out(sender: Any, request: HttpRequest, username: str, **rest: Any) -> None:
    record_event(request, known_account(username), "LOCKED_OUT")


def _kept(sender: Any, instance: Any, **rest: Any) -> None:
    raise Refused(
        "an account is never deleted",
        where=f"account {instance.get_username()}",
        rule="ACCOUNT-KEPT",
        remedy="deactivate it: its history stays",
    )


def connect() -> None:
    """Hook into Django's and axes' signals."""
    user_login_failed.connect(_failed, dispatch_uid="equipoise.failed")
    user_locked_out.connect(_locked_out, dispatch_uid="equipoise.locked_out")
    pre_delete.connect(_kept, sender=get_user_model(), dispatch_uid="equipoise.kept")
