"""Each kind of entry, run by our functions and answered in the form of R's result; here those about survival."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from equipoise import stats
from equipoise.errors import AnalysisDataError
from equipoise.stats.ties import before_or_tied
from tests.golden.compare import ANOTHER_ESTIMATE, as_floats
from tests.golden.design_runners import RUNNERS as DESIGN_RUNNERS
from tests.golden.entries import Columns, Entry, chosen, complete, labels, names
from tests.golden.notes import present
from tests.golden.subdistribution_data import weighted_cox
from tests.golden.table_runners import logistic, mann_whitney, mantel_haenszel, r_by_c, trend, two_by_two

Result = Any


def happened(data: Columns, asked: dict[str, Any]) -> np.ndarray:
    """Indicator of the event: one of the values that count as the event."""
    column, values = data[asked["event"]], np.atleast_1d(asked["event_value"])
    if column.dtype.kind == "U":
        return np.isin(column, values.astype(str)).astype(int)
    return np.isin(column.astype(float), values.astype(float)).astype(int)


def matrix(data: Columns, terms: list[str]) -> tuple[np.ndarray, list[str]]:
    """Covariates, float64 [n, p], with their names; a text column as R takes it, an indicator of each label but one."""
    made: list[tuple[str, np.ndarray]] = []
    for term in terms:
        column = data[term]
        if column.dtype.kind == "U":
            made += [(f"{term}{label}", (column == label).astype(float)) for label in sorted(set(column))[1:]]
        else:
            made.append((f"{term}TRUE" if column.dtype.kind == "b" else term, column.astype(float)))
    size = len(next(iter(data.values())))
    return np.column_stack([column for _, column in made]) if made else np.empty((size, 0)), [name for name, _ in made]


def in_order_of(theirs: Any, ours: list[Any]) -> list[int]:
    """The place among our labels of each of R's; R sorts text by the rules of its language. Ours where they differ."""
    wanted = [str(label) for label in np.atleast_1d(theirs).tolist()]
    return [ours.index(label) for label in wanted] if sorted(wanted) == sorted(ours) else list(range(len(ours)))


def strata_of(data: Columns, asked: dict[str, Any]) -> list[np.ndarray] | None:
    """Columns of the strata."""
    return [data[name] for name in names(asked["strata"])] or None


def group_of(data: Columns, asked: dict[str, Any]) -> np.ndarray:
    """Group labels as text; one group "all" where R was given none."""
    size = len(next(iter(data.values())))
    return labels(data[asked["group"]]) if asked["group"] else np.full(size, "all")


def kaplan_meier(entry: Entry) -> Result:
    """Curves of each group at times, quantiles, restricted mean, whole curve: what the result holds."""
    asked, group = entry.asked, group_of(entry.data, entry.asked)
    estimate = stats.reverse_kaplan_meier if entry.kind == "reverse_kaplan_meier" else stats.kaplan_meier
    found = sorted(set(group[present(group)]))
    # the script counts the rows without a group in every group, and their missing events as none
    lost = int((~present(group)).sum())
    places = in_order_of([part["group"] for part in asked["result"]], found)
    return [
        one_curve(
            estimate(
                rows[asked["time"]],
                happened(rows, asked),
                conf_type=asked["conf_type"],
                conf_level=asked["conf_level"],
            ),
            label,
            theirs,
            lost,
            entry.kind == "reverse_kaplan_meier",
        )
        for label, theirs in zip([found[place] for place in places], asked["result"], strict=True)
        for rows in [chosen(entry.data, group == label)]
    ]


def one_curve(fit: stats.KaplanMeier, label: str, theirs: dict[str, Any], lost: int, reverse: bool) -> Result:
    """One group in the form of R's result; `lost` subjects have no group."""
    events = fit.n_events + (lost if reverse else 0)
    ours: dict[str, Any] = {"group": label, "n": fit.n_subjects + lost, "events": events}
    if "at_times" in theirs:
        at = fit.at(theirs["at_times"]["time"])
        ours["at_times"] = {
            "time": at.time,
            "n_risk": at.at_risk,
            "surv": at.survival,
            "std_err": at.std_error,
            "lower": at.lower,
            "upper": at.upper,
        }
    quantiles = [fit.quantile(p) for p in theirs["quantiles"]["prob"]]
    ours["quantiles"] = {
        "prob": [q.probability for q in quantiles],
        "time": [q.time for q in quantiles],
        "lower": [q.lower for q in quantiles],
        "upper": [q.upper for q in quantiles],
    }
    if "rmst" in theirs:
        mean = fit.restricted_mean(theirs["rmst"]["tau"])
        ours["rmst"] = {"tau": mean.tau, "rmst": mean.estimate, "std_err": mean.std_error}
    ours["curve"] = {
        "time": fit.time,
        "n_risk": fit.at_risk,
        "n_event": fit.events,
        "n_censor": fit.censored,
        "surv": fit.survival,
        "std_err": fit.std_error,
        "lower": fit.lower,
        "upper": fit.upper,
        "cum_haz": fit.cumulative_hazard,
        "cum_haz_std_err": fit.cumulative_hazard_std_error,
    }
    return ours


