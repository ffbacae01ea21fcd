"""What holds of intervals and tests of binary answers and ranks for all data."""

from __future__ import annotations

import itertools
from math import comb

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from equipoise.stats import (
    barnard,
    boschloo,
    cochran_mantel_haenszel,
    fisher_exact,
    logistic,
    mann_whitney,
    mantel_haenszel,
    pearson_chi2,
    trend_test,
    two_by_two,
)
from equipoise.stats.kernels import fisher_tables, hypergeometric, rank_sums, score_limits, tables_of_margins
from equipoise.stats.kernels import logistic as climbing

checked = settings(deadline=None, max_examples=60, derandomize=True)
QUANTILE = 1.959963984540054**2

cells = st.integers(0, 12)
large = st.integers(0, 200)
table = st.tuples(st.tuples(cells, cells), st.tuples(cells, cells)) | st.tuples(
    st.tuples(large, large), st.tuples(large, large)
)
values = st.lists(st.integers(0, 6), min_size=1, max_size=8)


def ratios(both):
    """All intervals of ratios."""
    exact = both.odds_ratio_exact
    return [
        both.odds_ratio_cornfield,
        both.odds_ratio_miettinen_nurminen,
        exact.exact,
        exact.mid_p,
        both.risk_ratio_koopman,
        both.risk_ratio_miettinen_nurminen,
    ]


def turned(limits):
    """Limits of one over an effect."""
    with np.errstate(divide="ignore"):
        return 1 / np.array(limits)[::-1]


@checked
@given(table)
def test_exchanging_the_arms_inverts_every_ratio(counts):
    assume(min(map(sum, counts)) > 0)
    one, other = two_by_two(counts), two_by_two(counts[::-1])
    for here, there in zip(ratios(one), ratios(other), strict=True):
        assert_allclose(here, turned(there), rtol=1e-9)


@checked
@given(table)
def test_exchanging_the_answers_inverts_odds_ratios_and_turns_differences(counts):
    assume(min(map(sum, counts)) > 0)
    one, other = two_by_two(counts), two_by_two([row[::-1] for row in counts])
    for here, there in zip(ratios(one)[:4], ratios(other)[:4], strict=True):
        assert_allclose(here, turned(there), rtol=1e-9)
    for name in ("mee", "miettinen_nurminen", "newcombe_corrected", "agresti_caffo"):
        lower, upper = getattr(other.risk_difference, name)
        assert_allclose(getattr(one.risk_difference, name), (-upper, -lower), atol=1e-12)


@checked
@given(table)
def test_limits_exclude_no_effect_where_their_test_rejects(counts):
    assume(min(map(sum, counts)) > 0 and min(map(sum, zip(*counts))) > 0)
    both, pearson, fisher = two_by_two(counts), pearson_chi2(counts), fisher_exact(counts)
    n_minus_1 = pearson.n_minus_1.chi_square
    assume(min(abs(pearson.chi_square - QUANTILE), abs(n_minus_1 - QUANTILE)) > 1e-6)

    def excluded(interval, null):
        return interval.lower > null or interval.upper < null

    for interval in (both.odds_ratio_cornfield, both.risk_ratio_koopman):
        assert excluded(interval, 1) == (pearson.chi_square > QUANTILE)
    assert excluded(both.risk_difference.mee, 0) == (pearson.chi_square > QUANTILE)
    for interval in (both.odds_ratio_miettinen_nurminen, both.risk_ratio_miettinen_nurminen):
        assert excluded(interval, 1) == (n_minus_1 > QUANTILE)
    assert excluded(both.risk_difference.miettinen_nurminen, 0) == (n_minus_1 > QUANTILE)
    assert excluded(both.odds_ratio_exact.exact, 1) == (fisher.p_doubled < 0.05)
    assert excluded(both.odds_ratio_exact.mid_p, 1) == (fisher.p_mid_doubled < 0.05)


