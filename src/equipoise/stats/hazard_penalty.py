"""Firth's penalty for Cox regression: estimates that stay finite where the likelihood is monotone."""

from __future__ import annotations

import numpy as np

from equipoise.arrays import Floats
from equipoise.stats.hazard_rows import CoxRows
from equipoise.stats.inputs import Ints
from equipoise.stats.kernels.hazard_steps import event_sums
from equipoise.stats.kernels.penalized import determinant_slope
from equipoise.stats.newton import Maximum, ascend, redundant, refuse_constant

WIDTH = 1e-5
"""Half the distance, in standard deviations of the covariates, over which the gradient is differenced."""


class PenalizedLikelihood:
    """Log partial likelihood plus half the logarithm of the determinant of the information (Jeffreys' prior).

    Source: Heinze & Schemper 2001, Biometrics 57:114-119; Firth 1993, Biometrika 80:27-38.
    """

    def __init__(self, rows: CoxRows, ties: str, free: Ints) -> None:
        """For the `free` coefficients; the others stay 0."""
        self.rows, self.ties, self.free = rows, ties, free

    def __call__(self, beta: Floats) -> tuple[float, Floats, Floats]:
        """Penalized log-likelihood, its gradient and its curvature (without the penalty where it is not concave)."""
        loglik, score, information = self.without_curvature(beta)
        curvature = np.zeros_like(information)
        for j in self.free if np.isfinite(loglik) else ():
            step = np.zeros(beta.size)
            step[j] = WIDTH
            curvature[j] = self.without_curvature(beta - step)[1] - self.without_curvature(beta + step)[1]
        curvature = (curvature + curvature.T) / (4 * WIDTH)
        inner = np.ix_(self.free, self.free)
        concave = np.isfinite(curvature).all() and np.linalg.eigvalsh(curvature[inner])[0] > 0
        return loglik, score, curvature if concave else information

    def without_curvature(self, beta: Floats) -> tuple[float, Floats, Floats]:
        """Penalized log-likelihood, its gradient, and the information of the likelihood without penalty."""
        loglik, score, information = self.rows.likelihood(beta, self.ties)
        inner = np.ix_(self.free, self.free)
        there = np.isfinite(loglik) and np.isfinite(information).all()
        sign, log_determinant = np.linalg.slogdet(information[inner]) if there else (0.0, 0.0)
        if not sign > 0:  # so far from the data that nothing is left of the information
            return -np.inf, score, information
        inverse = np.zeros_like(information)
        inverse[inner] = np.linalg.inv(information[inner])
        return loglik + log_determinant / 2, score + self.slope(beta, inverse) / 2, information

    def slope(self, beta: Floats, inverse: Floats) -> Floats:
        """Gradient of the logarithm of the determinant of the information."""
        rows, p = self.rows, beta.size
        events, heavy, sums = rows.sums(beta, square=True)[1:]
        q = np.einsum("ij,jk,ik->i", rows.x, inverse, rows.x)[:, np.newaxis]
        # q and q x as further covariates without effect
        wide = np.hstack((rows.x, q, q * rows.x))
        spread = event_sums(np.concatenate((beta, np.zeros(1 + p))), wide, *rows.columns[1:], 0)[3]
        return determinant_slope(events, heavy, sums, spread, inverse, int(self.ties == "efron"))


def penalized_maximum(rows: CoxRows, ties: str, *, where: str) -> Maximum:
    """Maximum of the penalized likelihood, with the penalized log-likelihoods and the plain score test at 0."""
    p = rows.x.shape[1]
    _, score_null, at_null = rows.likelihood(np.zeros(p), ties)
    aliased = redundant(at_null, rows.n_terms)
    refuse_constant(aliased, where=where)
    free = np.flatnonzero(~aliased)
    likelihood = PenalizedLikelihood(rows, ties, free)
    top = ascend(likelihood, np.zeros(p), free)
    return Maximum(
        top.beta,
        top.loglik,
        rows.likelihood(top.beta, ties)[2],
        likelihood.without_curvature(np.zeros(p))[0],
        score_null,
        at_null,
        top.iterations,
        top.converged,
        np.zeros(p, np.bool_),
        aliased,
    )
