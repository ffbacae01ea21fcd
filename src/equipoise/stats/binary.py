"""Logistic regression of a binary answer."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.newton import Maximum, maximize, standardized
from equipoise.stats.regression import ChiSquareTest, chi_square_test, wald, what_to_know
from equipoise.stats.tails import normal_quantile

WHERE = "logistic regression"
MOST_STEPS = 20
"""Growing steps in which a profile limit is looked for before it counts as infinite."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogisticModel:
    """A fitted logistic model; arrays float64 [1 + p], the intercept first."""

    n: int
    n_events: int
    coef: Floats
    """Intercept and log odds ratios for one unit more; infinite where `monotone`."""
    covariance: Floats
    std_error: Floats
    z: Floats
    p_value: Floats
    odds_ratio: Floats
    lower: Floats
    """Lower Wald limit of the odds ratio."""
    upper: Floats
    conf_level: float
    loglik_null: float
    """With the intercept only."""
    loglik: float
    likelihood_ratio: ChiSquareTest
    """Test of all covariates together."""
    iterations: int
    converged: bool
    monotone: NDArray[np.bool_]
    """Coefficients without a finite estimate: the answers separate by the covariate."""
    aliased: NDArray[np.bool_]
    """Coefficients left out (missing): the covariate is constant or a combination of others."""
    design: Floats = field(repr=False)
    answer: Floats = field(repr=False)

    @property
    def deviance(self) -> float:
        """Minus twice the log-likelihood."""
        return -2 * self.loglik

    @property
    def null_deviance(self) -> float:
        """Minus twice the log-likelihood of the intercept alone."""
        return -2 * self.loglik_null

    @property
    def warning(self) -> str:
        """What a reader of the estimates must know, in sentences; empty if nothing. The intercept is coefficient 1."""
        return what_to_know("the answers", self.monotone, self.aliased, self.converged)

    def likelihood_ratio_against(self, smaller: LogisticModel) -> ChiSquareTest:
        """Likelihood-ratio test against a model of the same subjects with fewer covariates (a test of interaction)."""
        fewer = int((~self.aliased).sum() - (~smaller.aliased).sum())
        if smaller.n != self.n or fewer < 1:
            raise AnalysisDataError(
                f"the models have {self.n} and {smaller.n} subjects, and {fewer} coefficients are left out",
                where=WHERE,
                rule="STATS-NESTED",
                remedy="compare two models of the same subjects, the smaller with some of the covariates left out",
            )
        return chi_square_test(max(0.0, 2 * (self.loglik - smaller.loglik)), fewer)

    def profile_limits(self) -> tuple[Floats, Floats]:
        """Profile-likelihood limits of the odds ratios, lower and upper, float64 [1 + p].

        Where the likelihood stays above the bound for ever the limit is 0 or infinite.

        Source: Venzon & Moolgavkar 1988, Appl Stat 37:87-94. Checked: against R confint.
        """
        fall = normal_quantile(self.conf_level) ** 2 / 2
        limits = [[self._profile_limit(j, side, self.loglik - fall) for j in range(self.coef.size)] for side in (-1, 1)]
        with np.errstate(over="ignore"):
            return np.exp(limits[0]), np.exp(limits[1])

    def _profile_limit(self, j: int, side: int, bound: float) -> float:
        """Coefficient `j` on the given side of the estimate at which the profile log-likelihood falls to `bound`."""
        from scipy.optimize import brentq

        if np.isnan(self.coef[j]) or self.coef[j] == side * np.inf:
            return float(self.coef[j])
        others = np.flatnonzero(~self.aliased & (np.arange(self.coef.size) != j))

        def excess(value: float) -> float:
            return profile(self.design[:, others], self.answer, self.design[:, j] * value) - bound

        near = self.coef[j] if np.isfinite(self.coef[j]) else 0.0
        step = side / np.sqrt(np.square(self.design[:, j]).mean())
        while excess(near) < 0:  # from 0 towards an infinite estimate on the other side
            near -= step
        far = near + step
        for _ in range(MOST_STEPS):
            if excess(far) < 0:
                return float(brentq(excess, near, far, xtol=1e-12, rtol=1e-12))
            near, far = far, far + 2 * (far - near)
        return float(side * np.inf)


