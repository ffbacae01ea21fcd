"""The compiled kernels of Fine-Gray regression and their plain-Python twins agree."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise import stats
from equipoise.stats.kernels.subdistribution import add_squares, climb, competing_sums, risk_sets
from equipoise.stats.kernels.subdistribution_order import censoring_weights, pack, standardize
from equipoise.stats.kernels.subdistribution_scores import later_hazard, score_squares
from equipoise.stats.kernels.subdistribution_time_varying import (
    add_censoring,
    changing_likelihood,
    changing_scores,
    weighted_risk,
)
from equipoise.stats.subdistribution_rows import fine_gray_rows, sorted_covariates
from equipoise.stats.subdistribution_time_varying import changing_covariates

N, P, PLACES = 300, 2, 18
"""More rows than the kernels read in one chunk."""


def drawn(seed, n_groups):
    """Tied times in order, kinds, censoring groups and covariates; 17 event times."""
    random = np.random.default_rng(seed)
    time = np.sort(random.integers(1, PLACES, N)).astype(float)
    return time, random.integers(0, 3, N), random.integers(0, n_groups, N), random.normal(size=(N, P))


def calls(seed, n_groups):
    """Every kernel with arguments as the public function gives them, each after those that fill its arguments."""
    time, kind, group, x = drawn(seed, n_groups)
    order = np.arange(N)
    role, starts, member = np.empty(N, np.int8), np.empty(N, np.int8), np.empty(N if n_groups > 1 else 0, np.int32)
    yield pack, (order, time, kind, np.arange(3), group, n_groups, role, starts, member)
    at_event, events, event_time, inverse = (
        np.empty((n_groups, PLACES)),
        np.empty(PLACES),
        np.empty(PLACES),
        np.empty(N),
    )
    yield censoring_weights, (time, role, starts, member, at_event, events, event_time, inverse)
    scaled, event_sum = np.empty((N, P)), np.empty(P)
    yield standardize, (x, order, role, scaled, np.empty(P), np.empty(P), event_sum)
    yield add_squares, (scaled[:7], inverse, np.zeros((P, P)))
    total, work, amount = np.empty((n_groups, 1 + P)), np.empty((257, 1 + P)), np.empty(256)
    risk, hazard, mean, after = np.empty(N), np.zeros(PLACES), np.zeros((PLACES, P)), np.zeros((n_groups, PLACES))
    beta, score, information = np.array([0.3, -0.2]), np.zeros(P), np.zeros((P, P))
    yield (
        competing_sums,
        (beta, scaled, starts, member, inverse, at_event, risk, hazard, mean, total, np.zeros((257, 1 + P))),
    )
    sums = (score, information, total, work, amount)
    work[:] = 0
    yield risk_sets, (scaled, starts, events, at_event, risk, hazard, mean, after, *sums)
    columns = (scaled, starts, member, inverse, events, at_event, event_sum)
    left = (risk, hazard, mean, after, np.zeros((P + 1, P)), score, information)
    yield climb, (*columns, np.zeros(P), 0, *left)
    yield climb, (*columns, np.zeros(P), 60, *left)
    hazard[0], mean[0] = 0.0, 0.0
    later, tilt = np.empty((n_groups, PLACES, 1 + P)), np.linspace(1, 2, PLACES)
    for g in range(n_groups):
        yield later_hazard, (hazard, mean, tilt, at_event[g], later[g])
    rows = (scaled, time, role, starts, member, inverse, risk, hazard, mean, tilt, later, later)
    yield score_squares, (*rows, np.zeros((P, P)), np.empty((N, P)))
    yield score_squares, (*rows, np.zeros((P, P)), np.empty((0, 0)))


def pair_calls(seed, n_groups):
    """The kernels for covariates that change with time, with arguments as the public function gives them."""
    time, kind, group, x = drawn(seed, n_groups)
    rows = fine_gray_rows(time, kind, np.arange(3), group, n_groups)
    steady, terms = sorted_covariates(rows, x), [stats.TimeVarying(covariate=x[::-1], function=np.sqrt)]
    data = changing_covariates(steady, terms, where="test")
    beta, scores = np.array([0.3, -0.2, 0.1, 0.4]), (np.empty(4), np.empty((4, 4)))
    hazard, mean, columns = (
        np.zeros(PLACES),
        np.zeros((PLACES, 4)),
        (beta, steady.x, data.changing.x, data.f, data.first),
    )
    weights = (rows.members, rows.inverse)
    at = (rows.at_event, np.zeros(4), np.empty(4))
    for i, e in ((0, 1), (5, PLACES - 1), (N - 1, 3)):
        yield weighted_risk, (i, e, *columns, *weights, *at)
    yield (
        changing_likelihood,
        (*columns, *weights, rows.events, rows.at_event, data.event_sum, hazard, mean, *scores),
    )
    changes, out = np.zeros((n_groups, N + 1, 4)), np.zeros((N, 4))
    own = (rows.at_event, rows.own_weight(), hazard, mean, out, changes)
    yield changing_scores, (*columns, data.block_end, *weights, *own)
    yield add_censoring, (rows.role, rows.members, data.block_end, changes, out)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("n_groups", [1, 3])
def test_kernels_agree_with_their_plain_python_twins(seed, n_groups):
    for kernel, arguments in chain(calls(seed, n_groups), pair_calls(seed, n_groups)):
        copies = [part.copy() if isinstance(part, np.ndarray) else part for part in arguments]
        answer, plain = kernel(*arguments), kernel.py_func(*copies)
        if answer is not None:
            assert_allclose(answer, plain, rtol=1e-10)
        for one, other in zip(arguments, copies, strict=True):
            # what a kernel writes; places that it leaves alone hold what np.empty found
            assert_allclose(one, other, rtol=1e-9, atol=1e-11, equal_nan=True, err_msg=kernel.py_func.__name__)


def test_each_kernel_is_compiled_for_one_signature_only():
    """Whatever the types of the caller's columns, the kernels see the same: each other type would cost a second."""
    time, kind, group, x = drawn(3, 2)
    for to in (np.int32, np.float32, np.float64, list):
        columns = [column.tolist() if to is list else column.astype(to) for column in (time, kind, group)]
        stats.fine_gray(columns[0], columns[1], x.tolist() if to is list else x.astype(to), censoring_group=columns[2])
        term = stats.TimeVarying(covariate=columns[2], function=np.log)
        stats.fine_gray(columns[0], columns[1], np.asfortranarray(x), time_varying=[term])
    every = chain(calls(3, 2), pair_calls(3, 2))
    for kernel in {kernel.py_func.__name__: kernel for kernel, _ in every}.values():
        assert len(kernel.signatures) <= 1, kernel.py_func.__name__
