"""The account with which a simulated trial is looked at: an inspector, who reads all and changes nothing.

Its role is a record like everybody's. It is written when the trial is first served, not by the demo, so that the log of
one seed is the same in every run.
"""

from __future__ import annotations

from django.contrib.auth import get_user_model

from equipoise.conduct.delegation import delegate, delegations
from equipoise.conduct.permissions import ADMINISTRATOR, INSPECTOR
from equipoise.conduct.ports import Actor
from equipoise.conduct.trial import Trial
from equipoise.web import factors

NAME = "demo"
MAKER = Actor(id="equipoise-demo", role=ADMINISTRATOR)
"""Gives the role in a simulated trial, where no person is administrator."""


def make(password: str) -> tuple[str, list[str]]:
    """Make the account, with both factors set up; gives the authenticator's secret and the recovery codes."""
    user, _ = get_user_model().objects.get_or_create(username=NAME)
    user.set_password(password)
    user.save()
    secret = factors.new_secret()
    return secret, factors.set_up(user, secret)


def give_role(trial: Trial) -> None:
    """Delegate the inspector's role to the account where it is there and was never given one."""
    there = get_user_model().objects.filter(username=NAME).exists()
    if there and not delegations(trial.ledger, NAME):
        today = trial.clock.now().date().isoformat()
        delegate(trial, by=MAKER, account=NAME, role=INSPECTOR, trained=today)
