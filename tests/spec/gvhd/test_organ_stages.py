"""Organ stages of acute GVHD. Source: MAGIC criteria, Harris et al. 2016; PDQ adult and child tables."""

import numpy as np
import pytest

from equipoise.errors import RecordError
from equipoise.state.gvhd import (
    BILIRUBIN_UNITS,
    DEFAULT_RULES,
    StagingRules,
    bilirubin_mgdl,
    implausible_bilirubin,
    liver_stage,
    lower_gi_stage,
    persistent_upper_gi,
    severe_abdominal_pain,
    skin_stage,
    three_day_mean,
    upper_gi_stage,
)

title = "Each organ is staged by what was measured; what was not measured is not stage 0"

UNITS = {name: place for place, name in enumerate(BILIRUBIN_UNITS)}


def test_skin_by_rash(rule):
    """Exactly 25 % and exactly 50 % of the body surface are stage 2."""
    rule(
        skin_stage,
        """
        bsa   | bullae | desquamation || stage
        0.0   |   0    |    0.0       ||   0
        0.1   |   0    |    0.0       ||   1
        24.9  |   0    |    0.0       ||   1
        25.0  |   0    |    0.0       ||   2
        50.0  |   0    |    0.0       ||   2
        50.1  |   0    |    0.0       ||   3
        100.0 |   0    |    0.0       ||   3
        nan   |   0    |    0.0       ||   -
        """,
    )


def test_skin_stage_4_needs_erythroderma_bullae_and_desquamation(rule):
    """Desquamation must exceed 5 %; a missing answer that decides leaves the stage open."""
    rule(
        skin_stage,
        """
        bsa  | erythroderma | bullae | desquamation || stage
        90.0 |      1       |   1    |    6.0       ||   4
        90.0 |      1       |   1    |    5.0       ||   3
        90.0 |      1       |   0    |    6.0       ||   3
        90.0 |      0       |   1    |    6.0       ||   3
        90.0 |      -       |   1    |    6.0       ||   4    # generalized, as above 50 %
        50.0 |      1       |   1    |    6.0       ||   2    # not above 50 %
        90.0 |      1       |   -    |    6.0       ||   -
        90.0 |      1       |   1    |    nan       ||   -
        90.0 |      1       |   0    |    nan       ||   3
        20.0 |      0       |   -    |    nan       ||   1
        """,
    )


@pytest.mark.parametrize("bsa", [-1.0, 100.5])
def test_a_body_surface_beyond_the_whole_body_is_refused(bsa):
    with pytest.raises(RecordError, match="is not between 0 and 100"):
        skin_stage(np.array([10.0, bsa]), np.array([0, 0], np.int8), np.array([0.0, 0.0]))


def test_liver_by_bilirubin_in_mg_per_dl(rule):
    """Rounded half up to one decimal first, which closes the printed gaps."""
    rule(
        liver_stage,
        """
        bilirubin || stage
        0.8       ||   0
        1.94      ||   0
        1.95      ||   1
        2.0       ||   1
        3.0       ||   1
        3.04      ||   1
        3.05      ||   2
        3.1       ||   2
        6.0       ||   2
        6.04      ||   2
        6.05      ||   3
        6.1       ||   3
        15.0      ||   3
        15.04     ||   3
        15.05     ||   4
        15.1      ||   4
        nan       ||   -
        """,
    )


def staged(value, unit, rules=DEFAULT_RULES):
    return liver_stage(bilirubin_mgdl(value, unit, rules), rules=rules)


def test_liver_by_bilirubin_in_umol_per_l(rule):
    """Converted by 17.1 and staged in mg/dL: the boundaries in whole umol/L."""
    rule(
        staged,
        """
        value | unit   || stage
         33   | umol/L ||   0
         34   | umol/L ||   1
         52   | umol/L ||   1
         53   | umol/L ||   2
        103   | umol/L ||   2
        104   | umol/L ||   3
        257   | umol/L ||   3
        258   | umol/L ||   4
          3   | mg/dL  ||   1
          3   | -      ||   -
        """,
        names=UNITS,
    )


