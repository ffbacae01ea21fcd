"""Simulated data sets of 198 subjects with a known truth, and what the estimators make of each.

Three truths, each of its own draws: two arms alike; two arms that differ in cause-specific hazards and in response; a
subdistribution hazard that is proportional (Fine & Gray 1999, section 5). Times are whole days, follow-up ends between
6 and 36 months, three grades of unequal hazard are the strata.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from equipoise import stats

N = 198
MONTH = 30.4375
GRADES = np.array([0.33, 0.45, 0.22])
HAZARD = np.array([0.030, 0.045, 0.070]) / MONTH
"""Of the cause of interest in each grade, per day."""
COMPETING = 0.025 / MONTH
RATIO = 0.6
"""Ratio of the hazards of the cause of interest where the arms differ."""
HORIZON, TAU = 365.0, 540.0
RESPONSE = np.array([0.55, 0.45, 0.35])
"""Probability of response in each grade of the second arm."""
ODDS = 2.0
"""Odds ratio of response, in every grade, where the arms differ."""
SHARE = 0.5
"""Of the subjects with covariate 0, who ever have the event, where the subdistribution hazard is proportional."""
ALPHA, LEVEL = 0.05, 0.95


@dataclass(frozen=True)
class Trial:
    """One simulated data set; arrays [N]."""

    arm: np.ndarray
    grade: np.ndarray
    time: np.ndarray
    cause: np.ndarray
    response: np.ndarray

    def tables(self) -> np.ndarray:
        """Response of the two arms in each grade, [3, 2, 2]: [[yes, no], [yes, no]], arm 1 first."""
        cell = self.grade * 4 + (1 - self.arm) * 2 + (1 - self.response)
        return np.bincount(cell, minlength=12).reshape(3, 2, 2)


def draws(seed: int, replicate: int) -> np.random.Generator:
    """The random numbers of one replicate: keyed, so that no replicate depends on another."""
    return np.random.Generator(np.random.Philox(key=np.array([seed, replicate], np.uint64)))


def trial(random: np.random.Generator, ratio: float, odds: float) -> Trial:
    """Two arms of 99 with this ratio of cause-specific hazards and this odds ratio of response."""
    arm = random.permutation(np.repeat([0, 1], N // 2))
    grade = np.searchsorted(GRADES.cumsum()[:2], random.random(N), side="right")
    first = random.exponential(1, N) / (HAZARD[grade] * np.where(arm == 1, ratio, 1))
    second = random.exponential(1, N) / COMPETING
    end = random.uniform(6, 36, N) * MONTH
    time = np.minimum.reduce([first, second, end])
    cause = np.where(time == end, 0, np.where(time == first, 1, 2))
    chance = RESPONSE[grade] / (1 - RESPONSE[grade]) * np.where(arm == 1, odds, 1)
    response = (random.random(N) < chance / (1 + chance)).astype(int)
    return Trial(arm=arm, grade=grade, time=np.ceil(time), cause=cause, response=response)


def proportional_subdistribution(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Time, cause and covariate with subdistribution hazard ratio RATIO: 1 - F = (1 - SHARE (1 - exp(-t)))^ratio."""
    x = random.permutation(np.repeat([0, 1], N // 2))
    power = np.where(x == 1, RATIO, 1.0)
    ever = 1 - (1 - SHARE) ** power
    has = random.random(N) < ever
    level = random.random(N) * ever
    first = -np.log(1 - (1 - (1 - level) ** (1 / power)) / SHARE)
    time = np.where(has, first, random.exponential(1, N) / np.where(x == 1, 1.3, 1.0))
    end = random.uniform(0.5, 3, N)
    return np.minimum(time, end), np.where(end < time, 0, np.where(has, 1, 2)), x


def survival(time: float) -> float:
    """True event-free probability of the second arm."""
    return float(GRADES @ np.exp(-(HAZARD + COMPETING) * time))


def incidence(time: float) -> float:
    """True cumulative incidence of the cause of interest in the second arm."""
    total = HAZARD + COMPETING
    return float(GRADES @ (HAZARD / total * (1 - np.exp(-total * time))))


def restricted_mean(tau: float) -> float:
    """True mean of the whole days until the first event in the second arm, up to `tau`, as the time is rounded up."""
    return float(sum(survival(day) for day in range(int(tau))))


def under_the_null(seed: int, replicate: int) -> dict[str, bool]:
    """Which tests reject where the arms are alike."""
    each = trial(draws(seed, replicate), 1.0, 1.0)
    event, strata = each.cause == 1, each.grade
    cox = stats.cox(each.time, event, each.arm, strata=strata)
    tables = each.tables()
    table = tables.sum(axis=0)
    stratified = stats.mantel_haenszel(tables)
    p_values = {
        "log-rank": stats.log_rank(each.time, event, each.arm).p_value,
        "log-rank, stratified": stats.log_rank(each.time, event, each.arm, strata=strata).p_value,
        "Cox, Wald": cox.wald.p_value,
        "Cox, likelihood ratio": cox.likelihood_ratio.p_value,
        "Cox, score": cox.score.p_value,
        "Gray": stats.gray_test(each.time, each.cause, each.arm).p_value,
        "Gray, stratified": stats.gray_test(each.time, each.cause, each.arm, strata=strata).p_value,
        "Fine-Gray, Wald": stats.fine_gray(each.time, each.cause, each.arm).wald.p_value,
        "Pearson": stats.pearson_chi2(table).p_value,
        "Pearson, corrected": stats.pearson_chi2(table, correction=True).p_value,
        "Fisher": stats.fisher_exact(table).p_value,
        "Cochran-Mantel-Haenszel": stratified.test.p_value,
        "Mann-Whitney": stats.mann_whitney(each.time[each.arm == 1], each.time[each.arm == 0]).p_uncorrected,
    }
    return {name: bool(p <= ALPHA) for name, p in p_values.items()}


def under_an_effect(seed: int, replicate: int) -> dict[str, bool]:
    """Which intervals hold the truth where the arms differ."""
    random = draws(seed + 1, replicate)
    each = trial(random, RATIO, ODDS)
    second = each.arm == 0
    time, cause = each.time[second], each.cause[second]
    held: dict[str, bool] = {}
    for kind in ("log-log", "log", "plain", "logit", "arcsin"):
        curve = stats.kaplan_meier(time, cause > 0, conf_type=kind)
        at = curve.at(HORIZON)
        held[f"Kaplan-Meier at one year, {kind}"] = bool(at.lower[0] <= survival(HORIZON) <= at.upper[0])
    mean = curve.restricted_mean(TAU)
    held["restricted mean to 540 days"] = mean.lower <= restricted_mean(TAU) <= mean.upper
    for kind in ("log-log", "plain"):
        shown = stats.cumulative_incidence(time, cause, conf_type=kind).at(HORIZON, cause=1)
        held[f"cumulative incidence at one year, {kind}"] = bool(shown.lower[0] <= incidence(HORIZON) <= shown.upper[0])
    cox = stats.cox(each.time, each.cause == 1, each.arm, strata=each.grade)
    held["hazard ratio, Wald"] = bool(cox.lower[0] <= RATIO <= cox.upper[0])
    model = stats.fine_gray(*proportional_subdistribution(random))
    held["subdistribution hazard ratio, Wald"] = bool(model.lower[0] <= RATIO <= model.upper[0])
    return held | proportions(each)


def proportions(each: Trial) -> dict[str, bool]:
    """Which intervals of two proportions hold the truth."""
    tables = each.tables()
    table, alike = tables.sum(axis=0), GRADES @ RESPONSE
    better = GRADES @ (RESPONSE * ODDS / (1 - RESPONSE + RESPONSE * ODDS))
    odds, difference = better / (1 - better) / (alike / (1 - alike)), better - alike
    both, exact, stratified = stats.two_by_two(table), stats.fisher_exact(table), stats.mantel_haenszel(tables)
    wide = both.risk_difference
    return {
        "odds ratio, Woolf": both.odds_ratio.lower <= odds <= both.odds_ratio.upper,
        "odds ratio, exact": exact.lower <= odds <= exact.upper,
        "risk difference, Newcombe": wide.newcombe.lower <= difference <= wide.newcombe.upper,
        "risk difference, Miettinen-Nurminen": wide.miettinen_nurminen.lower
        <= difference
        <= wide.miettinen_nurminen.upper,
        "common odds ratio, Mantel-Haenszel": stratified.lower <= ODDS <= stratified.upper,
    }


def replicate(seed: int, number: int) -> dict[str, bool]:
    """Everything of one replicate."""
    return under_the_null(seed, number) | under_an_effect(seed, number)
