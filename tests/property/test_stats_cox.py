"""What holds for Cox regression whatever the data."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from equipoise import stats

ESTIMATES = ("coef", "covariance", "loglik", "loglik_null")
TIGHT = {"rtol": 1e-7, "atol": 1e-8}
"""Newton's method ends within 1e-9 standard deviations of the maximum; the rest is the order of sums."""


@st.composite
def subjects(draw, tied=True):
    """Times, events, two covariates, strata and whole weights of 12 to 40 subjects with a plain maximum."""
    n = draw(st.integers(12, 40))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    time = random.integers(1, 9, n).astype(float) if tied else random.permutation(n) + 1.0
    event = random.integers(0, 2, n)
    x = np.column_stack([random.integers(0, 2, n), random.normal(size=n)])
    assume(event.sum() > 4)
    stratum, weight = random.integers(0, 2, n), random.integers(1, 4, n)
    fit = stats.cox(time, event, x, strata=stratum)
    assume(fit.converged)
    assume(stats.cox(time, event, x).converged)
    return time, event, x, stratum, weight


def agree(one, other):
    """Two models have the same estimates."""
    for name in ESTIMATES:
        assert_allclose(getattr(one, name), getattr(other, name), err_msg=name, **TIGHT)


def repeated(weight, *columns):
    """The columns with each row as often as its weight says."""
    return [np.repeat(column, weight, axis=0) for column in columns]


@settings(deadline=None, max_examples=40)
@given(subjects(), st.sampled_from(["efron", "breslow"]), st.integers(0, 10**6))
def test_neither_the_order_of_rows_nor_the_unit_of_time_nor_the_names_of_strata_matter(data, ties, seed):
    time, event, x, stratum, weight = data
    order = np.random.default_rng(seed).permutation(time.size)
    one = stats.cox(time, event, x, strata=stratum, ties=ties, weights=weight)
    names = np.array(["zeta", "alpha"])[stratum]
    other = stats.cox(
        time[order] * 30.4375, event[order], x[order], strata=names[order], ties=ties, weights=weight[order]
    )
    agree(one, other)
    assert_allclose(other.martingale_residuals(), one.martingale_residuals()[order], **TIGHT)
    assert_allclose(other.score_residuals(), one.score_residuals()[order], **TIGHT)
    assert_allclose(other.concordance().value, one.concordance().value, **TIGHT)


@settings(deadline=None, max_examples=40)
@given(subjects(), st.floats(0.01, 100), st.floats(-1000, 1000))
def test_a_covariate_in_another_unit_has_the_coefficient_in_that_unit(data, unit, origin):
    time, event, x, stratum, _ = data
    one = stats.cox(time, event, x, strata=stratum)
    other = stats.cox(time, event, x * [1, unit] + [0, origin], strata=stratum)
    assert_allclose(other.coef * [1, unit], one.coef, rtol=1e-6, atol=1e-8)
    assert_allclose([other.loglik, other.wald.chi_square], [one.loglik, one.wald.chi_square], **TIGHT)


@settings(deadline=None, max_examples=40)
@given(subjects())
def test_with_breslow_a_weight_of_k_is_k_copies(data):
    time, event, x, stratum, weight = data
    one = stats.cox(time, event, x, strata=stratum, weights=weight, ties="breslow")
    rows = repeated(weight, time, event, x, stratum)
    agree(one, stats.cox(*rows[:3], strata=rows[3], ties="breslow"))


@settings(deadline=None, max_examples=40)
@given(subjects())
def test_with_efron_it_is_so_for_censored_subjects_only(data):
    """Copies of an event are tied events, of which Efron's sums let each go; one event of weight k goes at once."""
    time, event, x, stratum, weight = data
    weight = np.where(event == 1, 1, weight)
    one = stats.cox(time, event, x, strata=stratum, weights=weight)
    rows = repeated(weight, time, event, x, stratum)
    agree(one, stats.cox(*rows[:3], strata=rows[3]))


def test_with_efron_an_event_of_weight_two_is_not_two_copies():
    """R: coxph(Surv(c(1, 2, 3), c(1, 1, 1)) ~ c(1, 0, 1), weights = c(2, 1, 1)) and of c(1, 1, 2, 3) with copies."""
    weighted = stats.cox([1, 2, 3], [1, 1, 1], [1, 0, 1], weights=[2, 1, 1])
    copies = stats.cox([1, 1, 2, 3], [1, 1, 1, 1], [1, 1, 0, 1])
    assert_allclose([weighted.coef[0], copies.coef[0]], [0, 0.12853220476], rtol=1e-9, atol=1e-12)


@settings(deadline=None, max_examples=40)
@given(subjects(tied=False))
def test_without_ties_the_score_test_is_the_log_rank_test_and_ties_do_not_matter(data):
    time, event, x, _, _ = data
    fit = stats.cox(time, event, x[:, 0], strata=None)
    assert_allclose(fit.score.chi_square, stats.log_rank(time, event, x[:, 0]).chi_square, **TIGHT)
    agree(fit, stats.cox(time, event, x[:, 0], ties="breslow"))


@settings(deadline=None, max_examples=40)
@given(subjects(), st.sampled_from(["efron", "breslow"]))
def test_residuals_sum_to_nothing_over_each_stratum_and_at_the_estimate(data, ties):
    time, event, x, stratum, weight = data
    fit = stats.cox(time, event, x, strata=stratum, ties=ties, weights=weight)
    weighted = weight * fit.martingale_residuals()
    assert_allclose(np.bincount(stratum, weights=weighted), 0, atol=1e-9)
    assert_allclose(weight @ fit.score_residuals(), 0, atol=1e-6)
    assert_allclose(np.where(event, fit.martingale_residuals() <= 1, fit.martingale_residuals() <= 0), True)


@settings(deadline=None, max_examples=30)
@given(subjects(), st.sampled_from(["efron", "breslow"]))
def test_entry_before_all_events_changes_nothing_and_a_cut_subject_is_the_same_subject(data, ties):
    """A subject cut into (0, t1] without event and (t1, t2] is the subject, as the risk sets are the same."""
    time, event, x, stratum, _ = data
    whole = stats.cox(time, event, x, strata=stratum, ties=ties)
    agree(whole, stats.cox(time, event, x, strata=stratum, ties=ties, entry=np.zeros(time.size)))
    cut = time > 4
    pieces = {
        "time": np.concatenate([np.where(cut, 4, time), time[cut]]),
        "event": np.concatenate([np.where(cut, 0, event), event[cut]]),
        "covariates": np.vstack([x, x[cut]]),
        "strata": np.concatenate([stratum, stratum[cut]]),
        "entry": np.concatenate([np.zeros(time.size), np.full(cut.sum(), 4)]),
    }
    agree(whole, stats.cox(**pieces, ties=ties))


@settings(deadline=None, max_examples=20)
@given(subjects())
def test_profile_limits_hold_the_estimate_and_widen_with_the_level(data):
    time, event, x, _, _ = data
    fit = stats.cox(time, event, x)
    narrow, wide = fit.profile_limits(0.8), fit.profile_limits(0.95)
    assert (wide.lower < narrow.lower).all()
    assert (narrow.lower < fit.hazard_ratio).all()
    assert (fit.hazard_ratio < narrow.upper).all()
    assert (narrow.upper < wide.upper).all()
