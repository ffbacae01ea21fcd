"""Whether the state of a subject lets a form be filled now: refusals, and what only deserves a second look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from equipoise.conduct.subject import SubjectFile, text
from equipoise.conduct.trial import Trial
from equipoise.days import format_day
from equipoise.errors import RecordError, Refused
from equipoise.records.checks import SOFT, Finding
from equipoise.records.record import Payload

if TYPE_CHECKING:
    from equipoise.protocol.forms import Form
    from equipoise.protocol.model import Protocol

NEEDS_RANDOMIZATION = frozenset({"BASILIXIMAB", "MSC"})
"""Study drugs: before randomization there is none to give."""
ABOUT_LEAVING = frozenset({"LEAVE", "DEATH", "CONTACT"})
"""What may still be recorded of a subject whose screening has ended."""
SCREENING, LEAVE = "SCREENING", "LEAVE"
OWN_ACTION = {
    SCREENING: "screen the subject, or screen them again",
    "SCREENFAIL": "end the screening, with its reason",
}
"""Forms that one action alone makes, as it looks at more than the form; and how that is done. They can be corrected."""
LOST_TO_FOLLOW_UP = "LOST_TO_FOLLOW_UP"


def check_shape(items: Payload, subject: str) -> None:
    """Refuse what is not a form at all.

    Raises:
        RecordError: `items` is not a mapping.
    """
    if not isinstance(items, Mapping):
        raise RecordError(
            "a form is given as its items with their values, not as {kind}",
            where=f"subject {subject}",
            rule="RECORD-ITEMS",
            remedy="give a mapping of item ids to values",
            kind=type(items).__name__,
        )


def check_place(file: SubjectFile, protocol: Protocol, form: Form, visit: str, repeat: int | None) -> None:
    """Refuse a visit that the protocol does not have, and a number that is not the next one.

    Raises:
        Refused: naming the visit or the number.
    """
    place = f"subject {file.key}"
    if visit != "" and visit not in protocol.visit:
        raise Refused(
            "protocol version {version} has no visit {visit!r}",
            where=place,
            rule="VISIT-UNKNOWN",
            remedy="choose a visit of the schedule, or none",
            version=protocol.version,
            visit=visit,
        )
    if repeat is None:
        return
    following = file.next_repeat(form.id, visit) if form.repeats else 1
    if type(repeat) is not int or not 1 <= repeat <= following:
        raise Refused(
            "the form {form} has no number {repeat}; the next is {following}",
            where=place,
            rule="FORM-NUMBER",
            remedy="leave the number out, or give the next one",
            form=form.id,
            repeat=repr(repeat),
            following=following,
        )


def leaving_refusals(form: Form, items: Payload, place: str) -> list[Refused]:
    """A subject is lost only after attempts to reach them, whichever way the form comes in."""
    if form.id != LEAVE or text(items.get("XT_TYPE")) != LOST_TO_FOLLOW_UP or text(items.get("XT_ATTEMPTS")).strip():
        return []
    return [
        Refused(
            "a subject is lost to follow-up only after attempts to reach them",
            where=place,
            rule="LOST-ATTEMPTS",
            remedy="list the attempts, with their dates",
        )
    ]


def check_form_may_be_filled(trial: Trial, file: SubjectFile, form: Form, *, correcting: bool) -> None:
    """Refuse what must not be saved whatever its values are.

    Raises:
        Refused: the subject withdrew the use of their data; screening has ended; a study drug before randomization.
    """
    place = f"subject {file.key}"
    if file.data_withdrawn:
        raise Refused(
            "the subject withdrew the use of their data: nothing new is collected",
            where=place,
            rule="DATA-WITHDRAWN",
            remedy="record nothing; ask the data manager if the withdrawal was entered by mistake",
        )
    if correcting:
        return
    if file.screening_ended and not file.randomized and form.id not in ABOUT_LEAVING:
        raise Refused(
            "screening of this subject has ended",
            where=place,
            rule="SCREENING-ENDED",
            remedy="screen the subject again before recording more",
        )
    if form.id in NEEDS_RANDOMIZATION and not file.randomized:
        raise Refused(
            "a study drug cannot be given before randomization",
            where=place,
            rule="DOSE-BEFORE-RANDOMIZATION",
            remedy="randomize the subject; record treatment outside the trial as another agent",
        )


def soft_findings(trial: Trial, file: SubjectFile, form: Form, day: int | None) -> list[Finding]:
    """What deserves a second look although it is saved: a date after death, in the future, or before consent.

    Args:
        day: the latest day that the form's date can mean; None where it has no date.
    """
    if day is None or not form.date:
        return []
    found = []
    item = (form.date,)
    died = file.died_on
    if died is not None and form.id != "DEATH" and day > died[1]:
        found.append(_soft("DATE-AFTER-DEATH", item, f"{format_day(day)} is after the date of death"))
    if day > trial.today(file.site):
        found.append(_soft("DATE-IN-FUTURE", item, f"{format_day(day)} is in the future"))
    if form.group == "study_procedure":
        consent = file.first_consent
        if consent is None or day < consent:
            found.append(_soft("CONSENT-ORDER", item, "a study procedure is dated before consent"))
    return found


def _soft(rule: str, items: tuple[str, ...], message: str) -> Finding:
    return Finding(rule, SOFT, None, items, message)
