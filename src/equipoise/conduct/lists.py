"""Begin a trial and load its allocation list: each is recorded once, and neither can be done over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from equipoise.conduct.permissions import check_can
from equipoise.conduct.ports import Actor
from equipoise.conduct.trial import Trial, in_one_unit
from equipoise.errors import Refused
from equipoise.records.kinds import ALLOCATION_LIST, TRIAL_BEGUN
from equipoise.records.record import ALLOCATION, TRIAL, Key, Record


@in_one_unit
def begin(trial: Trial, *, by: Actor, purpose: str) -> Record:
    """Record that the trial begins, and whether it is live or a test. It stays what it begins as."""
    check_can(by, "begin the trial")
    key = Key(TRIAL, trial.id, TRIAL_BEGUN)
    if trial.ledger.current(key) is not None:
        raise Refused("the trial has begun", rule="TRIAL-BEGUN", remedy="open it; it begins once")
    payload = {"TR_PURPOSE": purpose, "TR_PROTOCOL_HASH": trial.protocols.latest.hash}
    return trial.write(by=by, key=key, payload=payload, site="")


def purpose_of(trial: Trial) -> str:
    """Whether the trial began as `live` or `test`; "simulated" where no person began it."""
    record = trial.ledger.current(Key(TRIAL, trial.id, TRIAL_BEGUN))
    return "simulated" if record is None else str((record.payload or {})["TR_PURPOSE"])


@in_one_unit
def load_list(
    trial: Trial, *, by: Actor, scheme: str, strata: Sequence[str], length: int, facts: Mapping[str, str]
) -> Record:
    """Record the sealed list of a scheme, and declare its slots.

    Args:
        strata, length: labels of the strata, and slots in each.
        facts: what the list is: items of the record (hash, commitment, keys ...), no arm among them.

    Raises:
        Refused: the scheme has a list.
    """
    check_can(by, "load the allocation list")
    trial.check_open()
    key = Key(TRIAL, trial.id, ALLOCATION_LIST)
    if trial.ledger.current(key) is not None:
        raise Refused(
            "the allocation list of this trial is loaded",
            rule="LIST-LOADED",
            remedy="go on with it; a trial has one list, and it is never replaced",
        )
    for stratum in strata:
        trial.allocations.prepare(scheme, stratum, length)
    return trial.write(by=by, key=key, payload=dict(facts), site="", stream=ALLOCATION)


def loaded_list(trial: Trial) -> Mapping[str, str] | None:
    """What was recorded of the list; None before it is loaded."""
    record = trial.ledger.current(Key(TRIAL, trial.id, ALLOCATION_LIST))
    return None if record is None else {name: str(value) for name, value in (record.payload or {}).items()}
