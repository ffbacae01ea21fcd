"""Chronic GVHD: diagnosis, organ scores and global severity.

Scores are int8 0-3, -1 not known; the eight organs stand in the order of `ORGANS`. Answers are 1 yes, 0 no, -1 not
known.

Source: Jagasia et al. 2015, Biol Blood Marrow Transplant 21:389-401 (NIH consensus 2014); global severity as restated
in the NCI Thesaurus. Choices of ours are said where they are made.
Checked: by hand, every worked example (tests/spec/cgvhd).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from equipoise.arrays import MISSING, UNKNOWN, Codes, Days, Flags, Floats
from equipoise.state.limits import above, all_yes, any_yes, at_least, compared, limits, opposite, settled, step
from equipoise.state.rounding import half_up

ORGANS = ("SKIN", "MOUTH", "EYES", "GI", "LIVER", "LUNG", "JOINTS", "GENITAL")
LUNG = ORGANS.index("LUNG")
DIAGNOSES = ("NONE", "CLASSIC", "OVERLAP")
SEVERITIES = ("NONE", "MILD", "MODERATE", "SEVERE")
ACUTE_CATEGORIES = ("CLASSIC", "PERSISTENT", "RECURRENT", "LATE_ONSET")

# fmt: off
# Organ score                     1             2            3
SKIN_BSA_PERCENT  = limits(   above(0),     above(18),    above(50))
#                           none, superficial, deep (hidebound, immobile or ulcerated), not known
SKIN_SCLEROSIS    = np.array([0,       2,       3,                                     MISSING], np.int8)
#                        steps of FEV1 from below: <= 39, 40 - 59, 60 - 79, >= 80
LUNG_FEV1_PERCENT = limits(at_least(40), at_least(60), at_least(80))
LUNG_SCORE        = np.array([3, 2, 1, 0, MISSING], np.int8)
GI_WEIGHT_LOSS    = limits(   above(0),    at_least(5),   above(15))
# fmt: on
LIVER_BILIRUBIN_ABOVE = 3.0  # mg/dL: score 3
LIVER_ALT_HIGH, LIVER_ALT_RAISED, LIVER_ALP_RAISED = 5, 3, 3  # times the upper limit: score 2, 1, 1


def clinical_bos(
    *,
    fev1_vc: Floats,
    fev1_percent: Floats,
    fev1_fall: Floats,
    corrected: Codes,
    infection: Codes,
    air_trapping: Codes,
    rv_percent: Floats,
    diagnostic_elsewhere: Codes,
) -> Codes:
    """Clinical bronchiolitis obliterans syndrome: 1, 0, -1.

    All of: FEV1/VC below 0.7; FEV1 below 75 % of predicted after a fall of 10 points or more within two years, not
    corrected by salbutamol; no infection; and air trapping on CT or residual volume above 120 % of predicted, which a
    diagnostic sign in another organ makes unnecessary.

    Args:
        fev1_vc: ratio; fev1_percent, rv_percent: % of predicted; fev1_fall: points; float64 [n].
        corrected, infection, air_trapping, diagnostic_elsewhere: answers, int8 [n].
    """
    return all_yes(
        compared(fev1_vc < 0.7, fev1_vc),
        compared(fev1_percent < 75, fev1_percent),
        compared(fev1_fall >= 10, fev1_fall),
        opposite(corrected),
        opposite(infection),
        any_yes(air_trapping, compared(rv_percent > 120, rv_percent), diagnostic_elsewhere),
    )


def diagnosis(diagnostic: Codes, distinctive: Codes, confirmed: Codes, acute: Codes, bos: Codes | None = None) -> Codes:
    """Chronic GVHD: 0 none, 1 classic, 2 overlap (features of acute GVHD too), -1 not known; int8 [n].

    One diagnostic sign is enough; a distinctive one must be confirmed by biopsy, laboratory, lung function, specialist
    or imaging. Clinical bronchiolitis obliterans confirms a distinctive sign of another organ. The time after
    transplant does not decide.

    Args:
        diagnostic, distinctive, confirmed, acute: answers, int8 [n]; what has another cause is left out before.
        bos: clinical bronchiolitis obliterans (`clinical_bos`), answer; None: none.
    """
    confirmation = confirmed if bos is None else any_yes(confirmed, bos)
    chronic = any_yes(diagnostic, all_yes(distinctive, confirmation))
    kind = np.array([1, 2, MISSING], np.int8)[acute]
    return np.where(chronic == 1, kind, chronic)


def acute_category(first_onset: Days, episode_onset: Days, assessed: Days, late_after: int = 100) -> Codes:
    """Acute GVHD by time: 0 classic, 1 persistent, 2 recurrent, 3 late onset, -1 not known; int8 [n].

    Args:
        first_onset, episode_onset, assessed: first acute GVHD, start of this episode, and day of assessment; elapsed
            days since transplant, int32 [n].
        late_after: the last day that is not late.
    """
    known = (first_onset != UNKNOWN) & (episode_onset != UNKNOWN) & (assessed != UNKNOWN)
    early = np.where(episode_onset > late_after, 2, np.where(assessed > late_after, 1, 0))
    return np.where(known, np.where(first_onset > late_after, 3, early), MISSING).astype(np.int8)


def skin_score(bsa: Floats, sclerosis: Codes) -> Codes:
    """Skin score: the higher of body surface (%, above 18 is score 2) and sclerosis (0 none, 1 superficial, 2 deep)."""
    by_area, by_sclerosis = step(bsa, SKIN_BSA_PERCENT), SKIN_SCLEROSIS[sclerosis]
    return _highest(by_area, by_sclerosis)


def liver_score(bilirubin: Floats, bilirubin_uln: Floats, alt_x_uln: Floats, alp_x_uln: Floats) -> Codes:
    """Liver score from bilirubin and its upper limit (mg/dL), and ALT and alkaline phosphatase (times upper limit).

    ALT of exactly 3 or 5 times the limit is score 1 [a convention of ours]. -1 where a missing value decides; int8 [n].
    """
    raised = compared(bilirubin > bilirubin_uln, bilirubin, bilirubin_uln)
    three = compared(bilirubin > LIVER_BILIRUBIN_ABOVE, bilirubin)
    two = any_yes(three, raised, compared(alt_x_uln > LIVER_ALT_HIGH, alt_x_uln))
    one = any_yes(
        two, compared(alt_x_uln >= LIVER_ALT_RAISED, alt_x_uln), compared(alp_x_uln >= LIVER_ALP_RAISED, alp_x_uln)
    )
    return _score_of_answers(one, two, three)


def gi_score(
    *,
    symptoms: Codes,
    weight_loss: Floats,
    moderate_diarrhoea: Codes,
    severe_diarrhoea: Codes,
    mostly_supplements: Codes,
    dilation: Codes,
) -> Codes:
    """GI score from symptoms, weight loss over three months (%), diarrhoea, calories by supplement, dilation; int8 [n].

    Args:
        weight_loss: float64 [n]; 5 to 15 % is score 2.
        symptoms, moderate_diarrhoea (not limiting daily life), severe_diarrhoea (limiting it), mostly_supplements,
            dilation (of the oesophagus): answers, int8 [n].
    """
    lost = step(weight_loss, GI_WEIGHT_LOSS)
    three = any_yes(_reaches(lost, 3), severe_diarrhoea, mostly_supplements, dilation)
    two = any_yes(three, _reaches(lost, 2), moderate_diarrhoea)
    one = any_yes(two, symptoms, _reaches(lost, 1))
    return _score_of_answers(one, two, three)


def lung_score(fev1_percent: Floats, symptoms: Codes) -> Codes:
    """Lung score: by FEV1 (% of predicted, rounded to a whole number) where it was measured, else by symptoms (0-3)."""
    by_fev1 = LUNG_SCORE[step(half_up(fev1_percent), LUNG_FEV1_PERCENT)]
    return np.where(np.isnan(fev1_percent), symptoms, by_fev1).astype(np.int8)


class GlobalSeverity(NamedTuple):
    """Severity 0 none, 1 mild, 2 moderate, 3 severe, with missing organs at 0; int8 [n].

    lower_bound: whether a missing organ could make it worse, bool [n].
    """

    severity: Codes
    lower_bound: Flags


def global_severity(scores: Codes, excluded: Flags | None = None) -> GlobalSeverity:
    """Global severity from the eight organ scores.

    Severe: an organ at 3, or lung at 2. Moderate: another organ at 2, lung at 1, or three organs involved. Mild: one or
    two organs at 1. Performance status does not enter.

    Args:
        scores: int8 [8, n], -1 not known (often the lung, without a lung function test).
        excluded: organs wholly explained by another documented cause, bool [8, n]; they are left out.
    """
    scores = scores if excluded is None else np.where(excluded, np.int8(0), scores)
    low = _severity(np.where(scores < 0, 0, scores))
    high = _severity(np.where(scores < 0, 3, scores))
    return GlobalSeverity(low, low != high)


def _severity(scores: Codes) -> Codes:
    lung = scores[LUNG]
    worst, involved = scores.max(axis=0), (scores >= 1).sum(axis=0)
    severe = (worst == 3) | (lung >= 2)
    moderate = (worst == 2) | (lung == 1) | (involved >= 3)
    return np.where(severe, 3, np.where(moderate, 2, np.where(involved >= 1, 1, 0))).astype(np.int8)


def _reaches(score: Codes, at: int) -> Codes:
    return np.where(score < 0, MISSING, score >= at).astype(np.int8)


def _highest(first: Codes, second: Codes) -> Codes:
    """The higher of two scores; where one is missing, known only if the other is 3."""
    high = np.where((first < 0) | (second < 0), np.int8(3), np.maximum(first, second))
    return settled(np.maximum(first, second), high)


def _score_of_answers(one: Codes, two: Codes, three: Codes) -> Codes:
    """The score from whether 1, 2 and 3 are reached; each answer includes the higher ones."""
    low = (one == 1).astype(np.int8) + (two == 1) + (three == 1)
    high = (one != 0).astype(np.int8) + (two != 0) + (three != 0)
    return settled(low, high).astype(np.int8)
