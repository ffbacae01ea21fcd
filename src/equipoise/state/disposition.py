"""Where a subject is, from screening to treatment, and the ways to leave.

`TRANSITIONS` is the map of moves; `disposition` reads from the records where each subject is on a day.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from equipoise.arrays import MISSING, NEVER, UNKNOWN, Codes, Days
from equipoise.state.axes import doses_since, randomized_on
from equipoise.state.derive import derivation
from equipoise.state.segments import count, first_day, last_row, take
from equipoise.state.tables import Table, Tables


class Standing(IntEnum):
    """Where a subject is; SCREENED before anything else is known."""

    SCREENED = 0
    CONSENTED = 1
    ELIGIBLE = 2
    SCREEN_FAILED = 3
    RANDOMIZED = 4
    TREATED = 5
    OFF_TREATMENT = 6
    OFF_VISITS = 7
    LOST = 8
    DATA_WITHDRAWN = 9
    DEAD = 10


S = Standing
_IN_TRIAL = (S.RANDOMIZED, S.TREATED, S.OFF_TREATMENT, S.OFF_VISITS)
TRANSITIONS: dict[tuple[Standing, str], Standing] = {
    (S.SCREENED, "consent"): S.CONSENTED,
    (S.SCREENED, "end screening"): S.SCREEN_FAILED,
    (S.CONSENTED, "assess as eligible"): S.ELIGIBLE,
    (S.CONSENTED, "end screening"): S.SCREEN_FAILED,
    (S.ELIGIBLE, "assess as not eligible"): S.CONSENTED,
    (S.ELIGIBLE, "end screening"): S.SCREEN_FAILED,
    (S.ELIGIBLE, "randomize"): S.RANDOMIZED,
    (S.SCREEN_FAILED, "screen again"): S.SCREENED,
    (S.RANDOMIZED, "give a study drug"): S.TREATED,
    (S.RANDOMIZED, "stop treatment"): S.OFF_TREATMENT,
    (S.TREATED, "stop treatment"): S.OFF_TREATMENT,
    **{(state, "stop visits"): S.OFF_VISITS for state in _IN_TRIAL[:3]},
    **{(state, "lose"): S.LOST for state in _IN_TRIAL},
    (S.LOST, "find again"): S.TREATED,  # or the standing that the subject had before
    **{(state, "withdraw data"): S.DATA_WITHDRAWN for state in (*_IN_TRIAL, S.LOST, S.CONSENTED, S.ELIGIBLE)},
    **{(state, "record death"): S.DEAD for state in S if state not in (S.DEAD, S.DATA_WITHDRAWN)},
}
"""Standing and move to the next standing; what is not here cannot be done."""


class Disposition(NamedTuple):
    """When each subject reached each point; int32 [n_subjects], `NEVER` or `UNKNOWN` where not, or not known.

    lost: day since which the subject is lost; `NEVER` once found again. attempts: screening attempts, int64.
    failed: end of the last screening attempt, if none began later. reason: place in SCREEN_OUTCOME, int8.
    """

    screened: Days
    attempts: np.ndarray
    consented: Days
    eligible: Days
    failed: Days
    reason: Codes
    randomized: Days
    treated: Days
    off_treatment: Days
    off_visits: Days
    lost: Days
    data_withdrawn: Days
    dead: Days


@derivation("SCREENING", "SCREENFAIL", "CONSENT", "LEAVE", "DEATH", "ELIGIBILITY_VERDICT", using=(randomized_on,))
def untreated_disposition(tables: Tables, protocol: Any) -> Disposition:
    """The dates on which each subject reached each point, as if no study drug had been given."""
    screening, n = tables["SCREENING"], tables.n
    failed, reason = screen_failure(tables)
    randomized = randomized_on(tables, protocol)
    return Disposition(
        screened=first_known(screening, n),
        attempts=count(screening.subject, n, np.ones(screening.size, np.bool_)),
        consented=first_known(tables["CONSENT"], n),
        eligible=eligible_on(tables),
        failed=np.where(randomized == NEVER, failed, NEVER),
        reason=np.where(randomized == NEVER, reason, MISSING),
        randomized=randomized,
        treated=np.full(n, NEVER),
        off_treatment=left(tables, "STOP_TREATMENT"),
        off_visits=left(tables, "STOP_VISITS"),
        lost=lost_since(tables),
        data_withdrawn=left(tables, "WITHDRAW_DATA"),
        dead=first_known(tables["DEATH"], n),
    )


@derivation("BASILIXIMAB", "MSC", using=(untreated_disposition,))
def disposition(tables: Tables, protocol: Any) -> Disposition:
    """The dates on which each subject reached each point."""
    at = untreated_disposition(tables, protocol)
    return at._replace(treated=first_treated(tables, protocol, at.randomized))


def first_known(table: Table, n: int) -> Days:
    """First known day of a form; `UNKNOWN` where there are only partial dates, `NEVER` without the form."""
    known = first_day(table.day, table.subject, n, table.day != UNKNOWN)
    has = count(table.subject, n, np.ones(table.size, np.bool_)) > 0
    return np.where((known == NEVER) & has, UNKNOWN, known)


def eligible_on(tables: Tables) -> Days:
    """Day of the verdict "eligible", if that is the verdict."""
    table = tables["ELIGIBILITY_VERDICT"]
    eligible = np.array([value == "ELIGIBLE" for value in table.values("EV_VERDICT")], np.bool_)
    return first_day(table.day, table.subject, tables.n, eligible & (table.day != UNKNOWN))


def screen_failure(tables: Tables) -> tuple[Days, Codes]:
    """Day and reason of the end of screening, where no later attempt began."""
    ended, screening, n = tables["SCREENFAIL"], tables["SCREENING"], tables.n
    row = last_row(ended.subject, n, np.ones(ended.size, np.bool_))
    attempts = count(screening.subject, n, np.ones(screening.size, np.bool_))
    ends = count(ended.subject, n, np.ones(ended.size, np.bool_))
    over = ends >= np.maximum(attempts, 1)
    day, reason = take(ended.day, row, NEVER), take(ended.column("SF_REASON"), row, MISSING)
    return np.where(over, day, NEVER), np.where(over, reason, MISSING)


def first_treated(tables: Tables, protocol: Any, randomized: Days) -> Days:
    """Day of the first study drug after randomization."""
    first = np.full(tables.n, NEVER)
    for form in protocol.safety.last_dose_of:
        table = tables[form]
        first = np.minimum(first, first_day(table.day, table.subject, tables.n, doses_since(table, randomized)))
    return first


def left(tables: Tables, way: str) -> Days:
    """First day of a way to leave; of a partial date the earliest day that it can mean."""
    table = tables["LEAVE"]
    chosen = table.column("XT_TYPE") == table.place("XT_TYPE", way)
    return first_day(table.day_earliest, table.subject, tables.n, chosen)


def lost_since(tables: Tables) -> Days:
    """Day since which each subject is lost to follow-up; `NEVER` if not, or found again."""
    table = tables["LEAVE"]
    lost = table.column("XT_TYPE") == table.place("XT_TYPE", "LOST_TO_FOLLOW_UP")
    found_again = np.array([bool(value) for value in table.values("XT_RETURN")], np.bool_)
    return first_day(table.day_earliest, table.subject, tables.n, lost & ~found_again)


def standing(tables: Tables, protocol: Any, day: int) -> Codes:
    """Where each subject is on a day, int8 [n_subjects] (`Standing`)."""
    at = disposition(tables, protocol)
    result = np.full(tables.n, S.SCREENED, np.int8)
    for reached, state in (
        (at.consented, S.CONSENTED),
        (at.eligible, S.ELIGIBLE),
        (at.failed, S.SCREEN_FAILED),
        (at.randomized, S.RANDOMIZED),
        (at.treated, S.TREATED),
        (at.off_treatment, S.OFF_TREATMENT),
        (at.off_visits, S.OFF_VISITS),
        (at.lost, S.LOST),
        (at.data_withdrawn, S.DATA_WITHDRAWN),
        (at.dead, S.DEAD),
    ):
        result[reached <= day] = state
    return result
