"""Fill a form, correct it, withdraw it: the door through which every value of a subject enters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from equipoise.conduct.gates import (
    OWN_ACTION,
    SCREENING,
    check_form_may_be_filled,
    check_place,
    check_shape,
    leaving_refusals,
    soft_findings,
)
from equipoise.conduct.permissions import check_can, check_evaluator, check_form
from equipoise.conduct.ports import Actor
from equipoise.conduct.subject import SubjectFile, text
from equipoise.conduct.trial import Trial, in_one_unit
from equipoise.days import parse_date
from equipoise.errors import RecordError, Refused, TrialError, TrialErrors
from equipoise.records.checks import HARD, Finding, check
from equipoise.records.record import CLINICAL, SUBJECT, TREATMENT, Key, Payload, Record
from equipoise.state.catalogue import derived

if TYPE_CHECKING:
    from equipoise.protocol.forms import Form
    from equipoise.protocol.model import Protocol


@dataclass(frozen=True, slots=True)
class Captured:
    """What was saved, and what a person should look at again."""

    record: Record
    findings: tuple[Finding, ...]


@in_one_unit
def capture(
    trial: Trial,
    *,
    by: Actor,
    subject: str,
    form: str,
    items: Payload,
    visit: str = "",
    repeat: int | None = None,
    action: str = "capture",
) -> Captured:
    """Save a form for the first time.

    Args:
        items: values as entered (see `records.record.Value`).
        visit: visit label; "" for a form that belongs to none.
        repeat: number of the instance; the next free one when left out.

    Raises:
        NotPermitted: this person may not.
        Refused: the state of the subject or the trial does not allow it.
        TrialErrors: every hard fault of the form at once; nothing is saved.
        VersionConflict: this instance was saved by somebody else in between.
    """
    check_shape(items, subject)
    file = trial.subject(subject)
    check_can(by, action, file.site)
    _check_form(trial, by, form)
    judged = _form_in_force(trial, file, form, items)
    if form in OWN_ACTION:
        raise Refused(
            "the form {form} is not filled by hand",
            where=f"subject {subject}",
            rule="FORM-OWN-ACTION",
            remedy="{how}",
            form=form,
            how=OWN_ACTION[form],
        )
    check_place(file, judged.protocol, judged.form, visit, repeat)
    number = _number(file, judged.form, visit, repeat)
    key = Key(SUBJECT, subject, form, visit, number)
    return _save(trial, by, file, judged, key, items, expects=0, reason="")


@in_one_unit
def correct(
    trial: Trial,
    *,
    by: Actor,
    subject: str,
    form: str,
    items: Payload,
    reason: str,
    expects: int,
    visit: str = "",
    repeat: int = 1,
) -> Captured:
    """Save a new version of a form, with the reason for the change. `items` holds the whole form as it should be now.

    Args:
        expects: the version number that the person saw.

    Raises:
        RecordError: no reason is given.
        VersionConflict: the form has changed since the person saw it.
    """
    check_shape(items, subject)
    file = trial.subject(subject)
    check_can(by, "correct", file.site)
    _check_form(trial, by, form)
    if file.version(form, visit, repeat) == 0:
        place, remedy = f"subject {subject}, form {form}", "fill the form first"
        raise Refused("there is no such form to correct", where=place, rule="CORRECT", remedy=remedy)
    key = Key(SUBJECT, subject, form, visit, repeat)
    if not reason.strip():
        raise RecordError(
            "a change needs a reason", where=str(key), rule="REASON-FOR-CHANGE", remedy="say why the value changes"
        )
    judged = _form_in_force(trial, file, form, items)
    saved = file.record(form, visit, repeat)
    if saved is not None:
        check_evaluator(by, form, _evaluator(judged.form, saved.payload or {}))
    return _save(trial, by, file, judged, key, items, expects=expects, reason=reason)


@in_one_unit
def void(
    trial: Trial, *, by: Actor, subject: str, form: str, reason: str, expects: int, visit: str = "", repeat: int = 1
) -> Record:
    """Withdraw a form that should not exist. It stays in the log; its number is not used again."""
    file = trial.subject(subject)
    check_can(by, "correct", file.site)
    _check_form(trial, by, form)
    trial.check_open()
    record = file.record(form, visit, repeat)
    definition = trial.protocols.latest.forms.get(form)
    if record is None or definition is None or form == SCREENING:
        place, remedy = f"subject {subject}, form {form}", "check the form and its number"
        raise Refused("there is no such form to withdraw", where=place, rule="VOID", remedy=remedy)
    key = record.key
    if not reason.strip():
        raise RecordError(
            "withdrawing a form needs a reason", where=str(key), rule="REASON-FOR-CHANGE", remedy="say why"
        )
    check_evaluator(by, form, _evaluator(definition, record.payload or {}))
    return trial.write(
        by=by,
        key=key,
        payload={},
        site=file.site,
        stream=record.stream,
        form=definition,
        reason=reason,
        expects=expects,
    )


class _Judged(NamedTuple):
    """What judges a form: the protocol version of its date, the form in it, and that date (the latest it can mean)."""

    protocol: Protocol
    form: Form
    day: int | None


def _form_in_force(trial: Trial, file: SubjectFile, form: str, items: Payload) -> _Judged:
    """The protocol version that judges the form (by its date, else by today's) and the form in it."""
    day = _clinical_day(trial, form, items)
    protocol = trial.protocol(file.site, day if day is not None else trial.today(file.site))
    definition = protocol.forms.get(form)
    if definition is None or definition.unit_of != SUBJECT:
        raise Refused(
            "protocol version {version} has no form {form} about a subject",
            where=f"subject {file.key}",
            rule="FORM-IN-FORCE",
            remedy="choose a form of that version",
            version=protocol.version,
            form=form,
        )
    return _Judged(protocol, definition, day)


def _clinical_day(trial: Trial, form: str, items: Payload) -> int | None:
    """The latest day that the date of a form can mean; None where there is no date or it cannot be read."""
    definition = trial.protocols.latest.forms.get(form)
    entered = text(items.get(definition.date)) if definition is not None and definition.date else ""
    try:
        return parse_date(entered).latest if entered else None
    except RecordError:
        return None  # the check of the form reports it together with the other faults


_names_of: dict[str, frozenset[str]] = {}


def _derived_names(form: Form) -> frozenset[str]:
    """Derived values that the edit checks of a form name."""
    names = _names_of.get(form.hash)
    if names is None:
        of_checks = frozenset().union(*(check.rule.names for check in form.checks)) if form.checks else frozenset()
        names = _names_of[form.hash] = of_checks - form.items.keys()
    return names


def _check_form(trial: Trial, by: Actor, form: str) -> None:
    definition = trial.protocols.latest.forms.get(form)
    check_form(by, form, definition is not None and bool(definition.evaluator))


def _number(file: SubjectFile, form: Form, visit: str, repeat: int | None) -> int:
    if repeat is not None:
        return repeat
    number = file.next_repeat(form.id, visit)
    if number > 1 and not form.repeats:
        raise Refused(
            "the form {form} is filled once, and it is there already",
            where=f"subject {file.key}",
            rule="FORM-ONCE",
            remedy="correct the saved form, with the reason",
            form=form.id,
        )
    return number


def _evaluator(form: Form, items: Payload) -> str | None:
    return text(items.get(form.evaluator)) if form.evaluator else None


def _save(
    trial: Trial, by: Actor, file: SubjectFile, judged: _Judged, key: Key, items: Payload, *, expects: int, reason: str
) -> Captured:
    protocol, form, day = judged.protocol, judged.form, judged.day
    check_evaluator(by, form.id, _evaluator(form, items))
    trial.check_open()
    check_form_may_be_filled(trial, file, form, correcting=expects > 0)
    names = _derived_names(form)
    inputs = {}
    if names:
        treatment = file.treatment(protocol) if form.stream == TREATMENT else None
        when = day if day is not None else trial.today(file.site)
        inputs = derived(names, file.tables, protocol, when, treatment)
    place = str(key)
    findings = check(form, items, inputs, where=place)
    faults: list[TrialError] = [finding.as_error() for finding in findings if finding.level == HARD]
    faults += leaving_refusals(form, items, place)
    if faults:
        raise TrialErrors(faults)
    findings = [*findings, *soft_findings(trial, file, form, day)]
    record = trial.write(
        by=by,
        key=key,
        payload=items,
        site=file.site,
        stream=_stream(file, protocol, form, key),
        form=form,
        protocol_version=protocol.version,
        clinical_time=_clinical_time(form, items),
        reason=reason,
        expects=expects,
    )
    return Captured(record, tuple(findings))


def _stream(file: SubjectFile, protocol: Protocol, form: Form, key: Key) -> str:
    """The stream of a form. A visit that only some arms have tells the arm, so it is no clinical record."""
    saved = file.version_of(key)
    if saved is not None:
        return saved.stream
    visit = protocol.visit.get(key.visit)
    return TREATMENT if visit is not None and visit.arms else form.stream or CLINICAL


def _clinical_time(form: Form, items: Payload) -> str:
    """Local wall time of what is recorded, at the precision entered."""
    date = text(items.get(form.date)) if form.date else ""
    time = text(items.get(form.time)) if form.time else ""
    return f"{date}T{time}" if date and time else date
