"""Logistic regression of a binary answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import binary_fit, inputs
from equipoise.stats.regression import FIRTH_HELPS, PENALTIES, ChiSquareTest, chi_square_test, wald, what_to_know
from equipoise.stats.tails import normal_quantile

WHERE = "logistic regression"


class ProfileLimits(NamedTuple):
    """Profile-likelihood limits of the odds ratios, float64 [1 + p] each."""

    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogisticModel:
    """A fitted logistic model; arrays float64 [1 + p], the intercept first."""

    n: int
    """Subjects."""
    n_events: int
    """Subjects with the outcome 1."""
    coef: Floats
    """Intercept and log odds ratios for one unit more; infinite where `monotone`, but the intercept missing there."""
    covariance: Floats
    """Inverse information, float64 [1 + p, 1 + p]."""
    std_error: Floats
    z: Floats
    """Wald statistics."""
    p_value: Floats
    """Wald's, two-sided."""
    odds_ratio: Floats
    """Exponential of `coef`."""
    lower: Floats
    """Lower Wald limit of the odds ratio."""
    upper: Floats
    conf_level: float
    penalty: str | None
    """"firth" if Firth's penalty was added; the log-likelihoods and their tests are then penalized too."""
    loglik_null: float
    """With the intercept only."""
    loglik: float
    likelihood_ratio: ChiSquareTest
    """Test of all covariates together."""
    iterations: int
    converged: bool
    monotone: NDArray[np.bool_]
    """Coefficients without a finite estimate: the answers separate by the covariate.

    The intercept has one if the log odds where all covariates are 0 are finite."""
    aliased: NDArray[np.bool_]
    """Coefficients left out (missing): the covariate is constant or a combination of others."""
    design: Floats = field(repr=False)
    """Covariates as given after a column of ones, float64 [n, 1 + p]."""
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
        return what_to_know("the answers", self.monotone, self.aliased, self.converged, remedy=FIRTH_HELPS)

    def likelihood_ratio_against(self, smaller: LogisticModel) -> ChiSquareTest:
        """Likelihood-ratio test against a model of the same subjects with fewer covariates (a test of interaction).

        Not for penalized models, whose likelihoods do not compare; see `likelihood_ratio_tests`.
        """
        fewer = int((~self.aliased).sum() - (~smaller.aliased).sum())
        if smaller.n != self.n or fewer < 1 or self.penalty or smaller.penalty:
            raise AnalysisDataError(
                f"the models have {self.n} and {smaller.n} subjects, {fewer} coefficients are left out, and "
                f"{'one is' if self.penalty or smaller.penalty else 'none is'} penalized",
                where=WHERE,
                rule="STATS-NESTED",
                remedy="compare two models of the same subjects, the smaller with some of the covariates left out",
            )
        return chi_square_test(max(0.0, 2 * (self.loglik - smaller.loglik)), fewer)

    def profiles(self) -> binary_fit.Profiles:
        """Profiles of the likelihood that was maximized."""
        return binary_fit.Profiles(self.design, self.answer, self.coef, self.aliased, firth=self.penalty == "firth")

    def likelihood_ratio_tests(self) -> tuple[ChiSquareTest, ...]:
        """Likelihood-ratio test of each coefficient, the intercept first: that it is 0, the others refitted.

        With Firth's penalty both likelihoods have the penalty of the whole model, as in R's package logistf. Missing
        where the coefficient is left out.
        """
        profiles = self.profiles()
        statistic = np.full(self.coef.size, np.nan)
        statistic[profiles.kept] = profiles.tests(self.loglik)
        return tuple(chi_square_test(one, 1) for one in statistic.tolist())

    def profile_limits(self) -> ProfileLimits:
        """Profile-likelihood limits of the odds ratios, penalized if the model is, lower and upper, float64 [1 + p].

        Where the likelihood stays above the bound for ever the limit is 0 or infinite.

        Source: Venzon & Moolgavkar 1988, Appl Stat 37:87-94; Heinze & Schemper 2002, Stat Med 21:2409-2419.
        Checked: against R confint (tests/golden), by the likelihood there (tests/spec/stats, tests/property).
        """
        profiles = self.profiles()
        z = normal_quantile(self.conf_level)
        limits = np.array(
            [profiles.limits(j, self.coef, self.std_error, self.loglik, z) for j in range(self.coef.size)]
        )
        with np.errstate(over="ignore"):
            lower, upper = np.exp(limits.T)
        return ProfileLimits(lower, upper)


