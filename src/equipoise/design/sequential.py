"""Group-sequential designs: bounds, error spent, power by look, expected size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from equipoise.arrays import Floats
from equipoise.design import inputs
from equipoise.design.beta_spending import GREATEST_DRIFT, beta_bounds
from equipoise.design.boundaries import BOUNDARIES, Rule, critical_values
from equipoise.design.fixed import fixed_drift
from equipoise.design.recursion import GoingOn, leaving
from equipoise.design.roots import root
from equipoise.design.sequential_inputs import (
    WHERE,
    beta_to_spend,
    check_futility,
    futility_of,
    given_of,
    information_of,
    shape_of,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Looks:
    """What a design does at one true effect; arrays float64 [n_looks]."""

    drift: float
    """Mean of Z at the last look."""
    reject: Floats
    """Probability to stop at each look for efficacy; with two sides on the side of the effect, unless the design
    counts both."""
    futility: Floats
    """Probability to stop at each look for futility; at the last look, not to reject."""
    stop: Floats
    """Probability that each look is the last; the sum is 1."""
    expected_information: float
    """Expected share of the greatest information."""

    @property
    def power(self) -> Floats:
        """Probability to have rejected by each look, float64 [n_looks]."""
        return np.cumsum(self.reject)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupSequential:
    """A group-sequential design. Z has the sign of the effect: experimental better is above 0."""

    boundary: str
    """Kind of the bounds of efficacy."""
    information: Floats
    """Share of the greatest information at each look, float64 [n_looks]; the last is 1."""
    alpha: float
    """In all; on both sides together if there are two."""
    sides: int
    """1 or 2."""
    power: float
    """At the effect that the design is for."""
    critical_values: Floats
    """Z above which the trial stops for efficacy, float64 [n_looks]; with two sides also below minus it."""
    futility_bounds: Floats
    """Z below which the trial stops for futility, float64 [n_looks - 1]; minus infinity where there is none."""
    binding: bool
    """Whether the bounds of efficacy rely on stopping for futility."""
    both_sides: bool
    """Whether a rejection on the wrong side counts as power (two sides only)."""
    drift: float
    """Mean of Z at the last look at which the design has its power."""

    @property
    def n_looks(self) -> int:
        """Number of looks, the last included."""
        return self.information.size

    @property
    def stage_levels(self) -> Floats:
        """One-sided P value below which the trial stops at each look, float64 [n_looks]."""
        return np.asarray(ndtr(-self.critical_values))

    @property
    def alpha_spent(self) -> Floats:
        """Cumulative alpha by each look, float64 [n_looks]; on both sides if there are two.

        Futility that is not binding is not counted on.
        """
        lower = self._lower if self.binding or self.sides == 2 else np.full(self.n_looks, -np.inf)
        return np.cumsum(leaving(self.information, lower, self.critical_values, 0.0).upper) * self.sides

    @property
    def shift(self) -> float:
        """Square of the drift: what the greatest information has to be, in units of one over the effect squared."""
        return self.drift**2

    @property
    def inflation_factor(self) -> float:
        """Greatest size of the trial over that of the trial with one look, same alpha and power."""
        fixed = fixed_drift(self.alpha, self.sides, self.power, both_sides=self.both_sides)
        return self.shift / fixed**2

    @property
    def power_by_stage(self) -> Floats:
        """Probability to have rejected by each look at the effect of the design, float64 [n_looks]."""
        return self.at(self.drift).power

    @property
    def beta_spent(self) -> Floats:
        """Probability to have stopped for futility by each look at the effect of the design, float64 [n_looks]."""
        return np.cumsum(self.at(self.drift).futility)

    def expected_size(self, effect: float) -> float:
        """Expected size over that of the trial with one look.

        Args:
            effect: true effect as a share of the effect that the design is for: 1 for H1, 0 for H0.
        """
        return self.inflation_factor * self.at(effect * self.drift).expected_information

    def at(self, drift: float) -> Looks:
        """What happens at each look if the mean of Z at the last look is `drift`."""
        out = leaving(self.information, self._lower, self.critical_values, inputs.number(drift, where=WHERE))
        reject, futility = out.upper, out.lower
        left = out.upper + out.lower
        if self.sides == 2:
            reject = left if self.both_sides else out.upper
            futility = np.zeros(self.n_looks)
            futility[-1] = 1 - left.sum()
        stop = left.copy()
        stop[-1] = 1 - left[:-1].sum()
        return Looks(
            drift=float(drift),
            reject=reject,
            futility=futility,
            stop=stop,
            expected_information=float(stop @ self.information),
        )

    def conditional_power(self, look: int, z: float, drift: float | None = None) -> float:
        """Probability to reject at a later look, given Z at this one.

        Args:
            look: number of the look, from 1.
            z: Z that was seen.
            drift: mean of Z at the last look, from now on; the drift of the design if it is not given. For the trend
                that was seen give z / sqrt(information).

        Returns:
            The probability. Later looks stop for futility as planned, whether it is binding or not.

        Raises:
            DesignError: the look is not one before the last.

        Source: Lan, Simon & Halperin 1982, Commun Stat C 1:207-219; Jennison & Turnbull 2000, chapter 10.
        Checked: with one look to come, by the normal distribution (tests/spec/design).
        """
        where = f"{WHERE}, conditional power"
        if inputs.whole(look, where=where) >= self.n_looks:
            raise inputs.refuse(
                f"look {look} is not before the last, which is look {self.n_looks}",
                where=where,
                rule="DESIGN-LOOK",
                remedy="give a look after which another one follows",
            )
        t = self.information[look - 1]
        seen = GoingOn(float(t), np.array([inputs.number(z, where=where) * np.sqrt(t)]), np.ones(1))
        drift = self.drift if drift is None else inputs.number(drift, where=where)
        out = leaving(self.information[look:], self._lower[look:], self.critical_values[look:], drift, seen)
        return float(out.upper.sum() + (out.lower.sum() if self.sides == 2 and self.both_sides else 0.0))

    @property
    def _lower(self) -> Floats:
        if self.sides == 2:
            return -self.critical_values
        return np.append(self.futility_bounds, self.critical_values[-1])


def group_sequential(
    looks: int | ArrayLike,
    *,
    boundary: str = "spending_obrien_fleming",
    alpha_one_sided: float | None = None,
    alpha_two_sided: float | None = None,
    power: float = 0.8,
    shape: float | None = None,
    early_bound: float = 3.0,
    alpha_given: ArrayLike | None = None,
    futility: ArrayLike | None = None,
    futility_spending: str | None = None,
    futility_shape: float | None = None,
    beta_given: ArrayLike | None = None,
    binding: bool = False,
    both_sides: bool = False,
) -> GroupSequential:
    """Bounds and properties of a group-sequential design.

    The statistic is one with independent increments: a difference of rates or means, a log-rank score, in which the
    information is the share of the subjects or events.

    Args:
        looks: number of equally spaced looks, or the share of the information at each, rising, the last 1.
        boundary: `obrien_fleming`, `pocock`, `wang_tsiatis` (with `shape` Delta: 0 is O'Brien-Fleming, 0.5 Pocock),
            `haybittle_peto` (with `early_bound`), `spending_obrien_fleming`, `spending_pocock`, `spending_kim_demets`
            and `spending_hwang_shih_decani` (with `shape`), `spending_given` (with `alpha_given`), `last_look_only`.
        alpha_one_sided, alpha_two_sided: level of the whole trial; one of them.
        power: power at the effect that the design is for.
        shape: Delta, exponent or gamma, see `boundary`.
        early_bound: bound of Z at all looks but the last (Haybittle-Peto).
        alpha_given: cumulative alpha by each look, the last the whole alpha; on both sides if there are two.
        futility: Z below which the trial stops, at each look but the last; minus infinity for none. One-sided only.
        futility_spending: in place of `futility`, the function by which beta is spent: `obrien_fleming`, `pocock`,
            `kim_demets`, `hwang_shih_decani` (the last two with `futility_shape`), `given` (with `beta_given`).
        futility_shape: exponent or gamma of `futility_spending`.
        beta_given: cumulative beta by each look, the last 1 - power.
        binding: the trial always stops for futility, so that the bounds of efficacy may be lower.
        both_sides: with two sides, count a rejection on the wrong side as power.

    Returns:
        `GroupSequential`.

    Raises:
        DesignError: arguments that do not fit together, or bounds that cross.

    Differs from R: rpact ends its searches within 1e-8 of alpha, and takes -6 for no futility bound; these are at the
        limit of the arithmetic. Delayed information, two-sided futility and Pampallona-Tsiatis are not offered.
    Source: Jennison & Turnbull 2000, Group Sequential Methods with Applications to Clinical Trials.
    Checked: tables of Jennison & Turnbull in tests/spec/design; rpact in tests/golden.

    Example:
        >>> from equipoise import design
        >>> plan = design.group_sequential(2, boundary="pocock", alpha_two_sided=0.05)
        >>> plan.critical_values.round(3).tolist()  # Jennison & Turnbull 2000, table 2.1
        [2.178, 2.178]
    """
    alpha, sides = inputs.level(alpha_one_sided, alpha_two_sided, where=WHERE)
    inputs.power_above(power, alpha / sides, where=WHERE)
    rule = Rule(
        kind=inputs.choice(boundary, BOUNDARIES, where=f"{WHERE}, boundary"),
        information=information_of(looks),
        alpha=alpha,
        sides=sides,
        shape=shape_of(boundary, shape),
        early_bound=inputs.positive(early_bound, where=f"{WHERE}, early_bound"),
        given=given_of(boundary, alpha_given, looks, alpha),
    )
    has_futility = futility is not None or futility_spending is not None
    check_futility(futility, futility_spending, beta_given, has_futility, binding, rule)
    if futility_spending is not None:
        beta = beta_to_spend(futility_spending, rule.information, 1 - power, futility_shape, beta_given)
        upper, lower, drift = bounds_by_beta(rule, beta, binding)
    else:
        upper, lower = bounds_as_given(rule, futility, binding)
        drift = drift_for(rule, upper, lower, power, both_sides)
    return GroupSequential(
        boundary=boundary,
        information=rule.information,
        alpha=alpha,
        sides=sides,
        power=float(power),
        critical_values=upper,
        futility_bounds=lower,
        binding=bool(binding) and has_futility,
        both_sides=bool(both_sides) and sides == 2,
        drift=drift,
    )


def bounds_by_beta(rule: Rule, beta: Floats, binding: bool) -> tuple[Floats, Floats, float]:
    """Bounds of efficacy and of futility, and the drift, where beta is spent by a function."""
    none = np.full(rule.information.size, -np.inf)
    free = None if binding else critical_values(rule, none, where=WHERE)
    both, drift = beta_bounds(rule, free, beta, where=WHERE)
    return both.upper, both.lower, drift


def bounds_as_given(rule: Rule, futility: ArrayLike | None, binding: bool) -> tuple[Floats, Floats]:
    """Bounds of efficacy, and those of futility as they were given."""
    none = np.full(rule.information.size, -np.inf)
    lower = none[:-1] if futility is None else futility_of(futility, rule.information.size)
    upper = critical_values(rule, np.append(lower, -np.inf) if binding else none, where=WHERE)
    if (lower >= upper[:-1]).any():
        raise inputs.refuse(
            "a futility bound lies above the bound of efficacy of its look",
            where=f"{WHERE}, futility",
            rule="DESIGN-BOUNDS",
            remedy="choose lower futility bounds",
        )
    return upper, lower


def drift_for(rule: Rule, upper: Floats, lower: Floats, power: float, both_sides: bool) -> float:
    """Mean of Z at the last look at which the power is reached."""
    below = -upper if rule.sides == 2 else np.append(lower, upper[-1])

    def missing(drift: float) -> float:
        out = leaving(rule.information, below, upper, drift)
        wrong = out.lower.sum() if rule.sides == 2 and both_sides else 0.0
        return float(out.upper.sum() + wrong) - power

    if missing(GREATEST_DRIFT) <= 0:
        raise inputs.refuse(
            f"no effect reaches the power {power:g}: the trial stops too often for futility",
            where=WHERE,
            rule="DESIGN-POWER",
            remedy="choose lower futility bounds",
        )
    return root(missing, 0.0, GREATEST_DRIFT)
