"""Sign in with two factors; lock-out; sessions that end; roles that are taken up; what of it the access log says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import sqlite3
import struct
import subprocess
import sys
import time

import pytest

from equipoise.conduct.access import UNKNOWN_ACCOUNT
from equipoise.records.record import USER, Key
from equipoise.store.entropy import SystemEntropy
from tests.web.conftest import Client
from tests.web.people import PASSWORD


def events(folder, account: str) -> list[str]:
    """What the access log says of an account."""
    ledger = folder.ledger(SystemEntropy())
    try:
        return [str((record.payload or {})["AC_EVENT"]) for record in ledger.history(Key(USER, account, "ACCESS"))]
    finally:
        ledger.close()


def one_time_code(secret: str, at: float) -> str:
    """RFC 6238 with SHA-1, six digits, 30 seconds, written out once more."""
    key = base64.b32decode(secret.replace(" ", ""))
    mac = hmac.new(key, struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    start = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def keep(folder, *lines: str) -> str:
    """Run a piece of Python beside the server, with the accounts of the folder at hand."""
    script = "import sys; from pathlib import Path; from equipoise.web.accounts import open_accounts;"
    script += "open_accounts(Path(sys.argv[1]))\nfrom django.contrib.auth import get_user_model\n"
    script += "from equipoise.web import factors, keeping\nfrom equipoise.web.trials import opened\n"
    script += "from tests.web.people import MAKER\n" + "\n".join(lines)
    command = [sys.executable, "-W", "error", "-c", script, str(folder.path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


MAKE = "with opened() as trial: print(keeping.make_account(trial, by=MAKER, name={name!r}))"


@pytest.mark.requirement(46)
def test_a_new_account_sets_up_its_second_factor_and_its_password_before_anything_is_open(client, trial_folder):
    password = keep(trial_folder, MAKE.format(name="newcomer"))
    text = client.give_password("newcomer", password)[1]
    assert "<h1>Set up the second factor</h1>" in text
    assert 'src="data:image/svg+xml;base64,' in text
    for path in ("/", "/account/", "/account/password/", "/subjects/"):
        assert "<h1>Log in</h1>" in client.get(path)[1]
    text = client.get("/second-factor/set-up/")[1]
    secret = re.search(r'class="secret"><code>([A-Z2-7 ]+)</code>', text).group(1)
    page = "/second-factor/set-up/"
    wrong = f"{(int(one_time_code(secret, time.time())) + 1) % 10**6:06d}"
    assert "This code does not fit" in client.send(page, page, code=wrong)[1]
    text = client.send(page, page, code=one_time_code(secret, time.time()))[1]
    # the first password is changed before even the recovery codes are shown
    assert "<h1>Change the password</h1>" in text
    for path in ("/", "/account/", "/account/role/", "/account/recovery-codes/"):
        assert "<h1>Change the password</h1>" in client.get(path)[1]
    for new, fault in (
        ("short", "too short"), ("password1234", "too common"), ("newcomer-two", "too similar"),
        ("123456789012345", "entirely numeric"),
    ):  # fmt: skip
        told = change_password(client, password, new)[1]
        assert fault in told, new
    assert "<h1>My account</h1>" in change_password(client, password, "a-password-of-my-own")[1]
    codes = re.findall(r"<li><code>(\d+)</code>", client.get("/account/recovery-codes/")[1])
    assert len(set(codes)) == 10
    assert not re.findall(r"<li><code>(\d+)</code>", client.get("/account/recovery-codes/")[1]), "shown once"
    made = ["ACCOUNT_MADE", "SIGN_IN_FAILED", "SECOND_FACTOR_SET", "SIGNED_IN", "PASSWORD_CHANGED"]
    assert events(trial_folder, "newcomer") == made


def change_password(client, old, new):
    page = "/account/password/"
    return client.send(page, page, old_password=old, new_password1=new, new_password2=new)


FORGET = """user = get_user_model().objects.get(username='two-roles')
cache.delete(f"allauth.mfa.totp.used?user={{user.pk}}&code={code}")"""


@pytest.mark.requirement(46)
def test_a_code_of_either_kind_is_good_once(server, codes, trial_folder):
    give = ["user = get_user_model().objects.get(username='two-roles')", "secret = factors.new_secret()"]
    give += ["print(secret, *factors.set_up(user, secret))"]
    secret, *codes = keep(trial_folder, *give).split()
    page = "/second-factor/"
    for code in (one_time_code(secret, time.time()), codes[0]):
        for turn in (1, 2):
            if turn == 2:  # allauth's own mark is gone before the code is
                keep(trial_folder, "from django.core.cache import cache", FORGET.format(code=code))
            one = Client(server)
            assert "<h1>Second factor</h1>" in one.give_password("two-roles")[1]
            text = one.send(page, page, code=code)[1]
            assert ("This code is not right" in text) == (turn == 2)
    assert "RECOVERY_CODE_USED" in events(trial_folder, "two-roles")


@pytest.mark.requirement(46)
def test_the_password_alone_opens_nothing(client):
    client.give_password("monitor")
    assert "<h1>Log in</h1>" in client.get("/")[1]
    assert client.get("/second-factor/set-up/")[1].count("<h1>Second factor</h1>") == 1, "no second set-up"


@pytest.mark.requirement(46)
def test_five_failures_lock_an_account_for_five_minutes_even_with_the_right_password(server, codes, trial_folder):
    for turn in range(5):
        status, text, _ = Client(server).give_password("Locked " if turn % 2 else "locked", "wrong-" * 3)
        assert (status == 429) == (turn == 4)
    assert "the account is locked for 5 minutes" in text
    assert Client(server).give_password("locked")[0] == 429
    assert Client(server).give_password("monitor")[0] == 200
    told = events(trial_folder, "locked")
    assert told.count("SIGN_IN_FAILED") == 6
    assert "LOCKED_OUT" in told


@pytest.mark.requirement(46)
def test_wrong_second_factors_count_as_failures_too(server, codes, trial_folder):
    keep(trial_folder, MAKE.format(name="guessed"))
    keep(
        trial_folder, "user = get_user_model().objects.get(username='guessed')",
        f"user.set_password({PASSWORD!r}); user.save(); factors.set_up(user, factors.new_secret())",
    )  # fmt: skip
    one = Client(server)
    one.give_password("guessed")
    statuses = [one.send("/second-factor/", "/second-factor/", code="000000")[0] for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    assert one.send("/second-factor/", "/second-factor/", code="000000")[0] == 429


@pytest.mark.requirement(46)
def test_the_lock_doubles_with_each_five_failures_up_to_twelve_hours():
    script = "from equipoise.web.lockout import lock_time; print(*(lock_time(n).seconds // 60 for n in "
    script += "(1, 5, 9, 10, 15, 20, 40, 100)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.split() == ["5", "5", "5", "10", "20", "40", "640", "720"]


@pytest.mark.requirement(34)
def test_a_name_that_is_no_account_is_told_like_a_wrong_password_and_is_not_kept(client, trial_folder):
    text = client.give_password("my-secret-typed-in-the-wrong-box")[1]
    assert "Account and password do not match" in text
    assert events(trial_folder, UNKNOWN_ACCOUNT)[-1] == "SIGN_IN_FAILED"
    assert b"typed-in-the-wrong-box" not in trial_folder.database.read_bytes()


@pytest.mark.requirement(34)
def test_the_journal_says_sign_in_role_refusal_and_sign_out(server, codes, trial_folder):
    one = Client(server, {"two-roles": new_codes(trial_folder, "two-roles")})
    before = len(events(trial_folder, "two-roles"))
    assert "<h1>Your role</h1>" in one.sign_in("two-roles")
    assert "<h1>Your role</h1>" in one.get("/")[1], "nothing is open before a role is taken up"
    one.send("/account/role/", "/account/role/", role="INSPECTOR")
    assert "<h1>Your role</h1>" in one.get("/")[1], "a role that was not given cannot be taken up"
    assert "Screened" in one.send("/account/role/", "/account/role/", role="COORDINATOR")[1]
    assert one.get("/subjects/02-001/")[0] == 403
    assert one.get("/report/")[0] == 403
    one.send("/account/role/", "/account/role/", role="MONITOR")
    assert one.get("/subjects/02-001/")[0] == 200
    one.send("/", "/logout/")
    told = events(trial_folder, "two-roles")[before:]
    assert told == ["RECOVERY_CODE_USED", "SIGNED_IN", "ROLE_PICKED", "DENIED", "DENIED", "ROLE_PICKED", "SIGNED_OUT"]


def new_codes(trial_folder, name):
    user = f"user = get_user_model().objects.get(username={name!r})"
    return keep(trial_folder, user, "print(*factors.new_recovery_codes(user))").split()


@pytest.mark.requirement(49)
def test_without_a_role_of_today_nothing_is_open(client):
    assert "You hold no role in this trial today" in client.sign_in("nobody")
    for path in ("/", "/subjects/", "/subjects/01-001/", "/accounts/", "/delegation/", "/report/"):
        assert "You hold no role in this trial today" in client.get(path)[1]


@pytest.mark.requirement(49)
def test_a_role_that_ends_and_an_account_that_is_closed_open_nothing_with_the_next_request(client, trial_folder):
    client.codes["leaver"] = new_codes(trial_folder, "leaver")
    client.sign_in("leaver")
    assert client.get("/subjects/")[0] == 200
    end = "end_delegation(trial, by=MAKER, account='leaver', number=1, reason='left')"
    keep(trial_folder, "from equipoise.conduct.delegation import end_delegation", f"with opened() as trial: {end}")
    assert "You hold no role in this trial today" in client.get("/subjects/")[1]
    keep(trial_folder, "with opened() as trial: keeping.deactivate(trial, by=MAKER, name='leaver')")
    assert "<h1>Log in</h1>" in client.get("/account/")[1]
    assert "Account and password do not match" in client.give_password("leaver")[1]


@pytest.mark.requirement(46)
def test_a_session_is_new_at_sign_in_ends_when_idle_or_old_and_is_bound_to_its_browser(server, codes, trial_folder):
    recovery = new_codes(trial_folder, "idle")
    turns = {"seen": 15 * 60, "begun": 12 * 3600 + 1, "browser": 0}
    for mark, seconds in turns.items():
        one = Client(server, {"idle": recovery})
        one.give_password("idle")
        before = {cookie.value for cookie in one.jar if cookie.name == "session"}
        one.send("/second-factor/", "/second-factor/", code=recovery.pop())
        after = {cookie.value for cookie in one.jar if cookie.name == "session"}
        assert before
        assert before.isdisjoint(after)
        assert one.get("/subjects/")[0] == 200
        if mark == "browser":
            one.agent = "another browser with a stolen cookie"
        else:
            turn_back(trial_folder, after.pop(), mark, seconds)
        assert "<h1>Log in</h1>" in one.get("/subjects/")[1], mark
        one.agent = "tests"
        assert "<h1>Log in</h1>" in one.get("/subjects/")[1], mark
    assert events(trial_folder, "idle").count("SESSION_ENDED") == 3


def turn_back(trial_folder, key, mark, seconds):
    """Make a session look older."""
    keep(
        trial_folder, "from django.contrib.sessions.backends.db import SessionStore",
        f"held = SessionStore({key!r}); held[{mark!r}] -= {seconds}; held.save()",
    )  # fmt: skip


@pytest.mark.requirement(46)
def test_passwords_are_kept_as_argon2id_and_secrets_of_the_second_factor_encrypted(server, trial_folder):
    with sqlite3.connect(trial_folder.path / "accounts.sqlite3") as database:
        passwords = [row[0] for row in database.execute("SELECT password FROM auth_user")]
        factors = "".join(str(row[0]) for row in database.execute("SELECT data FROM mfa_authenticator"))
    assert len(passwords) > 10
    assert all(password.startswith("argon2$argon2id$") for password in passwords)
    assert factors.count('"secret": "gAAAA') > 10


@pytest.mark.requirement(44)
def test_an_account_is_never_deleted(trial_folder, codes):
    lines = ["from equipoise.errors import Refused", "try:", "    get_user_model().objects.all().delete()"]
    told = keep(trial_folder, *lines, "except Refused as error:", "    print(error.fault)")
    assert told == "an account is never deleted"
    assert keep(trial_folder, "print(get_user_model().objects.filter(username='monitor').count())") == "1"


@pytest.mark.requirement(46)
def test_an_address_of_another_site_is_not_followed_after_signing_in(server, trial_folder, codes):
    one = Client(server, {"two-roles": new_codes(trial_folder, "two-roles")})
    one.send("/login/", "/login/", username="two-roles", password=PASSWORD, next="https://elsewhere.example/")
    assert "<h1>Your role</h1>" in one.send("/second-factor/", "/second-factor/", code=one.codes["two-roles"].pop())[1]
