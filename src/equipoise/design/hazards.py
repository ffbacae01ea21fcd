"""When subjects enter, when their events come, when they are lost: the expected share of events by a calendar time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gamma, gammainc

from equipoise.arrays import Floats
from equipoise.design import inputs

WHERE = "survival assumptions"


class Hazard(Protocol):
    """A distribution of the time to the event."""

    def scaled(self, ratio: float) -> Hazard:
        """The same with the hazard times `ratio`."""

    def integral(self, x: Floats, drop_out: float) -> Floats:
        """Integral from 0 to x of the probability to have had the event before dropping out; 0 for x below 0."""


@dataclass(frozen=True, slots=True, eq=False)
class PiecewiseHazard:
    """A hazard that is constant in pieces: exponential where there is one piece."""

    starts: Floats
    """Start of each piece since entry, float64 [n_pieces]; the first is 0, the last piece has no end."""
    rates: Floats
    """Hazard in each piece, per unit of time, float64 [n_pieces], 0 or more."""

    @property
    def is_constant(self) -> bool:
        """Whether there is one piece only."""
        return self.rates.size == 1

    def scaled(self, ratio: float) -> PiecewiseHazard:
        """The same with the hazard times `ratio`."""
        return PiecewiseHazard(self.starts, self.rates * ratio)

    def survival(self, x: ArrayLike) -> Floats:
        """Probability to be without the event at x, float64 as x."""
        x = np.asarray(x, dtype=np.float64)
        inside = np.clip(x[..., np.newaxis] - self.starts, 0, np.append(np.diff(self.starts), np.inf))
        return np.asarray(np.exp(-(inside * self.rates).sum(axis=-1)))

    def integral(self, x: Floats, drop_out: float) -> Floats:
        """Integral from 0 to x of the probability to have had the event before dropping out; 0 for x below 0."""
        out = np.zeros(x.shape)
        alive, had, total = 1.0, 0.0, 0.0
        ends = np.append(self.starts[1:], np.inf)
        for start, end, rate in zip(self.starts, ends, self.rates, strict=True):
            leave = rate + drop_out
            inside = np.clip(x - start, 0.0, end - start)
            event, area = piece(inside, rate, leave)
            out = np.where(x > start, total + had * inside + alive * area, out)
            if end < np.inf:
                event, area = piece(np.array(end - start), rate, leave)
                total += had * (end - start) + alive * float(area)
                had += alive * float(event)
                alive *= float(np.exp(-leave * (end - start)))
        return out


def piece(x: Floats, rate: float, leave: float) -> tuple[Floats, Floats]:
    """Probability of the event within x at a constant hazard, and its integral from 0 to x."""
    if leave == 0:
        return np.zeros(x.shape), np.zeros(x.shape)
    gone = -np.expm1(-leave * x)
    small = leave * x < 1e-4
    # x - (1 - exp(-leave x)) / leave loses its digits where leave x is small: the series does not
    area = np.where(small, leave * x**2 * (1 / 2 - leave * x / 6 + (leave * x) ** 2 / 24), x - gone / leave)
    return np.asarray(rate / leave * gone), np.asarray(rate / leave * area)


@dataclass(frozen=True, slots=True)
class WeibullHazard:
    """Weibull times: the survival at t is exp(-(rate t)^shape)."""

    rate: float
    shape: float

    def scaled(self, ratio: float) -> WeibullHazard:
        """The same with the hazard times `ratio`."""
        return WeibullHazard(self.rate * ratio ** (1 / self.shape), self.shape)

    def integral(self, x: Floats, drop_out: float) -> Floats:
        """Integral from 0 to x of the probability to have had the event; without drop-out only."""
        if drop_out > 0:
            raise inputs.refuse(
                "drop-out is not offered with Weibull times",
                where=WHERE,
                rule="DESIGN-HAZARD",
                remedy="use piecewise constant hazards",
            )
        x = np.maximum(x, 0.0)
        lived = gamma(1 / self.shape) * gammainc(1 / self.shape, (self.rate * x) ** self.shape)
        return np.asarray(x - lived / (self.shape * self.rate))


@dataclass(frozen=True, slots=True, eq=False)
class Accrual:
    """How subjects enter: at constant rates within pieces of calendar time."""

    ends: Floats
    """End of each piece since the first entry, float64 [n_pieces], rising."""
    rates: Floats
    """Subjects per unit of time in each piece, float64 [n_pieces]; only their proportions count where the number of
    subjects is given or worked out."""

    @property
    def duration(self) -> float:
        """Time from the first entry to the last; infinite where the end is open."""
        return float(self.ends[-1])

    def until(self, duration: float) -> Accrual:
        """The same, ended at a calendar time; the last piece goes on as long as it takes."""
        n = int(np.searchsorted(self.ends[:-1], duration, side="left")) + 1
        return Accrual(np.append(self.ends[: n - 1], duration), self.rates[:n])

    def until_subjects(self, subjects: float) -> Accrual:
        """The same, ended when so many subjects have entered at these rates."""
        entered = np.concatenate(([0.0], np.cumsum(np.diff(self.ends[:-1], prepend=0.0) * self.rates[:-1])))
        n = int(np.searchsorted(entered, subjects, side="left")) - 1
        start = self.ends[n - 1] if n else 0.0
        return self.until(float(start + (subjects - entered[n]) / self.rates[n]))

    @property
    def total(self) -> float:
        """Subjects that enter at these rates."""
        return float(np.diff(self.ends, prepend=0.0) @ self.rates)

    @property
    def density(self) -> Floats:
        """Share of the subjects per unit of time in each piece, float64 [n_pieces]."""
        return self.rates / self.total

    def share_by(self, time: ArrayLike) -> Floats:
        """Share of the subjects that have entered by a calendar time, float64 as `time`."""
        starts = np.append(0.0, self.ends[:-1])
        inside = np.clip(np.asarray(time, dtype=np.float64)[..., np.newaxis] - starts, 0.0, self.ends - starts)
        return np.asarray(inside @ self.density)

    def events_by(self, time: float, hazard: Hazard, drop_out: float) -> float:
        """Expected share of all subjects who have had the event by a calendar time."""
        starts = np.append(0.0, self.ends[:-1])
        whole = hazard.integral(time - starts, drop_out) - hazard.integral(time - self.ends, drop_out)
        return float(whole @ self.density)


def piecewise_hazard(rates: ArrayLike, starts: ArrayLike = (0.0,)) -> PiecewiseHazard:
    """A hazard that is constant in pieces.

    Args:
        rates: hazard in each piece, per unit of time, 0 or more, not all 0. One number is an exponential distribution.
        starts: start of each piece since entry, rising from 0.

    Returns:
        `PiecewiseHazard`, for the functions on survival.

    Raises:
        DesignError: rates that are negative, or pieces that do not rise from 0.

    Differs from R: nowhere known (rpact).
    Source: Lachin & Foulkes 1986, Biometrics 42:507-519.
    Checked: against rpact in tests/golden; against numerical integration in tests/spec/design.

    Example:
        >>> from equipoise import design
        >>> float(design.piecewise_hazard([0.2, 0.1], starts=[0, 2]).survival(4).round(4))  # exp(-0.4 - 0.2)
        0.5488
    """
    where = "piecewise hazard"
    rate, start = inputs.column(rates, where=f"{where}, rates"), inputs.rising(starts, where=f"{where}, starts")
    if rate.size != start.size or start[0] != 0 or (rate < 0).any() or not (rate > 0).any():
        raise inputs.refuse(
            "there is not one rate of 0 or more, and one above 0, for each of the pieces, the first from 0",
            where=where,
            rule="DESIGN-HAZARD",
            remedy="give as many rates as starts; the first start is 0",
        )
    return PiecewiseHazard(start, rate)


def hazard_of_median(median: float) -> PiecewiseHazard:
    """The exponential distribution with this median.

    Args:
        median: in the unit of time of the trial.

    Returns:
        `PiecewiseHazard`, of one piece.

    Raises:
        DesignError: the median is not above 0.

    Differs from R: nowhere known.
    Source: log(2) over the median.
    Checked: by hand in tests/spec/design.

    Example:
        >>> from equipoise import design
        >>> design.hazard_of_median(8).survival([8, 16]).tolist()
        [0.5, 0.25]
    """
    return PiecewiseHazard(np.zeros(1), np.array([np.log(2) / inputs.positive(median, where="median")]))


def hazard_of_proportion(proportion: float, by: float) -> PiecewiseHazard:
    """The exponential distribution with this share of events by a time since entry.

    Args:
        proportion: share of subjects with the event.
        by: time since entry by which they have it.

    Returns:
        `PiecewiseHazard`, of one piece.

    Raises:
        DesignError: the share is not between 0 and 1, or the time not above 0.

    Differs from R: nowhere known.
    Source: -log(1 - proportion) over the time.
    Checked: by hand in tests/spec/design; rpact (pi2, eventTime) in tests/golden.

    Example:
        >>> from equipoise import design
        >>> float(design.hazard_of_proportion(0.4, 12).survival(12).round(12))
        0.6
    """
    p = inputs.probability(proportion, where="share of events")
    return PiecewiseHazard(np.zeros(1), np.array([-np.log1p(-p) / inputs.positive(by, where="time of the share")]))


def drop_out_hazard(share: float, by: float) -> float:
    """Hazard of dropping out at which this share has dropped out by a time since entry.

    Args:
        share: share of subjects who would have dropped out, if nothing else ended their follow-up.
        by: time since entry by which they have.

    Returns:
        The hazard, per unit of time.

    Raises:
        DesignError: the share is not 0 or more and below 1, or the time not above 0.

    Differs from R: nowhere known (rpact dropoutRate1, dropoutTime).
    Source: -log(1 - share) over the time.
    Checked: by hand in tests/spec/design; rpact in tests/golden.

    Example:
        >>> from equipoise import design
        >>> round(design.drop_out_hazard(0.05, 12), 6)  # -log(0.95) / 12
        0.004274
    """
    return float(-np.log1p(-inputs.share(share, where="drop-out")) / inputs.positive(by, where="time of the drop-out"))


def accrual(ends: ArrayLike, rates: ArrayLike = (1.0,)) -> Accrual:
    """How subjects enter.

    Args:
        ends: end of each piece of calendar time since the first entry, rising; one number for an even accrual. The
            last may be infinite where the rates are subjects per unit of time: the duration is then worked out.
        rates: subjects per unit of time in each piece, or their proportions.

    Returns:
        `Accrual`, for the functions on survival.

    Raises:
        DesignError: pieces that do not rise, or rates that are not 0 or more.

    Differs from R: nowhere known (rpact).
    Source: Lachin & Foulkes 1986, Biometrics 42:507-519.
    Checked: against rpact in tests/golden.

    Example:
        >>> from equipoise import design
        >>> design.accrual([6, 24], [5, 10]).total  # 6 months of 5 and 18 months of 10
        210.0
    """
    where = "accrual"
    end = inputs.floats(ends, where=f"{where}, ends")
    is_open = end.size > 0 and bool(end[-1] == np.inf)
    if not is_open or end.size > 1:
        inputs.rising(end[:-1] if is_open else end, where=f"{where}, ends", above=0.0)
    rate = inputs.column(rates, where=f"{where}, rates")
    if rate.size != end.size or (rate < 0).any() or rate[0] == 0 or (is_open and rate[-1] == 0):
        raise inputs.refuse(
            "there is not one rate of 0 or more for each of the pieces, the first above 0, and the last if it is open",
            where=where,
            rule="DESIGN-ACCRUAL",
            remedy="give as many rates as ends of pieces; time counts from the first entry",
        )
    return Accrual(end, rate)


def hazard_from(given: float | Hazard, *, where: str) -> Hazard:
    """A hazard, from a rate or from itself."""
    if isinstance(given, (int, float, np.number)):
        return PiecewiseHazard(np.zeros(1), np.array([inputs.positive(given, where=where)]))
    if not isinstance(given, PiecewiseHazard | WeibullHazard):
        raise inputs.refuse(
            f"{given!r} is no hazard",
            where=where,
            rule="DESIGN-HAZARD",
            remedy="give a rate, piecewise_hazard(...) or WeibullHazard(...)",
        )
    return given


def entry_from(given: Accrual, *, where: str) -> Accrual:
    """How subjects enter, if it says so."""
    if not isinstance(given, Accrual):
        raise inputs.refuse(
            f"{given!r} does not say how subjects enter",
            where=where,
            rule="DESIGN-ACCRUAL",
            remedy="give accrual(24) for an even accrual over 24 units of time",
        )
    return given
