"""The kernels of Cox regression agree with their plain-Python twins and with slower ways to the same numbers."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise import stats
from equipoise.stats.hazard_rows import cox_rows
from equipoise.stats.kernels import cholesky, concordance, packing, penalized
from equipoise.stats.kernels import hazard_steps as hazard_steps_module
from equipoise.stats.kernels import partial_likelihood as partial_likelihood_module
from equipoise.stats.kernels.concordance import concordant_pairs
from equipoise.stats.kernels.hazard_steps import event_sums, hazard_steps, residuals, tilted_information
from equipoise.stats.kernels.packing import at_risk_from, by_stratum_with_times, pack
from equipoise.stats.kernels.partial_likelihood import climb, partial_likelihood
from equipoise.stats.kernels.penalized import determinant_slope
from equipoise.stats.newton import maximize

N = 60


def subjects(seed):
    """Tied times, events, three strata, two covariates, weights and delayed entry."""
    random = np.random.default_rng(seed)
    time = random.integers(2, 20, N).astype(float)
    entry = np.minimum(random.integers(0, 10, N), time - 1).astype(float)
    event = random.integers(0, 2, N).astype(np.int8)
    x = np.column_stack([random.normal(size=N), random.integers(0, 3, N)])
    weight = random.integers(0, 4, N) / 2
    return time, event, x, random.integers(0, 3, N), weight, entry


def packed(seed):
    """Rows of a plain data set, of one with strata and weights, and of one with delayed entry too."""
    time, event, x, stratum, weight, entry = subjects(seed)
    yield cox_rows(x, None, 1, time, event, None, None)
    yield cox_rows(x, stratum, 3, time, event, weight, None)
    yield cox_rows(x, stratum, 3, time, event, weight, entry)


@contextmanager
def in_plain_python():
    """Kernels that are called by kernels are plain Python too."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (cholesky, concordance, hazard_steps_module, packing, partial_likelihood_module, penalized):
            for name, value in list(vars(module).items()):
                if hasattr(value, "py_func"):
                    patch.setattr(module, name, value.py_func)
        yield


def plainly(kernel, *arguments):
    """What the plain-Python twin gives."""
    plain = kernel.py_func
    with in_plain_python():
        return plain(*arguments)


