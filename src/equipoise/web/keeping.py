"""Keep accounts: make, deactivate, reset. Made once, never deleted, never given to somebody else.

An account by itself opens nothing: its roles are in the delegation log. Each change is a record of the access log.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from equipoise.conduct.access import record_access
from equipoise.conduct.delegation import roles_today
from equipoise.conduct.ports import Actor
from equipoise.conduct.trial import Trial
from equipoise.errors import RecordError, Refused
from equipoise.web import factors
from equipoise.web.models import FirstPassword

NAME = re.compile(r"[a-z][a-z0-9.-]{1,39}")


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account in the list: its name, whether it is open, has a second factor, and who it may act as today."""

    name: str
    active: bool
    second_factor: bool
    roles: tuple[Actor, ...]


def account_lines(trial: Trial) -> list[AccountLine]:
    """All accounts by name."""
    users = get_user_model().objects.order_by("username")
    return [
        AccountLine(user.username, user.is_active, factors.is_set_up(user), tuple(roles_today(trial, user.username)))
        for user in users
    ]


def make_account(trial: Trial, *, by: Actor, name: str) -> str:
    """Make an account; gives its first password, which is changed at the first sign-in.

    Raises:
        RecordError: the name is none that an account can have.
        Refused: there is, or was, an account of this name.
    """
    if not NAME.fullmatch(name):
        raise RecordError(
            "{name!r} cannot be the name of an account",
            rule="ACCOUNT-NAME",
            remedy="use 2 to 40 small letters, digits, points and hyphens, a letter first, as li.na",
            name=name,
        )
    if get_user_model().objects.filter(username=name).exists():
        raise Refused(
            "there is an account {name}",
            rule="ACCOUNT-REASSIGNED",
            remedy="choose another name; names are never given again",
            name=name,
        )
    with transaction.atomic():
        user = get_user_model()(username=name)
        password = _first_password(user)
        record_access(trial, account=name, event="ACCOUNT_MADE", by=by)
    return password


def deactivate(trial: Trial, *, by: Actor, name: str) -> None:
    """Close an account for good reasons or bad; its history stays, its sessions end with the next request."""
    user = _existing(name)
    if by.id == name:
        raise Refused("nobody closes their own account", rule="ACCOUNT-OWN", remedy="ask another administrator")
    with transaction.atomic():
        user.is_active = False
        user.save(update_fields=["is_active"])
        record_access(trial, account=name, event="ACCOUNT_DEACTIVATED", by=by)


def reset(trial: Trial, *, by: Actor, name: str, second_factor: bool = False) -> str:
    """Give a new first password; with `second_factor` that is set up anew too. A closed account stays closed."""
    user = _existing(name)
    with transaction.atomic():
        password = _first_password(user)
        record_access(trial, account=name, event="PASSWORD_RESET", by=by)
        if second_factor:
            factors.remove(user)
            record_access(trial, account=name, event="SECOND_FACTOR_REMOVED", by=by)
    return password


def _first_password(user: Any) -> str:
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.save()
    FirstPassword.objects.get_or_create(user=user)
    return password


def _existing(name: str) -> Any:
    user = get_user_model().objects.filter(username=name).first()
    if user is None:
        raise Refused(
            "there is no account {name}", rule="ACCOUNT-UNKNOWN", remedy="look at the list of accounts", name=name
        )
    return user
