"""Overall acute GVHD grade. Source: MAGIC, Harris et al. 2016; Przepiorka et al. 1995; Rowlings et al. 1997."""

import numpy as np
import pytest

from equipoise.state.gvhd import (
    ATTRIBUTIONS,
    GRADES,
    IBMTR_INDEXES,
    attributed,
    grade_bounds,
    ibmtr_index,
    keystone_attributed,
    keystone_grade,
    overall_grade,
)

title = "The worst organ sets the overall grade; missing organs leave it between two bounds"

NAMES = {"I": 1, "II": 2, "III": 3, "IV": 4, **{name: place for place, name in enumerate(IBMTR_INDEXES) if place}}
CAUSES = {name: place for place, name in enumerate(ATTRIBUTIONS)}


def test_grade_from_stages(rule):
    """Skin alone reaches grade II at stage 3, liver or lower gut at stage 1; upper gut never lifts above II."""
    rule(
        overall_grade,
        """
        skin | liver | upper_gi | lower_gi || grade
          0  |   0   |    0     |    0     ||   0
          1  |   0   |    0     |    0     ||   I
          2  |   0   |    0     |    0     ||   I
          3  |   0   |    0     |    0     ||   II
          4  |   0   |    0     |    0     ||   IV
          0  |   1   |    0     |    0     ||   II
          0  |   2   |    0     |    0     ||   III
          0  |   3   |    0     |    0     ||   III
          0  |   4   |    0     |    0     ||   IV
          0  |   0   |    1     |    0     ||   II
          2  |   0   |    1     |    0     ||   II
          0  |   0   |    0     |    1     ||   II
          0  |   0   |    0     |    2     ||   III
          0  |   0   |    0     |    3     ||   III
          0  |   0   |    0     |    4     ||   IV
          3  |   2   |    1     |    0     ||   III
          3  |   1   |    1     |    1     ||   II
          4  |   3   |    1     |    3     ||   IV
        """,
        names=NAMES,
    )


def test_missing_organs_bound_the_grade(rule):
    """Missing organs at stage 0 give the low bound, at their highest stage the high one."""
    rule(
        grade_bounds,
        """
        skin | liver | upper_gi | lower_gi || low | high | known | grade
          0  |   ?   |    0     |    2     || III |  IV  | false |  -
          0  |   ?   |    0     |    4     || IV  |  IV  | true  |  IV
          1  |   0   |    ?     |    0     || I   |  II  | false |  -
          3  |   0   |    ?     |    0     || II  |  II  | true  |  II
          0  |   2   |    ?     |    0     || III |  III | true  |  III
          ?  |   2   |    0     |    0     || III |  IV  | false |  -
          ?  |   ?   |    ?     |    ?     || 0   |  IV  | false |  -
          2  |   0   |    0     |    0     || I   |  I   | true  |  I
        """,
        names=NAMES,
    )


@pytest.mark.parametrize("stages", [(5, 0, 0, 0), (0, 0, 2, 0), (0, 0, 0, -2)])
def test_a_stage_that_the_table_does_not_have_is_a_fault_of_ours(stages):
    with pytest.raises(AssertionError):
        overall_grade(*np.array(stages, np.int8)[:, np.newaxis])


def test_another_documented_cause(rule):
    """MAGIC sets the organ to 0; the old Keystone rule takes one stage off. Other causes count in full."""
    rule(
        lambda stage, cause: (attributed(stage, cause), keystone_attributed(stage, cause)),
        """
        stage | cause    || magic | keystone
          3   | NOT_GVHD ||   0   |   2
          0   | NOT_GVHD ||   0   |   0
          ?   | NOT_GVHD ||   ?   |   ?      # not measured stays not evaluable
          3   | GVHD     ||   3   |   3
          3   | MIXED    ||   3   |   3
          3   | UNKNOWN  ||   3   |   3
          3   | -        ||   3   |   3
        """,
        names=CAUSES,
    )


def test_keystone_grade(rule):
    """One gut organ; gut 4 alone is III; upper gut counts only with histology."""
    rule(
        keystone_grade,
        """
        skin | liver | upper_gi | lower_gi | upper_gi_histology || grade
          2  |   0   |    0     |    0     |   0   ||   I
          3  |   0   |    0     |    0     |   0   ||   II
          4  |   0   |    0     |    0     |   0   ||   IV
          0  |   1   |    0     |    0     |   0   ||   II
          0  |   3   |    0     |    0     |   0   ||   III
          0  |   4   |    0     |    0     |   0   ||   IV
          0  |   0   |    1     |    0     |   1   ||   II
          0  |   0   |    1     |    0     |   0   ||   0
          0  |   0   |    0     |    1     |   0   ||   II
          0  |   0   |    0     |    2     |   0   ||   III
          0  |   0   |    0     |    4     |   0   ||   III
          0  |   ?   |    0     |    4     |   0   ||   ?
          0  |   4   |    0     |    ?     |   0   ||   IV
        """,
        names=NAMES,
    )


def test_ibmtr_index(rule):
    """Here it is the highest letter of any organ; symptoms of the upper gut count as gut 1."""
    rule(
        ibmtr_index,
        """
        skin | liver | upper_gi | lower_gi || index
          0  |   0   |    0     |    0     ||   0
          1  |   0   |    0     |    0     ||   A
          2  |   0   |    0     |    0     ||   B
          3  |   0   |    0     |    0     ||   C
          4  |   0   |    0     |    0     ||   D
          0  |   1   |    0     |    0     ||   B
          0  |   2   |    0     |    0     ||   B
          0  |   3   |    0     |    0     ||   C
          0  |   4   |    0     |    0     ||   D
          1  |   0   |    1     |    0     ||   B
          0  |   0   |    0     |    1     ||   B
          0  |   0   |    0     |    2     ||   B
          0  |   0   |    0     |    3     ||   C
          0  |   0   |    0     |    4     ||   D
          0  |   0   |    ?     |    2     ||   B
          0  |   0   |    ?     |    0     ||   ?
        """,
        names=NAMES,
    )


def test_grade_names_stand_at_their_numbers():
    assert GRADES == ("0", "I", "II", "III", "IV")
