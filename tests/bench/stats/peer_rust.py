"""What `survival` (Rust, from PyPI) is asked: the fastest call for each task.

Every function takes the data, brings them into the form that the peer wants, and gives the call that is timed with what
reads its answer. What a peer computes on request only (limits, standard errors) the call reads.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from tests.bench.stats.answers import (
    AS_SURVIVAL,
    NAIVE,
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


def kaplan_meier(data: Data) -> Prepared:
    fit, groups = import_module("survival.surv_analysis").survfitkm, events_of(data)

    def call() -> Any:
        fits = [fit(time, event, conf_type="log-log") for time, event in groups]
        return [(each, each.lower, each.upper) for each in fits]

    def answer(fits: Any) -> Answer:
        return limits_of([at(each.time, each.surv, lower, upper, start=1.0) for each, lower, upper in fits])

    return call, answer


def log_rank(data: Data, *, stratified: bool = False, timefix: bool = True) -> Prepared:
    test = import_module("survival.surv_analysis").survdiff
    time, event, group = data.time, data.event.astype(np.int32), data.group.astype(np.int32)
    strata = data.stratum.astype(np.int32) if stratified else None

    def call() -> Any:
        found = test(time, event, group, strata=strata, timefix=timefix)
        return found.chisq, found.pvalue

    return call, lambda found: chi_square(found[0])


def cox(data: Data, *, stratified: bool = False) -> Prepared:
    fit, few = import_module("survival.regression").coxph_fit, data.few
    time, event = data.time, data.event.astype(np.int32)
    strata = data.stratum.astype(np.int32) if stratified else None

    def call() -> Any:
        model = fit(time, event, few, strata=strata)
        return model.coefficients, model.var, model.loglik, model.score, model.wald_test

    return call, lambda found: regression(found[0], np.sqrt(np.diag(found[1])))


def cox_bare(data: Data, *, stratified: bool = False) -> Prepared:
    fit, few = import_module("survival.regression").coxph_fit_raw, data.few
    time, event = data.time, data.event.astype(np.int32)
    strata = data.stratum.astype(np.int32) if stratified else None

    def call() -> Any:
        model = fit(time, event, few, strata=strata, resid=False)
        return model.coefficients, model.var, model.loglik, model.score

    return call, lambda found: regression(found[0], np.sqrt(np.diag(found[1])))


def cumulative_incidence(data: Data) -> Prepared:
    fit, groups = import_module("survival.surv_analysis").survfitaj, [data.of(0), data.of(1)]

    def call() -> Any:
        fits = [fit(time, cause, ["1", "2"]) for time, cause in groups]
        return [(each, each.pstate, each.std_err) for each in fits]

    def answer(fits: Any) -> Answer:
        made = [(each.time, np.array(state), np.array(error)) for each, state, error in fits]
        rows = [at(time, state[:, k], error[:, k], start=0.0) for time, state, error in made for k in (1, 2)]
        return incidence_of(rows, AS_SURVIVAL)

    return call, answer


def fine_gray(data: Data, covariates: np.ndarray) -> Prepared:
    fit = import_module("survival.regression").finegray_regression
    time, cause, rows = data.time.tolist(), data.cause.tolist(), covariates.tolist()
    return (lambda: fit(time, cause, rows, 1)), lambda model: regression(model.coefficients, model.std_errors, NAIVE)
