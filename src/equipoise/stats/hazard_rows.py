"""The data of a Cox model in the order in which its kernels read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.arrays import Floats
from equipoise.stats.inputs import Ints
from equipoise.stats.kernels.hazard_steps import event_sums, hazard_steps
from equipoise.stats.kernels.packing import at_risk_from, by_stratum_with_times, pack
from equipoise.stats.kernels.partial_likelihood import EVENT, START, climb, partial_likelihood
from equipoise.stats.newton import PLAIN, TAKES_PART, Maximum, maximize
from equipoise.stats.order import tied_times, time_order
from equipoise.stats.ties import tie

NO_FLOATS: Floats = np.empty(0)
MOST_PAIRS = 10**8
"""Pairs of an event and a row beyond which no separation is looked for."""
NO_INTS: Ints = np.empty(0, np.int64)
Columns = tuple[Floats, NDArray[np.int8], Floats, Ints, Ints]


class HazardSteps(NamedTuple):
    """The event times of a Cox model, ascending within ascending strata; arrays of length k."""

    at: Ints
    """Lowest row of each event time."""
    events: Ints
    weight: Floats
    """Weight of the events."""
    hazard: Floats
    """Increment of the baseline hazard, of a subject with covariates of mean 0."""
    variance: Floats
    """Variance of the increment, the coefficients taken as known."""
    mean: Floats
    """Mean covariates of those at risk, float64 [k, p]."""
    hazard_mean: Floats
    """Hazard times mean, float64 [k, p]."""
    table: Floats
    """All columns, as the kernel left them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxRows:
    """Rows sorted by stratum, then time ascending; what the names mean is told in `kernels.partial_likelihood`."""

    x: Floats
    """Covariates with mean 0 and standard deviation 1, float64 [n, p]."""
    mark: NDArray[np.int8]
    time: Floats
    weight: Floats
    """Empty where all rows weigh 1."""
    entry: Floats
    """Delayed entry, float64 [n]; empty where all are observed from the start."""
    leaver: Ints
    leaves_at: Ints
    source: Ints
    """Row of each in the data as they were given."""
    centre: Floats
    deviation: Floats
    """Means and standard deviations of the covariates, float64 [p]."""
    event_sum: Floats
    """Weighted sum of x over the events, float64 [p]."""
    n_events: int
    n_terms: float
    """Weight of the events."""

    @property
    def event(self) -> NDArray[np.int8]:
        """1 for an event of a weight above 0, else 0."""
        return self.mark & EVENT

    @property
    def stratum(self) -> Ints:
        """Number of the stratum of each row, from 0."""
        return np.cumsum((self.mark & START) != 0) - 1

    @property
    def weights(self) -> Floats:
        """Weight of each row."""
        return self.weight if self.weight.size else np.ones(self.time.size)

    @property
    def columns(self) -> Columns:
        """Arguments that the kernels share."""
        return self.x, self.mark, self.weight, self.leaver, self.leaves_at

    def maximum(self, ties: str, *, where: str) -> Maximum:
        """Where Newton's method ends: compiled for data with a plain maximum, otherwise by the rules of `newton`."""
        state, iterations, loglik_null, score_null, at_null, beta, loglik, information = climb(
            *self.columns, self.event_sum, int(ties == "efron"), self.n_terms
        )
        if state == PLAIN:
            none = np.zeros(beta.size, np.bool_)
            return Maximum(
                beta, loglik, information, loglik_null, score_null, at_null, iterations, True, none, none, True
            )
        end = maximize(lambda at: self.likelihood(at, ties), beta.size, n_terms=self.n_terms, where=where)
        if end.converged or end.monotone.any() or not (self.separates(end.beta) or self.separates(-end.beta)):
            return end
        size = np.abs(end.beta)  # the likelihood rises for ever, though not as Newton's method could see
        loglik = end.loglik if end.loglik >= end.loglik_null else np.nan
        return end._replace(monotone=size > TAKES_PART * size.max(), loglik=loglik)

    def separates(self, direction: Floats) -> bool:
        """Whether nobody at risk at an event is further along `direction` than who has it, and somebody less far.

        False, without a look, where the pairs of events and subjects are very many.
        """
        events = np.flatnonzero(self.event)
        if events.size * self.time.size > MOST_PAIRS:
            return False
        linear, stratum, behind = self.x @ direction, self.stratum, False
        rounding = 1e-12 * float((np.abs(self.x) @ np.abs(direction)).max())
        for row in events:
            at_risk = (stratum == stratum[row]) & (self.time >= self.time[row]) & (self.weights > 0)
            if self.entry.size:
                at_risk &= self.entry < self.time[row]
            ahead = linear[at_risk] - linear[row]
            if ahead.max() > rounding:
                return False
            behind |= bool(ahead.min() < -rounding)
        return behind

    def likelihood(self, beta: Floats, ties: str) -> tuple[float, Floats, Floats]:
        """Log-likelihood, gradient and information at `beta`."""
        score, information = np.empty(beta.size), np.empty((beta.size, beta.size))
        loglik = partial_likelihood(beta, *self.columns, self.event_sum, int(ties == "efron"), score, information)
        return loglik, score, information

    def sums(self, beta: Floats, *, square: bool) -> tuple[Ints, Ints, Floats, Floats]:
        """Sums over those at risk at each event time; see the kernel."""
        return event_sums(beta, *self.columns, int(square))

    def hazard_steps(self, beta: Floats, ties: str) -> HazardSteps:
        """Baseline hazard and mean covariates at each event time."""
        p = beta.size
        at, events, weight, sums = self.sums(beta, square=False)
        table = hazard_steps(events, weight, sums, p, int(ties == "efron"))
        mean, hazard_mean = table[:, 3 : 3 + p], table[:, 3 + p : 3 + 2 * p]
        return HazardSteps(at, events, weight, table[:, 0], table[:, 2], mean, hazard_mean, table)

    def as_given(self, values: Floats) -> Floats:
        """`values` of the sorted rows (first axis), in the order of the data as they were given."""
        out = np.empty_like(values)
        out[self.source] = values
        return out


