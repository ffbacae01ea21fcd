"""Comparison of the incidence of one event among competing ones: events and subjects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from equipoise.arrays import Floats
from equipoise.design import inputs
from equipoise.design.fixed import fixed_drift
from equipoise.design.hazards import Accrual, entry_from, piece
from equipoise.design.recursion import gauss_legendre
from equipoise.design.survival_model import effect_of

EFFECTS = ("subdistribution", "cause_specific")
PANELS = 40
"""Panels of time for the incidence in the experimental arm: its density is smooth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetingSize:
    """Size of a comparison with competing events. Numbers are not rounded."""

    effect: str
    """Of which hazards the ratio is."""
    events: float
    """Events of interest, both arms together."""
    subjects: float
    """Subjects, both arms together."""
    n_experimental: float
    """Of these in the experimental arm."""
    n_control: float
    """Of these in the control arm."""
    event_probability_control: float
    """Expected share of control subjects seen to have the event of interest by the end of the study."""
    event_probability_experimental: float
    """The same in the experimental arm."""
    duration: float
    """Accrual and follow-up together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """Constant hazards of one arm, per unit of time."""

    interest: float
    competing: float
    drop_out: float

    def changed(self, ratio: float, competing_ratio: float) -> Arm:
        """The same with both cause-specific hazards multiplied."""
        return Arm(interest=self.interest * ratio, competing=self.competing * competing_ratio, drop_out=self.drop_out)


def sample_size_competing_risks(
    hazard_of_interest: float,
    competing_hazard: float,
    hazard_ratio: float,
    *,
    effect: str = "subdistribution",
    competing_hazard_ratio: float = 1.0,
    accrual: Accrual,
    follow_up: float,
    alpha_one_sided: float | None = None,
    alpha_two_sided: float | None = None,
    power: float = 0.8,
    ratio: float = 1.0,
    drop_out: float = 0.0,
) -> CompetingSize:
    """Size of a comparison of the time to one event, where other events may come first.

    Args:
        hazard_of_interest, competing_hazard: constant cause-specific hazards of the control arm, per unit of time.
        hazard_ratio: assumed, experimental over control: of the subdistribution hazards, or of the cause-specific
            hazards of the event of interest.
        effect: `subdistribution`: for Gray's test and Fine and Gray's model; `cause_specific`: for the log-rank test
            and Cox's model where competing events are censored.
        competing_hazard_ratio: experimental over control, of the competing hazard (`cause_specific` only; the ratio of
            the subdistribution hazards says all that is needed).
        accrual: how subjects enter, see `accrual`.
        follow_up: time from the last entry to the analysis.
        alpha_one_sided, alpha_two_sided, power, ratio: as in `events_needed`.
        drop_out: hazard of dropping out, in both arms.

    Returns:
        `CompetingSize`. The events are Schoenfeld's; the subjects follow from the incidence of the event of interest.

    Raises:
        DesignError: values out of range.

    Differs from R: no R package used here has it.
    Source: Latouche, Porcher & Chevret 2004, Stat Med 23:3263-3274 (subdistribution); Pintilie 2002, Stat Med
        21:3317-3324, and Schulgen et al. 2005, Contemp Clin Trials 26:386-396 (cause-specific).
    Checked: by closed forms and by numerical integration in tests/spec/design.

    Example:
        >>> from equipoise import design
        >>> size = design.sample_size_competing_risks(
        ...     0.1, 0.1, 0.5, accrual=design.accrual(1e-6), follow_up=1e6, alpha_two_sided=0.05
        ... )
        >>> round(size.event_probability_control, 4)  # one half of those who have any event
        0.5
    """
    where = "sample size with competing risks"
    alpha, sides = inputs.level(alpha_one_sided, alpha_two_sided, where=where)
    inputs.power_above(power, alpha / sides, where=where)
    inputs.choice(effect, EFFECTS, where=f"{where}, effect")
    control = Arm(
        interest=inputs.positive(hazard_of_interest, where=f"{where}, hazard_of_interest"),
        competing=inputs.not_negative(competing_hazard, where=f"{where}, competing_hazard"),
        drop_out=inputs.not_negative(drop_out, where=f"{where}, drop_out"),
    )
    inputs.positive(competing_hazard_ratio, where=f"{where}, competing_hazard_ratio")
    entry_from(accrual, where=f"{where}, accrual")
    check(effect, competing_hazard_ratio, accrual, where=where)
    per_event = effect_of(hazard_ratio, ratio, "schoenfeld", 1.0, where=where)
    events = (fixed_drift(alpha, sides, power, both_sides=False) / per_event) ** 2
    end = accrual.duration + inputs.not_negative(follow_up, where=f"{where}, follow_up")
    in_control = seen_by(end, accrual, lambda x: incidence(x, control))
    if effect == "subdistribution":
        in_experimental = seen_by(end, accrual, lambda x: subdistribution_incidence(x, control, hazard_ratio))
    else:
        experimental = control.changed(hazard_ratio, competing_hazard_ratio)
        in_experimental = seen_by(end, accrual, lambda x: incidence(x, experimental))
    subjects = events * (1 + ratio) / (ratio * in_experimental + in_control)
    return CompetingSize(
        effect=effect,
        events=events,
        subjects=subjects,
        n_experimental=subjects * ratio / (1 + ratio),
        n_control=subjects / (1 + ratio),
        event_probability_control=in_control,
        event_probability_experimental=in_experimental,
        duration=end,
    )


def check(effect: str, competing_hazard_ratio: float, accrual: Accrual, *, where: str) -> None:
    """Refuse what does not go together."""
    if effect == "subdistribution" and competing_hazard_ratio != 1:
        raise inputs.refuse(
            "the ratio of the subdistribution hazards already holds what the competing hazard does",
            where=f"{where}, competing_hazard_ratio",
            rule="DESIGN-OPTION",
            remedy="leave it out, or choose the effect cause_specific",
        )
    if not np.isfinite(accrual.duration):
        raise inputs.refuse(
            "the accrual has no end", where=where, rule="DESIGN-ACCRUAL", remedy="say how long subjects enter"
        )


def incidence(x: Floats, arm: Arm) -> Floats:
    """Probability to be seen to have the event of interest within x."""
    return piece(x, arm.interest, arm.interest + arm.competing + arm.drop_out)[0]


def subdistribution_incidence(x: Floats, control: Arm, ratio: float) -> Floats:
    """The same in an arm whose subdistribution hazard is `ratio` times that of the control arm.

    Without drop-out it is 1 - (1 - F)^ratio, F that of the control arm; with it, what is seen of its density.
    """
    plain = Arm(interest=control.interest, competing=control.competing, drop_out=0.0)
    if control.drop_out == 0:
        return np.asarray(-np.expm1(ratio * np.log1p(-incidence(x, plain))))
    node, weight = gauss_legendre()
    edges = np.linspace(0, 1, PANELS + 1)[:-1, np.newaxis]
    part = (edges + (1 + node) / 2 / PANELS).ravel()
    time = x[..., np.newaxis] * part
    f = control.interest * np.exp(-(control.interest + control.competing) * time)
    density = ratio * (1 - incidence(time, plain)) ** (ratio - 1) * f * np.exp(-control.drop_out * time)
    return np.asarray(x * (density @ np.tile(weight / 2 / PANELS, PANELS)))


def seen_by(end: float, accrual: Accrual, incidence_of: Callable[[Floats], Floats]) -> float:
    """Expected share of an arm that is seen to have the event by a calendar time."""
    node, weight = gauss_legendre()
    starts = np.append(0.0, accrual.ends[:-1])
    total = 0.0
    for start, stop, density in zip(starts, accrual.ends, accrual.density, strict=True):
        edges = np.linspace(start, stop, PANELS + 1)[:-1, np.newaxis]
        entry = (edges + (1 + node) / 2 * (stop - start) / PANELS).ravel()
        within = incidence_of(np.maximum(end - entry, 0.0))
        total += float(density * (stop - start) / PANELS / 2 * (within @ np.tile(weight, PANELS)))
    return total
