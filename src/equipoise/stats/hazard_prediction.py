"""Baseline hazard and predicted survival from a fitted Cox model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.hazard_rows import CoxRows
from equipoise.stats.limits import probability_limits
from equipoise.stats.tails import normal_quantile
from equipoise.stats.ties import before_or_tied

ASKED = "Cox regression, times asked for"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BaselineHazard:
    """Cumulative baseline hazard of one stratum at its event times, float64 [n_event_times]."""

    stratum: int
    """Number of the stratum in the order of its labels, from 0."""
    time: Floats
    """Event times, ascending, in the unit of the data."""
    cumulative_hazard: Floats
    """Up to each event time and including it, of a subject whose covariates are all 0."""

    def at(self, times: ArrayLike) -> Floats:
        """The cumulative hazard at `times`."""
        return np.concatenate(([0.0], self.cumulative_hazard))[before_or_tied(self.time, asked(times))]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PredictedSurvival:
    """Survival that a Cox model predicts for m subjects at the k event times of one stratum."""

    stratum: int
    """Number of the stratum in the order of its labels, from 0."""
    time: Floats
    """Event times, ascending, float64 [k]."""
    survival: Floats
    """Probability of no event, float64 [m, k]."""
    std_error: Floats
    """Of the cumulative hazard (minus the logarithm of survival), float64 [m, k]."""
    lower: Floats
    """Lower pointwise limit of survival, float64 [m, k]."""
    upper: Floats
    """Upper pointwise limit of survival, float64 [m, k]."""
    conf_level: float
    """Two-sided confidence level of the limits."""
    conf_type: str
    """Scale on which the limits are symmetric: "log", "log-log", "plain", "logit" or "arcsin"."""

    def at(self, times: ArrayLike) -> Floats:
        """Survival at `times`, float64 [m, n_times]."""
        whole = np.hstack((np.ones((len(self.survival), 1)), self.survival))
        return np.asarray(whole[:, before_or_tied(self.time, asked(times))])


def asked(times: ArrayLike) -> Floats:
    """Times asked for, finite; float64 of the shape in which they come."""
    given = inputs.as_numbers(times)
    if given is None:
        return inputs.numbers(times, where=ASKED)
    return inputs.numbers(given.ravel(), where=ASKED).reshape(given.shape)


def baseline_hazard(rows: CoxRows, beta: Floats, ties: str) -> tuple[BaselineHazard, ...]:
    """Cumulative baseline hazard of each stratum with an event, Efron's or Breslow's by `ties`."""
    steps = rows.hazard_steps(beta, ties)
    stratum, time = rows.stratum[steps.at], rows.time[steps.at]
    at_zero = np.exp(-rows.centre @ (beta / rows.deviation))
    numbers, first = np.unique(stratum, return_index=True)
    parts = zip(numbers, map(slice, first, np.append(first[1:], stratum.size)), strict=True)
    return tuple(
        BaselineHazard(stratum=int(number), time=time[here], cumulative_hazard=at_zero * steps.hazard[here].cumsum())
        for number, here in parts
    )


def predicted_survival(
    rows: CoxRows,
    beta: Floats,
    covariance: Floats,
    ties: str,
    *,
    covariates: Floats,
    stratum: int,
    conf_level: float,
    conf_type: str,
) -> PredictedSurvival:
    """Survival of subjects with `covariates`, float64 [m, p], in a stratum; `covariance` of the coefficients as given.

    The variance of the cumulative hazard adds that of the baseline hazard and that of the coefficients, whose part is
    the hazard times the distance of the covariates from their mean at risk.
    """
    steps = rows.hazard_steps(beta, ties)
    here = rows.stratum[steps.at] == stratum
    if not here.any():
        raise AnalysisDataError(
            f"there is no event in stratum {stratum}",
            where="Cox regression, predicted survival",
            rule="STATS-NO-EVENTS",
            remedy="strata are numbered from 0 in the order of their labels; predict in one with events",
        )
    x = (covariates - rows.centre) / rows.deviation
    ratio = np.exp(x @ beta)[:, np.newaxis]
    hazard = steps.hazard[here].cumsum()
    # hazard times distance from the mean at risk, in units of the covariates, [m, k, p]
    way = (hazard[:, np.newaxis] * x[:, np.newaxis] - steps.hazard_mean[here].cumsum(axis=0)) * rows.deviation
    known = ~np.isnan(np.diag(covariance))
    through = np.einsum("mkp,pq,mkq->mk", way[..., known], covariance[np.ix_(known, known)], way[..., known])
    std_error = ratio * np.sqrt(steps.variance[here].cumsum() + through)
    survival = np.exp(-ratio * hazard)
    lower, upper = probability_limits(survival, survival * std_error, conf_type, normal_quantile(conf_level))
    return PredictedSurvival(
        stratum=stratum,
        time=rows.time[steps.at[here]],
        survival=survival,
        std_error=std_error,
        lower=lower,
        upper=upper,
        conf_level=float(conf_level),
        conf_type=conf_type,
    )
