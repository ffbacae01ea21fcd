"""Planned doses of basiliximab and MSC against those given.

Each regimen is a row of places: basiliximab on SL day 1, 3, 8 and then every week; MSC on MSC day 1, 8, 15, 22 and,
after a partial response, 29, 36, 43, 50. A dose belongs to the place whose day is nearest, ties to the later
(basiliximab on SL day 2 is the dose of day 3).
Weekly basiliximab goes on until the grade is below II: before each weekly place the staging of the last 48 hours
decides; once a place was left out with the grade known to be below II, basiliximab has stopped for good.

Source: Zhao et al. 2022, J Hematol Oncol 15:22; windows are those of the protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from equipoise.arrays import MISSING, NEVER, UNKNOWN, Days, Flags, Stages
from equipoise.state.axes import doses_since, first_msc, gives_msc, randomized_on, second_line_origin, second_line_start
from equipoise.state.derive import Treatment, derivation
from equipoise.state.once import once_a_protocol
from equipoise.state.responses import dosing_rows
from equipoise.state.segments import LAST_RANK, NO_ROW, row_as_of, take
from equipoise.state.staging import stagings
from equipoise.state.tables import Table, Tables

WEEKS = 40
"""Weekly basiliximab places that are laid out; the protocol states no upper limit."""
FIRST_DOSE = 1


@dataclass(frozen=True, slots=True)
class Places:
    """A regimen as columns [n_places]: elapsed day of each place from the origin, and the window around it (int32)."""

    elapsed: Days
    before: Days
    after: Days


@once_a_protocol
def basiliximab_places(protocol: Any) -> Places:
    """Places of basiliximab on the SL axis."""
    rules = protocol.treatments.basiliximab
    days = [*rules.fixed_days, *(rules.fixed_days[-1] + rules.then_every_days * week for week in range(1, WEEKS + 1))]
    windows = [rules.windows.get(str(day), rules.windows["weekly"]) for day in days]
    return _places(days, windows)


@once_a_protocol
def msc_places(protocol: Any) -> Places:
    """Places of MSC on the MSC axis: the first cycle, then the further doses."""
    rules = protocol.treatments.msc
    days = [*rules.cycle_days, *rules.continue_days]
    return _places(days, [rules.window] * len(days))


def _places(days: list[int], windows: list[tuple[int, int]]) -> Places:
    return Places(*(np.array(column, np.int32) for column in ([day - 1 for day in days], *zip(*windows))))


@dataclass(frozen=True, slots=True)
class Given:
    """Doses of a regimen against its places.

    nominal: day of each place, int32 [n_subjects, n_places]; `NEVER` without origin. row: the dose row of each place,
    int64; `NO_ROW` where none was given. place: the place of each dose row, int64 [n_rows], -1 for a row that does not
    count (before randomization, day not known, no origin). extra: rows that share the place of an earlier row.
    """

    nominal: Days
    row: np.ndarray
    place: np.ndarray
    extra: Flags


def given_doses(table: Table, counts: Flags, origin: Days, places: Places) -> Given:
    """Match the rows of a dose form to the places of a regimen.

    Args:
        counts: rows of the regimen, on known days.
        origin: day 0 of each subject, `NEVER` without one.
    """
    nominal = np.where(origin[:, None] == NEVER, NEVER, np.where(origin == NEVER, 0, origin)[:, None] + places.elapsed)
    row = np.full(nominal.shape, LAST_RANK)
    place = np.full(table.size, -1, np.int64)
    chosen = np.flatnonzero(counts & (origin[table.subject] != NEVER))
    subject = table.subject[chosen]
    elapsed = table.day[chosen].astype(np.int64) - origin[subject]
    backwards = np.abs(elapsed[:, None] - places.elapsed[::-1]).argmin(axis=1)
    place[chosen] = places.elapsed.size - 1 - backwards
    np.minimum.at(row, (subject, place[chosen]), chosen)  # the first row of a place keeps it
    row[row == LAST_RANK] = NO_ROW
    extra = np.zeros(table.size, np.bool_)
    extra[chosen] = row[subject, place[chosen]] != chosen
    return Given(nominal, row, place, extra)


@derivation("BASILIXIMAB", using=(randomized_on, second_line_start))
def basiliximab_given(tables: Tables, protocol: Any) -> Given:
    """Basiliximab of each subject; there are no places before the first dose."""
    table = tables["BASILIXIMAB"]
    counts = doses_since(table, randomized_on(tables, protocol))
    return given_doses(table, counts, second_line_start(tables, protocol), basiliximab_places(protocol))


@derivation("MSC", using=(randomized_on, first_msc), treated=True)
def msc_given(tables: Tables, treatment: Treatment, protocol: Any) -> Given:
    """MSC of each subject whose arm gives them; there are no places before the first dose."""
    table = tables["MSC"]
    counts = doses_since(table, randomized_on(tables, protocol))
    origin = np.where(gives_msc(treatment, protocol), first_msc(tables, protocol), NEVER)
    return given_doses(table, counts, origin, msc_places(protocol))


@dataclass(frozen=True, slots=True)
class GradesBefore:
    """The grade by which a dose is decided: lowest and highest possible, int8, -1 without a staging in time."""

    low: Stages
    high: Stages

    def below(self, grade: int) -> Flags:
        """Whether it is known to be below a grade."""
        return (self.high >= 0) & (self.high < grade)

    def reaches(self, grade: int) -> Flags:
        """Whether it is known to be at or above a grade."""
        return self.low >= grade


def grades_before(tables: Tables, protocol: Any, day: Days, hours: int) -> GradesBefore:
    """Grade at the last staging that drives dosing, on or up to `hours` before a day; [n_subjects, n_days] as `day`.

    Args:
        day: int32 [n_subjects, n_days]; `NEVER` asks nothing.
    """
    low, high = (np.full(day.shape, MISSING) for _ in range(2))
    asked = np.nonzero(day != NEVER)
    if asked[0].size:
        stage, on = stagings(tables, protocol), day[asked]
        row = row_as_of(stage.day, stage.subject, dosing_rows(tables, protocol), on, asked[0])
        row = np.where(on.astype(np.int64) - take(stage.day, row, UNKNOWN) > hours // 24, NO_ROW, row)
        low[asked], high[asked] = take(stage.low, row, MISSING), take(stage.high, row, MISSING)
    return GradesBefore(low, high)


@dataclass(frozen=True, slots=True)
class BasiliximabCourse:
    """Basiliximab as it went; [n_subjects, n_places].

    given: as `Given`. grades: before each weekly place (before the dose where one was given). stopped: whether
    basiliximab had stopped by that place.
    """

    given: Given
    grades: GradesBefore
    weekly: Flags
    stopped: Flags


def basiliximab_course(tables: Tables, protocol: Any) -> BasiliximabCourse:
    """Decisions on weekly basiliximab, with all that is known."""
    rules = protocol.treatments.basiliximab
    given, table = basiliximab_given(tables, protocol), tables["BASILIXIMAB"]
    decided = np.where(given.row == NO_ROW, given.nominal, take(table.day, given.row, NEVER))
    grades = grades_before(tables, protocol, decided, rules.grade_within_hours)
    weekly = weekly_places(protocol)
    return BasiliximabCourse(given, grades, weekly, stopped(weekly & (given.row == NO_ROW), grades, rules))


def basiliximab_stopped(tables: Tables, protocol: Any, day: Days) -> Flags:
    """Whether basiliximab had stopped by each place, as known on a day of each subject; bool [n_subjects, n_places].

    Args:
        day: int32 [n_subjects]. A place whose window has not begun by then has not been left out.
    """
    rules, given = protocol.treatments.basiliximab, basiliximab_given(tables, protocol)
    begun = given.nominal - rules.windows["weekly"][1] <= day[:, None]
    left_out = weekly_places(protocol) & (given.row == NO_ROW) & begun
    if not np.count_nonzero(left_out):
        return left_out
    asked = np.where(left_out, np.minimum(given.nominal, day[:, None]), NEVER)
    return stopped(left_out, grades_before(tables, protocol, asked, rules.grade_within_hours), rules)


@once_a_protocol
def weekly_places(protocol: Any) -> Flags:
    """Which places of basiliximab are weekly ones, bool [n_places]."""
    return np.arange(basiliximab_places(protocol).elapsed.size) >= len(protocol.treatments.basiliximab.fixed_days)


def stopped(left_out: Flags, grades: GradesBefore, rules: Any) -> Flags:
    """Basiliximab stops for good at the first place left out with the grade known to be below the limit."""
    return np.logical_or.accumulate(left_out & grades.below(rules.stop_when_grade_below), axis=1)


def second_line_due(tables: Tables, protocol: Any) -> tuple[Days, Days]:
    """First and last day on which second-line treatment is due to start, int32 [n_subjects]."""
    first, last = protocol.axes["sl"].due_after_randomization_days or (0, 0)
    randomized = randomized_on(tables, protocol)
    return days_after(randomized, first), days_after(randomized, last)


def msc_start_due(tables: Tables, protocol: Any) -> tuple[Days, Days]:
    """First and last day on which the first MSC dose is due, int32 [n_subjects]."""
    first, last = protocol.treatments.msc.start_sl_days
    origin = second_line_origin(tables, protocol)
    return days_after(origin, first - 1), days_after(origin, last - 1)


def days_after(origin: Days, elapsed: int) -> Days:
    """A day counted from the origin of each subject; `NEVER` without one."""
    return np.where(origin == NEVER, NEVER, np.where(origin == NEVER, 0, origin) + elapsed)
