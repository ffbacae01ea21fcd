"""The compiled kernels and their plain-Python twins agree; the package imports light and compiles anywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars
import pytest
from numpy.testing import assert_allclose

from equipoise import stats
from equipoise.stats.kernels import aalen_johansen, jackknife, limits, log_rank, ordering, product_limit, scans
from equipoise.stats.kernels.gray import gray_sums
from equipoise.stats.order import sorted_keys, sorted_rows
from equipoise.stats.ties import TOLERANCE

N = 60
NONE, NO_CODES, NO_FLAGS = np.empty(0), np.empty(0, np.int64), np.empty(0, np.int8)


def subjects(seed):
    """Tied times, causes, three strata, two covariates and delayed entry."""
    random = np.random.default_rng(seed)
    time = random.integers(2, 20, N).astype(float)
    entry = np.minimum(random.integers(0, 10, N), time - 1).astype(float)
    return time, random.integers(0, 3, N), random.integers(0, 3, N), random.normal(size=(N, 2)), entry


def scanning(seed):
    """The kernels that scan columns, with columns that are fine and columns that are not."""
    time, cause, _, x, _ = subjects(seed)
    yield scans.all_between, (time, 0.0, 100.0)
    yield scans.all_between, (x[:, 0].copy(), 0.0, 100.0)
    yield scans.zeros_and_ones, ((cause == 1).astype(float), np.empty(N, np.int8))
    yield scans.zeros_and_ones, (time, np.empty(N, np.int8))
    yield scans.whole_numbers, (time, np.empty(N, np.int64))
    yield scans.numbered, (cause * 7, np.empty(N, np.int64), np.zeros(1, np.int64), 100)
    yield scans.numbered, (cause * 7, np.empty(N, np.int64), NO_CODES, 10)


def ordering_calls(seed):
    """The kernels that sort."""
    time, cause, stratum, _, _ = subjects(seed)
    flag = (cause == 1).astype(np.int8)
    yield ordering.longest_whole, (time, 20.0)
    yield ordering.longest_whole, (time + 0.5, 20.0)
    yield ordering.counted_order, (time, 20, np.empty(N, np.int64))
    order = np.argsort(time, kind="stable")
    yield ordering.stable_by_code, (order, stratum, np.empty(4, np.int64), np.empty(N, np.int64))
    near = np.sort(time) + np.arange(N) * 1e-9
    yield ordering.tie_width, (near, TOLERANCE)
    yield ordering.make_tied_equal, (near, TOLERANCE)
    yield ordering.make_tied_equal, (np.array([1e308, 1.5e308, 1.7e308]), TOLERANCE)
    yield ordering.bits_for, (5,)
    key = np.empty(N, np.int64)
    yield ordering.pack, (time, cause, flag, 1, 2, stratum, 2, key)
    lowest = ordering.pack(time, cause, flag, 1, 2, stratum, 2, key)
    key.sort()
    code = np.empty(N, np.int64)
    yield ordering.unpack, (key, code, lowest, 5, TOLERANCE)
    ordering.unpack(key, code, lowest, 5, TOLERANCE)
    start = np.empty(4, np.int64)
    yield ordering.by_block, (key.view(float), code, 3, start, np.empty(N), np.empty(N, np.int64))
    cells = np.zeros(3 * 20 * 8, np.int64)
    yield ordering.count_cells, (time, cause, flag, 1, 2, stratum, 20, cells)
    ordering.count_cells(time, cause, flag, 1, 2, stratum, 20, cells)
    yield ordering.list_cells, (cells, 3, 20, np.empty(N), np.empty(N, np.int64), start)


def estimating(seed):
    """The kernels that estimate, with arguments as their public functions give them."""
    time, cause, stratum, _, entry = subjects(seed)
    flag, groups = (cause == 1).astype(np.int8), stratum[::-1]
    for scale in range(5):
        yield limits.limits_of, (0.3, 0.1, scale, 1.96)
    rows = sorted_rows(time, flag=flag, n_flags=2)
    table = np.zeros((product_limit.N_COLUMNS, rows.n_distinct))
    yield product_limit.survival_curve, (rows.time, rows.code, NONE, NONE, NONE, 0, 1.96, table)
    weight, late = np.arange(1.0, N + 1), np.argsort(entry, kind="stable")
    weighted = (rows.time, rows.code, weight, entry[late], weight[np.argsort(time, kind="stable")][late])
    yield product_limit.count_at_risk, (rows.time, rows.code, weight, NONE, NONE, table)
    yield product_limit.survival_curve, (*weighted[:3], np.zeros(N), weight / N, 1, 1.96, table)
    yield limits.limits_of_all, (table[4], table[5], 2, 1.96, np.empty((2, rows.n_distinct)))
    rows = sorted_rows(time, groups.copy(), 3, flag, 2, stratum.copy(), 3)
    yield log_rank.weighted_log_rank, (*rows[:3], 0.5, 1.0, 0.5, np.zeros((10, 3)))
    for keys, n_strata in (
        (sorted_keys(time, groups, 3, flag, 2, stratum, 3), 3),
        (sorted_keys(time, groups, 3, flag, 2), 1),
    ):
        assert keys is not None
        yield ordering.rows_of_keys, (*keys, n_strata, TOLERANCE)
        yield log_rank.log_rank_of_keys, (*keys, n_strata, TOLERANCE, 0.5, 1.0, 0.5, np.zeros((10, 3)))
    one = (np.array([5.0, 4.0]), np.array([1.0, 0.0]), 0.5, 1.0, 9.0)
    yield log_rank.add_time, (np.ones((9, 2)), *one)
    rows = sorted_rows(time, groups.copy(), 3, cause.astype(np.int8), 3, stratum.copy(), 3)
    yield gray_sums, (*rows[:3], 0.5, np.zeros(3), np.zeros((3, 3)))
    rows = sorted_rows(time, cause.copy(), 3, block=stratum.copy(), n_blocks=3)
    table, first = np.zeros((aalen_johansen.CAUSES + 6, rows.n_distinct)), np.empty(4, np.int64)
    for multinomial in (0, 1):
        yield aalen_johansen.aalen_johansen, (*rows[:3], NONE, NO_CODES, multinomial, table, first)
        start = np.zeros(N)
        yield aalen_johansen.aalen_johansen, (*rows[:3], start, rows.start, multinomial, table, first)
        aalen_johansen.aalen_johansen(*rows[:3], NONE, NO_CODES, multinomial, table, first)
        here = slice(0, first[1])
        counts = (table[1, here].copy(), table[4:6, here].copy(), multinomial)
        yield aalen_johansen.standard_errors, (*counts, np.empty((2, first[1])))
        sums = (np.zeros((2, 3)), np.zeros(2), np.zeros(2))
        yield aalen_johansen.add_events, (np.array([2.0, 1.0]), 3.0, 9.0, 0.5, multinomial, *sums)
    order = np.argsort(time, kind="stable")
    distinct = np.unique(time).size
    yield jackknife.jackknife, (time[order], cause[order], entry[order], np.sort(entry), 1, np.empty(distinct))
    yield jackknife.add, (np.zeros(6), 2.0, 3.0, -1.0)
    yield jackknife.variance, (np.arange(6.0), np.arange(6.0), 0.1, 0.2, 0.3)


def calls(seed):
    """Every kernel of the survival estimators."""
    yield from scanning(seed)
    yield from ordering_calls(seed)
    yield from estimating(seed)


def outcome(function, arguments):
    """What it returns, and what it left in its arguments."""
    own = [value.copy() if isinstance(value, np.ndarray) else value for value in arguments]
    returned = function(*own)
    return [*(returned if isinstance(returned, tuple) else (returned,)), *own]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kernels_agree_with_their_plain_python_twins(seed):
    for kernel, arguments in calls(seed):
        for one, other in zip(outcome(kernel, arguments), outcome(kernel.py_func, arguments), strict=True):
            if one is not None and np.size(one):
                assert_allclose(one, other, rtol=1e-10, atol=1e-12, err_msg=kernel.__name__)


def kinds_of_column():
    """Makers of the same column of whole numbers in every guise."""
    yield from (list, lambda column: np.repeat(column, 2)[::2], frozen, polars.Series)
    for kind in ("int8", "int32", "int64", "uint8", "uint64", "float32", "float64", ">i4", ">f8"):
        yield lambda column, kind=kind: column.astype(kind)


def frozen(column):
    """A copy that cannot be written."""
    column = column.copy()
    column.flags.writeable = False
    return column


@pytest.mark.parametrize("guise", list(kinds_of_column()))
def test_the_type_of_a_column_changes_no_answer(guise):
    time, cause, group, _, entry = subjects(4)
    time, entry = time.astype(np.int64), entry.astype(np.int64)

    def answers(days, causes, groups, late):
        event = [value == 1 for value in causes]
        curve, weighted = stats.kaplan_meier(days, event), stats.kaplan_meier(days, event, entry=late, weights=days)
        yield from (curve.lower, weighted.upper)
        test = stats.log_rank(days, event, groups, strata=causes)
        yield from (test.observed, test.variance)
        fit = stats.cumulative_incidence(days, causes, group=groups, entry=late)
        yield from (fit.of(2).std_error, fit.of(2).std_error_survival)
        yield stats.gray_test(days, causes, groups, strata=late).covariance

    columns = (time, cause, group, entry)
    plain, other = answers(*columns), answers(*(guise(column) for column in columns))
    for one, same in zip(plain, other, strict=True):
        assert_allclose(one, same, rtol=1e-13, atol=1e-14)


def test_each_kernel_is_compiled_for_one_signature_only():
    """Whatever the types of the caller's columns, the kernels see the same: each other type would cost a second."""
    code = (
        "import numpy as np\n"
        "from equipoise import stats\n"
        "from equipoise.stats.kernels import aalen_johansen, gray, jackknife, limits, log_rank, ordering, "
        "product_limit, scans\n"
        "for kind in (np.int32, np.float32, np.float64, np.int64, list):\n"
        "    for size in (60, 4000):\n"
        "        random = np.random.default_rng(1)\n"
        "        columns = [random.integers(2, 20, size), random.integers(0, 3, size), random.integers(0, 3, size)]\n"
        "        days, cause, group = [list(x) if kind is list else x.astype(kind) for x in columns]\n"
        "        event = np.asarray(cause) == 1\n"
        "        if kind is not np.float64: event = event.astype(np.int64)\n"
        "        late = np.zeros(size) if kind is list else np.zeros(size, kind)\n"
        "        stats.kaplan_meier(days, event); stats.kaplan_meier(days, event, entry=late, weights=days)\n"
        "        stats.log_rank(days, event, group, strata=cause); stats.log_rank(days, event, group)\n"
        "        stats.cumulative_incidence(days, cause, group=group).of(1).std_error_survival\n"
        "        stats.cumulative_incidence(days, cause, entry=late).at(5).lower\n"
        "        stats.gray_test(days, cause, group); stats.gray_test(days, cause, group, strata=cause)\n"
        "for module in (aalen_johansen, gray, jackknife, limits, log_rank, ordering, product_limit, scans):\n"
        "    for name, kernel in vars(module).items():\n"
        "        if hasattr(kernel, 'py_func'): print(name, len(kernel.signatures))\n"
    )
    counts = dict(line.split() for line in run(code).splitlines())
    allowed = {"zeros_and_ones": 2}  # events as int64 and as float64
    assert {name: int(count) for name, count in counts.items() if int(count) > allowed.get(name, 1)} == {}
    assert counts["weighted_log_rank"] == "1"


