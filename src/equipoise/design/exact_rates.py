"""Exact power: the sum of the probabilities of all tables that a test rejects, and of a single rate."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import bdtr, bdtrc, gammaln, ndtri

from equipoise.arrays import Flags, Floats

TIE = 1e-7
"""Tables whose probabilities differ by less than this share are equally probable: as `stats.fisher_exact` and R's
fisher.test; written here because their module loads a compiler."""


def binomial(n: int, p: float) -> Floats:
    """Probability of 0..n events, float64 [n + 1]."""
    k = np.arange(n + 1)
    return np.exp(log_choices(n) + k * np.log(p) + (n - k) * np.log1p(-p))


def log_choices(n: int) -> Floats:
    """Logarithm of n over 0..n, float64 [n + 1]."""
    k = np.arange(n + 1)
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def exact_power(n1: int, n2: int, p1: float, p2: float, alpha: float, sides: int, method: str) -> float:
    """Power of Fisher's exact test or of the uncorrected chi-square test, summed over all tables.

    Args:
        n1, n2: sizes; p1, p2: true rates.
        alpha: level; a one-sided test rejects on the side on which p1 lies.
        method: `fisher` (two-sided as R's fisher.test: all tables that are not more probable) or `chi_square`.
    """
    rejects = fisher_rejects if method == "fisher" else chi_square_rejects
    return float(binomial(n1, p1) @ rejects(n1, n2, alpha, sides, p1 >= p2) @ binomial(n2, p2))


@lru_cache(maxsize=4)
def chi_square_rejects(n1: int, n2: int, alpha: float, sides: int, upper: bool) -> Flags:
    """Tables that the uncorrected chi-square test rejects, bool [n1 + 1, n2 + 1]; never one without any event."""
    x1, x2 = np.arange(n1 + 1.0)[:, np.newaxis], np.arange(n2 + 1.0)[np.newaxis, :]
    pooled = (x1 + x2) / (n1 + n2)
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    z = np.divide(x1 / n1 - x2 / n2, np.sqrt(variance), out=np.zeros_like(variance), where=variance > 0)
    critical = float(-ndtri(alpha / sides))
    return np.asarray((np.abs(z) if sides == 2 else z if upper else -z) >= critical)


@lru_cache(maxsize=4)
def fisher_rejects(n1: int, n2: int, alpha: float, sides: int, upper: bool) -> Flags:
    """Tables that Fisher's exact test rejects, bool [n1 + 1, n2 + 1]."""
    log_first, log_second = log_choices(n1), log_choices(n2)
    out = np.zeros((n1 + 1, n2 + 1), dtype=np.bool_)
    mirrored = n1 == n2  # then swapping arms and answers gives a table with the same P value
    for total in range(n1 + 1 if mirrored else n1 + n2 + 1):
        support = np.arange(max(0, total - n2), min(n1, total) + 1)
        weight = log_first[support] + log_second[total - support]
        p = np.exp(weight - weight.max())
        out[support, total - support] = p_values(p / p.sum(), sides, upper) <= alpha
    return out | out[::-1, ::-1].T if mirrored else out


def p_values(p: Floats, sides: int, upper: bool) -> Floats:
    """P value of each table with these margins, given the probability of each."""
    if sides == 1:
        return np.cumsum(p[::-1])[::-1] if upper else np.cumsum(p)
    order = np.argsort(p)
    total = np.cumsum(p[order])
    last = np.searchsorted(p[order], p * (1 + TIE), side="right") - 1
    return np.asarray(np.minimum(total[last], 1.0))


def one_rate_power(n: int, p: float, null: float, alpha: float) -> float:
    """Exact power of the one-sided binomial test of one rate, on the side on which `p` lies."""
    if p > null:
        critical = smallest_count(n, null, alpha)
        return float(bdtrc(critical - 1, n, p)) if critical <= n else 0.0
    critical = n - smallest_count(n, 1 - null, alpha)
    return float(bdtr(critical, n, p)) if critical >= 0 else 0.0


def smallest_count(n: int, null: float, alpha: float) -> int:
    """Smallest count whose upper tail probability is not above alpha; n + 1 if there is none."""
    counts = np.arange(1, n + 1)
    tail = bdtrc(counts - 1, n, null)
    return int(np.argmax(tail <= alpha)) + 1 if (tail <= alpha).any() else n + 1
