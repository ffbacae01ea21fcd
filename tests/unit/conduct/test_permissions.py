"""Who may do what."""

from __future__ import annotations

import pytest

from equipoise.conduct.permissions import MAY, ROLES, can, check_can
from equipoise.conduct.ports import Actor
from equipoise.errors import NotPermitted

WRITE = {"COORDINATOR", "INVESTIGATOR", "ASSESSOR", "DATA_MANAGER"}


def test_every_role_of_the_table_is_a_role():
    assert set().union(*MAY.values()) <= set(ROLES)


NOT_ABOUT_SUBJECTS = {
    "ADMINISTRATOR": {"begin the trial", "delegate at a site", "delegate a central role", "keep accounts"},
    "STATISTICIAN_UNMASKED": {"load the allocation list"},
}


@pytest.mark.parametrize("role", sorted(set(ROLES) - WRITE))
def test_roles_that_enter_no_data_change_nothing_of_a_subject(role):
    reader = Actor(id="x", role=role, sites=frozenset({"01"}))
    assert {action for action in MAY if can(reader, action, "01")} == NOT_ABOUT_SUBJECTS.get(role, set())


@pytest.mark.requirement(39)
def test_the_sponsors_data_manager_changes_no_form_of_a_subject():
    manager = Actor(id="x", role="DATA_MANAGER")
    assert {action for action in MAY if can(manager, action)} == {
        "open a site", "record reference ranges", "annotate an allocation", "redact", "lock", "unlock",
    }  # fmt: skip


def test_a_refusal_says_who_may():
    with pytest.raises(NotPermitted) as caught:
        check_can(Actor(id="x", role="COORDINATOR", sites=frozenset({"01"})), "randomize", "01")
    assert caught.value.fault == "role COORDINATOR may not randomize"
    assert caught.value.remedy == "ask investigator"
