"""CONSORT flow: from screening to the populations analysed. Every box adds up.

screened = excluded + randomized + still in screening; allocated = received + not received; allocated = analysed + not
analysed in each population; the reasons of a box sum to its number. Who left in several ways counts by the first.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from equipoise.analysis.data import Data
from equipoise.analysis.results import Row
from equipoise.analysis.sheet import Sheet
from equipoise.arrays import Flags
from equipoise.protocol.endpoints import Analysis
from equipoise.state.axes import arms_with_msc

ALL = "ALL"
REASONS = ("WITHDREW_CONSENT", "NOT_ELIGIBLE", "OTHER")
WAYS = {"WITHDRAW_DATA": "DATAENDT", "STOP_VISITS": "EOVDT", "STOP_TREATMENT": "EOTDT"}
"""Ways to leave and their dates; of two on one day the first here counts."""
POPULATIONS = ("ITT", "MITT")


def rows(data: Data, analysis: Analysis) -> list[Row]:
    """Counts of subjects at each step."""
    sheet = Sheet(analysis.id, population="")
    screening(sheet, data)
    for arm in data.arms:
        of_arm(sheet, data, arm)
    return sheet.rows


def screening(sheet: Sheet, data: Data) -> None:
    """Screened, excluded with reasons, randomized."""
    everyone = data.datasets.adsl
    excluded = everyone.filter(pl.col("TRT01P").is_null() & pl.col("SCRFRSN").is_not_null())
    sheet.put(ALL, "flow_screened", everyone.height)
    sheet.put(ALL, "flow_attempts", float(everyone["SCRNATT"].sum() or 0))
    sheet.put(ALL, "flow_excluded", excluded.height)
    for reason in REASONS:
        count = excluded.filter(pl.col("SCRFRSN") == reason).height
        sheet.put(ALL, "flow_excluded", count, subgroup=f"reason={reason}")
    sheet.put(ALL, "flow_in_screening", everyone.height - excluded.height - data.n)
    sheet.put(ALL, "flow_randomized", data.n)


def of_arm(sheet: Sheet, data: Data, arm: str) -> None:
    """Allocated, treated, left and analysed in one arm."""
    here = data.arm == arm
    received = here & got_what_was_allocated(data, arm)
    sheet.put(arm, "flow_allocated", int(here.sum()))
    sheet.put(arm, "flow_received", int(received.sum()))
    sheet.put(arm, "flow_not_received", int((here & ~received).sum()))
    sheet.put(arm, "flow_crossover", int((here & data.known("XOVDT")).sum()))
    sheet.put(arm, "flow_lost", int((here & data.known("LTFUDT")).sum()))
    first = first_way(data)
    sheet.put(arm, "flow_discontinued", int((here & (first != "")).sum()))
    for way in WAYS:
        sheet.put(arm, "flow_discontinued", int((here & (first == way)).sum()), subgroup=f"reason={way}")
    for name in POPULATIONS:
        if name in data.protocol.populations:
            counted = here & data.members(name)
            sheet.put(arm, "flow_analysed", int(counted.sum()), subgroup=f"population={name}")
            sheet.put(arm, "flow_not_analysed", int((here & ~counted).sum()), subgroup=f"population={name}")


def got_what_was_allocated(data: Data, arm: str) -> Flags:
    """At least one dose of MSC in an arm that gives them, of basiliximab in another."""
    gives = bool(arms_with_msc(np.array([data.arms.index(arm)], np.int8), data.protocol)[0])
    return data.number("MSCN" if gives else "BSXN") > 0


def first_way(data: Data) -> np.ndarray:
    """The first way in which each subject left, "" for those who did not."""
    first = np.full(data.n, "", dtype="<U20")
    day = np.full(data.n, np.inf)
    for way, variable in WAYS.items():
        left = data.number_of_day(variable)
        sooner = left < day
        first[sooner], day[sooner] = way, left[sooner]
    return first
