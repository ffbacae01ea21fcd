"""Role × page × own or other site, asked of the server; the expected answers stand in access_matrix.txt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from equipoise.conduct.permissions import LEVEL_OF, LEVELS, NOTHING, ROLES, UNMASKED, reaches
from equipoise.web.routes import ALL, ANYONE, LABELS, OWN, ROUTES, SIGNED_IN
from tests.web.people import name_of

MATRIX = Path(__file__).with_name("access_matrix.txt")
BY_ITSELF = frozenset({"login", "second_factor", "set_up", "logout"})
"""Pages on the way in and out: their own tests are in test_signing_in.py."""
ADDRESSES = {
    "account": "/account/",
    "role": "/account/role/",
    "password": "/account/password/",
    "recovery_codes": "/account/recovery-codes/",
    "accounts": "/accounts/",
    "keep_account": "/accounts/no-such-account/",
    "delegation": "/delegation/",
    "change_delegation": "/delegation/{of_site}/1/",
    "trial": "/",
    "report": "/report/",
    "subjects": "/subjects/?site={site}",
    "subject": "/subjects/{site}-001/",
    "history": "/subjects/{site}-001/DEMOG/1/",
    "history_at_visit": "/subjects/{site}-001/AGVHD/1/SCR/",
}
ONLY_SENT = frozenset({"keep_account", "change_delegation"})
"""Pages without a face: forms are sent to them."""


def expected() -> dict[tuple[str, str], str]:
    """Page and role to the cell of the file."""
    lines = [line.split() for line in MATRIX.read_text().splitlines() if line and not line.startswith("#")]
    roles = lines[0][1:]
    return {(line[0], role): cell for line in lines[1:] for role, cell in zip(roles, line[1:], strict=True)}


CELLS = expected()


def passes(client, page: str, site: str) -> bool:
    """Whether the server lets a client through to a page; being told that something is not there is passing."""
    if page in ONLY_SENT:
        address = ADDRESSES[page].format(of_site="colleague" if site == "01" else "other-site")
        status, text, _ = client.send("/account/", address, do="trained", on="2016-01-01")
    else:
        status, text, _ = client.get(ADDRESSES[page].format(site=site))
    refused = status == 403 and "Not allowed" in text
    assert refused or status in (200, 404, 409), (page, status)
    return not refused


@pytest.mark.requirement(17)
@pytest.mark.requirement(45)
def test_every_page_has_its_row_and_every_role_its_column():
    assert {page for page, _ in CELLS} == LABELS.keys() - BY_ITSELF
    assert {role for _, role in CELLS} == {name_of(role) for role in ROLES}
    assert ADDRESSES.keys() == LABELS.keys() - BY_ITSELF


@pytest.mark.requirement(45)
@pytest.mark.parametrize("role", ROLES)
def test_the_server_answers_as_the_matrix_says(signed_in, role):
    client = signed_in(name_of(role))
    found = {}
    for page in ADDRESSES:
        own, other = passes(client, page, "01"), passes(client, page, "02")
        per_site = LABELS[page].scope == OWN and "{" in ADDRESSES[page]
        found[page] = {(True, True): "both" if per_site else "all", (True, False): "own", (False, False): "-"}[
            own, other
        ]
    assert found == {page: CELLS[page, name_of(role)] for page in ADDRESSES}


@pytest.mark.requirement(45)
def test_lists_show_site_staff_their_own_site_only(signed_in):
    for name, own, other in (("coordinator", "01", "02"), ("other-site", "02", "01")):
        text = signed_in(name).get("/subjects/")[1]
        assert f"{own}-001" in text
        assert f"{other}-001" not in text
        text = signed_in(name).get("/")[1]
        assert f"?site={own}" in text
        assert f"?site={other}" not in text
    assert "Record log" not in signed_in("coordinator").get("/")[1]


@pytest.mark.requirement(45)
def test_the_investigator_sees_the_delegations_of_the_own_site_only(signed_in):
    assert '<th scope="row">other-site</th>' in signed_in("other-site").get("/delegation/")[1]
    text = signed_in("investigator").get("/delegation/")[1]
    assert '<th scope="row">coordinator</th>' in text
    assert "other-site" not in text
    assert "monitor</th>" not in text


@pytest.mark.requirement(17)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_no_label_lets_a_role_see_more_than_its_masking_level(route):
    assert route.level in LEVELS
    assert route.scope in (ALL, OWN)
    if route.may in (ANYONE, SIGNED_IN):
        assert route.level == NOTHING
    else:
        assert route.may <= set(ROLES)
        assert [role for role in route.may if not reaches(role, route.level)] == []


@pytest.mark.requirement(21)
def test_masked_roles_open_no_page_about_subjects_yet():
    masked = {role for role, level in LEVEL_OF.items() if level == "masked"}
    assert masked == {"ASSESSOR", "STATISTICIAN_MASKED"}
    assert [route.name for route in ROUTES if route.level == UNMASKED and masked & route.may] == []


UNLABELLED = """
import sys
from pathlib import Path
from equipoise.web.accounts import start_django
start_django(Path(sys.argv[1]))
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path, get_resolver
from equipoise.web import urls
from equipoise.web.routes import LABELS
assert [pattern.name for pattern in get_resolver().url_patterns] == list(LABELS)
urls.urlpatterns.append(path("secret/", lambda request: HttpResponse("arm"), name="secret"))
urls.urlpatterns.append(path("nameless/", lambda request: HttpResponse("arm")))
from django.core.handlers.wsgi import WSGIHandler
handler = WSGIHandler()
for address in ("/secret/", "/nameless/"):
    request = RequestFactory(HTTP_HOST="localhost").get(address)
    answer = handler.get_response(request)
    print(answer.status_code, b"arm" in answer.content)
"""


@pytest.mark.requirement(17)
@pytest.mark.requirement(45)
def test_a_page_without_a_label_is_refused_and_every_url_comes_from_the_table(trial_folder, codes):
    command = [sys.executable, "-W", "error", "-c", UNLABELLED, str(trial_folder.path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["403 False", "403 False"], done.stderr[-2000:]
