"""The compiled kernels and their plain-Python twins agree; the package imports light and compiles anywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise import stats
from equipoise.stats.kernels.aalen_johansen import aalen_johansen
from equipoise.stats.kernels.gray import gray_sums
from equipoise.stats.kernels.log_rank import weighted_log_rank
from equipoise.stats.kernels.product_limit import product_limit

N = 60


def subjects(seed):
    """Tied times, causes, three strata, two covariates and delayed entry."""
    random = np.random.default_rng(seed)
    time = random.integers(2, 20, N).astype(float)
    entry = np.minimum(random.integers(0, 10, N), time - 1).astype(float)
    return time, random.integers(0, 3, N), random.integers(0, 3, N), random.normal(size=(N, 2)), entry


def calls(seed):
    """Every kernel with arguments as its public function gives them."""
    time, cause, stratum, _, entry = subjects(seed)
    order = np.argsort(time, kind="stable")
    yield (
        product_limit,
        (
            time[order],
            (cause[order] == 1).astype(np.int8),
            np.arange(1.0, N + 1),
            np.sort(entry),
            np.arange(1.0, N + 1)[np.argsort(entry, kind="stable")],
        ),
    )
    yield aalen_johansen, (time[order], cause[order], 2)
    within = np.lexsort((time, stratum))
    event = (cause == 1).astype(np.int8)
    group = stratum[::-1].copy()
    yield weighted_log_rank, (stratum[within], time[within], event[within], group[within], 3, 0.5, 1.0, 0.5)
    yield gray_sums, (stratum[within], time[within], cause[within], group[within], 3, 0.5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kernels_agree_with_their_plain_python_twins(seed):
    for kernel, arguments in calls(seed):
        compiled, plain = kernel(*arguments), kernel.py_func(*arguments)
        compiled, plain = (part if isinstance(part, tuple) else (part,) for part in (compiled, plain))
        for one, other in zip(compiled, plain, strict=True):
            assert_allclose(one, other, rtol=1e-10, atol=1e-12, err_msg=kernel.__name__)


def test_each_kernel_is_compiled_for_one_signature_only():
    """Whatever the types of the caller's columns, the kernels see the same: each other type would cost a second."""
    time, cause, stratum, x, _ = subjects(4)
    for kind in (np.int32, np.float32, np.float64, list):
        columns = [column.tolist() if kind is list else column.astype(kind) for column in (time, cause, stratum)]
        days, causes, groups = columns
        event = [int(value) == 1 for value in causes]
        stats.kaplan_meier(days, event)
        stats.log_rank(days, event, groups)
        stats.cox(days, event, x.tolist() if kind is list else x.astype(kind), strata=groups)
        stats.cumulative_incidence(days, causes, group=groups)
        stats.gray_test(days, causes, groups)
        stats.fine_gray(days, causes, x, censoring_group=groups)
    for kernel in {kernel.__name__: kernel for kernel, _ in calls(4)}.values():
        assert len(kernel.signatures) <= 1, kernel.__name__


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
