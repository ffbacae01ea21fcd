"""Acute GVHD: organ stages from measurements, and the overall grade.

Organs stand in the order skin, liver, upper GI, lower GI; the stages of many assessments are int8 [4, n_assessments],
so that `overall_grade(*stages)` reads one column an organ. -1 is an organ that was not evaluable: a measurement that is
missing never becomes stage 0. Answers (bullae, blood, ...) are int8 1 yes, 0 no, -1 not known.

Sources: MAGIC criteria, Harris et al. 2016, Biol Blood Marrow Transplant 22:4-10, with the adult and child tables of
PDQ (NCI); modified Glucksberg, Przepiorka et al. 1995; severity index, Rowlings et al. 1997. Conventions of ours are
the fields of `StagingRules`.
Checked: by hand, every printed boundary and every worked example (tests/spec/gvhd).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from equipoise.arrays import MISSING, Codes, Flags, Floats, Stages
from equipoise.errors import RecordError
from equipoise.state.limits import above, all_yes, any_yes, at_least, compared, limits, settled, step
from equipoise.state.rounding import half_up

ORGANS = ("skin", "liver", "upper_gi", "lower_gi")
GRADES = ("0", "I", "II", "III", "IV")
IBMTR_INDEXES = ("0", "A", "B", "C", "D")
BILIRUBIN_UNITS = ("mg/dL", "umol/L")
ATTRIBUTIONS = ("GVHD", "MIXED", "NOT_GVHD", "UNKNOWN")
NOT_GVHD = ATTRIBUTIONS.index("NOT_GVHD")

# fmt: off
# Organ stage                                1               2               3              4
SKIN_BSA_PERCENT        = limits(     above(0),   at_least(25),      above(50))
LIVER_MG_DL             = limits(at_least(2.0),  at_least(3.1),  at_least(6.1),  at_least(15.1))
LIVER_UMOL_SI_TABLE     = limits( at_least(34),   at_least(51),  at_least(103),   at_least(256))
LOWER_GI_ADULT_ML       = limits(at_least(500), at_least(1000),    above(1500))
LOWER_GI_ADULT_EPISODES = limits(  at_least(3),    at_least(5),    at_least(8))
LOWER_GI_CHILD_ML_KG    = limits( at_least(10),   at_least(20),      above(30))
LOWER_GI_CHILD_EPISODES = limits(  at_least(4),    at_least(7),   at_least(11))
DESQUAMATION_PERCENT_ABOVE = 5
#                              none, intermittent, persistent, not known
UPPER_GI_SYMPTOMS   = np.array([  0,      0,           1,       MISSING], np.int8)

# Stage by the qualitative signs of stage 4:  no, yes, not known
STAGE_3_OR_4       = np.array([               3,   4,  MISSING], np.int8)

# The grade that each organ calls for by itself; the worst one is the overall grade. X: there is no such stage.
X = 9
#                          stage: 0  1  2  3  4
GRADE_OF_STAGE    = np.array([[   0, 1, 1, 2, 4],           # skin
                              [   0, 2, 3, 3, 4],           # liver
                              [   0, 2, X, X, X],           # upper GI
                              [   0, 2, 3, 3, 4]], np.int8) # lower GI
KEYSTONE_OF_STAGE = np.array([[   0, 1, 1, 2, 4],           # skin
                              [   0, 2, 3, 3, 4],           # liver
                              [   0, 2, 3, 3, 3]], np.int8) # gut
IBMTR_OF_STAGE    = np.array([[   0, 1, 2, 3, 4],           # skin
                              [   0, 2, 2, 3, 4],           # liver
                              [   0, 2, 2, 3, 4]], np.int8) # gut
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingRules:
    """Limits that the MAGIC paper leaves open; a protocol may set others.

    `bilirubin_umol_per_mgdl`: umol/L in 1 mg/dL (17.104, used as 17.1). `bilirubin_decimals`: mg/dL are rounded half up
    to so many decimals before staging, which closes the printed gaps (3.0 to 3.1). `si_table`: stage by the cut-offs in
    umol/L of SI tables in circulation instead. `bilirubin_carry_days`: oldest bilirubin that may be used.
    `child_age_below` (years) and `child_weight_to` (kg): both hold for the child's stool limits. `stool_mixed_factor`:
    part of a volume mixed with urine that counts as stool. `stool_days`: fewest days in a three-day stool diary.
    `plausible_mgdl_to`, `plausible_umol_from`: beyond these the unit is probably the other one.
    """

    bilirubin_umol_per_mgdl: float = 17.1
    bilirubin_decimals: int = 1
    si_table: bool = False
    bilirubin_carry_days: int = 3
    child_age_below: float = 18
    child_weight_to: float = 50
    stool_mixed_factor: float = 0.5
    stool_days: int = 2
    plausible_mgdl_to: float = 60
    plausible_umol_from: float = 1.5


DEFAULT_RULES = StagingRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was measured at each assessment; arrays [n_assessments].

    bsa: active rash, % of body surface, float64. erythroderma: generalized, as an answer; None or -1 takes bsa > 50 %.
    bullae: answer. desquamation: % of body surface, float64. bilirubin: total, mg/dL, float64 (see `bilirubin_mgdl`).
    bilirubin_age_days: assessment day minus day drawn, float64; None or NaN: same day. upper_gi: symptoms, 0 none,
    1 intermittent, 2 persistent, -1 not known. stool_ml: mL/day, mean of three days. stool_mixed: with urine, answer;
    only a recorded 1 is halved. stool_days: days in the diary, None or NaN: complete. episodes: a day, mean of three
    days; used where the volume is missing. severe_pain: opioid started or raised and clear impact on performance,
    answer. bloody: grossly bloody stool, answer. age: completed years, weight: kg, both float64.
    attributions: [4, n_assessments], index in `ATTRIBUTIONS`, -1 not known; None: none is attributed to another cause.
    """

    bsa: Floats
    bullae: Codes
    desquamation: Floats
    bilirubin: Floats
    upper_gi: Codes
    stool_ml: Floats
    episodes: Floats
    severe_pain: Codes
    bloody: Codes
    age: Floats
    weight: Floats
    erythroderma: Codes | None = None
    bilirubin_age_days: Floats | None = None
    stool_mixed: Codes | None = None
    stool_days: Floats | None = None
    attributions: Codes | None = None


