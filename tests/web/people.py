"""Accounts for tests: one for each role at site 01, one at site 02; made in a process of their own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from equipoise.conduct.access import record_access
from equipoise.conduct.delegation import _give
from equipoise.conduct.permissions import ADMINISTRATOR, CENTRAL, ROLES
from equipoise.conduct.ports import Actor

PASSWORD = "four-plain-words"
MAKER = Actor(id="maker", role=ADMINISTRATOR)
TRAINED = "2016-01-01"


def name_of(role: str) -> str:
    """The account that holds a role."""
    return role.lower().replace("_", "-")


def make(folder: Path) -> dict[str, list[str]]:
    """Make the accounts; gives their recovery codes by name. `two-roles` holds two, `nobody` none.

    Who may give a role is tested elsewhere: here the roles are written directly.
    """
    from equipoise.web.accounts import open_accounts
    from equipoise.web.trials import opened

    open_accounts(folder)
    from django.contrib.auth.hashers import make_password

    from equipoise.web import demo_account

    codes = {"demo": demo_account.make(PASSWORD)[1]}
    people = {name_of(role): [(role, "" if role in CENTRAL else "01")] for role in ROLES}
    people |= {"colleague": [("INVESTIGATOR", "01")], "other-site": [("INVESTIGATOR", "02")]}
    people["two-roles"] = [("COORDINATOR", "01"), ("MONITOR", "")]
    people |= {"nobody": [], "signer": [], "leaver": [("MONITOR", "")], "locked": [], "idle": [("MONITOR", "")]}
    hashed = make_password(PASSWORD)
    with opened() as trial:
        for name, roles in people.items():
            codes[name] = _make_one(trial, name, hashed)
            for role, site in roles:
                _give(trial, MAKER, name, role, site, "2016-01-01", "", TRAINED)
    return codes


def _make_one(trial, name: str, hashed: str) -> list[str]:
    """One account with the password of all; hashed once, as that takes its time on purpose."""
    from django.contrib.auth import get_user_model

    from equipoise.web import factors

    user = get_user_model().objects.create(username=name, password=hashed)
    record_access(trial, account=name, event="ACCOUNT_MADE", by=MAKER)
    return factors.set_up(user, factors.new_secret())


if __name__ == "__main__":
    print(json.dumps(make(Path(sys.argv[1]))))
