"""Inverse-probability-of-censoring weights for switching, from a Cox model of the switch in each arm that has one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import ties
from equipoise.stats.hazards import CoxModel, cox
from equipoise.stats.switching_data import WHERE, SwitchingData


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightedRows:
    """Follow-up in pieces between switches, in which a weight stays the same; arrays [n_rows]."""

    subject: NDArray[np.int64]
    """Row of the subject in the data."""
    entry: Floats
    time: Floats
    event: NDArray[np.int8]
    outcome_weight: Floats
    """For the outcome model: stabilized given what it adjusts for."""
    curve_weight: Floats
    """For the survival curve of the arm: stabilized by time alone."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArmSwitches:
    """The switches of one arm."""

    times: Floats
    """Distinct times of switches, ascending, float64 [k]."""
    n_switches: NDArray[np.int64]
    """Switches at each, int64 [k]."""
    at_risk: NDArray[np.bool_]
    """Whether a subject of the arm could switch at each time, bool [n_arm, k]."""
    followed: NDArray[np.bool_]
    """Whether it was still followed just before it, able to switch or not, bool [n_arm, k]."""


def weighted_rows(
    data: SwitchingData, stabilized: bool, truncate: float | None
) -> tuple[WeightedRows, tuple[CoxModel | None, CoxModel | None]]:
    """Rows of all subjects with their weights, and the model of switching of each arm (None where there is none)."""
    parts, models = [], []
    for arm in (0, 1):
        members = np.flatnonzero(data.arm == arm)
        part, model = arm_rows(data, members, stabilized)
        parts.append(part)
        models.append(model)
    joined = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
    subject, entry, time, event, outcome_weight, curve_weight = joined
    if truncate is not None:
        outcome_weight = np.minimum(outcome_weight, np.quantile(outcome_weight, truncate))
        curve_weight = np.minimum(curve_weight, np.quantile(curve_weight, truncate))
    rows = WeightedRows(
        subject=subject,
        entry=entry,
        time=time,
        event=event,
        outcome_weight=outcome_weight,
        curve_weight=curve_weight,
    )
    return rows, (models[0], models[1])


def arm_rows(
    data: SwitchingData, members: NDArray[np.int64], stabilized: bool
) -> tuple[tuple[np.ndarray, ...], CoxModel | None]:
    """Columns of the rows of one arm: subject, entry, time, event and the two weights; and its model of switching."""
    (end,) = ties.tie(data.end[members])
    switched = data.switched[members]
    times, n_switches = np.unique(end[switched], return_counts=True)
    followed = end[:, np.newaxis] >= times
    switches = ArmSwitches(
        times=times,
        n_switches=n_switches,
        at_risk=followed & (data.start[members][:, np.newaxis] < times),
        followed=followed,
    )
    hazard, model = hazards(data, members, switches)
    alone = cumulative(np.where(followed, n_switches / np.maximum(followed.sum(axis=0), 1), 0.0))
    given = cumulative(numerator(data, members, switches)) if data.adjust_for.shape[1] else alone
    total = cumulative(hazard)
    # a piece of follow-up begins before time 0 and at each switch in the arm; it has the weight of the switches so far
    begin = np.concatenate(([-1.0], times))
    stop = np.minimum(np.append(times, np.inf), end[:, np.newaxis])
    here = begin < stop
    last = here & (stop == end[:, np.newaxis])
    who = np.broadcast_to(members[:, np.newaxis], here.shape)[here]
    event = np.where(last[here], data.event[who], 0).astype(np.int8)
    outcome, curve = (np.exp(total - (less if stabilized else 0.0))[here] for less in (given, alone))
    entry = np.broadcast_to(begin, here.shape)[here]
    return (who, entry, stop[here], event, outcome, curve), model


def cumulative(increments: Floats) -> Floats:
    """Sums of increments [n, k] so far, beginning with 0, float64 [n, k + 1]."""
    return np.hstack((np.zeros((increments.shape[0], 1)), increments.cumsum(axis=1)))


def hazards(data: SwitchingData, members: NDArray[np.int64], switches: ArmSwitches) -> tuple[Floats, CoxModel | None]:
    """Hazard of switching of each subject of an arm at each time of a switch, float64 [n_arm, k], and its model."""
    x = covariates_at(data, members, switches)
    return fitted_hazards(x, switches.at_risk, data, members, switches)


def numerator(data: SwitchingData, members: NDArray[np.int64], switches: ArmSwitches) -> Floats:
    """Hazard of switching given only what the outcome model adjusts for, float64 [n_arm, k]."""
    own = data.adjust_for[members]
    x = np.broadcast_to(own[:, np.newaxis], (members.size, switches.times.size, own.shape[1]))
    return fitted_hazards(x, switches.followed, data, members, switches)[0]


def fitted_hazards(
    x: Floats, at_risk: NDArray[np.bool_], data: SwitchingData, members: NDArray[np.int64], switches: ArmSwitches
) -> tuple[Floats, CoxModel | None]:
    """Breslow's hazard at each switch times the risk of a Cox model (Efron); without covariates Nelson and Aalen's."""
    risk, model = np.ones(at_risk.shape), None
    if x.shape[2] and switches.times.size:
        row, place = np.nonzero(at_risk)
        switched = data.switched[members][row] & (switches.times[place] == ties.tie(data.end[members])[0][row])
        model = cox(place + 1.0, switched, x[row, place], entry=place.astype(np.float64))
        if model.monotone.any():
            raise AnalysisDataError(
                "a covariate separates those who switch from those who do not, so that no weights exist",
                where=f"{WHERE}, covariates",
                rule="STATS-POSITIVITY",
                remedy="leave that covariate out, or let eligible_from say who could not switch",
            )
        linear = np.where(at_risk, x @ np.nan_to_num(model.coef), -np.inf)
        risk = np.exp(linear - linear.max(axis=0))  # its scale cancels at each time
    risk = np.where(at_risk, risk, 0.0)
    return risk * switches.n_switches / np.where(risk.sum(axis=0) > 0, risk.sum(axis=0), 1.0), model


def covariates_at(data: SwitchingData, members: NDArray[np.int64], switches: ArmSwitches) -> Floats:
    """Covariates of each subject of an arm just before each switch, float64 [n_arm, k, p + q]."""
    k = switches.times.size
    base = np.broadcast_to(data.baseline[members][:, np.newaxis], (members.size, k, data.baseline.shape[1]))
    if not data.visits:
        return base
    width = max((values.shape[1] for _, values in data.visits), default=0)
    measured = np.zeros((members.size, k, width))
    for i, subject in enumerate(members):
        when, values = data.visits[subject]
        seen = ties.before(when, switches.times) if when.size else np.zeros(k, np.int64)
        unknown = switches.at_risk[i] & (seen == 0)
        if unknown.any():
            raise AnalysisDataError(
                f"the subject of row {subject} has no visit before {switches.times[unknown][0]:g}, "
                "when it could have switched",
                where=f"{WHERE}, visits",
                rule="STATS-MISSING",
                remedy="give each subject that can switch a visit before it can (a time below 0 is allowed)",
            )
        if when.size:
            measured[i] = values[np.maximum(seen - 1, 0)]
    return np.concatenate((base, measured), axis=2)
