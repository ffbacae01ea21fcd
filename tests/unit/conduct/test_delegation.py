"""Roles are records: who gives them, from when to when, after which training; masked and unmasked never meet."""

from __future__ import annotations

import pytest

from equipoise.conduct.delegation import (
    complete_training,
    delegate,
    delegate_first_administrator,
    delegations,
    end_delegation,
    roles_today,
)
from equipoise.conduct.permissions import CENTRAL, ROLES, can_see, reaches
from equipoise.conduct.ports import Actor
from equipoise.conduct.sites import lock
from equipoise.errors import NotPermitted, RecordError, Refused, TrialErrors

AT_SITES = ("COORDINATOR", "INVESTIGATOR", "ASSESSOR", "CELL_LABORATORY")
TRAINED = "2016-02-20"


def held(trial, account):
    return [(actor.role, sorted(actor.sites)) for actor in roles_today(trial, account)]


@pytest.mark.requirement(49)
def test_a_role_counts_from_its_first_to_its_last_day_by_the_clock_of_the_site(trial, people):
    giving = {"account": "li", "role": "COORDINATOR", "site": "01", "trained": TRAINED}
    delegate(trial, by=people.investigator, start="2016-03-05", until="2016-03-07", **giving)
    seen = {}
    for time in ("2016-03-04 23:59", "2016-03-05 00:01", "2016-03-07 23:59", "2016-03-08 00:01"):
        trial.clock.set(time)
        seen[time] = held(trial, "li")
    there = [("COORDINATOR", ["01"])]
    assert list(seen.values()) == [[], there, there, []]


@pytest.mark.requirement(49)
def test_without_training_there_is_no_access_until_it_is_recorded_and_its_day_has_come(trial, people):
    delegate(trial, by=people.investigator, account="li", role="COORDINATOR", site="01", trained="")
    assert held(trial, "li") == []
    complete_training(trial, by=people.investigator, account="li", number=1, on="2016-03-02")
    assert held(trial, "li") == []
    trial.clock.set("2016-03-02 08:00")
    assert held(trial, "li") == [("COORDINATOR", ["01"])]
    assert [one.version for one in delegations(trial.ledger, "li")] == [2]


def test_a_role_at_two_sites_is_one_actor_and_two_roles_are_two(trial, people):
    for role, site in (("COORDINATOR", "01"), ("COORDINATOR", "02"), ("INVESTIGATOR", "02")):
        delegate(trial, by=people.investigator, account="li", role=role, site=site, trained=TRAINED)
    assert held(trial, "li") == [("COORDINATOR", ["01", "02"]), ("INVESTIGATOR", ["02"])]


@pytest.mark.requirement(49)
def test_an_ended_role_gives_no_access_from_that_moment_and_stays_in_the_log_with_the_reason(trial, people):
    delegate(trial, by=people.investigator, account="li", role="COORDINATOR", site="01", trained=TRAINED)
    record = end_delegation(trial, by=people.investigator, account="li", number=1, reason="left the hospital")
    assert held(trial, "li") == []
    assert (record.version, record.reason) == (2, "left the hospital")
    with pytest.raises(Refused, match="no delegation 1 that could be changed"):
        end_delegation(trial, by=people.investigator, account="li", number=1, reason="again")
    delegate(trial, by=people.investigator, account="li", role="COORDINATOR", site="01", trained=TRAINED)
    assert held(trial, "li") == [("COORDINATOR", ["01"])]


def test_ending_a_role_needs_a_reason(trial, people):
    delegate(trial, by=people.investigator, account="li", role="COORDINATOR", site="01", trained=TRAINED)
    with pytest.raises(RecordError, match="a change needs a reason"):
        end_delegation(trial, by=people.investigator, account="li", number=1, reason=" ")


@pytest.mark.requirement(45)
@pytest.mark.parametrize("role", ROLES)
def test_the_investigator_gives_the_roles_of_the_own_site_the_administrator_the_rest(trial, people, role):
    may = set()
    for giver in (people.investigator, people.elsewhere, people.coordinator, people.administrator, people.manager):
        site = "" if role in CENTRAL else "01"
        try:
            delegate(trial, by=giver, account=f"new-{giver.id}", role=role, site=site, trained=TRAINED)
            may.add(giver.id)
        except NotPermitted:
            assert held(trial, f"new-{giver.id}") == []
    administrator = {"administrator"} if role not in AT_SITES or role == "INVESTIGATOR" else set()
    assert may == administrator | ({"investigator-01"} if role in AT_SITES else set())


