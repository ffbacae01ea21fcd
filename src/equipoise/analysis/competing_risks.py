"""Competing risks: Aalen-Johansen with log-log intervals, Gray's test, Fine-Gray model; by horizon and in all."""

from __future__ import annotations

import numpy as np

from equipoise.analysis.counting import NAN, estimated
from equipoise.analysis.data import Data, TimeToEvent
from equipoise.analysis.response import needed_endpoint
from equipoise.analysis.results import Row, comparison
from equipoise.analysis.sheet import Sheet
from equipoise.analysis.survival import censorings, cuts, is_main, numbers_at_risk, steps
from equipoise.days import month_day
from equipoise.protocol.endpoints import Analysis
from equipoise.stats import CumulativeIncidence, cumulative_incidence, fine_gray, gray_test

AALEN_JOHANSEN = "Aalen-Johansen, log-log interval"
FINE_GRAY, GRAY = "Fine-Gray model, Wald interval", "Gray's test"
STATISTIC = "cumulative_incidence"


def rows(data: Data, analysis: Analysis) -> list[Row]:
    """Estimates by arm, comparisons, and the curve of a main analysis."""
    endpoint = needed_endpoint(analysis)
    sheet = Sheet(analysis.id, endpoint, analysis.population)
    follow_up = data.time_to_event(endpoint, analysis.variant)
    members, arm = data.members(analysis.population), data.arm_of(analysis)
    for group in data.arms:
        here = follow_up.select(members & (arm == group))
        found = cumulative_incidence(here.time, here.cause) if here.time.size else None
        estimates(sheet, group, here, found, analysis.horizons_months)
        if is_main(analysis) and found is not None:
            draw(Sheet(f"{analysis.id}:curve", endpoint, analysis.population, sheet.rows), group, found, analysis)
    for pair in data.pairs:
        among = members & np.isin(arm, pair)
        compare(sheet, pair, follow_up.select(among), arm[among], analysis)
    return sheet.rows


def estimates(
    sheet: Sheet, group: str, here: TimeToEvent, found: CumulativeIncidence | None, horizons: tuple[float, ...]
) -> None:
    """n, events and cumulative incidence at the horizons, of one arm; before the first event it is 0 without limits."""
    sheet.put(group, "n", here.time.size)
    sheet.put(group, "events", int((here.cause == 1).sum()))
    for months in horizons:
        value = (NAN, NAN, NAN)
        if found is not None:
            at = found.at([month_day(months)], cause=1)
            value = (at.incidence[0], at.lower[0], at.upper[0])
        sheet.interval(group, STATISTIC, *value, at=months, method=AALEN_JOHANSEN)


def compare(sheet: Sheet, pair: tuple[str, str], follow_up: TimeToEvent, arm: np.ndarray, analysis: Analysis) -> None:
    """Subdistribution hazard ratio, Wald and Gray's P, over all follow-up and cut at each horizon."""
    group, treated = comparison(*pair), (arm == pair[0]).astype(np.float64)
    for months, day in cuts(analysis.horizons_months):
        part = follow_up.cut(day)
        model = estimated(lambda p=part: fine_gray(p.time, p.cause, treated))  # type: ignore[misc]
        ratio, p = (NAN, NAN, NAN), NAN
        if model is not None:
            ratio, p = (model.subdistribution_hazard_ratio[0], model.lower[0], model.upper[0]), model.p_value[0]
        test = estimated(lambda p=part: gray_test(p.time, p.cause, arm))  # type: ignore[misc]
        sheet.interval(group, "subdistribution_hazard_ratio", *ratio, at=months, method=FINE_GRAY)
        sheet.put(group, "p_wald", p, at=months, method=FINE_GRAY)
        sheet.put(group, "p_gray", NAN if test is None else test.p_value, at=months, method=GRAY)


def draw(sheet: Sheet, group: str, found: CumulativeIncidence, analysis: Analysis) -> None:
    """The curve of the event of interest, censorings, and numbers at risk."""
    curves = found.of()
    place = found.causes.index(1) if 1 in found.causes else None
    nothing = np.zeros(curves.time.size)
    columns = [nothing] * 4
    if place is not None:
        columns = [part[place] for part in (curves.events, curves.incidence, curves.lower, curves.upper)]
    at = found.at([0], cause=1)
    start = (at.incidence[0], at.lower[0], at.upper[0]) if at.incidence[0] > 0 else (0.0, 0.0, 0.0)
    steps(sheet, group, STATISTIC, start, AALEN_JOHANSEN, curves.time, *columns)
    censorings(sheet, group, curves.time, curves.censored)
    numbers_at_risk(sheet, group, analysis, lambda days: found.at(days).at_risk)
