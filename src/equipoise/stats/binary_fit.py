"""Fitting logistic models, and the profiles of their likelihood."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from equipoise.arrays import Flags, Floats
from equipoise.stats.kernels.logistic import climb
from equipoise.stats.newton import PLAIN, Maximum, flat_directions, maximize, redundant, standardized

MOST_STEPS = 20
"""Growing steps in which a profile limit is looked for before it counts as infinite."""
FIRTH_STEPS = 60
"""The same for a penalized likelihood, in steps that grow more slowly."""
FARTHEST = 1e4
"""Twice the fall of a log-likelihood that counts; a fall without end would draw a secant to the near end."""
STAYS = 1e-5
"""Share of the means (in standard deviations) up to which a change of the intercept is rounding."""
Left = Callable[[float], float]
"""Of a log-likelihood: how much further it may fall, on the scale of a normal quantile."""


class Fit(NamedTuple):
    """Estimates in the units of the covariates, the intercept first."""

    coef: Floats
    covariance: Floats
    loglik: float
    loglik_null: float
    iterations: int
    converged: bool
    monotone: Flags
    aliased: Flags


def fitted(x: Floats, answer: Floats, *, firth: bool, where: str) -> Fit:
    """The logistic model of the covariates x [n, p] and an intercept."""
    scaled, centre, deviation = standardized(x)
    design = with_ones(scaled)
    return penalized(design, answer, centre, deviation) if firth else plain(design, answer, centre, deviation, where)


def with_ones(x: Floats) -> Floats:
    """Covariates after a column of ones, float64 [n, 1 + p]."""
    design = np.empty((x.shape[0], x.shape[1] + 1))
    design[:, 0], design[:, 1:] = 1.0, x
    return design


def plain(design: Floats, answer: Floats, centre: Floats, deviation: Floats, where: str) -> Fit:
    """Maximum likelihood. Where the compiled search does not end plainly, `maximize` finds out why."""
    n, p = design.shape
    none = np.zeros(p, np.bool_)
    beta = np.zeros(p)
    state, loglik, information, iterations = climb(design, answer, beta, np.arange(p), False)
    share = answer.mean()
    loglik_null = float(n * (share * np.log(share) + (1 - share) * np.log(1 - share)))
    if state == PLAIN:
        covariance = inverse(information)
        coef, covariance = in_own_units(beta, covariance, centre, deviation)
        return Fit(coef, covariance, float(loglik), loglik_null, int(iterations), True, none, none)
    top = maximize(lambda beta: likelihood(beta, design, answer), p, n_terms=n, where=where)
    flat = flat_directions(top.information, top.information_null, np.flatnonzero(~top.aliased))
    coef, covariance = in_own_units(top.beta, of_what_stays(top, flat), centre, deviation)
    monotone = top.monotone.copy()
    monotone[0] = monotone.any() and not intercept_stays(flat, centre / deviation)
    coef, covariance = without_estimate(coef, covariance, monotone, top)
    return Fit(coef, covariance, top.loglik, loglik_null, top.iterations, top.converged, monotone, top.aliased)


def penalized(design: Floats, answer: Floats, centre: Floats, deviation: Floats) -> Fit:
    """Maximum of the likelihood with Firth's penalty, over the covariates that are not aliased."""
    n, p = design.shape
    aliased = redundant(design.T @ design / 4, n)
    kept = np.flatnonzero(~aliased)
    part = np.ascontiguousarray(design[:, kept])
    beta, null = np.zeros(kept.size), np.zeros(kept.size)
    state, loglik, information, iterations = climb(part, answer, beta, np.arange(kept.size), True)
    loglik_null = climb(part, answer, null, np.zeros(1, np.int64), True)[1]
    # the determinant of the information of the covariates as they were given
    scale = float(np.log(deviation[kept[1:] - 1]).sum())
    coef, covariance = np.zeros(p), np.zeros((p, p))
    coef[kept], covariance[np.ix_(kept, kept)] = beta, inverse(information)
    coef, covariance = in_own_units(coef, covariance, centre, deviation)
    coef[aliased], covariance[aliased], covariance[:, aliased] = np.nan, np.nan, np.nan
    return Fit(
        coef,
        covariance,
        float(loglik) + scale,
        float(loglik_null) + scale,
        int(iterations),
        state == PLAIN,
        np.zeros(p, np.bool_),
        aliased,
    )


