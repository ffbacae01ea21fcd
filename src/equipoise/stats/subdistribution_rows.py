"""The data of a Fine-Gray model in the order in which its kernels read them, and what they give at the estimate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.arrays import Floats
from equipoise.stats.inputs import Ints
from equipoise.stats.kernels.cholesky import inverse
from equipoise.stats.kernels.subdistribution import climb
from equipoise.stats.kernels.subdistribution_order import censoring_weights, pack, standardize
from equipoise.stats.kernels.subdistribution_scores import later_hazard, score_squares
from equipoise.stats.newton import MAX_STEPS, VANISHED, Maximum, maximize
from equipoise.stats.order import tied_times, time_order

NO_ROWS: Floats = np.empty((0, 0))
NO_GROUPS: Ints = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class FineGrayRows:
    """Rows sorted by time ascending; the arrays are explained in `kernels.subdistribution`."""

    time: Floats
    role: NDArray[np.int8]
    """0 censored, 1 the cause of interest, 2 any other."""
    starts: NDArray[np.int8]
    member: NDArray[np.int32]
    """Empty for one censoring group."""
    inverse: Floats
    at_event: Floats
    events: Floats
    event_time: Floats
    """Distinct times of the events, float64 [m + 1]; the first means nothing."""
    order: Ints
    """Row of each in the data as they were given."""

    @property
    def n_events(self) -> int:
        """Events of interest."""
        return int(self.events.sum())

    @property
    def members(self) -> NDArray[np.int32]:
        """Censoring group of each row, also where there is only one."""
        return self.member if self.member.size else np.zeros(self.time.size, np.int32)

    def own_weight(self) -> Floats:
        """`at_event` times the share of the events that are of the censoring group itself, [n_groups, m + 1].

        The censoring term of cmprsk counts, of the events after a censoring, only those.
        """
        if len(self.at_event) == 1:
            return self.at_event
        place, died = self.starts.cumsum(dtype=np.int64), self.role == 1
        own = np.zeros_like(self.at_event)
        np.add.at(own, (self.member[died], place[died]), 1.0)
        return self.at_event * own / np.maximum(self.events, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """What one evaluation of the likelihood leaves; lower triangle of the information, and see `climb`."""

    risk: Floats
    hazard: Floats
    mean: Floats
    after: Floats
    null: Floats
    score: Floats
    information: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Covariates:
    """Covariates of the sorted rows that do not change with time."""

    rows: FineGrayRows
    x: Floats
    """With mean 0 and standard deviation 1, float64 [n, p]."""
    centre: Floats
    deviation: Floats
    event_sum: Floats
    """Sum of x over the events of interest, float64 [p]."""

    def empty_scan(self) -> Scan:
        """Room for what the kernel writes."""
        (n, p), (n_groups, places) = self.x.shape, self.rows.at_event.shape
        # one large array is cheaper than several
        room = np.empty((1 + n_groups + p) * places)
        mean = room[(1 + n_groups) * places :].reshape(places, p)
        room[0] = mean[0] = 0.0  # before the first event time: the kernel does not write it, and 0 times it must be 0
        return Scan(
            np.empty(n),
            room[:places],
            mean,
            room[places : (1 + n_groups) * places].reshape(n_groups, places),
            np.empty((p + 1, p)),
            np.empty(p),
            np.empty((p, p)),
        )

    def climb(self, beta: Floats, max_steps: int, scan: Scan) -> tuple[int, float, float]:
        """Newton's method from `beta`, by the kernel."""
        rows = self.rows
        return climb(
            self.x,
            rows.starts,
            rows.member,
            rows.inverse,
            rows.events,
            rows.at_event,
            self.event_sum,
            beta,
            max_steps,
            scan.risk,
            scan.hazard,
            scan.mean,
            scan.after,
            scan.null,
            scan.score,
            scan.information,
        )

    def likelihood(self, beta: Floats) -> tuple[float, Floats, Floats]:
        """Log partial likelihood, gradient and information at `beta`."""
        scan = self.empty_scan()
        loglik = self.climb(beta.copy(), 0, scan)[2]
        return loglik, scan.score, scan.null[:-1]

    def maximum(self, *, where: str) -> Estimate:
        """Where Newton's method ends: compiled for data with a plain maximum, otherwise by the rules of `newton`."""
        p = self.x.shape[1]
        beta, scan = np.zeros(p), self.empty_scan()
        steps, loglik_null, loglik = self.climb(beta, MAX_STEPS, scan)
        null, left = scan.null, np.empty((p, p))
        # the sum is more than 1 over the least share of the information at 0 that is left in any direction
        if steps and inverse(scan.information, left) and (left * null[:-1]).sum() < 1 / VANISHED:
            none = np.zeros(p, np.bool_)
            end = Maximum(
                beta, loglik, scan.information, loglik_null, null[-1], null[:-1], steps, True, none, none, True
            )
            return Estimate(self, end, scan)
        end = maximize(self.likelihood, p, n_terms=float(self.rows.n_events), where=where)
        self.climb(end.beta.copy(), 0, scan)
        return Estimate(self, end, scan)


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A fitted model and the sums at its estimate."""

    data: Covariates
    end: Maximum
    scan: Scan

    @property
    def rows(self) -> FineGrayRows:
        """The sorted rows."""
        return self.data.rows

    @property
    def deviation(self) -> Floats:
        """Standard deviations by which the covariates were divided, float64 [p]."""
        return self.data.deviation

    def filling(self, *, censoring: bool) -> Floats:
        """Filling of the sandwich, float64 [p, p], with or without the censoring term."""
        return self.scan_rows(NO_ROWS, censoring=censoring, tilt=None)

    def contributions(self, *, censoring: bool, tilt: Floats | None = None) -> Floats:
        """What each sorted row contributes to the gradient, float64 [n, p].

        Each event time counts times its `tilt`, float64 [m + 1]; None for 1.
        """
        out = np.empty(self.data.x.shape)
        self.scan_rows(out, censoring=censoring, tilt=tilt)
        return out

    def scan_rows(self, out: Floats, *, censoring: bool, tilt: Floats | None) -> Floats:
        """Sums of squares of the contributions, float64 [p, p]; writes them to `out` if it has rows."""
        rows, scan, x = self.rows, self.scan, self.data.x
        p, (n_groups, places) = x.shape[1], rows.at_event.shape
        room = np.empty((places, n_groups * (1 + p) + 1))
        after = room.reshape(-1)[places:].reshape(n_groups, places, 1 + p)
        if tilt is None:
            tilt = room.reshape(-1)[:places]
            tilt.fill(1.0)
        for g in range(n_groups):
            later_hazard(scan.hazard, scan.mean, tilt, rows.at_event[g], after[g])
        own_after = after
        if not censoring:
            own_after = np.zeros_like(after)
        elif n_groups > 1:
            own_after, own_weight = np.empty_like(after), rows.own_weight()
            for g in range(n_groups):
                later_hazard(scan.hazard, scan.mean, tilt, own_weight[g], own_after[g])
        filling, columns = np.zeros((p, p)), (x, rows.time, rows.role, rows.starts, rows.member, rows.inverse)
        score_squares(*columns, scan.risk, scan.hazard, scan.mean, tilt, after, own_after, filling, out)
        return filling

    def hazard(self, x: Floats, _: Floats) -> Floats:
        """Increments of the hazard at the event times of a subject with covariates `x` [p], float64 [m]."""
        with np.errstate(over="ignore"):
            return self.scan.hazard[1:] * np.exp((x - self.data.centre) / self.deviation @ self.end.beta)

    def schoenfeld(self) -> Floats:
        """At each event time the sum over its events of the distance of the covariates from their mean, [m, p]."""
        rows = self.rows
        died = np.flatnonzero(rows.role == 1)
        place = rows.starts.cumsum(dtype=np.int64)[died] - 1
        m = rows.events.size - 1
        total = np.column_stack([np.bincount(place, weights=column[died], minlength=m) for column in self.data.x.T])
        return (total - rows.events[1:, np.newaxis] * self.scan.mean[1:]) * self.deviation


def fine_gray_rows(time: Floats, place: Ints, kinds: Ints, group: Ints | None, n_groups: int) -> FineGrayRows:
    """Checked columns in the order of the kernels, with tied times made equal; `place` into `kinds` says the role."""
    n = time.size
    order = time_order(time)
    when = tied_times(time, order)
    role, starts, member = np.empty(n, np.int8), np.empty(n, np.int8), np.empty(n if n_groups > 1 else 0, np.int32)
    places = 1 + pack(order, when, place, kinds, NO_GROUPS if group is None else group, n_groups, role, starts, member)
    inverse, room = np.empty(n), np.empty((2 + n_groups, places))
    events, event_time, at_event = room[0], room[1], room[2:]
    censoring_weights(when, role, starts, member, at_event, events, event_time, inverse)
    return FineGrayRows(when, role, starts, member, inverse, at_event, events, event_time, order)


def sorted_covariates(rows: FineGrayRows, x: Floats) -> Covariates:
    """Standardized covariates of the sorted rows."""
    p = x.shape[1]
    scaled, centre, deviation, event_sum = np.empty(x.shape), np.empty(p), np.empty(p), np.empty(p)
    standardize(x, rows.order, rows.role, scaled, centre, deviation, event_sum)
    return Covariates(rows, scaled, centre, deviation, event_sum)
