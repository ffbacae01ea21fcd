"""Newton's method for a concave log-likelihood, and the sign that it has no maximum."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError

Evaluate = Callable[[Floats], tuple[float, Floats, Floats]]
"""Coefficients to log-likelihood, gradient, information."""
MAX_STEPS = 60
STEP_DONE = 1e-9
"""Length of the last step, in standard deviations of the covariates; the error after it is of its square."""
GAIN_DONE = 1e-10
"""Gain of log-likelihood below which a step that is still long means that there is no maximum."""


class Maximum(NamedTuple):
    """Where Newton's method ended."""

    beta: Floats
    loglik: float
    information: Floats
    loglik_null: float
    score_null: Floats
    information_null: Floats
    iterations: int
    converged: bool
    monotone: NDArray[np.bool_]
    """Coefficients that grow without bound because the likelihood rises for ever."""


def maximize(evaluate: Evaluate, p: int, *, where: str, first: int = 1) -> Maximum:
    """Maximum over `p` coefficients of covariates with mean 0 and standard deviation 1, starting from 0.

    Steps are halved while they lower the likelihood. If the likelihood gains nothing any more while the coefficients
    still move by a constant step, it is monotone: it rises for ever towards an infinite coefficient. `first` is the
    number of the first coefficient in messages.

    Raises:
        AnalysisDataError: the information at 0 is singular: covariates are constant or combinations of each other.
    """
    beta = np.zeros(p)
    loglik, score, information = null = evaluate(beta)
    refuse_collinear(information, where=where, first=first)
    for iteration in range(1, MAX_STEPS + 1):
        step = ascent(information, score)
        new, fraction = evaluate(beta + step), 1.0
        while not new[0] >= loglik - 1e-12 * abs(loglik) and fraction > 1e-8:
            fraction /= 2
            new = evaluate(beta + fraction * step)
        gain, length = new[0] - loglik, float(np.abs(fraction * step).max())
        beta = beta + fraction * step
        loglik, score, information = new
        if length < STEP_DONE:
            return Maximum(beta, loglik, information, *null, iteration, True, np.zeros(p, np.bool_))
        if gain < GAIN_DONE and length > 1e-2:
            return Maximum(beta, loglik, information, *null, iteration, False, np.abs(step) > 1e-3 * length)
    return Maximum(beta, loglik, information, *null, MAX_STEPS, False, np.zeros(p, np.bool_))


def ascent(information: Floats, score: Floats) -> Floats:
    """Newton's step; where the information has become numerically singular, the least-squares step."""
    try:
        step = np.linalg.solve(information, score)
    except np.linalg.LinAlgError:
        step = np.linalg.lstsq(information, score, rcond=None)[0]
    return np.asarray(step, dtype=np.float64)


def refuse_collinear(information: Floats, *, where: str, first: int) -> None:
    """Refuse covariates of which one is constant (within every stratum at risk) or a combination of others."""
    values, vectors = np.linalg.eigh(information)
    if values[0] > 1e-10 * max(float(values[-1]), 1e-300):
        return
    involved = np.flatnonzero(np.abs(vectors[:, 0]) > 1e-6) + first
    names = " and ".join(f"number {j}" for j in involved)
    raise AnalysisDataError(
        f"covariate {names} carries no information of its own"
        if involved.size == 1
        else f"covariates {names} say the same",
        where=where,
        rule="STATS-COLLINEAR",
        remedy="leave out a covariate that is constant among those at risk, or one of those that add up to another",
    )


def standardized(x: Floats) -> tuple[Floats, Floats, Floats]:
    """Covariates with mean 0 and standard deviation 1, the means and the deviations (1 for a constant covariate)."""
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    deviation = np.where(deviation > 1e-12 * np.maximum(1.0, np.abs(mean)), deviation, 1.0)
    return np.ascontiguousarray((x - mean) / deviation), mean, deviation
