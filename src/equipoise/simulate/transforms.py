"""Inverse transforms: from uniform numbers to values. Each value takes a fixed number of uniforms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.arrays import NEVER, Days, Floats
from equipoise.days import MONTH_DAYS


def choice(u: Floats, weights: ArrayLike) -> NDArray[np.int64]:
    """Index drawn with probability in proportion to `weights`.

    Args:
        u: uniforms, float64 [n].
        weights: not negative, one for each answer [k], or one row for each draw [n, k].

    Returns:
        int64 [n], 0..k-1.
    """
    cumulative = np.cumsum(np.asarray(weights, float), axis=-1)
    cumulative = cumulative / cumulative[..., -1:]
    if cumulative.ndim == 1:
        return np.minimum(np.searchsorted(cumulative, u, side="right"), cumulative.size - 1)
    return np.minimum((cumulative <= u[:, None]).sum(axis=1), cumulative.shape[1] - 1)


def labels(u: Floats, weights: Mapping[str, float]) -> NDArray[np.str_]:
    """A key drawn with probability in proportion to its weight; str [n]."""
    return np.array(list(weights))[choice(u, list(weights.values()))]


def normal(u: ArrayLike) -> Floats:
    """Standard normal deviates, float64, same shape as `u`."""
    from scipy.special import ndtri

    return ndtri(u)


def truncated_normal(u: Floats, mean: float, sd: float, low: float, high: float) -> Floats:
    """Normal deviates inside [low, high], float64 [n]."""
    from scipy.special import ndtr, ndtri

    a, b = ndtr((low - mean) / sd), ndtr((high - mean) / sd)
    return np.clip(mean + sd * ndtri(a + u * (b - a)), low, high)


def whole(u: Floats, low: ArrayLike, high: ArrayLike) -> NDArray[np.int64]:
    """Whole numbers from `low` to `high`, both included and equally likely; int64 [n]."""
    low, high = np.asarray(low), np.asarray(high)
    return (low + np.floor(u * (high - low + 1))).astype(np.int64)


def correlated(u: Floats, shared: Floats, correlation: float) -> Floats:
    """Uniforms that share a part with each other: Gaussian copula.

    Args:
        u: a uniform of its own for each subject, float64 [n].
        shared: the uniform that a subject's draws have in common, float64 [n].
        correlation: of two normal scores made with the same `shared`, 0..1.

    Returns:
        Uniforms, float64 [n]: each is uniform by itself.
    """
    from scipy.special import ndtr

    return ndtr(np.sqrt(correlation) * normal(shared) + np.sqrt(1 - correlation) * normal(u))


def event_months(
    u: Floats, start: ArrayLike, until: Sequence[float], rates: Sequence[float], factor: ArrayLike = 1.0
) -> Floats:
    """Time of an event whose hazard is constant in pieces.

    Args:
        u: uniforms, float64 [n].
        start: month from which the subject is at risk, [n] or one for all.
        until: ends of all pieces but the last, ascending, in months from the origin.
        rates: hazard per month of each piece, one more than `until`.
        factor: multiplies the subject's hazard, [n] or one for all.

    Returns:
        Months from the origin, float64 [n]; infinity where the hazard runs out first.
    """
    edges = np.array([0.0, *until])
    rate = np.asarray(rates, float)
    cumulative = np.concatenate([[0.0], np.cumsum(rate[:-1] * np.diff(edges))])
    begin = np.maximum(np.broadcast_to(np.asarray(start, float), u.shape), 0.0)
    piece = np.searchsorted(edges, begin, side="right") - 1
    with np.errstate(divide="ignore"):
        spent = cumulative[piece] + rate[piece] * (begin - edges[piece])
        target = spent - np.log(u) / np.asarray(factor, float)
        last = np.searchsorted(cumulative, target, side="left") - 1
        return np.where(
            (last == rate.size - 1) & (rate[-1] == 0.0),
            np.inf,
            edges[last] + (target - cumulative[last]) / rate[last],
        )


def days_of(months: ArrayLike) -> Days:
    """Whole elapsed days, rounded up; `NEVER` for infinity and for what lies beyond 100 years; int32."""
    months = np.asarray(months, float)
    return np.where(months < 1200, np.ceil(np.minimum(months, 1200) * MONTH_DAYS), NEVER).astype(np.int32)
