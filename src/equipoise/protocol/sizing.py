"""The sample size that a protocol's assumptions give, worked out anew, beside the one that the protocol states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from equipoise import design
from equipoise.errors import ProtocolError
from equipoise.protocol.endpoints import SampleSize
from equipoise.protocol.model import Protocol

METHODS = ("pooled", "unpooled", "arcsine", "pooled_corrected", "fisher", "chi_square")
TESTS = {"p_fisher": "fisher", "p_pearson": "chi_square"}
"""Statistic of an analysis to the test whose exact power is meant."""
STEP = 0.05
"""Step of the true experimental rate in the table of power."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Power of one test at the rates that are assumed, for each of `Sizing.compared`."""

    method: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """The sample size of a protocol. Sizes are (experimental, control)."""

    trial: str
    version: str
    endpoint: str
    arms: tuple[str, str]
    """Experimental and control arm."""
    assumed: SampleSize
    ratio: float
    """Experimental subjects per control subject."""
    sizes: tuple[design.Size, ...]
    """By each formula, that of the protocol first; the trial has one look."""
    inflation: float
    """By which the interim looks enlarge the trial; 1 where there are none."""
    per_arm: tuple[int, int]
    """By the formula of the protocol, with its interim looks."""
    per_arm_inflated: tuple[int, int]
    compared: tuple[tuple[str, tuple[int, int]], ...]
    """Sizes at which power is shown: what each is, and the size."""
    powers: tuple[Power, ...]
    detectable: tuple[float, ...]
    """Experimental rate that is found with the power, by the formula of the protocol, at each of `compared`."""
    looks: design.GroupSequential | None
    critical_rates: tuple[float, ...]
    """With looks: experimental rate at the bound of each look, where the control rate is as assumed."""

    @property
    def agrees(self) -> bool:
        """Whether the protocol states the numbers that come out; where arms are unequal, those of the control arm."""
        stated = self.assumed.per_arm, self.assumed.per_arm_inflated
        return (self.per_arm[1], self.per_arm_inflated[1]) == stated

    def power_at(self, method: str, rates: Sequence[float], n: tuple[int, int]) -> list[float]:
        """Power where the true experimental rate is each of `rates` and the control rate is as assumed; both sides."""
        assumed = self.assumed
        return [
            design.power_two_proportions(
                *n,
                rate,
                assumed.p_control,
                alpha_two_sided=assumed.alpha_two_sided,
                method=method,
                both_sides=True,
            )
            for rate in rates
        ]

    def rates_to_show(self) -> list[float]:
        """True experimental rates of the table of power: from the control rate, past the rate that is assumed."""
        assumed = self.assumed
        side = 1 if assumed.p_experimental > assumed.p_control else -1
        steps = round(abs(assumed.p_experimental - assumed.p_control) / STEP) + 3
        rates = [assumed.p_control + side * STEP * step for step in range(steps)]
        return [round(rate, 10) for rate in rates if STEP / 2 < rate < 1 - STEP / 2]


def sizing(protocol: Protocol) -> Sizing:
    """Work out the sample size of a protocol.

    Raises:
        ProtocolError: there is not one binary primary endpoint and one arm of each role.
        DesignError: assumptions that cannot be.
    """
    assumed = protocol.sample_size
    endpoint, experimental, control = subject_of(protocol)
    shares = protocol.randomization.ratio
    ratio = shares[experimental] / shares[control]
    sizes = tuple(size_by(method, assumed, ratio) for method in dict.fromkeys((assumed.formula, *METHODS)))
    plan = looks_of(assumed)
    inflation = 1.0 if plan is None else plan.inflation_factor
    exact = sizes[0].n_experimental * inflation, sizes[0].n_control * inflation
    per_arm = design.rounded_up(exact[0]), design.rounded_up(exact[1])
    inflated = design.inflated(per_arm[0], assumed.dropout), design.inflated(per_arm[1], assumed.dropout)
    planned = protocol.randomization.planned
    randomized = round(planned * ratio / (1 + ratio)), round(planned / (1 + ratio))
    compared = (("analysed", per_arm), ("if none drops out", inflated), ("as planned in all", randomized))
    tests = [assumed.formula, *planned_tests(protocol, endpoint)]
    return Sizing(
        trial=protocol.trial.id,
        version=protocol.version,
        endpoint=endpoint,
        arms=(experimental, control),
        assumed=assumed,
        ratio=ratio,
        sizes=sizes,
        inflation=inflation,
        per_arm=per_arm,
        per_arm_inflated=inflated,
        compared=compared,
        powers=tuple(power_of(method, assumed, compared) for method in tests),
        detectable=tuple(detectable(assumed, n) for _, n in compared),
        looks=plan,
        critical_rates=() if plan is None else critical_rates(plan, exact, assumed),
    )


