"""Remove what was entered by mistake: with authority, reason and log; the chain still verifies."""

from __future__ import annotations

import pytest

from equipoise.conduct.capture import capture, correct
from equipoise.conduct.redaction import redact
from equipoise.errors import NotPermitted, RecordError, Refused
from tests.unit.conduct.conftest import screened


@pytest.fixture
def named(trial, people):
    """A subject in whose adverse event somebody wrote a name, and corrected it."""
    subject = screened(trial, people)
    event = {"AE_START": "2016-02-28", "AE_CLASS": "INFECTION", "AE_GRADE": "2"}
    capture(trial, by=people.coordinator, subject=subject, form="AE", items=event | {"AE_TERM": "cough of Ms X"})
    clean = event | {"AE_TERM": "cough"}
    correct(trial, by=people.coordinator, subject=subject, form="AE", items=clean, reason="name removed", expects=1)
    return subject


@pytest.mark.requirement(32)
def test_a_name_is_gone_from_the_log_and_the_log_still_verifies(trial, people, named):
    redact(trial, by=people.manager, subject=named, form="AE", version=1, items=["AE_TERM"], reason="a person's name")
    values = [str(dict(record.payload or {})) for record in trial.ledger.read()]
    assert not any("Ms X" in value for value in values)
    assert trial.ledger.verify().in_order
    assert trial.subject(named).item("AE", "AE_TERM") == "cough"
    about = next(record for record in trial.ledger.read() if record.key.form == "REDACTION")
    assert (about.author, about.reason, about.payload["RD_ITEMS"]) == ("manager", "a person's name", "AE_TERM")


@pytest.mark.requirement(32)
def test_a_redacted_value_of_the_current_version_is_missing_from_then_on(trial, people, named):
    redact(trial, by=people.manager, subject=named, form="AE", version=2, items=["AE_TERM"], reason="still a name")
    assert trial.subject(named).item("AE", "AE_TERM") == ""
    assert trial.subject(named).item("AE", "AE_GRADE") == "2"


@pytest.mark.requirement(32)
def test_only_the_data_manager_redacts_with_a_reason_what_is_there(trial, people, named):
    asked = {"subject": named, "form": "AE", "items": ["AE_TERM"]}
    with pytest.raises(NotPermitted):
        redact(trial, by=people.coordinator, version=1, reason="a name", **asked)
    with pytest.raises(RecordError):
        redact(trial, by=people.manager, version=1, reason=" ", **asked)
    with pytest.raises(Refused):
        redact(trial, by=people.manager, version=3, reason="a name", **asked)
    with pytest.raises(RecordError):
        redact(trial, by=people.manager, version=1, reason="a name", **asked | {"items": ["AE_STOP"]})
    assert trial.subject(named).item("AE", "AE_TERM") == "cough"
