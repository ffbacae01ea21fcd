"""Multiple imputation of a binary endpoint. Source: Rubin 1987; Carpenter, Kenward & White 2007."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import norm

from equipoise.errors import AnalysisDataError
from equipoise.stats import impute_binary, two_by_two

title = "Missing answers imputed"
# 60 of 80 and 40 of 70 respond; 10 and 20 are missing
OUTCOME = np.array([1] * 60 + [0] * 20 + [math.nan] * 10 + [1] * 40 + [0] * 30 + [math.nan] * 20)
GROUP = np.repeat(["msc", "control"], [90, 90])


def test_nothing_missing_gives_the_wald_estimates_of_the_table():
    known = ~np.isnan(OUTCOME)
    one = impute_binary(OUTCOME[known], GROUP[known], seed=1, n_imputations=3).contrasts[0]
    table = two_by_two([[60, 20], [40, 30]])
    wald, odds, risk = table.risk_difference.wald, table.odds_ratio, table.risk_ratio
    assert (one.group, one.reference) == ("msc", "control")
    assert_allclose([one.difference.estimate, one.difference.lower, one.difference.upper], [60 / 80 - 40 / 70, *wald])
    assert_allclose(one.log_odds_ratio.ratio, [odds.estimate, odds.lower, odds.upper])
    assert_allclose(one.log_risk_ratio.ratio, [risk.estimate, risk.lower, risk.upper])


@pytest.mark.parametrize(("delta", "more"), [(-40, [0, 0]), (40, [10, 20]), ({"msc": -40, "control": 40}, [0, 20])])
def test_a_far_shift_counts_the_missing_as_no_or_yes(delta, more):
    fit = impute_binary(OUTCOME, GROUP, seed=1, delta=delta, n_imputations=4)
    yes = {"msc": 60 + more[0], "control": 40 + more[1]}
    assert (fit.yes == [yes[label] for label in fit.groups]).all()
    wald = two_by_two([[yes["msc"], 90 - yes["msc"]], [yes["control"], 90 - yes["control"]]]).risk_difference.wald
    assert_allclose([fit.contrasts[0].difference.lower, fit.contrasts[0].difference.upper], wald)


@pytest.mark.parametrize(("delta", "expected"), [(0.0, 0.74691358024691), (-1.0, 0.52417120365265)])
def test_the_mean_answer_is_that_of_the_posterior(delta, expected):
    """R: integrate(plogis(qlogis(qbeta(u, 60.5, 20.5)) + delta), 0, 1); 20,000 imputations, 4.5 standard errors."""
    fit = impute_binary(OUTCOME, GROUP, seed=2, delta={"msc": delta}, n_imputations=20_000)
    imputed = (fit.yes[:, fit.groups.index("msc")] - 60) / 10
    assert abs(imputed.mean() - expected) < 4.5 * imputed.std() / math.sqrt(20_000)


def test_the_variance_between_imputations_is_that_of_theory():
    """Of 90 x the proportion: beta-binomial of 10 with a = 60.5, b = 20.5; 20,000 imputations give it within 5 %."""
    fit = impute_binary(OUTCOME, GROUP, seed=3, n_imputations=20_000)
    a, b = 60.5, 20.5
    theory = 10 * a * b * (a + b + 10) / ((a + b) ** 2 * (a + b + 1))
    assert_allclose(fit.proportions[fit.groups.index("msc")].between * 90**2, theory, rtol=0.05)


def test_with_a_covariate_log_odds_are_drawn_about_the_mode_of_the_posterior():
    """A saturated model under Jeffreys' prior has half an answer more in each cell (Firth 1993).

    So the log odds of the cell 30 of 40 are drawn about log(30.5 / 10.5) with variance 1 / (40 p q), p = 30.5 / 41; the
    mean of their proportions by integration, within 4.5 standard errors of 20,000 imputations.
    """
    outcome = [1] * 30 + [0] * 10 + [1] * 5 + [0] * 15 + [None] + [0, 1, 0, 1]
    cell = [1] * 40 + [0] * 20 + [1] + [0, 0, 1, 1]
    fit = impute_binary(outcome, ["a"] * 61 + ["b"] * 4, seed=9, covariates=cell, n_imputations=20_000)
    p = 30.5 / 41
    middle, spread = math.log(30.5 / 10.5), 1 / math.sqrt(40 * p * (1 - p))
    mean = quad(lambda z: norm.pdf(z) / (1 + math.exp(-middle - spread * z)), -9, 9)[0]
    assert abs(fit.imputed.mean() - mean) < 4.5 * math.sqrt(mean * (1 - mean) / 20_000)


def test_a_group_in_which_all_answer_yes_can_be_imputed():
    outcome = [1] * 12 + [None] + [0, 1] * 6 + [None]
    covariate = np.arange(26) % 13
    fit = impute_binary(outcome, ["a"] * 13 + ["b"] * 13, seed=9, covariates=covariate, n_imputations=400)
    assert 0.6 < fit.imputed[:, 0].mean() < 1


def test_a_larger_shift_never_gives_fewer_yes():
    runs = [impute_binary(OUTCOME, GROUP, seed=4, delta=delta, n_imputations=50).yes for delta in (-1, -0.2, 0, 0.7)]
    assert all((larger >= smaller).all() for smaller, larger in pairwise(runs))


def test_the_seed_and_nothing_else_sets_the_draws():
    covariate = np.arange(180.0)
    one, two, other = (
        impute_binary(OUTCOME, GROUP, seed=seed, covariates=covariate, n_imputations=5).imputed for seed in (5, 5, 6)
    )
    assert (one == two).all()
    assert (one != other).any()
    generators = (np.random.Generator(np.random.Philox(7)) for _ in range(2))
    first, again = (impute_binary(OUTCOME, GROUP, seed=generator).imputed for generator in generators)
    assert (first == again).all()


def test_more_imputations_keep_the_first_ones():
    few, many = (impute_binary(OUTCOME, GROUP, seed=5, n_imputations=m).imputed for m in (5, 9))
    assert (many[:5] == few).all()


def test_a_completed_data_set_keeps_what_was_seen():
    fit = impute_binary(OUTCOME, GROUP, seed=5, n_imputations=2)
    whole = fit.complete(1)
    known = ~np.isnan(OUTCOME)
    assert (whole[known] == OUTCOME[known]).all()
    assert whole.sum() == fit.yes[1].sum()
    assert (fit.n_missing == [20, 10]).all()


def test_an_empty_cell_gets_a_half():
    fit = impute_binary([1, 1, 1, 0, 1, 0], list("aaabbb"), seed=1, n_imputations=2)
    haldane = two_by_two([[1, 2], [3, 0]]).odds_ratio_haldane
    assert_allclose(fit.contrasts[0].log_odds_ratio.ratio, [haldane.estimate, haldane.lower, haldane.upper])
    assert_allclose(fit.contrasts[0].log_risk_ratio.ratio[0], 1 / 3)


def test_no_yes_in_an_arm_gets_a_half_for_the_ratio_of_risks():
    fit = impute_binary([0, 0, 0, 0, 1, 0], list("aaabbb"), seed=1, n_imputations=2)
    assert_allclose(fit.contrasts[0].log_risk_ratio.ratio[0], (1.5 / 4) / (0.5 / 4))


@pytest.mark.parametrize("by_group", [True, False])
def test_imputation_recovers_what_complete_cases_miss_by_simulation(by_group):
    """Those with a high covariate respond more, and in one arm are missing more: true difference 0.

    200 trials of 2 x 150. Complete cases are off by about 0.1; the mean of the pooled estimates is within 0.016, 3.7
    Monte-Carlo standard errors (0.0043 each), of 0; the intervals cover 0 in 95 % +- 5.4 % (3.5 standard errors).
    """
    draw = np.random.default_rng(19)
    group = np.repeat(["a", "b"], 150)
    pooled, complete, covered = [], [], 0
    for seed in range(200):
        x = draw.normal(size=300)
        answers = (draw.random(300) < 1 / (1 + np.exp(-1.2 * x))).astype(float)
        answers[(group == "b") & (draw.random(300) < 1 / (1 + np.exp(1 - 1.5 * x)))] = math.nan
        one = impute_binary(answers, group, seed=seed, covariates=x, by_group=by_group, n_imputations=20).contrasts[0]
        pooled.append(one.difference.estimate)
        covered += one.difference.lower < 0 < one.difference.upper
        complete.append(np.nanmean(answers[group == "b"]) - np.nanmean(answers[group == "a"]))
    assert abs(np.mean(pooled)) < 0.016
    assert np.mean(complete) < -0.07
    assert abs(covered / 200 - 0.95) < 0.054


def test_answers_that_separate_by_the_covariate_can_be_imputed():
    outcome = [0, 0, 0, 1, 1, 1, None, 0, 1, 0, 1, 0, 1, None]
    fit = impute_binary(outcome, [0] * 7 + [1] * 7, seed=1, covariates=[1, 2, 3, 4, 5, 6, 7] * 2, n_imputations=200)
    # far on the side of yes, but not certain
    assert 0.7 < fit.imputed[:, 0].mean() < 1


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"outcome": [1, 0, 2, None]}, "STATS-EVENT"),
        ({"outcome": ["yes", "no", "yes", "no"]}, "STATS-NUMBER"),
        ({"group": list("aaaa")}, "STATS-NOTHING-TO-COMPARE"),
        ({"outcome": [1, 0, None, None]}, "STATS-EMPTY"),
        ({"covariates": [1, 1, 2, 3]}, "STATS-COLLINEAR"),
        ({"delta": {"c": 1.0}}, "STATS-OPTION"),
        ({"delta": math.inf}, "STATS-OPTION"),
        ({"n_imputations": 1}, "STATS-IMPUTATIONS"),
        ({"seed": -1}, "STATS-SEED"),
        ({"seed": None}, "STATS-SEED"),
    ],
)
def test_what_cannot_be_imputed_is_refused(change, rule):
    given = {"outcome": [1, 0, 1, None], "group": list("aabb"), "seed": 1, **change}
    with pytest.raises(AnalysisDataError) as refused:
        impute_binary(**given)
    assert refused.value.rule == rule


def test_degrees_of_freedom_are_infinite_where_imputations_do_not_differ():
    """The mean of a hundred equal logarithms differs from them by rounding."""
    contrast = impute_binary([1, 1, None, 0, 1, 0, 1], list("aaabbbb"), seed=1, delta=40).contrasts[0]
    for pooled in (contrast.difference, contrast.log_risk_ratio, contrast.log_odds_ratio):
        assert pooled.between == 0
        assert pooled.degrees_of_freedom == np.inf
