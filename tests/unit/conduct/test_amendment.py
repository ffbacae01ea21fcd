"""A subject is conducted across an amendment: each record is judged by the version in force at its site and date.

Site 01 takes version 1.1 into use on 1 March 2016, site 02 on 15 April 2016 (`tests/amendment.py`).
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from equipoise.conduct.capture import capture
from equipoise.conduct.consent import needs_reconsent, record_consent
from equipoise.conduct.randomization import randomize
from equipoise.conduct.screening import screen
from equipoise.days import parse_day
from equipoise.errors import Refused
from equipoise.protocol.load import load_history
from tests.amendment import FORM, VERSION, write_amended_trial
from tests.unit.conduct.conftest import ELIGIBLE, SIGNED, STAGED, started


@pytest.fixture
def amended(tmp_path, index_protocol_path, people):
    history = load_history(write_amended_trial(tmp_path, index_protocol_path))
    return started(history, people, now=datetime(2016, 2, 20, 1, 0, tzinfo=UTC))


BIOMARKER = {"BK_DATE": "2016-02-20", "BK_ST2": "31.50"}


def test_a_form_of_the_new_version_is_refused_before_its_day_at_the_site_and_taken_from_then_on(amended, people):
    here, there = (screen(amended, by=people.coordinator, site=site) for site in ("01", "02"))
    for subject in (here, there):
        with pytest.raises(Refused) as caught:
            capture(amended, by=people.coordinator, subject=subject, form=FORM, items=BIOMARKER, visit="D14")
        assert caught.value.fault == f"protocol version 1.0 has no form {FORM} about a subject"
    amended.clock.set("2016-03-14T09:00")
    drawn = BIOMARKER | {"BK_DATE": "2016-03-14"}
    saved = capture(amended, by=people.coordinator, subject=here, form=FORM, items=drawn, visit="D14")
    assert saved.record.protocol_version == VERSION
    with pytest.raises(Refused):
        capture(amended, by=people.coordinator, subject=there, form=FORM, items=drawn, visit="D14")


def test_a_record_of_the_time_before_is_judged_by_the_version_of_that_time_even_if_entered_later(amended, people):
    subject = screen(amended, by=people.coordinator, site="01")
    amended.clock.set("2016-03-14T09:00")
    for date, version in (("2016-02-28", "1.0"), ("2016-03-01", VERSION)):
        items = STAGED | {"GV_DATE": date}
        saved = capture(amended, by=people.investigator, subject=subject, form="AGVHD", items=items)
        assert saved.record.protocol_version == version


def test_randomization_freezes_the_version_of_its_day_and_consent_is_asked_for_anew(amended, people):
    by, doctor = people.coordinator, people.investigator
    amended.clock.set("2016-02-27T09:00")
    subject = screen(amended, by=by, site="01")
    record_consent(amended, by=by, subject=subject, items=SIGNED | {"CO_DATE": "2016-02-27"})
    for form, items in (
        ("DEMOG", {"DM_BIRTH": "1986-05-04", "DM_SEX": "F"}),
        ("VITALS", {"VS_DATE": "2016-02-20", "VS_WEIGHT": "60"}),
        ("STEROID", {"ST_START": "2016-02-20", "ST_DRUG": "METHYLPREDNISOLONE", "ST_DOSE": "120", "ST_ROUTE": "IV",
                     "ST_REASON": "FIRST_LINE"}),
        ("AGVHD", STAGED | {"GV_DATE": "2016-02-20", "GV_BSA": "20"}),
        ("AGVHD", STAGED | {"GV_DATE": "2016-02-24"}),
        ("ELIGIBILITY", ELIGIBLE | {"EL_DATE": "2016-02-27"}),
    ):  # fmt: skip
        capture(amended, by=doctor, subject=subject, form=form, items=items)
    randomize(amended, by=doctor, subject=subject)
    assert amended.subject(subject).item("RANDOMIZATION", "RN_PROTOCOL") == "1.0"
    file = amended.subject(subject)
    assert not needs_reconsent(amended, file, parse_day("2016-02-29"))
    assert needs_reconsent(amended, file, parse_day("2016-03-02"))
    amended.clock.set("2016-03-02T09:00")
    record_consent(amended, by=by, subject=subject, items=SIGNED | {"CO_DATE": "2016-03-02", "CO_VERSION": VERSION})
    assert not needs_reconsent(amended, file, parse_day("2016-03-02"))


def test_the_wider_window_of_day_14_opens_visits_earlier_after_the_amendment_only(amended):
    windows = {version: amended.protocols.version(version).visit["D14"].window for version in ("1.0", VERSION)}
    assert windows == {"1.0": (-2, 2), VERSION: (-3, 3)}
    assert amended.protocol("01", parse_day("2016-02-29")).version == "1.0"
    assert amended.protocol("01", parse_day("2016-03-01")).version == VERSION
    assert amended.protocol("02", parse_day("2016-04-14")).version == "1.0"
