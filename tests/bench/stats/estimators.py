"""Every public estimator with one call on the data of the race: for growth, memory, first call and independence.

A row named `estimator.method` is the fit and that method. Tables of counts do not grow with the subjects.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from equipoise import stats
from equipoise.errors import TrialError
from tests.bench.stats.data import Data
from tests.bench.stats.tasks import LARGE, LARGEST

Call = Callable[[], Any]
FEW = 2_000
"""As many subjects as an estimator is given whose work or memory grows with their square."""


@dataclass(frozen=True)
class Row:
    """How an estimator is called on data, as a `functools.partial`; most: the largest number of subjects, 0 where it
    makes no difference."""

    prepare: Callable[[Data], Any]
    most: int = LARGEST

    def call(self, data: Data) -> Call:
        """The call that is measured, with everything read that is worked out when it is first read."""
        prepared = self.prepare(data)
        return lambda: read(prepared())


def read(result: Any) -> Any:
    """The result, with all its properties worked out; some are refused for some options."""
    for each in result if isinstance(result, tuple) else (result,):
        for name, kind in inspect.getmembers(type(each)):
            if isinstance(kind, property | cached_property):
                with suppress(TrialError):
                    getattr(each, name)
    return result


def of_survival(name: str, **options: Any) -> Row:
    """Row of `stats.NAME(time, event)`."""
    return Row(lambda data: partial(getattr(stats, name), data.time, data.event, **options))


def of_groups(name: str, **options: Any) -> Row:
    """Row of `stats.NAME(time, event, group)`; an option "stratum" stands for the column."""

    def prepare(data: Data) -> Call:
        given = {key: data.stratum if value == "stratum" else value for key, value in options.items()}
        return partial(getattr(stats, name), data.time, data.event, data.group, **given)

    return Row(prepare)


def of_tables(name: str, prepare: Callable[[Data], Any]) -> Row:
    """Row of `stats.NAME(table)`."""
    return Row(lambda data: partial(getattr(stats, name), *prepare(data)), most=0)


def cells(data: Data) -> np.ndarray:
    """Event by group, counts [2, 2]."""
    return np.histogram2d(data.group, 1 - data.event, bins=(2, 2))[0].astype(np.int64)


def cells_by_stratum(data: Data) -> np.ndarray:
    """Event by group in each stratum, counts [4, 2, 2]."""
    rows = [data.stratum == k for k in range(4)]
    return np.stack(
        [np.histogram2d(data.group[row], 1 - data.event[row], bins=(2, 2))[0].astype(np.int64) for row in rows]
    )


def events_by_stratum(data: Data) -> tuple[np.ndarray, np.ndarray]:
    """Events and subjects of each stratum."""
    return np.bincount(data.stratum, data.event).astype(np.int64), np.bincount(data.stratum)


def cox(data: Data, **options: Any) -> Any:
    return partial(stats.cox, data.time, data.event, data.few, **options)


def fine_gray(data: Data, **options: Any) -> Any:
    return partial(stats.fine_gray, data.time, data.cause, data.few, **options)


def then(fit: Call, method: str, *arguments: Any, **options: Any) -> Any:
    """A method of what a call gives."""
    return getattr(fit(), method)(*arguments, **options)


def of_cox(method: str, *arguments: Any, most: int = LARGEST, **options: Any) -> Row:
    """Row of a fit and a method of it."""
    return Row(lambda data: partial(then, cox(data), method, *arguments, **options), most)


def of_fine_gray(method: str, *arguments: Any, **options: Any) -> Row:
    """Row of a fit and a method of it."""
    return Row(lambda data: partial(then, fine_gray(data), method, *arguments, **options))


def switching(data: Data) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Time of the switch (NaN: none), time on treatment, planned end: a quarter of group 0 switches half-way."""
    switches = (data.group == 0) & (data.stratum == 0)
    switch = np.where(switches, data.time / 2, np.nan)
    treated = np.where(data.group == 1, data.time, np.where(switches, data.time / 2, 0.0))
    return switch, treated, np.where(data.event == 1, data.time * 1.5, data.time)


def with_missing(data: Data) -> np.ndarray:
    """The event as a yes or no, missing in the first stratum, float64 [n]."""
    return np.where(data.stratum == 0, np.nan, data.event)


def weighted(data: Data) -> dict[str, Any]:
    """Delayed entry and weights."""
    return {"entry": data.time / 4, "weights": 1.0 + data.stratum}