def run(code, **environment):
    """The output of a fresh Python process."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    return done.stdout


def test_importing_the_package_loads_neither_scipy_nor_numba():
    loaded = "import sys, equipoise.stats; print([name for name in ('scipy', 'numba', 'numpy') if name in sys.modules])"
    assert run(loaded).strip() == "[]"


def test_survival_estimators_do_not_load_scipy_stats():
    code = "import sys; from equipoise import stats; stats.kaplan_meier([1], [1]); print('scipy.stats' in sys.modules)"
    assert run(code).strip() == "False"


@pytest.mark.skipif(os.name != "posix", reason="permissions of folders")
def test_kernels_compile_where_the_package_cannot_be_written(tmp_path):
    """Numba keeps compiled kernels beside the source, and in the user's cache folder where that is read-only."""
    package = Path(stats.__file__).parent.parent
    copy = tmp_path / "lib" / "equipoise"
    ignored = shutil.ignore_patterns("__pycache__", "web", "static")
    shutil.copytree(package, copy, ignore=ignored)
    code = (
        "import sys, numba, equipoise; from equipoise import stats\n"
        "assert equipoise.__file__.startswith(sys.argv[1] if len(sys.argv) > 1 else '')\n"
        "print(stats.kaplan_meier([1, 2], [1, 0]).survival[0], equipoise.__file__)"
    )
    folders = [copy, *(folder for folder in copy.rglob("*") if folder.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        answer, where = run(
            code, PYTHONPATH=str(tmp_path / "lib"), HOME=str(tmp_path), PYTHONDONTWRITEBYTECODE="1"
        ).split()
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert answer == "0.5"
    assert where.startswith(str(copy))
