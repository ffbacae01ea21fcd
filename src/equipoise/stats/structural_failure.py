"""Rank-preserving structural failure time model for change of treatment in a randomized trial."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import contrasts, inputs, psi_search, ties
from equipoise.stats.contrasts import RatioEstimate
from equipoise.stats.hazards import cox
from equipoise.stats.logrank import log_rank
from equipoise.stats.psi_search import Searched
from equipoise.stats.survival import KaplanMeier, kaplan_meier
from equipoise.stats.tails import normal_quantile, two_sided

WHERE = "structural failure time"
TESTS = ("log-rank", "wilcoxon", "cox")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StructuralFailureTime:
    """A fitted rank-preserving structural failure time model."""

    arm: Any
    """Label of the experimental arm."""
    reference: Any
    psi: float
    """One unit of time on treatment uses up exp(psi) units of the life without treatment; below 0 it prolongs life.
    Missing if no value in the search balances the arms."""
    lower: float
    """Lower limit of psi, where the test of the arms reaches the level; missing if the search ends before."""
    upper: float
    crossings: tuple[float, ...]
    """All values of psi at which the test statistic passes 0; psi is the middle of the first and the last."""
    z_as_randomized: float
    """Test of the arms as randomized (psi 0); above 0 where the experimental arm has more events."""
    p_value: float
    """Two-sided P value of that test, which is the test of psi = 0 too: the model does not change it."""
    grid: Floats
    """Values of psi that were tried, float64 [n_grid]."""
    z: Floats
    """Test statistic at each, float64 [n_grid]; missing where recensoring leaves no events to compare."""
    test: str
    """Name of the test that psi balances."""
    recensored: tuple[bool, bool]
    """Whether the reference arm and the experimental arm were recensored."""
    conf_level: float
    data: SwitchData = field(repr=False)

    @property
    def time_ratio(self) -> tuple[float, float, float]:
        """Factor by which treatment prolongs life, exp(-psi), with its limits."""
        return math.exp(-self.psi), math.exp(-self.upper), math.exp(-self.lower)

    @property
    def warning(self) -> str:
        """What a reader of the estimate must know, in sentences; empty if nothing."""
        said = []
        if not self.crossings:
            said.append("No value of psi in the search balances the arms.")
        if len(self.crossings) > 1:
            said.append(
                f"The test statistic passes 0 at {len(self.crossings)} values of psi between "
                f"{self.crossings[0]:.4g} and {self.crossings[-1]:.4g}; the estimate is their middle."
            )
        if math.isnan(self.lower) or math.isnan(self.upper):
            said.append("The confidence set reaches an end of the search; a limit is missing.")
        return " ".join(said)

    def untreated(self) -> tuple[Floats, NDArray[np.int8]]:
        """Time and event of each subject had nobody been treated, after recensoring; float64 [n], int8 [n].

        Refused (`AnalysisDataError`) where no psi was found, like all that follows from it.
        """
        if math.isnan(self.psi):
            raise AnalysisDataError(
                "no value of psi in the search balances the arms, so that untreated times are not known",
                where=WHERE,
                rule="STATS-NO-ESTIMATE",
                remedy="search further from 0, or report the comparison as randomized alone",
            )
        return self.data.untreated(self.psi, self.recensored)

    def untreated_survival(self) -> tuple[KaplanMeier, KaplanMeier]:
        """Survival of the reference arm and the experimental arm had nobody been treated; alike if the model fits."""
        time, event = self.untreated()
        first, second = (
            kaplan_meier(time[self.data.arm == k], event[self.data.arm == k], conf_level=self.conf_level)
            for k in (0, 1)
        )
        return first, second

    def hazard_ratio(self) -> RatioEstimate:
        """Hazard ratio of the experimental arm as observed against the reference arm had it not been treated.

        Its limits are those that give the P value of the test as randomized (Robins & Tsiatis; White et al. 1999),
        because the usual ones would take psi as known.
        """
        time, event = self.untreated()
        seen = self.data.arm == 1
        time, event = np.where(seen, self.data.time, time), np.where(seen, self.data.event, event)
        log_ratio = float(cox(time, event, seen.astype(np.float64), strata=self.data.strata).coef[0])
        std_error = abs(log_ratio / self.z_as_randomized) if self.z_as_randomized else math.nan
        return contrasts.ratio_estimate(math.exp(log_ratio), std_error, self.conf_level)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SwitchData:
    """The data of the model, checked; arrays [n]."""

    time: Floats
    event: NDArray[np.int8]
    arm: NDArray[np.int64]
    """0 reference, 1 experimental."""
    treated: Floats
    censor: Floats
    strata: NDArray[np.int64]
    covariates: Floats | None

    def untreated(self, psi: float, recensored: tuple[bool, bool]) -> tuple[Floats, NDArray[np.int8]]:
        """Time without treatment under `psi`, and whether its event is seen, recensored in the arms named."""
        factor = math.exp(psi)
        time = self.time - self.treated + factor * self.treated
        end = np.where(np.array(recensored)[self.arm], self.censor * min(1.0, factor), np.inf)
        seen = (self.event == 1) & (time <= end)
        return np.minimum(time, end), seen.astype(np.int8)

    def z(self, psi: float, recensored: tuple[bool, bool], test: str) -> float:
        """Test of the arms in untreated time; missing where there is nothing to compare."""
        time, event = self.untreated(psi, recensored)
        try:
            if test == "cox":
                own = (self.arm == 1).astype(np.float64)
                x = own if self.covariates is None else np.column_stack((own, self.covariates))
                return float(cox(time, event, x, strata=self.strata).z[0])
            return float(log_rank(time, event, self.arm, strata=self.strata, rho=float(test == "wilcoxon")).z[1])
        except AnalysisDataError:
            return math.nan


def rpsft(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    treated_time: ArrayLike,
    censor_time: ArrayLike,
    *,
    reference: Any = None,
    strata: ArrayLike | None = None,
    covariates: ArrayLike | None = None,
    test: str = "log-rank",
    recensor: bool = True,
    search: tuple[float, float] = (-3.0, 3.0),
    n_grid: int = 121,
    conf_level: float = 0.95,
) -> StructuralFailureTime:
    """Effect of a treatment had nobody in the control arm received it, by the rank-preserving failure time model.

    For control subjects who crossed over to the experimental treatment. It assumes that randomization made the arms
    alike, that a unit of time on treatment has the same effect whenever and to whom it is given (the common treatment
    effect, which a later cross-over may not have), and that the end of observation `censor_time` was known for all at
    the start. It does not assume that those who cross over are like those who do not. The P value stays that of the
    comparison as randomized.

    Args:
        time: follow-up time in any unit, float64 [n], not negative.
        event: 1 event, 0 censored [n].
        arm: label of the arm as randomized, two of them [n].
        treated_time: time spent on the experimental treatment, 0 to `time`, float64 [n]; 0 for control subjects
            who did not cross over, `time` for experimental subjects who never stopped. For a short course whose effect
            is thought to last, the time since its start.
        censor_time: time at which follow-up would have ended if no event had come (data cutoff minus randomization),
            float64 [n], at least `time`; for a censored subject its `time`.
        reference: label of the control arm; None for the first label.
        strata: label of the stratum [n], or a list of such columns, for the test.
        covariates: float64 [n, p], adjusted for by the test "cox" only.
        test: "log-rank", "wilcoxon" (Peto-Peto weights) or "cox" (Wald).
        recensor: bring the end of observation forward in every arm in which time on treatment differs between subjects
            (as a share of their time), so that censoring does not depend on prognosis. False can bias the estimate.
        search: smallest and largest psi tried, below and above 0.
        n_grid: number of values tried between them, ends included, at least 3.
        conf_level: two-sided confidence level of the limits.

    Returns:
        `StructuralFailureTime`; `warning` says what the estimate lacks.

    Raises:
        AnalysisDataError: as `log_rank`; not two arms; time on treatment outside 0 to `time`; an end of observation
            before `time`; covariates with another test than "cox".

    Ties: `equipoise.stats.ties`, in untreated time.
    Differs from R: `rpsftm` (not used here) returns one root of a search by intervals; we report all crossings on a
        grid, refined by bisection, and the middle of the first and last.
    Source: Robins & Tsiatis 1991, Commun Stat Theory Methods 20:2609-2631; White et al. 1999, Stat Med 18:2617-2634;
        recensoring by arm: Allison, White & Bond 2017, R Journal 9:342-353.
    Checked: against R survdiff on untreated times written out, by special cases (no cross-over, all treated) and by
        simulation with a known truth (tests/spec/stats/test_rpsft.py).

    Example:
        >>> from equipoise import stats
        >>> times, arms = [1, 2, 4, 2, 4, 8], [0, 0, 0, 1, 1, 1]  # treated for life, they live twice as long
        >>> fit = stats.rpsft(times, [1] * 6, arms, [0, 0, 0, 2, 4, 8], [9] * 6)
        >>> round(fit.time_ratio[0], 3)
        2.0
    """
    data, labels = checked(time, event, arm, treated_time, censor_time, strata, covariates, reference)
    inputs.choice(test, TESTS, where=f"{WHERE}, test")
    refuse_idle_covariates(covariates, test)
    level = inputs.level(conf_level, where=f"{WHERE}, conf_level")
    recensored = (recensor and varies(data, 0), recensor and varies(data, 1))

    def z(psi: float) -> float:
        return data.z(psi, recensored, test)

    at_zero = as_randomized(z)
    found: Searched = psi_search.search(z, search, n_grid, normal_quantile(level), where=WHERE)
    return StructuralFailureTime(
        arm=labels[1],
        reference=labels[0],
        psi=found.estimate,
        lower=found.lower,
        upper=found.upper,
        crossings=found.crossings,
        z_as_randomized=at_zero,
        p_value=two_sided(at_zero).p_value,
        grid=found.grid,
        z=found.z,
        test=test,
        recensored=recensored,
        conf_level=level,
        data=data,
    )


def checked(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    treated_time: ArrayLike,
    censor_time: ArrayLike,
    strata: ArrayLike | None,
    covariates: ArrayLike | None,
    reference: Any,
) -> tuple[SwitchData, tuple[Any, Any]]:
    """The data of the model, and the labels of the reference arm and the experimental arm."""
    when = inputs.times(time, where=f"{WHERE}, time")
    n = when.size
    happened = inputs.indicators(event, n, where=f"{WHERE}, event")
    labels, place = inputs.codes(arm, n, where=f"{WHERE}, arm")
    first = contrasts.reference_of_two(labels, reference, where=WHERE, column="arm")
    treated = inputs.times(treated_time, where=f"{WHERE}, treated_time")
    censor = inputs.times(censor_time, where=f"{WHERE}, censor_time")
    for column, name in ((treated, "treated_time"), (censor, "censor_time")):
        inputs.same_length(column, n, where=f"{WHERE}, {name}")
    refuse_impossible_times(when, treated, censor)
    data = SwitchData(
        time=when,
        event=happened,
        arm=(place != first).astype(np.int64),
        treated=np.minimum(treated, when),
        censor=np.maximum(censor, when),
        strata=inputs.strata_codes(strata, n, where=f"{WHERE}, strata")[1],
        covariates=None if covariates is None else inputs.covariate_matrix(covariates, n, where=f"{WHERE}, covariates"),
    )
    return data, (labels[first], labels[1 - first])


def refuse_impossible_times(when: Floats, treated: Floats, censor: Floats) -> None:
    """Refuse time on treatment beyond follow-up, and follow-up beyond the end of observation."""
    width = ties.width_of(when)
    inputs.refuse_rows(
        treated > when + width,
        "longer than the follow-up",
        where=f"{WHERE}, treated_time",
        rule="STATS-TREATED-TIME",
        remedy="give the time on the experimental treatment, from 0 to the follow-up time",
    )
    inputs.refuse_rows(
        censor < when - width,
        "before the end of follow-up",
        where=f"{WHERE}, censor_time",
        rule="STATS-CENSOR-TIME",
        remedy="give the time at which observation would have ended; for a censored subject the follow-up time",
    )


def varies(data: SwitchData, arm: int) -> bool:
    """Whether the share of time on treatment differs between subjects of an arm."""
    mine = (data.arm == arm) & (data.time > 0)
    share = data.treated[mine] / data.time[mine]
    return bool(share.size and share.max() - share.min() > ties.TOLERANCE)


def refuse_idle_covariates(covariates: ArrayLike | None, test: str) -> None:
    """Refuse covariates that the test does not use."""
    if covariates is not None and test != "cox":
        raise AnalysisDataError(
            f"the test {test!r} does not adjust for covariates",
            where=f"{WHERE}, covariates",
            rule="STATS-OPTION",
            remedy='use test="cox", or stratify',
        )


def as_randomized(z: Callable[[float], float]) -> float:
    """Test statistic at psi 0; refused where there is nothing to compare."""
    value = z(0.0)
    if math.isnan(value):
        raise AnalysisDataError(
            "there is nothing to compare: the arms are at no event at risk together",
            where=WHERE,
            rule="STATS-NOTHING-TO-COMPARE",
            remedy="use fewer strata, or report that no effect can be given",
        )
    return value
