"""Cox regression: hazard ratios, stratified, with Efron's or Breslow's treatment of tied events."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import hazard_checks, hazard_prediction, hazard_residuals, inputs
from equipoise.stats.hazard_penalty import PenalizedLikelihood, penalized_maximum
from equipoise.stats.hazard_profile import ProfileLimits, profile_limits
from equipoise.stats.hazard_rows import CoxRows, cox_rows
from equipoise.stats.limits import CONF_TYPES
from equipoise.stats.newton import Evaluate, Maximum
from equipoise.stats.regression import (
    FIRTH_HELPS,
    PENALTIES,
    ChiSquareTest,
    Wald,
    chi_square_test,
    likelihood_ratio_test,
    sandwich,
    score_test,
    unscaled,
    wald,
    wald_test,
    what_to_know,
)

WHERE = "Cox regression"


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxModel:
    """A fitted Cox model; arrays in the order of the covariates, float64 [p].

    Wald statistics and tests are computed when they are asked for.
    """

    coef: Floats
    """Log hazard ratio for one unit more; infinite where `monotone`."""
    covariance: Floats
    """Of the coefficients, float64 [p, p]: the inverse information, or the robust one if clusters were given."""
    naive_covariance: Floats
    """The inverse information."""
    conf_level: float
    """Two-sided confidence level of the limits."""
    ties: str
    """Treatment of tied events, "efron" or "breslow"."""
    penalty: str | None
    """"firth" if Firth's penalty was added; the log-likelihoods and their test are then penalized too."""
    end: Maximum = field(repr=False)
    """Where Newton's method ended, for the standardized covariates in `rows`."""
    rows: CoxRows = field(repr=False)
    """The data as fitted, for what is derived from the model."""
    cluster: inputs.Ints | None = field(repr=False)
    """Cluster of each of the `rows`."""

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.rows.time.size

    @property
    def n_events(self) -> int:
        """Number of events, weights not counted."""
        return self.rows.n_events

    @property
    def beta(self) -> Floats:
        """Coefficients of the standardized covariates in `rows`."""
        return self.end.beta

    @property
    def loglik_null(self) -> float:
        """Log partial likelihood (with the penalty, if any) with all coefficients 0."""
        return self.end.loglik_null + units_of_penalty(self)

    @property
    def loglik(self) -> float:
        """Log partial likelihood (with the penalty, if any) at the estimate."""
        return self.end.loglik + units_of_penalty(self)

    @property
    def iterations(self) -> int:
        """Steps of Newton's method."""
        return self.end.iterations

    @property
    def converged(self) -> bool:
        """Whether the steps ended at a maximum."""
        return self.end.converged

    @property
    def monotone(self) -> NDArray[np.bool_]:
        """Coefficients without a finite estimate: the events separate by the covariate and the likelihood rises."""
        return self.end.monotone

    @property
    def aliased(self) -> NDArray[np.bool_]:
        """Coefficients left out (missing): the covariate is constant among those at risk or a combination of others."""
        return self.end.aliased

    @cached_property
    def _estimates(self) -> Wald:
        """Standard errors, Wald statistics and limits of all coefficients."""
        return wald(self.coef, self.covariance, self.conf_level)

    @property
    def std_error(self) -> Floats:
        """Standard errors of the coefficients."""
        return self._estimates.std_error

    @property
    def z(self) -> Floats:
        """Coefficients over standard errors."""
        return self._estimates.z

    @property
    def p_value(self) -> Floats:
        """Two-sided P values of Wald's test of each coefficient."""
        return self._estimates.p_value

    @property
    def hazard_ratio(self) -> Floats:
        """Ratio of the hazards for one unit more."""
        return self._estimates.ratio

    @property
    def lower(self) -> Floats:
        """Lower Wald limit of the hazard ratio."""
        return self._estimates.lower

    @property
    def upper(self) -> Floats:
        """Upper Wald limit of the hazard ratio."""
        return self._estimates.upper

    @property
    def likelihood_ratio(self) -> ChiSquareTest:
        """Likelihood-ratio test that all coefficients are 0."""
        return likelihood_ratio_test(self.end)

    @property
    def wald(self) -> ChiSquareTest:
        """Wald test that all coefficients are 0.

        With fewer clusters than coefficients the covariance is singular; the statistic is then that of survival in R,
        which depends on the order of the covariates.
        """
        if self.end.plain and self.cluster is None:
            # of standardized covariates the information is the inverse of the covariance
            return chi_square_test(float(self.beta @ self.end.information @ self.beta), self.beta.size)
        return wald_test(self.coef, self.covariance)

    @property
    def score(self) -> ChiSquareTest:
        """Score test, without penalty, that all coefficients are 0: without ties, the log-rank test."""
        return score_test(self.end)

    @property
    def warning(self) -> str:
        """What a reader of the estimates must know, in sentences; empty if nothing."""
        return what_to_know(
            "those with from those without events", self.monotone, self.aliased, self.converged, remedy=FIRTH_HELPS
        )

    def profile_limits(self, conf_level: float | None = None) -> ProfileLimits:
        """Profile likelihood limits of the hazard ratios; of the penalized likelihood if there is a penalty.

        They hold where Wald's do not: with few events, and where the likelihood is monotone, one side being infinite.
        Weights count as copies, clusters are not used. `conf_level`: that of the model if not given.

        Source: Venzon & Moolgavkar 1988, Appl Statist 37:87-94; with the penalty: Heinze & Schemper 2001. Checked:
        against R coxph with an offset and uniroot.
        """
        level = self.conf_level if conf_level is None else inputs.level(conf_level, where=f"{WHERE}, conf_level")
        return profile_limits(self.likelihood(), self.end, self.rows.deviation, level)

    def likelihood(self) -> Evaluate:
        """The likelihood that was maximized, of the coefficients of the standardized covariates."""
        if self.penalty == "firth":
            return PenalizedLikelihood(self.rows, self.ties, np.flatnonzero(~self.aliased))
        return lambda beta: self.rows.likelihood(beta, self.ties)

    def baseline_hazard(self) -> tuple[hazard_prediction.BaselineHazard, ...]:
        """Cumulative baseline hazard of each stratum with an event, for a subject whose covariates are all 0."""
        return hazard_prediction.baseline_hazard(self.rows, self.beta, self.ties)

    def predict_survival(
        self, covariates: ArrayLike, stratum: int = 0, *, conf_level: float = 0.95, conf_type: str = "log"
    ) -> hazard_prediction.PredictedSurvival:
        """Survival of subjects with `covariates`, float64 [m, p], of a stratum (numbered from 0 by its label)."""
        where = f"{WHERE}, predicted survival"
        inputs.choice(conf_type, CONF_TYPES, where=f"{where}, conf_type")
        inputs.level(conf_level, where=f"{where}, conf_level")
        given = inputs.as_numbers(covariates)
        subjects = covariates if given is None else np.atleast_2d(given)
        x = inputs.covariate_matrix(
            subjects, np.size(subjects, 0) if given is not None else 1, where=f"{where}, covariates"
        )
        if x.shape[1] != self.beta.size:
            raise AnalysisDataError(
                f"there are {x.shape[1]} covariates, and {self.beta.size} in the model",
                where=where,
                rule="STATS-SHAPE",
                remedy="give one row a subject and one column a covariate, in the order of the model",
            )
        return hazard_prediction.predicted_survival(
            self.rows,
            self.beta,
            self.covariance,
            self.ties,
            covariates=x,
            stratum=stratum,
            conf_level=conf_level,
            conf_type=conf_type,
        )

    def martingale_residuals(self) -> Floats:
        """Events less the hazard gone through, float64 [n]: with weights, of one subject of the row."""
        return hazard_residuals.martingale(self.rows, self.beta, self.ties)

    def deviance_residuals(self) -> Floats:
        """Martingale residuals made more symmetric, float64 [n]."""
        return hazard_residuals.deviance(self.rows, self.beta, self.ties)

    def score_residuals(self) -> Floats:
        """What each row adds to the gradient, float64 [n, p]: with weights, one subject of the row."""
        return hazard_residuals.score(self.rows, self.beta, self.ties)

    def dfbeta_residuals(self) -> Floats:
        """What each row, with its weight, adds to the coefficients, approximately, float64 [n, p]."""
        return hazard_residuals.dfbeta(self.rows, self.beta, self.ties, self.naive_covariance)

    def schoenfeld_residuals(self, scaled: bool = False) -> Floats:
        """Distance of the covariates of each event from their mean at risk, float64 [n_events, p].

        Events (of a weight above 0) are in the order of the data. `scaled` (Grambsch & Therneau 1994): times the number
        of events and the naive covariance, plus the coefficients.
        """
        plain = hazard_residuals.schoenfeld(self.rows, self.beta, self.ties)
        if not scaled:
            return plain
        there = ~np.isnan(np.diag(self.naive_covariance))
        out = np.full_like(plain, np.nan)
        inner = np.ix_(there, there)
        out[:, there] = len(plain) * plain[:, there] @ self.naive_covariance[inner] + self.coef[there]
        return out

    def concordance(self) -> hazard_checks.Concordance:
        """Harrell's C: the share of comparable pairs of one stratum in which the higher risk fails first.

        Tied risks count half. A pair is comparable if the earlier time is an event and the later subject is at risk
        then; an event comes before a censoring at the same time. Takes time of order n log n.

        Source: Harrell et al. 1982, JAMA 247:2543-2546; standard error: Therneau & Watson 2017, Mayo Clinic technical
        report 85. Checked: against R concordance of survival 3.
        """
        return hazard_checks.concordance(self.rows, self.beta, self.cluster)

    def proportional_hazards_test(
        self, transform: str | hazard_checks.TimeFunction = "km"
    ) -> hazard_checks.ProportionalHazards:
        """Score test of each covariate, and of all, against an effect that changes with a function of time.

        `transform`: 1 minus the left-continuous Kaplan-Meier of all rows, without weights ("km"), the rank of the
        time among all times ("rank"), the time ("identity"), its logarithm ("log"), or a function of the array of
        event times. Missing, and without a part in the overall test, for a coefficient that is left out or infinite
        and where events at only one time tell subjects apart.

        Source: Grambsch & Therneau 1994, Biometrika 81:515-526. Checked: against R cox.zph of survival 3.
        """
        lost = self.aliased | self.monotone
        return hazard_checks.proportional_hazards_test(self.rows, self.beta, self.ties, lost, transform)


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
    penalty: str | None = None,
    conf_level: float = 0.95,
) -> CoxModel:
    """Cox proportional hazards regression.

    How the hazard changes with covariates, as a ratio that is the same at all times.

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
        penalty: "firth" adds half the logarithm of the determinant of the information to the log-likelihood (Jeffreys'
            prior): less bias with few events, and finite estimates where the likelihood is monotone. The covariance is
            then the inverse of the information at the penalized estimate.
        conf_level: two-sided confidence level of the Wald limits.

    Returns:
        `CoxModel`. A monotone likelihood is found and said: `monotone`, `warning`, an infinite coefficient. A covariate
        that is constant among those at risk, or a combination of those before it, is left out: `aliased`, `warning`, a
        missing coefficient. The robust `covariance` of a coefficient is missing where nothing but rounding is left of
        it, because no row or cluster pulls the coefficient away from its estimate.

    Raises:
        AnalysisDataError: as `kaplan_meier`; no events; no covariate that differs among those at risk.

    Ties: times are tied by the rule of `equipoise.stats.ties`; of tied events Efron's treatment lets each go through a
    part of the others' risk, Breslow's through all of it. At one time events come before censorings, and who enters
    then is not yet at risk.
    Differs from R: coxph warns of a monotone likelihood and gives a large coefficient, we give an infinite one. coxph
    turns to the robust covariance by itself where weights are not whole numbers, we only where `cluster` is given (give
    row numbers for the same). A robust variance that is nothing but rounding is missing here, and some 1e-29 in R.
    Coefficients are found to about 1e-12, in R to a relative gain of 1e-9.
    Source: Cox 1972, J R Stat Soc B 34:187-220; Efron 1977, J Am Stat Assoc 72:557-565; Breslow 1974, Biometrics
    30:89-99; robust: Lin & Wei 1989, J Am Stat Assoc 84:1074-1078; monotone likelihood and penalty: Heinze & Schemper
    2001, Biometrics 57:114-119.
    Checked: by hand, against R coxph, residuals.coxph, cox.zph, survfit.coxph and concordance (tests/spec/stats,
    tests/golden); the penalty by closed forms and by numerical differentiation (tests/spec/stats).

    Example:
        >>> from equipoise import stats
        >>> # with t the hazard ratio L = t / (2 t + 1) x 1 / (1 + t), greatest at t = 1 / sqrt(2)
        >>> stats.cox([1, 2, 3], [1, 1, 1], [1, 0, 1]).hazard_ratio.round(6)
        array([0.707107])
        >>> # monotone: with the penalty L = (t / (1 + t)) x sqrt(t) / (1 + t), greatest at t = 3
        >>> stats.cox([1, 2], [1, 0], [1, 0], penalty="firth").hazard_ratio.round(6)
        array([3.])
    """
    when = inputs.times(time, where=f"{WHERE}, time")
    n = when.size
    happened = inputs.indicators(event, n, where=f"{WHERE}, event")
    x = inputs.covariate_matrix(covariates, n, where=f"{WHERE}, covariates")
    n_strata, stratum = (1, None) if strata is None else inputs.strata_codes(strata, n, where=f"{WHERE}, strata")
    weight = None if weights is None else inputs.case_weights(weights, n, where=WHERE)
    started = None if entry is None else inputs.entry_times(entry, when, where=WHERE)
    inputs.choice(ties, ("efron", "breslow"), where=f"{WHERE}, ties")
    inputs.level(conf_level, where=f"{WHERE}, conf_level")
    if penalty is not None:
        check_penalty(penalty, cluster)
    rows = cox_rows(x, stratum, n_strata, when, happened, weight, started)
    if not rows.n_terms > 0:
        raise AnalysisDataError(
            "there is no event", where=WHERE, rule="STATS-NO-EVENTS", remedy="report that no hazard ratio can be given"
        )
    end = rows.maximum(ties, where=WHERE) if penalty is None else penalized_maximum(rows, ties, where=WHERE)
    coef, naive = unscaled(end, rows.deviation)
    covariance, member = naive, None
    if cluster is not None:
        member = inputs.codes(cluster, n, where=f"{WHERE}, cluster")[1][rows.source]
        covariance = sandwich(naive, hazard_residuals.robust_filling(rows, end.beta, ties, member))
    return CoxModel(
        coef=coef,
        covariance=covariance,
        naive_covariance=naive,
        conf_level=float(conf_level),
        ties=ties,
        penalty=penalty,
        end=end,
        rows=rows,
        cluster=member,
    )


def units_of_penalty(model: CoxModel) -> float:
    """What the penalty has more with covariates in their units than in standard deviations; 0 without a penalty."""
    return float(np.log(model.rows.deviation[~model.aliased]).sum()) if model.penalty == "firth" else 0.0


def check_penalty(penalty: str, cluster: ArrayLike | None) -> None:
    """Refuse a penalty that is not known, and one with clusters."""
    inputs.choice(penalty, PENALTIES, where=f"{WHERE}, penalty")
    if cluster is not None:
        raise AnalysisDataError(
            "a robust covariance of a penalized estimate is not defined",
            where=f"{WHERE}, penalty",
            rule="STATS-OPTION",
            remedy="leave out the clusters or the penalty",
        )