def logistic(outcome: ArrayLike, covariates: ArrayLike, *, conf_level: float = 0.95) -> LogisticModel:
    """Logistic regression with an intercept, by maximum likelihood.

    Args:
        outcome: 1 yes, 0 no [n].
        covariates: float64 [n, p], or [n] for one covariate; finite, without a column for the intercept.
        conf_level: two-sided confidence level of the limits.

    Returns:
        `LogisticModel`. Separated answers are found and said: `monotone`, `warning`, an infinite coefficient. A
        covariate that is constant or a combination of those before it is left out: `aliased`, a missing coefficient.

    Raises:
        AnalysisDataError: lengths differ; a value is missing; an outcome is not 0 or 1; all outcomes alike.

    Source: Cox 1958; McCullagh & Nelder 1989. Separation: Albert & Anderson 1984, Biometrika 71:1-10.
    Checked: against R glm and confint (tests/golden).
    """
    answer = inputs.indicators(outcome, np.size(outcome), where=f"{WHERE}, outcome").astype(np.float64)
    x = inputs.covariate_matrix(covariates, answer.size, where=f"{WHERE}, covariates")
    inputs.level(conf_level, where=f"{WHERE}, conf_level")
    n, events = answer.size, int(answer.sum())
    if events in (0, n):
        raise AnalysisDataError(
            "all outcomes are alike",
            where=WHERE,
            rule="STATS-NO-EVENTS",
            remedy="report the proportion; no odds ratio can be given",
        )
    scaled, centre, deviation = standardized(x)
    design = np.column_stack((np.ones(n), scaled))
    top = maximize(lambda beta: likelihood(beta, design, answer), design.shape[1], n_terms=n, where=WHERE)
    coef, covariance = in_own_units(top, centre, deviation)
    estimates = wald(coef, covariance, conf_level)
    share = events / n
    loglik_null = n * (share * np.log(share) + (1 - share) * np.log(1 - share))
    return LogisticModel(
        n=n,
        n_events=events,
        coef=coef,
        covariance=covariance,
        std_error=estimates.std_error,
        z=estimates.z,
        p_value=estimates.p_value,
        odds_ratio=estimates.ratio,
        lower=estimates.lower,
        upper=estimates.upper,
        conf_level=float(conf_level),
        loglik_null=float(loglik_null),
        loglik=top.loglik,
        likelihood_ratio=chi_square_test(max(0.0, 2 * (top.loglik - loglik_null)), int((~top.aliased).sum()) - 1),
        iterations=top.iterations,
        converged=top.converged,
        monotone=top.monotone,
        aliased=top.aliased,
        design=np.column_stack((np.ones(n), x)),
        answer=answer,
    )


def likelihood(
    beta: Floats, design: Floats, answer: Floats, offset: Floats | float = 0.0
) -> tuple[float, Floats, Floats]:
    """Log-likelihood, gradient and information."""
    linear = design @ beta + offset
    p = expit(linear)
    loglik = float(answer @ linear - np.logaddexp(0, linear).sum())
    return loglik, design.T @ (answer - p), (design * (p * (1 - p))[:, np.newaxis]).T @ design


def in_own_units(top: Maximum, centre: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    """Coefficients and covariance for the covariates as given, from those of the standardized covariates."""
    size = top.beta.size
    change = np.diag(np.concatenate(([1.0], 1 / deviation)))
    change[0, 1:] = -centre / deviation
    inner = np.ix_(~top.aliased, ~top.aliased)
    full = np.zeros((size, size))
    full[inner] = np.linalg.pinv(top.information[inner], rcond=1e-12)
    coef, covariance = change @ top.beta, change @ full @ change.T
    if top.monotone.any():
        coef = np.where(top.monotone, np.copysign(np.inf, top.beta), coef)
        # the intercept goes to infinity with the covariates, and depends on where they are centred
        coef[0] = np.nan
        covariance[0] = covariance[:, 0] = np.nan
    lost = top.monotone | top.aliased
    coef[top.aliased] = np.nan
    covariance[lost] = covariance[:, lost] = np.nan
    return coef, covariance


def profile(design: Floats, answer: Floats, offset: Floats) -> float:
    """Greatest log-likelihood over the other coefficients, where one is held fixed by the offset."""
    if design.shape[1] == 0:
        return likelihood(np.empty(0), design, answer, offset)[0]
    scale = np.maximum(np.abs(design).max(axis=0), 1e-300)
    return maximize(
        lambda beta: likelihood(beta, design / scale, answer, offset),
        design.shape[1],
        n_terms=answer.size,
        where=WHERE,
    ).loglik
