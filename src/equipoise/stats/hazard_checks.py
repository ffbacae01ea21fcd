"""What is derived from a fitted Cox model: residuals, robust covariance, baseline hazard, checks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.arrays import Floats
from equipoise.stats import inputs
from equipoise.stats.hazard_rows import SortedRows
from equipoise.stats.inputs import Ints
from equipoise.stats.regression import ChiSquareTest, chi_square_test
from equipoise.stats.survival import kaplan_meier
from equipoise.stats.ties import before_or_tied

TRANSFORMS = ("km", "rank", "identity", "log")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BaselineHazard:
    """Cumulative baseline hazard of one stratum at its event times, float64 [n_event_times]."""

    stratum: int
    """Number of the stratum in the order of its labels, from 0."""
    time: Floats
    cumulative_hazard: Floats

    def at(self, times: Floats) -> Floats:
        """The cumulative hazard at `times`."""
        return np.concatenate(([0.0], self.cumulative_hazard))[before_or_tied(self.time, np.asarray(times, float))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """Harrell's C with the infinitesimal-jackknife standard error."""

    value: float
    std_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProportionalHazards:
    """Score tests of proportional hazards, one a covariate and one for all."""

    transform: str
    covariates: tuple[ChiSquareTest, ...]
    overall: ChiSquareTest


def baseline_hazard(rows: SortedRows, beta: Floats, ties: str) -> tuple[BaselineHazard, ...]:
    """Cumulative baseline hazard of each stratum with an event, Efron's or Breslow's by `ties`.

    Source: Breslow 1974, Biometrics 30:89-99; Efron 1977. Checked: against R basehaz(centered = FALSE).
    """
    table = rows.hazard_steps(beta, ties)
    at_zero = np.exp(-rows.centre @ (beta / rows.deviation))
    parts = (table[table[:, 0] == stratum] for stratum in np.unique(table[:, 0]))
    return tuple(
        BaselineHazard(stratum=int(part[0, 0]), time=part[:, 1].copy(), cumulative_hazard=at_zero * part[:, 3].cumsum())
        for part in parts
    )


def score_residuals(rows: SortedRows, beta: Floats, ties: str) -> tuple[Floats, Floats]:
    """Martingale residuals, float64 [n], and score residuals, float64 [n, p], in the order of `rows`.

    The score residual of a subject is what it adds to the gradient: at its event the distance from the mean, minus the
    hazard it went through times the distance from the mean. Tied events go through Efron's smaller hazard.

    Source: Therneau, Grambsch & Fleming 1990, Biometrika 77:147-160. Checked: they sum to the gradient; robust
    covariance against R coxph(cluster =).
    """
    p = beta.size
    table = rows.hazard_steps(beta, ties)
    hazard, tied_hazard = table[:, 3], table[:, 4]
    mean, hazard_mean, tied_mean = table[:, 5 : 5 + p], table[:, 5 + p : 5 + 2 * p], table[:, 5 + 2 * p :]
    distinct, rank = np.unique(np.concatenate((table[:, 1], rows.time)), return_inverse=True)
    key = table[:, 0].astype(np.int64) * distinct.size + rank[: hazard.size]
    base = rows.stratum * distinct.size
    last = np.searchsorted(key, base + rank[hazard.size :], side="right")
    if rows.entry.size:
        entered = np.searchsorted(distinct, rows.entry, side="right") - 1
        first = np.searchsorted(key, base + entered, side="right")
    else:
        first = np.searchsorted(key, base, side="left")
    cumulative = np.concatenate(([0.0], hazard.cumsum()))
    cumulative_mean = np.vstack((np.zeros(p), hazard_mean.cumsum(axis=0)))
    through, through_mean = cumulative[last] - cumulative[first], cumulative_mean[last] - cumulative_mean[first]
    died = (rows.event == 1) & (rows.weight > 0)
    own = last[died] - 1
    through[died] += tied_hazard[own] - hazard[own]
    through_mean[died] += tied_mean[own] - hazard_mean[own]
    risk = np.exp(rows.x @ beta)
    score = -risk[:, np.newaxis] * (rows.x * through[:, np.newaxis] - through_mean)
    score[died] += rows.x[died] - mean[own]
    return died - risk * through, score