def log_rank(entry: Entry) -> Result:
    """Log-rank test, weighted or not."""
    asked, data = entry.asked, entry.data
    test = stats.log_rank(
        data[asked["time"]],
        happened(data, asked),
        data[asked["group"]],
        strata=strata_of(data, asked),
        rho=asked["rho"],
        gamma=asked.get("gamma", 0.0),
        weight={"fh": "fleming-harrington", "gehan": "gehan", "tarone_ware": "tarone-ware"}[asked.get("weight", "fh")],
    )
    groups = labels(np.array(test.groups)).tolist()
    places = in_order_of(asked["result"]["groups"], groups)
    return {
        "groups": [groups[place] for place in places],
        "n": test.n[places],
        "observed": test.observed[places],
        "expected": test.expected[places],
        "score": test.score[places],
        "variance": test.variance[np.ix_(places, places)],
        "chisq": test.chi_square,
        "df": test.degrees_of_freedom,
        "p_value": test.p_value,
        "log10_p_value": test.log10_p_value,
        "z_first_group": test.z[places[0]],
    }


def cox(entry: Entry) -> Result:
    """Cox regression of the complete cases."""
    asked = entry.asked
    terms, strata, cluster = names(asked["covariates"]), names(asked["strata"]), names(asked["cluster"])
    data = complete(entry.data, [asked["time"], asked["event"], *terms, *strata, *cluster])
    x, terms = matrix(data, terms)
    fit = stats.cox(
        data[asked["time"]],
        happened(data, asked),
        x,
        strata=strata_of(data, asked),
        ties=asked["ties"],
        cluster=data[cluster[0]] if cluster else None,
        conf_level=asked["conf_level"],
    )
    theirs, concordance = asked["result"], fit.concordance()
    ours = {
        "n": fit.n,
        "events": fit.n_events,
        "terms": terms,
        "coef": fit.coef,
        "se": np.where(fit.aliased, 0.0, fit.std_error),  # R writes 0 for a coefficient that it leaves out
        "hazard_ratio": fit.hazard_ratio,
        "hr_lower": fit.lower,
        "hr_upper": fit.upper,
        "z": fit.z,
        "p_value": fit.p_value,
        "covariance": np.where(fit.aliased | fit.aliased[:, np.newaxis], 0.0, fit.covariance),
        "naive_se": np.where(fit.aliased, 0.0, np.sqrt(np.diag(fit.naive_covariance))),
        "loglik_null": fit.loglik_null,
        "loglik": fit.loglik,
        "likelihood_ratio": chi_square(fit.likelihood_ratio),
        "wald": chi_square(fit.wald),
        "score": chi_square(fit.score),
        "concordance": {"value": concordance.value, "std_err": concordance.std_error},
    }
    for transform in ("km", "rank", "identity", "log"):
        if f"zph_{transform}" in theirs:
            ours[f"zph_{transform}"] = zph(fit.proportional_hazards_test(transform), terms, fit.aliased)
    ours["baseline_cum_hazard"] = baselines(fit, data, strata, theirs.get("baseline_cum_hazard", {}))
    return ours


def zph(checks: Any, terms: list[str], aliased: np.ndarray) -> Result:
    """Tests of proportional hazards, of each covariate and of all; R drops a covariate that is left out."""
    there = np.flatnonzero(~aliased)
    every = [*(checks.covariates[place] for place in there), checks.overall]
    return {
        "terms": [*(terms[place] for place in there), "GLOBAL"],
        "chisq": [test.chi_square for test in every],
        "df": [test.degrees_of_freedom for test in every],
        "p_value": [test.p_value for test in every],
    }


def baselines(fit: stats.CoxModel, data: Columns, strata: list[str], theirs: dict[str, Any]) -> Result:
    """Cumulative baseline hazard of each stratum, under R's name of it; 0 where it has no event."""
    hazards = {hazard.stratum: hazard for hazard in fit.baseline_hazard()}
    ours = {}
    for key, part in theirs.items():
        number = strata_names(data, strata).get(key.replace(" ", ""))
        if number is not None:
            nothing = np.zeros(np.size(part["time"]))
            ours[key] = {
                "time": part["time"],
                "value": hazards[number].at(part["time"]) if number in hazards else nothing,
            }
    return ours


