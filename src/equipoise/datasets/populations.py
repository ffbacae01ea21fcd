"""Who counts in which analysis, and the treatment received."""

from __future__ import annotations

from typing import Any

import numpy as np

from equipoise.arrays import NEVER, UNKNOWN, Codes, Days, Flags
from equipoise.datasets.parameters import TREATED
from equipoise.datasets.source import Source
from equipoise.datasets.variables import Variable, flags, names_of
from equipoise.state.deviations import important_before
from equipoise.state.endpoints import analysed_arm, population

FLAG = {"ITT": "ITTFL", "MITT": "MITTFL", "AS_TREATED": "ASTRTFL", "PP": "PPROTFL", "SAFETY": "SAFFL"}
"""Population of the protocol to its flag."""
VARIABLES = tuple(
    Variable(flag, "text", f"{label}: Y, N")
    for flag, label in (
        ("ITTFL", "Intention to treat"),
        ("MITTFL", "Modified intention to treat"),
        ("ASTRTFL", "As treated"),
        ("PPROTFL", "Per protocol"),
        ("SAFFL", "Safety"),
    )
)


def columns(source: Source) -> dict[str, Any]:
    """The flags of each screened subject; N for a population that the protocol does not have."""
    known = source.protocol.populations
    nobody = np.zeros(source.n, np.bool_)
    return {flag: flags(members(source, name) if name in known else nobody) for name, flag in FLAG.items()}


def members(source: Source, name: str) -> Flags:
    """Whether each screened subject belongs to a population of the protocol, bool [n_subjects]."""
    important = important_before(source.deviations, source.tables, source.treatment, source.protocol)
    return population(source.milestones, name, source.protocol, important_deviation=important)


def arm_ids(source: Source) -> list[str]:
    """Ids of the arms in the order of the protocol."""
    return [arm.id for arm in source.protocol.arms]


def arm_received(source: Source) -> Codes:
    """The arm whose treatment each subject received by the cutoff, int8; -1 for those not randomized."""
    by_treatment = [name for name, one in source.protocol.populations.items() if one.as_ == TREATED]
    if not by_treatment:
        return source.treatment.arm
    return analysed_arm(source.milestones, source.treatment, source.protocol, by_treatment[0])


def arm_on(source: Source, day: Days, subject: np.ndarray) -> Codes:
    """The treatment on a day, for rows of subjects: that received, but the randomized one before a cross-over; int8.

    Args:
        day: int32 [n_rows]; a day that is not known is before a cross-over.
    """
    crossed = source.absolute(source.milestones.crossover)[subject]
    before = (crossed != NEVER) & ((day < crossed) | (day == UNKNOWN))
    return np.where(before, source.treatment.arm[subject], arm_received(source)[subject])


def arm_names(source: Source, arm: Codes) -> list[str]:
    """Ids of arms by their places; "" for -1."""
    return names_of(arm, arm_ids(source))
