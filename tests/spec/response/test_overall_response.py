"""Response of acute GVHD by organ and overall. Source: Harris et al. 2016 (MAGIC); Martin et al. 2009; REACH2."""

from equipoise.state.response import (
    LEVELS,
    ORGAN_CHANGES,
    RESPONSES,
    level,
    organ_change,
    organ_response,
    overall_response,
    responded,
    vgpr_criteria,
)

title = "Organs are compared with baseline one by one; the overall grade plays no part"

CODES = {name: place for place, name in enumerate(RESPONSES)}
LEVEL_NAMES = {f"level {name}": place for place, name in enumerate(LEVELS)}
CHANGES = {name: place for place, name in enumerate(ORGAN_CHANGES)}


def test_nine_codes_stand_in_the_order_of_evaluation():
    assert RESPONSES == ("DEAD", "TRT", "MISSING", "CR", "VGPR", "PR", "MR", "PD", "SD")


def test_change_and_response_of_one_organ(rule):
    """A new organ is worse; stage 0 at both times is uninvolved."""
    rule(
        lambda baseline, now: (organ_change(baseline, now), organ_response(baseline, now)),
        """
        baseline | now || change     | response
           0     |  0  || UNINVOLVED |    -
           2     |  0  || RESOLVED   |   CR
           3     |  1  || IMPROVED   |   PR
           2     |  1  || IMPROVED   |   PR
           2     |  2  || SAME       |   SD
           2     |  3  || WORSE      |   PD
           0     |  1  || WORSE      |   PD
           ?     |  0  || ?          |    ?
           2     |  ?  || ?          |    ?
        """,
        names=CODES | CHANGES,
    )


def test_overall_response(rule):
    """The first rule that fits, from CR to SD."""
    rule(
        overall_response,
        """
        baseline | now     | vgpr || code
        2/0/0/3  | 0/0/0/0 |  0   || CR
        2/0/0/3  | 0/0/0/0 |  1   || CR
        0/0/0/0  | 0/0/0/0 |  0   || CR      # every organ at stage 0
        2/0/0/3  | 1/0/0/1 |  0   || PR
        2/0/0/3  | 1/0/0/1 |  -   || PR      # criteria not known count as not met
        3/0/0/2  | 1/0/0/0 |  1   || VGPR
        3/0/0/2  | 3/0/0/2 |  1   || SD      # nothing improved: no VGPR
        3/0/0/2  | 1/1/0/0 |  1   || MR      # an organ is worse: no VGPR
        0/0/0/3  | 1/0/0/1 |  0   || MR
        2/0/0/3  | 3/0/0/1 |  0   || MR      # although the grade falls from III to II
        3/0/0/2  | 3/0/0/1 |  0   || PR
        2/0/0/2  | 2/0/0/3 |  0   || PD
        2/2/0/0  | 2/2/0/0 |  0   || SD
        2/2/0/0  | 0/?/0/0 |  0   || MISSING
        2/?/0/0  | 1/0/0/0 |  0   || MISSING
        2/?/0/0  | 0/0/0/0 |  0   || CR      # needs no baseline
        """,
        names=CODES,
    )


def test_three_levels(rule):
    """CR; PR with VGPR; everything else is NR, a missing assessment too."""
    rule(
        lambda code: (level(code), responded(code)),
        """
        code    || level    | responded
        DEAD    || level NR | false
        TRT     || level NR | false
        MISSING || level NR | false
        CR      || level CR | true
        VGPR    || level PR | true
        PR      || level PR | true
        MR      || level NR | false
        PD      || level NR | false
        SD      || level NR | false
        """,
        names=CODES | LEVEL_NAMES,
    )


def test_criteria_of_a_very_good_partial_response(rule):
    """Skin clear or faint on less than 25 %; bilirubin below 2 mg/dL or a quarter of baseline; eating; formed stool."""
    rule(
        vgpr_criteria,
        """
        rash_bsa | bullae | bilirubin | baseline_bilirubin | eating | stool_formed || met
          0.0    |   0    |   1.0     |        1.0         |   1    |      1       ||  1
          0.0    |   1    |   1.0     |        1.0         |   1    |      1       ||  1   # no rash at all
         24.9    |   0    |   1.0     |        1.0         |   1    |      1       ||  1
         25.0    |   0    |   1.0     |        1.0         |   1    |      1       ||  0
         20.0    |   1    |   1.0     |        1.0         |   1    |      1       ||  0
          0.0    |   0    |   1.9     |        3.0         |   1    |      1       ||  1
          0.0    |   0    |   2.0     |        3.0         |   1    |      1       ||  0
          0.0    |   0    |   2.4     |       10.0         |   1    |      1       ||  1   # below a quarter
          0.0    |   0    |   2.5     |       10.0         |   1    |      1       ||  0
          0.0    |   0    |   1.0     |        1.0         |   0    |      1       ||  0
          0.0    |   0    |   1.0     |        1.0         |   1    |      0       ||  0
          0.0    |   0    |   nan     |        1.0         |   1    |      1       ||  -
          0.0    |   0    |   2.4     |        nan         |   1    |      1       ||  -
          0.0    |   0    |   1.0     |        nan         |   1    |      1       ||  1
          nan    |   0    |   1.0     |        1.0         |   1    |      1       ||  -
          nan    |   0    |   1.0     |        1.0         |   0    |      1       ||  0   # fails whatever the rash
         20.0    |   -    |   1.0     |        1.0         |   1    |      1       ||  -
        """,
    )
