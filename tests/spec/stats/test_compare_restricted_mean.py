"""Restricted means compared. Source: Royston & Parmar 2013; Uno et al. 2014, J Clin Oncol 32:2380-2385."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import compare_restricted_mean

title = "Restricted mean time of groups"
DATA = Path(__file__).parents[2] / "golden" / "data"


def test_four_subjects_by_hand():
    # a: 1 until day 1, then 1/2 until day 3: mean 1 + 1 = 2; variance (area after day 1)^2 / (2 x 1) = 1 / 2
    # b: nobody dies before day 3: mean 3, no variance
    compared = compare_restricted_mean([1, 3, 4, 4], [1, 0, 1, 0], list("aabb"), tau=3)
    one = compared.contrasts[0]
    assert (one.group, one.reference) == ("b", "a")
    assert_allclose([mean.estimate for mean in compared.means], [2, 3])
    assert_allclose([one.difference.estimate, one.difference.std_error], [1, math.sqrt(1 / 2)])
    assert_allclose([one.ratio.estimate, one.ratio.log_std_error], [3 / 2, math.sqrt(1 / 2) / 2])
    # b loses nothing: no logarithm
    assert one.lost_ratio.estimate == 0
    assert math.isnan(one.lost_ratio.p_value)


def test_pbc_at_ten_years_agrees_with_r_and_with_the_manual_of_survrm2():
    """R: print(survfit(Surv(days / 365.25, status == 2) ~ d_penicillamine), rmean = 10), then the delta method.

    The manual of survRM2 prints -0.137 (-0.939 to 0.665) P 0.738, 0.981 (0.878 to 1.096) P 0.738, 1.050 (0.787 to
    1.402) P 0.738.
    """
    with (DATA / "pbc.csv").open() as file:
        rows = list(csv.DictReader(file))
    compared = compare_restricted_mean(
        [float(row["days"]) / 365.25 for row in rows],
        [row["status"] == "2" for row in rows],
        [int(row["d_penicillamine"]) for row in rows],
        tau=10,
    )
    one = compared.contrasts[0]
    assert_allclose([mean.estimate for mean in compared.means], [7.283415761168256, 7.146492996298778], rtol=1e-12)
    assert_allclose([mean.std_error for mean in compared.means], [0.295478092235593, 0.282774849563295], rtol=1e-12)
    assert_allclose([one.difference.estimate, one.difference.std_error], [-0.136922764869478, 0.408985230218317])
    assert_allclose([one.difference.lower, one.difference.upper], [-0.938519086306202, 0.664673556567245])
    assert_allclose(one.difference.p_value, 0.737786087538583)
    assert_allclose([one.ratio.estimate, one.ratio.lower, one.ratio.upper, one.ratio.p_value],
                    [0.9812007484730604, 0.8780524358022737, 1.0964663037742477, 0.7377073282530078])  # fmt: skip
    assert_allclose([one.lost_ratio.estimate, one.lost_ratio.lower, one.lost_ratio.upper, one.lost_ratio.p_value],
                    [1.050402547033977, 0.787241824343748, 1.401533146101868, 0.738235980169013])  # fmt: skip


def test_three_groups_are_each_compared_with_the_reference():
    compared = compare_restricted_mean([1, 2, 1, 2, 1, 2], [1, 1, 0, 1, 0, 0], [3, 3, 2, 2, 1, 1], tau=1.5, reference=3)
    assert [(one.group, one.reference) for one in compared.contrasts] == [(1, 3), (2, 3)]
    # 3: 1 + 1/2 x 1/2
    assert_allclose([one.difference.estimate for one in compared.contrasts], [1.5 - 1.25, 1.5 - 1.25])


def test_a_horizon_beyond_the_follow_up_of_a_group_is_refused_unless_all_have_died():
    time, group = [1, 3, 5, 5], list("aabb")
    with pytest.raises(AnalysisDataError, match="choose a horizon up to 3"):
        compare_restricted_mean(time, [1, 0, 1, 0], group, tau=4)
    # a: 1 + 2/2, and 0 from day 3 on
    assert_allclose(compare_restricted_mean(time, [1, 1, 1, 0], group, tau=4).means[0].estimate, 2)


@pytest.mark.parametrize(
    ("group", "tau", "rule"),
    [("aaaa", 2, "STATS-NOTHING-TO-COMPARE"), ("aabb", 0, "STATS-TIME"), ("aabb", float("nan"), "STATS-TIME")],
)
def test_what_cannot_be_compared_is_refused(group, tau, rule):
    with pytest.raises(AnalysisDataError) as refused:
        compare_restricted_mean([1, 3, 5, 5], [1, 1, 1, 0], list(group), tau=tau)
    assert refused.value.rule == rule
