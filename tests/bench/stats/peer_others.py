"""What surpyval, comprisk, lifelines and scikit-survival are asked; form as in `peer_rust`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from tests.bench.stats.answers import (
    AS_CMPRSK,
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


def labelled(cause: np.ndarray) -> np.ndarray:
    """Causes as surpyval wants them: a missing label is censored."""
    return np.where(cause == 0, np.nan, cause.astype(np.float64))


def surpyval_kaplan_meier(data: Data) -> Prepared:
    fit = import_module("surpyval").KaplanMeier.fit
    groups = [(time, 1 - event) for time, event in events_of(data)]

    def call() -> Any:
        fits = [fit(time, censored) for time, censored in groups]
        return [(each, each.cb(each.x)) for each in fits]

    def answer(fits: Any) -> Answer:
        return limits_of([at(each.x, each.R, both[:, 0], both[:, 1], start=1.0) for each, both in fits])

    return call, answer


def surpyval_log_rank(data: Data, *, stratified: bool = False) -> Prepared:
    test, censored, strata = import_module("surpyval").logrank, 1 - data.event, data.stratum if stratified else None
    time, group = data.time, data.group
    return (lambda: test(time, group, c=censored, strata=strata)), lambda found: chi_square(found.statistic)


def surpyval_cox(data: Data, *, stratified: bool = False) -> Prepared:
    fit, censored, strata = import_module("surpyval").CoxPH.fit, 1 - data.event, data.stratum if stratified else None
    time, few = data.time, data.few

    def call() -> Any:
        model = fit(time, few, c=censored, strata=strata)
        return model.beta, np.sqrt(np.diag(model.covariance()))

    return call, lambda found: regression(*found)


def surpyval_cumulative_incidence(data: Data) -> Prepared:
    fit = import_module("surpyval.univariate.competing_risks").CompetingRisks.fit
    groups = [(time, labelled(cause)) for time, cause in (data.of(0), data.of(1))]

    def call() -> Any:
        fits = [fit(time, label, how="Kaplan-Meier") for time, label in groups]
        return [(each.x, each.cif(each.x, k), each.cb(each.x, k, bound_type="normal")) for each in fits for k in (1, 2)]

    def answer(curves: Any) -> Answer:
        rows = [at(x, cif, (both[:, 1] - both[:, 0]) / (2 * 1.959963984540054), start=0.0) for x, cif, both in curves]
        return incidence_of(rows, AS_CMPRSK)

    return call, answer


def surpyval_gray(data: Data) -> Prepared:
    test = import_module("surpyval.univariate.competing_risks").gray_test
    time, label, group = data.time, labelled(data.cause), data.group
    return (lambda: test(time, label, group, 1.0)), lambda found: chi_square(found.statistic)


def surpyval_fine_gray(data: Data, covariates: np.ndarray) -> Prepared:
    fit = import_module("surpyval.univariate.competing_risks").FineGray.fit
    time, label = data.time, labelled(data.cause)

    def call() -> Any:
        model = fit(time, covariates, label, event=1.0)
        return model.beta, np.sqrt(np.diag(model.covariance()))

    return call, lambda found: regression(found[0], found[1], NAIVE)


def comprisk_cumulative_incidence(data: Data) -> Prepared:
    fit = import_module("comprisk").CumulativeIncidence
    time, cause, group = data.time, data.cause, data.group

    def answer(model: Any) -> Answer:
        curves = [model.curves_[key] for key in ((0, 1), (0, 2), (1, 1), (1, 2))]
        return incidence_of([at(each.times, each.cif, np.sqrt(each.var), start=0.0) for each in curves], AS_CMPRSK)

    return (lambda: fit([1, 2]).fit(time, cause, group=group)), answer


def comprisk_gray(data: Data) -> Prepared:
    test, time, cause, group = import_module("comprisk").gray_test, data.time, data.cause, data.group
    return (lambda: test(time, cause, group)), lambda found: chi_square(found.stat)


def comprisk_fine_gray(data: Data, covariates: np.ndarray, *, robust: bool = False) -> Prepared:
    fit, time, cause = import_module("comprisk").FineGrayRegression, data.time, data.cause
    kind = "standard errors" if robust else NAIVE
    return (lambda: fit(robust_se=robust).fit(covariates, time=time, event=cause)), lambda model: regression(
        model.coef_, model.se_, kind
    )


def lifelines_kaplan_meier(data: Data) -> Prepared:
    fitter, groups = import_module("lifelines").KaplanMeierFitter, events_of(data)

    def call() -> Any:
        fits = [fitter().fit(time, event) for time, event in groups]
        return [(each.survival_function_, each.confidence_interval_) for each in fits]

    def answer(fits: Any) -> Answer:
        return limits_of([at(curve.index, curve.iloc[:, 0], *both.to_numpy().T, start=1.0) for curve, both in fits])

    return call, answer


def lifelines_log_rank(data: Data) -> Prepared:
    test, (first, second) = import_module("lifelines.statistics").logrank_test, events_of(data)
    return (lambda: test(first[0], second[0], first[1], second[1])), lambda found: chi_square(found.test_statistic)


def lifelines_cox(data: Data, *, stratified: bool = False) -> Prepared:
    fitter, columns = import_module("lifelines").CoxPHFitter, {"time": data.time, "event": data.event}
    frame = import_module("pandas").DataFrame(columns | {"first": data.few[:, 0], "second": data.few[:, 1]})
    if stratified:
        frame["stratum"] = data.stratum

    def call() -> Any:
        return fitter().fit(frame, "time", "event", strata=["stratum"] if stratified else None)

    return call, lambda model: regression(model.params_, model.standard_errors_)


def sksurv_kaplan_meier(data: Data) -> Prepared:
    fit, groups = import_module("sksurv.nonparametric").kaplan_meier_estimator, events_of(data)
    groups = [(time, event.astype(bool)) for time, event in groups]

    def answer(fits: Any) -> Answer:
        return limits_of([at(time, curve, *both, start=1.0) for time, curve, both in fits])

    return (lambda: [fit(event, time, conf_type="log-log") for time, event in groups]), answer


def sksurv_log_rank(data: Data) -> Prepared:
    test, group = import_module("sksurv.compare").compare_survival, data.group
    outcome = import_module("sksurv.util").Surv.from_arrays(data.event.astype(bool), data.time)
    return (lambda: test(outcome, group)), lambda found: chi_square(found[0])


def sksurv_cox(data: Data) -> Prepared:
    fit, few = import_module("sksurv.linear_model").CoxPHSurvivalAnalysis, data.few
    outcome = import_module("sksurv.util").Surv.from_arrays(data.event.astype(bool), data.time)
    return (lambda: fit(ties="efron").fit(few, outcome)), lambda model: {"coefficients": model.coef_.tolist()}
