"""Two proportions: odds ratio, risk ratio and risk difference with their intervals."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.tails import normal_quantile

WHERE = "2 x 2 table"


class Interval(NamedTuple):
    """A two-sided confidence interval."""

    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """An odds ratio or risk ratio, with the standard error of its logarithm and the Wald interval on that scale."""

    estimate: float
    log_std_error: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """A proportion with three intervals."""

    events: int
    n: int
    estimate: float
    wilson: Interval
    wilson_corrected: Interval
    clopper_pearson: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskDifference:
    """Difference of two proportions, first minus second, with its intervals."""

    estimate: float
    std_error: float
    wald: Interval
    wald_corrected: Interval
    newcombe: Interval
    newcombe_corrected: Interval
    mee: Interval
    miettinen_nurminen: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoByTwo:
    """Comparison of two proportions; effects are of the first row against the second."""

    proportions: tuple[Proportion, Proportion]
    odds_ratio_wald: Ratio
    """Woolf's interval; 0, infinite or missing where a cell is 0."""
    odds_ratio_haldane: Ratio
    """Haldane and Anscombe: the same after adding a half to each cell."""
    risk_ratio: Ratio
    """Katz's interval."""
    risk_difference: RiskDifference
    conf_level: float
    has_empty_cell: bool

    @property
    def odds_ratio(self) -> Ratio:
        """The odds ratio to report: Woolf's, or Haldane's if a cell is 0."""
        return self.odds_ratio_haldane if self.has_empty_cell else self.odds_ratio_wald


def two_by_two(table: ArrayLike, *, conf_level: float = 0.95) -> TwoByTwo:
    """Odds ratio, risk ratio and risk difference of two arms.

    Args:
        table: counts [[yes, no], [yes, no]]; first the experimental arm, then the control arm.
        conf_level: two-sided confidence level.

    Returns:
        `TwoByTwo`.

    Raises:
        AnalysisDataError: not a 2 x 2 table of counts; an arm without subjects.

    Source: Woolf 1955; Katz et al. 1978, Biometrics 34:469-474; Wilson 1927; Newcombe 1998, Stat Med 17:873-890
    (methods 10 and 11); Mee 1984; Miettinen & Nurminen 1985, Stat Med 4:213-226; Farrington & Manning 1990.
    Checked: by hand (tests/spec/stats), published examples and R (tests/golden).
    """
    cells = inputs.counts(table, where=WHERE)
    inputs.level(conf_level, where=f"{WHERE}, conf_level")
    if cells.shape != (2, 2) or cells.sum(axis=1).min() == 0:
        raise AnalysisDataError(
            f"the table has shape {cells.shape} and row totals {cells.sum(axis=1).astype(int).tolist()}",
            where=WHERE,
            rule="STATS-SHAPE",
            remedy="give two arms with subjects in both: [[yes, no], [yes, no]]",
        )
    (a, b), (c, d) = cells.tolist()
    z = normal_quantile(conf_level)
    with np.errstate(divide="ignore", invalid="ignore"):
        risk_log_se = float(np.sqrt((1 / cells[:, 0] - 1 / cells.sum(axis=1)).sum()))
        risk_ratio = ratio(a * (c + d), c * (a + b), risk_log_se, z)
    first, second = proportion(a, a + b, conf_level), proportion(c, c + d, conf_level)
    return TwoByTwo(
        proportions=(first, second),
        odds_ratio_wald=odds_ratio(cells, z),
        odds_ratio_haldane=odds_ratio(cells + 0.5, z),
        risk_ratio=risk_ratio,
        risk_difference=risk_difference(first, second, z),
        conf_level=conf_level,
        has_empty_cell=bool((cells == 0).any()),
    )


def odds_ratio(cells: np.ndarray, z: float) -> Ratio:
    """Odds ratio with Woolf's interval."""
    (a, b), (c, d) = cells.tolist()
    with np.errstate(divide="ignore"):
        log_se = float(np.sqrt((1 / cells).sum()))
    return ratio(a * d, b * c, log_se, z)


def ratio(above: float, below: float, log_se: float, z: float) -> Ratio:
    """A ratio with the interval that is symmetric on the log scale; what is not defined is missing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = np.float64(above) / np.float64(below)
        middle = np.log(estimate)
        lower, upper = np.exp(middle - z * log_se), np.exp(middle + z * log_se)
    return Ratio(estimate=float(estimate), log_std_error=float(log_se), lower=float(lower), upper=float(upper))


def proportion(events: float, n: float, conf_level: float) -> Proportion:
    """A proportion with Wilson's interval, without and with continuity correction, and Clopper and Pearson's."""
    from scipy.special import betaincinv

    z, tail = normal_quantile(conf_level), (1 - conf_level) / 2
    lower = betaincinv(events, n - events + 1, tail) if events > 0 else 0.0
    upper = betaincinv(events + 1, n - events, 1 - tail) if events < n else 1.0
    return Proportion(
        events=int(events),
        n=int(n),
        estimate=float(events / n),
        wilson=wilson(events, n, z),
        wilson_corrected=wilson_corrected(events, n, z),
        clopper_pearson=Interval(float(lower), float(upper)),
    )


def wilson(x: float, n: float, z: float) -> Interval:
    """Wilson's score interval of a proportion."""
    p, scale = x / n, 1 + z**2 / n
    middle = (p + z**2 / (2 * n)) / scale
    half = z / scale * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return Interval(middle - half, middle + half)


