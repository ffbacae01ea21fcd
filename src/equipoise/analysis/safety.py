"""Safety: subjects with adverse events of grade 3 or 4, serious events, infusion-related events, and deaths by cause.

A subject counts once in a class. Blood counts of grade 3 or 4 that are worse than at baseline are haematological
events, whether or not a form says so, and count under ANY too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

import numpy as np
import polars as pl

from equipoise.analysis.counting import NAN, shares
from equipoise.analysis.data import Data
from equipoise.analysis.results import Row
from equipoise.analysis.sheet import Sheet
from equipoise.arrays import Flags
from equipoise.datasets.adae import EVENT, REPORT
from equipoise.datasets.adlb import HEMTOX
from equipoise.protocol.endpoints import Analysis
from equipoise.state.safety import SEVERE_FROM, SEVERE_TO

ANY, INFECTION, HEMATOLOGIC = "ANY", "INFECTION", "HEMATOLOGIC"
AMONG_INFECTED = "among=INFECTION"
ORGANISMS = ("VIRAL", "BACTERIAL", "FUNGAL")
PLATELETS, BOTH = "PLATELETS", "PLATELETS_AND_NEUTROPHILS"


def classes(data: Data) -> list[str]:
    """Codes of the classes of adverse events, in the order of the code list."""
    return list(data.protocol.codelists["AE_CLASS"].codes)


def counted(data: Data, category: str) -> pl.DataFrame:
    """Rows of ADAE of a category in the window in which they count."""
    return data.datasets.adae.filter((pl.col("AECAT") == category) & (pl.col("TRTEMFL") == "Y"))


def severe_events(data: Data) -> Iterator[tuple[str, Flags]]:
    """Endpoint by endpoint, which subjects had an event of grade 3 or 4."""
    severe = counted(data, EVENT).filter(pl.col("AETOXGR").is_between(SEVERE_FROM, SEVERE_TO))
    by_class = {name: data.subjects_with(severe.filter(pl.col("AECLASS") == name)) for name in classes(data)}
    if HEMATOLOGIC in by_class:
        by_class[HEMATOLOGIC] = by_class[HEMATOLOGIC] | severe_counts(data)
    yield ANY, reduce(np.logical_or, by_class.values(), data.subjects_with(severe))
    yield from by_class.items()
    infection = severe.filter(pl.col("AECLASS") == INFECTION)
    for organism in ORGANISMS:
        yield f"{INFECTION}_{organism}", data.subjects_with(infection.filter(pl.col("AEORG") == organism))


def severe_counts(data: Data) -> Flags:
    """Subjects with a blood count of grade 3 or 4 by the protocol's scheme that is worse than at baseline."""
    counts = data.datasets.adlb.filter((pl.col("PARAMCD") == HEMTOX) & (pl.col("TRTEMFL") == "Y"))
    return data.subjects_with(counts.filter(pl.col("AVAL") >= SEVERE_FROM))


def adverse_events(data: Data, analysis: Analysis) -> list[Row]:
    """Subjects with an adverse event of grade 3 or 4, by class; organisms also among subjects with an infection."""
    sheet = Sheet(analysis.id, population=analysis.population)
    members, arm = data.members(analysis.population), data.arm_of(analysis)
    had = dict(severe_events(data))
    for name, having in had.items():
        shares(sheet.of(name), data, arm, members, having)
        if name.startswith(f"{INFECTION}_"):
            for group in data.arms:
                infected = int((members & (arm == group) & had[INFECTION]).sum())
                share = int((members & (arm == group) & having).sum()) / infected if infected else NAN
                sheet.of(name).put(group, "proportion", share, subgroup=AMONG_INFECTED)
    return sheet.rows


def serious_adverse_events(data: Data, analysis: Analysis) -> list[Row]:
    """Subjects with a report of a serious adverse event, by class, and cytopenias by cell."""
    sheet = Sheet(analysis.id, population=analysis.population)
    members, arm = data.members(analysis.population), data.arm_of(analysis)
    reports = counted(data, REPORT)
    blood = reports.filter(pl.col("AECLASS") == HEMATOLOGIC)
    platelets = data.subjects_with(blood.filter(pl.col("AEBLOOD").is_in([PLATELETS, BOTH])))
    neutrophils = data.subjects_with(blood.filter(pl.col("AEBLOOD").is_in(["NEUTROPHILS", BOTH])))
    shares(sheet.of(ANY), data, arm, members, data.subjects_with(reports))
    for name in classes(data):
        shares(sheet.of(name), data, arm, members, data.subjects_with(reports.filter(pl.col("AECLASS") == name)))
    shares(sheet.of(PLATELETS), data, arm, members, platelets & ~neutrophils)
    shares(sheet.of(BOTH), data, arm, members, platelets & neutrophils)
    return sheet.rows


def infusion(data: Data, analysis: Analysis) -> list[Row]:
    """Subjects with an infusion-related event among those who had MSC."""
    sheet = Sheet(analysis.id, "reaction", analysis.population)
    members, arm = data.members(analysis.population), data.arm_of(analysis)
    doses = data.datasets.adex.filter((pl.col("EXCAT") == "MSC") & (pl.col("POSTFL") == "Y"))
    infused = members & data.subjects_with(doses)
    reaction = data.subjects_with(doses.filter(pl.col("REACTFL") == "Y"))
    shares(sheet, data, arm, infused, reaction, tests=False)
    return sheet.rows


def deaths(data: Data, analysis: Analysis) -> list[Row]:
    """Deaths in all and by cause, over all follow-up."""
    sheet = Sheet(analysis.id, population=analysis.population)
    members, arm = data.members(analysis.population), data.arm_of(analysis)
    died, cause = data.known("DTHDT"), data.text("DTHCAUS")
    shares(sheet.of(ANY), data, arm, members, died, tests=False)
    for code in data.protocol.codelists["DEATH_CAUSE"].codes:
        shares(sheet.of(code), data, arm, members, died & (cause == code), tests=False)
    return sheet.rows
