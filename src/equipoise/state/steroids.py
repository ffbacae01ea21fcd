"""Systemic steroids: methylprednisolone equivalents by day and kg, and the taper schedule.

Sources: standard table of equal anti-inflammatory doses (hydrocortisone 20 mg = cortisone 25 = prednisone 5 =
prednisolone 5 = methylprednisolone 4 = triamcinolone 4 = dexamethasone 0.75 = betamethasone 0.75); the taper is that of
the index trial, Zhao et al. 2022, J Hematol Oncol 15:22, in its two readings.
Checked: by hand (tests/spec/steroids).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import NamedTuple

import numpy as np

from equipoise.arrays import NEVER, UNKNOWN, Codes, Days, Floats, Offsets
from equipoise.state.rounding import half_up
from equipoise.state.segments import subject_of_rows

# mg of methylprednisolone in 1 mg; the order is that of the code list STEROID.
FACTOR_TO_METHYLPREDNISOLONE = {
    "METHYLPREDNISOLONE": Fraction(1),
    "PREDNISONE": Fraction(4, 5),
    "PREDNISOLONE": Fraction(4, 5),
    "HYDROCORTISONE": Fraction(1, 5),
    "DEXAMETHASONE": Fraction(16, 3),
    "BETAMETHASONE": Fraction(16, 3),
    "CORTISONE": Fraction(4, 25),
    "TRIAMCINOLONE": Fraction(1),
}
STEROIDS = tuple(FACTOR_TO_METHYLPREDNISOLONE)
METHYLPREDNISOLONE_TO_PREDNISONE = Fraction(5, 4)
DECIMALS = 3
"""mg/kg are rounded half up to so many decimals before they are compared with a threshold."""

# Factors as whole numbers of 1/PARTS, so that a sum is rounded once, at the end; -1 (drug not known) gives NaN.
PARTS = lcm(*(factor.denominator for factor in FACTOR_TO_METHYLPREDNISOLONE.values()))
_PARTS_OF_DRUG = np.array([float(factor * PARTS) for factor in FACTOR_TO_METHYLPREDNISOLONE.values()] + [np.nan])

ROUTES = ("IV", "ORAL", "TOPICAL", "INHALED", "ENTERIC", "OTHER")
NOT_SYSTEMIC = ("TOPICAL", "INHALED", "ENTERIC")
# 1 systemic, 0 not (factor 0); -1 (route not known) gives NaN.
_SYSTEMIC = np.array([float(route not in NOT_SYSTEMIC) for route in ROUTES] + [np.nan])


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyDoses:
    """Methylprednisolone equivalents of every day of each subject, without gaps.

    offsets: int64 [n_subjects + 1]. day: int32 [n_rows], each one more than the row before within a subject.
    mg: mg/day; mg_per_kg: mg/kg/day, rounded half up to three decimals; float64 [n_rows]. A day without steroid is 0;
    NaN is a day whose dose or weight is not known.
    """

    offsets: Offsets
    day: Days
    mg: Floats
    mg_per_kg: Floats


class DailyAmounts(NamedTuple):
    """Methylprednisolone equivalents of every day of each subject: `offsets`, `day`, `mg` as in `DailyDoses`."""

    offsets: Offsets
    day: Days
    mg: Floats


def methylprednisolone_mg(drug: Codes, dose_mg: Floats, route: Codes | None = None) -> Floats:
    """Methylprednisolone equivalent of each dose in mg; NaN where drug, dose or route is missing.

    Args:
        drug: index in `STEROIDS`, int8 [n]. dose_mg: float64 [n].
        route: index in `ROUTES`, int8 [n]; topical, inhaled and enteric steroids count 0. None: all are systemic.
    """
    return _parts(drug, dose_mg, route) / PARTS


def mg_per_kg(mg: Floats, weight_kg: Floats) -> Floats:
    """Dose per kg, rounded half up to three decimals as it is compared with thresholds."""
    return half_up(mg / weight_kg, DECIMALS)


def daily_amounts(
    *,
    drug: Codes,
    dose_mg: Floats,
    start: Days,
    stop: Days,
    offsets: Offsets,
    first_day: Days,
    last_day: Days,
    route: Codes | None = None,
) -> DailyAmounts:
    """Sum of all systemic steroids of each calendar day in mg; arguments as in `daily_doses`."""
    length = np.maximum(last_day.astype(np.int64) - first_day + 1, 0)
    day_offsets = np.concatenate(([0], np.cumsum(length)))
    subject = subject_of_rows(day_offsets)
    day = (first_day[subject] + np.arange(day_offsets[-1]) - day_offsets[subject]).astype(np.int32)

    of_row = subject_of_rows(offsets)
    parts = np.where((start == UNKNOWN) | (stop == UNKNOWN), np.nan, _parts(drug, dose_mg, route))
    begin = np.maximum(start, first_day[of_row]).astype(np.int64)
    end = np.minimum(np.where(stop == UNKNOWN, NEVER, stop), last_day[of_row]).astype(np.int64)
    days_of_row = np.maximum(end - begin + 1, 0)
    place = np.arange(days_of_row.sum()) - np.repeat(np.cumsum(days_of_row) - days_of_row, days_of_row)
    place += np.repeat(day_offsets[of_row] + begin - first_day[of_row], days_of_row)
    total = np.bincount(place, weights=np.repeat(parts, days_of_row), minlength=day.size)
    return DailyAmounts(day_offsets, day, total / PARTS)


def daily_doses(
    *,
    drug: Codes,
    dose_mg: Floats,
    start: Days,
    stop: Days,
    offsets: Offsets,
    first_day: Days,
    last_day: Days,
    weight_kg: Floats,
    weight_day: Days,
    weight_offsets: Offsets,
    route: Codes | None = None,
    weight_max_age: int = 7,
) -> DailyDoses:
    """Sum of all systemic steroids of each calendar day, in methylprednisolone equivalents.

    Args:
        drug, dose_mg (mg/day), route: one row for each period at one dose, as in `methylprednisolone_mg`.
        start, stop: first and last day at that dose, int32 [n_rows]; stop NEVER goes on. Where one is UNKNOWN, the dose
            of every day that the period may hold is not known.
        offsets: rows of each subject. first_day, last_day: days wanted of each subject, int32 [n_subjects].
        weight_kg, weight_day, weight_offsets: weights, by day ascending within a subject.
        weight_max_age: the last weight is used for so many days [a convention of ours]; older ones give NaN per kg.
    """
    day_offsets, day, mg = daily_amounts(
        drug=drug,
        dose_mg=dose_mg,
        start=start,
        stop=stop,
        offsets=offsets,
        first_day=first_day,
        last_day=last_day,
        route=route,
    )
    subject = subject_of_rows(day_offsets)
    weight = last_weight(day, subject, weight_kg, weight_day, weight_offsets, weight_max_age)
    return DailyDoses(offsets=day_offsets, day=day, mg=mg, mg_per_kg=np.where(mg == 0, 0.0, mg_per_kg(mg, weight)))


def last_weight(
    day: Days, subject: np.ndarray, weight_kg: Floats, weight_day: Days, weight_offsets: Offsets, max_age: int
) -> Floats:
    """The last weight known on each day, NaN if it is more than `max_age` days old; float64 of the shape of `day`."""
    if weight_kg.size == 0:
        return np.full(day.shape, np.nan)
    # One ascending key for (subject, day), so that one search serves all subjects.
    span = np.int64(2) ** 33
    known = np.flatnonzero(~np.isnan(weight_kg) & (weight_day != UNKNOWN))
    owner = subject_of_rows(weight_offsets)
    key = owner[known] * span + weight_day[known]
    at = np.searchsorted(key, subject * span + day, side="right") - 1
    row = known[np.maximum(at, 0)] if known.size else np.zeros(day.shape, np.int64)
    fresh = (at >= 0) & (owner[row] == subject) & (day - weight_day[row].astype(np.int64) <= max_age)
    return np.where(fresh, weight_kg[row], np.nan)


def _parts(drug: Codes, dose_mg: Floats, route: Codes | None) -> Floats:
    """Methylprednisolone equivalent of each dose in mg / PARTS: whole numbers stay whole."""
    parts = dose_mg * _PARTS_OF_DRUG[drug]
    return parts if route is None else np.where(_SYSTEMIC[route] == 0, 0.0, parts * _SYSTEMIC[route])


@dataclass(frozen=True, slots=True, kw_only=True)
class Taper:
    """A taper as a table: `percent[k]` of the starting dose from `sl_day[k]` on; SL day 1 is elapsed 0."""

    sl_day: tuple[int, ...]
    percent: tuple[float, ...]

    def percent_on(self, elapsed: Days) -> Floats:
        """Percent of the starting dose due on a day counted from second-line start (elapsed 0 is SL day 1)."""
        steps = np.searchsorted(np.array(self.sl_day), np.asarray(elapsed) + 1, side="right")
        return np.array([100.0, *self.percent])[steps]

    def dose_on(self, elapsed: Days, starting_mg_per_kg: Floats) -> Floats:
        """Dose due in mg/kg/day, rounded half up to three decimals."""
        return half_up(starting_mg_per_kg * self.percent_on(elapsed) / 100, DECIMALS)


# "30 % every 5 days" from the day after the second basiliximab dose: of the starting dose (L), or of the current dose
# (G), which never ends by itself and is stopped four weeks after its first step.
TAPER_L = Taper(sl_day=(4, 9, 14, 19), percent=(70, 40, 10, 0))
TAPER_G = Taper(sl_day=(4, 9, 14, 19, 24, 31), percent=(70, 49, 34.3, 24.01, 16.807, 0))
TAPERS = {"L": TAPER_L, "G": TAPER_G}
