"""Remove values entered by mistake, personal data above all. The record stays, and the chain still verifies."""

from __future__ import annotations

from collections.abc import Sequence

from equipoise.conduct.permissions import check_can
from equipoise.conduct.ports import Actor
from equipoise.conduct.trial import Trial
from equipoise.errors import RecordError, Refused
from equipoise.records.kinds import ALLOCATED, ARM, RANDOMIZATION
from equipoise.records.record import SUBJECT, Key, Record

ALLOCATION_RECORDS = frozenset({ALLOCATED, ARM, RANDOMIZATION})


def redact(
    trial: Trial,
    *,
    by: Actor,
    subject: str,
    form: str,
    version: int,
    items: Sequence[str],
    reason: str,
    visit: str = "",
    repeat: int = 1,
) -> Record:
    """Remove the values of some items of one version of a form, for good; who did it, when and why is kept.

    Args:
        items: ids of the items; their values must be in that version.

    Returns:
        The redaction record.

    Raises:
        Refused: it is a record of a randomization, or there is no such version.
        RecordError: no reason is given, or the version does not hold these items.
    """
    check_can(by, "redact")
    with trial.unit_of_work():
        file = trial.subject(subject)
        trial.check_open()
        if form in ALLOCATION_RECORDS:
            raise Refused(
                "what a randomization wrote is never removed: it holds no words of a person",
                where=f"subject {subject}, form {form}",
                rule="REDACTION-ALLOCATION",
                remedy="annotate the randomization instead",
            )
        key = Key(SUBJECT, subject, form, visit, repeat)
        history = trial.ledger.history(key)
        if not 1 <= version <= len(history):
            raise Refused(
                "there is no version {version}",
                where=str(key),
                rule="REDACTION",
                remedy="check the number",
                version=version,
            )
        if not reason.strip():
            raise RecordError("a redaction needs a reason", where=str(key), rule="REDACTION", remedy="say why")
        stream = history[version - 1].stream
        return trial.remove(by=by, key=key, version=version, items=items, site=file.site, stream=stream, reason=reason)
