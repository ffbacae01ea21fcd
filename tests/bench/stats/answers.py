"""The form in which answers of ours and of the peers are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tests.bench.stats.data import Data
from tests.bench.stats.tasks import AT_DAYS

Answer = dict[str, list[float]]
"""Named numbers: two answers agree in a name that both have, or differ in it."""
Prepared = tuple[Callable[[], Any], Callable[[Any], Answer]]
"""The call that is timed, and what reads its answer."""
AS_SURVIVAL, AS_CMPRSK = "standard errors as R's survival", "standard errors as cmprsk"
NAIVE = "naive standard errors"


def at(times: Any, *curves: Any, start: float) -> list[list[float]]:
    """Values of step functions at `AT_DAYS`."""
    place = np.searchsorted(np.asarray(times), AT_DAYS, side="right")
    return [np.concatenate(([start], np.asarray(curve)))[place].tolist() for curve in curves]


def events_of(data: Data) -> list[tuple[np.ndarray, np.ndarray]]:
    """Time and event (int32) of each group."""
    return [(time, (cause == 1).astype(np.int32)) for time, cause in (data.of(0), data.of(1))]


def chi_square(value: Any) -> Answer:
    return {"chi-square": [float(value)]}


def regression(coef: Any, std_error: Any, kind: str = "standard errors") -> Answer:
    return {"coefficients": np.ravel(coef).tolist(), kind: np.ravel(std_error).tolist()}


def joined(parts: Iterable[list[float]]) -> list[float]:
    return [value for part in parts for value in part]


def limits_of(rows: list[list[list[float]]]) -> Answer:
    """Answer of a Kaplan-Meier task: survival, lower and upper limits of each group at `AT_DAYS`."""
    return {"survival": joined(row[0] for row in rows), "limits": joined(row[1] + row[2] for row in rows)}


def incidence_of(rows: list[list[list[float]]], kind: str) -> Answer:
    """Answer of a cumulative incidence task: incidence and its standard error, by group and cause, at `AT_DAYS`."""
    return {"incidence": joined(row[0] for row in rows), kind: joined(row[1] for row in rows)}
