"""Multiple imputation of a binary endpoint, with a shift for answers that are not missing at random."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from equipoise.arrays import Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import contrasts, inputs
from equipoise.stats.draws import Seed, uniforms
from equipoise.stats.imputation_model import drawn_log_odds
from equipoise.stats.pooling import PooledEstimate, rubin

WHERE = "imputation of a binary endpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImputedContrast:
    """One group against the reference, pooled over imputed data sets by Rubin's rules."""

    group: Any
    reference: Any
    difference: PooledEstimate
    """Difference of proportions, Wald's variance in each data set."""
    log_risk_ratio: PooledEstimate
    """Natural logarithm; `.ratio` is the risk ratio with its limits."""
    log_odds_ratio: PooledEstimate
    """Natural logarithm; `.ratio` is the odds ratio with its limits."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BinaryImputation:
    """A binary endpoint with its missing answers imputed many times."""

    groups: inputs.Labels
    reference: Any
    n: NDArray[np.int64]
    """Subjects in each group, int64 [K]."""
    n_missing: NDArray[np.int64]
    """Of them without an answer, int64 [K]."""
    delta: Floats
    """Shift of the log odds of those missing in each group, float64 [K]."""
    proportions: tuple[PooledEstimate, ...]
    """Proportion of yes, one a group."""
    contrasts: tuple[ImputedContrast, ...]
    """Each group but the reference, in the order of the labels."""
    yes: NDArray[np.int64]
    """Subjects with yes in each imputed data set and group, int64 [m, K]."""
    missing_rows: NDArray[np.int64]
    """Rows without an answer, int64 [n_missing]."""
    imputed: NDArray[np.int8] = field(repr=False)
    """Their answers in each imputed data set, int8 [m, n_missing]."""
    outcome: Floats = field(repr=False)

    def complete(self, imputation: int) -> NDArray[np.int8]:
        """The answers of all subjects in one imputed data set, 0 to m - 1, int8 [n], for an analysis of your own."""
        where = f"{WHERE}, imputation"
        if not 0 <= inputs.whole_number(imputation, where=where) < len(self.imputed):
            raise AnalysisDataError(
                f"there is no imputation {imputation}",
                where=where,
                rule="STATS-OPTION",
                remedy=f"give a number from 0 to {len(self.imputed) - 1}",
            )
        filled = self.outcome.copy()
        filled[self.missing_rows] = self.imputed[imputation]
        return filled.astype(np.int8)


def impute_binary(
    outcome: ArrayLike,
    group: ArrayLike,
    *,
    seed: Seed,
    covariates: ArrayLike | None = None,
    by_group: bool = True,
    delta: float | Mapping[Any, float] = 0.0,
    n_imputations: int = 100,
    reference: Any = None,
    conf_level: float = 0.95,
) -> BinaryImputation:
    """Multiple imputation of a binary endpoint by logistic regression, and the comparison of proportions.

    With `delta` 0 it assumes that answers are missing at random: whether one is missing depends on group and covariates
    only. With another `delta` those missing have exp(delta) times the odds that their covariates foretell; no data can
    tell which delta is true, so give a range of them. The draws do not depend on delta: with the same seed a larger
    delta gives no fewer yes in any imputed data set.

    Args:
        outcome: 1 yes, 0 no, missing as NaN or None [n].
        group: label of the subject's group [n].
        seed: a whole number or a numpy generator; the draws depend on nothing else.
        covariates: float64 [n, p] or [n], without missing values; None for a proportion alone.
        by_group: a model in each group of its own; False for one model with a term for each group.
        delta: shift of the log odds of those missing, one number or a mapping from label to number (0 if not named).
        n_imputations: number of imputed data sets, at least 2; about as many as the percentage missing.
        reference: label of the group that the others are compared with; None for the first label.
        conf_level: two-sided confidence level of every interval.

    Returns:
        `BinaryImputation`. Parameters are drawn from their posterior under Jeffreys' prior (exactly for a proportion
        alone, by its normal approximation with covariates), so that imputations are proper and exist where all answers
        are alike. Where an imputed data set has an empty cell a half is added to each cell for the ratio that needs it.
        Nothing missing: the Wald estimates of `two_by_two`.

    Raises:
        AnalysisDataError: lengths differ; an outcome is not 0, 1 or missing; a group without any answer; a covariate
            that is constant, or a combination of others, among those with an answer; fewer than two groups or
            imputations; a delta that is not a number.

    Differs from R: `mice` (method "logreg") draws from the normal approximation at the maximum likelihood, with made-up
        rows against separation; Jeffreys' prior takes their place here.
    Source: Rubin 1987, Multiple Imputation for Nonresponse in Surveys; delta: Carpenter, Kenward & White 2007, Stat
        Methods Med Res 16:259-275; prior: Firth 1993, Biometrika 80:27-38.
    Checked: against `two_by_two` at the ends (nothing missing, delta of plus and minus 40), against the posterior mean
        by integration, and by simulation with a known truth (tests/spec/stats/test_impute_binary.py).

    Example:
        >>> from equipoise import stats
        >>> none = stats.impute_binary([1, 1, None, 0, 1, 0], list("aaabbb"), seed=1, delta=-40, n_imputations=2)
        >>> round(none.contrasts[0].difference.estimate, 4)  # 1/3 - 2/3: counted as no
        -0.3333
    """
    answers = checked_outcome(outcome)
    labels, place = inputs.codes(group, answers.size, where=f"{WHERE}, group")
    first = contrasts.reference_place(labels, reference, where=WHERE)
    x = None if covariates is None else inputs.covariate_matrix(covariates, answers.size, where=f"{WHERE}, covariates")
    level = inputs.level(conf_level, where=f"{WHERE}, conf_level")
    shift = shifts(delta, labels)
    n_imputations = enough(n_imputations)
    missing = np.flatnonzero(np.isnan(answers))
    log_odds = drawn_log_odds(answers, place, len(labels), x, by_group, n_imputations, seed, where=WHERE)
    chance = uniforms(seed, "answers", (n_imputations, missing.size), where=WHERE)
    imputed = (chance < expit(log_odds + shift[place[missing]])).astype(np.int8)
    n = np.bincount(place, minlength=len(labels))
    member = np.eye(len(labels), dtype=np.int64)[place]
    yes = np.nan_to_num(answers).astype(np.int64) @ member + imputed.astype(np.int64) @ member[missing]
    share = yes / n
    return BinaryImputation(
        groups=labels,
        reference=labels[first],
        n=n,
        n_missing=member[missing].sum(axis=0),
        delta=shift,
        proportions=tuple(
            rubin(share[:, k], share[:, k] * (1 - share[:, k]) / n[k], conf_level=level) for k in range(len(labels))
        ),
        contrasts=tuple(contrast(labels, yes, n, k, first, level) for k in range(len(labels)) if k != first),
        yes=yes,
        missing_rows=missing,
        imputed=imputed,
        outcome=answers,
    )


def checked_outcome(outcome: ArrayLike) -> Floats:
    """Answers 1, 0 and NaN, float64 [n]."""
    where = f"{WHERE}, outcome"
    answers = inputs.column_of(outcome, where=where)
    inputs.refuse_rows(
        ~(np.isin(answers, (0, 1)) | np.isnan(answers)),
        "neither 0, 1 nor missing",
        where=where,
        rule="STATS-EVENT",
        remedy="give one value for each subject: 1 for yes, 0 for no, NaN or None if missing",
    )
    return answers


def shifts(delta: float | Mapping[Any, float], labels: inputs.Labels) -> Floats:
    """The shift of each group, float64 [K]."""
    named = delta if isinstance(delta, Mapping) else dict.fromkeys(labels, delta)
    value = np.array([inputs.number(named.get(label, 0.0), where=f"{WHERE}, delta") for label in labels])
    if not np.isfinite(value).all() or not set(named) <= set(labels):
        raise AnalysisDataError(
            "a shift is not a finite number, or is for a group that is not there",
            where=f"{WHERE}, delta",
            rule="STATS-OPTION",
            remedy="give one number, or a number for labels of the data; 40 is as good as infinity",
        )
    return value


def enough(n_imputations: int) -> int:
    """A number of imputations, at least 2: from fewer no variance between them can be had."""
    where = f"{WHERE}, n_imputations"
    m = inputs.whole_number(n_imputations, where=where)
    if m < 2:
        raise AnalysisDataError(
            f"{m} imputations cannot show how they differ",
            where=where,
            rule="STATS-IMPUTATIONS",
            remedy="give at least 2; 100 are enough for most data",
        )
    return m


def contrast(
    labels: inputs.Labels, yes: NDArray[np.int64], n: NDArray[np.int64], k: int, first: int, conf_level: float
) -> ImputedContrast:
    """Group `k` against group `first` over imputed data sets; `yes` int64 [m, K] of `n` subjects, int64 [K]."""
    cells = np.stack((yes[:, k], n[k] - yes[:, k], yes[:, first], n[first] - yes[:, first])).astype(np.float64)
    p, q = cells[0] / n[k], cells[2] / n[first]
    with_half = cells + 0.5 * (cells == 0).any(axis=0)
    odds = np.log(with_half[0] * with_half[3] / (with_half[1] * with_half[2]))
    a, b, c, d = cells + 0.5 * (cells[[0, 2]] == 0).any(axis=0)
    risk = np.log(a / (a + b) / (c / (c + d)))
    risk_variance = b / (a * (a + b)) + d / (c * (c + d))
    return ImputedContrast(
        group=labels[k],
        reference=labels[first],
        difference=rubin(p - q, p * (1 - p) / n[k] + q * (1 - q) / n[first], conf_level=conf_level),
        log_risk_ratio=rubin(risk, risk_variance, conf_level=conf_level),
        log_odds_ratio=rubin(odds, (1 / with_half).sum(axis=0), conf_level=conf_level),
    )
