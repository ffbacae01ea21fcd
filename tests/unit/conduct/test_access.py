"""The journal of an account: every event in the access stream, in order, by whom; an account is made once."""

from __future__ import annotations

import pytest

from equipoise.conduct.access import ADMINISTRATIVE, EVENTS, UNKNOWN_ACCOUNT, journal, record_access
from equipoise.conduct.sites import lock
from equipoise.errors import NotPermitted, Refused


@pytest.mark.requirement(34)
@pytest.mark.parametrize("event", sorted(set(EVENTS) - ADMINISTRATIVE))
def test_every_event_is_a_record_of_the_access_stream(trial, event):
    before = trial.ledger.heads()
    record_access(trial, account="li", event=event, facts={"AC_FROM": "10.0.0.7", "AC_ROUTE": ""})
    after = trial.ledger.heads()
    grown = {stream: after[stream].position - before[stream].position for stream in after}
    assert grown == {"clinical": 0, "treatment": 0, "allocation": 0, "access": 1}
    (record,) = journal(trial, "li")
    assert record.payload == {"AC_EVENT": event, "AC_FROM": "10.0.0.7"}
    assert (record.author, record.role, record.via) == ("li", "NONE", "test")


@pytest.mark.requirement(34)
def test_events_follow_one_another_and_the_chain_verifies(trial, people):
    record_access(trial, account="li", event="ACCOUNT_MADE", by=people.administrator)
    record_access(trial, account="li", event="SIGN_IN_FAILED")
    record_access(trial, account=UNKNOWN_ACCOUNT, event="SIGN_IN_FAILED")
    lock(trial, by=people.manager, reason="all in")
    record_access(trial, account="li", event="SIGNED_IN")
    told = [((record.payload or {})["AC_EVENT"], record.author, record.version) for record in journal(trial, "li")]
    assert told == [("ACCOUNT_MADE", "administrator", 1), ("SIGN_IN_FAILED", "li", 2), ("SIGNED_IN", "li", 3)]
    trial.ledger.verify().raise_any()


@pytest.mark.requirement(44)
def test_the_name_of_an_account_is_never_given_again(trial, people):
    record_access(trial, account="li", event="ACCOUNT_MADE", by=people.administrator)
    record_access(trial, account="li", event="ACCOUNT_DEACTIVATED", by=people.administrator)
    with pytest.raises(Refused, match="a name is never given again"):
        record_access(trial, account="li", event="ACCOUNT_MADE", by=people.administrator)


@pytest.mark.parametrize("event", sorted(ADMINISTRATIVE))
def test_only_the_administrator_keeps_accounts(trial, people, event):
    for person in (people.investigator, people.manager, people.inspector, None):
        with pytest.raises(NotPermitted):
            record_access(trial, account="li", event=event, by=person)
    assert journal(trial, "li") == []
