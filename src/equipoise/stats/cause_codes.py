"""Codes of competing causes: which occur, and which of them is of interest."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.inputs import Ints
from equipoise.stats.kernels.scans import numbered, whole_numbers


def causes(values: ArrayLike, n: int, censor_code: int, *, where: str) -> tuple[tuple[int, ...], Ints]:
    """Codes of the causes that occur, ascending, and 0 for censored or the place (from 1) among them, int64 [n].

    `where` is the name of the analysis.
    """
    censor_code = inputs.whole_number(censor_code, where=f"{where}, censor_code")
    where = f"{where}, cause"
    code = column = inputs.whole_or_float(values, where=where)
    if column.dtype != np.int64:
        code = np.empty(column.size, np.int64)
        if not whole_numbers(column, code):
            refuse_causes(column, n, censor_code, where=where)
    inputs.same_length(column, n, where=where)
    place = np.empty(n, np.int64)
    found = numbered(code, place, np.array([censor_code], np.int64), max(inputs.WIDEST, n)) if n else inputs.NO_CODE
    if found.size == 0:  # causes of a wide range, or no event
        found = np.unique(code[code != censor_code])
        place[:] = np.where(code == censor_code, 0, np.searchsorted(found, code) + 1)
    return tuple(found.tolist()), place


def refuse_causes(column: Floats, n: int, censor_code: int, *, where: str) -> None:
    """Refuse codes of causes that are too few or too many, missing, not whole or beyond all measure."""
    inputs.refuse_missing(column, where=where)
    inputs.same_length(column, n, where=where)
    inputs.refuse_rows(
        (column != np.round(column)) | (np.abs(column) >= 2**63),
        "not whole numbers",
        where=where,
        rule="STATS-CAUSE",
        remedy=f"code the causes by whole numbers, and {censor_code} for a censored time",
    )


def kinds(codes: tuple[int, ...], cause_of_interest: int) -> Ints:
    """What each place that `causes` gives means: 0 censored, 1 the cause of interest, 2 any other cause."""
    table = np.full(len(codes) + 1, 2)
    table[0] = 0
    if cause_of_interest in codes:
        table[codes.index(cause_of_interest) + 1] = 1
    return table


def of_interest(codes: tuple[int, ...], place: Ints, cause_of_interest: int) -> Ints:
    """0 censored, 1 the cause of interest, 2 any other cause, int64 [n], from what `causes` returned."""
    return kinds(codes, cause_of_interest)[place]


def of_interest_asked(cause_of_interest: int, censor_code: int, *, where: str) -> int:
    """The code of the cause of interest, a whole number that is not the code of a censored time."""
    asked = inputs.whole_number(cause_of_interest, where=f"{where}, cause_of_interest")
    if asked == censor_code:
        raise AnalysisDataError(
            f"the cause of interest and a censored time have the same code {asked}",
            where=f"{where}, cause_of_interest",
            rule="STATS-CAUSE",
            remedy="give the code of a cause, and as censor_code that of a censored time",
        )
    return asked
