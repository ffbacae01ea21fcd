"""Time lost to each cause where causes compete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.stats import contrasts, inputs
from equipoise.stats.competing import IncidenceCurves, cumulative_incidence
from equipoise.stats.contrasts import DifferenceEstimate
from equipoise.stats.kernels.product_limit import NOBODY
from equipoise.stats.tails import normal_quantile

WHERE = "years lost"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LostTime:
    """Time lost before the horizon in one group; arrays in the order of the causes, in the unit of time."""

    group: Any
    n: int
    lost: Floats
    """Restricted mean time lost to each cause: the area under its cumulative incidence, float64 [n_causes]."""
    std_error: Floats
    """Infinitesimal jackknife, float64 [n_causes]."""
    lower: Floats
    upper: Floats
    covariance: Floats
    """Of the times lost, float64 [n_causes, n_causes]."""
    restricted_mean: float
    """Mean event-free time up to the horizon: the horizon less all that is lost."""
    restricted_mean_std_error: float
    """Its standard error, and that of all time lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostTimeContrast:
    """Time lost in one group against the reference; above 0 where the group loses more."""

    group: Any
    reference: Any
    causes: tuple[DifferenceEstimate, ...]
    """One a cause, in the order of the causes; no test where the cause occurs in neither group."""
    total: DifferenceEstimate
    """Of all causes together: the difference of restricted means with its sign turned."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class YearsLost:
    """Time lost to each cause before the horizon, in each group."""

    tau: float
    causes: tuple[int, ...]
    """Codes of the causes that occur, ascending."""
    groups: inputs.Labels
    """Labels, ascending; (None,) without groups."""
    estimates: tuple[LostTime, ...]
    """One a group."""
    reference: Any
    contrasts: tuple[LostTimeContrast, ...]
    """Each group but the reference; empty without groups."""
    conf_level: float

    def of(self, group: Any = None) -> LostTime:
        """The estimates of one group; without groups there is nothing to name."""
        return self.estimates[contrasts.place_of(group, self.groups, where=WHERE)]


def years_lost(
    time: ArrayLike,
    cause: ArrayLike,
    *,
    tau: float,
    group: ArrayLike | None = None,
    censor_code: int = 0,
    reference: Any = None,
    conf_level: float = 0.95,
) -> YearsLost:
    """Restricted mean time lost to each of several competing causes, and its differences between groups.

    How much of the first `tau` units of time is lost to relapse, and how much to death without relapse. The times lost
    and the restricted mean event-free time add up to `tau`.

    Args:
        time: follow-up time in any unit, float64 [n], not negative.
        cause: what ended it, whole numbers [n]; any codes.
        tau: the horizon, positive, in the unit of `time`; chosen without looking at the curves.
        group: label of the subject's group [n]; None for one group.
        censor_code: the code of `cause` that means censored.
        reference: label of the group that the others are compared with; None for the first label.
        conf_level: two-sided confidence level of every interval; the intervals are symmetric.

    Returns:
        `YearsLost`. A cause that does not occur in a group costs it nothing there, with standard error 0.

    Raises:
        AnalysisDataError: as `cumulative_incidence`; a `group` of one label; a horizon that is not positive, or later
            than the last time of a group with subjects then still event-free.

    Ties: `equipoise.stats.ties`; at one time, events come before censorings.
    Differs from R: nowhere known. `print(survfit(..., influence = TRUE), rmean = tau)` of the survival package has the
        same standard errors.
    Source: Andersen 2013, Stat Med 32:5278-5285; infinitesimal jackknife: Jaeckel 1972; Therneau & Grambsch 2000.
    Checked: by hand, against R survfit and its residuals of type "auc" (tests/spec/stats/test_years_lost.py).

    Example:
        >>> from equipoise import stats
        >>> lost = stats.years_lost([1, 2, 4, 4], [1, 2, 0, 0], tau=3).of()
        >>> lost.lost.tolist(), lost.restricted_mean  # 1/4 during 2 years, 1/4 during 1 year
        ([0.5, 0.25], 2.25)
    """
    upto = contrasts.horizon(tau, where=f"{WHERE}, tau")
    level = inputs.level(conf_level, where=f"{WHERE}, conf_level")
    fit = cumulative_incidence(time, cause, group=group, censor_code=censor_code, conf_level=level)
    first = contrasts.reference_place(fit.groups, reference, where=WHERE) if group is not None else 0
    for curves in fit.curves:
        contrasts.refuse_beyond_follow_up(curves.time, curves.event_free, upto, where=f"{WHERE}, tau")
    estimates = tuple(lost_time(curves, upto, level) for curves in fit.curves)
    return YearsLost(
        tau=upto,
        causes=fit.causes,
        groups=fit.groups,
        estimates=estimates,
        reference=fit.groups[first],
        contrasts=tuple(
            contrast(estimate, estimates[first], level) for k, estimate in enumerate(estimates) if k != first
        ),
        conf_level=level,
    )


def lost_time(curves: IncidenceCurves, tau: float, conf_level: float) -> LostTime:
    """Areas under the incidence curves of one group up to `tau`, with their covariance."""
    inside = curves.time < tau
    width = np.diff(np.append(curves.time[inside], tau))
    incidence = curves.incidence[:, inside]
    areas = incidence * width
    lost = areas.sum(axis=1)
    covariance = jackknife_covariance(curves, areas, tau)
    std_error = np.sqrt(covariance.diagonal())
    half = normal_quantile(conf_level) * std_error
    return LostTime(
        group=curves.group,
        n=curves.n,
        lost=lost,
        std_error=std_error,
        lower=lost - half,
        upper=lost + half,
        covariance=covariance,
        restricted_mean=float(tau - lost.sum()),
        restricted_mean_std_error=float(np.sqrt(max(0.0, covariance.sum()))),
    )


def jackknife_covariance(curves: IncidenceCurves, areas: Floats, tau: float) -> Floats:
    """Covariance of the times lost, float64 [n_causes, n_causes]: the summed squares of the subjects' influence.

    More hazard of cause j at time s adds to the time lost to cause k what is left of the horizon, times the share that
    is event-free, if j is k, and takes away what the subjects it removes would have lost to k later. A subject adds to
    that hazard by its event, and lowers it by being at risk.

    `areas`: area under the incidence between each time before `tau` and the next, float64 [n_causes, n_times].
    """
    n_causes, m = areas.shape
    time, at_risk, events = curves.time[:m], curves.at_risk[:m], curves.events[:, :m]
    free_before = np.concatenate(([1.0], curves.event_free))[:m]
    rest = tau - time
    later = areas[:, ::-1].cumsum(axis=1)[:, ::-1] - rest * curves.incidence[:, :m]
    left = 1 - events.sum(axis=0) / at_risk
    removed = np.divide(later, left, out=np.zeros_like(later), where=left > NOBODY)
    # effect on cause k of an event of cause j at each time, [k, j, time]; the last j is a censoring
    effect = np.zeros((n_causes, n_causes + 1, m))
    effect[:, :-1] = -removed[:, np.newaxis]
    effect[np.arange(n_causes), np.arange(n_causes)] += free_before * rest
    effect /= at_risk
    at_risk_so_far = (effect[:, :-1] * events / at_risk).sum(axis=1).cumsum(axis=1)
    influence = (effect - at_risk_so_far[:, np.newaxis]).reshape(n_causes, (n_causes + 1) * m)
    count = np.vstack((events, curves.censored[:m])).ravel()
    covariance = (influence * count) @ influence.T
    if m:
        stayed = curves.n - count.sum()
        covariance += stayed * np.outer(at_risk_so_far[:, -1], at_risk_so_far[:, -1])
    return covariance


def contrast(one: LostTime, other: LostTime, conf_level: float) -> LostTimeContrast:
    """One group against the reference."""
    return LostTimeContrast(
        group=one.group,
        reference=other.group,
        causes=tuple(
            contrasts.difference_of(one.lost[k], one.std_error[k], other.lost[k], other.std_error[k], conf_level)
            for k in range(one.lost.size)
        ),
        total=contrasts.difference_of(
            float(one.lost.sum()),
            one.restricted_mean_std_error,
            float(other.lost.sum()),
            other.restricted_mean_std_error,
            conf_level,
        ),
    )
