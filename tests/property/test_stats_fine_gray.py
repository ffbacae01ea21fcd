"""What holds for every Fine-Gray model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import TimeVarying, cox, fine_gray


@st.composite
def follow_up(draw, last_cause=2):
    """Few distinct times (heavy ties) or many, causes, covariates and censoring groups."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(40, 400))
    time = random.integers(1, draw(st.sampled_from([4, 20, 10_000])), n).astype(float)
    x = np.column_stack((random.normal(size=n), random.integers(0, 2, n)))
    return time, random.integers(0, last_cause + 1, n), x, random.integers(0, 3, n)


def fitted(*arguments, **options):
    """The model; data in which a coefficient is infinite are set aside."""
    try:
        fit = fine_gray(*arguments, **options)
    except AnalysisDataError:
        assume(False)
    assume(fit.converged and not fit.monotone.any())
    return fit


def same(one, other, rtol=1e-7):
    """Same coefficients and covariances; both are within 1e-9 of the maximum."""
    assert_allclose(other.coef, one.coef, rtol=rtol, atol=1e-8)
    assert_allclose(other.covariance, one.covariance, rtol=rtol, atol=1e-9)
    assert_allclose(other.naive_covariance, one.naive_covariance, rtol=rtol, atol=1e-9)
    assert_allclose(other.known_weights_std_error, one.known_weights_std_error, rtol=rtol)


@settings(deadline=None, max_examples=40)
@given(follow_up(last_cause=1))
def test_without_competing_events_it_is_breslows_cox_regression(subjects):
    time, cause, x, _ = subjects
    fit, known = fitted(time, cause, x), cox(time, cause, x, ties="breslow", cluster=np.arange(time.size))
    assert_allclose(fit.coef, known.coef, rtol=1e-7, atol=1e-8)
    assert_allclose(fit.loglik, known.loglik, rtol=1e-12)
    assert_allclose(fit.covariance, known.covariance, rtol=1e-7, atol=1e-9)
    assert_allclose(fit.naive_covariance, known.naive_covariance, rtol=1e-7, atol=1e-9)


@settings(deadline=None, max_examples=40)
@given(follow_up(last_cause=3), st.randoms(use_true_random=False))
def test_order_unit_of_time_and_names_of_causes_do_not_matter(subjects, shuffled):
    time, cause, x, group = subjects
    order = np.array(shuffled.sample(range(time.size), time.size))
    fit = fitted(time, cause, x, censoring_group=group)
    same(fit, fine_gray(time[order] * 30.5, cause[order], x[order], censoring_group=group[order]))
    # 7 of interest, 9 the only other
    renamed = np.array([-1, 7, 9, 9])[cause]
    same(fit, fine_gray(time, renamed, x, censoring_group=group + 10, cause_of_interest=7, censor_code=-1))


@settings(deadline=None, max_examples=40)
@given(follow_up(), st.floats(-1e5, 1e5), st.floats(0.01, 100))
def test_coefficients_follow_the_unit_of_a_covariate_and_not_its_origin(subjects, origin, unit):
    time, cause, x, _ = subjects
    fit, other = fitted(time, cause, x), fine_gray(time, cause, x * [unit, 1] + [origin, 0])
    assert_allclose(other.coef * [unit, 1], fit.coef, rtol=1e-6, atol=1e-8)
    assert_allclose(other.std_error * [unit, 1], fit.std_error, rtol=1e-6)


@settings(deadline=None, max_examples=40)
@given(follow_up())
def test_the_scan_agrees_with_the_sums_over_all_pairs(subjects):
    """A covariate times the function that is always 1 is an ordinary covariate, but its sums are made pair by pair."""
    time, cause, x, group = subjects
    one = TimeVarying(covariate=x[:, 1], function=np.ones_like)
    for groups in (None, group):
        fit = fitted(time, cause, x, censoring_group=groups)
        pairs = fine_gray(time, cause, x[:, 0], censoring_group=groups, time_varying=[one])
        same(fit, pairs)
        assert_allclose(pairs.loglik, fit.loglik, rtol=1e-12)
        assert_allclose(pairs.baseline_hazard, fit.baseline_hazard, rtol=1e-6)
        assert_allclose(pairs.schoenfeld_residuals(), fit.schoenfeld_residuals(), rtol=1e-6, atol=1e-6)


@settings(deadline=None, max_examples=40)
@given(follow_up())
def test_a_cause_that_never_occurs_and_a_constant_covariate_are_refused(subjects):
    time, cause, x, _ = subjects
    with pytest.raises(AnalysisDataError, match="cause 5 does not occur"):
        fine_gray(time, cause, x, cause_of_interest=5)
    assume((cause == 1).any())
    with pytest.raises(AnalysisDataError):
        fine_gray(time, cause, np.column_stack((x, np.full(time.size, 1995.1))))
