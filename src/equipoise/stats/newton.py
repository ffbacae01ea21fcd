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
"""Length of the last step, for covariates in standard deviations; of a coefficient above 1 relative to it.

The error after it is of its square."""
GAIN_DONE = 1e-10
"""Gain of log-likelihood below which it is asked whether there is a maximum at all."""
VANISHED = 1e-8
"""Share of the information at 0 below which a coefficient is on its way to infinity."""
REDUNDANT = 1e-10
"""Share of the greatest information up to which what is left of a covariate's own is rounding."""
TERM_ROUNDING = 1e-12
"""Information up to so much for each term that was summed is rounding too."""
LOGLIK_ROUNDING = 1e-12
"""Fall of the log-likelihood, as a share of its size, that is rounding."""
SHORTEST = 1e-8
"""Fraction of a step that is not halved again."""
WHOLE = 1e-4
"""Length of a step that rounding at a maximum does not explain: if it helps nothing, however short, there is none."""
TAKES_PART = 1e-3
"""Share of the greatest part in a direction up to which a coefficient has none in it."""
CONSTANT = 1e-12
"""Standard deviation, relative to a mean above 1, up to which a covariate counts as constant."""
PLAIN, NOT_PLAIN = 0, 1
"""How a compiled search ends: at the maximum, or so that more must be known before something is said."""


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
    aliased: NDArray[np.bool_]
    """Coefficients held at 0 because their covariate is constant or a combination of those before it."""
    plain: bool = False
    """Whether a compiled kernel found a finite estimate of every coefficient."""

    @property
    def finite(self) -> NDArray[np.int64]:
        """Numbers of the coefficients that have a finite estimate."""
        return np.flatnonzero(~(self.monotone | self.aliased))


def maximize(evaluate: Evaluate, p: int, *, n_terms: float, where: str) -> Maximum:
    """Maximum over `p` coefficients of covariates with mean 0 and standard deviation 1, starting from 0.

    `n_terms` is the number of terms summed (events, or subjects), by which rounding is known from information.
    Steps are halved while they lower the likelihood. If the likelihood gains nothing any more because its information
    has vanished in some direction, it is monotone: it rises for ever towards an infinite coefficient.

    Raises:
        AnalysisDataError: every covariate is constant (within every stratum at risk).
    """
    beta = np.zeros(p)
    loglik, score, information = null = evaluate(beta)
    aliased = redundant(information, n_terms)
    refuse_constant(aliased, where=where)
    free = np.flatnonzero(~aliased)
    end = Maximum(beta, loglik, information, *null, 0, False, np.zeros(p, np.bool_), aliased)
    for iteration in range(1, MAX_STEPS + 1):
        step = np.zeros(p)
        step[free] = ascent(information[np.ix_(free, free)], score[free])
        new, fraction = evaluate(beta + step), 1.0
        while fraction > SHORTEST and not loglik - LOGLIK_ROUNDING * abs(loglik) <= new[0] < np.inf:
            fraction /= 2
            new = evaluate(beta + fraction * step)
        lost = fraction <= SHORTEST and length_of(step, beta + step) > WHOLE
        if lost or not np.isfinite(new[2]).all():  # nothing but rounding is left of the likelihood
            return end._replace(monotone=vanished(end.information, null[2], free))
        gain, beta = new[0] - loglik, beta + fraction * step
        length = length_of(fraction * step, beta)
        loglik, score, information = new
        end = end._replace(beta=beta, loglik=loglik, information=information, iterations=iteration)
        if length < STEP_DONE or gain < GAIN_DONE:
            end = end._replace(monotone=vanished(information, null[2], free))
            if end.monotone.any():
                return end
        if length < STEP_DONE:
            better = loglik >= null[0] - LOGLIK_ROUNDING * abs(null[0])
            return end._replace(converged=bool(better and np.linalg.eigvalsh(information[np.ix_(free, free)])[0] > 0))
    return end


class Ascent(NamedTuple):
    """Where `ascend` ended."""

    beta: Floats
    loglik: float
    information: Floats
    iterations: int
    converged: bool


