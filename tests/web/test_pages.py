"""The first pages: log in, look at the trial, its subjects and their records. Nothing is seen without an account."""

from __future__ import annotations

import pytest

PAGES = ("/", "/subjects/", "/subjects/01-001/", "/subjects/01-001/DEMOG/1/")


@pytest.mark.requirement(45)
@pytest.mark.parametrize("path", [*PAGES, "/report/"])
def test_without_logging_in_every_page_leads_to_the_log_in(client, path):
    status, text, _ = client.get(path)
    assert status == 200
    assert "<h1>Log in</h1>" in text
    assert "Subject 01-001" not in text
    assert "1986" not in text


def test_a_wrong_password_is_told_without_saying_which_of_the_two_is_wrong(client):
    assert "Account and password do not match" in client.give_password("demo", "wrong")[1]
    assert "<h1>Log in</h1>" in client.get("/")[1]


def test_the_first_page_counts_what_the_log_holds(inspector):
    text = inspector.get("/")[1]
    assert "SIMULATED" in text
    assert "<dt>Screened</dt><dd>3</dd>" in text
    assert "<dt>Randomized</dt><dd>1<small> of 198</small></dd>" in text
    assert "<dt>In screening</dt><dd>2</dd>" in text


def test_a_subject_shows_every_form_and_a_form_every_version_with_its_reason(inspector):
    listed = inspector.get("/subjects/?site=01")[1]
    assert listed.count('<tr><th scope="row">') == 2
    assert "2 subjects" in listed
    text = inspector.get("/subjects/01-001/")[1]
    for title in ("Informed consent", "Demography"):
        assert title in text
    history = inspector.get("/subjects/01-001/DEMOG/1/")[1]
    assert history.index("Version 2") < history.index("Version 1")
    assert "misread &lt;b&gt;" in history
    assert history.count("<em>changed</em>") == 1
    assert "<td>Female</td>" in history
    assert "60 kg" in inspector.get("/subjects/01-001/VITALS/1/")[1]
    assert "1986-05-05" in history
    assert "1986-05-04" in history


@pytest.mark.requirement(47)
@pytest.mark.parametrize("path", ["/login/", *PAGES])
def test_every_page_forbids_scripts_frames_and_other_origins(inspector, path):
    headers = inspector.get(path)[2]
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/subjects/99-999/", "/subjects/01-001/DEMOG/9/", "/no-such-page/", "/report/"])
def test_what_is_not_there_is_said_in_plain_words(inspector, path):
    status, text, _ = inspector.get(path)
    assert status == 404
    assert "There is no such page or record" in text


def test_after_logging_out_nothing_is_seen(client):
    assert "Log out" in client.sign_in("leaver")
    client.send("/", "/logout/")
    assert "<h1>Log in</h1>" in client.get("/")[1]
