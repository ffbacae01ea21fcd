"""Time to event: Kaplan-Meier with log-log intervals, log-rank test, Cox model, at horizons and over all follow-up.

Hazard ratios at a horizon are of the model fitted again with follow-up cut there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from equipoise.analysis.counting import NAN, estimated
from equipoise.analysis.data import Data, TimeToEvent
from equipoise.analysis.factors import factor_of
from equipoise.analysis.response import needed_endpoint
from equipoise.analysis.results import Row, comparison
from equipoise.analysis.sheet import NOT_ESTIMABLE, NOT_REACHED, Sheet
from equipoise.days import MONTH_DAYS, month_day
from equipoise.protocol.endpoints import Analysis
from equipoise.stats import KaplanMeier, cox, kaplan_meier, log_rank

KAPLAN_MEIER = "Kaplan-Meier, log-log interval"
COX, LOG_RANK = "Cox model, Efron's method for ties, Wald interval", "log-rank test"
AT_RISK_EVERY = 6
"""Months between the numbers at risk below a curve."""
Strata = np.ndarray | None


def rows(data: Data, analysis: Analysis) -> list[Row]:
    """Estimates by arm, comparisons for each way to stratify, and the curve of a main analysis."""
    endpoint = needed_endpoint(analysis)
    sheet = Sheet(analysis.id, endpoint, analysis.population)
    follow_up = data.time_to_event(endpoint, analysis.variant)
    members, arm = data.members(analysis.population), data.arm_of(analysis)
    for group in data.arms:
        here = follow_up.select(members & (arm == group))
        curve = kaplan_meier(here.time, here.cause == 1) if here.time.size else None
        estimates(sheet, group, here, curve, analysis.horizons_months)
        if is_main(analysis):
            draw(Sheet(f"{analysis.id}:curve", endpoint, analysis.population, sheet.rows), group, curve, analysis)
    for names in analysis.strata_options or ((),):
        compared = Sheet(stratified_id(analysis.id, names), endpoint, analysis.population, sheet.rows)
        for pair in data.pairs:
            among = members & np.isin(arm, pair)
            strata = strata_of(data, analysis, names)
            compare(compared, pair, follow_up.select(among), arm[among], among_of(strata, among), analysis)
    return sheet.rows


def is_main(analysis: Analysis) -> bool:
    """Whether an analysis is the main one of its endpoint: it bears its name."""
    return analysis.id == analysis.endpoint


def stratified_id(analysis: str, names: tuple[str, ...]) -> str:
    """Id under which a stratified comparison is reported: OS_STRATIFIED_GRADE."""
    return analysis if not names else "_".join((analysis, "STRATIFIED", *(name.upper() for name in names)))


def strata_of(data: Data, analysis: Analysis, names: tuple[str, ...]) -> Strata:
    """The stratum of each subject, its levels joined; a level that is missing is a level of its own."""
    if not names:
        return None
    columns = [data.text(factor_of(name, analysis.id).variable).tolist() for name in names]
    return np.array(["/".join(levels) for levels in zip(*columns)], dtype=np.str_)


def among_of(strata: Strata, rows: np.ndarray) -> Strata:
    """The strata of some subjects."""
    return None if strata is None else strata[rows]


def estimates(
    sheet: Sheet, group: str, here: TimeToEvent, curve: KaplanMeier | None, horizons: tuple[float, ...]
) -> None:
    """n, events, median and survival at the horizons, of one arm."""
    sheet.put(group, "n", here.time.size)
    sheet.put(group, "events", int((here.cause == 1).sum()))
    median = (NAN, NAN, NAN)
    if curve is not None:
        found = curve.median
        median = (found.time / MONTH_DAYS, found.lower / MONTH_DAYS, found.upper / MONTH_DAYS)
    why = NOT_ESTIMABLE if curve is None else NOT_REACHED
    sheet.interval(group, "median", *median, unit="months", method=KAPLAN_MEIER, absent=why)
    for months in horizons:
        value = (NAN, NAN, NAN)
        if curve is not None:
            at = curve.at([month_day(months)])
            value = (at.survival[0], at.lower[0], at.upper[0])
        sheet.interval(group, "survival", *value, at=months, method=KAPLAN_MEIER)


def cuts(horizons: tuple[float, ...]) -> Iterator[tuple[float | None, int | None]]:
    """All of follow-up, then each horizon: in months, and the day at which follow-up is cut."""
    yield None, None
    for months in horizons:
        yield months, month_day(months)


def compare(
    sheet: Sheet, pair: tuple[str, str], follow_up: TimeToEvent, arm: np.ndarray, strata: Strata, analysis: Analysis
) -> None:
    """Hazard ratio, Wald and log-rank P, over all follow-up and cut at each horizon."""
    group, treated = comparison(*pair), (arm == pair[0]).astype(np.float64)
    suffix = "" if strata is None else ", stratified"
    for months, day in cuts(analysis.horizons_months):
        part = follow_up.cut(day)
        event = part.cause == 1
        model = estimated(lambda p=part, e=event: cox(p.time, e, treated, strata=strata))  # type: ignore[misc]
        ratio, p = (NAN, NAN, NAN), NAN
        if model is not None:
            ratio, p = (model.hazard_ratio[0], model.lower[0], model.upper[0]), model.p_value[0]
        test = estimated(lambda p=part, e=event: log_rank(p.time, e, arm, strata=strata))  # type: ignore[misc]
        sheet.interval(group, "hazard_ratio", *ratio, at=months, method=COX + suffix)
        sheet.put(group, "p_wald", p, at=months, method=COX + suffix)
        sheet.put(group, "p_log_rank", NAN if test is None else test.p_value, at=months, method=LOG_RANK + suffix)


def draw(sheet: Sheet, group: str, curve: KaplanMeier | None, analysis: Analysis) -> None:
    """The curve: its value from time 0 and from each event time on, censorings, and numbers at risk."""
    if curve is None:
        return
    at, points = curve.at([0]), (curve.survival, curve.lower, curve.upper)
    start = (at.survival[0], at.lower[0], at.upper[0])
    steps(sheet, group, "survival", start, KAPLAN_MEIER, curve.time, curve.events, *points)
    censorings(sheet, group, curve.time, curve.censored)
    numbers_at_risk(sheet, group, analysis, lambda days: curve.at(days).at_risk)


def steps(
    sheet: Sheet,
    group: str,
    statistic: str,
    start: tuple[float, float, float],
    method: str,
    time: np.ndarray,
    events: np.ndarray,
    *curve: np.ndarray,
) -> None:
    """The points of a curve: at time 0, and wherever events happened."""
    sheet.interval(group, statistic, *start, at=0.0, method=method)
    for i in np.flatnonzero((events > 0) & (time > 0)).tolist():
        value, lower, upper = (float(column[i]) for column in curve)
        sheet.interval(group, statistic, value, lower, upper, at=time[i] / MONTH_DAYS, method=method)


def censorings(sheet: Sheet, group: str, time: np.ndarray, censored: np.ndarray) -> None:
    """How many were censored at each time."""
    for i in np.flatnonzero(censored > 0).tolist():
        sheet.put(group, "censored", float(censored[i]), at=time[i] / MONTH_DAYS)


def numbers_at_risk(sheet: Sheet, group: str, analysis: Analysis, at_risk: Callable[[list[int]], np.ndarray]) -> None:
    """Numbers at risk at 0, 6, 12 ... months up to the last horizon."""
    months = list(range(0, int(max(analysis.horizons_months, default=0)) + 1, AT_RISK_EVERY))
    for month, number in zip(months, at_risk([month_day(month) for month in months]).tolist()):
        sheet.put(group, "at_risk", number, at=float(month))
