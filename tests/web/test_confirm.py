"""Who signs or randomizes shows again who they are: account and password the first time, then the password."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.web.people import PASSWORD
from tests.web.test_signing_in import events

SCRIPT = """
import sys
from pathlib import Path
from equipoise.web.accounts import open_accounts
open_accounts(Path(sys.argv[1]))
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory
from equipoise.errors import NotPermitted
from equipoise.web.confirm import confirm, needs_account

def session():
    request = RequestFactory().post("/")
    request.user = get_user_model().objects.get(username=sys.argv[2])
    request.session = SessionStore()
    return request

def tell(request, **given):
    try:
        confirm(request, act="sign", **given)
        print("passes")
    except NotPermitted as error:
        print(error.fault)

def same(request):
    # the next request of one session
    following = session()
    following.session = request.session
    return following

one = session()
right = sys.argv[3]
"""
NO_MATCH = "account and password do not match"


def told(trial_folder, account: str, *lines: str) -> list[str]:
    script = SCRIPT + "\n".join(lines)
    command = [sys.executable, "-W", "error", "-c", script, str(trial_folder.path), account, PASSWORD]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


@pytest.mark.requirement(42)
def test_the_first_act_of_a_session_needs_both_components_later_ones_the_password(trial_folder, codes):
    said = told(
        trial_folder, "colleague",
        "print(needs_account(one)); tell(one, password=right)",
        "tell(same(one), account='monitor', password=right)",
        "tell(same(one), account='colleague', password='wrong')",
        "tell(same(one), account=' Colleague ', password=right)",
        "print(needs_account(same(one))); tell(same(one), password=right)",
        "tell(same(one), password='wrong')",
        "print(needs_account(session())); tell(session(), password=right)",
    )  # fmt: skip
    assert said == [
        "True", NO_MATCH, NO_MATCH, NO_MATCH, "passes", "False", "passes", NO_MATCH, "True", NO_MATCH,
    ]  # fmt: skip
    log = events(trial_folder, "colleague")
    assert log.count("CONFIRMED") == 2
    assert log.count("CONFIRM_FAILED") == 5


@pytest.mark.requirement(42)
@pytest.mark.requirement(46)
def test_wrong_passwords_of_confirmation_lock_the_account(trial_folder, codes):
    lines = ["for turn in range(5): tell(same(one), account='signer', password='wrong')"]
    said = told(trial_folder, "signer", *lines, "tell(same(one), account='signer', password=right)")
    assert said == [NO_MATCH] * 5 + ["the account is locked out after failed attempts"]
    assert "LOCKED_OUT" in events(trial_folder, "signer")