def strata_names(data: Columns, strata: list[str]) -> dict[str, int]:
    """Number of each stratum in the order of its labels, under R's names: "a=1,b=x", or "x,y" if all are text."""
    if not strata:
        return {"all": 0}
    cells = sorted(set(zip(*(data[name].tolist() for name in strata))))
    texts = [[str(labels(np.array([part]))[0]).replace(" ", "") for part in cell] for cell in cells]
    named = {",".join(f"{name}={part}" for name, part in zip(strata, text)): k for k, text in enumerate(texts)}
    only = {"all": 0} if len(cells) == 1 else {}
    return only | named | {",".join(text): k for k, text in enumerate(texts)}


def chi_square(test: Any) -> Result:
    """A chi-square test."""
    return {"chisq": test.chi_square, "df": test.degrees_of_freedom, "p_value": test.p_value}


def cumulative_incidence(entry: Entry) -> Result:
    """Cumulative incidence of each cause by group, Gray's tests, and the multi-state estimate of survival."""
    asked, data, group = entry.asked, entry.data, group_of(entry.data, entry.asked)
    theirs, time, status = asked["result"], data[asked["time"]], data[asked["status"]]
    level = theirs["conf_level"]
    fits = {
        conf_type: stats.cumulative_incidence(
            time, status, group=group, censor_code=asked["censor_code"], conf_type=conf_type, conf_level=level
        )
        for conf_type in ("log-log", "plain")
    }
    fit = fits["log-log"]
    estimates = {
        (label, cause): one_incidence(fits, label, cause, when)
        for label in fit.groups
        for cause in fit.causes
        for when in [matching(theirs["estimates"], group=label, cause=cause)]
        if when
    }
    states = {
        label: multistate(fit.of(label), fit.causes, when.get("time", []))
        for label in fit.groups
        for when in [matching(theirs["multistate"], group=label)]
        if when
    }
    return {
        # in the order of R's, which sorts text by the rules of its language; one that we lack is a missing field
        "estimates": [estimates.get((part["group"], part["cause"]), {}) for part in theirs["estimates"]],
        "conf_level": fit.conf_level,
        "gray": gray(asked, data, group, fit.causes),
        "multistate": [states.get(part["group"], {}) for part in theirs["multistate"]],
    }


def matching(parts: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    """The part of R's answer with these values; empty if there is none."""
    return next((part for part in parts if all(part[key] == value for key, value in wanted.items())), {})


def one_incidence(fits: dict[str, stats.CumulativeIncidence], label: Any, cause: int, theirs: dict[str, Any]) -> Result:
    """Cumulative incidence of one cause in one group at R's times, with both kinds of limits."""
    # cmprsk's timepoints answers for the distinct times, ascending
    distinct = np.unique(theirs["time"])
    at, plain = (fits[kind].at(distinct, cause=cause, group=label, extend=False) for kind in ("log-log", "plain"))
    # where the incidence is 1 the scale has no width: we say missing; the script says 1, 0 or missing, as rounding goes
    certain = at.incidence > 1 - 1e-12
    return {
        "group": label,
        "cause": cause,
        "time": theirs["time"],
        "cif": at.incidence,
        "variance": at.std_error**2,
        "lower_log_log": np.where(certain, np.array(as_floats(theirs["lower_log_log"])), at.lower),
        "upper_log_log": np.where(certain, np.array(as_floats(theirs["upper_log_log"])), at.upper),
        "lower_plain": plain.lower,
        "upper_plain": plain.upper,
    }


def gray(asked: dict[str, Any], data: Columns, group: np.ndarray, causes: tuple[int, ...]) -> Result:
    """Gray's test of each cause. cmprsk writes -1 and P = 1 where the covariance is singular; we refuse."""
    if len(set(group)) == 1:
        return None
    chisq, df, p = [], [], []
    for cause in causes:
        try:
            test = stats.gray_test(
                data[asked["time"]],
                data[asked["status"]],
                group,
                cause_of_interest=cause,
                strata=strata_of(data, asked),
                rho=asked["rho"],
                censor_code=asked["censor_code"],
            )
        except AnalysisDataError as refused:
            if refused.rule != "STATS-NOTHING-TO-COMPARE":
                raise
            chisq, df, p = [*chisq, -1.0], [*df, len(set(group)) - 1], [*p, 1.0]
        else:
            chisq, df, p = [*chisq, test.chi_square], [*df, test.degrees_of_freedom], [*p, test.p_value]
    return {"cause": list(causes), "chisq": chisq, "df": df, "p_value": p}


def multistate(curves: Any, causes: tuple[int, ...], when: Any) -> Result:
    """Probability of each state, event-free first, with the variance of the survival package."""
    passed = before_or_tied(curves.time, np.atleast_1d(np.array(when, dtype=float)))

    def at(start: float, rows: list[np.ndarray]) -> np.ndarray:
        first = [start, *[0.0] * (len(rows) - 1)]
        return np.column_stack([np.concatenate(([s], row))[passed] for s, row in zip(first, rows, strict=True)])

    return {
        "group": curves.group,
        "states": ["(s0)", *map(str, causes)],
        "time": when,
        "pstate": at(1.0, [curves.event_free, *curves.incidence]),
        "std_err": at(0.0, [curves.event_free_std_error, *curves.std_error_survival]),
    }


TIME_FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"t": lambda t: t, "log": np.log, "sq": np.square}
"""Functions of time that the reference's script knows."""