def subject_of(protocol: Protocol) -> tuple[str, str, str]:
    """The primary endpoint, the experimental and the control arm."""
    primary = [name for name, endpoint in protocol.endpoints.items() if endpoint.role == "primary"]
    arms = {role: [arm.id for arm in protocol.arms if arm.role == role] for role in ("experimental", "control")}
    binary = len(primary) == 1 and protocol.endpoints[primary[0]].kind in ("binary", "durable")
    if not binary or any(len(of_role) != 1 for of_role in arms.values()):
        raise ProtocolError(
            "the sample size of a protocol is for one primary endpoint that is binary, and two arms",
            where="sample_size",
            rule="SAMPLE-SIZE",
            remedy="use equipoise.design for other trials (docs/how-to/plan-the-size.md)",
        )
    return primary[0], arms["experimental"][0], arms["control"][0]


def size_by(method: str, assumed: SampleSize, ratio: float) -> design.Size:
    """Size of a trial with one look by one formula."""
    return design.sample_size_two_proportions(
        assumed.p_experimental,
        assumed.p_control,
        alpha_two_sided=assumed.alpha_two_sided,
        power=assumed.power,
        ratio=ratio,
        method=method,
        drop_out=assumed.dropout,
    )


def power_of(method: str, assumed: SampleSize, compared: Sequence[tuple[str, tuple[int, int]]]) -> Power:
    """Power of one test at each size."""
    return Power(
        method=method,
        values=tuple(
            design.power_two_proportions(
                *n, assumed.p_experimental, assumed.p_control, alpha_two_sided=assumed.alpha_two_sided, method=method
            )
            for _, n in compared
        ),
    )


def detectable(assumed: SampleSize, n: tuple[int, int]) -> float:
    """Experimental rate that is found with the power at a size, by the formula of the protocol."""
    return design.detectable_proportion(
        *n,
        assumed.p_control,
        alpha_two_sided=assumed.alpha_two_sided,
        power=assumed.power,
        method=assumed.formula,
        higher=assumed.p_experimental > assumed.p_control,
    )


def planned_tests(protocol: Protocol, endpoint: str) -> list[str]:
    """Methods of the tests of the main analysis of an endpoint: the first that is of its estimand and no variant."""
    for analysis in protocol.analyses:
        if analysis.endpoint == endpoint and not analysis.descriptive and analysis.variant is None:
            return [TESTS[statistic] for statistic in analysis.statistics if statistic in TESTS]
    return []


def looks_of(assumed: SampleSize) -> design.GroupSequential | None:
    """The group-sequential design of the looks; one-sided at half of alpha where the trial may stop for futility."""
    looks = assumed.looks
    if looks is None:
        return None
    has_futility = bool(looks.futility) or looks.futility_spending is not None
    return design.group_sequential(
        [*looks.information, 1.0],
        boundary=looks.boundary,
        alpha_one_sided=assumed.alpha_two_sided / 2 if has_futility else None,
        alpha_two_sided=None if has_futility else assumed.alpha_two_sided,
        power=assumed.power,
        shape=looks.shape,
        early_bound=looks.early_bound,
        futility=looks.futility or None,
        futility_spending=looks.futility_spending,
        futility_shape=looks.futility_shape,
        binding=looks.binding,
    )


def critical_rates(plan: design.GroupSequential, exact: tuple[float, float], assumed: SampleSize) -> tuple[float, ...]:
    """Experimental rate at the bound of efficacy of each look, where the control rate is as assumed."""
    side = 1 if assumed.p_experimental > assumed.p_control else -1
    return tuple(
        design.critical_proportion(side * z, share * exact[0], share * exact[1], assumed.p_control)
        for z, share in zip(plan.critical_values, plan.information, strict=True)
    )
