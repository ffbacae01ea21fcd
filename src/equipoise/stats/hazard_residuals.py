"""Residuals of a fitted Cox model, in the order of the data as they were given, and its robust covariance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from equipoise.arrays import Floats
from equipoise.stats.hazard_rows import CoxRows
from equipoise.stats.inputs import Ints
from equipoise.stats.kernels.hazard_steps import residuals


def martingale_and_score(rows: CoxRows, beta: Floats, ties: str) -> tuple[Floats, Floats]:
    """Martingale residuals, float64 [n], and score residuals of the standardized covariates, float64 [n, p], of `rows`.

    Without the weights of the rows. Source: Therneau, Grambsch & Fleming 1990, Biometrika 77:147-160. Checked: they
    sum to the gradient; against R residuals.coxph.
    """
    steps = rows.hazard_steps(beta, ties)
    return residuals(beta, rows.x, rows.mark, rows.leaver, rows.leaves_at, steps.at, steps.table)


def martingale(rows: CoxRows, beta: Floats, ties: str) -> Floats:
    """Martingale residuals, float64 [n]."""
    return rows.as_given(martingale_and_score(rows, beta, ties)[0])


def deviance(rows: CoxRows, beta: Floats, ties: str) -> Floats:
    """Deviance residuals, float64 [n].

    Source: Therneau, Grambsch & Fleming 1990.
    """
    rest = martingale_and_score(rows, beta, ties)[0]
    # the hazard gone through is what the event exceeds the residual by; 0 log 0 is 0
    gone = np.where(rows.event == 1, rows.event - rest, 1.0)
    square = np.maximum(0.0, -2 * (rest + np.log(gone)))
    return rows.as_given(np.sign(rest) * np.sqrt(square))


def score(rows: CoxRows, beta: Floats, ties: str) -> Floats:
    """Score residuals of the covariates as given, float64 [n, p]; a row without its weight."""
    return rows.as_given(martingale_and_score(rows, beta, ties)[1] * rows.deviation)


def dfbeta(rows: CoxRows, beta: Floats, ties: str, naive: Floats) -> Floats:
    """Weighted score residuals times the `naive` covariance, float64 [n, p]: change of the estimate by the row."""
    there = ~np.isnan(np.diag(naive))
    weighted = rows.as_given(rows.weights)[:, np.newaxis] * score(rows, beta, ties)
    out = np.full_like(weighted, np.nan)
    out[:, there] = weighted[:, there] @ naive[np.ix_(there, there)]
    return out


def schoenfeld(rows: CoxRows, beta: Floats, ties: str) -> Floats:
    """Schoenfeld residuals of the covariates as given, float64 [n_events, p]: distance of x from its mean at risk.

    Source: Schoenfeld 1982, Biometrika 69:239-241.
    """
    happened = np.flatnonzero(rows.event)
    steps = rows.hazard_steps(beta, ties)
    distance = (rows.x[happened] - steps.mean[of_row(steps.at, happened)]) * rows.deviation
    return np.asarray(distance[np.argsort(rows.source[happened])])


def of_row(at: Ints, happened: NDArray[np.intp]) -> NDArray[np.intp]:
    """Number of the event time, of those whose lowest rows are `at`, of each of the rows that `happened`."""
    return np.asarray(np.searchsorted(at, happened, side="right") - 1, dtype=np.intp)


def robust_filling(rows: CoxRows, beta: Floats, ties: str, member: Ints) -> Floats:
    """Filling of the sandwich covariance, float64 [p, p]; `member` is the cluster of each row.

    Source: Lin & Wei 1989, J Am Stat Assoc 84:1074-1078.
    """
    # gradient with respect to the coefficients of the covariates in their own units
    each = rows.weights[:, np.newaxis] * martingale_and_score(rows, beta, ties)[1] * rows.deviation
    columns = [np.bincount(member, weights=column) for column in each.T]
    total = np.column_stack(columns)
    return np.asarray(total.T @ total, dtype=np.float64)
