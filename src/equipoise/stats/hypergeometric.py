"""The noncentral hypergeometric distribution of a 2 x 2 table with its margins given, or of several such tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from equipoise.arrays import Floats
from equipoise.stats.kernels import hypergeometric as kernels

TIE = 1e-7
"""Probabilities that differ by less than this share are equal (as in R's fisher.test)."""
Table = Sequence[float]
"""The cells a, b, c, d of the table a b / c d."""


class ExactP(NamedTuple):
    """P values of the sum of the first cells, given all margins, at odds ratio 1."""

    two_sided: float
    """All values that are not more probable than the one observed."""
    two_sided_mid: float
    """The same, where equally probable values count half."""
    less: float
    greater: float
    own: float
    """Probability of the value observed."""


@dataclass(frozen=True, slots=True, eq=False)
class Conditional:
    """Distribution of the sum of the first cells given all margins, at some odds ratio near that of the data."""

    place: int
    """Place of the value observed."""
    share: Floats
    """Probability of each value; those that are negligible are left out at the ends."""
    log_odds: float
    """Log odds ratio at which these are the probabilities."""
    at_lowest: bool
    """Whether the value observed is the lowest that the margins allow."""
    at_highest: bool

    def odds_ratio(self) -> float:
        """Conditional maximum-likelihood odds ratio; missing if the margins leave no choice."""
        if self.at_lowest or self.at_highest:
            return math.nan if self.at_lowest and self.at_highest else math.inf if self.at_highest else 0.0
        return self.at(kernels.log_odds_of_mean(self.share, self.place))

    def limits(self, conf_level: float, part: float = 1.0) -> tuple[float, float]:
        """Exact limits of the odds ratio, each with half of the error; 0 and infinity where the data give none.

        `part` of the value observed counts into both tails: 1, or a half for mid-P limits.
        """
        tail = (1 - conf_level) / 2
        lower, upper = 0.0, math.inf
        if not self.at_lowest:
            lower = self.at(kernels.log_odds_of_tail(self.share, self.place, part, tail))
        if not self.at_highest:
            # the lower tail is the upper tail of what is counted from the other end
            turned = np.ascontiguousarray(self.share[::-1])
            upper = self.at(-kernels.log_odds_of_tail(turned, turned.size - 1 - self.place, part, tail))
        return lower, upper

    def at(self, change: float) -> float:
        """Odds ratio after a change of its logarithm."""
        total = self.log_odds + change
        return math.exp(total) if total < 709 else math.inf


def conditional(tables: Sequence[Table]) -> Conditional:
    """Distribution of the sum of the first cells of some tables, each given its margins."""
    tables = [table for table in tables if has_choice(*table)]
    if not tables:
        return Conditional(0, np.ones(1), 0.0, True, True)
    log_odds = near_log_odds(tables)
    lowest = sum(max(0.0, a - d) for a, b, c, d in tables)
    highest = sum(a + min(b, c) for a, b, c, d in tables)
    observed = sum(table[0] for table in tables)
    first, share = together(tables, log_odds)
    return Conditional(int(observed - first), share, log_odds, observed == lowest, observed == highest)


def exact_p(tables: Sequence[Table]) -> ExactP:
    """P values of the sum of the first cells of some tables, given all margins."""
    tables = [table for table in tables if has_choice(*table)]
    if not tables:
        return ExactP(1.0, 0.5, 1.0, 1.0, 1.0)
    first, share = together(tables, 0.0)
    place = int(sum(table[0] for table in tables) - first)
    if not 0 <= place < share.size:  # less than 1e-300
        less = place < 0
        return ExactP(0.0, 0.0, 0.0 if less else 1.0, 1.0 if less else 0.0, 0.0)
    less, greater, own, rare, tied = kernels.p_values(share, place, TIE)
    return ExactP(rare, rare - tied / 2, less, greater, own)


def has_choice(a: float, b: float, c: float, d: float) -> bool:
    """Whether the margins allow more than one table."""
    return min(a + b, c + d, a + c, b + d) > 0


def near_log_odds(tables: Sequence[Table]) -> float:
    """A log odds ratio near that of the data: Mantel and Haenszel's, with a half added to each cell."""
    over = under = 0.0
    for a, b, c, d in tables:
        n = a + b + c + d + 2
        over += (a + 0.5) * (d + 0.5) / n
        under += (b + 0.5) * (c + 0.5) / n
    return math.log(over / under)


def together(tables: Sequence[Table], log_odds: float) -> tuple[float, Floats]:
    """First value of the sum of the first cells, and its distribution from there on."""
    first, share = kernels.weights(*margins(tables[0]), log_odds)
    for table in tables[1:]:
        start, more = kernels.weights(*margins(table), log_odds)
        first, share = first + start, np.convolve(share, more)
    return first, share


def margins(table: Table) -> tuple[float, float, float]:
    """Totals of both rows and of the first column."""
    a, b, c, d = table
    return float(a + b), float(c + d), float(a + c)