def robust_filling(rows: SortedRows, beta: Floats, ties: str, member: Ints) -> Floats:
    """Filling of the sandwich covariance, float64 [p, p]; `member` is the cluster of each row.

    Source: Lin & Wei 1989, J Am Stat Assoc 84:1074-1078.
    """
    # gradient with respect to the coefficients of the covariates in their own units
    residuals = rows.weight[:, np.newaxis] * score_residuals(rows, beta, ties)[1] * rows.deviation
    total = np.zeros((int(member.max()) + 1, beta.size))
    np.add.at(total, member, residuals)
    return total.T @ total


def proportional_hazards_test(
    rows: SortedRows, beta: Floats, ties: str, aliased: NDArray[np.bool_], transform: str
) -> ProportionalHazards:
    """Score test against coefficients that change with g(time), all other coefficients estimated.

    g is 1 minus the left-continuous Kaplan-Meier of all subjects ("km"), the rank of the time among all times ("rank"),
    the time ("identity") or its logarithm ("log"). Missing for a covariate that was left out.

    Source: Grambsch & Therneau 1994, Biometrika 81:515-526. Checked: against R cox.zph of survival 3.
    """
    inputs.choice(transform, TRANSFORMS, where="test of proportional hazards, transform")
    g = time_function(rows, transform)
    g = g - np.average(g[rows.event == 1])
    kept = np.flatnonzero(~aliased)
    inner = np.ix_(kept, kept)
    plain = rows.likelihood(beta, ties)[2][inner]
    score, cross = (part[kept] for part in rows.likelihood(beta, ties, g)[1:])
    cross = cross[:, kept]
    square = rows.likelihood(beta, ties, g**2)[2][inner]
    # variance of the score given the main effects, whose own gradient is 0
    left = square - cross @ np.linalg.solve(plain, cross)
    statistic = np.full(beta.size, np.nan)
    statistic[kept] = score**2 / np.diag(left)
    overall = chi_square_test(float(score @ np.linalg.solve(left, score)), kept.size)
    tests = tuple(chi_square_test(float(value), 1) for value in statistic)
    return ProportionalHazards(transform=transform, covariates=tests, overall=overall)


def time_function(rows: SortedRows, transform: str) -> Floats:
    """The function of time of `transform` at the time of each row, float64 [n]; only those of events are used."""
    if transform == "identity":
        return rows.time.copy()
    if transform == "log":
        return np.log(np.where(rows.event == 1, rows.time, 1.0))
    if transform == "rank":
        ordered = np.sort(rows.time)
        below, upto = np.searchsorted(ordered, rows.time, "left"), np.searchsorted(ordered, rows.time, "right")
        return (below + 1 + upto) / 2
    entry = rows.entry if rows.entry.size else None
    curve = kaplan_meier(rows.time, rows.event, entry=entry, weights=rows.weight)
    before = np.concatenate(([1.0], curve.survival))[np.searchsorted(curve.time, rows.time, side="left")]
    return 1 - before


def concordance(rows: SortedRows, beta: Floats, member: Ints | None) -> Concordance:
    """Harrell's C: the share of comparable pairs of one stratum in which the higher risk fails first; ties count half.

    A pair is comparable if the earlier time is an event; an event comes before a censoring at the same time. `member`
    is the cluster of each row, over which the standard error sums; None if each row is one.

    Source: Harrell et al. 1982, JAMA 247:2543-2546; standard error: Therneau & Watson 2017, Mayo Clinic technical
    report 85. Checked: against R concordance of survival 3.
    """
    risk = rows.x @ beta
    n = risk.size
    agree, pairs = np.zeros(n), np.zeros(n)
    for i in np.flatnonzero(rows.event == 1):
        later = (rows.stratum == rows.stratum[i]) & (
            (rows.time > rows.time[i]) | ((rows.time == rows.time[i]) & (rows.event == 0))
        )
        if rows.entry.size:
            later &= rows.entry < rows.time[i]
        both = rows.weight[i] * rows.weight[later]
        right = both * ((risk[i] > risk[later]) + 0.5 * (risk[i] == risk[later]))
        agree[i] += right.sum()
        pairs[i] += both.sum()
        agree[later] += right
        pairs[later] += both
    total = pairs.sum() / 2
    value = agree.sum() / 2 / total
    influence = (agree - value * pairs) / total
    if member is not None:
        influence = np.bincount(member, weights=influence)
    return Concordance(value=float(value), std_error=float(np.sqrt(np.sum(influence**2))))
