"""What Cox, Fine-Gray and logistic regression report alike: Wald statistics, intervals and tests."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from equipoise.arrays import Floats
from equipoise.stats.newton import Maximum
from equipoise.stats.tails import chi_square_tail, normal_quantile, two_sided_p


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
    """Wald statistics; all but the ratio missing where a coefficient is infinite."""
    with np.errstate(invalid="ignore", over="ignore"):
        std_error = np.sqrt(np.diag(covariance))
        half = normal_quantile(conf_level) * std_error
        z = coef / std_error
        return Wald(std_error, z, two_sided_p(z), np.exp(coef), np.exp(coef - half), np.exp(coef + half))


def wald_test(coef: Floats, covariance: Floats) -> ChiSquareTest:
    """Wald test that all coefficients are 0."""
    if not np.isfinite(coef).all():
        return chi_square_test(float("nan"), coef.size)
    return chi_square_test(float(coef @ np.linalg.solve(covariance, coef)), coef.size)


def score_test(score: Floats, information: Floats) -> ChiSquareTest:
    """Score test that all coefficients are 0, from the gradient and information there."""
    return chi_square_test(float(score @ np.linalg.solve(information, score)), score.size)


def unscaled(top: Maximum, deviation: Floats) -> tuple[Floats, Floats]:
    """Coefficients and their covariance (inverse information) on the scale of the covariates as given.

    A coefficient that grows without bound is infinite, and its covariances are missing.
    """
    coef = np.where(top.monotone, np.sign(top.beta) * np.inf, top.beta / deviation)
    covariance = np.full((coef.size, coef.size), np.nan)
    finite = np.flatnonzero(~top.monotone)
    inner = np.ix_(finite, finite)
    covariance[inner] = np.linalg.inv(top.information[inner]) / np.outer(deviation[finite], deviation[finite])
    return coef, covariance
