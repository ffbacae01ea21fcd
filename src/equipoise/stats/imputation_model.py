"""Draws of the log odds of missing answers from the posterior of a logistic model under Jeffreys' prior."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats.draws import Seed, uniforms
from equipoise.stats.newton import standardized

MAX_STEPS = 100
LONGEST_STEP = 5.0
"""Longest step of Newton's method on the scale of log odds for a covariate one standard deviation from its mean."""


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
    x = standardized(covariates)[0]
    if by_group:
        designs = [(place == k, np.column_stack((np.ones(x.shape[0]), x))) for k in range(n_groups)]
    else:
        everyone = np.ones(x.shape[0], np.bool_)
        designs = [(everyone, np.column_stack((np.eye(n_groups)[place], x)))]
    width = designs[0][1].shape[1]
    chance = uniforms(seed, "parameters", (n_imputations, len(designs) * width), where=where)
    normal = special.ndtri(chance).reshape(n_imputations, len(designs), width)
    log_odds = np.zeros((n_imputations, answers.size))
    for j, (rows, design) in enumerate(designs):
        mode, covariance = posterior(design[rows & known], answers[rows & known], where=where)
        beta = mode + normal[:, j] @ np.linalg.cholesky(covariance).T
        log_odds[:, rows] = beta @ design[rows].T
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


def posterior(design: Floats, answers: Floats, *, where: str) -> tuple[Floats, Floats]:
    """Mode and covariance (inverse information) of the coefficients under Jeffreys' prior, float64 [q] and [q, q].

    The mode is Firth's penalized estimate, which is finite for separated answers too.

    Source: Firth 1993, Biometrika 80:27-38; Heinze & Schemper 2002, Stat Med 21:2409-2419.
    """
    refuse_collinear(design, where)
    beta = np.zeros(design.shape[1])
    for _ in range(MAX_STEPS):
        p = special.expit(design @ beta)
        weighted = design * np.sqrt(p * (1 - p))[:, np.newaxis]
        covariance = np.linalg.inv(weighted.T @ weighted)
        leverage = np.sum(weighted @ covariance * weighted, axis=1)
        step = covariance @ (design.T @ (answers - p + leverage * (0.5 - p)))
        beta = beta + step * min(1.0, LONGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        if np.abs(step).max() < 1e-9:
            return beta, covariance
    raise AnalysisDataError(
        "the imputation model could not be fitted",
        where=where,
        rule="STATS-NOT-CONVERGED",
        remedy="use fewer covariates, or one model for all groups (by_group=False)",
    )


def refuse_collinear(design: Floats, where: str) -> None:
    """Refuse covariates that cannot be told apart among those with an answer."""
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise AnalysisDataError(
            f"among the {design.shape[0]} subjects with an answer a covariate is constant or a combination of others",
            where=f"{where}, covariates",
            rule="STATS-COLLINEAR",
            remedy="leave that covariate out, or use one model for all groups (by_group=False)",
        )


def refuse_groups_without_answers(known: NDArray[np.int64], where: str) -> None:
    """Refuse a group of which nothing is known."""
    if (known == 0).any():
        raise AnalysisDataError(
            "a group has no answer at all, so that nothing tells what is missing",
            where=where,
            rule="STATS-EMPTY",
            remedy="leave the group out",
        )
