"""Fine-Gray regression with covariates multiplied by functions of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.kernels.subdistribution_time_varying import add_censoring, changing_likelihood, changing_scores
from equipoise.stats.newton import Maximum, maximize
from equipoise.stats.subdistribution_rows import Covariates, FineGrayRows, sorted_covariates
from equipoise.stats.time_functions import values_at


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimeVarying:
    """A covariate times a function of time, as `cov2` and `tf` of cmprsk::crr.

    With the covariate among the others too, its coefficient here says how its effect changes with the function.
    """

    covariate: ArrayLike
    """float64 [n], or [n, k] for k covariates; finite."""
    function: Callable[[Floats], ArrayLike]
    """Distinct times of the events, float64 [m] ascending, to finite numbers: [m], or [m, k] for one each."""
    name: str = "time"
    """Name of the function, for tables."""

    def columns(self, n: int, *, where: str) -> Floats:
        """The covariates, float64 [n, k]."""
        return inputs.covariate_matrix(self.covariate, n, where=f"{where}, {self.name}")

    def values(self, event_time: Floats, k: int, *, where: str) -> Floats:
        """The function at the event times for each of the k covariates, float64 [m, k]."""
        found = values_at(self.function, event_time, where=f"{where}, {self.name}")
        if found.shape not in ((event_time.size,), (event_time.size, k)) or not np.isfinite(found).all():
            raise AnalysisDataError(
                f"the function gives an array of shape {found.shape}, or values that are not finite",
                where=f"{where}, {self.name}",
                rule="STATS-TIME-FUNCTION",
                remedy=f"give a function of an array of event times that returns one finite value for each, or {k}",
            )
        return np.broadcast_to(found.reshape(event_time.size, -1), (event_time.size, k))


@dataclass(frozen=True, slots=True, eq=False)
class ChangingCovariates:
    """Covariates of the sorted rows of which some are multiplied by functions of time."""

    steady: Covariates
    changing: Covariates
    """Before they are multiplied."""
    f: Floats
    """Functions at the event times over their scale, float64 [m + 1, p2]; the first row means nothing."""
    scale: Floats
    """Root mean square of the functions over the event times, float64 [p2]."""
    first: inputs.Ints
    block_end: inputs.Ints
    event_sum: Floats

    @property
    def rows(self) -> FineGrayRows:
        """The sorted rows."""
        return self.steady.rows

    @property
    def deviation(self) -> Floats:
        """Numbers by which the covariates were divided, float64 [p1 + p2]."""
        return np.concatenate((self.steady.deviation, self.changing.deviation * self.scale))

    def evaluate(self, beta: Floats) -> tuple[float, Floats, Floats, Floats, Floats]:
        """Log partial likelihood, gradient, information; hazard and mean covariates of the event times."""
        rows, p, places = self.rows, beta.size, self.rows.events.size
        score, information, hazard, mean = np.empty(p), np.empty((p, p)), np.zeros(places), np.zeros((places, p))
        loglik = changing_likelihood(
            beta,
            self.steady.x,
            self.changing.x,
            self.f,
            self.first,
            rows.members,
            rows.inverse,
            rows.events,
            rows.at_event,
            self.event_sum,
            hazard,
            mean,
            score,
            information,
        )
        return loglik, score, information, hazard, mean

    def maximum(self, *, where: str) -> ChangingEstimate:
        """Where Newton's method ends."""
        end = maximize(
            lambda beta: self.evaluate(beta)[:3],
            self.event_sum.size,
            n_terms=float(self.rows.n_events),
            where=where,
        )
        *_, hazard, mean = self.evaluate(end.beta)
        return ChangingEstimate(self, end, hazard, mean)


