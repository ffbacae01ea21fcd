"""Comparison of arms had nobody switched, by inverse-probability-of-censoring weights."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import contrasts, inputs
from equipoise.stats.contrasts import DifferenceEstimate, RatioEstimate
from equipoise.stats.draws import Seed, uniforms
from equipoise.stats.hazards import CoxModel, cox
from equipoise.stats.switching_data import WHERE, SwitchingData, Visits, checked
from equipoise.stats.switching_weights import WeightedRows, weighted_rows
from equipoise.stats.weighted_curve import WeightedCurve, weighted_curve


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightSummary:
    """Weights of one arm in the outcome model, over the pieces of follow-up; their mean should be near 1."""

    arm: Any
    """Label of the arm."""
    n: int
    n_switched: int
    """Subjects whose follow-up is cut at a switch."""
    mean: float
    """Mean over follow-up time."""
    smallest: float
    """Smallest weight of a piece of follow-up."""
    largest: float
    """Largest weight of a piece of follow-up."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bootstrap:
    """Estimates of the log hazard ratio in resampled data sets, weights and all."""

    log_std_error: float
    """Standard deviation of the log hazard ratios."""
    lower: float
    """Percentile limit of the hazard ratio."""
    upper: float
    estimates: Floats
    """Log hazard ratio of each resampled data set in which it could be estimated, float64 [n_done]."""
    n_failed: int
    """Resampled data sets in which it could not."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightedForSwitching:
    """Arms compared had nobody switched."""

    arm: Any
    """Label of the experimental arm."""
    reference: Any
    hazard_ratio: RatioEstimate
    """Of the experimental arm against the reference; robust standard error, the weights taken as known."""
    bootstrap: Bootstrap | None
    """With the uncertainty of the weights; None if not asked for."""
    curves: tuple[WeightedCurve, WeightedCurve]
    """Survival had nobody switched, of the reference arm and of the experimental arm."""
    weights: tuple[WeightSummary, WeightSummary]
    """Weights of the reference arm and of the experimental arm."""
    switch_models: tuple[CoxModel | None, CoxModel | None]
    """Cox model of switching in each arm, on ranks of the times of switches; None without switches or covariates."""
    outcome_model: CoxModel
    """Weighted Cox model; the arm is its first covariate."""
    conf_level: float
    rows: WeightedRows = field(repr=False)
    """Follow-up in pieces with their weights, for an analysis of your own."""

    def survival_difference(self, at: float) -> DifferenceEstimate:
        """Survival in the experimental arm less that in the reference arm at one time within follow-up."""
        when = contrasts.horizon(at, where=f"{WHERE}, survival")
        values = []
        for curve in self.curves:
            end, left = np.append(curve.time, curve.last_time), np.append(1.0, curve.survival)
            contrasts.refuse_beyond_follow_up(end, left, when, where=f"{WHERE}, survival")
            values.append([float(value[0]) for value in curve.at(when)])
        (s0, se0), (s1, se1) = values
        return contrasts.difference_of(s1, se1, s0, se0, self.conf_level)


def ipcw(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    switch_time: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    visits: Visits | None = None,
    eligible_from: ArrayLike | None = None,
    adjust_for: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    stabilized: bool = True,
    truncate: float | None = None,
    reference: Any = None,
    n_bootstrap: int = 0,
    seed: Seed | None = None,
    conf_level: float = 0.95,
) -> WeightedForSwitching:
    """Effect of a treatment had nobody switched, by inverse-probability-of-censoring weights.

    For control subjects who crossed over to the experimental treatment (or any switch, in either arm). Follow-up is cut
    at the switch; those who go on get more weight, by the inverse of the probability of not having switched that a Cox
    model of the switch gives them. It assumes that the covariates hold everything that both leads to a switch and
    foretells the event (no unmeasured confounder; no data can show that), that whoever could switch had some chance not
    to, and that the model of the switch is right. With few subjects, or where most of the ill switch, weights are
    large and the estimate is uncertain: look at `weights`.

    Args:
        time: follow-up time to the event or the end of observation, switched or not, in any unit, float64 [n], not
            negative.
        event: 1 event, 0 censored [n].
        arm: label of the arm as randomized, two of them [n].
        switch_time: time of the switch, float64 [n]; NaN, None or infinite for those who never switched. A switch at
            the end of follow-up or later counts as none, so that an event at the time of the switch is an event.
        covariates: known at the start, for the model of the switch, float64 [n, p].
        visits: covariates of the model of the switch that change with time (`Visits`).
        eligible_from: time from which a subject could switch, float64 [n]; NaN if never (control subjects who
            responded); None: all, from the start. Who cannot switch has no part in the model of the switch.
        adjust_for: baseline covariates of the outcome model, float64 [n, q]; put them into `covariates` too.
        strata: label of the stratum [n], or a list of such columns, of the outcome model.
        stabilized: divide by the probability of not having switched given the time in the arm (and `adjust_for`)
            alone, which keeps weights near 1. False: plain inverse probabilities.
        truncate: quantile, above 0.5, to which larger weights are lowered; trades bias for variance. None: none are.
        reference: label of the control arm; None for the first label.
        n_bootstrap: resampled data sets (within arms) in which all is done anew; 0 for none.
        seed: a whole number or a numpy generator; needed for the bootstrap.
        conf_level: two-sided confidence level of every interval.

    Returns:
        `WeightedForSwitching`. Without switches it is the Cox model with robust standard error, and Kaplan-Meier.

    Raises:
        AnalysisDataError: as `cox`; not two arms; a switch before it could be; a subject that could switch without a
            visit before; a covariate that separates those who switch; a bootstrap without seed.

    Ties: `equipoise.stats.ties`. Switches at one time: Efron's coefficients, Breslow's hazard. The probability of not
        having switched by t is exp(-cumulative hazard before t).
    Differs from R: no package of R's recommended set has it (`ipw` is not used here); the pieces agree with `coxph` and
        `survfit` of `survival`.
    Source: Robins & Finkelstein 2000, Biometrics 56:779-788; Latimer et al. 2014, Med Decis Making 34:387-402.
    Checked: against R coxph and survfit on rows written out, by special cases (no switch; covariates without effect)
        and by simulation with a known truth (tests/spec/stats/test_ipcw.py).

    Example:
        >>> from equipoise import stats
        >>> cut = stats.ipcw([2, 4, 6, 1, 3, 5], [1, 1, 1, 1, 1, 0], list("eeeccc"), [None] * 4 + [2, None])
        >>> cut.curves[0].survival.round(3).tolist()  # control: 1 of 3 dies, then one switches and one stays
        [0.667]
    """
    data, labels = checked(
        time,
        event,
        arm,
        switch_time,
        covariates=covariates,
        visits=visits,
        eligible_from=eligible_from,
        adjust_for=adjust_for,
        strata=strata,
        reference=reference,
    )
    level = inputs.level(conf_level, where=f"{WHERE}, conf_level")
    n_bootstrap = inputs.whole_number(n_bootstrap, where=f"{WHERE}, n_bootstrap")
    check_options(truncate, n_bootstrap, seed)
    rows, models = weighted_rows(data, stabilized, truncate)
    model = outcome(data, rows, level)
    coef, std_error = float(model.coef[0]), float(model.std_error[0])
    again = None
    if seed is not None and n_bootstrap:
        again = bootstrapped(data, stabilized, truncate, n_bootstrap, seed, level)
    return WeightedForSwitching(
        arm=labels[1],
        reference=labels[0],
        hazard_ratio=contrasts.ratio_estimate(math.exp(coef), std_error, level),
        bootstrap=again,
        curves=(curve(labels[0], data, rows, 0, level), curve(labels[1], data, rows, 1, level)),
        weights=(summary(labels[0], data, rows, 0), summary(labels[1], data, rows, 1)),
        switch_models=models,
        outcome_model=model,
        conf_level=level,
        rows=rows,
    )


def check_options(truncate: float | None, n_bootstrap: int, seed: Seed | None) -> None:
    """Refuse a truncation that cuts the smaller half, and a bootstrap without a seed."""
    if truncate is not None and not 0.5 < inputs.number(truncate, where=f"{WHERE}, truncate") <= 1:
        raise AnalysisDataError(
            f"the quantile {truncate} is not above 0.5 and at most 1",
            where=f"{WHERE}, truncate",
            rule="STATS-LEVEL",
            remedy="give 0.99 to lower the largest hundredth of the weights",
        )
    if n_bootstrap < 0 or n_bootstrap == 1 or (n_bootstrap and seed is None):
        raise AnalysisDataError(
            f"a bootstrap of {n_bootstrap} resampled data sets with seed {seed} cannot be made",
            where=f"{WHERE}, n_bootstrap",
            rule="STATS-SEED",
            remedy="give 0 for none, or at least 2 (1,000 for limits) and a seed",
        )


def outcome(data: SwitchingData, rows: WeightedRows, conf_level: float) -> CoxModel:
    """Weighted Cox model of the arms on the rows, robust over subjects."""
    x = np.column_stack((data.arm[rows.subject], data.adjust_for[rows.subject]))
    try:
        return cox(
            rows.time,
            rows.event,
            x,
            entry=rows.entry,
            weights=rows.outcome_weight,
            cluster=rows.subject,
            strata=data.strata[rows.subject],
            conf_level=conf_level,
        )
    except AnalysisDataError as refusal:
        raise AnalysisDataError(
            f"the arms cannot be compared in what switches leave of follow-up: {refusal.fault}",
            where=WHERE,
            rule=refusal.rule,
            remedy="report that no hazard ratio can be given",
        ) from refusal


def curve(label: Any, data: SwitchingData, rows: WeightedRows, arm: int, conf_level: float) -> WeightedCurve:
    """Weighted survival of one arm."""
    mine = data.arm[rows.subject] == arm
    return weighted_curve(
        label,
        rows.subject[mine],
        rows.entry[mine],
        rows.time[mine],
        rows.event[mine],
        rows.curve_weight[mine],
        conf_level,
    )


def summary(label: Any, data: SwitchingData, rows: WeightedRows, arm: int) -> WeightSummary:
    """Weights of one arm."""
    mine, members = data.arm[rows.subject] == arm, data.arm == arm
    weight, length = rows.outcome_weight[mine], (rows.time - np.maximum(rows.entry, 0.0))[mine]
    return WeightSummary(
        arm=label,
        n=int(members.sum()),
        n_switched=int(data.switched[members].sum()),
        mean=float(np.average(weight, weights=length)) if length.sum() > 0 else float(weight.mean()),
        smallest=float(weight.min()),
        largest=float(weight.max()),
    )


def bootstrapped(
    data: SwitchingData, stabilized: bool, truncate: float | None, n: int, seed: Seed, conf_level: float
) -> Bootstrap:
    """The log hazard ratio in `n` data sets resampled by subject within arms."""
    chance = uniforms(seed, "bootstrap", (n, data.arm.size), where=WHERE)
    members = [np.flatnonzero(data.arm == k) for k in (0, 1)]
    estimates = []
    for row in chance:
        parts = np.split(row, [members[0].size])
        drawn = [own[(part * own.size).astype(np.int64)] for own, part in zip(members, parts, strict=True)]
        again = data.subset(np.concatenate(drawn))
        try:
            model = outcome(again, weighted_rows(again, stabilized, truncate)[0], conf_level)
        except AnalysisDataError:
            continue
        if np.isfinite(model.coef[0]):
            estimates.append(float(model.coef[0]))
    values = np.array(estimates)
    if values.size < 2:
        raise AnalysisDataError(
            f"{n - values.size} of {n} resampled data sets have no estimate",
            where=f"{WHERE}, n_bootstrap",
            rule="STATS-NO-EVENTS",
            remedy="report the robust standard error alone",
        )
    tail = (1 - conf_level) / 2
    lower, upper = np.exp(np.quantile(values, [tail, 1 - tail]))
    return Bootstrap(
        log_std_error=float(values.std(ddof=1)),
        lower=float(lower),
        upper=float(upper),
        estimates=values,
        n_failed=n - values.size,
    )
