"""What is assumed about a comparison of survival, and what may be assumed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from equipoise.design import inputs
from equipoise.design.hazards import Accrual, Hazard, PiecewiseHazard, entry_from, hazard_from
from equipoise.design.roots import root
from equipoise.design.sequential import GroupSequential

EVENT_METHODS = ("schoenfeld", "freedman", "hsieh_freedman")
SIZE_METHODS = (*EVENT_METHODS, "lachin_foulkes")
LONGEST = 1e9
"""Multiple of the accrual beyond which no more events are waited for."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Survival:
    """What is assumed about entry, events and drop-out in two arms."""

    accrual: Accrual
    control: Hazard
    experimental: Hazard
    drop_out_control: float
    drop_out_experimental: float
    """Hazards of dropping out, per unit of time."""
    ratio: float
    """Experimental subjects per control subject."""

    def events_by(self, time: float) -> float:
        """Expected share of all subjects who have had the event by a calendar time."""
        control, experimental = self.arms_by(time)
        return (self.ratio * experimental + control) / (1 + self.ratio)

    def arms_by(self, time: float) -> tuple[float, float]:
        """The same in the control and in the experimental arm."""
        return (
            self.accrual.events_by(time, self.control, self.drop_out_control),
            self.accrual.events_by(time, self.experimental, self.drop_out_experimental),
        )

    def ended(self, events: float, follow_up: float, *, where: str) -> tuple[Survival, float]:
        """The model with the end of the accrual, and the subjects that have these events after the follow-up."""
        inputs.not_negative(follow_up, where=f"{where}, follow_up")
        if np.isfinite(self.accrual.duration):
            return self, events / self.events_by(self.accrual.duration + follow_up)

        def missing(duration: float) -> float:
            trial = replace(self, accrual=self.accrual.until(duration))
            return trial.accrual.total * trial.events_by(duration + follow_up) - events

        longest = 1.0
        while missing(longest) < 0:
            longest *= 2
        trial = replace(self, accrual=self.accrual.until(root(missing, 1e-12, longest)))
        return trial, trial.accrual.total

    def with_subjects(self, subjects: float) -> Survival:
        """The model with the end of the accrual, where its rates are open: when all have entered."""
        if np.isfinite(self.accrual.duration):
            return self
        return replace(self, accrual=self.accrual.until_subjects(subjects))

    def time_of(self, share: float, *, where: str) -> float:
        """Calendar time by which this share of all subjects is expected to have had the event."""
        end = self.accrual.duration
        while self.events_by(end) < share:
            end *= 2
            if end > LONGEST * self.accrual.duration:
                raise inputs.refuse(
                    f"a share of {share:.4g} of the subjects never has the event before dropping out",
                    where=where,
                    rule="DESIGN-EVENTS",
                    remedy="plan more subjects, or fewer events",
                )
        return root(lambda time: self.events_by(time) - share, 0.0, end)


def drift_per_event(hazard_ratio: float, ratio: float, method: str, null_ratio: float) -> float:
    """Mean of Z over the square root of the events; above 0 where the hazard ratio lies below the null one."""
    if method == "schoenfeld":
        return float(np.log(null_ratio / hazard_ratio) * np.sqrt(ratio) / (1 + ratio))
    if method == "freedman":
        return float((1 - hazard_ratio) * np.sqrt(ratio) / (1 + ratio * hazard_ratio))
    return float(2 * np.sqrt(ratio) / (1 + ratio) * (1 - hazard_ratio) / (1 + hazard_ratio))


def level_of(
    looks: GroupSequential | None,
    alpha_one_sided: float | None,
    alpha_two_sided: float | None,
    power: float,
    *,
    where: str,
) -> tuple[float, int, float]:
    """Alpha, sides and power: of the looks where there are looks."""
    if looks is None:
        alpha, sides = inputs.level(alpha_one_sided, alpha_two_sided, where=where)
        return alpha, sides, inputs.power_above(power, alpha / sides, where=where)
    if alpha_one_sided is not None or alpha_two_sided is not None:
        raise inputs.refuse(
            "alpha is given, and looks that have their own",
            where=where,
            rule="DESIGN-ALPHA",
            remedy="give alpha to group_sequential only",
        )
    return looks.alpha, looks.sides, looks.power