def cox_rows(
    x: Floats,
    stratum: Ints | None,
    n_strata: int,
    time: Floats,
    event: NDArray[np.int8],
    weight: Floats | None,
    entry: Floats | None,
) -> CoxRows:
    """Checked columns in the order of the kernels, with tied times made equal and covariates standardized."""
    if entry is not None:
        time, entry = tie(time, entry)
    order = time_order(time)
    ascending = tied_times(time, order)
    if stratum is None or n_strata == 1:
        start = np.array([0, order.size])
    else:
        order, ascending, start = by_stratum_with_times(order, ascending, stratum.take(order), n_strata)
    # numpy's take is twice as fast as a compiled loop
    packed, heavy = x.take(order, axis=0), NO_FLOATS if weight is None else weight.take(order)
    mark, centre, deviation, event_sum, n_events, n_terms = pack(ascending, start, event.take(order), heavy, packed)
    started, leaver, leaves_at = NO_FLOATS, NO_INTS, NO_INTS
    if entry is not None:
        started = entry[order]
        leaver, leaves_at = departures(ascending, started, start)
    return CoxRows(
        x=packed,
        mark=mark,
        time=ascending,
        weight=heavy,
        entry=started,
        leaver=leaver,
        leaves_at=leaves_at,
        source=order,
        centre=centre,
        deviation=deviation,
        event_sum=event_sum,
        n_events=n_events,
        n_terms=n_terms,
    )


def departures(time: Floats, entry: Floats, start: Ints) -> tuple[Ints, Ints]:
    """Sorted rows by stratum and entry ascending, and the lowest row of its stratum at which each is at risk.

    Going down in time a row leaves the risk sets at its entry.
    """
    by_entry = np.argsort(entry)
    stratum = np.repeat(np.arange(start.size - 1), np.diff(start))
    leaver, entered, _ = by_stratum_with_times(by_entry, entry[by_entry], stratum[by_entry], start.size - 1)
    return leaver, at_risk_from(time, entered, start)
