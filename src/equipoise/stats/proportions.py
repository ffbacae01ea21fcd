"""Two proportions: odds ratio, risk ratio and risk difference with their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.hypergeometric import conditional
from equipoise.stats.kernels.score_limits import all_limits
from equipoise.stats.number_needed import NumberNeeded, number_needed
from equipoise.stats.one_proportion import Interval, Proportion, proportion
from equipoise.stats.tails import normal_quantile

WHERE = "2 x 2 table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """An odds ratio or risk ratio, with the standard error of its logarithm and the Wald interval on that scale."""

    estimate: float
    """0 or infinite where one of its counts is 0, missing where both are."""
    log_std_error: float
    """Infinite where a count is 0."""
    lower: float
    upper: float
    """Missing, as `lower`, where the logarithm of the estimate is not finite on that side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactOddsRatio:
    """The conditional odds ratio, given both margins; missing, with limits 0 and infinity, if a margin is 0."""

    estimate: float
    """Conditional maximum likelihood."""
    exact: Interval
    """Both one-sided exact tests (Fisher's) have at least half of the error inside."""
    mid_p: Interval
    """The same with the table observed counted half: closer to the level on average, not at least the level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskDifference:
    """Difference of two proportions, first minus second, with its intervals."""

    estimate: float
    """-1 to 1."""
    std_error: float
    """Unpooled (Wald's)."""
    wald: Interval
    """May reach beyond -1 and 1."""
    wald_corrected: Interval
    """With Yates's correction, as R's prop.test."""
    agresti_caffo: Interval
    """Wald's after one more yes and one more no in each arm."""
    newcombe: Interval
    """From both Wilson intervals (Newcombe's method 10)."""
    newcombe_corrected: Interval
    """From both Wilson intervals with continuity correction (method 11)."""
    mee: Interval
    """Score test inverted."""
    miettinen_nurminen: Interval
    """Score test inverted, variance times N / (N - 1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoByTwo:
    """Comparison of two proportions; effects are of the first row against the second."""

    proportions: tuple[Proportion, Proportion]
    """Of the answer yes in the first and in the second arm."""
    odds_ratio_wald: Ratio
    """Woolf's interval; 0, infinite or missing where a cell is 0."""
    odds_ratio_haldane: Ratio
    """Haldane and Anscombe: the same after adding a half to each cell."""
    odds_ratio_exact: ExactOddsRatio
    """Conditional estimate with Fisher's and mid-P limits."""
    odds_ratio_cornfield: Interval
    """Pearson's chi-square (score) test without correction inverted."""
    odds_ratio_miettinen_nurminen: Interval
    """The same with the variance times N / (N - 1)."""
    risk_ratio: Ratio
    """Katz's interval."""
    risk_ratio_koopman: Interval
    """Score test inverted."""
    risk_ratio_miettinen_nurminen: Interval
    """The same with the variance times N / (N - 1)."""
    risk_difference: RiskDifference
    """First minus second, with its intervals."""
    conf_level: float
    has_empty_cell: bool
    """Whether a cell is 0, so that `odds_ratio` is Haldane's."""

    @property
    def odds_ratio(self) -> Ratio:
        """The odds ratio to report: Woolf's, or Haldane's if a cell is 0."""
        return self.odds_ratio_haldane if self.has_empty_cell else self.odds_ratio_wald

    def number_needed(self, interval: str = "newcombe") -> NumberNeeded:
        """Number needed to treat for one more yes, with limits from an interval of the risk difference.

        Args:
            interval: name of an interval of `RiskDifference`.

        Source: Altman 1998, BMJ 317:1309-1312; Bender 2001, Control Clin Trials 22:102-110 (Wilson's scores).
        Checked: by hand and Altman's example (tests/spec/stats).
        """
        known = ("newcombe", "newcombe_corrected", "mee", "miettinen_nurminen", "agresti_caffo", "wald")
        name = inputs.choice(interval, known, where=f"{WHERE}, interval")
        return number_needed(self.risk_difference.estimate, *getattr(self.risk_difference, name))


def two_by_two(table: ArrayLike, *, conf_level: float = 0.95) -> TwoByTwo:
    """Odds ratio, risk ratio and risk difference of two arms, with every interval in use.

    For a binary answer of two arms without strata. Each effect comes with its asymptotic, score and, for the odds
    ratio, exact limits, so that one can be named in the protocol and the others serve as a check.

    Args:
        table: counts [[yes, no], [yes, no]]; first the experimental arm, then the control arm. Whole numbers as int or
            float.
        conf_level: two-sided confidence level.

    Returns:
        `TwoByTwo`.

    Raises:
        AnalysisDataError: not a 2 x 2 table of counts; an arm without subjects.

    Differs from R: exact limits of the odds ratio are solved to rounding; fisher.test stops at 1e-4.

    Source: Woolf 1955, Ann Hum Genet 19:251-253; Katz et al. 1978, Biometrics 34:469-474; Wilson 1927; Newcombe 1998,
    Stat Med 17:873-890 (methods 10 and 11); Mee 1984, Biometrics 40:1175-1176; Miettinen & Nurminen 1985, Stat Med
    4:213-226; Koopman 1984, Biometrics 40:513-517; Cornfield 1956; Agresti & Caffo 2000, Am Stat 54:280-288.

    Checked: by hand (tests/spec/stats), published examples and R (tests/golden); the score limits by the test that they
    invert (tests/property).

    Example:
        56 of 70 against 48 of 80 (Newcombe 1998, table II):

        >>> from equipoise import stats
        >>> both = stats.two_by_two([[56, 14], [48, 32]])
        >>> [round(limit, 4) for limit in both.risk_difference.newcombe]
        [0.0524, 0.3339]
        >>> round(both.odds_ratio.estimate, 4)
        2.6667
    """
    cells = inputs.counts(table, where=WHERE)
    inputs.level(conf_level, where=f"{WHERE}, conf_level")
    check_arms(cells, where=WHERE)
    (a, b), (c, d) = cells.tolist()
    z, n1, n2 = normal_quantile(conf_level), a + b, c + d
    first, second = (proportion(events, n, z, (1 - conf_level) / 2) for events, n in ((a, n1), (c, n2)))
    score = [Interval(*pair) for pair in all_limits(a, n1, c, n2, z).tolist()]
    return TwoByTwo(
        proportions=(first, second),
        odds_ratio_wald=odds_ratio(a, b, c, d, z),
        odds_ratio_haldane=odds_ratio(a + 0.5, b + 0.5, c + 0.5, d + 0.5, z),
        odds_ratio_exact=exact_odds_ratio(a, b, c, d, conf_level),
        odds_ratio_cornfield=score[4],
        odds_ratio_miettinen_nurminen=score[5],
        risk_ratio=risk_ratio(a, n1, c, n2, z),
        risk_ratio_koopman=score[2],
        risk_ratio_miettinen_nurminen=score[3],
        risk_difference=risk_difference(first, second, z, score[0], score[1]),
        conf_level=float(conf_level),
        has_empty_cell=min(a, b, c, d) == 0,
    )


def check_arms(cells: Floats, *, where: str) -> None:
    """Refuse a table that is not of two arms with subjects in both."""
    if cells.shape != (2, 2) or min(cells.sum(axis=1).tolist()) == 0:
        raise AnalysisDataError(
            f"the table has shape {cells.shape} and row totals {cells.sum(axis=1).astype(int).tolist()}",
            where=where,
            rule="STATS-SHAPE",
            remedy="give two arms with subjects in both: [[yes, no], [yes, no]]",
        )


def odds_ratio(a: float, b: float, c: float, d: float, z: float) -> Ratio:
    """Odds ratio with Woolf's interval."""
    log_se = math.sqrt(1 / a + 1 / b + 1 / c + 1 / d) if min(a, b, c, d) > 0 else math.inf
    return ratio(a * d, b * c, log_se, z)


def risk_ratio(a: float, n1: float, c: float, n2: float, z: float) -> Ratio:
    """Risk ratio with Katz's interval."""
    log_se = math.sqrt(1 / a - 1 / n1 + 1 / c - 1 / n2) if min(a, c) > 0 else math.inf
    return ratio(a * n2, c * n1, log_se, z)


def ratio(above: float, below: float, log_se: float, z: float) -> Ratio:
    """A ratio with the interval that is symmetric on the log scale; what is not defined is missing."""
    if above > 0 and below > 0:
        estimate = above / below
        lower, upper = estimate * math.exp(-z * log_se), estimate * math.exp(z * log_se)
    elif above > 0:
        estimate, lower, upper = math.inf, math.nan, math.inf
    elif below > 0:
        estimate, lower, upper = 0.0, 0.0, math.nan
    else:
        estimate = lower = upper = math.nan
    return Ratio(estimate=estimate, log_std_error=log_se, lower=lower, upper=upper)


def exact_odds_ratio(a: float, b: float, c: float, d: float, conf_level: float) -> ExactOddsRatio:
    """Odds ratio given the margins."""
    given = conditional([(a, b, c, d)])
    return ExactOddsRatio(
        estimate=given.odds_ratio(),
        exact=Interval(*given.limits(conf_level)),
        mid_p=Interval(*given.limits(conf_level, 0.5)),
    )


def risk_difference(
    first: Proportion, second: Proportion, z: float, mee: Interval, miettinen_nurminen: Interval
) -> RiskDifference:
    """Difference of two proportions with its intervals."""
    difference = first.estimate - second.estimate
    std_error = spread(first.estimate, first.n, second.estimate, second.n)
    half = z * std_error
    # Yates's correction, at most the difference itself
    wide = half + min(0.5 * (1 / first.n + 1 / second.n), abs(difference))
    more = [(arm.events + 1) / (arm.n + 2) for arm in (first, second)]
    middle, reach = more[0] - more[1], z * spread(more[0], first.n + 2, more[1], second.n + 2)
    return RiskDifference(
        estimate=difference,
        std_error=std_error,
        wald=Interval(difference - half, difference + half),
        wald_corrected=Interval(max(difference - wide, -1.0), min(difference + wide, 1.0)),
        agresti_caffo=Interval(max(middle - reach, -1.0), min(middle + reach, 1.0)),
        newcombe=newcombe(first, second, first.wilson, second.wilson),
        newcombe_corrected=newcombe(first, second, first.wilson_corrected, second.wilson_corrected),
        mee=mee,
        miettinen_nurminen=miettinen_nurminen,
    )


def spread(p1: float, n1: float, p2: float, n2: float) -> float:
    """Standard error of the difference of two proportions, each with its own variance."""
    return math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)


def newcombe(first: Proportion, second: Proportion, one: Interval, two: Interval) -> Interval:
    """Newcombe's interval of a difference, from an interval of each proportion."""
    p1, p2 = first.estimate, second.estimate
    difference = p1 - p2
    return Interval(
        difference - math.hypot(p1 - one.lower, two.upper - p2),
        difference + math.hypot(one.upper - p1, p2 - two.lower),
    )
