"""The noncentral hypergeometric distribution of a 2 x 2 table with its margins given, or of several such tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from equipoise.arrays import Floats

TIE = 1e-7
"""Probabilities that differ by less than this share are equal (as in R's fisher.test)."""
LARGEST_LOG_ODDS = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Conditional:
    """Distribution of the sum of the first cells given all margins, at odds ratio 1."""

    support: Floats
    """Values that the sum can take, ascending."""
    log_weight: Floats
    """Logarithm of the probability at odds ratio 1."""

    def probabilities(self, log_odds: float = 0.0) -> Floats:
        """Probability of each value at this log odds ratio, float64 [n_values]."""
        log_p = self.log_weight + self.support * log_odds
        p = np.exp(log_p - log_p.max())
        return p / p.sum()

    def p_two_sided(self, observed: float) -> float:
        """Probability of all values that are not more probable than the one observed."""
        p = self.probabilities()
        return float(min(1.0, p[p <= p[self.support == observed] * (1 + TIE)].sum()))

    def p_mid(self, observed: float) -> float:
        """The same, where equally probable values count half."""
        p = self.probabilities()
        own = p[self.support == observed][0]
        return float(p[p < own * (1 - TIE)].sum() + 0.5 * p[np.abs(p - own) <= own * TIE].sum())

    def p_greater(self, observed: float, log_odds: float = 0.0) -> float:
        """Probability of `observed` or more."""
        return float(self.probabilities(log_odds)[self.support >= observed].sum())

    def p_less(self, observed: float, log_odds: float = 0.0) -> float:
        """Probability of `observed` or less."""
        return float(self.probabilities(log_odds)[self.support <= observed].sum())

    def odds_ratio(self, observed: float) -> float:
        """Conditional maximum-likelihood odds ratio; missing if the margins leave no choice."""
        lowest, highest = self.support[0], self.support[-1]
        if lowest == highest:
            return float("nan")
        if observed in (lowest, highest):
            return 0.0 if observed == lowest else float("inf")
        return solved(lambda log_odds: float(self.support @ self.probabilities(log_odds)) - observed)

    def limits(self, observed: float, conf_level: float) -> tuple[float, float]:
        """Exact limits of the odds ratio, each with half of the error; 0 and infinity where the data give none."""
        tail = (1 - conf_level) / 2
        lowest, highest = self.support[0], self.support[-1]
        lower, upper = 0.0, float("inf")
        if observed > lowest:
            lower = solved(lambda log_odds: self.p_greater(observed, log_odds) - tail)
        if observed < highest:
            upper = solved(lambda log_odds: self.p_less(observed, log_odds) - tail)
        return lower, upper


def solved(equation: Callable[[float], float]) -> float:
    """Odds ratio at whose logarithm `equation` is 0."""
    from scipy.optimize import brentq

    return float(np.exp(brentq(equation, -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS, xtol=1e-14, rtol=1e-14, maxiter=1000)))


def conditional(a: float, b: float, c: float, d: float) -> Conditional:
    """Distribution of cell `a` of the table a b / c d, given its margins."""
    row1, row2, column = a + b, c + d, a + c
    support = np.arange(max(0.0, column - row2), min(row1, column) + 1)
    log_weight = log_choose(row1, support) + log_choose(row2, column - support) - log_choose(row1 + row2, column)
    return Conditional(support, log_weight)


def convolved(parts: list[Conditional]) -> Conditional:
    """Distribution of the sum over independent tables."""
    support, weight = np.zeros(1), np.ones(1)
    for part in parts:
        weight = np.convolve(weight, part.probabilities())
        support = np.arange(support[0] + part.support[0], support[-1] + part.support[-1] + 1)
    with np.errstate(divide="ignore"):
        return Conditional(support, np.log(weight))


def log_choose(n: Floats | float, k: Floats | float) -> Floats:
    """Logarithm of n over k."""
    return np.asarray(gammaln(np.asarray(n) + 1) - gammaln(np.asarray(k) + 1) - gammaln(np.asarray(n) - k + 1))