def likelihood(beta: Floats, design: Floats, answer: Floats) -> tuple[float, Floats, Floats]:
    """Log-likelihood, gradient and information, of coefficients of any size."""
    linear = design @ beta
    p = expit(linear)
    loglik = float(answer @ linear - np.logaddexp(0, linear).sum())
    return loglik, design.T @ (answer - p), (design * (p * (1 - p))[:, np.newaxis]).T @ design


def inverse(lower: Floats) -> Floats:
    """Inverse of the symmetric matrix with this lower triangle."""
    return np.asarray(np.linalg.inv(np.tril(lower) + np.tril(lower, -1).T), dtype=np.float64)


def in_own_units(beta: Floats, covariance: Floats, centre: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    """Coefficients and covariance for the covariates as given, from those of the standardized covariates."""
    change = np.diag(np.concatenate(([1.0], 1 / deviation)))
    change[0, 1:] = -centre / deviation
    return change @ beta, change @ covariance @ change.T


def of_what_stays(top: Maximum, flat: Floats) -> Floats:
    """Covariance, float64 [p, p], of combinations of coefficients that do not change in the `flat` directions."""
    p, kept = top.beta.size, ~top.aliased
    staying = np.linalg.qr(flat[kept], mode="complete")[0][:, flat.shape[1] :]
    covariance = np.zeros((p, p))
    information = staying.T @ top.information[np.ix_(kept, kept)] @ staying
    covariance[np.ix_(kept, kept)] = staying @ np.linalg.pinv(information, rcond=1e-12) @ staying.T
    return covariance


def intercept_stays(flat: Floats, shift: Floats) -> bool:
    """Whether the intercept of the covariates as given stays where it is in all `flat` directions, float64 [p, k].

    `shift` is their mean over their standard deviation. The centred intercept goes to infinity with the covariates;
    that of the covariates as given is the log odds where all of them are 0, and finite if no direction changes these.
    """
    directions = flat / np.abs(flat).max(axis=0)
    moves = np.abs(directions[0] - shift @ directions[1:])
    return bool((moves <= STAYS * (1 + np.abs(shift).sum())).all())


def without_estimate(coef: Floats, covariance: Floats, monotone: Flags, top: Maximum) -> tuple[Floats, Floats]:
    """Coefficients that grow without bound are infinite, those left out missing; their covariances are missing.

    An intercept that has no finite estimate is missing, for it need not go to one side.
    """
    coef = np.where(monotone, np.copysign(np.inf, top.beta), coef)
    coef[top.aliased] = np.nan
    if monotone[0]:
        coef[0] = np.nan
    lost = monotone | top.aliased
    covariance[lost] = covariance[:, lost] = np.nan
    return coef, covariance


class Held(NamedTuple):
    """A model turned so that one coefficient can be held, and the others need not move far with it.

    The covariate of that coefficient is replaced by what the others (the intercept is one) do not say of it, which
    leaves its coefficient as it was; the others by uncorrelated ones. So an intercept of the year 0 can be followed
    over hundreds of units, where the slope of the year must go along.
    """

    design: Floats
    """What the others leave of the covariate, then the others; mean square 1, float64 [n, p]."""
    unit: float
    """A coefficient of the first column over that of the covariate."""
    estimate: Floats
    """The coefficients at the maximum, 0 where one of them is infinite, float64 [p]."""
    log_determinant: float
    """Half the log determinant of the information of the covariates as given, less that of `design`."""


def held(x: Floats, place: int, coef: Floats) -> Held:
    """The model of the columns x [n, p] with coefficients `coef` turned for the coefficient at `place`."""
    n, p = x.shape
    others, root = np.linalg.qr(np.delete(x, place, axis=1))
    others, root = others * np.sqrt(n), root / np.sqrt(n)
    said = others.T @ x[:, place] / n
    alone = x[:, place] - others @ said
    # what rounding left of the others is large beside what is alone, if that is little
    alone -= others @ (others.T @ alone) / n
    unit = float(np.sqrt(np.square(alone).mean()))
    design, estimate = np.empty((n, p)), np.zeros(p)
    design[:, 0], design[:, 1:] = alone / unit, others
    if np.isfinite(coef).all():
        estimate[0], estimate[1:] = coef[place] * unit, root @ np.delete(coef, place) + said * coef[place]
    return Held(design, unit, estimate, float(np.log(np.abs(np.diag(root))).sum() + np.log(unit)))


class Profiles:
    """Greatest (penalized) log-likelihood over the other coefficients, one being held.

    A penalized likelihood can have several peaks where the answers nearly separate: the one that is followed is that of
    the estimate, in steps that grow slowly.
    """

    def __init__(self, design: Floats, answer: Floats, coef: Floats, aliased: Flags, *, firth: bool):
        self.answer, self.firth = answer, firth
        self.kept = np.flatnonzero(~aliased)
        self.x, self.coef = design[:, self.kept], coef[self.kept]

    def held(self, j: int) -> Held:
        """The model turned for coefficient `j`, which must be kept."""
        return held(self.x, int(np.searchsorted(self.kept, j)), self.coef)

    def at(self, model: Held, value: float, start: Floats) -> tuple[float, Floats]:
        """The profile where the coefficient (times its unit) has a value, and all coefficients there."""
        beta = start.copy()
        beta[0] = value
        others = np.arange(1, beta.size)
        state, loglik, *_ = climb(model.design, self.answer, beta, others, self.firth)
        if state != PLAIN and not self.firth:  # the start was so far out, as separated answers are, that it is all flat
            again = np.zeros(beta.size)
            again[0] = value
            higher = climb(model.design, self.answer, again, others, False)[1]
            if higher > loglik:
                loglik, beta = higher, again
        # the determinant of an information that has become singular is 0
        constant = model.log_determinant if self.firth else 0.0
        return (-np.inf if np.isnan(loglik) else float(loglik) + constant), beta

    def tests(self, loglik: float) -> list[float]:
        """Likelihood-ratio statistic of each coefficient that is kept: that it is 0."""
        zero = np.zeros(self.kept.size)
        return [max(0.0, 2 * (loglik - self.at(self.held(j), 0.0, zero)[0])) for j in self.kept.tolist()]

    def limits(self, j: int, coef: Floats, std_error: Floats, top: float, z: float) -> tuple[float, float]:
        """Values of coefficient `j` on both sides at which the root of twice the fall from the `top` is `z`."""
        if np.isnan(coef[j]):
            return np.nan, np.nan
        model = self.held(j)
        step = std_error[j] * model.unit if np.isfinite(std_error[j]) else 1.0

        def left(loglik: float) -> float:
            return z - float(np.sqrt(min(FARTHEST, max(0.0, 2 * (top - loglik)))))

        lower, upper = (self.limit(model, side, coef[j] * model.unit, step, left) for side in (-1, 1))
        return lower / model.unit, upper / model.unit

    def limit(self, model: Held, side: int, estimate: float, step: float, left: Left) -> float:
        """One limit, on the scale of the turned model; infinite if the profile never falls so far."""
        if estimate == side * np.inf:
            return float(estimate)
        near = estimate if np.isfinite(estimate) else 0.0
        loglik, beta = self.at(model, near, model.estimate)
        while left(loglik) < 0:  # from 0 towards an infinite estimate on the other side
            near -= side * step
            loglik, beta = self.at(model, near, beta)
        steps, growth = (FIRTH_STEPS, 1.5) if self.firth else (MOST_STEPS, 3.0)
        step *= 0.5 if self.firth else 2.0
        for _ in range(steps):
            far = near + side * step
            beyond, there = self.at(model, far, beta)
            if left(beyond) < 0:
                return self.between(model, (near, left(loglik), beta), (far, left(beyond)), left)
            near, loglik, beta, step = far, beyond, there, step * growth
        return float(side * np.inf)

    def between(
        self, model: Held, inside: tuple[float, float, Floats], outside: tuple[float, float], left: Left
    ) -> float:
        """The value between two at which nothing is left: the secant, with less weight to an end that stays."""
        (near, above, beta), (far, below) = inside, outside
        while abs(far - near) > 1e-13 * max(1.0, abs(near)):
            middle = near + min(max(above / (above - below), 1e-3), 1 - 1e-3) * (far - near)
            loglik, there = self.at(model, middle, beta)
            now = left(loglik)
            if abs(now) < 1e-11:
                return middle
            if now > 0:
                near, above, beta, below = middle, now, there, below / 2
            else:
                far, below, above = middle, now, above / 2
        return near
