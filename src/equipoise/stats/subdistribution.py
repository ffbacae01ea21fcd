"""Fine-Gray regression: subdistribution hazard ratios of one cause where causes compete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import cause_codes, inputs, subdistribution_checks, ties
from equipoise.stats.regression import (
    NO_PULL,
    ChiSquareTest,
    Wald,
    likelihood_ratio_test,
    numbered,
    sandwich,
    unscaled,
    wald,
    wald_test,
    what_to_know,
)
from equipoise.stats.subdistribution_rows import Estimate, fine_gray_rows, sorted_covariates
from equipoise.stats.subdistribution_time_varying import ChangingEstimate, TimeVarying, changing_covariates, check_terms

WHERE = "Fine-Gray regression"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IncidencePrediction:
    """Predicted cumulative incidence of one subject at the event times, float64 [n_event_times]."""

    time: Floats
    """Distinct times of the events of the cause, ascending, in the unit of the data."""
    incidence: Floats
    """Probability of the cause by that time, from 0 to 1."""

    def at(self, times: ArrayLike) -> Floats:
        """The prediction at `times`, float64 [n_times]; 0 before the first event time."""
        when = inputs.one_or_more(times, where=f"{WHERE}, times asked for")
        return np.concatenate(([0.0], self.incidence))[ties.before_or_tied(self.time, when)]


@dataclass(frozen=True, kw_only=True, eq=False)
class FineGrayModel:
    """A fitted Fine-Gray model; arrays in the order of the covariates, float64 [p].

    Statistics that follow from the coefficients and their covariance are computed when they are first asked for.
    """

    cause_of_interest: int
    """The code of the cause that is modelled."""
    coef: Floats
    """Log subdistribution hazard ratio for one unit more; infinite where `monotone`."""
    covariance: Floats
    """Sandwich with the term for the estimated censoring weights, float64 [p, p]."""
    naive_covariance: Floats
    """The inverse information, float64 [p, p]."""
    conf_level: float
    """Two-sided confidence level of the limits."""
    fit: Estimate | ChangingEstimate = field(repr=False)
    """The data as fitted and the sums at the estimate, for what is derived from the model."""

    @property
    def n(self) -> int:
        """Number of subjects."""
        return self.fit.rows.time.size

    @property
    def n_events(self) -> int:
        """Events of the cause of interest."""
        return self.fit.rows.n_events

    @property
    def loglik_null(self) -> float:
        """Log partial likelihood with all coefficients 0."""
        return self.fit.end.loglik_null

    @property
    def loglik(self) -> float:
        """Log partial likelihood at the estimate."""
        return self.fit.end.loglik

    @property
    def iterations(self) -> int:
        """Steps of Newton's method."""
        return self.fit.end.iterations

    @property
    def converged(self) -> bool:
        """Whether the steps ended at a maximum."""
        return self.fit.end.converged

    @property
    def monotone(self) -> NDArray[np.bool_]:
        """Coefficients without a finite estimate, bool [p]: the events separate by the covariate."""
        return self.fit.end.monotone

    @cached_property
    def _estimates(self) -> Wald:
        """Standard errors, Wald statistics and limits of all coefficients."""
        return wald(self.coef, self.covariance, self.conf_level)

    @property
    def std_error(self) -> Floats:
        """Standard errors of the coefficients, from `covariance`."""
        return self._estimates.std_error

    @cached_property
    def naive_std_error(self) -> Floats:
        """Standard errors from the inverse information."""
        return np.sqrt(np.diag(self.naive_covariance))

    @cached_property
    def known_weights_std_error(self) -> Floats:
        """From the sandwich without the term for the censoring weights, as by weighted Cox regression."""
        return np.sqrt(np.diag(sandwich_of(self.fit, self.naive_covariance, censoring=False)))

    @property
    def z(self) -> Floats:
        """Coefficients over standard errors."""
        return self._estimates.z

    @property
    def p_value(self) -> Floats:
        """Two-sided P values of Wald's test of each coefficient."""
        return self._estimates.p_value

    @property
    def subdistribution_hazard_ratio(self) -> Floats:
        """Ratio of the subdistribution hazards for one unit more."""
        return self._estimates.ratio

    @property
    def lower(self) -> Floats:
        """Lower Wald limit of the subdistribution hazard ratio."""
        return self._estimates.lower

    @property
    def upper(self) -> Floats:
        """Upper Wald limit of the subdistribution hazard ratio."""
        return self._estimates.upper

    @cached_property
    def wald(self) -> ChiSquareTest:
        """Wald test that all coefficients are 0."""
        return wald_test(self.coef, self.covariance)

    @cached_property
    def pseudo_likelihood_ratio(self) -> ChiSquareTest:
        """As cmprsk prints it; the likelihood is weighted, so its chi-square distribution is only approximate."""
        return likelihood_ratio_test(self.fit.end)

    @property
    def event_time(self) -> Floats:
        """Distinct times of the events of the cause, ascending, float64 [m]."""
        return self.fit.rows.event_time[1:]

    @cached_property
    def baseline_hazard(self) -> Floats:
        """Increments of the baseline subdistribution hazard at `event_time`, for covariates that are all 0.

        Infinite where 0 is too far from the covariates of the data for a number; `predict` does not need it.
        """
        steady, changing = self.n_terms
        return self.fit.hazard(np.zeros(steady), np.zeros(changing))

    @property
    def warning(self) -> str:
        """What a reader of the estimates must know, in a sentence; empty if nothing."""
        none = np.zeros_like(self.monotone)
        return what_to_know("those with from those without events of the cause", self.monotone, none, self.converged)

    def predict(self, covariates: ArrayLike, time_varying: ArrayLike = ()) -> IncidencePrediction:
        """Cumulative incidence of the cause for a subject.

        Args:
            covariates: float64 [p] in the order of the model, those with a function of time not counted.
            time_varying: the values that are multiplied by the functions of time, float64 [k]; none without such terms.

        Source: Fine & Gray 1999. Checked: against R predict.crr.
        """
        where = f"{WHERE}, prediction"
        x = inputs.one_or_more(covariates, where=where)
        y = inputs.one_or_more(time_varying, where=f"{where}, time-varying")
        steady, changing = self.n_terms
        if (x.size, y.size) != (steady, changing):
            raise AnalysisDataError(
                f"there are {x.size} covariates and {y.size} time-varying ones, "
                f"where the model has {steady} and {changing}",
                where=where,
                rule="STATS-SHAPE",
                remedy="give one value for each, in the order of the model",
            )
        return IncidencePrediction(time=self.event_time, incidence=-np.expm1(-self.fit.hazard(x, y).cumsum()))

    @property
    def n_terms(self) -> tuple[int, int]:
        """Numbers of the covariates that do not change with time, and of those multiplied by a function of it."""
        fit = self.fit
        changing = fit.data.f.shape[1] if isinstance(fit, ChangingEstimate) else 0
        return self.coef.size - changing, changing

    def schoenfeld_residuals(self) -> Floats:
        """Distance of the covariates of the events from their mean in the risk set, float64 [m, p].

        Summed over the events at each `event_time`; the columns add up to 0. A trend with time says that the
        subdistribution hazards are not proportional.

        Checked: against R crr()$res.
        """
        return self.fit.schoenfeld()

    def proportionality_test(
        self, transform: str | subdistribution_checks.TimeFunction = "km", *, variance: str = "sandwich"
    ) -> subdistribution_checks.ProportionalSubdistributionHazards:
        """Score test of each covariate, and of all, against an effect that changes with a function of time.

        Args:
            transform: the time ("identity"), its logarithm ("log"), the cumulative incidence of the cause just before
                it ("km", as it is 1 minus a product-limit estimate), or a function of the array of event times.
            variance: "sandwich", which holds although the likelihood is weighted and the weights are estimated; or
                "information", as cox.zph would have it.

        Raises:
            AnalysisDataError: the model has time-varying terms (test those), or a coefficient without finite estimate.

        Source: Grambsch & Therneau 1994, Biometrika 81:515-526; with the sandwich: Boos 1992, Am Stat 46:327-333; for
        this model: Zhou, Fine & Laird 2013, Stat Med 32:3804-3811.
        Checked: "information" against R cox.zph of weighted data of survival::finegray; "sandwich" against Wald's test
        of the time-varying term of cmprsk::crr in a large sample, and by its type I error (tests/spec/stats).
        """
        inputs.choice(variance, subdistribution_checks.VARIANCES, where=f"{subdistribution_checks.WHERE}, variance")
        if isinstance(self.fit, ChangingEstimate) or self.monotone.any():
            raise AnalysisDataError(
                "the model has time-varying terms, or a coefficient without a finite estimate",
                where=subdistribution_checks.WHERE,
                rule="STATS-PROPORTIONALITY",
                remedy="test a model of covariates that do not change and have finite coefficients",
            )
        return subdistribution_checks.proportionality_test(self.fit, transform, variance)