@checked
@given(table)
def test_every_interval_holds_its_estimate_and_mid_p_is_the_narrower(counts):
    assume(min(map(sum, counts)) > 0 and min(map(sum, zip(*counts))) > 0)
    both = two_by_two(counts)
    exact, mid_p = both.odds_ratio_exact.exact, both.odds_ratio_exact.mid_p
    assert exact.lower <= mid_p.lower <= both.odds_ratio_exact.estimate <= mid_p.upper <= exact.upper
    odds, risk = both.odds_ratio_wald.estimate, both.risk_ratio.estimate
    assert both.odds_ratio_cornfield.lower <= odds * (1 + 1e-12)
    assert odds <= both.odds_ratio_cornfield.upper * (1 + 1e-12)
    assert both.risk_ratio_koopman.lower <= risk * (1 + 1e-12)
    assert risk <= both.risk_ratio_koopman.upper * (1 + 1e-12)
    for name in ("mee", "miettinen_nurminen", "newcombe", "newcombe_corrected"):
        lower, upper = getattr(both.risk_difference, name)
        assert -1 <= lower <= both.risk_difference.estimate + 1e-12
        assert both.risk_difference.estimate - 1e-12 <= upper <= 1


@checked
@given(table)
def test_tests_of_the_whole_agree_with_one_another(counts):
    assume(sum(map(sum, counts)) > 0)
    test = fisher_exact(counts)
    assert test.p_mid <= test.p_value <= 1
    # the smaller tail and what is as rare on the other side: at least the one, at most all
    assert min(test.p_less, test.p_greater) - 1e-12 <= test.p_value
    assert test.p_less + test.p_greater >= 1 - 1e-12


small = st.tuples(st.integers(1, 7), st.integers(1, 7)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)


def greatest(chosen, n1, n2):
    """Greatest probability of some tables over a fine grid of the common proportion."""
    p = np.linspace(0, 1, 20_001)
    return sum(comb(n1, i) * comb(n2, j) * p ** (i + j) * (1 - p) ** (n1 + n2 - i - j) for i, j in chosen).max()


@settings(checked, max_examples=30)
@given(small)
def test_barnards_test_is_the_greatest_probability_of_tables_as_far_out(arms):
    a, n1, c, n2 = arms
    every = list(itertools.product(range(n1 + 1), range(n2 + 1)))

    def z(i, j):
        p = (i + j) / (n1 + n2)
        return (i / n1 - j / n2) / np.sqrt(p * (1 - p) * (1 / n1 + 1 / n2)) if 0 < p < 1 else 0.0

    table = [[a, n1 - a], [c, n2 - c]]
    far = [t for t in every if abs(z(*t)) >= abs(z(a, c)) - 1e-9]
    assert_allclose(barnard(table).p_value, greatest(far, n1, n2), rtol=1e-6)
    more = [t for t in every if z(*t) >= z(a, c) - 1e-9]
    assert_allclose(barnard(table, alternative="greater").p_value, greatest(more, n1, n2), rtol=1e-6)


@settings(checked, max_examples=30)
@given(small)
def test_boschloos_test_is_never_above_fishers(arms):
    a, n1, c, n2 = arms
    table, test = [[a, n1 - a], [c, n2 - c]], fisher_exact([[a, n1 - a], [c, n2 - c]])
    for alternative, fisher in (("two-sided", test.p_value), ("less", test.p_less), ("greater", test.p_greater)):
        assert boschloo(table, alternative=alternative).p_value <= fisher * (1 + 1e-9)
    every = itertools.product(range(n1 + 1), range(n2 + 1))
    rare = [t for t in every if fisher_exact([[t[0], n1 - t[0]], [t[1], n2 - t[1]]]).p_value <= test.p_value + 1e-9]
    assert_allclose(boschloo(table).p_value, greatest(rare, n1, n2), rtol=1e-6)


@checked
@given(st.lists(table, min_size=1, max_size=4))
def test_general_association_of_two_by_two_tables_is_mantel_and_haenszels(tables):
    assume(any(min(map(sum, t)) > 0 and min(map(sum, zip(*t))) > 0 for t in tables))
    assert_allclose(
        cochran_mantel_haenszel(tables).chi_square, mantel_haenszel(tables).test.chi_square, rtol=1e-9, atol=1e-12
    )


@checked
@given(st.lists(table, min_size=1, max_size=3))
def test_exchanging_the_arms_of_all_strata_inverts_the_common_ratios(tables):
    assume(any(min(map(sum, t)) > 0 and min(map(sum, zip(*t))) > 0 for t in tables))
    one, other = mantel_haenszel(tables), mantel_haenszel([t[::-1] for t in tables])
    for lower, upper in (("lower_exact", "upper_exact"), ("lower_mid_p", "upper_mid_p")):
        limits = getattr(other, lower), getattr(other, upper)
        assert_allclose((getattr(one, lower), getattr(one, upper)), turned(limits), rtol=1e-8)
    assert one.lower_exact <= one.lower_mid_p <= one.odds_ratio_exact <= one.upper_mid_p <= one.upper_exact
    if 0 < one.risk_ratio < np.inf:
        assert_allclose(one.risk_ratio, 1 / other.risk_ratio)
        assert_allclose(one.log_risk_ratio_std_error, other.log_risk_ratio_std_error)


