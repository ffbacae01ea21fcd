"""How well a fitted Cox model holds: proportional hazards and concordance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from equipoise.arrays import Flags, Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.hazard_residuals import of_row
from equipoise.stats.hazard_rows import CoxRows
from equipoise.stats.inputs import Ints
from equipoise.stats.kernels.concordance import concordant_pairs
from equipoise.stats.kernels.hazard_steps import tilted_information
from equipoise.stats.quadratic import quadratic_form
from equipoise.stats.regression import ChiSquareTest, chi_square_test
from equipoise.stats.survival import kaplan_meier
from equipoise.stats.time_functions import ONE_VALUE, values_at

WHERE = "test of proportional hazards"
TRANSFORMS = ("km", "rank", "identity", "log")
UNTOLD = 1e-9
"""Share of its variance that a score must keep, given the main effects, to be more than rounding."""
TimeFunction = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """Harrell's C with the infinitesimal-jackknife standard error."""

    value: float
    """Share of comparable pairs, 0 to 1."""
    std_error: float
    """Infinitesimal-jackknife standard error of the share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProportionalHazards:
    """Score tests of proportional hazards, one a covariate and one for all."""

    transform: str
    """Name of the function of time; "function" for one of the caller's own."""
    covariates: tuple[ChiSquareTest, ...]
    """In the order of the covariates, one degree of freedom each."""
    overall: ChiSquareTest
    """Of all covariates together."""


def proportional_hazards_test(
    rows: CoxRows, beta: Floats, ties: str, lost: Flags, transform: str | TimeFunction
) -> ProportionalHazards:
    """Score test against coefficients that change with g(time); missing for those `lost`: left out or infinite.

    Missing too, and without a part in the overall test, where the events say nothing about a change: those with
    subjects at risk who differ are all at one time.

    Raises:
        AnalysisDataError: g is not finite at an event, or the same at all.
    """
    p, efron = beta.size, int(ties == "efron")
    at, events, weight, sums = rows.sums(beta, square=True)
    g = time_function(rows, at, transform)
    if not (np.isfinite(g).all() and np.ptp(g) > 0):
        raise AnalysisDataError(
            "the function of time is not finite, or takes one value at all events",
            where=WHERE,
            rule="STATS-TIME-FUNCTION",
            remedy="choose another function: a time of 0 has no logarithm, and one event time no trend",
        )
    g = g - np.average(g, weights=events)
    happened = np.flatnonzero(rows.event)
    number = of_row(at, happened)
    own = rows.weights[happened, np.newaxis] * rows.x[happened]
    own = np.column_stack([np.bincount(number, weights=column) for column in own.T])
    score, (plain, cross, square) = tilted_information(events, weight, sums, own, g, p, efron)
    kept = np.flatnonzero(~lost)
    left = variance_left(plain, cross, square, kept)
    told = np.diag(left) > UNTOLD * np.diag(square)[kept]
    kept, left = kept[told], left[np.ix_(told, told)]
    statistic = np.full(p, np.nan)
    statistic[kept] = score[kept] ** 2 / np.diag(left)
    size = np.sqrt(np.diag(square)[kept])
    total = quadratic_form(score[kept] / size, left / np.outer(size, size), scale=np.ones(1))
    overall = chi_square_test(np.nan if total is None else total, kept.size)
    tests = tuple(chi_square_test(float(value), 1) for value in statistic)
    name = transform if isinstance(transform, str) else "function"
    return ProportionalHazards(transform=name, covariates=tests, overall=overall)


def variance_left(plain: Floats, cross: Floats, square: Floats, kept: Ints) -> Floats:
    """Variance of the score of the `kept` covariates given the main effects, whose own gradient is 0."""
    inner = np.ix_(kept, kept)
    left: Floats = square[inner] - cross[inner] @ np.linalg.solve(plain[inner], cross[inner])
    return left


def time_function(rows: CoxRows, at: Ints, transform: str | TimeFunction) -> Floats:
    """The function of time of `transform` at the event times whose lowest rows are `at`, float64 [k]."""
    where = f"{WHERE}, transform"
    time = rows.time[at]
    if callable(transform):
        g = inputs.numbers(values_at(transform, time, where=where), where=where)
        inputs.same_length(g, time.size, where=where, each="event time", remedy=ONE_VALUE)
        return g
    inputs.choice(transform, TRANSFORMS, where=where)
    if transform == "identity":
        return time
    if transform == "log":
        with np.errstate(divide="ignore"):  # of time 0: refused by the caller
            return np.log(time)
    if transform == "rank":
        ordered = np.sort(rows.time)
        return (np.searchsorted(ordered, time, "left") + 1 + np.searchsorted(ordered, time, "right")) / 2
    entry = rows.entry if rows.entry.size else None
    curve = kaplan_meier(rows.time, rows.event, entry=entry)  # without weights, as R
    return 1 - np.concatenate(([1.0], curve.survival))[np.searchsorted(curve.time, time, side="left")]


def concordance(rows: CoxRows, beta: Floats, member: Ints | None) -> Concordance:
    """Harrell's C; `member` is the cluster of each row, over which the standard error sums, None if each row is one."""
    risk = rows.x @ beta
    by_risk = np.lexsort((risk, rows.stratum))
    agree, pairs = concordant_pairs(risk, by_risk, rows.mark, rows.weights, rows.leaver, rows.leaves_at)
    total = pairs.sum() / 2
    if not total > 0:
        return Concordance(value=float("nan"), std_error=float("nan"))
    value = agree.sum() / 2 / total
    influence = (agree - value * pairs) / total
    if member is not None:
        influence = np.bincount(member, weights=influence)
    return Concordance(value=float(value), std_error=float(np.sqrt(np.sum(influence**2))))
