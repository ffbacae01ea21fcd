"""Slots given out, as the log has them: for the comparison with the list at close."""

from __future__ import annotations

from equipoise.allocation.replay import Issued
from equipoise.conduct.ports import Ledger
from equipoise.records.kinds import ALLOCATED, ARM
from equipoise.records.record import ALLOCATION, SUBJECT, Key


def issued_slots(ledger: Ledger, scheme: str) -> list[Issued]:
    """Every slot of a scheme with its subject and the arm that was told, in the order of the log."""
    slots = []
    for record in ledger.read(ALLOCATION):
        payload = record.payload or {}
        if record.key.form != ALLOCATED or payload.get("AL_SCHEME") != scheme:
            continue
        subject = record.key.unit
        told = ledger.current(Key(SUBJECT, subject, ARM))
        arm = "" if told is None else str((told.payload or {}).get("AR_ARM", ""))
        slots.append(Issued(str(payload["AL_STRATUM"]), int(str(payload["AL_POSITION"])), subject, arm))
    return slots
