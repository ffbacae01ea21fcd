"""Tipping point: which answers of the missing would change the conclusion about two proportions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.arrays import Flags, Floats
from equipoise.errors import AnalysisDataError
from equipoise.stats import inputs
from equipoise.stats.contingency import fisher_exact, pearson_chi2

MAX_TABLES = 250_000
"""Tables that are worked out one by one: some seconds."""
WHERE = "tipping point"
TwoByTwoTest = Callable[[Floats], float]
"""From [[yes, no], [yes, no]] to a two-sided P value."""
TESTS: dict[str, TwoByTwoTest] = {
    "pearson": lambda table: pearson_chi2(table).p_value,
    "pearson-corrected": lambda table: pearson_chi2(table, correction=True).p_value,
    "fisher": lambda table: fisher_exact(table).p_value,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TippingPoint:
    """Every way in which the missing of two arms could have answered.

    Grids have a row for each number of yes among the missing of the first arm, 0 to its number of missing, and a column
    for each such number in the second arm.
    """

    table: Floats
    """Observed counts, float64 [2, 2]."""
    missing: tuple[int, int]
    """Subjects without an answer in each arm."""
    p_value: Floats
    """Two-sided, float64 [missing 1 + 1, missing 2 + 1]."""
    difference: Floats
    """Proportion of yes in the first arm minus that in the second, all subjects counted; float64, like `p_value`."""
    conclusion: NDArray[np.int8]
    """1 the first arm has significantly more yes, -1 fewer, 0 neither; int8, like `p_value`."""
    base: tuple[int, int]
    """Numbers of yes among the missing that the main analysis assumes."""
    changed: Flags
    """The conclusion is not that of the base; bool, like `p_value`."""
    boundary: NDArray[np.int64]
    """Pairs (yes in arm 1, yes in arm 2) at which the conclusion is changed but not at a neighbour that differs in one
    answer; int64 [n, 2], empty where nothing changes it."""
    fewest_changes: int | None
    """Fewest missing answers that must differ from the base to change the conclusion; None where none can."""
    alpha_two_sided: float
    """Level up to which a P value counts as significant."""

    @property
    def robust(self) -> bool:
        """No answers of the missing change the conclusion."""
        return self.fewest_changes is None


def tipping_point(
    table: ArrayLike,
    missing: tuple[int, int],
    *,
    test: str | TwoByTwoTest = "pearson",
    alpha_two_sided: float = 0.05,
    base: tuple[int, int] = (0, 0),
) -> TippingPoint:
    """Tipping-point analysis of a binary endpoint over all answers that the missing of both arms could have given.

    It assumes nothing about why answers are missing; whether a tipping point is plausible is for the reader to judge.

    Args:
        table: counts of those observed, [[yes, no], [yes, no]]; first the experimental arm, then the control arm.
        missing: number of subjects without an answer in each arm.
        test: "pearson" (chi-square), "pearson-corrected", "fisher", or a function from such a table to a two-sided P
            value.
        alpha_two_sided: level up to which a P value counts as significant.
        base: numbers of yes among the missing that the main analysis assumes; (0, 0) counts the missing as no.

    Returns:
        `TippingPoint`. Where all subjects answer alike there is no difference, and the P value is 1.

    Raises:
        AnalysisDataError: not a 2 x 2 table of counts; an arm without subjects; numbers of missing that are not counts;
            a base that is not possible; a level that is not between 0 and 1; more than 250,000 tables.

    Differs from R: no package of R's recommended set has it.
    Source: Yan, Lee & Li 2009, J Biopharm Stat 19:1085-1098; Liublinska & Rubin 2014, Stat Med 33:4170-4185.
    Checked: by hand and against R chisq.test and fisher.test (tests/spec/stats/test_tipping_point.py).

    Example:
        >>> from equipoise import stats
        >>> tipping = stats.tipping_point([[9, 1], [2, 8]], (0, 6), test="fisher")
        >>> tipping.p_value.shape, tipping.fewest_changes  # 9/10 against 7/16 is significant, against 8/16 no more
        ((1, 7), 6)
    """
    observed = inputs.counts(table, where=f"{WHERE}, table")
    check_shape(observed, missing, base)
    level = inputs.level(alpha_two_sided, where=f"{WHERE}, alpha_two_sided", name="level", usual="0.05 for 5 %")
    if isinstance(test, str):
        test = TESTS[inputs.choice(test, tuple(TESTS), where=f"{WHERE}, test")]
    first, second = (np.arange(number + 1) for number in missing)
    yes = np.stack(np.meshgrid(observed[0, 0] + first, observed[1, 0] + second, indexing="ij"))
    n = observed.sum(axis=1) + np.array(missing)
    no = n[:, np.newaxis, np.newaxis] - yes
    p_value = np.ones(yes.shape[1:])
    for place in zip(*np.nonzero((yes.sum(axis=0) > 0) & (no.sum(axis=0) > 0)), strict=True):
        p_value[place] = test(np.column_stack((yes[:, *place], no[:, *place])))
    difference = yes[0] / n[0] - yes[1] / n[1]
    conclusion = np.where(p_value <= level, np.sign(difference), 0).astype(np.int8)
    changed = conclusion != conclusion[base]
    distance = np.abs(first - base[0])[:, np.newaxis] + np.abs(second - base[1])
    return TippingPoint(
        table=observed,
        missing=(int(missing[0]), int(missing[1])),
        p_value=p_value,
        difference=difference,
        conclusion=conclusion,
        base=(int(base[0]), int(base[1])),
        changed=changed,
        boundary=np.argwhere(changed & beside_unchanged(changed)),
        fewest_changes=int(distance[changed].min()) if changed.any() else None,
        alpha_two_sided=level,
    )


def check_shape(observed: Floats, missing: tuple[int, int], base: tuple[int, int]) -> None:
    """Refuse tables that are not 2 x 2, and numbers of missing or of yes among them that cannot be."""
    given = inputs.as_numbers((missing, base))
    numbers = np.empty(0) if given is None else given.ravel()
    whole = (
        given is not None and given.shape == (2, 2) and bool(np.all((numbers >= 0) & (numbers == np.round(numbers))))
    )
    if observed.shape != (2, 2) or not whole or (observed.sum(axis=1) + numbers[:2] == 0).any():
        raise AnalysisDataError(
            f"the table has shape {observed.shape}, the missing are {missing}, the base is {base}",
            where=WHERE,
            rule="STATS-SHAPE",
            remedy="give [[yes, no], [yes, no]] and two whole numbers of missing, with a subject in each arm",
        )
    if (numbers[2:] > numbers[:2]).any():
        raise AnalysisDataError(
            f"the base has {tuple(base)} yes among {missing} missing",
            where=f"{WHERE}, base",
            rule="STATS-OPTION",
            remedy="assume at most as many yes as there are missing in the arm",
        )
    if (numbers[0] + 1) * (numbers[1] + 1) > MAX_TABLES:
        raise AnalysisDataError(
            f"{missing[0]} and {missing[1]} missing answers give {int((numbers[0] + 1) * (numbers[1] + 1)):,} tables",
            where=WHERE,
            rule="STATS-TOO-LARGE",
            remedy=f"up to {MAX_TABLES:,} are worked out; impute the missing answers instead (`impute_binary`)",
        )


def beside_unchanged(changed: Flags) -> Flags:
    """Places with a neighbour, up, down, left or right, that is not changed."""
    wide = np.pad(changed, 1, constant_values=True)
    return ~(wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:])