def assumptions(
    control: float | Hazard,
    hazard_ratio: float | None,
    experimental: float | Hazard | None,
    accrual: Accrual,
    ratio: float,
    drop_out_control: float,
    drop_out_experimental: float | None,
    *,
    where: str,
) -> tuple[Survival, float]:
    """The model of both arms, and the hazard ratio."""
    inputs.ratio(ratio, where=where)
    entry_from(accrual, where=f"{where}, accrual")
    base = hazard_from(control, where=f"{where}, control")
    if (hazard_ratio is None) == (experimental is None):
        raise inputs.refuse(
            "one of hazard_ratio and experimental has to be given, and not both",
            where=where,
            rule="DESIGN-HAZARD",
            remedy="give the hazard ratio, or the hazard of the experimental arm",
        )
    if hazard_ratio is not None:
        effect = inputs.positive(hazard_ratio, where=f"{where}, hazard_ratio")
        other = base.scaled(effect)
    else:
        assert experimental is not None
        other = hazard_from(experimental, where=f"{where}, experimental")
        effect = constant_ratio(other, base, where=where)
    lost = inputs.not_negative(drop_out_control, where=f"{where}, drop_out_control")
    if drop_out_experimental is not None:
        inputs.not_negative(drop_out_experimental, where=f"{where}, drop_out_experimental")
    return Survival(
        accrual=accrual,
        control=base,
        experimental=other,
        drop_out_control=lost,
        drop_out_experimental=lost if drop_out_experimental is None else float(drop_out_experimental),
        ratio=float(ratio),
    ), effect


def constant_ratio(experimental: Hazard, control: Hazard, *, where: str) -> float:
    """Hazard ratio of two constant hazards."""
    if (
        isinstance(experimental, PiecewiseHazard)
        and isinstance(control, PiecewiseHazard)
        and experimental.is_constant
        and control.is_constant
    ):
        return float(experimental.rates[0] / control.rates[0])
    raise inputs.refuse(
        "the ratio of two hazards that are not constant may change with time",
        where=where,
        rule="DESIGN-HAZARD",
        remedy="give the control hazard and the hazard ratio",
    )


def effect_of(hazard_ratio: float, ratio: float, method: str, null_ratio: float, *, where: str) -> float:
    """Mean of Z over the square root of the events, not 0."""
    inputs.positive(hazard_ratio, where=f"{where}, hazard_ratio")
    inputs.ratio(ratio, where=where)
    inputs.choice(method, EVENT_METHODS, where=f"{where}, method")
    check_margin(method, null_ratio, where=where)
    effect = drift_per_event(hazard_ratio, ratio, method, null_ratio)
    if effect == 0:
        raise inputs.refuse(
            "the assumed hazard ratio is that of the null hypothesis: there is nothing to show",
            where=where,
            rule="DESIGN-NO-EFFECT",
            remedy="assume a hazard ratio that differs from it",
        )
    return effect


def check_margin(method: str, null_ratio: float, *, where: str) -> None:
    """Refuse a margin with a method that has none."""
    inputs.positive(null_ratio, where=f"{where}, null_ratio")
    if null_ratio != 1 and method != "schoenfeld":
        raise inputs.refuse(
            f"the method {method} is for the null hypothesis that the hazards are equal",
            where=f"{where}, null_ratio",
            rule="DESIGN-MARGIN",
            remedy="choose schoenfeld with a margin",
        )


def check_enough(events: float, subjects: float, *, where: str) -> None:
    """Refuse more events than subjects."""
    if events >= subjects:
        raise inputs.refuse(
            f"{subjects:g} subjects cannot have {events:.1f} events",
            where=where,
            rule="DESIGN-EVENTS",
            remedy="plan more subjects",
        )
