"""Cox regression: hazard ratios, stratified, with Efron's or Breslow's treatment of tied events."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import hazard_checks, inputs
from equipoise.stats.hazard_rows import SortedRows, sorted_rows
from equipoise.stats.newton import Maximum, maximize, standardized
from equipoise.stats.regression import (
    ChiSquareTest,
    likelihood_ratio_test,
    sandwich,
    score_test,
    unscaled,
    wald,
    wald_test,
    what_to_know,
)

WHERE = "Cox regression"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxModel:
    """A fitted Cox model; arrays in the order of the covariates, float64 [p]."""

    n: int
    n_events: int
    coef: Floats
    """Log hazard ratio for one unit more; infinite where `monotone`."""
    covariance: Floats
    """Of the coefficients, float64 [p, p]: the inverse information, or the robust one if clusters were given."""
    naive_covariance: Floats
    """The inverse information."""
    std_error: Floats
    z: Floats
    p_value: Floats
    hazard_ratio: Floats
    lower: Floats
    """Lower Wald limit of the hazard ratio."""
    upper: Floats
    conf_level: float
    loglik_null: float
    loglik: float
    likelihood_ratio: ChiSquareTest
    wald: ChiSquareTest
    score: ChiSquareTest
    ties: str
    iterations: int
    converged: bool
    monotone: NDArray[np.bool_]
    """Coefficients without a finite estimate: the events separate by the covariate, the likelihood rises for ever."""
    aliased: NDArray[np.bool_]
    """Coefficients left out (missing): the covariate is constant among those at risk or a combination of others."""
    rows: SortedRows = field(repr=False)
    """The data as fitted, for what is derived from the model."""
    beta: Floats = field(repr=False)
    """Coefficients of the standardized covariates in `rows`."""
    cluster: inputs.Ints | None = field(repr=False)
    """Cluster of each of the `rows`."""

    @property
    def warning(self) -> str:
        """What a reader of the estimates must know, in sentences; empty if nothing."""
        return what_to_know("those with from those without events", self.monotone, self.aliased, self.converged)

    def baseline_hazard(self) -> tuple[hazard_checks.BaselineHazard, ...]:
        """Cumulative baseline hazard of each stratum, for a subject whose covariates are all 0."""
        return hazard_checks.baseline_hazard(self.rows, self.beta, self.ties)

    def concordance(self) -> hazard_checks.Concordance:
        """Share of comparable pairs in which the higher risk fails first; takes time of order n squared."""
        return hazard_checks.concordance(self.rows, self.beta, self.cluster)

    def proportional_hazards_test(self, transform: str = "km") -> hazard_checks.ProportionalHazards:
        """Score test of each covariate, and of all, against an effect that changes with a function of time."""
        return hazard_checks.proportional_hazards_test(self.rows, self.beta, self.ties, self.aliased, transform)


def cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    ties: str = "efron",
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    conf_level: float = 0.95,
) -> CoxModel:
    """Cox proportional hazards regression.

    Args:
        time: follow-up time in any unit, float64 [n], not negative.
        event: 1 event, 0 censored [n].
        covariates: float64 [n, p], or [n] for one covariate; finite, no intercept.
        strata: label of the stratum [n], or a list of columns whose combinations are the strata; each has a baseline
            hazard of its own.
        ties: "efron" or "breslow". With tied events of unequal weights Efron's sums use their mean weight.
        entry: time from which the subject was observed, float64 [n], before `time`; at risk in (entry, time].
        weights: weight of the row in the likelihood, float64 [n], not negative.
        cluster: label of the cluster [n]; gives the robust (sandwich) covariance, summed over clusters.
        conf_level: two-sided confidence level of the Wald limits.

    Returns:
        `CoxModel`. A monotone likelihood is found and said: `monotone`, `warning`, an infinite coefficient. A covariate
        that is constant among those at risk, or a combination of those before it, is left out: `aliased`, `warning`, a
        missing coefficient.

    Raises:
        AnalysisDataError: as `kaplan_meier`; no events; no covariate that differs among those at risk.

    Ties in time: `equipoise.stats.ties`.
    Source: Cox 1972, J R Stat Soc B 34:187-220; Efron 1977, J Am Stat Assoc 72:557-565; Breslow 1974; robust: Lin & Wei
    1989, J Am Stat Assoc 84:1074-1078; monotone likelihood: Heinze & Schemper 2001, Biometrics 57:114-119.
    Checked: by hand (tests/spec/stats), against R coxph (tests/golden).
    """
    when = inputs.times(time, where=f"{WHERE}, time")
    happened = inputs.indicators(event, when.size, where=f"{WHERE}, event")
    x = inputs.covariate_matrix(covariates, when.size, where=f"{WHERE}, covariates")
    stratum = inputs.strata_codes(strata, when.size, where=f"{WHERE}, strata")[1]
    weight = inputs.case_weights(weights, when.size, where=WHERE)
    started = None if entry is None else inputs.entry_times(entry, when, where=WHERE)
    inputs.choice(ties, ("efron", "breslow"), where=f"{WHERE}, ties")
    inputs.level(conf_level, where=f"{WHERE}, conf_level")
    if not (happened[weight > 0] == 1).any():
        raise AnalysisDataError(
            "there is no event", where=WHERE, rule="STATS-NO-EVENTS", remedy="report that no hazard ratio can be given"
        )
    scaled, centre, deviation = standardized(x)
    rows = sorted_rows(scaled, stratum, when, happened, weight, started, centre, deviation)
    n_terms = float(rows.weight @ rows.event)
    top = maximize(lambda beta: rows.likelihood(beta, ties), x.shape[1], n_terms=n_terms, where=WHERE)
    coef, naive = unscaled(top, deviation)
    covariance, member = naive, None
    if cluster is not None:
        member = inputs.codes(cluster, when.size, where=f"{WHERE}, cluster")[1][rows.source]
        covariance = sandwich(naive, hazard_checks.robust_filling(rows, top.beta, ties, member))
    return fitted(top, coef, covariance, naive, rows=rows, cluster=member, ties=ties, conf_level=conf_level)


def fitted(
    top: Maximum,
    coef: Floats,
    covariance: Floats,
    naive: Floats,
    *,
    rows: SortedRows,
    cluster: inputs.Ints | None,
    ties: str,
    conf_level: float,
) -> CoxModel:
    """The model from where Newton's method ended."""
    estimates = wald(coef, covariance, conf_level)
    return CoxModel(
        n=rows.time.size,
        n_events=int(rows.event.sum()),
        coef=coef,
        covariance=covariance,
        naive_covariance=naive,
        std_error=estimates.std_error,
        z=estimates.z,
        p_value=estimates.p_value,
        hazard_ratio=estimates.ratio,
        lower=estimates.lower,
        upper=estimates.upper,
        conf_level=float(conf_level),
        loglik_null=top.loglik_null,
        loglik=top.loglik,
        likelihood_ratio=likelihood_ratio_test(top),
        wald=wald_test(coef, covariance),
        score=score_test(top),
        ties=ties,
        iterations=top.iterations,
        converged=top.converged,
        monotone=top.monotone,
        aliased=top.aliased,
        rows=rows,
        beta=top.beta,
        cluster=cluster,
    )