@dataclass(frozen=True, slots=True, eq=False)
class ChangingEstimate:
    """A fitted model with time-varying terms and the sums at its estimate."""

    data: ChangingCovariates
    end: Maximum
    hazard_at_mean: Floats
    """Increments of the hazard where all standardized covariates are 0, float64 [m + 1]."""
    mean: Floats

    @property
    def rows(self) -> FineGrayRows:
        """The sorted rows."""
        return self.data.rows

    @property
    def deviation(self) -> Floats:
        """Numbers by which the covariates were divided, float64 [p1 + p2]."""
        return self.data.deviation

    def contributions(self, *, censoring: bool) -> Floats:
        """What each sorted row contributes to the gradient, float64 [n, p]."""
        data, rows = self.data, self.rows
        out = self.at_events()
        changes = np.zeros((len(rows.at_event), out.shape[0] + 1, out.shape[1]))
        changing_scores(
            self.end.beta,
            data.steady.x,
            data.changing.x,
            data.f,
            data.first,
            data.block_end,
            rows.members,
            rows.inverse,
            rows.at_event,
            rows.own_weight(),
            self.hazard_at_mean,
            self.mean,
            out,
            changes,
        )
        if censoring:
            add_censoring(rows.role, rows.members, data.block_end, changes, out)
        return out

    def at_events(self) -> Floats:
        """Distance of the covariates of each event from their mean at its time, float64 [n, p]; 0 for other rows."""
        place = self.rows.starts.cumsum(dtype=np.int64)
        z = np.hstack((self.data.steady.x, self.data.changing.x * self.data.f[place]))
        return (self.rows.role == 1)[:, np.newaxis] * (z - self.mean[place])

    def filling(self, *, censoring: bool) -> Floats:
        """Filling of the sandwich, float64 [p, p], with or without the censoring term."""
        out = self.contributions(censoring=censoring)
        return out.T @ out

    def hazard(self, x: Floats, y: Floats) -> Floats:
        """Increments of the hazard at the event times of a subject, float64 [m].

        With covariates `x` [p1], and `y` [p2] of those that are multiplied by functions of time.
        """
        steady, changing = self.data.steady, self.data.changing
        p1 = steady.centre.size
        constant = (x - steady.centre) / steady.deviation @ self.end.beta[:p1]
        moving = self.data.f[1:] @ ((y - changing.centre) / changing.deviation * self.end.beta[p1:])
        with np.errstate(over="ignore"):
            return self.hazard_at_mean[1:] * np.exp(constant + moving)

    def schoenfeld(self) -> Floats:
        """At each event time the sum over its events of the distance of the covariates from their mean, [m, p]."""
        return np.add.reduceat(self.at_events(), self.data.first[1:], axis=0) * self.deviation


def check_terms(terms: Sequence[TimeVarying], *, where: str) -> None:
    """Refuse time-varying terms that are no list of them."""
    if not (isinstance(terms, Sequence) and all(isinstance(term, TimeVarying) for term in terms)):
        raise AnalysisDataError(
            "the time-varying terms are not a list of `TimeVarying`",
            where=f"{where}, time_varying",
            rule="STATS-SHAPE",
            remedy="give [TimeVarying(covariate=..., function=...)], also for one term",
        )


def changing_covariates(steady: Covariates, terms: Sequence[TimeVarying], *, where: str) -> ChangingCovariates:
    """The steady covariates together with time-varying terms, checked."""
    rows = steady.rows
    n, places = rows.time.size, rows.events.size
    columns = [term.columns(n, where=where) for term in terms]
    values = [
        term.values(rows.event_time[1:], column.shape[1], where=where)
        for term, column in zip(terms, columns, strict=True)
    ]
    f = np.vstack((np.zeros(sum(column.shape[1] for column in columns)), np.hstack(values)))
    scale = np.sqrt(rows.events @ f**2 / rows.n_events)
    scale[scale == 0] = 1.0
    f = f / scale
    changing = sorted_covariates(rows, np.hstack(columns))
    died = rows.role == 1
    place = rows.starts.cumsum(dtype=np.int64)[died]
    first = np.zeros(places, np.int64)
    first[1:] = np.flatnonzero(rows.starts)
    return ChangingCovariates(
        steady=steady,
        changing=changing,
        f=f,
        scale=scale,
        first=first,
        block_end=np.searchsorted(rows.time, rows.time, side="right"),
        event_sum=np.concatenate((steady.x[died].sum(axis=0), (changing.x[died] * f[place]).sum(axis=0))),
    )
