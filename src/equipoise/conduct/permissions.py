"""Who may do what: one table, checked by every action before anything else.

`check_can` raises; whoever only wants to know (a page that shows or hides a button) asks `can`, which wraps it.
"""

from __future__ import annotations

from equipoise.conduct.ports import Actor
from equipoise.errors import NotPermitted

COORDINATOR = "COORDINATOR"
INVESTIGATOR = "INVESTIGATOR"
ASSESSOR = "ASSESSOR"
CELL_LABORATORY = "CELL_LABORATORY"
MONITOR = "MONITOR"
DATA_MANAGER = "DATA_MANAGER"
STATISTICIAN_MASKED = "STATISTICIAN_MASKED"
STATISTICIAN_UNMASKED = "STATISTICIAN_UNMASKED"
DSMB = "DSMB"
ADMINISTRATOR = "ADMINISTRATOR"
INSPECTOR = "INSPECTOR"
ROLES = (
    COORDINATOR, INVESTIGATOR, ASSESSOR, CELL_LABORATORY, MONITOR, DATA_MANAGER,
    STATISTICIAN_MASKED, STATISTICIAN_UNMASKED, DSMB, ADMINISTRATOR, INSPECTOR,
)  # fmt: skip

SITE_STAFF = frozenset({COORDINATOR, INVESTIGATOR})

NOTHING, MASKED, UNMASKED = "nothing", "masked", "unmasked"
LEVELS = (NOTHING, MASKED, UNMASKED)
"""Masking levels of roles and of what is shown, the stricter first: nothing about subjects; the masked view; all, the
arm included. A role sees what has its level or a stricter one."""
LEVEL_OF = {role: UNMASKED for role in ROLES} | {
    ADMINISTRATOR: NOTHING,
    ASSESSOR: MASKED,
    STATISTICIAN_MASKED: MASKED,
}
"""Role to its masking level."""

MAY: dict[str, frozenset[str]] = {
    "begin the trial": frozenset({ADMINISTRATOR}),
    "delegate at a site": frozenset({INVESTIGATOR, ADMINISTRATOR}),
    "delegate a central role": frozenset({ADMINISTRATOR}),
    "keep accounts": frozenset({ADMINISTRATOR}),
    "load the allocation list": frozenset({STATISTICIAN_UNMASKED}),
    "open a site": frozenset({DATA_MANAGER}),
    "record reference ranges": frozenset({DATA_MANAGER, *SITE_STAFF}),
    "screen": SITE_STAFF,
    "end screening": SITE_STAFF,
    "record consent": SITE_STAFF,
    "assess eligibility": SITE_STAFF,
    "randomize": frozenset({INVESTIGATOR}),
    "capture": frozenset({ASSESSOR, *SITE_STAFF}),
    "correct": frozenset({ASSESSOR, *SITE_STAFF}),
    "record a dose": SITE_STAFF,
    "record an event": SITE_STAFF,
    "record leaving": SITE_STAFF,
    "transfer": SITE_STAFF,
    "annotate an allocation": frozenset({DATA_MANAGER, INVESTIGATOR}),
    "redact": frozenset({DATA_MANAGER}),
    "lock": frozenset({DATA_MANAGER}),
    "unlock": frozenset({DATA_MANAGER}),
}
"""Action to the roles that may take it. Nobody may edit, move or re-issue an allocation: there is no such action."""

CENTRAL = frozenset({MONITOR, DATA_MANAGER, STATISTICIAN_MASKED, STATISTICIAN_UNMASKED, DSMB, ADMINISTRATOR, INSPECTOR})
"""Roles that belong to no site."""

ASSESSOR_ENTERS = frozenset({"ADJUDICATION"})
"""Forms of the masked assessor alone, beside those that name an evaluator."""


def check_can(by: Actor, action: str, site: str | None = None) -> None:
    """Refuse the action to whoever may not take it, or not at this site.

    Raises:
        NotPermitted: the role may not, or the person does not work at the site.
    """
    if by.role not in MAY[action]:
        raise NotPermitted(
            "role {role} may not {action}",
            rule="PERMISSION",
            remedy="ask {who}",
            role=by.role,
            action=action,
            who=" or ".join(sorted(MAY[action])).replace("_", " ").lower(),
        )
    if site is not None and not can_see(by, site):
        raise NotPermitted(
            "you may not {action} at site {site}",
            rule="PERMISSION-SITE",
            remedy="ask the staff of site {site}",
            action=action,
            site=site,
        )


def can_see(by: Actor, site: str) -> bool:
    """Whether what belongs to a site is within a person's reach: central roles reach all sites, others their own."""
    return by.role in CENTRAL or site in by.sites


def reaches(role: str, level: str) -> bool:
    """Whether a role may be shown what has this masking level."""
    return LEVELS.index(LEVEL_OF[role]) >= LEVELS.index(level)


def can(by: Actor, action: str, site: str | None = None) -> bool:
    """Whether `check_can` would let the action pass."""
    try:
        check_can(by, action, site)
    except NotPermitted:
        return False
    return True


def check_form(by: Actor, form_id: str, names_evaluator: bool) -> None:
    """The masked assessor fills forms that name an evaluator, and their own, and no other.

    It is asked before anything is looked up: whether a form of treatment is there tells the arm, and so would a
    refusal that depends on it.

    Raises:
        NotPermitted: the form is not this role's to fill.
    """
    if by.role == ASSESSOR and not names_evaluator and form_id not in ASSESSOR_ENTERS:
        raise NotPermitted(
            "the masked assessor does not fill the form {form}",
            rule="PERMISSION-ASSESSOR",
            remedy="ask the staff of the site",
            form=form_id,
        )


def check_evaluator(by: Actor, form_id: str, evaluator: str | None) -> None:
    """The masked assessor enters their own assessments and nothing else; site staff never enter one in that name.

    Args:
        form_id: the form.
        evaluator: the evaluator role on the form; None where the form names no evaluator.

    Raises:
        NotPermitted: the form is not this role's to fill.
    """
    masked = by.role == ASSESSOR
    if form_id in ASSESSOR_ENTERS and not masked:
        raise NotPermitted(
            "the form {form} is the masked assessor's",
            rule="PERMISSION-ASSESSOR",
            remedy="ask the masked assessor",
            form=form_id,
        )
    if evaluator is not None and masked != (evaluator == ASSESSOR):
        raise NotPermitted(
            "an assessment with evaluator {evaluator} cannot be entered by role {role}",
            rule="PERMISSION-EVALUATOR",
            remedy="the masked assessor enters assessments of their own; site staff enter the investigator's",
            evaluator=evaluator,
            role=by.role,
        )
