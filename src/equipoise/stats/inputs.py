"""What every estimator asks of its arguments, and what it says when they are not so.

Each function takes what a caller gives (lists, numpy arrays, polars or pandas columns) and returns contiguous numpy
arrays of one fixed dtype, so that every kernel is compiled for one signature only. Whatever cannot be analysed is
refused by `AnalysisDataError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats.kernels.scans import LARGEST, all_between, numbered, zeros_and_ones
from equipoise.stats.ties import tie

WIDEST = 1_000
"""Labels that are whole numbers with a range up to this, or up to the number of rows, are numbered by a table."""
NUMBERS = "biufO"
"""Kinds of arrays that may be numbers: not text that reads like them, nor dates, nor durations of some unit."""
NO_CODE = np.empty(0, np.int64)
INT64, BOOL = np.dtype(np.int64), np.dtype(np.bool_)
SMALL_WHOLE = "bhilqBHI"
"""Characters of the types of whole numbers that int64 can hold."""

Ints = NDArray[np.int64]
Labels = tuple[Any, ...]
"""Distinct labels of groups, strata or causes, in ascending order."""


def refuse_rows(bad: NDArray[np.bool_], what: str, *, where: str, rule: str, remedy: str, place: str = "row") -> None:
    """Refuse the data if any row is `bad`; `what` completes "... holds 3 values that are ...". Counts from row 0."""
    if bad.any():
        fault = f"{int(bad.sum())} of {bad.size} values are {what}; the first is in {place} {int(np.argmax(bad))}"
        raise AnalysisDataError(fault, where=where, rule=rule, remedy=remedy)


def for_kernels(column: NDArray[Any]) -> NDArray[Any]:
    """The array itself if it is contiguous and can be written, otherwise a copy: kernels know no other kind."""
    flags = column.flags
    return column if flags.c_contiguous and flags.writeable else column.copy(order="C")


def without_mask(values: ArrayLike) -> ArrayLike:
    """The values, missing where a masked array hides them."""
    if type(values) is np.ndarray or not isinstance(values, np.ma.MaskedArray):
        return values
    visible: ArrayLike = np.ma.filled(values.astype(object), np.nan)
    return visible


def as_numbers(values: ArrayLike) -> Floats | None:
    """The values as float64, of any shape, missing where a mask hides them; None where they are not numbers."""
    try:
        given = np.asarray(without_mask(values))
        return given.astype(np.float64, copy=False) if given.dtype.kind in NUMBERS else None
    except (TypeError, ValueError):
        return None


def column_of(values: ArrayLike, *, where: str) -> Floats:
    """A column of numbers of which some may be missing or infinite, float64 [n], as kernels want it."""
    column = as_numbers(values)
    if column is None:
        raise AnalysisDataError(
            "the values are not numbers",
            where=where,
            rule="STATS-NUMBER",
            remedy="give a column of numbers; of dates, the days (or months, or years) since the origin",
        )
    one_dimension(column, where=where)
    return for_kernels(column)


def one_dimension(column: NDArray[Any], *, where: str) -> None:
    """Refuse an array that is no column."""
    if column.ndim != 1:
        raise AnalysisDataError(
            f"the array has {column.ndim} dimensions, not 1",
            where=where,
            rule="STATS-SHAPE",
            remedy="give one column: a value for each subject, covariate or time asked for",
        )


def whole_or_float(values: ArrayLike, *, where: str) -> NDArray[Any]:
    """The same, but int64 where whole numbers are given: no code of a cause is too great for it."""
    column = np.asarray(without_mask(values))
    if column.dtype.char in SMALL_WHOLE and column.ndim == 1:
        return for_kernels(column if column.dtype == INT64 else column.astype(INT64))
    return column_of(column, where=where)


def numbers(values: ArrayLike, *, where: str) -> Floats:
    """A column of finite numbers, float64 [n]."""
    column = column_of(values, where=where)
    if not all_between(column, -LARGEST, LARGEST):
        refuse_missing(column, where=where)
    return column


def one_or_more(values: ArrayLike, *, where: str) -> Floats:
    """One number, or a column of them, finite, float64 [n]."""
    given = as_numbers(values)
    return numbers(values if given is None else np.atleast_1d(given), where=where)


def refuse_missing(column: Floats, *, where: str) -> None:
    """Refuse a column with a missing or infinite value."""
    refuse_rows(
        ~np.isfinite(column),
        "missing or infinite",
        where=where,
        rule="STATS-MISSING",
        remedy="leave these subjects out, or find their values",
    )


def times(values: ArrayLike, *, where: str) -> Floats:
    """Follow-up times: finite, not negative, at least one; float64 [n]."""
    column = column_of(values, where=where)
    if column.size == 0:
        raise AnalysisDataError(
            "there is no subject", where=where, rule="STATS-EMPTY", remedy="give at least one subject"
        )
    if all_between(column, 0.0, LARGEST):
        return column
    refuse_missing(column, where=where)
    refuse_rows(
        column < 0,
        "negative",
        where=where,
        rule="STATS-TIME",
        remedy="count time from the origin of the endpoint; a time before it is an error in the data",
    )
    return column


def indicators(values: ArrayLike, n: int, *, where: str) -> NDArray[np.int8]:
    """A column of 0 and 1 (or False and True), int8 [n]."""
    if type(values) is np.ndarray and values.dtype == BOOL and values.shape == (n,):
        return values.astype(np.int8)
    column = whole_or_float(values, where=where)
    flag = np.empty(column.size, np.int8)
    if column.size == n and zeros_and_ones(column, flag):
        return flag
    refuse_missing(column, where=where)
    same_length(column, n, where=where)
    refuse_rows(
        (column != 0) & (column != 1),
        "neither 0 nor 1",
        where=where,
        rule="STATS-EVENT",
        remedy="code 1 for an event (yes) and 0 for a censored time (no), with `status == 2` where they are 2 and 1; "
        "for several causes use the functions with `cause`",
    )
    return flag


ONE_EACH = "give one value for each subject, in the same order as the times"


def same_length(column: NDArray[Any], n: int, *, where: str, each: str = "subject", remedy: str = ONE_EACH) -> None:
    """Refuse a column that has not one value for `each` of the `n` subjects, or of what else there are `n`."""
    if len(column) != n:
        raise AnalysisDataError(
            f"there are {len(column)} values for {n} {each}s",
            where=where,
            rule="STATS-LENGTH",
            remedy=remedy,
        )


def codes(values: ArrayLike, n: int, *, where: str) -> tuple[Labels, Ints]:
    """Labels of a column in ascending order, and the place of each subject's label among them, int64 [n]."""
    column = np.asarray(without_mask(values))
    one_dimension(column, where=where)
    same_length(column, n, where=where)
    kind = column.dtype.char
    if n and (kind in SMALL_WHOLE or kind == "?"):
        number = for_kernels(column if column.dtype == INT64 else column.astype(INT64))
        place = np.empty(n, INT64)
        found = numbered(number, place, NO_CODE, max(WIDEST, n))
        if found.size:
            return tuple((found.astype(BOOL) if kind == "?" else found).tolist()), place
    if column.dtype.kind == "O":
        missing = np.array([value is None or value != value for value in column.tolist()], dtype=np.bool_)
    elif column.dtype.kind in "fc":
        missing = np.isnan(column)
    elif column.dtype.kind in "mM":
        missing = np.isnat(column)
    else:
        missing = np.zeros(n, np.bool_)
    refuse_rows(
        missing, "missing", where=where, rule="STATS-MISSING", remedy="leave these subjects out, or find their values"
    )
    try:
        labels, inverse = np.unique(column, return_inverse=True)
    except TypeError as error:
        raise AnalysisDataError(
            "the labels have no order among them",
            where=where,
            rule="STATS-LABEL",
            remedy="give labels of one kind: all text, or all numbers",
        ) from error
    return tuple(labels.tolist()), np.ascontiguousarray(inverse, dtype=np.int64)


