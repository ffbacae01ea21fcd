"""Endpoints and populations: elementwise on the milestones, of one trial or of many stacked behind each other.

An endpoint is declared in the protocol: its events, what competes, and where an option censors. Nothing here sorts,
joins or groups.

Of several things on one day the nonfatal one is taken first and death last; of nonfatal ones the event of interest
first, then the competing ones in the order of the protocol. Events come before censorings. Follow-up ends at the last
contact, the data cutoff, or the day from which the use of data was withdrawn, whichever is first; an event on that day
counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from equipoise.arrays import MISSING, NEVER, UNKNOWN, Causes, Codes, Days, Flags, Floats
from equipoise.days import month_day
from equipoise.errors import AnalysisDataError
from equipoise.state import response
from equipoise.state.derive import Treatment
from equipoise.state.milestones import Milestones
from equipoise.state.parameters import parameters

FATAL = frozenset({"death", "nonrelapse_death"})
CENSORED, EVENT = 0, 1


def nonrelapse_death(milestones: Milestones) -> Days:
    """Death without a relapse on or before that day; a relapse on an unknown day came before."""
    relapsed = milestones.relapse <= milestones.death
    return np.where(relapsed & (milestones.death != NEVER), NEVER, milestones.death)


EVENTS: dict[str, Callable[[Milestones], Days]] = {
    "death": lambda m: m.death,
    "relapse": lambda m: m.relapse,
    "nonrelapse_death": nonrelapse_death,
    "new_therapy": lambda m: m.new_therapy,
    "cgvhd": lambda m: m.cgvhd,
    "severe_cgvhd": lambda m: m.severe_cgvhd,
    "loss_of_response": lambda m: m.loss_of_response,
    "crossover": lambda m: m.crossover,
}
"""Day of each event that an endpoint may name, elapsed from randomization."""


class FollowUp(NamedTuple):
    """Time from randomization in days (float64) and what ended it (int8: 0 censored, 1 event, 2... competing)."""

    time: Floats
    cause: Causes


def follow_up(
    milestones: Milestones,
    endpoint: Any,
    cutoff_day: int | None = None,
    variant: str | None = None,
    horizon: float | None = None,
) -> FollowUp:
    """Follow-up of each subject for a time-to-event endpoint.

    Args:
        endpoint: declaration of the protocol (`events`, `competing`, `variants`).
        cutoff_day: last calendar day that counts, days since 1970-01-01; None for none.
        variant: name of another reading in `endpoint.variants`.
        horizon: months after which follow-up is cut; an event on the last day counts.

    Returns:
        One element a subject. Subjects who were not randomized have time NaN and cause 0.

    Raises:
        AnalysisDataError: an event of the endpoint happened on a day that is not known.
    """
    censor_at: tuple[str, ...] = ()
    competing = tuple(endpoint.competing)
    if variant is not None:
        reading = endpoint.variants[variant]
        censor_at, competing = tuple(reading.censor_at), competing + tuple(reading.competing)
    end = last_day_that_counts(milestones, cutoff_day)
    day, cause = first_cause(milestones, [tuple(endpoint.events), *((name,) for name in competing)], end)
    censored = np.minimum(milestones.last_alive, end)
    for name in censor_at:
        stop = event_days(milestones, name)
        day, cause = np.where(stop < day, NEVER, day), np.where(stop < day, CENSORED, cause)
        censored = np.minimum(censored, stop)
    if horizon is not None:
        last = np.int32(month_day(horizon))
        day, cause = np.where(day > last, NEVER, day), np.where(day > last, CENSORED, cause)
        censored = np.minimum(censored, last)
    time = np.where(cause == CENSORED, np.maximum(censored, 0), day).astype(np.float64)
    time[milestones.randomized == NEVER] = np.nan
    return FollowUp(time, cause.astype(np.int8))


def last_day_that_counts(milestones: Milestones, cutoff_day: int | None) -> Days:
    """Elapsed day of the cutoff or of the withdrawal of data; `NEVER` where neither ends the information."""
    if cutoff_day is None:
        return milestones.data_end
    cutoff = np.int64(cutoff_day) - np.where(milestones.randomized == NEVER, 0, milestones.randomized)
    return np.minimum(milestones.data_end, cutoff).astype(np.int32)


def event_days(milestones: Milestones, name: str) -> Days:
    """Days of an event, all known or `NEVER`.

    Raises:
        AnalysisDataError: some are not known.
    """
    day = EVENTS[name](milestones)
    unknown = int((day == UNKNOWN).sum())
    if unknown:
        raise AnalysisDataError(
            "the day of {name} is not known for {count} subjects",
            rule="EVENT-DAY",
            remedy="derive the milestones with partial dates imputed, or complete the dates",
            name=name,
            count=unknown,
        )
    return day


def first_cause(milestones: Milestones, causes: list[tuple[str, ...]], end: Days) -> tuple[Days, Causes]:
    """Day and cause (1, 2, ...) of what happened first by the end; cause k is any event of `causes[k - 1]`."""
    first = np.full(milestones.n, NEVER)
    cause = np.zeros(milestones.n, np.int8)
    ranked = [(name in FATAL, number, name) for number, names in enumerate(causes, 1) for name in names]
    for _, number, name in sorted(ranked, key=lambda entry: entry[:2]):
        day = event_days(milestones, name)
        sooner = (day < first) & (day <= end) & (day != NEVER)
        first, cause = np.where(sooner, day, first), np.where(sooner, np.int8(number), cause)
    return first, cause


def component(
    milestones: Milestones, endpoint: Any, cutoff_day: int | None = None, variant: str | None = None
) -> Causes:
    """Which declared event came first: place from 1 in `events`, then `competing` (of the variant too); 0 none."""
    names = [*endpoint.events, *endpoint.competing]
    if variant is not None:
        names += endpoint.variants[variant].competing
    end = last_day_that_counts(milestones, cutoff_day)
    return first_cause(milestones, [(name,) for name in names], end)[1]


BINARY = {
    ("day28", None): "response28",
    ("day28", "sl"): "response28_sl",
    ("day28", "cycle_day1"): "response28_cycle_day1",
    ("day28", "best_case"): "response28_best_case",
    ("day56", None): "response56",
    ("day56", "treated"): "response56_as_treated",
}
"""Column of the response in a window, in its main reading and the others."""


def binary(milestones: Milestones, endpoint: Any, variant: str | None = None) -> Flags:
    """Whether each subject has a binary endpoint; a missing response is none.

    Args:
        endpoint: declaration of kind `binary` (window and response codes) or `durable`.
        variant: another reading: `sl`, `cycle_day1`, `best_case` at day 28, `treated` at day 56.
    """
    if endpoint.kind == "durable":
        return milestones.durable56 == 1
    code = getattr(milestones, BINARY[endpoint.window, variant])
    return np.isin(code, [response.RESPONSES.index(name) for name in endpoint.event])


def population(milestones: Milestones, name: str, protocol: Any, *, important_deviation: Flags | None = None) -> Flags:
    """Whether each subject belongs to a population of the protocol, bool.

    Args:
        important_deviation: subjects with a critical or major deviation before day 28 (`deviations.important_before`);
            needed by populations that exclude them.
    """
    declared = protocol.populations[name]
    if declared.include in INCLUDED:
        members = INCLUDED[declared.include](milestones)
    else:
        members = population(milestones, declared.include, protocol, important_deviation=important_deviation)
    for reason in declared.exclude:
        members = members & ~_excluded(milestones, reason, important_deviation)
    return members


INCLUDED: dict[str, Callable[[Milestones], Flags]] = {
    "randomized": lambda m: m.randomized != NEVER,
    "treated": lambda m: (m.randomized != NEVER) & ((m.basiliximab_doses > 0) | (m.msc_doses > 0)),
}


def _excluded(milestones: Milestones, reason: str, important_deviation: Flags | None) -> Flags:
    if reason == "dli_for_relapse":
        return milestones.dli != NEVER
    if reason == "control_received_msc":
        return milestones.crossover != NEVER
    assert important_deviation is not None, f"the population needs {reason}"
    return important_deviation


def analysed_arm(milestones: Milestones, treatment: Treatment, protocol: Any, name: str) -> Codes:
    """The arm in which each subject of a population counts: as randomized, or by treatment received.

    By treatment received, whoever had MSC counts with the first arm that gives them, and whoever had none with the
    first that does not; -1 without an arm.
    """
    if protocol.populations[name].as_ == "randomized":
        return treatment.arm
    gives = parameters(protocol).gives_msc
    received = np.where(milestones.first_msc != NEVER, gives.argmax(), gives.argmin())
    return np.where(treatment.arm == MISSING, MISSING, received).astype(np.int8)