def test_liver_by_the_si_table_when_the_protocol_asks_for_it(rule):
    """SI tables in circulation differ by one stage at 51, 52, 103, 256 and 257 umol/L."""
    rule(
        staged,
        """
        value | unit   || stage
         33   | umol/L ||   0
         34   | umol/L ||   1
         50   | umol/L ||   1
         51   | umol/L ||   2
         52   | umol/L ||   2
        102   | umol/L ||   2
        103   | umol/L ||   3
        255   | umol/L ||   3
        256   | umol/L ||   4
        257   | umol/L ||   4
        """,
        names=UNITS,
        rules=StagingRules(si_table=True),
    )


def test_an_old_bilirubin_is_missing(rule):
    """It may be up to three days older than the assessment, never younger."""
    rule(
        liver_stage,
        """
        bilirubin | bilirubin_age_days || stage
        2.5       |   nan              ||   1
        2.5       |   0.0              ||   1
        2.5       |   3.0              ||   1
        2.5       |   4.0              ||   -
        2.5       |  -1.0              ||   -
        """,
    )


def test_a_bilirubin_in_the_wrong_unit_is_flagged_and_not_converted(rule):
    rule(
        implausible_bilirubin,
        """
        value | unit   || flagged
        60.0  | mg/dL  || false
        60.1  | mg/dL  || true
        1.5   | umol/L || false
        1.4   | umol/L || true
        70.0  | umol/L || false
        1.0   | mg/dL  || false
        99.0  | -      || false
        """,
        names=UNITS,
    )


def test_upper_gi_by_persistence(rule):
    rule(
        upper_gi_stage,
        """
        symptoms     || stage
        none         ||   0
        intermittent ||   0
        persistent   ||   1
        -            ||   -
        """,
        names={"none": 0, "intermittent": 1, "persistent": 2},
    )


def test_what_makes_upper_gi_symptoms_persistent(rule):
    """Anorexia with weight loss; or nausea for 3 days; or two vomiting episodes a day for 2 days."""
    rule(
        persistent_upper_gi,
        """
        anorexia_with_weight_loss | nausea_days | vomiting_days || persistent
                   1              |    0.0      |     0.0       ||     1
                   0              |    3.0      |     0.0       ||     1
                   0              |    2.0      |     1.0       ||     0
                   0              |    2.0      |     2.0       ||     1
                   0              |    nan      |     2.0       ||     1
                   0              |    nan      |     1.0       ||     -
                   -              |    0.0      |     0.0       ||     -
        """,
    )


def amounts(stool_ml, episodes, age, weight, **more):
    """Lower GI stage by amount, without pain or blood."""
    no = np.zeros(stool_ml.size, np.int8)
    return lower_gi_stage(
        stool_ml=stool_ml,
        episodes=episodes,
        age=age.astype(float),
        weight=weight.astype(float),
        severe_pain=no,
        bloody=no,
        **more,
    )


def test_lower_gi_of_adults(rule):
    """mL a day, or episodes a day where no volume was measured; 999.5 mL is stage 1."""
    rule(
        amounts,
        """
        stool_ml | episodes | age | weight || stage
        499.9    |  nan     | 30  |   60   ||   0
        500.0    |  nan     | 30  |   60   ||   1
        999.5    |  nan     | 30  |   60   ||   1
        1000.0   |  nan     | 30  |   60   ||   2
        1500.0   |  nan     | 30  |   60   ||   2
        1500.5   |  nan     | 30  |   60   ||   3
        nan      |  2.0     | 30  |   60   ||   0
        nan      |  3.0     | 30  |   60   ||   1
        nan      |  4.0     | 30  |   60   ||   1
        nan      |  4.5     | 30  |   60   ||   2    # a mean is taken up to the next whole number
        nan      |  5.0     | 30  |   60   ||   2
        nan      |  7.0     | 30  |   60   ||   2
        nan      |  8.0     | 30  |   60   ||   3
        800.0    |  7.0     | 30  |   60   ||   1    # volume beats episodes
        nan      |  nan     | 30  |   60   ||   -
        """,
    )


