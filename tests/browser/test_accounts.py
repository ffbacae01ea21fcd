"""A newcomer signs in for the first time, on a telephone and at a desk, by keyboard alone."""

from __future__ import annotations

import time

import pytest

from tests.web.people import PASSWORD
from tests.web.test_signing_in import MAKE, keep, one_time_code

pytestmark = pytest.mark.browser

WIDTHS = (400, 1440)
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(params=WIDTHS)
def page(request, browser):
    """A page at one width; `problems` keeps what the browser complained about."""
    page = browser.new_page(viewport={"width": request.param, "height": 900})
    page.width, page.problems, page.asked = request.param, [], []
    page.on("console", lambda message: page.problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("request", lambda asked: page.asked.append(asked.url))
    yield page
    page.close()


def heading(page) -> str:
    """The title of the page, which fits into the width."""
    assert page.evaluate(OVERFLOW) <= 0, page.url
    return page.text_content("h1")


def typed(page, *texts: str) -> None:
    """Type into the field that has the focus and those after it, and send the form by the enter key."""
    page.wait_for_function("document.activeElement.matches('main input')")
    for number, text in enumerate(texts):
        if number:
            page.keyboard.press("Tab")
        page.keyboard.type(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.requirement(46)
@pytest.mark.requirement(47)
@pytest.mark.requirement(61)
def test_a_newcomer_sets_everything_up_without_a_mouse(page, server, trial_folder):
    name = f"newcomer-{page.width}"
    password = keep(trial_folder, MAKE.format(name=name))
    page.goto(server + "/")
    assert heading(page) == "Log in"
    typed(page, name, password)
    assert heading(page) == "Set up the second factor"
    picture = page.locator("img.code")
    assert picture.evaluate("image => image.naturalWidth") > 100, "the policy lets the picture in"
    assert picture.bounding_box()["width"] >= 180, "a camera can read it"
    typed(page, one_time_code(page.text_content(".secret code"), time.time()))
    assert heading(page) == "Change the password"
    typed(page, password, "four words of my own", "four words of my own")
    assert heading(page) == "My account"
    page.goto(server + "/account/recovery-codes/")
    assert page.locator(".codes li").count() == 10
    assert heading(page) == "Recovery codes"
    page.goto(server + "/")
    assert heading(page) == "Your role"
    assert page.problems == []
    assert [url for url in page.asked if not url.startswith((server, "data:"))] == []


@pytest.mark.requirement(61)
def test_the_administrators_pages_fit_and_name_every_field(page, server, codes):
    page.goto(server + "/login/")
    typed(page, "administrator", PASSWORD)
    typed(page, codes["administrator"].pop())
    for path, title in (("/accounts/", "Accounts"), ("/delegation/", "Delegation log"), ("/account/", "My account")):
        page.goto(server + path)
        assert heading(page) == title
        nameless = "field => !field.labels?.length && !field.ariaLabel && !['hidden', 'submit'].includes(field.type)"
        fields = page.locator("main input, main select").all()
        assert [field.get_attribute("name") for field in fields if field.evaluate(nameless)] == []
    assert page.problems == []
