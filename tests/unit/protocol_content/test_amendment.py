"""The index trial across an amendment: each site follows the version that its ethics committee has approved."""

from __future__ import annotations

import pytest

from amendment import FORM, write_amended_trial
from equipoise.days import parse_day
from equipoise.errors import ProtocolError
from equipoise.protocol.load import load_history


@pytest.fixture(scope="module")
def history(tmp_path_factory, index_protocol_path):
    return load_history(write_amended_trial(tmp_path_factory.mktemp("amended"), index_protocol_path))


@pytest.mark.parametrize(
    ("site", "day", "version"),
    [
        ("01", "2016-02-29", "1.0"),
        ("01", "2016-03-01", "1.1"),
        ("02", "2016-03-01", "1.0"),
        ("02", "2016-04-15", "1.1"),
        ("09", "2016-05-31", "1.0"),
        ("09", "2016-06-01", "1.1"),
    ],
)
def test_the_version_in_force_depends_on_site_and_day(history, site, day, version):
    assert history.in_force(site, parse_day(day)).version == version


def test_before_the_first_approval_no_version_is_in_force(history):
    with pytest.raises(ProtocolError, match="2014-08-31"):
        history.in_force("01", parse_day("2014-08-31"))


def test_the_amendment_changes_what_it_says_and_nothing_else(history):
    before, after = history.version("1.0"), history.version("1.1")
    assert (before.visit["D14"].window, after.visit["D14"].window) == ((-2, 2), (-3, 3))
    assert {id_ for id_ in after.visit if after.visit[id_] != before.visit[id_]} == {"D14"}
    assert set(after.forms) - set(before.forms) == {FORM}
    assert all(after.forms[name].hash == form.hash for name, form in before.forms.items())
    assert after.hash != before.hash


def test_a_form_of_the_amendment_asks_for_no_item_of_the_version_before(history):
    assert FORM not in history.version("1.0").forms
    assert list(history.version("1.1").forms[FORM].items) == ["BK_DATE", "BK_ST2"]