def changing(data: Columns, asked: dict[str, Any]) -> tuple[list[stats.TimeVarying], list[str]]:
    """Covariates that are multiplied by a function of time, with the names that R's script gives them."""
    columns = names(asked.get("time_varying"))
    if not columns:
        return [], []
    x, labels_of_x = matrix(data, columns)
    name = asked["time_function"]
    term = stats.TimeVarying(covariate=x, function=TIME_FUNCTIONS[name], name=name)
    return [term], [f"{label}*{name}" for label in labels_of_x]


def fine_gray(entry: Entry) -> Result:
    """Fine-Gray regression of the complete cases, and the same by weighted Cox regression as survival does it."""
    asked, theirs = entry.asked, entry.asked["result"]
    terms, groups = names(asked["covariates"]), names(asked["censor_group"])
    wanted = [asked["time"], asked["status"], *terms, *names(asked.get("time_varying")), *groups]
    data = complete(entry.data, wanted)
    x, terms = matrix(data, terms)
    varying, more_terms = changing(data, asked)
    time, cause = data[asked["time"]], data[asked["status"]]
    fit = stats.fine_gray(
        time,
        cause,
        x if terms else None,
        cause_of_interest=asked["cause"],
        censoring_group=data[groups[0]] if groups else None,
        time_varying=varying,
        censor_code=asked["censor_code"],
        conf_level=asked["conf_level"],
    )
    assert fit.converged
    ours = {
        "n": fit.n,
        "events": fit.n_events,
        "terms": [*terms, *more_terms],
        "coef": fit.coef,
        "se": fit.std_error,
        "naive_se": fit.naive_std_error,
        "covariance": fit.covariance,
        "shr": fit.subdistribution_hazard_ratio,
        "shr_lower": fit.lower,
        "shr_upper": fit.upper,
        "z": fit.z,
        "p_value": fit.p_value,
        "loglik": fit.loglik,
        "loglik_null": fit.loglik_null,
        "converged": theirs["converged"],  # of R, at a tolerance of 1e-11; ours is asserted above
        "se_after_default_tolerance": {"coef": fit.coef, "se": fit.std_error},
        "predict": [
            {
                "covariates": row["covariates"],
                "time": row["time"],
                "cif": fit.predict(row["covariates"]).at(row["time"]),
            }
            for row in theirs.get("predict", [])
        ],
    }
    for ties in [ties for ties in ("breslow", "efron") if f"survival_finegray_{ties}" in theirs]:
        kind = np.where(cause == asked["censor_code"], 0, np.where(cause == asked["cause"], 1, 2))
        ours[f"survival_finegray_{ties}"] = (
            # with censoring groups survival's weights stop at each group's last event: see the README of the reference
            ANOTHER_ESTIMATE if groups else weighted_cox(time, kind, x, ties)
        )
    return ours


RUNNERS: dict[str, Callable[[Entry], Result]] = {
    "kaplan_meier": kaplan_meier,
    "reverse_kaplan_meier": kaplan_meier,
    "logrank": log_rank,
    "weighted_logrank": log_rank,
    "cox": cox,
    "cumulative_incidence": cumulative_incidence,
    "fine_gray": fine_gray,
    "two_by_two": two_by_two,
    "mantel_haenszel": mantel_haenszel,
    "r_by_c": r_by_c,
    "cochran_armitage_trend": trend,
    "mann_whitney": mann_whitney,
    "logistic": logistic,
    **DESIGN_RUNNERS,
}
