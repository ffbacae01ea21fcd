"""What Cox, Fine-Gray and logistic regression report alike: Wald statistics, intervals and tests."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from equipoise.arrays import Flags, Floats
from equipoise.stats.kernels.cholesky import scaled_estimates, solve
from equipoise.stats.newton import Maximum
from equipoise.stats.quadratic import quadratic_form
from equipoise.stats.tails import chi_square_tail, normal_quantile, two_sided_p

PENALTIES = ("firth",)
FIRTH_HELPS = 'penalty="firth" gives a finite estimate, `profile_limits()` the limit that is finite.'
"""What can be done about a monotone likelihood."""
NO_PULL = 1e-20
"""Share of the inverse information up to which a sandwich variance is rounding."""
WALD_PIVOT = float(np.finfo(np.float64).eps) ** 0.75
"""Share of the largest variance below which what is left of a variance is rounding (`toler.chol` of survival)."""


class ChiSquareTest(NamedTuple):
    """A chi-square test with its P value, also as logarithm to base 10."""

    chi_square: float
    degrees_of_freedom: int
    p_value: float
    log10_p_value: float


class Wald(NamedTuple):
    """Wald statistics of coefficients, float64 [p] each; `ratio` is the exponential of the coefficient."""

    std_error: Floats
    z: Floats
    p_value: Floats
    ratio: Floats
    lower: Floats
    upper: Floats


def chi_square_test(statistic: float, degrees_of_freedom: int) -> ChiSquareTest:
    """A chi-square test from its statistic."""
    return ChiSquareTest(float(statistic), degrees_of_freedom, *chi_square_tail(float(statistic), degrees_of_freedom))


def wald(coef: Floats, covariance: Floats, conf_level: float) -> Wald:
    """Wald statistics; all but the ratio missing where the coefficient is infinite."""
    with np.errstate(invalid="ignore", over="ignore"):
        std_error = np.sqrt(np.diag(covariance))
        half = normal_quantile(conf_level) * std_error
        z = coef / std_error
        return Wald(std_error, z, two_sided_p(z), np.exp(coef), np.exp(coef - half), np.exp(coef + half))


def wald_test(coef: Floats, covariance: Floats) -> ChiSquareTest:
    """Wald test that all coefficients are 0, less those that are left out, with one degree of freedom for each.

    A robust covariance from fewer clusters than coefficients is singular. As in survival's coxph_wtest (R), it is then
    factored row by row, and a coefficient that has no variance left of its own (less than `WALD_PIVOT` of the largest
    variance) after those before it counts for nothing, but keeps its degree of freedom. Such a statistic depends on the
    order of the covariates, and its P value is not one to rely on.

    Missing if a coefficient is infinite, or has no variance.
    """
    there = np.flatnonzero(~np.isnan(coef))
    coef, covariance = coef[there], covariance[np.ix_(there, there)]
    deviation = np.sqrt(np.diag(covariance))
    if not (np.isfinite(coef).all() and (deviation > 0).all()):
        return chi_square_test(float("nan"), there.size)
    correlation, z = covariance / np.outer(deviation, deviation), coef / deviation
    statistic = quadratic_form(z, correlation, scale=np.ones(1))
    return chi_square_test(row_by_row(coef, covariance) if statistic is None else statistic, there.size)


def row_by_row(coef: Floats, covariance: Floats) -> float:
    """coef' covariance^- coef by the generalized Cholesky factor (Therneau's cholesky2) of a singular covariance."""
    left, rest, statistic = covariance.copy(), coef.copy(), 0.0
    least = WALD_PIVOT * float(np.diag(covariance).max())
    for j in range(coef.size):
        variance = left[j, j]
        if variance >= least:
            share = left[:, j] / variance
            statistic += rest[j] ** 2 / variance
            rest, left = rest - share * rest[j], left - np.outer(share, left[j])
    return float(statistic)


def score_test(top: Maximum) -> ChiSquareTest:
    """Score test that all coefficients are 0, from the gradient and information there."""
    step = np.empty(top.score_null.size)
    if top.plain and solve(top.information_null, top.score_null, step):
        return chi_square_test(float(top.score_null @ step), step.size)
    there = np.flatnonzero(~top.aliased)
    score, information = top.score_null[there], top.information_null[np.ix_(there, there)]
    return chi_square_test(float(score @ np.linalg.solve(information, score)), there.size)


def likelihood_ratio_test(top: Maximum) -> ChiSquareTest:
    """Likelihood-ratio test that all coefficients are 0."""
    return chi_square_test(max(0.0, 2 * (top.loglik - top.loglik_null)), int((~top.aliased).sum()))


def unscaled(top: Maximum, deviation: Floats) -> tuple[Floats, Floats]:
    """Coefficients and their covariance (inverse information) on the scale of the covariates as given.

    A coefficient that grows without bound is infinite, one that is aliased missing; their covariances are missing.
    """
    if top.plain:
        return scaled_estimates(top.beta, top.information, deviation)
    coef = np.where(top.monotone, np.copysign(np.inf, top.beta), top.beta / deviation)
    coef[top.aliased] = np.nan
    covariance = np.full((coef.size, coef.size), np.nan)
    inner = np.ix_(top.finite, top.finite)
    scale = deviation[top.finite]
    covariance[inner] = np.linalg.inv(top.information[inner]) / np.outer(scale, scale)
    return coef, covariance


def sandwich(naive: Floats, filling: Floats) -> Floats:
    """Sandwich covariance, float64 [p, p], from the inverse information and the filling.

    Missing where the inverse information is, and where nothing but rounding is left of it because no subject or cluster
    pulls a coefficient away from its estimate.
    """
    there = np.flatnonzero(~np.isnan(np.diag(naive)))
    inner = np.ix_(there, there)
    covariance = np.full_like(naive, np.nan)
    covariance[inner] = naive[inner] @ filling[inner] @ naive[inner]
    with np.errstate(invalid="ignore"):
        nothing = np.diag(covariance) <= NO_PULL * np.diag(naive)
    covariance[nothing], covariance[:, nothing] = np.nan, np.nan
    return covariance


def what_to_know(separated: str, monotone: Flags, aliased: Flags, converged: bool, *, remedy: str = "") -> str:
    """What a reader of the estimates of a regression must know, in sentences; empty if nothing.

    `remedy` is a sentence on what can be done about a monotone likelihood.
    """
    said = []
    if aliased.any():
        said.append(
            f"Coefficient {numbered(aliased)} is left out: its covariate is constant among those who can be compared, "
            "or a combination of the covariates before it."
        )
    if monotone.any():
        said.append(
            f"The likelihood is monotone: coefficient {numbered(monotone)} has no finite estimate, because the "
            f"covariate separates {separated}. Wald's test and limits do not hold for it."
        )
        if remedy:
            said.append(remedy)
    if not converged and not monotone.any():
        said.append("Newton's method did not converge; do not use these estimates.")
    return " ".join(said)


def numbered(which: Flags) -> str:
    """Numbers of the coefficients, from 1."""
    return ", ".join(str(j + 1) for j in np.flatnonzero(which))