def organ_stages(findings: Findings, rules: StagingRules = DEFAULT_RULES) -> Stages:
    """MAGIC stages of the four organs, int8 [4, n_assessments]; an organ attributed to another cause is 0."""
    stages = measured_stages(findings, rules)
    return stages if findings.attributions is None else attributed(stages, findings.attributions)


def measured_stages(findings: Findings, rules: StagingRules = DEFAULT_RULES) -> Stages:
    """Stages of the four organs by measurement, whatever the cause; int8 [4, n_assessments]."""
    f = findings
    return np.array(
        (
            skin_stage(f.bsa, f.bullae, f.desquamation, f.erythroderma),
            liver_stage(f.bilirubin, f.bilirubin_age_days, rules=rules),
            upper_gi_stage(f.upper_gi),
            lower_gi_stage(
                stool_ml=f.stool_ml,
                episodes=f.episodes,
                severe_pain=f.severe_pain,
                bloody=f.bloody,
                age=f.age,
                weight=f.weight,
                stool_mixed=f.stool_mixed,
                stool_days=f.stool_days,
                rules=rules,
            ),
        )
    )


def skin_stage(bsa: Floats, bullae: Codes, desquamation: Floats, erythroderma: Codes | None = None) -> Stages:
    """Skin stage: by active rash; 4 only for generalized erythroderma with bullae and desquamation of more than 5 %.

    Args:
        bsa, desquamation: % of body surface, float64 [n].
        bullae, erythroderma: answers, int8 [n]; without `erythroderma`, rash on more than 50 % is generalized.

    Returns:
        int8 [n]. Where rash is above 50 % and a missing answer decides between 3 and 4: -1.

    Raises:
        RecordError: a body surface is below 0 or above 100 %.
    """
    outside = (bsa < 0) | (bsa > 100)
    if outside.any():
        raise RecordError(
            "active rash on {percent:g} % of the body surface is not between 0 and 100",
            rule="GVHD-BSA",
            remedy="correct the assessment form, or record the organ as not done",
            percent=float(bsa[outside][0]),
        )
    stage = step(bsa, SKIN_BSA_PERCENT)
    wide = stage == 3
    if wide.any():
        peeling = compared(desquamation > DESQUAMATION_PERCENT_ABOVE, desquamation)
        severe = all_yes(bullae, peeling)
        if erythroderma is not None:
            severe = np.where(erythroderma == 0, np.int8(0), severe)
        stage = np.where(wide, STAGE_3_OR_4[severe], stage)
    return stage


def bilirubin_mgdl(value: Floats, unit: Codes, rules: StagingRules = DEFAULT_RULES) -> Floats:
    """Total bilirubin in mg/dL from its value and unit (index in `BILIRUBIN_UNITS`); NaN where the unit is missing."""
    factor = np.array([1.0, rules.bilirubin_umol_per_mgdl, np.nan])
    return value / factor[unit]


def implausible_bilirubin(value: Floats, unit: Codes, rules: StagingRules = DEFAULT_RULES) -> Flags:
    """Whether a bilirubin was probably entered in the wrong unit. It is never converted for that reason."""
    return ((unit == 0) & (value > rules.plausible_mgdl_to)) | ((unit == 1) & (value < rules.plausible_umol_from))


