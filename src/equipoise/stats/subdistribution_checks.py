"""Whether subdistribution hazards are proportional."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.regression import ChiSquareTest, chi_square_test
from equipoise.stats.subdistribution_rows import Estimate, FineGrayRows
from equipoise.stats.time_functions import ONE_VALUE, values_at

TRANSFORMS = ("km", "identity", "log")
VARIANCES = ("sandwich", "information")
WHERE = "test of proportional subdistribution hazards"
TimeFunction = Callable[[Floats], ArrayLike]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProportionalSubdistributionHazards:
    """Score tests of proportional subdistribution hazards, one a covariate and one for all."""

    transform: str
    """Name of the function of time; "function" for one of the caller's own."""
    variance: str
    """"sandwich" or "information"."""
    covariates: tuple[ChiSquareTest, ...]
    """In the order of the covariates, one degree of freedom each."""
    overall: ChiSquareTest
    """Of all covariates together."""


def proportionality_test(
    fit: Estimate, transform: str | TimeFunction, variance: str
) -> ProportionalSubdistributionHazards:
    """Score test against coefficients b + c g(t), at c = 0 and the estimate of b.

    The score of c is the sum over event times of g(t) times the Schoenfeld residual. Less its regression on the score
    of b, which is 0, it has the variance A F A' with A = (-I21 / I11, 1), I the information of (b, c) and F the sum of
    squares of the subjects' contributions to the score of (b, c), the censoring term included.
    """
    rows = fit.rows
    g = time_function(rows, transform)
    g[1:] -= np.average(g[1:], weights=rows.events[1:])
    g[0] = 0.0
    score = (g[1:, np.newaxis] * fit.schoenfeld() / fit.deviation).sum(axis=0)
    cross = tilted_information(fit, g)
    ahead = np.linalg.solve(tilted_information(fit, np.ones_like(g)), cross)
    if variance == "sandwich":
        left = fit.contributions(censoring=True, tilt=g) - fit.contributions(censoring=True) @ ahead
        spread = left.T @ left
    else:
        spread = tilted_information(fit, g**2) - cross @ ahead
    with np.errstate(invalid="ignore", divide="ignore"):
        single = score**2 / np.diag(spread)
    return ProportionalSubdistributionHazards(
        transform=transform if isinstance(transform, str) else "function",
        variance=variance,
        covariates=tuple(chi_square_test(float(value), 1) for value in single),
        overall=chi_square_test(float(score @ np.linalg.pinv(spread) @ score), score.size),
    )


def time_function(rows: FineGrayRows, transform: str | TimeFunction) -> Floats:
    """The function of time at the event times, float64 [m + 1], whose first means nothing."""
    time = rows.event_time[1:]
    if callable(transform):
        g = inputs.numbers(values_at(transform, time, where=f"{WHERE}, transform"), where=f"{WHERE}, transform")
        inputs.same_length(g, time.size, where=f"{WHERE}, transform", each="event time", remedy=ONE_VALUE)
        return np.concatenate(([0.0], g))
    inputs.choice(transform, TRANSFORMS, where=f"{WHERE}, transform")
    if transform == "km":
        return incidence_before(rows)
    if transform == "identity":
        return rows.event_time.copy()
    if time[0] == 0:
        raise AnalysisDataError(
            "an event at time 0 has no logarithm",
            where=f"{WHERE}, transform",
            rule="STATS-TIME-FUNCTION",
            remedy='choose "identity" or "km"',
        )
    return np.concatenate(([0.0], np.log(time)))


def incidence_before(rows: FineGrayRows) -> Floats:
    """Cumulative incidence of the cause just before each event time, float64 [m + 1]: 1 less a product-limit estimate
    in which those with a competing event stay at risk with their weights."""
    first = np.flatnonzero(rows.starts)
    at_risk = (rows.time.size - first).astype(np.float64)
    for g, weight in enumerate(rows.at_event):
        gone = np.concatenate(([0.0], np.cumsum(rows.inverse * (rows.members == g))))
        at_risk += weight[1:] * gone[first]
    free = np.cumprod(1 - rows.events[1:] / at_risk)
    return np.concatenate(([0.0, 0.0], 1 - free[:-1]))


def tilted_information(fit: Estimate, tilt: Floats) -> Floats:
    """The information with each event time counted times its `tilt` [m + 1], float64 [p, p]."""
    rows, x, scan = fit.rows, fit.data.x, fit.scan
    place = rows.starts.cumsum(dtype=np.int64)
    step = scan.hazard * tilt
    amount = np.cumsum(step)[place]
    for g, weight in enumerate(rows.at_event):
        after = np.append(np.cumsum((step * weight)[:0:-1])[::-1], 0.0)
        amount += np.where(rows.members == g, rows.inverse * after[place], 0.0)
    amount *= scan.risk
    between = scan.mean[1:].T @ (scan.mean[1:] * (rows.events * tilt)[1:, np.newaxis])
    return x.T @ (x * amount[:, np.newaxis]) - between
