"""What holds of survival estimators for all data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import cox, cumulative_incidence, fine_gray, gray_test, kaplan_meier, log_rank

checked = settings(deadline=None, max_examples=60, derandomize=True)


@st.composite
def follow_up(draw, causes=2, tied=True, least=2):
    """Times, causes (0 censored) and two groups of 2 to 30 subjects, with many ties or none."""
    n = draw(st.integers(least, 30))
    days = st.integers(1, 12) if tied else st.integers(1, 10_000)
    time = draw(st.lists(days, min_size=n, max_size=n, unique=not tied))
    cause = draw(st.lists(st.integers(0, causes), min_size=n, max_size=n))
    group = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    return np.array(time, float), np.array(cause), np.array(group)


def refused_or(call):
    """The result of the call; data that cannot be compared are not what these properties are about."""
    try:
        return call()
    except AnalysisDataError:
        assume(False)


@checked
@given(follow_up(), st.randoms(use_true_random=False))
def test_the_order_of_subjects_does_not_matter(subjects, random):
    time, cause, group = subjects
    order = np.array(random.sample(range(time.size), time.size))
    one, other = kaplan_meier(time, cause == 1), kaplan_meier(time[order], cause[order] == 1)
    assert_allclose(one.survival, other.survival, rtol=1e-12)
    one, other = (cumulative_incidence(time[rows], cause[rows]).of() for rows in (slice(None), order))
    assert_allclose(one.incidence, other.incidence, rtol=1e-12)
    first = refused_or(lambda: log_rank(time, cause == 1, group))
    again = log_rank(time[order], cause[order] == 1, group[order])
    assert_allclose(first.variance, again.variance, rtol=1e-9, atol=1e-12)


@checked
@given(follow_up(), st.floats(0.01, 1000))
def test_the_unit_of_time_does_not_matter(subjects, unit):
    time, cause, group = subjects
    assert_allclose(kaplan_meier(time * unit, cause == 1).survival, kaplan_meier(time, cause == 1).survival)
    test = refused_or(lambda: gray_test(time, cause, group))
    assert_allclose(gray_test(time * unit, cause, group).chi_square, test.chi_square, rtol=1e-9)


@checked
@given(follow_up())
def test_by_every_time_something_or_nothing_has_happened(subjects):
    time, cause, _ = subjects
    curves = cumulative_incidence(time, cause).of()
    assert_allclose(curves.incidence.sum(axis=0) + curves.event_free, 1)
    assert_allclose(curves.event_free, kaplan_meier(time, cause > 0).survival, atol=1e-15)


@checked
@given(follow_up(causes=1))
def test_with_one_cause_the_incidence_is_one_minus_kaplan_meier(subjects):
    time, cause, _ = subjects
    assume(cause.any())
    curves, fit = cumulative_incidence(time, cause).of(), kaplan_meier(time, cause)
    assert_allclose(curves.incidence[0], 1 - fit.survival, atol=1e-14)
    known = fit.survival > 0
    assert_allclose(curves.std_error_survival[0][known], fit.std_error[known], rtol=1e-7, atol=1e-10)


@checked
@given(follow_up(), st.lists(st.integers(1, 4), min_size=30, max_size=30))
def test_a_weight_of_k_is_k_equal_rows(subjects, copies):
    time, cause, _ = subjects
    copies = np.array(copies[: time.size])
    weighted = kaplan_meier(time, cause == 1, weights=copies)
    copied = kaplan_meier(np.repeat(time, copies), np.repeat(cause == 1, copies))
    for name in ("survival", "std_error", "lower", "upper", "at_risk", "cumulative_hazard"):
        assert_allclose(getattr(weighted, name), getattr(copied, name), rtol=1e-9, atol=1e-12)


@checked
@given(follow_up(), st.lists(st.integers(1, 3), min_size=30, max_size=30))
def test_a_weight_of_k_is_k_equal_rows_in_cox_regression(subjects, copies):
    time, cause, group = subjects
    copies = np.array(copies[: time.size])
    weighted = refused_or(lambda: cox(time, cause == 1, group, weights=copies, ties="breslow"))
    assume(weighted.converged)
    copied = cox(np.repeat(time, copies), np.repeat(cause == 1, copies), np.repeat(group, copies), ties="breslow")
    assert_allclose(weighted.coef, copied.coef, rtol=1e-7, atol=1e-9)
    assert_allclose(weighted.loglik, copied.loglik, rtol=1e-9, atol=1e-9)


@checked
@given(follow_up(tied=False))
def test_without_ties_the_score_test_of_cox_is_the_log_rank_test(subjects):
    time, cause, group = subjects
    test = refused_or(lambda: log_rank(time, cause == 1, group))
    model = refused_or(lambda: cox(time, cause == 1, group))
    assert_allclose(model.score.chi_square, test.chi_square, rtol=1e-8, atol=1e-12)


@checked
@given(follow_up(tied=False), st.lists(st.integers(0, 2), min_size=30, max_size=30))
def test_the_same_within_strata(subjects, strata):
    time, cause, group = subjects
    strata = strata[: time.size]
    test = refused_or(lambda: log_rank(time, cause == 1, group, strata=strata))
    model = refused_or(lambda: cox(time, cause == 1, group, strata=strata))
    assert_allclose(model.score.chi_square, test.chi_square, rtol=1e-8, atol=1e-12)


@checked
@given(follow_up(tied=False), st.sampled_from(["breslow", "efron"]))
def test_without_ties_breslow_and_efron_agree(subjects, ties):
    time, cause, group = subjects
    model = refused_or(lambda: cox(time, cause == 1, group))
    assume(model.converged)
    assert_allclose(cox(time, cause == 1, group, ties=ties).coef, model.coef, rtol=1e-9, atol=1e-12)


@checked
@given(follow_up())
def test_exchanging_the_groups_turns_the_coefficient_round(subjects):
    time, cause, group = subjects
    one = refused_or(lambda: cox(time, cause == 1, group))
    other = cox(time, cause == 1, 1 - group)
    assert_allclose(one.coef, -other.coef, rtol=1e-6, atol=1e-9)
    one = refused_or(lambda: fine_gray(time, cause, group))
    other = fine_gray(time, cause, 1 - group)
    assert_allclose(one.coef, -other.coef, rtol=1e-6, atol=1e-9)
    assert_allclose(one.std_error, other.std_error, rtol=1e-6)


@checked
@given(follow_up(causes=1))
def test_with_one_cause_the_score_of_gray_is_that_of_log_rank(subjects):
    time, cause, group = subjects
    test = refused_or(lambda: gray_test(time, cause, group))
    assert_allclose(test.score, log_rank(time, cause, group).score, rtol=1e-9, atol=1e-12)


@checked
@given(follow_up(causes=1))
def test_with_one_cause_fine_and_gray_is_cox_with_robust_errors(subjects):
    time, cause, group = subjects
    model = refused_or(lambda: fine_gray(time, cause, group))
    assume(model.converged)
    same = cox(time, cause, group, ties="breslow", cluster=np.arange(time.size))
    assert_allclose(model.coef, same.coef, rtol=1e-7, atol=1e-9)
    assert_allclose(model.std_error, same.std_error, rtol=1e-6)


@checked
@given(follow_up())
def test_scores_of_groups_add_up_to_nothing(subjects):
    time, cause, group = subjects
    test = refused_or(lambda: log_rank(time, cause == 1, group))
    assert_allclose(test.score.sum(), 0, atol=1e-12)
    assert_allclose(test.variance.sum(axis=0), 0, atol=1e-12)
    test = refused_or(lambda: gray_test(time, cause, group))
    assert_allclose(test.covariance.sum(axis=0), 0, atol=1e-10)


@checked
@given(follow_up(), st.floats(0.5, 20))
def test_the_restricted_mean_lies_between_nothing_and_the_horizon(subjects, tau):
    time, cause, _ = subjects
    mean = kaplan_meier(time, cause == 1).restricted_mean(tau)
    assert 0 <= mean.estimate <= tau + 1e-12
    assert mean.std_error >= 0


@checked
@given(follow_up())
def test_late_entry_at_nought_changes_nothing(subjects):
    time, cause, group = subjects
    late = np.zeros(time.size)
    assert_allclose(
        kaplan_meier(time, cause == 1, entry=late).survival, kaplan_meier(time, cause == 1).survival, rtol=1e-12
    )
    model = refused_or(lambda: cox(time, cause == 1, group))
    assume(model.converged)
    entered = cox(time, cause == 1, group, entry=late)
    assert_allclose(entered.coef, model.coef, rtol=1e-8, atol=1e-10)
    assert_allclose(entered.covariance, model.covariance, rtol=1e-8)


@checked
@given(follow_up(), st.integers(1, 11))
def test_splitting_the_follow_up_of_each_subject_changes_nothing_in_cox_regression(subjects, cut):
    """Rows (0, cut] and (cut, time] of one subject are as good as (0, time]."""
    time, cause, group = subjects
    model = refused_or(lambda: cox(time, cause == 1, group, cluster=np.arange(time.size)))
    assume(model.converged)
    long = time > cut
    stop = np.concatenate((np.minimum(time, cut), time[long]))
    entry = np.concatenate((np.zeros(time.size), np.full(long.sum(), cut)))
    event = np.concatenate(((cause == 1) & ~long, cause[long] == 1))
    subject = np.concatenate((np.arange(time.size), np.flatnonzero(long)))
    split = cox(stop, event, group[subject], entry=entry, cluster=subject)
    assert_allclose(split.coef, model.coef, rtol=1e-7, atol=1e-9)
    assert_allclose(split.naive_covariance, model.naive_covariance, rtol=1e-7)
    assert_allclose(split.std_error, model.std_error, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("centre", [0.0, 1995.0, -1e6])
def test_a_covariate_far_from_nought_fits_as_well(centre):
    """A calendar year as covariate: R's crr fails on it, and exp(1995 b) would overflow."""
    time, cause = np.arange(1.0, 31), np.tile([1, 0, 2, 1, 0], 6)
    year = np.tile([3.0, 7, 1, 4, 9, 2], 5)
    assert_allclose(fine_gray(time, cause, year + centre).coef, fine_gray(time, cause, year).coef, rtol=1e-6)
    assert_allclose(cox(time, cause == 1, year + centre).coef, cox(time, cause == 1, year).coef, rtol=1e-6)
