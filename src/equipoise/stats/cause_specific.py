"""Cause-specific Cox regression."""

from __future__ import annotations

from numpy.typing import ArrayLike

from equipoise.errors import AnalysisDataError
from equipoise.stats import cause_codes, inputs
from equipoise.stats.hazards import CoxModel, cox

WHERE = "cause-specific Cox regression"


def cause_specific_cox(
    time: ArrayLike,
    cause: ArrayLike,
    covariates: ArrayLike,
    *,
    cause_of_interest: int = 1,
    censor_code: int = 0,
    strata: ArrayLike | None = None,
    ties: str = "efron",
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    penalty: str | None = None,
    conf_level: float = 0.95,
) -> CoxModel:
    """Cox regression of the cause-specific hazard: other causes end follow-up as a censoring does.

    It answers how a covariate changes the rate of one cause among those still free of any. How it changes the
    probability of that cause depends on the hazards of all causes: see `fine_gray` and `cumulative_incidence`.

    Args:
        time: as `cox`.
        cause: what ended follow-up, whole numbers [n].
        covariates: as `cox`.
        cause_of_interest: code of the cause whose hazard is modelled.
        censor_code: code of a censored time; every other code is a competing cause.
        strata, ties, entry, weights, cluster, penalty, conf_level: as `cox`.

    Returns:
        `CoxModel` of the cause of interest.

    Raises:
        AnalysisDataError: as `cox`; causes that are not whole numbers; no event of the cause of interest.

    Ties: as `cox`; events of other causes at the time of an event are still at risk at it.
    Differs from R: nowhere known; coxph of a factor fits all causes at once, with the same numbers for each.
    Source: Prentice et al. 1978, Biometrics 34:541-554.
    Checked: against R coxph(Surv(time, cause == 1) ~ x) and by hand (tests/spec/stats).

    Example:
        >>> from equipoise import stats
        >>> # the competing cause at time 1 leaves without an event: t / (2 t + 1) x 1 / (1 + t), t = 1 / sqrt(2)
        >>> stats.cause_specific_cox([1, 2, 3, 4], [2, 1, 1, 1], [1, 1, 0, 1]).hazard_ratio.round(6)
        array([0.707107])
    """
    n = inputs.times(time, where=f"{WHERE}, time").size
    codes, place = cause_codes.causes(cause, n, censor_code, where=WHERE)
    asked = cause_codes.of_interest_asked(cause_of_interest, censor_code, where=WHERE)
    event = cause_codes.of_interest(codes, place, asked) == 1
    if not event.any():
        raise AnalysisDataError(
            f"cause {asked} does not occur",
            where=WHERE,
            rule="STATS-NO-EVENTS",
            remedy="report that no hazard ratio can be given",
        )
    return cox(
        time,
        event,
        covariates,
        strata=strata,
        ties=ties,
        entry=entry,
        weights=weights,
        cluster=cluster,
        penalty=penalty,
        conf_level=conf_level,
    )
