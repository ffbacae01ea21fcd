"""What statsmodels is asked.

Every function takes the data, brings them into the form that the peer wants, and gives the call that is timed with what
reads its answer. What a peer computes on request only (limits, standard errors) the call reads.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from tests.bench.stats.answers import (
    AS_SURVIVAL,
    Answer,
    Prepared,
    at,
    chi_square,
    events_of,
    incidence_of,
    limits_of,
    regression,
)
from tests.bench.stats.data import Data

QUANTILE = 1.959963984540054


def kaplan_meier(data: Data) -> Prepared:
    """Its class has no pointwise limits: they are made from its standard errors in the fewest steps of numpy."""
    fit, groups = import_module("statsmodels.duration.survfunc").SurvfuncRight, events_of(data)

    def limits(curve: Any) -> tuple[Any, Any]:
        log = np.log(curve.surv_prob)
        spread = np.exp(QUANTILE * curve.surv_prob_se / (curve.surv_prob * log))
        return np.exp(log / spread), np.exp(log * spread)

    def call() -> Any:
        with np.errstate(divide="ignore", invalid="ignore"):
            return [(each, *limits(each)) for each in (fit(time, event) for time, event in groups)]

    def answer(fits: Any) -> Answer:
        return limits_of([at(each.surv_times, each.surv_prob, low, high, start=1.0) for each, low, high in fits])

    return call, answer


def log_rank(data: Data, *, stratified: bool = False) -> Prepared:
    test, strata = import_module("statsmodels.duration.survfunc").survdiff, data.stratum if stratified else None
    time, event, group = data.time, data.event, data.group
    return (lambda: test(time, event, group, strata=strata)), lambda found: chi_square(found[0])


def cox(data: Data, *, stratified: bool = False) -> Prepared:
    fit, few = import_module("statsmodels.duration.hazard_regression").PHReg, data.few
    time, event, strata = data.time, data.event, data.stratum if stratified else None

    def call() -> Any:
        model = fit(time, few, status=event, strata=strata, ties="efron").fit()
        return model.params, model.bse

    return call, lambda found: regression(*found)


def cumulative_incidence(data: Data) -> Prepared:
    fit, groups = import_module("statsmodels.duration.survfunc").CumIncidenceRight, [data.of(0), data.of(1)]

    def answer(fits: Any) -> Answer:
        rows = [at(each.times, each.cinc[k], each.cinc_se[k], start=0.0) for each in fits for k in (0, 1)]
        return incidence_of(rows, AS_SURVIVAL)

    return (lambda: [fit(time, cause) for time, cause in groups]), answer