def logistic(
    outcome: ArrayLike, covariates: ArrayLike, *, penalty: str | None = None, conf_level: float = 0.95
) -> LogisticModel:
    """Logistic regression with an intercept, by maximum likelihood or with Firth's penalty.

    For a binary answer with covariates, adjusted odds ratios and tests of interaction.

    Args:
        outcome: 1 yes, 0 no [n].
        covariates: float64 [n, p], or [n] for one covariate; finite, without a column for the intercept.
        penalty: "firth" adds half the logarithm of the determinant of the information (Jeffreys' prior), which removes
            the bias of first order and gives finite estimates where the answers separate; None adds nothing.
        conf_level: two-sided confidence level of the limits.

    Returns:
        `LogisticModel`. Separated answers are found and said: `monotone`, `warning`, an infinite coefficient. A
        covariate that is constant or a combination of those before it is left out: `aliased`, a missing coefficient.

    Raises:
        AnalysisDataError: lengths differ; a value is missing; an outcome is not 0 or 1; all outcomes alike.

    Differs from R: glm gives a large number where the estimate is infinite, and stops earlier; confint interpolates
    the profile, here it is solved. Standard errors with Firth's penalty are those of logistf.

    Source: Cox 1958, J R Stat Soc B 20:215-242; McCullagh & Nelder 1989. Separation: Albert & Anderson 1984, Biometrika
    71:1-10. Penalty: Firth 1993, Biometrika 80:27-38; Heinze & Schemper 2002, Stat Med 21:2409-2419.

    Checked: against R glm and confint (tests/golden), the penalized likelihood by another maximizer (tests/spec/stats).

    Example:
        3 of 4 against 1 of 4, odds ratio 9; with the penalty of a 2 x 2 table a half is added to each cell:

        >>> from equipoise import stats
        >>> y, x = [1, 1, 1, 0, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]
        >>> stats.logistic(y, x).odds_ratio[1].round(6)
        np.float64(9.0)
        >>> stats.logistic(y, x, penalty="firth").odds_ratio[1].round(6) == round((3.5 / 1.5) ** 2, 6)
        np.True_
    """
    answer = inputs.indicators(outcome, np.size(outcome), where=f"{WHERE}, outcome").astype(np.float64)
    x = inputs.covariate_matrix(covariates, answer.size, where=f"{WHERE}, covariates")
    inputs.level(conf_level, where=f"{WHERE}, conf_level")
    if penalty is not None:
        inputs.choice(penalty, PENALTIES, where=f"{WHERE}, penalty")
    n, events = answer.size, int(answer.sum())
    if events in (0, n):
        raise AnalysisDataError(
            "all outcomes are alike",
            where=WHERE,
            rule="STATS-NO-EVENTS",
            remedy="report the proportion; no odds ratio can be given",
        )
    fit = binary_fit.fitted(x, answer, firth=penalty == "firth", where=WHERE)
    estimates = wald(fit.coef, fit.covariance, conf_level)
    return LogisticModel(
        n=n,
        n_events=events,
        coef=fit.coef,
        covariance=fit.covariance,
        std_error=estimates.std_error,
        z=estimates.z,
        p_value=estimates.p_value,
        odds_ratio=estimates.ratio,
        lower=estimates.lower,
        upper=estimates.upper,
        conf_level=float(conf_level),
        penalty=penalty,
        loglik_null=fit.loglik_null,
        loglik=fit.loglik,
        likelihood_ratio=chi_square_test(max(0.0, 2 * (fit.loglik - fit.loglik_null)), int((~fit.aliased).sum()) - 1),
        iterations=fit.iterations,
        converged=fit.converged,
        monotone=fit.monotone,
        aliased=fit.aliased,
        design=binary_fit.with_ones(x),
        answer=answer,
    )
