"""Fine-Gray regression: subdistribution hazard ratios of one cause where causes compete."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs, ties
from equipoise.stats.newton import Maximum, maximize, standardized
from equipoise.stats.regression import (
    ChiSquareTest,
    likelihood_ratio_test,
    sandwich,
    unscaled,
    wald,
    wald_test,
    what_to_know,
)
from equipoise.stats.subdistribution_rows import SortedRows, sorted_rows

WHERE = "Fine-Gray regression"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IncidencePrediction:
    """Predicted cumulative incidence of one subject at the event times, float64 [n_event_times]."""

    time: Floats
    incidence: Floats

    def at(self, times: ArrayLike) -> Floats:
        """The prediction at `times`, float64 [n_times]; 0 before the first event time."""
        when = np.atleast_1d(np.asarray(times, dtype=np.float64))
        return np.concatenate(([0.0], self.incidence))[ties.before_or_tied(self.time, when)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FineGrayModel:
    """A fitted Fine-Gray model; arrays in the order of the covariates, float64 [p]."""

    n: int
    n_events: int
    """Events of the cause of interest."""
    cause_of_interest: int
    coef: Floats
    """Log subdistribution hazard ratio for one unit more; infinite where `monotone`."""
    covariance: Floats
    """Sandwich with the term for the estimated censoring weights, float64 [p, p]."""
    std_error: Floats
    naive_std_error: Floats
    """From the inverse information."""
    known_weights_std_error: Floats
    """From the sandwich without the term for the censoring weights, as by weighted Cox regression."""
    z: Floats
    p_value: Floats
    subdistribution_hazard_ratio: Floats
    lower: Floats
    upper: Floats
    conf_level: float
    loglik_null: float
    loglik: float
    wald: ChiSquareTest
    pseudo_likelihood_ratio: ChiSquareTest
    """As cmprsk prints it; the likelihood is weighted, so its chi-square distribution is only approximate."""
    iterations: int
    converged: bool
    monotone: NDArray[np.bool_]
    """Coefficients without a finite estimate: the events separate by the covariate."""
    event_time: Floats
    baseline_hazard: Floats
    """Increments of the baseline subdistribution hazard at `event_time`, for covariates that are all 0."""

    @property
    def warning(self) -> str:
        """What a reader of the estimates must know, in a sentence; empty if nothing."""
        none = np.zeros_like(self.monotone)
        return what_to_know("those with from those without events of the cause", self.monotone, none, self.converged)

    def predict(self, covariates: ArrayLike) -> IncidencePrediction:
        """Cumulative incidence of the cause for a subject with these covariates, float64 [p].

        Source: Fine & Gray 1999. Checked: against R predict.crr.
        """
        x = inputs.numbers(np.atleast_1d(np.asarray(covariates)), where=f"{WHERE}, prediction")
        inputs.same_length(x, self.coef.size, where=f"{WHERE}, prediction")
        hazard = self.baseline_hazard * np.exp(x @ self.coef)
        return IncidencePrediction(time=self.event_time, incidence=-np.expm1(-hazard.cumsum()))


def fine_gray(
    time: ArrayLike,
    cause: ArrayLike,
    covariates: ArrayLike,
    *,
    cause_of_interest: int = 1,
    censoring_group: ArrayLike | None = None,
    censor_code: int = 0,
    conf_level: float = 0.95,
) -> FineGrayModel:
    """Fine-Gray regression of the subdistribution hazard of one cause.

    Args:
        time: follow-up time in any unit, float64 [n], not negative.
        cause: what ended it, whole numbers [n].
        covariates: float64 [n, p], or [n] for one covariate; finite, no intercept.
        cause_of_interest: the code of `cause` that is modelled; all others but `censor_code` compete.
        censoring_group: label of the group within which censoring is alike [n]; None for one.
        censor_code: the code of `cause` that means censored.
        conf_level: two-sided confidence level of the Wald limits.

    Returns:
        `FineGrayModel`. Tied events by Breslow. Standard errors are those of cmprsk::crr: the sandwich with the term
        for the estimated censoring distribution. With several censoring groups that term counts, as cmprsk does, only
        the events of the group itself, although those of all groups carry its weights.

    Raises:
        AnalysisDataError: as `cumulative_incidence`; no event of the cause; a covariate that is constant among those at
            risk or a combination of others.

    Ties in time: `equipoise.stats.ties` (cmprsk ties only what is equal).
    Source: Fine & Gray 1999, J Am Stat Assoc 94:496-509; linear scans: Kawaguchi et al. 2021, R Journal 12:163-177.
    Checked: by hand (tests/spec/stats), against R cmprsk::crr and survival::finegray (tests/golden).
    """
    when = inputs.times(time, where=f"{WHERE}, time")
    codes, place = inputs.causes(cause, when.size, censor_code, where=f"{WHERE}, cause")
    x = inputs.covariate_matrix(covariates, when.size, where=f"{WHERE}, covariates")
    n_groups, censor_group = inputs.strata_codes(censoring_group, when.size, where=f"{WHERE}, censoring_group")
    inputs.level(conf_level, where=f"{WHERE}, conf_level")
    kind = inputs.of_interest(codes, place, cause_of_interest)
    if not (kind == 1).any():
        raise AnalysisDataError(
            f"cause {cause_of_interest} does not occur",
            where=WHERE,
            rule="STATS-NO-EVENTS",
            remedy="report that no subdistribution hazard ratio can be given",
        )
    scaled, centre, deviation = standardized(x)
    rows = sorted_rows(scaled, when, kind, censor_group, n_groups)
    top = maximize(rows.likelihood, x.shape[1], n_terms=float((kind == 1).sum()), where=WHERE)
    inputs.refuse_rows(
        top.aliased,
        "covariates that say nothing of their own",
        where=WHERE,
        rule="STATS-COLLINEAR",
        remedy="leave out a covariate that is constant, or one of those that add up to another",
    )
    return fitted(top, rows, centre, deviation, cause_of_interest=cause_of_interest, conf_level=conf_level)


def fitted(
    top: Maximum, rows: SortedRows, centre: Floats, deviation: Floats, *, cause_of_interest: int, conf_level: float
) -> FineGrayModel:
    """The model from where Newton's method ended."""
    filling, hazard = rows.sandwich_filling(top.beta)
    coef, naive = unscaled(top, deviation)
    covariance, known_weights = (sandwich(naive, part * np.outer(deviation, deviation)) for part in filling)
    estimates = wald(coef, covariance, conf_level)
    return FineGrayModel(
        n=rows.time.size,
        n_events=int((rows.kind == 1).sum()),
        cause_of_interest=cause_of_interest,
        coef=coef,
        covariance=covariance,
        std_error=estimates.std_error,
        naive_std_error=np.sqrt(np.diag(naive)),
        known_weights_std_error=np.sqrt(np.diag(known_weights)),
        z=estimates.z,
        p_value=estimates.p_value,
        subdistribution_hazard_ratio=estimates.ratio,
        lower=estimates.lower,
        upper=estimates.upper,
        conf_level=float(conf_level),
        loglik_null=top.loglik_null,
        loglik=top.loglik,
        wald=wald_test(coef, covariance),
        pseudo_likelihood_ratio=likelihood_ratio_test(top),
        iterations=top.iterations,
        converged=top.converged,
        monotone=top.monotone,
        event_time=rows.event_time,
        baseline_hazard=hazard * np.exp(-centre @ (top.beta / deviation)),
    )
