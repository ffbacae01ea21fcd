"""Accounts of a live trial from its beginning, on both engines: by the command line, then on the pages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import urllib.request
from datetime import UTC, datetime

import psycopg
import pytest

from equipoise.store.databases import is_server
from equipoise.store.trial_settings import DATABASE_URL
from tests.web.conftest import EQUIPOISE, Client, served
from tests.web.test_signing_in import change_password, one_time_code

TODAY = datetime.now(UTC).date().isoformat()
OWN = "four words of my own"


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [EQUIPOISE, *arguments], capture_output=True, text=True, env=os.environ | environment, timeout=120
    )


def first_sign_in(client: Client, name: str, password: str) -> str:
    """Both factors and a password of one's own, as a newcomer does it; the page that it leads to."""
    text = client.give_password(name, password)[1]
    secret = re.search(r'class="secret"><code>([A-Z2-7 ]+)</code>', text).group(1)
    page = "/second-factor/set-up/"
    assert "<h1>Change the password</h1>" in client.send(page, page, code=one_time_code(secret, time.time()))[1]
    return change_password(client, password, OWN)[1]


@pytest.mark.requirement(23)
@pytest.mark.requirement(44)
@pytest.mark.requirement(45)
@pytest.mark.requirement(49)
def test_an_administrator_lets_in_an_investigator_who_lets_in_a_coordinator(place, tmp_path, index_protocol_path):
    on_server = is_server(place)
    environment = {DATABASE_URL: str(place)} if on_server else {}
    folder = tmp_path / "live"
    begun = run(environment, "begin", str(folder), "--protocol", str(index_protocol_path.parent), "--by", "chen")
    assert begun.returncode == 0, begun.stderr
    add = ("account", "add", str(folder))
    refused = run(environment, *add, "li.na", "--role", "INVESTIGATOR", "--site", "01", "--trained", TODAY)
    assert (refused.returncode, "nobody was named with --by" in refused.stderr) == (15, True)
    chen = first_password(run(environment, *add, "chen", "--role", "ADMINISTRATOR", "--trained", TODAY))
    given = ("--role", "INVESTIGATOR", "--site", "01", "--trained", TODAY, "--by", "chen")
    li_na = first_password(run(environment, *add, "li.na", *given))
    again = run(environment, *add, "li.na", *given)
    assert (again.returncode, "there is an account li.na" in again.stderr) == (14, True)
    half = run(environment, *add, "wu", "--role", "COORDINATOR", "--site", "01", "--trained", TODAY, "--by", "chen")
    assert half.returncode == 15
    listed = json.loads(run(environment, "account", "list", str(folder), "--json").stdout)
    assert [(one["account"], one["roles"]) for one in listed] == [
        ("chen", [{"role": "ADMINISTRATOR", "sites": []}]),
        ("li.na", [{"role": "INVESTIGATOR", "sites": ["01"]}]),
    ], "a refused role leaves no account behind"
    with served(folder, **environment) as root:
        let_in_on_the_pages(root, chen, li_na)
    told = run(environment, "verify", str(folder))
    assert told.returncode == 0, told.stdout
    if on_server:
        assert not (folder / "accounts.sqlite3").exists()
        with psycopg.connect(str(place)) as connection:
            assert connection.execute("SELECT count(*) FROM auth_user").fetchone() == (3,)


def let_in_on_the_pages(root: str, chen: str, li_na: str) -> None:
    administrator, investigator, coordinator = Client(root), Client(root), Client(root)
    first_sign_in(administrator, "chen", chen)
    first_sign_in(investigator, "li.na", li_na)
    fault = administrator.send("/accounts/", "/accounts/", name="Wu!")[1]
    assert "cannot be the name of an account" in fault
    made = administrator.send("/accounts/", "/accounts/", name="wu")[1]
    wu = re.search(r"wu<br><code>([\w-]+)</code>", made).group(1)
    giving = {"account": "wu", "role": "COORDINATOR", "site": "01", "start": "", "until": "", "trained": TODAY}
    assert "<h1>Not allowed</h1>" in administrator.send("/delegation/", "/delegation/", **giving)[1]
    assert "<h1>Not allowed</h1>" in investigator.send("/delegation/", "/delegation/", **giving | {"site": "02"})[1]
    text = investigator.send("/delegation/", "/delegation/", **giving)[1]
    assert '<th scope="row">wu</th><td>coordinator</td><td>01</td>' in text
    text = investigator.send("/delegation/", "/delegation/", **giving | {"role": "ASSESSOR"})[1]
    assert "one is masked, the other is not" in text
    first_sign_in(coordinator, "wu", wu)
    assert "<h1>Subjects</h1>" in coordinator.get("/subjects/")[1]
    investigator.send("/delegation/", "/delegation/wu/1/", do="end", reason="left the hospital")
    assert "You hold no role in this trial today" in coordinator.get("/subjects/")[1]
    reset = administrator.send("/accounts/", "/accounts/wu/", do="reset both")[1]
    assert "<h1>First password</h1>" in reset
    assert "<h1>Log in</h1>" in coordinator.get("/account/")[1]
    administrator.send("/accounts/", "/accounts/wu/", do="deactivate")
    assert "deactivated" in administrator.get("/accounts/")[1]
    assert "nobody closes their own account" in administrator.send("/accounts/", "/accounts/chen/", do="deactivate")[1]


def first_password(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return re.search(r"first password ([\w-]+)", done.stdout).group(1)


@pytest.mark.requirement(46)
@pytest.mark.requirement(47)
def test_behind_a_proxy_that_speaks_https_cookies_are_secure_and_the_browser_stays_with_https(
    tmp_path, index_protocol_path
):
    folder = tmp_path / "live"
    assert run({}, "begin", str(folder), "--protocol", str(index_protocol_path.parent), "--by", "chen").returncode == 0
    with (folder / "settings.toml").open("a") as file:
        file.write('https = true\nhosts = ["trial.hospital.example"]\n')
    with served(folder) as root:
        request = urllib.request.Request(root + "/login/", headers={"X-Forwarded-Proto": "https"})
        request.add_header("Host", "trial.hospital.example")
        with urllib.request.urlopen(request, timeout=20) as answer:
            headers = answer.headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    cookie = headers["Set-Cookie"]
    assert "Secure" in cookie
    assert "SameSite=Strict" in cookie
    assert "HttpOnly" in cookie
    assert "default-src 'none'" in headers["Content-Security-Policy"]