@checked
@given(table)
def test_a_trend_over_two_groups_is_pearsons_test(counts):
    assume(min(map(sum, counts)) > 0 and min(map(sum, zip(*counts))) > 0)
    test = trend_test([row[0] for row in counts], [sum(row) for row in counts], scores=[3, 10])
    assert_allclose(test.chi_square, pearson_chi2(counts).chi_square, rtol=1e-9, atol=1e-12)


@settings(checked, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=4))
def test_the_exact_trend_is_that_of_enumeration(groups):
    some, every = np.array(groups).T[0], np.array(groups).sum(axis=1)
    assume((every > 0).sum() > 1)
    score = np.repeat(np.arange(every.size), every)
    sums = np.array([sum(chosen) for chosen in itertools.combinations(score, int(some.sum()))], float)
    distance = np.abs(sums - sums.mean())
    own = abs((some * np.arange(every.size)).sum() - sums.mean())
    assert_allclose(trend_test(some, every, exact=True).p_exact, np.mean(distance >= own - 1e-9))


@checked
@given(values, values)
def test_exchanging_the_samples_turns_the_shift(x, y):
    one, other = mann_whitney(x, y), mann_whitney(y, x)
    assert_allclose(one.u + other.u, len(x) * len(y))
    assert one.p_exact == pytest.approx(other.p_exact)
    here, there = one.hodges_lehmann("normal"), other.hodges_lehmann("normal")
    assert_allclose((here.lower, here.upper), (-there.upper, -there.lower), atol=1e-9)
    win, lose = one.win_probability(), other.win_probability()
    assert_allclose((win.lower, win.upper), (1 - lose.upper, 1 - lose.lower), atol=1e-12)
    assert win.lower - 1e-12 <= win.estimate <= win.upper + 1e-12


@checked
@given(values, values, st.integers(-5, 5), st.sampled_from([0.5, 1.0, 4.0]))
def test_normal_limits_of_a_shift_follow_place_and_scale(x, y, place, scale):
    """The exact limits do so only without ties: with ties their distribution is that of the samples where they are."""
    here = mann_whitney(np.array(x), np.array(y)).hodges_lehmann("normal")
    there = mann_whitney(np.array(x) * scale + place, np.array(y) * scale).hodges_lehmann("normal")
    assert_allclose(np.array(here[1:]) * scale + place, there[1:], atol=1e-9)


@checked
@given(st.lists(st.floats(-9, 9), min_size=2, max_size=9, unique=True), st.integers(1, 8))
def test_without_ties_the_exact_shift_is_the_median_of_the_differences(pooled, n):
    assume(n < len(pooled))
    x, y = pooled[:n], pooled[n:]
    shift = mann_whitney(x, y).hodges_lehmann("exact")
    differences = np.subtract.outer(np.array(x), np.array(y))
    assert shift.estimate == pytest.approx(np.median(differences))
    assert differences.min() <= shift.lower <= shift.estimate <= shift.upper <= differences.max()


@checked
@given(st.tuples(st.tuples(cells, cells), st.tuples(cells, cells)))
def test_firths_penalty_of_a_table_adds_a_half_to_each_cell(counts):
    assume(min(map(sum, counts)) > 0 and min(map(sum, zip(*counts))) > 0)
    (a, b), (c, d) = counts
    fit = logistic(np.repeat([1, 0, 1, 0], [a, b, c, d]), np.repeat([1, 1, 0, 0], [a, b, c, d]), penalty="firth")
    assert_allclose(fit.odds_ratio[1], two_by_two(counts).odds_ratio_haldane.estimate, rtol=1e-7)
    assert fit.converged


