"""Log-rank test for trend. Source: Tarone 1975, Biometrika 62:679-682."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import log_rank, log_rank_trend

title = "Hazards that rise over ordered groups"
VETERAN = Path(__file__).parents[2] / "golden" / "data" / "veteran.csv"
# KMsurv::larynx: stage, months, dead
STAGE = [1] * 33 + [2] * 17 + [3] * 27 + [4] * 13
MONTHS = [
    0.6, 1.3, 2.4, 2.5, 3.2, 3.2, 3.3, 3.3, 3.5, 3.5, 4, 4, 4.3, 4.5, 4.5, 5.3, 5.5, 5.9, 5.9, 6, 6.1, 6.2, 6.4, 6.5,
    6.5, 6.7, 7, 7.4, 7.4, 8.1, 8.1, 9.6, 10.7, 0.2, 1.8, 2, 2.2, 2.6, 3.3, 3.6, 3.6, 4, 4.3, 4.3, 5, 6.2, 7, 7.5,
    7.6, 9.3, 0.3, 0.3, 0.5, 0.7, 0.8, 1, 1.3, 1.6, 1.8, 1.9, 1.9, 3.2, 3.5, 3.7, 4.5, 4.8, 4.8, 5, 5, 5.1, 6.3, 6.4,
    6.5, 7.8, 8, 9.3, 10.1, 0.1, 0.3, 0.4, 0.8, 0.8, 1, 1.5, 2, 2.3, 2.9, 3.6, 3.8, 4.3,
]  # fmt: skip
DEAD = [int(value) for value in (
    "111010101111100100010011000100000" "11100010100011000" "111111111111100001001101000" "1111111110110"
)]  # fmt: skip


def test_three_subjects_by_hand():
    # scores 2, 1, 0: day 1 2 - 1, day 2 1 - 1/2; variances 2/3 and 1/4
    trend = log_rank_trend([1, 2, 3], [1, 1, 0], ["c", "b", "a"])
    assert_allclose([trend.statistic, trend.variance], [3 / 2, 2 / 3 + 1 / 4])
    assert_allclose(trend.z, 3 / 2 / math.sqrt(11 / 12))


def test_larynx_by_stage_agrees_with_klein_and_moeschberger():
    """Example 7.4 prints z = 3.72; the rest is a'(O - E) and a'Va of R's survdiff with a = 1, 2, 3, 4."""
    trend = log_rank_trend(MONTHS, DEAD, STAGE)
    assert round(trend.z, 2) == 3.72
    assert_allclose(trend.z, 3.71895853057, rtol=1e-11)
    assert_allclose(trend.variance, 48.1505, rtol=1e-6)
    assert_allclose(trend.departure.chi_square, trend.log_rank.chi_square - 3.71895853057**2, rtol=1e-9)
    assert trend.departure.degrees_of_freedom == 2


def test_scores_and_strata_agree_with_r():
    # a <- c(1, 2, 5, 3); s <- survdiff(Surv(days, death) ~ cell_type + strata(prior_therapy), veteran)
    with VETERAN.open() as file:
        rows = list(csv.DictReader(file))
    trend = log_rank_trend(
        [int(row["days"]) for row in rows],
        [int(row["death"]) for row in rows],
        [row["cell_type"] for row in rows],
        scores=[1, 2, 5, 3],
        strata=[row["prior_therapy"] for row in rows],
    )
    assert_allclose([trend.statistic, trend.variance, trend.z],
                    [18.650033065739, 215.763441087205, 1.269669468227], rtol=1e-11)  # fmt: skip
    assert_allclose(trend.departure.chi_square, 23.784607803668 - 1.269669468227**2, rtol=1e-11)


def test_only_distances_of_scores_matter():
    one = log_rank_trend(MONTHS, DEAD, STAGE, scores=[0, 1, 2, 3])
    two = log_rank_trend(MONTHS, DEAD, STAGE, scores=[1000, 990, 980, 970])
    assert_allclose(two.z, -one.z, rtol=1e-12)


def test_with_two_groups_it_is_the_log_rank_test():
    time, event, group = [1, 2, 3, 4, 5], [1, 1, 0, 1, 0], list("abaab")
    trend, plain = (test(time, event, group, rho=1) for test in (log_rank_trend, log_rank))
    assert_allclose([trend.z**2, trend.p_value], [plain.chi_square, plain.p_value])
    assert math.isnan(trend.departure.p_value)


@pytest.mark.parametrize("scores", [[1, 2], [1, 1, 1, 1]])
def test_scores_that_do_not_order_the_groups_are_refused(scores):
    with pytest.raises(AnalysisDataError) as refused:
        log_rank_trend(MONTHS, DEAD, STAGE, scores=scores)
    assert refused.value.rule == "STATS-SCORES"


def test_groups_of_different_score_that_never_meet_are_refused():
    # the only subject of score 1 leaves before the first event
    with pytest.raises(AnalysisDataError, match="groups of different score") as refused:
        log_rank_trend([1, 2, 3, 4, 0.5], [1, 1, 1, 1, 0], list("ababc"), scores=[0, 0, 1])
    assert refused.value.rule == "STATS-NOTHING-TO-COMPARE"
