"""Record a dose or an event: forms that are filled when something happened, not when a visit is due."""

from __future__ import annotations

from equipoise.conduct.capture import Captured, capture
from equipoise.conduct.ports import Actor
from equipoise.conduct.trial import Trial
from equipoise.errors import Refused
from equipoise.records.record import Payload

DOSE_FORMS = frozenset({"BASILIXIMAB", "MSC", "CNI", "STEROID", "OTHER_AGENT", "DLI", "IS_WITHDRAWAL"})
EVENT_FORMS = frozenset({"AE", "SAE", "RELAPSE", "DEATH", "CGVHD", "PREGNANCY", "DEVIATION", "CONTACT"})


def record_dose(trial: Trial, *, by: Actor, subject: str, form: str, items: Payload, visit: str = "") -> Captured:
    """Record that a drug or cells were given (or a period of a drug at one dose).

    Raises:
        Refused: the form is not one of doses, or the subject is not randomized and it is a study drug.
    """
    _check_form(form, DOSE_FORMS, subject, "doses")
    return capture(trial, by=by, subject=subject, form=form, items=items, visit=visit, action="record a dose")


def record_event(trial: Trial, *, by: Actor, subject: str, form: str, items: Payload, visit: str = "") -> Captured:
    """Record that something happened to a subject: an adverse event, relapse, death, chronic GVHD, a contact."""
    _check_form(form, EVENT_FORMS, subject, "events")
    return capture(trial, by=by, subject=subject, form=form, items=items, visit=visit, action="record an event")


def _check_form(form: str, allowed: frozenset[str], subject: str, what: str) -> None:
    if form not in allowed:
        raise Refused(
            "{form} is not one of the forms of {what}: {allowed}",
            where=f"subject {subject}",
            rule="FORM-KIND",
            remedy="use capture for a form of a visit",
            form=form,
            what=what,
            allowed=", ".join(sorted(allowed)),
        )