def wilson_corrected(x: float, n: float, z: float) -> Interval:
    """Wilson's score interval with continuity correction (Newcombe 1998, Stat Med 17:857-872, method 4)."""
    p, scale = x / n, 2 * (n + z**2)
    lower, upper = 0.0, 1.0
    if x > 0:
        root = math.sqrt(z**2 - 2 - 1 / n + 4 * p * (n * (1 - p) + 1))
        lower = max(0.0, (2 * n * p + z**2 - 1 - z * root) / scale)
    if x < n:
        root = math.sqrt(z**2 + 2 - 1 / n + 4 * p * (n * (1 - p) - 1))
        upper = min(1.0, (2 * n * p + z**2 + 1 + z * root) / scale)
    return Interval(lower, upper)


def risk_difference(first: Proportion, second: Proportion, z: float) -> RiskDifference:
    """Difference of two proportions with its intervals."""
    difference = first.estimate - second.estimate
    std_error = math.sqrt(sum(p.estimate * (1 - p.estimate) / p.n for p in (first, second)))
    half = z * std_error
    # Yates's correction, at most the difference itself
    wide = half + min(0.5 * (1 / first.n + 1 / second.n), abs(difference))
    return RiskDifference(
        estimate=difference,
        std_error=std_error,
        wald=Interval(difference - half, difference + half),
        wald_corrected=Interval(max(difference - wide, -1.0), min(difference + wide, 1.0)),
        newcombe=newcombe(first, second, first.wilson, second.wilson),
        newcombe_corrected=newcombe(first, second, first.wilson_corrected, second.wilson_corrected),
        mee=score_interval(first, second, z, 1.0),
        miettinen_nurminen=score_interval(first, second, z, (first.n + second.n) / (first.n + second.n - 1)),
    )


def newcombe(first: Proportion, second: Proportion, one: Interval, two: Interval) -> Interval:
    """Newcombe's interval of a difference, from an interval of each proportion."""
    p1, p2 = first.estimate, second.estimate
    difference = p1 - p2
    return Interval(
        difference - math.hypot(p1 - one.lower, two.upper - p2),
        difference + math.hypot(one.upper - p1, p2 - two.lower),
    )


def score_interval(first: Proportion, second: Proportion, z: float, inflation: float) -> Interval:
    """Interval of a difference by inverting the score test (Mee; with `inflation` N/(N-1), Miettinen and Nurminen)."""
    from scipy.optimize import brentq

    def excess(side: float) -> Callable[[float], float]:
        return lambda delta: score_statistic(delta, first, second, inflation) - side * z

    difference, edge = first.estimate - second.estimate, 1e-13
    lower, upper = -1.0, 1.0
    if excess(1)(-1 + edge) >= 0:
        lower = brentq(excess(1), -1 + edge, min(difference + 1e-9, 1 - edge), xtol=1e-15, rtol=1e-14, maxiter=1000)
    if excess(-1)(1 - edge) <= 0:
        upper = brentq(excess(-1), max(difference - 1e-9, -1 + edge), 1 - edge, xtol=1e-15, rtol=1e-14, maxiter=1000)
    return Interval(lower, upper)


def score_statistic(delta: float, first: Proportion, second: Proportion, inflation: float) -> float:
    """Score statistic of the hypothesis that the difference is `delta`, infinite where its variance is 0.

    The variance is at the maximum-likelihood proportions under the hypothesis, the root of a cubic in closed form.
    """
    n1, n2, x1, x2 = first.n, second.n, first.events, second.events
    n = n1 + n2
    square = (n1 + 2 * n2) * delta - n - (x1 + x2)
    linear = (n2 * delta - n - 2 * x2) * delta + x1 + x2
    constant = x2 * delta * (1 - delta)
    q = square**3 / (27 * n**3) - square * linear / (6 * n**2) + constant / (2 * n)
    size = math.copysign(math.sqrt(max(0.0, square**2 / (9 * n**2) - linear / (3 * n))), q)
    angle = (math.pi + math.acos(max(-1.0, min(1.0, q / size**3)) if size else 0.0)) / 3
    p2 = min(1.0, max(0.0, 2 * size * math.cos(angle) - square / (3 * n)))
    p1 = min(1.0, max(0.0, p2 + delta))
    variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * inflation
    distance = first.estimate - second.estimate - delta
    if variance <= 0:
        return 0.0 if abs(distance) < 1e-14 else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance)