SURVIVAL: dict[str, Row] = {
    "kaplan_meier": of_survival("kaplan_meier"),
    "kaplan_meier, weights and entry": Row(
        lambda data: partial(stats.kaplan_meier, data.time, data.event, **weighted(data))
    ),
    "reverse_kaplan_meier": of_survival("reverse_kaplan_meier"),
    "log_rank": of_groups("log_rank"),
    "log_rank, stratified": of_groups("log_rank", strata="stratum"),
    "log_rank, Fleming-Harrington": of_groups("log_rank", rho=1.0, gamma=1.0),
    "log_rank_trend": Row(lambda data: partial(stats.log_rank_trend, data.time, data.event, data.stratum)),
    "max_combo": of_groups("max_combo"),
    "compare_survival": of_groups("compare_survival", at=[150.0]),
    "compare_restricted_mean": of_groups("compare_restricted_mean", tau=150.0),
    "cox": Row(cox),
    "cox, stratified": Row(lambda data: cox(data, strata=data.stratum)),
    "cox, weights and entry": Row(lambda data: cox(data, **weighted(data))),
    "cox, Firth": Row(lambda data: cox(data, penalty="firth"), LARGE),
    "cox.profile_limits": of_cox("profile_limits", most=LARGE),
    "cox.baseline_hazard": of_cox("baseline_hazard"),
    "cox.predict_survival": of_cox("predict_survival", [[0.5, 0.5]]),
    "cox.concordance": of_cox("concordance"),
    "cox.proportional_hazards_test": of_cox("proportional_hazards_test"),
    "cox.martingale_residuals": of_cox("martingale_residuals"),
    "cox.dfbeta_residuals": of_cox("dfbeta_residuals"),
    "cox.schoenfeld_residuals": of_cox("schoenfeld_residuals", scaled=True),
    "cause_specific_cox": Row(lambda data: partial(stats.cause_specific_cox, data.time, data.cause, data.few)),
}
COMPETING: dict[str, Row] = {
    "cumulative_incidence": Row(
        lambda data: partial(stats.cumulative_incidence, data.time, data.cause, group=data.group)
    ),
    "gray_test": Row(lambda data: partial(stats.gray_test, data.time, data.cause, data.group)),
    "fine_gray": Row(fine_gray),
    "fine_gray, 10 covariates": Row(lambda data: partial(stats.fine_gray, data.time, data.cause, data.covariates)),
    "fine_gray.predict": of_fine_gray("predict", [0.5, 0.5]),
    "years_lost": Row(lambda data: partial(stats.years_lost, data.time, data.cause, tau=150.0, group=data.group)),
}
SENSITIVITY: dict[str, Row] = {
    "impute_binary": Row(
        lambda data: partial(stats.impute_binary, with_missing(data), data.group, seed=1, covariates=data.few), LARGE
    ),
    "rubin": Row(lambda data: partial(stats.rubin, np.arange(100.0), np.ones(100)), 0),
    "tipping_point": Row(lambda data: partial(stats.tipping_point, cells(data), (9, 12)), 0),
    "rpsft": Row(
        lambda data: partial(stats.rpsft, data.time, data.event, data.group, *switching(data)[1:], reference=0), LARGE
    ),
    "ipcw": Row(
        lambda data: partial(
            stats.ipcw, data.time, data.event, data.group, switching(data)[0], covariates=data.few, reference=0
        ),
        FEW,
    ),
}
BINARY_AND_RANKS: dict[str, Row] = {
    "logistic": Row(lambda data: partial(stats.logistic, data.event, data.few)),
    "mann_whitney": Row(lambda data: partial(stats.mann_whitney, data.of(0)[0], data.of(1)[0])),
    "kruskal_wallis": Row(lambda data: partial(stats.kruskal_wallis, data.time, data.stratum)),
    "two_by_two": of_tables("two_by_two", lambda data: (cells(data),)),
    "fisher_exact": of_tables("fisher_exact", lambda data: (cells(data),)),
    "pearson_chi2": of_tables("pearson_chi2", lambda data: (cells(data),)),
    "barnard": of_tables("barnard", lambda data: (cells(data),)),
    "boschloo": of_tables("boschloo", lambda data: (cells(data),)),
    "mantel_haenszel": of_tables("mantel_haenszel", lambda data: (cells_by_stratum(data),)),
    "breslow_day": of_tables("breslow_day", lambda data: (cells_by_stratum(data),)),
    "cochran_mantel_haenszel": of_tables("cochran_mantel_haenszel", lambda data: (cells_by_stratum(data),)),
    "trend_test": of_tables("trend_test", events_by_stratum),
}
ROWS = SURVIVAL | COMPETING | SENSITIVITY | BINARY_AND_RANKS


def public_estimators() -> set[str]:
    """Names of the functions of `equipoise.stats`."""
    return {name for name in stats.__all__ if inspect.isfunction(getattr(stats, name))}


def estimator_of(row: str) -> str:
    """Name of the public function that a row calls."""
    return row.split(",")[0].split(".")[0]


def input_bytes(call: Any) -> int:
    """Bytes of the arrays that a prepared call is given."""
    given = [*call.args, *call.keywords.values()]
    return sum(
        each.nbytes if isinstance(each, np.ndarray) else input_bytes(each) if isinstance(each, partial) else 0
        for each in given
    )
