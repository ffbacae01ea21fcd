"""What ours is asked in the race: public functions only, and whatever the peer computes is read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from equipoise import stats
from tests.bench.stats.answers import (
    AS_CMPRSK,
    AS_SURVIVAL,
    NAIVE,
    Answer,
    Prepared,
    at,
    chi_square,
    incidence_of,
    limits_of,
    regression,
)
from tests.bench.stats.data import Data


def kaplan_meier(data: Data) -> Prepared:
    groups = [(time, (cause == 1).astype(np.int64)) for time, cause in (data.of(0), data.of(1))]

    def call() -> Any:
        fits = [stats.kaplan_meier(time, event) for time, event in groups]
        return [(each, each.lower, each.upper, each.std_error) for each in fits]

    def answer(fits: Any) -> Answer:
        return limits_of([at(each.time, each.survival, low, high, start=1.0) for each, low, high, _ in fits])

    return call, answer


def log_rank(data: Data, *, stratified: bool = False) -> Prepared:
    time, event, group, strata = data.time, data.event, data.group, data.stratum if stratified else None

    def call() -> Any:
        test = stats.log_rank(time, event, group, strata=strata)
        return test.chi_square, test.p_value

    return call, lambda found: chi_square(found[0])


def cox(data: Data, *, stratified: bool = False, bare: bool = False) -> Prepared:
    """Coefficients, covariance, log-likelihoods and score test; Wald's test too unless `bare`."""
    time, event, few, strata = data.time, data.event, data.few, data.stratum if stratified else None

    def call() -> Any:
        model = stats.cox(time, event, few, strata=strata)
        told = model.coef, model.covariance, model.loglik_null, model.loglik, model.score
        return told if bare else (*told, model.wald)

    return call, lambda found: regression(found[0], np.sqrt(np.diag(found[1])))


def cumulative_incidence(data: Data) -> Prepared:
    time, cause, group = data.time, data.cause, data.group

    def call() -> Any:
        curves = stats.cumulative_incidence(time, cause, group=group).curves
        return [(each, each.incidence, each.std_error) for each in curves]

    def answer(curves: Any) -> Answer:
        told: Answer = {}
        for kind, name in ((AS_CMPRSK, "std_error_cmprsk"), (AS_SURVIVAL, "std_error_survival")):
            rows = [
                at(each.time, incidence[k], getattr(each, name)[k], start=0.0)
                for each, incidence, _ in curves
                for k in (0, 1)
            ]
            told |= incidence_of(rows, kind)
        return told

    return call, answer


def gray_test(data: Data) -> Prepared:
    time, cause, group = data.time, data.cause, data.group

    def call() -> Any:
        test = stats.gray_test(time, cause, group)
        return test.chi_square, test.p_value

    return call, lambda found: chi_square(found[0])


def fine_gray(data: Data, *, columns: int) -> Prepared:
    time, cause, covariates = data.time, data.cause, data.few if columns == 2 else data.covariates

    def call() -> Any:
        model = stats.fine_gray(time, cause, covariates)
        return model.coef, model.std_error, model.naive_std_error

    return call, lambda found: regression(*found[:2]) | {NAIVE: found[2].tolist()}


RACE: dict[str, Callable[[Data], Prepared]] = {
    "kaplan_meier": kaplan_meier,
    "log_rank": log_rank,
    "log_rank_bare": log_rank,
    "stratified_log_rank_bare": partial(log_rank, stratified=True),
    "stratified_log_rank": partial(log_rank, stratified=True),
    "cox": cox,
    "cox_bare": partial(cox, bare=True),
    "stratified_cox": partial(cox, stratified=True),
    "stratified_cox_bare": partial(cox, stratified=True, bare=True),
    "cumulative_incidence": cumulative_incidence,
    "gray_test": gray_test,
    "fine_gray_2": partial(fine_gray, columns=2),
    "fine_gray_10": partial(fine_gray, columns=10),
}
"""Ours for every task of `tasks.TASKS`."""