def strata_codes(strata: ArrayLike | Sequence[ArrayLike] | None, n: int, *, where: str) -> tuple[int, Ints]:
    """Number of strata and the stratum of each subject, int64 [n].

    `strata` is one column, or a list of columns whose combinations that occur are the strata, or None for one stratum.
    """
    if strata is None:
        return 1, np.zeros(n, np.int64)
    several = isinstance(strata, (list, tuple)) and len(strata) > 0 and np.ndim(strata[0]) > 0
    columns: list[Any] = list(strata) if several else [strata]  # type: ignore[arg-type]
    labels, cell = codes(columns[0], n, where=where)
    for column in columns[1:]:
        others, code = codes(column, n, where=where)
        # numbered anew after each column, so that the product of the numbers of labels cannot overflow
        labels, cell = codes(cell * len(others) + code, n, where=where)
    return len(labels), cell


def covariate_matrix(values: ArrayLike, n: int, *, where: str) -> Floats:
    """Covariates, float64 [n, p], finite; one column may be given as [n]."""
    matrix = as_numbers(values)
    if matrix is None:
        raise AnalysisDataError(
            "the covariates are not numbers",
            where=where,
            rule="STATS-NUMBER",
            remedy="code each category but one by a column of 0 and 1",
        )
    if matrix.ndim == 1:
        matrix = matrix.reshape(-1, 1)
    if matrix.ndim != 2 or matrix.shape[1] == 0:
        raise AnalysisDataError(
            f"the covariates have shape {matrix.shape}",
            where=where,
            rule="STATS-SHAPE",
            remedy="give one row a subject and one column a covariate, at least one",
        )
    same_length(matrix, n, where=where, remedy="give one row a subject, in the same order, and one column a covariate")
    matrix = for_kernels(matrix)
    if not all_between(matrix.reshape(-1), -LARGEST, LARGEST):
        refuse_rows(
            np.asarray(~np.isfinite(matrix).all(axis=1)),
            "missing or infinite",
            where=where,
            rule="STATS-MISSING",
            remedy="leave these subjects out (complete cases), or impute",
        )
    return matrix


