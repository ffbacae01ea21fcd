"""Tails of the normal and chi-square distributions, with their logarithm where the probability underflows."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import special

SMALLEST = 1e-290
"""Below this the logarithm is not taken of the probability but computed on its own."""


class Tail(NamedTuple):
    """A P value and its logarithm to base 10."""

    p_value: float
    log10_p_value: float


@lru_cache
def normal_quantile(conf_level: float) -> float:
    """The two-sided normal quantile of a confidence level: 1.96 for 0.95."""
    return float(special.ndtri(0.5 + conf_level / 2))


def two_sided(z: float) -> Tail:
    """Two-sided P value of a standard normal statistic."""
    log_p = math.log(2) + float(special.log_ndtr(-abs(z)))
    return Tail(min(1.0, math.exp(log_p)), min(0.0, log_p / math.log(10)))


def two_sided_p(z: np.ndarray) -> np.ndarray:
    """Two-sided P values of standard normal statistics, float64 [n]; missing where `z` is."""
    return 2 * special.ndtr(-np.abs(z))


def chi_square_tail(statistic: float, degrees_of_freedom: int) -> Tail:
    """Upper tail of the chi-square distribution; missing without a degree of freedom, or a statistic of at least 0."""
    if not statistic >= 0 or degrees_of_freedom < 1:
        return Tail(math.nan, math.nan)
    if degrees_of_freedom == 1:
        p = math.erfc(math.sqrt(statistic / 2))
    else:
        p = float(special.chdtrc(degrees_of_freedom, statistic))
    if p > SMALLEST:
        return Tail(p, math.log10(p))
    log_p = log_upper_gamma(degrees_of_freedom / 2, statistic / 2)
    return Tail(math.exp(log_p), log_p / math.log(10))


def log_upper_gamma(a: float, x: float) -> float:
    """Logarithm of the regularized upper incomplete gamma function for x far above a.

    Source: the continued fraction of Legendre, Abramowitz & Stegun 1964, 6.5.31, by the method of Lentz.
    """
    if math.isinf(x):
        return -math.inf
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    fraction = d
    for k in range(1, 10_000):
        numerator = -k * (k - a)
        b += 2
        d = 1 / (numerator * d + b)
        c = b + numerator / c
        fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return a * math.log(x) - x - math.lgamma(a) + math.log(fraction)
