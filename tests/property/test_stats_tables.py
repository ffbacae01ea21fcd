"""What holds of tables, ranks and logistic regression for all data."""

from __future__ import annotations

import itertools
from math import factorial, prod

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from equipoise.stats import fisher_exact, logistic, mann_whitney, mantel_haenszel, pearson_chi2, two_by_two

checked = settings(deadline=None, max_examples=60, derandomize=True)

cells = st.integers(0, 12)
table = st.tuples(st.tuples(cells, cells), st.tuples(cells, cells))


def compositions(total, parts):
    """All ways to write `total` as a sum of `parts` counts."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in compositions(total - first, parts - 1):
            yield (first, *rest)


@checked
@given(table)
def test_transposing_a_table_does_not_change_its_p_value(counts):
    assume(sum(map(sum, counts)))
    turned = np.array(counts).T
    assert_allclose(fisher_exact(counts).p_value, fisher_exact(turned).p_value, rtol=1e-9)
    assert_allclose(pearson_chi2(counts).p_value, pearson_chi2(turned).p_value)


@checked
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=3))
def test_the_exact_test_of_a_small_table_is_that_of_enumeration(rows):
    assume(sum(map(sum, rows)))
    row_totals, column_totals = [sum(row) for row in rows], [sum(column) for column in zip(*rows)]

    def weight(filled):
        return 1 / prod(factorial(cell) for row in filled for cell in row)

    every = [
        weight(filled)
        for filled in itertools.product(*(compositions(total, 3) for total in row_totals))
        if [sum(column) for column in zip(*filled)] == column_totals
    ]
    own = weight(rows)
    expected = sum(w for w in every if w <= own * (1 + 1e-7)) / sum(every)
    assert_allclose(fisher_exact(rows).p_value, expected, rtol=1e-9)


@checked
@given(table)
def test_exchanging_the_arms_turns_the_effects_round(counts):
    assume(min(map(sum, counts)) > 0)
    one, other = two_by_two(counts), two_by_two(counts[::-1])
    assert_allclose(one.odds_ratio.estimate, 1 / other.odds_ratio.estimate)
    for name in ("wald", "newcombe", "mee", "miettinen_nurminen"):
        lower, upper = getattr(one.risk_difference, name)
        assert_allclose((-upper, -lower), getattr(other.risk_difference, name), atol=1e-7)
        assert lower <= one.risk_difference.estimate + 1e-9
        assert one.risk_difference.estimate <= upper + 1e-9


@checked
@given(table)
def test_exact_limits_hold_the_odds_ratio_and_agree_with_the_test(counts):
    assume(min(map(sum, counts)) > 0)
    test = fisher_exact(counts)
    if np.isnan(test.odds_ratio):
        return
    assert test.lower <= test.odds_ratio <= test.upper
    # the limits exclude 1 exactly if one of the one-sided tests is below 0.025
    excluded = test.lower > 1 or test.upper < 1
    assert excluded == (min(test.p_less, test.p_greater) < 0.025)


@checked
@given(st.lists(table, min_size=1, max_size=3))
def test_the_order_of_strata_does_not_matter(tables):
    assume(any(min(map(sum, t)) > 0 and min(t[0][0] + t[1][0], t[0][1] + t[1][1]) > 0 for t in tables))
    one, other = mantel_haenszel(tables), mantel_haenszel(tables[::-1])
    assert_allclose(one.test.chi_square, other.test.chi_square, rtol=1e-9)
    assert_allclose(one.p_exact, other.p_exact, rtol=1e-7)


@checked
@given(st.lists(st.integers(0, 5), min_size=1, max_size=6), st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_the_exact_rank_test_is_that_of_enumeration(x, y):
    test = mann_whitney(x, y)
    n, values = len(x), np.array(x + y, float)
    rank = np.array([(values < v).sum() + ((values == v).sum() + 1) / 2 for v in values])
    sums = np.array([rank[list(chosen)].sum() for chosen in itertools.combinations(range(values.size), n)])
    middle = n * (values.size + 1) / 2
    expected = np.mean(np.abs(sums - middle) >= abs(rank[:n].sum() - middle) - 1e-9)
    assert_allclose(test.p_exact, expected, rtol=1e-12)
    pairs = np.subtract.outer(np.array(x), np.array(y))
    assert test.u == (pairs > 0).sum() + 0.5 * (pairs == 0).sum()


@checked
@given(table)
def test_logistic_regression_of_a_table_is_its_odds_ratio(counts):
    assume(min(map(min, counts)) > 0)
    (a, b), (c, d) = counts
    fit = logistic(np.repeat([1, 0, 1, 0], [a, b, c, d]), np.repeat([1, 1, 0, 0], [a, b, c, d]))
    ratio = two_by_two(counts).odds_ratio_wald
    assert_allclose(
        [fit.odds_ratio[1], fit.lower[1], fit.upper[1]], [ratio.estimate, ratio.lower, ratio.upper], rtol=1e-7
    )
