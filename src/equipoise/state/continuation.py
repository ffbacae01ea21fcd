"""Whether MSC go on after the first cycle: the decision at day 28, and the stop at complete response.

CR stops, NR stops, PR goes on weekly until CR or the highest number of doses. The investigator's stagings decide.
Source: Zhao et al. 2022, J Hematol Oncol 15:22.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from equipoise.arrays import NEVER, Codes, Days, Flags
from equipoise.state import response
from equipoise.state.axes import gives_msc
from equipoise.state.derive import Treatment, derivation
from equipoise.state.parameters import parameters
from equipoise.state.responses import dosing_response, dosing_rows
from equipoise.state.segments import first_day
from equipoise.state.staging import stagings
from equipoise.state.tables import Tables

DECISIONS = ("OPEN", "CONTINUE", "STOP_CR", "STOP_NR")
OPEN, CONTINUE, STOP_CR, STOP_NR = (np.int8(code) for code in range(len(DECISIONS)))


class Continuation(NamedTuple):
    """Decision of each subject at day 28 (place in `DECISIONS`, int8), the response it rests on (nine codes, int8), the
    day of the staging that decided (`NEVER` without one), and the first later day with complete response (`NEVER`)."""

    decision: Codes
    response: Codes
    decided: Days
    complete_response: Days


def continuation(tables: Tables, treatment: Treatment, protocol: Any, day: int | None = None) -> Continuation:
    """Decision on further MSC doses, as known on a day (None: all of it is known).

    A subject of an arm without MSC stays OPEN. Without a staging in the window the decision is OPEN: no further dose
    may be given without a recorded partial response.
    """
    found = dosing_response(tables, treatment, protocol, parameters(protocol).decision, day)
    level = response.level(found.code)
    goes_on = np.array([name in protocol.treatments.msc.continue_on for name in response.LEVELS])[level]
    decision = np.where(goes_on, CONTINUE, np.where(level == response.LEVEL_CR, STOP_CR, STOP_NR))
    decision = np.where(found.code == response.NOT_ASSESSED, OPEN, decision)
    decision = np.where(gives_msc(treatment, protocol), decision, OPEN).astype(np.int8)
    return Continuation(decision, found.code, found.day, first_complete_response(tables, protocol, found.day, day))


@derivation(using=(stagings, dosing_rows))
def cleared_rows(tables: Tables, protocol: object) -> Flags:
    """Stagings that drive dosing with every organ at stage 0, bool [n_rows]."""
    return (stagings(tables, protocol).stages == 0).all(axis=0) & dosing_rows(tables, protocol)


def first_complete_response(tables: Tables, protocol: Any, since: Days, day: int | None) -> Days:
    """First staging that drives dosing after a day of each subject with every organ at stage 0; `NEVER` without one."""
    stage = stagings(tables, protocol)
    clear = cleared_rows(tables, protocol) & (stage.day > since[stage.subject])
    if day is not None:
        clear &= stage.day <= day
    return first_day(stage.day, stage.subject, tables.n, clear)


def may_continue(found: Continuation, on: Days) -> Flags:
    """Whether a further dose may be given on a day of each subject: a response that goes on, no complete one since."""
    return (found.decision == CONTINUE) & (found.decided <= on) & ((found.complete_response > on) | (on == NEVER))