def same(kernel, *arguments):
    """Both ways of the kernel give the same; its compiled result."""
    compiled, plain = kernel(*arguments), plainly(kernel, *arguments)
    pairs = zip(compiled, plain, strict=True) if isinstance(compiled, tuple) else [(compiled, plain)]
    for one, other in pairs:
        assert_allclose(one, other, rtol=1e-10, atol=1e-12, err_msg=kernel.__name__)
    return compiled


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("efron", [0, 1])
def test_kernels_agree_with_their_plain_python_twins(seed, efron):
    beta = np.array([0.3, -0.2])
    time, event, x, stratum, weight, _ = subjects(seed)
    order = np.lexsort((time, stratum))
    start = np.concatenate(([0], np.bincount(stratum, minlength=3).cumsum()))
    for heavy in (weight[order], np.empty(0)):
        columns = [x[order] for _ in range(2)]
        one = pack(time[order], start, event[order], heavy, columns[0])
        other = plainly(pack, time[order], start, event[order], heavy, columns[1])
        for compiled, plain in zip((*one, columns[0]), (*other, columns[1]), strict=True):
            assert_allclose(compiled, plain, rtol=1e-12, atol=1e-12)
    by_time = np.argsort(time, kind="stable")
    rows, times, starts = same(by_stratum_with_times, by_time, time[by_time], stratum[by_time], 3)
    assert rows.tolist() == order.tolist()
    assert times.tolist() == time[order].tolist()
    assert starts.tolist() == start.tolist()
    entry = np.sort(time) - 2
    entered = np.concatenate([np.sort(entry[stratum == s]) for s in range(3)])
    lowest = same(at_risk_from, times, entered, start)
    assert lowest.tolist() == [
        first + int(np.sum(times[first:end] <= late))
        for first, end in pairwise(start.tolist())
        for late in entered[first:end]
    ]
    for rows in packed(seed):
        two = [(np.zeros(2), np.zeros((2, 2))) for _ in range(2)]
        base = (beta, *rows.columns, rows.event_sum, efron)
        assert_allclose(partial_likelihood(*base, *two[0]), plainly(partial_likelihood, *base, *two[1]))
        assert_allclose(two[0][0], two[1][0], rtol=1e-10)
        assert_allclose(two[0][1], two[1][1], rtol=1e-10)
        same(climb, *rows.columns, rows.event_sum, efron, rows.n_terms)
        at, events, heavy, sums = same(event_sums, beta, *rows.columns, 1)
        steps = same(hazard_steps, events, heavy, sums, 2, efron)
        same(residuals, beta, rows.x, rows.mark, rows.leaver, rows.leaves_at, at, steps)
        spread = event_sums(np.zeros(5), np.hstack((rows.x, rows.x[:, :1], rows.x)), *rows.columns[1:], 0)[3]
        same(determinant_slope, events, heavy, sums, spread, np.array([[2.0, 0.5], [0.5, 1.0]]), efron)
        own, tilt = np.ones((events.size, 2)), np.arange(1.0, events.size + 1)
        same(tilted_information, events, heavy, sums, own, tilt, 2, efron)
        risk = np.round(rows.x @ beta, 1)
        by_risk = np.lexsort((risk, rows.stratum))
        same(concordant_pairs, risk, by_risk, rows.mark, rows.weights, rows.leaver, rows.leaves_at)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_the_compiled_climb_ends_where_the_rules_of_newton_end(seed, ties):
    for rows in packed(seed):
        quick = rows.maximum(ties, where="")
        slow = maximize(lambda beta, rows=rows: rows.likelihood(beta, ties), 2, n_terms=rows.n_terms, where="")
        assert quick.plain
        assert quick.iterations == slow.iterations
        for one, other in zip(quick[:6], slow[:6], strict=True):
            assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_concordance_counts_every_pair_once(seed):
    """Against the definition, pair by pair."""
    for rows in packed(seed):
        risk = np.round(rows.x @ np.array([0.3, -0.2]), 1)
        agree, pairs = np.zeros(N), np.zeros(N)
        entry = rows.entry if rows.entry.size else np.full(N, -1.0)
        for i in np.flatnonzero(rows.event == 1):
            for j in range(N):
                after = rows.time[j] > rows.time[i] or (rows.time[j] == rows.time[i] and rows.event[j] == 0)
                if after and rows.stratum[j] == rows.stratum[i] and entry[j] < rows.time[i]:
                    both = rows.weights[i] * rows.weights[j]
                    right = both * ((risk[i] > risk[j]) + 0.5 * (risk[i] == risk[j]))
                    agree[[i, j]] += right
                    pairs[[i, j]] += both
        by_risk = np.lexsort((risk, rows.stratum))
        counted = concordant_pairs(risk, by_risk, rows.mark, rows.weights, rows.leaver, rows.leaves_at)
        assert_allclose(counted[0], agree, atol=1e-12)
        assert_allclose(counted[1], pairs, atol=1e-12)


def test_small_systems_are_solved_and_singular_ones_refused():
    random = np.random.default_rng(5)
    root = random.normal(size=(9, 4))
    matrix, right = root.T @ root, random.normal(size=4)
    for way in (lambda kernel: kernel, lambda kernel: partial(plainly, kernel)):
        step, out = np.zeros(4), np.zeros((4, 4))
        assert way(cholesky.solve)(matrix, right, step)
        assert_allclose(step, np.linalg.solve(matrix, right))
        assert way(cholesky.inverse)(matrix, out)
        assert_allclose(out, np.linalg.inv(matrix), rtol=1e-10)
        coef, covariance = way(cholesky.scaled_estimates)(right, matrix, np.array([1.0, 2, 4, 8]))
        assert_allclose(coef, right / [1, 2, 4, 8])
        assert_allclose(covariance, np.linalg.inv(matrix) / np.outer([1, 2, 4, 8], [1, 2, 4, 8]), rtol=1e-10)
        flat = np.ones((4, 4))
        assert not way(cholesky.solve)(flat, right, step)
        assert not way(cholesky.inverse)(flat, out)


def test_each_kernel_of_cox_is_compiled_for_one_signature_only():
    time, event, x, stratum, weight, entry = subjects(4)
    for kind in (np.int32, np.float32, np.float64, list):
        days, happened, group = (c.tolist() if kind is list else c.astype(kind) for c in (time, event, stratum))
        fit = stats.cox(days, happened, x, strata=group)
        stats.cox(days, happened, x, weights=weight, entry=entry.tolist(), cluster=group).concordance()
        fit.proportional_hazards_test()
        fit.martingale_residuals()
    for kernel in (pack, climb, partial_likelihood, event_sums, hazard_steps, residuals, concordant_pairs):
        assert len(kernel.signatures) <= 1, kernel.__name__