def liver_stage(
    bilirubin: Floats, bilirubin_age_days: Floats | None = None, *, rules: StagingRules = DEFAULT_RULES
) -> Stages:
    """Liver stage by total bilirubin in mg/dL, rounded half up first; int8 [n].

    Args:
        bilirubin: mg/dL, float64 [n].
        bilirubin_age_days: days from the blood sample to the assessment; one that is too old, or later than the
            assessment, is missing.
    """
    if bilirubin_age_days is not None:
        stale = (bilirubin_age_days > rules.bilirubin_carry_days) | (bilirubin_age_days < 0)
        bilirubin = np.where(stale, np.nan, bilirubin)
    if rules.si_table:
        return step(half_up(bilirubin * rules.bilirubin_umol_per_mgdl), LIVER_UMOL_SI_TABLE)
    return step(half_up(bilirubin, rules.bilirubin_decimals), LIVER_MG_DL)


def upper_gi_stage(symptoms: Codes) -> Stages:
    """Upper GI stage: 1 for persistent symptoms, 0 for none or intermittent ones (0, 1, 2, -1 not known); int8 [n]."""
    return UPPER_GI_SYMPTOMS[symptoms]


def persistent_upper_gi(anorexia_with_weight_loss: Codes, nausea_days: Floats, vomiting_days: Floats) -> Codes:
    """Whether upper GI symptoms are persistent: 1, 0, -1.

    Args:
        anorexia_with_weight_loss: answer, int8 [n].
        nausea_days: days of nausea in a row; 3 or more are persistent.
        vomiting_days: days in a row with two or more vomiting episodes; 2 or more are persistent.
    """
    return any_yes(
        anorexia_with_weight_loss,
        compared(nausea_days >= 3, nausea_days),
        compared(vomiting_days >= 2, vomiting_days),
    )


def severe_abdominal_pain(opioid_started_or_raised: Codes, impact_on_performance: Codes) -> Codes:
    """Severe abdominal pain needs both an opioid started or raised and a clear impact on performance: 1, 0, -1."""
    return all_yes(opioid_started_or_raised, impact_on_performance)


def three_day_mean(days: Floats, rules: StagingRules = DEFAULT_RULES) -> Floats:
    """Mean of the days present in a three-day diary, float64 [3, n] to [n]; NaN where too few are present."""
    present = ~np.isnan(days)
    count = present.sum(axis=0)
    total = np.where(present, days, 0).sum(axis=0)
    return np.where(count >= rules.stool_days, total / np.maximum(count, 1), np.nan)


def lower_gi_stage(
    *,
    stool_ml: Floats,
    episodes: Floats,
    severe_pain: Codes,
    bloody: Codes,
    age: Floats,
    weight: Floats,
    stool_mixed: Codes | None = None,
    stool_days: Floats | None = None,
    rules: StagingRules = DEFAULT_RULES,
) -> Stages:
    """Lower GI stage: 4 for severe pain or grossly bloody stool at any volume, else by volume, else by episodes.

    Arguments as in `Findings`. Children have limits per kg; where it is open whether the child's limits hold, the stage
    is known only if both tables agree. Returns int8 [n]; -1 also where a missing answer could make it stage 4.
    """
    if stool_mixed is not None:
        stool_ml = np.where(stool_mixed == 1, stool_ml * rules.stool_mixed_factor, stool_ml)
    if stool_days is not None:
        short = stool_days < rules.stool_days
        stool_ml, episodes = np.where(short, np.nan, stool_ml), np.where(short, np.nan, episodes)
    by_amount = _stage_by_amount(stool_ml, episodes, age, weight, rules)
    qualitative = any_yes(severe_pain, bloody)
    return np.where(qualitative == 0, by_amount, STAGE_3_OR_4[qualitative])


def perhaps_young(age: Floats, rules: StagingRules = DEFAULT_RULES) -> Flags:
    """Whether the age leaves it open that the child's limits hold: only then does the weight matter."""
    return ~(age >= rules.child_age_below)


def _stage_by_amount(stool_ml: Floats, episodes: Floats, age: Floats, weight: Floats, rules: StagingRules) -> Stages:
    no_volume = np.isnan(stool_ml)
    # A mean such as 4.5 episodes a day counts as the next whole number.
    whole = np.ceil(half_up(episodes, 6)) if no_volume.any() else None
    adult = step(half_up(stool_ml, 6), LOWER_GI_ADULT_ML)
    if whole is not None:
        adult = np.where(no_volume, step(whole, LOWER_GI_ADULT_EPISODES), adult)
    perhaps_child = perhaps_young(age, rules) & ~(weight > rules.child_weight_to)
    if not perhaps_child.any():
        return adult
    child = step(half_up(stool_ml / weight, 6), LOWER_GI_CHILD_ML_KG)
    if whole is not None:
        child = np.where(no_volume, step(whole, LOWER_GI_CHILD_EPISODES), child)
    surely_child = (age < rules.child_age_below) & (weight <= rules.child_weight_to)
    return np.where(surely_child, child, np.where(perhaps_child, settled(adult, child), adult))


