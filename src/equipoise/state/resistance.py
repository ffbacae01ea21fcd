"""Steroid-resistant acute GVHD: the criteria of the index trial, and the codes of EBMT-NIH-CIBMTR 2018.

Doses are those of `state.steroids.daily_doses`: every day of a subject, without gaps; NaN is a dose that is not known,
and meets no criterion. Stagings are rows grouped by subject, by day ascending; stages int8 [4, n_rows], -1 not known.
Day 0 is the first day at 2 mg/kg or more; "day 3" is three days later. "Full days" are days at that dose in a row.

Sources: Zhao et al. 2022, J Hematol Oncol 15:22 (criteria A to C); Schoemans et al. 2018, Bone Marrow Transplant
53:1401-1415 (EBMT-NIH-CIBMTR). How the open points of the text were read is said at each criterion.
Checked: by hand, every worked example (tests/spec/resistance).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.arrays import MISSING, NEVER, UNKNOWN, Codes, Days, Flags, Floats, Offsets, Stages
from equipoise.state.rounding import half_up
from equipoise.state.segments import NO_ROW, first_day, first_row, last_row, subject_of_rows, take
from equipoise.state.steroids import DECIMALS, METHYLPREDNISOLONE_TO_PREDNISONE

EBMT_FULL_DOSE_PREDNISONE = 2.0
ABOVE_EVERY_DOSE = 1e6
CRITERIA = ("NONE", "A", "B", "C1", "C2")
EBMT_CODES = (
    "refractory_progression",
    "refractory_no_improvement",
    "refractory_incomplete_28d",
    "dependent_no_taper",
    "dependent_flare",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResistanceRules:
    """Thresholds in mg/kg/day of methylprednisolone equivalents, and days.

    `full_dose`: the dose of day 0. `worse_after`, `no_better_after`: full days for criteria A and B. `raised_to`: the
    dose that a raise in the taper must reach for C1. `low_dose`, `low_days`: a taper has succeeded after so many days
    in a row below that dose. `noise`: changes of dose per kg of up to this part are no step of the taper and no raise;
    they come from a new weight [a convention of ours].
    """

    full_dose: float = 2.0
    worse_after: int = 3
    no_better_after: int = 7
    raised_to: float = 2.0
    low_dose: float = 0.5
    low_days: int = 7
    noise: float = 0.05


DEFAULT_RULES = ResistanceRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class SteroidCourse:
    """Doses and stagings of each subject.

    offsets, day, mg_per_kg: every day of each subject, as in `steroids.DailyDoses`. withheld: whether a step of the
    taper that was due on that day was withheld because GVHD was active, bool [n_days]. staging_offsets, staging_day:
    rows of organ stagings; stages: int8 [4, n_stagings].
    """

    offsets: Offsets
    day: Days
    mg_per_kg: Floats
    withheld: Flags
    staging_offsets: Offsets
    staging_day: Days
    stages: Stages


class Resistance(NamedTuple):
    """Day on which each criterion was first met, int32 [n_subjects]; NEVER where it was not.

    adjudicate: first raise of the dose for which neither C1 nor C2 holds by the letter, as the taper had succeeded.
    """

    a: Days
    b: Days
    c1: Days
    c2: Days
    adjudicate: Days

    @property
    def day(self) -> Days:
        """The first day on which GVHD was steroid-resistant; NEVER if it was not."""
        return np.minimum.reduce((self.a, self.b, self.c1, self.c2))

    @property
    def criterion(self) -> Codes:
        """The criterion met first, index in `CRITERIA`; on one day the earlier in the order A, B, C1, C2."""
        first = np.argmin((self.a, self.b, self.c1, self.c2), axis=0) + 1
        return np.where(self.day == NEVER, 0, first).astype(np.int8)


class EbmtResistance(NamedTuple):
    """Day on which each EBMT-NIH-CIBMTR code was first met, int32 [n_subjects]; NEVER where it was not."""

    refractory_progression: Days
    refractory_no_improvement: Days
    refractory_incomplete_28d: Days
    dependent_no_taper: Days
    dependent_flare: Days


def resistance(course: SteroidCourse, rules: ResistanceRules = DEFAULT_RULES) -> Resistance:
    """Steroid resistance by the criteria of the index trial.

    A: after 3 full days some organ is worse than at steroid start. B: after 7 full days no organ is better, or one is
    worse. Both are judged while the full dose goes on, the day after its last day included; later it is the taper.
    Steroid start is the last complete staging on or before day 0; B needs a complete staging, or an organ known worse.
    C1: in the taper the dose was raised to 2 mg/kg or more. C2: in the taper, before 7 days in a row below 0.5 mg/kg,
    the dose was raised again, or a due step was withheld for active GVHD, at 0.5 mg/kg or more. The taper begins with
    the first lower dose and is over after 7 days in a row without steroid.
    """
    n = course.offsets.size - 1
    start = _steroid_start(course, course.mg_per_kg, rules.full_dose)
    staged = _against_start(course, start)
    in_full_dose = staged.elapsed <= start.full_days[staged.subject]
    worse = in_full_dose & (staged.elapsed >= rules.worse_after) & staged.worse
    not_better = staged.worse | (staged.complete & staged.active & ~staged.improved)
    unchanged = in_full_dose & (staged.elapsed >= rules.no_better_after) & not_better

    taper = _taper(course, rules)
    subject, rows = taper.subject, np.arange(course.day.size)
    raised_fully = taper.raised & (course.mg_per_kg >= rules.raised_to) & ~taper.over
    reached = run_length((course.mg_per_kg < rules.low_dose) & taper.begun, subject) >= rules.low_days
    success = first_row(subject, n, reached)[subject]
    succeeded = (success != NO_ROW) & (rows > success)
    held_up = (taper.raised | (taper.begun_before & course.withheld)) & (course.mg_per_kg >= rules.low_dose)
    return Resistance(
        a=first_day(course.staging_day, staged.subject, n, worse),
        b=first_day(course.staging_day, staged.subject, n, unchanged),
        c1=first_day(course.day, subject, n, raised_fully),
        c2=first_day(course.day, subject, n, held_up & ~succeeded),
        adjudicate=first_day(course.day, subject, n, held_up & taper.raised & succeeded & ~raised_fully),
    )


def ebmt_resistance(course: SteroidCourse, rules: ResistanceRules = DEFAULT_RULES) -> EbmtResistance:
    """Refractory and dependent GVHD by EBMT-NIH-CIBMTR 2018, whose doses are printed in prednisone (x 5/4).

    refractory_progression: some organ worse than at the start at a staging on day 3 to 5 of full dose.
    refractory_no_improvement: no organ better at the last complete staging on day 5 to 7 of full dose.
    refractory_incomplete_28d: some organ above stage 0 after more than 28 days with steroid.
    dependent_no_taper: after improvement and at least 7 days, a due step from full dose was withheld for active GVHD.
    dependent_flare: in the taper, some organ above its lowest stage since the start.
    """
    n = course.offsets.size - 1
    prednisone = half_up(course.mg_per_kg * float(METHYLPREDNISOLONE_TO_PREDNISONE), DECIMALS)
    start = _steroid_start(course, prednisone, EBMT_FULL_DOSE_PREDNISONE)
    staged = _against_start(course, start)
    subject, elapsed, of_staging = subject_of_rows(course.offsets), staged.elapsed, staged.subject
    in_full_dose = elapsed <= start.full_days[of_staging]

    progression = in_full_dose & (elapsed >= 3) & (elapsed <= 5) & staged.worse
    week = in_full_dose & (elapsed >= 5) & (elapsed <= 7) & staged.complete
    last = last_row(of_staging, n, week)
    unimproved = week & ~staged.improved & staged.active & (np.arange(week.size) == last[of_staging])
    incomplete = staged.active & (elapsed > 28) & (elapsed <= start.steroid_days[of_staging])

    better = first_day(course.staging_day, of_staging, n, staged.improved & ~staged.worse & (elapsed >= 0))
    earliest = np.maximum(better, np.where(start.day == NEVER, NEVER, start.day + 7))
    no_taper = course.withheld & (prednisone >= EBMT_FULL_DOSE_PREDNISONE) & (course.day >= earliest[subject])

    taper = _taper(course, rules)
    began = first_day(course.day, subject, n, taper.begun)
    ended = first_day(course.day, subject, n, taper.over)
    since_start = np.where((course.stages >= 0) & (elapsed >= 0), course.stages, 4)
    lowest = running_lowest(np.minimum(since_start, np.where(staged.start < 0, 4, staged.start)), of_staging)
    flared = (course.stages > lowest).any(axis=0) & (course.staging_day < ended[of_staging])
    flare = flared & (course.staging_day > began[of_staging]) & (elapsed > 0)
    return EbmtResistance(
        refractory_progression=first_day(course.staging_day, of_staging, n, progression),
        refractory_no_improvement=first_day(course.staging_day, of_staging, n, unimproved),
        refractory_incomplete_28d=first_day(course.staging_day, of_staging, n, incomplete),
        dependent_no_taper=first_day(course.day, subject, n, no_taper),
        dependent_flare=first_day(course.staging_day, of_staging, n, flare),
    )


class _Start(NamedTuple):
    """Day 0 of each subject (NEVER if none), full days in a row from it, and days in a row with any steroid."""

    day: Days
    full_days: NDArray[np.int64]
    steroid_days: NDArray[np.int64]


def _steroid_start(course: SteroidCourse, dose: Floats, full_dose: float) -> _Start:
    subject, n = subject_of_rows(course.offsets), course.offsets.size - 1
    first = first_row(subject, n, dose >= full_dose)
    after = (first != NO_ROW)[subject] & (np.arange(dose.size) > first[subject])

    def days_until(ended: Flags) -> NDArray[np.int64]:
        end = first_row(subject, n, after & ended)
        return np.where(first == NO_ROW, 0, np.where(end == NO_ROW, course.offsets[1:], end) - first)

    return _Start(take(course.day, first, NEVER), days_until(~(dose >= full_dose)), days_until(~(dose > 0)))


class _Staged(NamedTuple):
    """Each staging against the one at steroid start: `start` int8 [4, n_stagings], the others [n_stagings]."""

    subject: NDArray[np.int64]
    elapsed: NDArray[np.int64]
    start: Stages
    worse: Flags
    improved: Flags
    complete: Flags
    active: Flags


def _against_start(course: SteroidCourse, start: _Start) -> _Staged:
    subject, n = subject_of_rows(course.staging_offsets), course.staging_offsets.size - 1
    stages, dated = course.stages, course.staging_day != UNKNOWN
    complete = np.min(stages, axis=0) >= 0
    at_start = last_row(subject, n, dated & complete & (course.staging_day <= start.day[subject]))
    base = np.array([take(organ, at_start, MISSING) for organ in stages])[:, subject]
    return _Staged(
        subject=subject,
        elapsed=np.where(dated, course.staging_day.astype(np.int64) - start.day[subject], -1),
        start=base,
        worse=np.logical_or.reduce((stages > base) & (base >= 0)),
        improved=np.logical_or.reduce((stages < base) & (stages >= 0)),
        complete=complete & (base >= 0).all(axis=0),
        active=np.logical_or.reduce(stages > 0),
    )


class _Taper(NamedTuple):
    """The taper day by day, arrays [n_days]: begun by that day, begun before it, raised again, over."""

    subject: NDArray[np.int64]
    begun: Flags
    begun_before: Flags
    raised: Flags
    over: Flags


def _taper(course: SteroidCourse, rules: ResistanceRules) -> _Taper:
    subject, n, dose = subject_of_rows(course.offsets), course.offsets.size - 1, course.mg_per_kg
    rows = np.arange(dose.size)
    highest = -running_lowest(-np.nan_to_num(dose), subject)
    first = first_row(subject, n, dose < (1 - rules.noise) * highest)[subject]
    begun = (first != NO_ROW) & (rows >= first)
    begun_before = begun & (rows > first)
    lowest = running_lowest(np.where(begun & ~np.isnan(dose), dose, ABOVE_EVERY_DOSE), subject)
    raised = begun_before & (dose > (1 + rules.noise) * np.roll(lowest, 1))
    off = first_row(subject, n, run_length((dose == 0) & begun, subject) >= rules.low_days)[subject]
    return _Taper(subject, begun, begun_before, raised, (off != NO_ROW) & (rows >= off))


def run_length(rows: Flags, subject: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many chosen rows in a row end at each row, within its subject; 0 where the row is not chosen."""
    place = np.arange(rows.size)
    broken = ~rows
    first_of_subject = np.searchsorted(subject, subject)
    return place - np.maximum(np.maximum.accumulate(np.where(broken, place, -1)), first_of_subject - 1)


def running_lowest(values: np.ndarray, subject: NDArray[np.int64]) -> Floats:
    """The lowest of the values (doses or stages, three decimals) so far of each subject, along the last axis."""
    # Thousandths as whole numbers, each subject on a floor of its own, so that one exact pass serves all subjects.
    floor = subject * np.int64(2**40)
    thousandths = np.rint(np.asarray(values, np.float64) * 1000).astype(np.int64)
    return (floor - np.maximum.accumulate(floor - thousandths, axis=-1)) / 1000
