"""Exposure and length of follow-up, by arm."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from equipoise.analysis.counting import NAN, estimated, spread
from equipoise.analysis.data import Data
from equipoise.analysis.results import Row
from equipoise.analysis.sheet import NOT_REACHED, Sheet
from equipoise.days import MONTH_DAYS
from equipoise.errors import ProtocolError
from equipoise.protocol.endpoints import Analysis
from equipoise.stats import reverse_kaplan_meier

DOSES: Mapping[str, str] = {"msc_doses": "MSCN", "msc_doses_first_cycle": "MSC1CN", "basiliximab_doses": "BSXN"}
ONSET_TO_MSC = ("onset_to_msc_days", "ONSMSCDY")
REVERSE_KM = "reverse Kaplan-Meier; minimum and maximum of observed time"


def exposure(data: Data, analysis: Analysis) -> list[Row]:
    """Numbers of doses of those who had at least one, and days from onset of acute GVHD to the first MSC dose."""
    sheet = Sheet(analysis.id, population=analysis.population)
    members, arm = data.members(analysis.population), data.arm_of(analysis)
    for group in data.arms:
        here = members & (arm == group)
        for name, variable in DOSES.items():
            number = data.number(variable)
            spread(sheet.of(name), group, number[here & (number > 0)], unit="doses")
        name, variable = ONSET_TO_MSC
        days = data.number(variable)
        spread(sheet.of(name), group, days[here & ~np.isnan(days)], unit="days")
    return sheet.rows


def overall_survival(data: Data, analysis: Analysis) -> str:
    """The endpoint whose follow-up is that of survival.

    Raises:
        ProtocolError: the protocol has none.
    """
    for id, endpoint in data.protocol.endpoints.items():
        if endpoint.kind == "survival" and endpoint.events == ("death",):
            return id
    raise ProtocolError(
        "no endpoint is the time to death of any cause",
        where=f"analyses, {analysis.id}",
        rule="ANALYSIS-ENDPOINT",
        remedy="declare a survival endpoint with the one event death, or leave the analysis out",
    )


def follow_up(data: Data, analysis: Analysis) -> list[Row]:
    """Length of follow-up in months: plain median of observed time, as published, and reverse Kaplan-Meier."""
    sheet = Sheet(analysis.id, population=analysis.population)
    observed = data.time_to_event(overall_survival(data, analysis))
    members, arm = data.members(analysis.population), data.arm_of(analysis)
    for group in data.arms:
        here = observed.select(members & (arm == group))
        months = here.time / MONTH_DAYS
        spread(sheet.of("observed"), group, months, unit="months")
        spread_reverse(sheet.of("reverse_km"), group, months, here.cause == 1)
    return sheet.rows


def spread_reverse(sheet: Sheet, group: str, months: np.ndarray, died: np.ndarray) -> None:
    """Median potential follow-up."""
    curve = estimated(lambda: reverse_kaplan_meier(months, died)) if months.size else None
    median = NAN if curve is None else curve.median.time
    sheet.put(group, "n", months.size)
    sheet.put(group, "median", median, unit="months", method=REVERSE_KM, absent=NOT_REACHED)
    sheet.put(group, "minimum", float(months.min()) if months.size else NAN, unit="months", method=REVERSE_KM)
    sheet.put(group, "maximum", float(months.max()) if months.size else NAN, unit="months", method=REVERSE_KM)
