"""Tipping point. Source: Yan, Lee & Li 2009, J Biopharm Stat 19:1085-1098."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import tipping_point

title = "Which answers of the missing would change the conclusion"
# 60 of 96 and 45 of 95 respond, 2 and 3 are missing and counted in
TABLE = [[60, 34], [45, 47]]


@pytest.mark.parametrize(
    ("test", "base_column", "row"),
    [
        ("pearson", [0.0355864564246, 0.0245258638838, 0.0165500133084],
         [0.0355864564246, 0.050278059729, 0.0697633527466, 0.0950909976758]),
        ("pearson-corrected", [0.0504435911099, 0.0354491363173, 0.0243996515565],
         [0.0504435911099, 0.0699875750371, 0.0953819693439, 0.127718577707]),
    ],
)  # fmt: skip
def test_p_values_of_all_answers_agree_with_r(test, base_column, row):
    # chisq.test(matrix(c(60 + i, 36 - i, 45 + j, 50 - j), 2, byrow = TRUE), correct = ...)
    tipping = tipping_point(TABLE, (2, 3), test=test)
    assert_allclose(tipping.p_value[:, 0], base_column, rtol=1e-11)
    assert_allclose(tipping.p_value[0], row, rtol=1e-11)
    assert tipping.p_value.shape == (3, 4)


def test_the_conclusion_tips_where_p_passes_the_level():
    tipping = tipping_point(TABLE, (2, 3))
    # significant: (0, 0) (1, 0) (1, 1) 0.0353 (1, 2) 0.0499 and all of row 2, as R says
    assert tipping.conclusion.tolist() == [[1, 0, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]
    assert tipping.changed.tolist() == [[False, True, True, True], [False, False, False, True], [False] * 4]
    assert tipping.boundary.tolist() == [[0, 1], [0, 2], [1, 3]]
    assert tipping.fewest_changes == 1
    assert not tipping.robust


def test_fisher_s_test_tips_as_in_r():
    # fisher.test(matrix(c(9, 1, 2 + j, 14 - j), 2, byrow = TRUE)): 0.0367 for j = 5, 0.0873 for j = 6
    tipping = tipping_point([[9, 1], [2, 8]], (0, 6), test="fisher")
    assert_allclose(tipping.p_value[0, [0, 5, 6]], [0.0001573874, 0.03674299, 0.08733098], rtol=1e-6)
    assert tipping.boundary.tolist() == [[0, 6]]
    assert tipping.fewest_changes == 6


def test_the_difference_counts_every_subject():
    tipping = tipping_point([[1, 1], [0, 2]], (1, 2))
    assert_allclose(tipping.difference, [[1 / 3, 1 / 3 - 1 / 4, 1 / 3 - 1 / 2], [2 / 3, 2 / 3 - 1 / 4, 2 / 3 - 1 / 2]])


def test_a_significant_difference_the_other_way_is_another_conclusion():
    tipping = tipping_point([[0, 1], [0, 1]], (20, 20))
    assert tipping.conclusion[20, 0] == 1
    assert tipping.conclusion[0, 20] == -1
    # 0 of 21 against 4 of 21 has chi-square 42 x 84^2 / (21^2 x 4 x 38) = 4.42, against 3 of 21 3.23
    assert tipping.fewest_changes == 4


def test_all_alike_is_no_difference():
    tipping = tipping_point([[5, 0], [5, 0]], (1, 1), base=(1, 1))
    assert tipping.p_value[1, 1] == 1


def test_nothing_missing_cannot_tip():
    tipping = tipping_point([[9, 1], [2, 8]], (0, 0))
    assert tipping.robust
    assert tipping.boundary.shape == (0, 2)


def test_a_test_of_your_own_gets_each_table():
    seen = []

    def count(table):
        seen.append(table.tolist())
        return 0.01

    tipping = tipping_point([[3, 1], [1, 3]], (1, 0), test=count)
    assert seen == [[[3, 2], [1, 3]], [[4, 1], [1, 3]]]
    assert tipping.conclusion.tolist() == [[1], [1]]


def test_the_base_is_a_choice():
    tipping = tipping_point(TABLE, (2, 3), base=(0, 3))
    # (0, 3) is not significant, (0, 0) and (1, 2) are: two and one answers away
    assert tipping.changed[0, 0]
    assert tipping.fewest_changes == int(np.abs(np.argwhere(tipping.changed) - [0, 3]).sum(axis=1).min()) == 2


@pytest.mark.parametrize(
    ("table", "missing", "options", "rule"),
    [
        ([[1, 2, 3], [1, 2, 3]], (1, 1), {}, "STATS-SHAPE"),
        ([[1, 2], [1, 2]], (1.5, 1), {}, "STATS-SHAPE"),
        ([[1, 2], [0, 0]], (1, 0), {}, "STATS-SHAPE"),
        ([[1, 2], [1, 2]], (1, 1), {"base": (2, 0)}, "STATS-OPTION"),
        ([[1, 2], [1, 2]], (1, 1), {"test": "barnard's"}, "STATS-OPTION"),
        ([[1, 2], [1, 2]], (1, 1), {"alpha_two_sided": 5}, "STATS-LEVEL"),
    ],
)
def test_what_cannot_be_is_refused(table, missing, options, rule):
    with pytest.raises(AnalysisDataError) as refused:
        tipping_point(table, missing, **options)
    assert refused.value.rule == rule


def test_a_level_of_significance_is_not_called_one_of_confidence():
    with pytest.raises(AnalysisDataError, match="the level 5 is not between 0 and 1") as refused:
        tipping_point([[1, 2], [1, 2]], (1, 1), alpha_two_sided=5)
    assert refused.value.remedy == "give 0.05 for 5 %"


def test_too_many_missing_are_refused_before_anything_is_worked_out():
    with pytest.raises(AnalysisDataError, match=r"3000 and 4000 missing answers give 12,007,001 tables"):
        tipping_point([[9, 1], [2, 8]], (3000, 4000))


@pytest.mark.parametrize("missing", [3, (1, 2, 3), (1, -1), (1.5, 1)])
def test_missing_that_are_not_two_counts_are_refused(missing):
    with pytest.raises(AnalysisDataError, match="the missing are"):
        tipping_point([[9, 1], [2, 8]], missing)
