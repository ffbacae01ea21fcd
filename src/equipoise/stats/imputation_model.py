"""Draws of the log odds of missing answers from the posterior of a logistic model under Jeffreys' prior."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats.binary_fit import fitted, with_ones
from equipoise.stats.draws import Seed, uniforms


def drawn_log_odds(
    answers: Floats,
    place: NDArray[np.int64],
    n_groups: int,
    covariates: Floats | None,
    by_group: bool,
    n_imputations: int,
    seed: Seed,
    *,
    where: str,
) -> Floats:
    """Log odds of yes of each subject without an answer in each imputation, float64 [n_imputations, n_missing].

    Args:
        answers: 1, 0 or NaN, float64 [n]; place: group of each subject, 0 to n_groups - 1, int64 [n].
        covariates: float64 [n, p] or None. by_group: a model of its own in each group.
    """
    known = ~np.isnan(answers)
    refuse_groups_without_answers(np.bincount(place[known], minlength=n_groups), where)
    if covariates is None:
        return proportion_log_odds(answers, place, n_groups, n_imputations, seed, where)
    if by_group:
        models = [(place == k, covariates) for k in range(n_groups)]
    else:
        own = (place[:, np.newaxis] == np.arange(1, n_groups)).astype(np.float64)
        models = [(np.ones(answers.size, np.bool_), np.hstack((own, covariates)))]
    width = 1 + models[0][1].shape[1]
    chance = uniforms(seed, "parameters", (n_imputations, len(models) * width), where=where)
    normal = special.ndtri(chance).reshape(n_imputations, len(models), width)
    log_odds = np.zeros((n_imputations, answers.size))
    for j, (rows, x) in enumerate(models):
        mode, covariance = posterior(x[rows & known], answers[rows & known], where=where)
        beta = mode + normal[:, j] @ np.linalg.cholesky(covariance).T
        log_odds[:, rows] = beta @ with_ones(x[rows]).T
    return log_odds[:, ~known]


def proportion_log_odds(
    answers: Floats, place: NDArray[np.int64], n_groups: int, n_imputations: int, seed: Seed, where: str
) -> Floats:
    """As `drawn_log_odds` without covariates: the posterior of a proportion is a beta distribution."""
    known = ~np.isnan(answers)
    yes = np.bincount(place[known], weights=answers[known], minlength=n_groups)
    n = np.bincount(place[known], minlength=n_groups)
    chance = uniforms(seed, "parameters", (n_imputations, n_groups), where=where)
    share = special.betaincinv(yes + 0.5, n - yes + 0.5, chance)
    return special.logit(np.clip(share, 1e-300, 1 - 1e-16))[:, place[~known]]


def posterior(x: Floats, answers: Floats, *, where: str) -> tuple[Floats, Floats]:
    """Mode and covariance (inverse information) of intercept and coefficients under Jeffreys' prior.

    The mode is Firth's penalized estimate, which is finite for separated answers too.

    Source: Firth 1993, Biometrika 80:27-38; Heinze & Schemper 2002, Stat Med 21:2409-2419.
    """
    fit = fitted(x, answers, firth=True, where=where)
    if fit.aliased.any():
        raise AnalysisDataError(
            f"among the {answers.size} subjects with an answer a covariate is constant or a combination of others",
            where=f"{where}, covariates",
            rule="STATS-COLLINEAR",
            remedy="leave that covariate out, or use one model for all groups (by_group=False)",
        )
    return fit.coef, fit.covariance


def refuse_groups_without_answers(known: NDArray[np.int64], where: str) -> None:
    """Refuse a group of which nothing is known."""
    if (known == 0).any():
        raise AnalysisDataError(
            "a group has no answer at all, so that nothing tells what is missing",
            where=where,
            rule="STATS-EMPTY",
            remedy="leave the group out",
        )