@settings(checked, max_examples=20)
@given(st.integers(0, 10_000), st.sampled_from([None, "firth"]))
def test_profile_limits_hold_the_estimate_and_agree_with_the_test(seed, penalty):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.integers(0, 2, 60), rng.normal(5, 2, 60)])
    y = rng.random(60) < 1 / (1 + np.exp(1 - x[:, 0]))
    assume(0 < y.sum() < 60)
    fit = logistic(y, x, penalty=penalty)
    lower, upper = fit.profile_limits()
    assert (lower < fit.odds_ratio).all()
    assert (fit.odds_ratio < upper).all()
    for j, test in enumerate(fit.likelihood_ratio_tests()):
        assert (lower[j] > 1 or upper[j] < 1) == (test.p_value < 0.05)
    # another unit, another origin: the same odds ratio for the same difference
    other = logistic(y, x * [1, 10] + [0, 3], penalty=penalty)
    assert_allclose(other.coef[1:] * [1, 10], fit.coef[1:], rtol=1e-6, atol=1e-9)
    assert_allclose(np.log(other.profile_limits().upper[2]) * 10, np.log(upper[2]), rtol=1e-6, atol=1e-9)


def test_kernels_agree_with_their_plain_python_twins():
    for kernel, arguments in (
        (hypergeometric.weights, (9.0, 7.0, 6.0, 0.7)),
        (hypergeometric.p_values, (np.array([0.1, 0.2, 0.4, 0.2, 0.1]), 1, 1e-7)),
        (hypergeometric.moments, (np.array([0.1, 0.2, 0.4, 0.2, 0.1]), 1, 0.3, 0.5)),
        (hypergeometric.log_odds_of_mean, (np.array([0.1, 0.2, 0.4, 0.2, 0.1]), 1)),
        (hypergeometric.log_odds_of_tail, (np.array([0.1, 0.2, 0.4, 0.2, 0.1]), 3, 0.5, 0.025)),
        (rank_sums.untied_ways, (5, 7)),
        (rank_sums.tied_ways, (np.array([2, 5, 8]), np.array([1, 2, 1]), 2)),
        (rank_sums.shifted, (np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0]), 1.0)),
        (rank_sums.shift_at, (np.array([1.0, 2.0, 4.0, 7.0]), np.array([1.0, 3.0, 5.5]), 0.2, 0.5, 0.0, 1e-13)),
        (score_limits.all_limits, (7.0, 9.0, 3.0, 11.0, 1.96)),
        (score_limits.all_limits, (0.0, 9.0, 11.0, 11.0, 1.96)),
        (
            tables_of_margins.share_at_most,
            (np.array([0, 2, 2]), np.array([0.1, 0.3]), np.array([0, 0, 1]), np.array([0.2]), 0.4, 0.0, 0.0),
        ),
    ):
        for compiled, plain in zip(
            np.atleast_1d(np.asarray(kernel(*arguments), dtype=object)),
            np.atleast_1d(np.asarray(kernel.py_func(*arguments), dtype=object)),
            strict=True,
        ):
            assert_allclose(np.asarray(compiled, float), np.asarray(plain, float), rtol=1e-10)


@pytest.mark.parametrize("firth", [False, True])
def test_the_climb_agrees_with_its_plain_python_twin(firth):
    x = np.column_stack([np.ones(8), [0.1, 1.2, -0.3, 0.7, -1.1, 0.4, 2.0, -0.6]])
    y = np.array([0.0, 1, 0, 1, 0, 1, 0, 1])
    ends = []
    for run in (climbing.climb, climbing.climb.py_func):
        beta = np.zeros(2)
        state, loglik, information, _ = run(x, y, beta, np.arange(2), firth)
        assert state == climbing.PLAIN
        ends.append([loglik, *beta, information[1, 0]])
    assert_allclose(ends[0], ends[1], rtol=1e-9)


def test_fillings_of_a_column_agree_with_their_plain_python_twin():
    start = np.zeros(1, np.int64), np.zeros(1), 0, np.array([2, 3, 2]), 3, np.log([1.0, 1, 2, 6]), 100
    outs = []
    for run in (tables_of_margins.fill, tables_of_margins.fill.py_func):
        ways = run(*start, np.empty(0, np.int64), np.empty(0))
        # 3 subjects on rows with room for 2, 3 and 2: all 10 ways but 3 in the first or in the last row
        assert ways == 8
        out = np.empty(ways, np.int64), np.empty(ways)
        run(*start, *out)
        outs.append(out)
    assert (outs[0][0] == outs[1][0]).all()
    assert_allclose(outs[0][1], outs[1][1])
    assert_allclose(
        fisher_tables.fisher_of_all(3, 4, 1e-7), fisher_tables.fisher_of_all.py_func(3, 4, 1e-7), rtol=1e-12
    )