def fine_gray(
    time: ArrayLike,
    cause: ArrayLike,
    covariates: ArrayLike | None,
    *,
    cause_of_interest: int = 1,
    censoring_group: ArrayLike | None = None,
    time_varying: Sequence[TimeVarying] | None = None,
    censor_code: int = 0,
    conf_level: float = 0.95,
) -> FineGrayModel:
    """Fine-Gray regression of the subdistribution hazard of one cause.

    How the cumulative incidence of a cause changes with covariates where other causes compete: those who had another
    event stay in the risk set, with a weight that falls as censoring goes on.

    Args:
        time: follow-up time in any unit, float64 [n], not negative.
        cause: what ended it, whole numbers [n].
        covariates: float64 [n, p], or [n] for one covariate; finite, no intercept. None where all are time-varying.
        cause_of_interest: the code of `cause` that is modelled; all others but `censor_code` compete.
        censoring_group: label of the group within which censoring is alike [n]; None for one.
        time_varying: covariates multiplied by functions of time (`TimeVarying`); their coefficients follow those of
            `covariates`. Without them the work grows as n log n, with them as n times the number of event times.
        censor_code: the code of `cause` that means censored.
        conf_level: two-sided confidence level of the Wald limits.

    Returns:
        `FineGrayModel`. Standard errors are those of cmprsk::crr: the sandwich with the term for the estimated
        censoring distribution. With several censoring groups that term counts, as cmprsk does, only the events of the
        group itself, although those of all groups carry its weights; and after the last time of a group its subjects
        with a competing event weigh nothing. A monotone likelihood is found and said: `monotone`, `warning`, an
        infinite coefficient.

    Raises:
        AnalysisDataError: as `cumulative_incidence`; no event of the cause; a covariate that is constant among those at
            risk or a combination of others.

    Ties: times are tied by the rule of `equipoise.stats.ties`; tied events by Breslow; at one time events come before
    censorings.
    Differs from R: cmprsk ties only times that are equal, stops at a gradient of 1e-6 by default (we at steps of
    1e-9), and fails on covariates with a large mean, as a year of 1995. At a time of 0 it takes the weights after the
    censorings of that time, at all others before; we before.
    Source: Fine & Gray 1999, J Am Stat Assoc 94:496-509; linear scans: Kawaguchi et al. 2021, R Journal 12:163-177.
    Checked: by hand (tests/spec/stats), against R cmprsk::crr with groups of censoring, functions of time, residuals
    and predictions, and survival::finegray (tests/spec/stats, tests/golden); without competing events it is `cox` with
    Breslow's ties, and the scans agree with sums over all pairs (tests/property).

    Example:
        >>> from equipoise import stats
        >>> # with t the ratio L = t / (2 t + 2) x 1 / (t + 2), greatest at t = sqrt(2)
        >>> stats.fine_gray([1, 2, 3, 4], [1, 2, 2, 1], [1, 0, 1, 0]).subdistribution_hazard_ratio.round(6)
        array([1.414214])
        >>> # another ratio after day 2: before it sqrt(3 / 2), then the golden ratio (tests/spec/stats)
        >>> arm = [1, 0, 0, 1, 1, 0]
        >>> late = stats.TimeVarying(covariate=arm, function=lambda day: day > 2, name="after day 2")
        >>> fit = stats.fine_gray([1, 2, 3, 4, 5, 6], [1] * 6, arm, time_varying=[late])
        >>> fit.subdistribution_hazard_ratio.cumprod().round(6)
        array([1.224745, 1.618034])
    """
    when = inputs.times(time, where=f"{WHERE}, time")
    codes, place = cause_codes.causes(cause, when.size, censor_code, where=WHERE)
    if covariates is None and time_varying:
        x = np.empty((when.size, 0))
    else:
        x = inputs.covariate_matrix(covariates, when.size, where=f"{WHERE}, covariates")  # type: ignore[arg-type]
    n_groups, group = 1, None
    if censoring_group is not None:
        n_groups, group = inputs.strata_codes(censoring_group, when.size, where=f"{WHERE}, censoring_group")
    inputs.level(conf_level, where=f"{WHERE}, conf_level")
    check_terms(time_varying or (), where=WHERE)
    asked = cause_codes.of_interest_asked(cause_of_interest, censor_code, where=WHERE)
    if asked not in codes:
        raise AnalysisDataError(
            f"cause {asked} does not occur",
            where=WHERE,
            rule="STATS-NO-EVENTS",
            remedy="report that no subdistribution hazard ratio can be given",
        )
    rows = fine_gray_rows(when, place, cause_codes.kinds(codes, asked), group, n_groups)
    steady = sorted_covariates(rows, x)
    data = changing_covariates(steady, time_varying, where=WHERE) if time_varying else steady
    fit = data.maximum(where=WHERE)
    if fit.end.aliased.any():
        raise AnalysisDataError(
            f"covariates that say nothing of their own: number {numbered(fit.end.aliased)}",
            where=WHERE,
            rule="STATS-COLLINEAR",
            remedy="leave out a covariate that is constant, or one of those that add up to another",
        )
    coef, naive = unscaled(fit.end, fit.deviation)
    return FineGrayModel(
        cause_of_interest=asked,
        coef=coef,
        covariance=sandwich_of(fit, naive),
        naive_covariance=naive,
        conf_level=float(conf_level),
        fit=fit,
    )


def sandwich_of(fit: Estimate | ChangingEstimate, naive: Floats, *, censoring: bool = True) -> Floats:
    """Sandwich covariance of the coefficients, float64 [p, p], from their `naive` one."""
    deviation = fit.deviation
    filling = fit.filling(censoring=censoring) * (deviation[:, np.newaxis] * deviation)
    if fit.end.plain:
        covariance: Floats = naive @ filling @ naive
        if (covariance.diagonal() > NO_PULL * naive.diagonal()).all():
            return covariance
    return sandwich(naive, filling)
