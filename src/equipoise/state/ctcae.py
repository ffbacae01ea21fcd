"""Adverse events: laboratory grades, treatment-emergent grades, and the window of infusion-related events.

Grades are int8 0-4, -1 where a value or a reference limit that decides is missing; grade 5 (death) never comes from a
laboratory value. A printed range "< a - b" holds b <= x < a, and "> a - b" holds a < x <= b.

Sources: NCI CTCAE version 4.03 (2010); the haematological grades of the index trial, Zhao et al. 2022, J Hematol Oncol
15:22, whose platelet limits are not those of CTCAE.
Checked: by hand, every printed boundary and worked example (tests/spec/ctcae).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.arrays import MISSING, Codes, Floats
from equipoise.state.limits import all_yes, any_yes, compared, settled
from equipoise.state.rounding import half_up

CTCAE_VERSION = "4.03"

LLN = np.inf  # printed as "< LLN": below the local lower limit of normal
NONE = -np.inf  # there is no such grade: no value is below it

# fmt: off
# Grade if the value is below                     1     2     3     4
BELOW = {
    "ctcae_4_03": {
        "anc_1e9_l":         (LLN,  1.5,  1.0,  0.5),
        "platelets_1e9_l":   (LLN,   75,   50,   25),
        "wbc_1e9_l":         (LLN,  3.0,  2.0,  1.0),
        "lymphocytes_1e9_l": (LLN,  0.8,  0.5,  0.2),
        "hemoglobin_g_l":    (LLN,  100,   80, NONE),  # grade 4 is clinical
    },
    "index_paper": {
        "anc_1e9_l":         (NONE, NONE,  1.0,  0.5),
        "platelets_1e9_l":   (NONE, NONE,   30,   20),
    },
}
# Grade if the value, in multiples of the upper limit of normal, is above
ABOVE_ULN = {
    "alt":               (1,    3,    5,   20),
    "ast":               (1,    3,    5,   20),
    "bilirubin_total":   (1,  1.5,    3,   10),
    "alp":               (1,  2.5,    5,   20),
    "ggt":               (1,  2.5,    5,   20),
    "creatinine":        (1,  1.5,    3,    6),
}
# Grade if the value, in multiples of the baseline, is above
ABOVE_BASELINE = {
    "creatinine":        (1,  1.5,    3,  np.inf),
}
# fmt: on
INFUSION_EVENTS = ("NOT_RELATED", "INFUSION_RELATED", "DELAYED")


@dataclass(frozen=True, slots=True, kw_only=True)
class InfusionRules:
    """Hours from the start of an infusion: `related` is that of the index trial, `delayed` a convention of ours."""

    related_hours: float = 6
    delayed_hours: float = 24


DEFAULT_INFUSION_RULES = InfusionRules()


def grade_below(test: str, value: Floats, lln: Floats | None = None, scheme: str = "ctcae_4_03") -> Codes:
    """Grade of a test in which low values are adverse; int8 [n].

    Args:
        test: key of `BELOW[scheme]`, with its unit.
        value: float64 [n]. lln: local lower limit of normal in the same unit, float64 [n]; it decides on grade 1 only.
    """
    steps = np.array(BELOW[scheme][test])[:, np.newaxis]
    reference = np.full(value.shape, np.nan) if lln is None else lln
    known, open_ = steps != LLN, steps == LLN
    met = known & (value < steps)
    below_lln = open_ & (value < reference)
    unknown_lln = open_ & np.isnan(reference)
    return _graded(met | below_lln, met | below_lln | unknown_lln, value)


def grade_above(test: str, x_uln: Floats, x_baseline: Floats | None = None) -> Codes:
    """Grade of a test in which high values are adverse, by CTCAE 4.03; int8 [n].

    Args:
        test: key of `ABOVE_ULN`.
        x_uln: multiples of the local upper limit of normal, float64 [n] (see `multiple`).
        x_baseline: multiples of the baseline value, float64 [n]. For creatinine the higher grade counts; without a
            baseline (NaN, None) that by the upper limit. Version 4.03 uses it for no other test.
    """
    grade = _above(ABOVE_ULN[test], x_uln)
    if x_baseline is None or test not in ABOVE_BASELINE:
        return grade
    by_baseline = _above(ABOVE_BASELINE[test], x_baseline)
    return np.where(grade < 0, grade, np.maximum(grade, by_baseline))


def multiple(value: Floats, reference: Floats) -> Floats:
    """Value as a multiple of a limit or a baseline, such that 3.6 is exactly 3 times 1.2; NaN where one is missing."""
    return half_up(value / np.where(reference > 0, reference, np.nan), 9)


def haematological_grade(neutrophils: Codes, platelets: Codes) -> Codes:
    """The worse of two grades, as the index trial counts; known without the other one only at grade 4; int8 [n]."""
    low = np.maximum(neutrophils, platelets)
    return settled(low, np.where((neutrophils < 0) | (platelets < 0), np.int8(4), low))


def febrile_neutropenia(anc: Floats, temperature: Floats, hours_at_38: Floats) -> Codes:
    """Grade 3 with neutrophils below 1.0 x 10^9/L and fever: above 38.3 C once, or 38 C and more for over an hour.

    Args:
        anc: 10^9/L; temperature: highest, C; hours_at_38: hours at 38 C or more; float64 [n].

    Returns:
        3, 0 or -1, int8 [n]; grade 4 is clinical.
    """
    fever = any_yes(compared(temperature > 38.3, temperature), compared(hours_at_38 > 1, hours_at_38))
    return np.array([0, 3, MISSING], np.int8)[all_yes(compared(anc < 1.0, anc), fever)]


def absolute_neutrophils(wbc: Floats, neutrophil_percent: Floats, band_percent: Floats) -> Floats:
    """Neutrophil count from white cells (same unit) and the parts of segmented and band forms in percent."""
    return wbc * (neutrophil_percent + band_percent) / 100


def treatment_emergent(grade: Codes, baseline_grade: Codes) -> Codes:
    """Whether a grade is worse than at baseline: 1, 0, or -1 where a missing grade decides; int8 [n].

    Grade 0 is never treatment-emergent; grade 4 at baseline cannot get worse but by death.
    """
    worse = (grade > 0) & (grade > baseline_grade)
    unknown = (grade < 0) | ((baseline_grade < 0) & (grade > 0))
    return np.where(unknown, MISSING, worse).astype(np.int8)


def infusion_event(
    onset_minute: NDArray[np.int64],
    start_minute: NDArray[np.int64],
    rules: InfusionRules = DEFAULT_INFUSION_RULES,
) -> Codes:
    """An event by its onset after the start of an infusion: 0 not related, 1 infusion-related, 2 delayed; int8 [n].

    Args:
        onset_minute, start_minute: minutes on one scale, int64 [n]. Both ends of the window are inside.
    """
    hours = (onset_minute - start_minute) / 60
    late = np.where(hours <= rules.delayed_hours, 2, 0)
    return np.where(hours < 0, 0, np.where(hours <= rules.related_hours, 1, late)).astype(np.int8)


def _above(starts: tuple[float, ...], times: Floats) -> Codes:
    met = times > np.array(starts)[:, np.newaxis]
    return _graded(met, met, times)


def _graded(met: np.ndarray, perhaps: np.ndarray, value: Floats) -> Codes:
    """The highest grade met, [4, n] to [n]; -1 where the value is missing or where it is open which grade is met."""
    grades = np.arange(1, 5, dtype=np.int8)[:, np.newaxis]
    low, high = (grades * met).max(axis=0), (grades * perhaps).max(axis=0)
    return np.where(np.isnan(value), MISSING, settled(low, high))