def attributed(stages: Stages, attributions: Codes) -> Stages:
    """MAGIC: an organ whose abnormality has another documented cause is stage 0; every other cause counts in full.

    An organ without a measurement stays -1. Both arguments int8, of one shape.
    """
    return np.where((attributions == NOT_GVHD) & (stages >= 0), np.int8(0), stages)


def keystone_attributed(stages: Stages, attributions: Codes) -> Stages:
    """Keystone: an organ whose abnormality has another documented cause counts one stage less."""
    return np.where((attributions == NOT_GVHD) & (stages > 0), stages - np.int8(1), stages)


class GradeBounds(NamedTuple):
    """The lowest and the highest grade that missing organs leave open; both int8 [n_assessments]."""

    low: Stages
    high: Stages

    @property
    def known(self) -> Flags:
        """Whether the grade is known, bool [n_assessments]."""
        return self.low == self.high

    @property
    def grade(self) -> Stages:
        """The grade where it is known, else -1."""
        return settled(self.low, self.high)


def grade_bounds(skin: Stages, liver: Stages, upper_gi: Stages, lower_gi: Stages) -> GradeBounds:
    """MAGIC grade with missing organs at stage 0 (`low`) and at their highest stage (`high`).

    Args:
        skin, liver, lower_gi: stage 0-4, or -1; int8 [n_assessments].
        upper_gi: stage 0-1, or -1; int8 [n_assessments].
    """
    return _bounds(np.array((skin, liver, upper_gi, lower_gi)), _GRADE_LOOKUP)


def overall_grade(skin: Stages, liver: Stages, upper_gi: Stages, lower_gi: Stages) -> Stages:
    """Overall MAGIC grade 0-4: the worst that any one organ calls for; -1 where missing organs leave it open.

    Arguments as in `grade_bounds`. Returns int8 [n_assessments].
    """
    return grade_bounds(skin, liver, upper_gi, lower_gi).grade


def keystone_grade(
    skin: Stages, liver: Stages, upper_gi: Stages, lower_gi: Stages, *, upper_gi_histology: Codes
) -> Stages:
    """Modified Glucksberg (Keystone) grade 0-4; -1 where missing organs leave it open; int8 [n].

    Args:
        skin, liver, upper_gi, lower_gi: as in `grade_bounds`, after `keystone_attributed`.
        upper_gi_histology: 1 if a biopsy proved the upper GI disease; without it, upper GI does not count.
    """
    upper = np.where(upper_gi_histology == 1, upper_gi, np.int8(0))
    return _bounds(np.array((skin, liver, _gut(lower_gi, upper))), _KEYSTONE_LOOKUP).grade


def ibmtr_index(skin: Stages, liver: Stages, upper_gi: Stages, lower_gi: Stages) -> Stages:
    """IBMTR severity index, 0 and A to D as 0-4 (`IBMTR_INDEXES`); -1 where missing organs leave it open; int8 [n]."""
    return _bounds(np.array((skin, liver, _gut(lower_gi, upper_gi))), _IBMTR_LOOKUP).grade


def _gut(lower_gi: Stages, upper_gi: Stages) -> Stages:
    """One stage for the gut; a missing upper GI matters only where lower GI is 0."""
    worst = np.maximum(lower_gi, upper_gi)
    return np.where((lower_gi < 0) | ((upper_gi < 0) & (lower_gi < 1)), MISSING, worst)


class _Lookup(NamedTuple):
    organ: np.ndarray
    low: np.ndarray
    high: np.ndarray


def _lookup(table: np.ndarray) -> _Lookup:
    """The table with two more columns: no stage (5, reached by -2 too), and the missing stage (-1)."""
    none = np.full((len(table), 1), X, np.int8)
    highest = np.where(table == X, 0, table).max(axis=1, keepdims=True)
    low = np.hstack([table, none, np.zeros_like(none)])
    return _Lookup(np.arange(len(table))[:, np.newaxis], low, np.hstack([table, none, highest]))


_GRADE_LOOKUP = _lookup(GRADE_OF_STAGE)
_KEYSTONE_LOOKUP = _lookup(KEYSTONE_OF_STAGE)
_IBMTR_LOOKUP = _lookup(IBMTR_OF_STAGE)


def _bounds(stages: Stages, lookup: _Lookup) -> GradeBounds:
    low = lookup.low[lookup.organ, stages].max(axis=0)
    assert (low != X).all(), "a stage is outside its organ's range"
    high = lookup.high[lookup.organ, stages].max(axis=0) if (stages < 0).any() else low
    return GradeBounds(low.astype(np.int8), high.astype(np.int8))