def test_lower_gi_of_children(rule):
    """mL per kg a day, or episodes a day."""
    rule(
        amounts,
        """
        stool_ml | episodes | age | weight || stage
        399.0    |  nan     | 15  |   40   ||   0
        400.0    |  nan     | 15  |   40   ||   1    # 10 mL/kg
        796.0    |  nan     | 15  |   40   ||   1    # 19.9 mL/kg
        800.0    |  nan     | 15  |   40   ||   2    # 20 mL/kg
        1200.0   |  nan     | 15  |   40   ||   2    # 30 mL/kg
        1204.0   |  nan     | 15  |   40   ||   3    # 30.1 mL/kg
        nan      |  3.0     | 15  |   40   ||   0
        nan      |  4.0     | 15  |   40   ||   1
        nan      |  6.0     | 15  |   40   ||   1
        nan      |  7.0     | 15  |   40   ||   2
        nan      | 10.0     | 15  |   40   ||   2
        nan      | 11.0     | 15  |   40   ||   3
        """,
    )


def test_who_has_the_limits_of_children(rule):
    """Under 18 years and not above 50 kg, both. Where that is open, the stage is known only if both tables agree."""
    rule(
        amounts,
        """
        stool_ml | episodes | age | weight || stage
        480.0    |  nan     | 16  |   62   ||   0    # adult table: too heavy
        480.0    |  nan     | 16  |   45   ||   1    # child table: 10.7 mL/kg
        480.0    |  nan     | 17  |   50   ||   0    # child table: 9.6 mL/kg
        500.0    |  nan     | 17  |   50   ||   1    # child table: 10 mL/kg
        600.0    |  nan     | 40  |   45   ||   1    # adult table
        1000.0   |  nan     | 18  |   40   ||   2    # adult table; a child would be stage 2 too
        600.0    |  nan     | nan |   45   ||   1    # 13.3 mL/kg: stage 1 in both tables
        480.0    |  nan     | nan |   45   ||   -    # stage 0 or 1
        480.0    |  nan     | nan |   62   ||   0
        480.0    |  nan     | 16  |   nan  ||   -
        480.0    |  nan     | 18  |   nan  ||   0
        nan      |  3.0     | 16  |   nan  ||   -    # adult 1, child 0
        nan      |  2.0     | 16  |   nan  ||   0
        """,
    )


def test_stool_mixed_with_urine_counts_half(rule):
    rule(
        amounts,
        """
        stool_ml | episodes | age | weight | stool_mixed || stage
        1400.0   |  nan     | 30  |   60   |     1       ||   1
        1400.0   |  nan     | 30  |   60   |     0       ||   2
        999.0    |  nan     | 30  |   60   |     1       ||   0
        """,
    )


def test_a_stool_diary_needs_two_of_three_days(rule):
    rule(
        amounts,
        """
        stool_ml | episodes | age | weight | stool_days || stage
        600.0    |  4.0     | 30  |   60   |    1.0     ||   -
        600.0    |  4.0     | 30  |   60   |    2.0     ||   1
        600.0    |  4.0     | 30  |   60   |    nan     ||   1
        """,
    )


def test_mean_of_a_three_day_diary(rule):
    rule(
        three_day_mean,
        """
        days            || mean
        400.0/500.0/600.0 || 500.0
        nan/500.0/700.0   || 600.0
        nan/nan/700.0     || nan
        """,
    )


def qualitative(stool_ml, severe_pain, bloody):
    n = stool_ml.size
    return lower_gi_stage(
        stool_ml=stool_ml.astype(float),
        episodes=np.full(n, np.nan),
        severe_pain=severe_pain,
        bloody=bloody,
        age=np.full(n, 30.0),
        weight=np.full(n, 60.0),
    )


def test_lower_gi_stage_4_is_qualitative(rule):
    """Severe pain or grossly bloody stool is stage 4 at any volume, measured or not."""
    rule(
        qualitative,
        """
        stool_ml | severe_pain | bloody || stage
        300      |     0       |   1    ||   4
        300      |     1       |   0    ||   4
        nan      |     1       |   0    ||   4
        300      |     -       |   1    ||   4
        300      |     0       |   0    ||   0
        300      |     -       |   0    ||   -
        300      |     0       |   -    ||   -
        """,
    )


def test_severe_pain_needs_an_opioid_and_an_impact(rule):
    rule(
        severe_abdominal_pain,
        """
        opioid_started_or_raised | impact_on_performance || severe
                  1              |          1            ||   1
                  1              |          0            ||   0
                  0              |          1            ||   0
                  0              |          -            ||   0
                  1              |          -            ||   -
        """,
    )
