"""Counts of subjects by arm with Fisher's and Pearson's tests, and medians: what several analyses share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from equipoise.analysis.data import Data
from equipoise.analysis.results import comparison
from equipoise.analysis.sheet import NOT_ESTIMABLE, Sheet
from equipoise.arrays import Flags, Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import fisher_exact, mann_whitney, pearson_chi2

NAN = float("nan")
FISHER, PEARSON = "Fisher's exact test", "Pearson's chi-squared test, no continuity correction"
MANN_WHITNEY = "Mann-Whitney test"
Result = TypeVar("Result")


def estimated(estimate: Callable[[], Result]) -> Result | None:
    """What an estimator returns; None where the data do not allow it."""
    try:
        return estimate()
    except AnalysisDataError:
        return None


def p_values(sheet: Sheet, group: str, table: np.ndarray, *, subgroup: str = "") -> None:
    """Both P values of a table of counts, arms by levels; levels that nobody has are left out.

    Not estimable where an arm is empty; Pearson's also where there is only one level.
    """
    table = table[:, table.sum(axis=0) > 0]
    comparable = table.shape[1] > 0 and bool((table.sum(axis=1) > 0).all())
    fisher, pearson = NAN, NAN
    if comparable and table.shape[1] == 1:
        fisher = 1.0
    elif comparable:
        exact, chi2 = estimated(lambda: fisher_exact(table)), estimated(lambda: pearson_chi2(table))
        fisher = NAN if exact is None else exact.p_value
        pearson = NAN if chi2 is None else chi2.p_value
    sheet.put(group, "p_fisher", fisher, subgroup=subgroup, method=FISHER)
    sheet.put(group, "p_pearson", pearson, subgroup=subgroup, method=PEARSON)


def shares(sheet: Sheet, data: Data, arm: np.ndarray, among: Flags, having: Flags, *, tests: bool = True) -> None:
    """Subjects `among` whom those `having` something are counted: n, count, proportion by arm, and P values."""
    tables = {}
    for name in data.arms:
        here = among & (arm == name)
        n, count = int(here.sum()), int((here & having).sum())
        tables[name] = (count, n - count)
        sheet.put(name, "n", n)
        sheet.put(name, "count", count)
        sheet.put(name, "proportion", count / n if n else NAN)
    if tests:
        for pair in data.pairs:
            p_values(sheet, comparison(*pair), np.array([tables[name] for name in pair]))


def spread(sheet: Sheet, group: str, values: Floats, *, unit: str = "") -> None:
    """n, median, minimum and maximum of values that are known."""
    some = values.size > 0
    sheet.put(group, "n", values.size)
    sheet.put(group, "median", float(np.median(values)) if some else NAN, unit=unit, absent=NOT_ESTIMABLE)
    sheet.put(group, "minimum", float(values.min()) if some else NAN, unit=unit)
    sheet.put(group, "maximum", float(values.max()) if some else NAN, unit=unit)


def p_mann_whitney(sheet: Sheet, group: str, first: Floats, second: Floats) -> None:
    """The P value that two samples are alike; not estimable where one is empty."""
    test = estimated(lambda: mann_whitney(first, second))
    sheet.put(group, "p_mann_whitney", NAN if test is None else test.p_value, method=MANN_WHITNEY)