def ascend(evaluate: Evaluate, start: Floats, moving: NDArray[np.int64], *, gain_done: float = 0.0) -> Ascent:
    """Maximum over the `moving` coefficients, the others held, from `start`, whatever the likelihood does far away.

    Ends when a step is shorter than `STEP_DONE` or (if `gain_done` is above 0) gains less than that; steps are halved
    while they lower the likelihood.
    """
    beta = start.copy()
    loglik, score, information = evaluate(beta)
    for iteration in range(1, MAX_STEPS + 1):
        step = np.zeros_like(beta)
        step[moving] = ascent(information[np.ix_(moving, moving)], score[moving])
        new, fraction = evaluate(beta + step), 1.0
        while fraction > SHORTEST and not loglik - LOGLIK_ROUNDING * abs(loglik) <= new[0] < np.inf:
            fraction /= 2
            new = evaluate(beta + fraction * step)
        gain, beta = new[0] - loglik, beta + fraction * step
        length = length_of(fraction * step, beta)
        loglik, score, information = new
        if length < STEP_DONE or gain < gain_done:
            return Ascent(beta, loglik, information, iteration, True)
    return Ascent(beta, loglik, information, MAX_STEPS, False)


def length_of(step: Floats, beta: Floats) -> float:
    """Greatest change of a coefficient, relative to those above 1."""
    return float((np.abs(step) / np.maximum(1.0, np.abs(beta))).max())


def refuse_constant(aliased: NDArray[np.bool_], *, where: str) -> None:
    """Refuse data of which every covariate is `aliased`."""
    if aliased.all():
        raise AnalysisDataError(
            "no covariate differs between subjects that can be compared",
            where=where,
            rule="STATS-COLLINEAR",
            remedy="leave out covariates that are constant among those at risk in each stratum",
        )


def vanished(information: Floats, at_null: Floats, free: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Coefficients of directions in which nothing is left of the information that was there at 0."""
    directions = np.abs(flat_directions(information, at_null, free))
    return np.asarray((directions > TAKES_PART * directions.max(axis=0)).any(axis=1))


def flat_directions(information: Floats, at_null: Floats, free: NDArray[np.int64]) -> Floats:
    """Directions of the `free` coefficients in which the information has vanished, float64 [p, directions]."""
    root = np.linalg.cholesky(at_null[np.ix_(free, free)])
    relative = np.linalg.solve(root, np.linalg.solve(root, information[np.ix_(free, free)]).T)
    shares, directions = np.linalg.eigh((relative + relative.T) / 2)
    flat = np.zeros((len(information), int((shares < VANISHED).sum())))
    flat[free] = np.linalg.solve(root.T, directions[:, shares < VANISHED])
    return flat


def redundant(information: Floats, n_terms: float) -> NDArray[np.bool_]:
    """Covariates that are constant or combinations of those before them: nothing of their information is left.

    The information is factored row by row (Cholesky), as R does, so that the later of two equal covariates goes.
    """
    p = len(information)
    left, aliased = information.copy(), np.zeros(p, np.bool_)
    bound = max(REDUNDANT * float(np.diag(information).max()), TERM_ROUNDING * n_terms)
    for j in range(p):
        if left[j, j] <= bound:
            aliased[j] = True
        else:
            left -= np.outer(left[:, j], left[j]) / left[j, j]
    return aliased


def ascent(information: Floats, score: Floats) -> Floats:
    """Newton's step; where the information has become numerically singular, the least-squares step."""
    try:
        step = np.linalg.solve(information, score)
    except np.linalg.LinAlgError:
        step = np.linalg.lstsq(information, score, rcond=None)[0]
    return np.asarray(step, dtype=np.float64)


def standardized(x: Floats) -> tuple[Floats, Floats, Floats]:
    """Covariates with mean 0 and standard deviation 1, the means and the deviations (1 for a constant covariate)."""
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    deviation = np.where(deviation > CONSTANT * np.maximum(1.0, np.abs(mean)), deviation, 1.0)
    return np.ascontiguousarray((x - mean) / deviation), mean, deviation