def choice(value: str, allowed: Sequence[str], *, where: str) -> str:
    """`value`, if it is one of those allowed."""
    if value not in allowed:
        raise AnalysisDataError(
            f"{value!r} is not one of {', '.join(allowed)}",
            where=where,
            rule="STATS-OPTION",
            remedy="choose one of them, or leave the argument out",
        )
    return value


def number(value: float, *, where: str) -> float:
    """An argument that is one number, which may be infinite or NaN: not text, nor None, nor several."""
    given = None if value is None else as_numbers(value)
    if given is None or given.ndim:
        raise AnalysisDataError(
            f"{value!r} is not one number", where=where, rule="STATS-NUMBER", remedy="give one number, as 1 or 0.5"
        )
    return float(given)


def whole_number(value: int, *, where: str) -> int:
    """An argument that is one whole number, of any type, that int64 can hold."""
    given = int(value) if isinstance(value, (int, np.integer)) else number(value, where=where)
    if not (-(2**63) <= given < 2**63 and given == int(given)):
        raise AnalysisDataError(
            f"{value!r} is not a whole number between -2^63 and 2^63",
            where=where,
            rule="STATS-NUMBER",
            remedy="give one whole number",
        )
    return int(given)


def level(value: float, *, where: str, name: str = "confidence level", usual: str = "0.95 for 95 %") -> float:
    """A level strictly between 0 and 1."""
    if not 0 < number(value, where=where) < 1:
        raise AnalysisDataError(
            f"the {name} {value} is not between 0 and 1", where=where, rule="STATS-LEVEL", remedy=f"give {usual}"
        )
    return float(value)


def case_weights(weights: ArrayLike | None, n: int, *, where: str) -> Floats:
    """Weights of the rows, not negative and not all 0, float64 [n]; 1 for each where none are given."""
    if weights is None:
        return np.ones(n)
    where = f"{where}, weights"
    column = numbers(weights, where=where)
    same_length(column, n, where=where)
    refuse_rows(
        column < 0,
        "negative",
        where=where,
        rule="STATS-WEIGHT",
        remedy="a weight says how many subjects a row stands for",
    )
    if not (column > 0).any():
        raise AnalysisDataError(
            "all weights are 0", where=where, rule="STATS-EMPTY", remedy="give at least one subject"
        )
    return column


def entry_times(entry: ArrayLike, time: Floats, *, where: str) -> Floats:
    """Times of delayed entry, float64 [n], each before its time (and not tied with it)."""
    where = f"{where}, entry"
    column = numbers(entry, where=where)
    same_length(column, time.size, where=where)
    start, end = tie(column, time)
    refuse_rows(
        start >= end,
        "not before the end of follow-up",
        where=where,
        rule="STATS-ENTRY",
        remedy="leave out a subject that was observed for no time at all, or correct the entry",
    )
    return column


def counts(table: ArrayLike, *, where: str) -> Floats:
    """A table of counts, float64 [rows, columns]: whole, not negative, at least one subject, at least 2 x 2."""
    try:
        cells = np.asarray(table, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise AnalysisDataError(
            "the table is not made of numbers", where=where, rule="STATS-NUMBER", remedy="give rows of counts"
        ) from error
    if cells.ndim != 2 or min(cells.shape) < 2:
        raise AnalysisDataError(
            f"the table has shape {cells.shape}",
            where=where,
            rule="STATS-SHAPE",
            remedy="give at least two rows (arms) of at least two counts (answers)",
        )
    refuse_rows(
        ~(np.isfinite(cells) & (cells >= 0) & (cells == np.round(cells))).ravel(),
        "not counts",
        where=where,
        rule="STATS-COUNT",
        remedy="give how many subjects are in each cell; cells are counted from 0, row by row",
        place="cell",
    )
    if cells.sum() == 0:
        raise AnalysisDataError("the table is empty", where=where, rule="STATS-EMPTY", remedy="give some subjects")
    return cells