@pytest.mark.requirement(23)
@pytest.mark.parametrize("masked", ["ASSESSOR", "STATISTICIAN_MASKED"])
@pytest.mark.parametrize("order", [0, 1])
def test_masked_and_unmasked_roles_never_meet_in_one_account_not_even_after_the_first_ended(
    trial, people, masked, order
):
    others = set(ROLES) - {"ASSESSOR", "STATISTICIAN_MASKED", "ADMINISTRATOR"}
    for number, unmasked in enumerate(sorted(others)):
        account = f"li-{number}"
        first, second = [(masked, unmasked), (unmasked, masked)][order]
        given = _give(trial, people, account, first)
        end_delegation(trial, by=given, account=account, number=1, reason="over")
        with pytest.raises(Refused, match="one is masked, the other is not"):
            _give(trial, people, account, second)


def _give(trial, people, account, role):
    by = people.investigator if role in AT_SITES else people.administrator
    site = "01" if role in AT_SITES else ""
    delegate(trial, by=by, account=account, role=role, site=site, trained=TRAINED)
    return by


@pytest.mark.requirement(23)
def test_two_masked_roles_may_meet(trial, people):
    _give(trial, people, "li", "ASSESSOR")
    _give(trial, people, "li", "STATISTICIAN_MASKED")
    assert held(trial, "li") == [("ASSESSOR", ["01"]), ("STATISTICIAN_MASKED", [])]


def test_nobody_gives_a_role_to_themselves(trial, people):
    with pytest.raises(NotPermitted, match="nobody gives a role to themselves"):
        delegate(trial, by=people.administrator, account="administrator", role="DSMB", trained=TRAINED)
    delegate_first_administrator(trial, account="chen", trained=TRAINED)
    with pytest.raises(NotPermitted, match="or changes one of their own"):
        complete_training(trial, by=Actor(id="chen", role="ADMINISTRATOR"), account="chen", number=1, on=TRAINED)


def test_an_administrator_who_is_not_trained_yet_is_not_the_first(trial):
    for trained in ("", "2016-03-02"):
        with pytest.raises(Refused, match="would let nobody in"):
            delegate_first_administrator(trial, account="chen", trained=trained)


def test_the_first_administrator_is_made_once_and_again_only_when_none_is_left(trial):
    delegate_first_administrator(trial, account="chen", trained=TRAINED)
    assert held(trial, "chen") == [("ADMINISTRATOR", [])]
    with pytest.raises(Refused, match="the trial has an administrator: chen"):
        delegate_first_administrator(trial, account="wu", trained=TRAINED)
    end_delegation(trial, by=Actor(id="wang", role="ADMINISTRATOR"), account="chen", number=1, reason="retired")
    delegate_first_administrator(trial, account="wu", trained=TRAINED)
    assert held(trial, "wu") == [("ADMINISTRATOR", [])]


def test_roles_are_given_and_ended_after_the_lock_too(trial, people):
    lock(trial, by=people.manager, reason="all in")
    delegate(trial, by=people.administrator, account="vis", role="INSPECTOR", trained=TRAINED)
    assert held(trial, "vis") == [("INSPECTOR", [])]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ({"role": "NURSE"}, "'NURSE' is not a role"),
        ({"role": "COORDINATOR"}, "the role COORDINATOR is given at a site"),
        ({"role": "MONITOR", "site": "01"}, "the role MONITOR belongs to no site"),
        ({"role": "COORDINATOR", "site": "77"}, "the protocol names no site '77'"),
        ({"role": "COORDINATOR", "site": "01", "start": "2016-03"}, "'2016-03' is only a part of a date"),
        ({"role": "COORDINATOR", "site": "01", "trained": "soon"}, "'soon' is not a date"),
        ({"role": "COORDINATOR", "site": "01", "until": "2016-02-28"}, "the last day lies before the first"),
    ],
)
def test_what_cannot_be_given_is_told(trial, people, entry, fault):
    with pytest.raises(TrialErrors) as caught:
        delegate(trial, by=people.investigator, account="li", **{"trained": TRAINED, **entry})
    assert fault in str(caught.value)


@pytest.mark.requirement(45)
def test_site_roles_reach_their_own_site_and_central_roles_all(people):
    assert [can_see(people.elsewhere, site) for site in ("01", "09")] == [False, True]
    assert can_see(people.manager, "01")


@pytest.mark.requirement(17)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_shown_nothing_above_its_masking_level(role):
    shown = [level for level in ("nothing", "masked", "unmasked") if reaches(role, level)]
    expected = {"ADMINISTRATOR": 1, "ASSESSOR": 2, "STATISTICIAN_MASKED": 2}.get(role, 3)
    assert len(shown) == expected
