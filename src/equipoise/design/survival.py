"""Comparison of survival: events, subjects, times of the analyses, power."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from equipoise.arrays import Floats
from equipoise.design import inputs
from equipoise.design.fixed import fixed_drift, power_of_drift, upper_z
from equipoise.design.hazards import Accrual, Hazard
from equipoise.design.lachin_foulkes import lachin_foulkes_events
from equipoise.design.sequential import GroupSequential
from equipoise.design.survival_model import (
    EVENT_METHODS,
    SIZE_METHODS,
    Survival,
    assumptions,
    check_enough,
    check_margin,
    drift_per_event,
    effect_of,
    level_of,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurvivalSize:
    """Size of a comparison of survival; with looks, arrays [n_looks], else [1]. Numbers are not rounded."""

    method: str
    """Formula of the events."""
    events_one_look: float
    """Events of the trial with one look."""
    subjects_one_look: float
    """Subjects of the trial with one look."""
    events: float
    """Events at the last look, both arms together."""
    subjects: float
    """Subjects, both arms together."""
    n_experimental: float
    """Of these in the experimental arm."""
    n_control: float
    """Of these in the control arm."""
    event_probability_control: float
    """Expected share of control subjects with the event by the end of the study."""
    event_probability_experimental: float
    """The same in the experimental arm."""
    accrual_duration: float
    """Time from the first entry to the last."""
    follow_up: float
    """Time from the last entry to the last look; negative where the events come before the last entry."""
    analysis_times: Floats
    """Calendar time of each look since the first entry."""
    events_by_look: Floats
    """Events at each look, both arms together."""
    subjects_by_look: Floats
    """Subjects who have entered by each look."""
    expected_duration: float
    """Expected time to the last look that takes place, where the effect is as assumed."""
    critical_hazard_ratios: Floats
    """Hazard ratio at the bound of efficacy of each look; with two sides that on the side of the effect."""

    @property
    def duration(self) -> float:
        """Calendar time of the last look since the first entry."""
        return float(self.analysis_times[-1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurvivalPower:
    """Power of a comparison of survival; with looks, arrays [n_looks], else [1]."""

    power: float
    """Probability to reject at any look."""
    power_by_look: Floats
    """Probability to have rejected by each look."""
    events_by_look: Floats
    """Events at each look, both arms together."""
    analysis_times: Floats
    """Calendar time of each look since the first entry."""
    subjects_by_look: Floats
    """Subjects who have entered by each look."""
    expected_events: float
    """Expected events at the last look that takes place."""
    expected_duration: float
    """Expected time to the last look that takes place."""


def events_needed(
    hazard_ratio: float,
    *,
    alpha_one_sided: float | None = None,
    alpha_two_sided: float | None = None,
    power: float = 0.8,
    ratio: float = 1.0,
    method: str = "schoenfeld",
    null_ratio: float = 1.0,
    both_sides: bool = False,
) -> float:
    """Events that a log-rank test needs.

    Args:
        hazard_ratio: assumed, experimental over control.
        alpha_one_sided, alpha_two_sided: level; one of them.
        power: probability to reject on the side of the effect.
        ratio: experimental subjects per control subject.
        method: `schoenfeld`, `freedman`, or `hsieh_freedman` (Freedman's effect with Schoenfeld's weight of the ratio).
        null_ratio: hazard ratio under the null hypothesis: above 1 for non-inferiority (`schoenfeld` only).
        both_sides: with two sides, count a rejection on the wrong side as power.

    Returns:
        Events in both arms together, not rounded.

    Raises:
        DesignError: a hazard ratio equal to the null one, or values out of range.

    Differs from R: nowhere known (rpact getSampleSizeSurvival).
    Source: Schoenfeld 1983, Biometrics 39:499-503; Freedman 1982, Stat Med 1:121-129; Hsieh 1992, Stat Med
        11:1075-1084.
    Checked: published examples in tests/spec/design; rpact in tests/golden.

    Example:
        >>> from equipoise import design
        >>> round(design.events_needed(0.67, alpha_one_sided=0.025), 4)  # rpact
        195.7543
    """
    where = "events needed"
    alpha, sides = inputs.level(alpha_one_sided, alpha_two_sided, where=where)
    inputs.power_above(power, alpha / sides, where=where)
    per_event = effect_of(hazard_ratio, ratio, method, null_ratio, where=where)
    return (fixed_drift(alpha, sides, power, both_sides=both_sides) / per_event) ** 2


def sample_size_survival(
    control: float | Hazard,
    hazard_ratio: float | None = None,
    *,
    accrual: Accrual,
    experimental: float | Hazard | None = None,
    follow_up: float | None = None,
    subjects: float | None = None,
    alpha_one_sided: float | None = None,
    alpha_two_sided: float | None = None,
    power: float = 0.8,
    looks: GroupSequential | None = None,
    ratio: float = 1.0,
    method: str = "schoenfeld",
    null_ratio: float = 1.0,
    drop_out_control: float = 0.0,
    drop_out_experimental: float | None = None,
    both_sides: bool = False,
) -> SurvivalSize:
    """Size of a comparison of survival in two arms, or the follow-up that a given number of subjects needs.

    Args:
        control: hazard of the event in the control arm: a rate per unit of time, or `piecewise_hazard(...)`.
        hazard_ratio: assumed, experimental over control.
        accrual: how subjects enter, see `accrual`. With an open end, its rates are subjects per unit of time, and how
            long it lasts is worked out from the follow-up.
        experimental: hazard of the experimental arm in place of `hazard_ratio`; both then have to be constant.
        follow_up: time from the last entry to the last look. One of `follow_up` and `subjects` is given, the other
            one is worked out.
        subjects: both arms together.
        alpha_one_sided, alpha_two_sided, power: as in `events_needed`; with `looks` they are in it.
        looks: a group-sequential design; its information is the share of the events.
        ratio, method, null_ratio, both_sides: as in `events_needed`. `lachin_foulkes` is for constant hazards, one look
            and a given follow-up: it compares the estimated hazards.
        drop_out_control, drop_out_experimental: hazards of dropping out, see `drop_out_hazard`; the second is the
            first if it is not given.

    Returns:
        `SurvivalSize`.

    Raises:
        DesignError: events that are never reached, or arguments that do not fit together.

    Differs from R: rpact ends its search of the times within 1e-6.
    Source: Schoenfeld 1983; Freedman 1982; Lachin & Foulkes 1986, Biometrics 42:507-519.
    Checked: published examples in tests/spec/design; rpact in tests/golden.

    Example:
        >>> from equipoise import design
        >>> entry = design.accrual(36)
        >>> size = design.sample_size_survival(0.1, 0.6, accrual=entry, follow_up=12, alpha_two_sided=0.05)
        >>> round(size.subjects * size.event_probability_control, 1) > size.events / 2  # control has more events
        True
    """
    where = "sample size of survival"
    alpha, sides, power = level_of(looks, alpha_one_sided, alpha_two_sided, power, where=where)
    inputs.choice(method, SIZE_METHODS, where=f"{where}, method")
    if (follow_up is None) == (subjects is None):
        raise inputs.refuse(
            "one of follow_up and subjects has to be given, and not both",
            where=where,
            rule="DESIGN-FOLLOW-UP",
            remedy="give the follow-up after the last entry, or the number of subjects",
        )
    model, effect = assumptions(
        control, hazard_ratio, experimental, accrual, ratio, drop_out_control, drop_out_experimental, where=where
    )
    both = looks.both_sides if looks is not None else both_sides
    drift = fixed_drift(alpha, sides, power, both_sides=both)
    if method == "lachin_foulkes":
        one_look_events = lachin_foulkes_events(model, looks, alpha, sides, power, follow_up, null_ratio, where=where)
    else:
        one_look_events = (drift / effect_of(effect, ratio, method, null_ratio, where=where)) ** 2
    events = one_look_events * (1.0 if looks is None else looks.inflation_factor)
    if subjects is None:
        assert follow_up is not None
        one_look_subjects = model.ended(one_look_events, follow_up, where=where)[1]
        model, all_subjects = model.ended(events, follow_up, where=where)
        end = model.accrual.duration + follow_up
    else:
        all_subjects = one_look_subjects = inputs.positive(subjects, where=f"{where}, subjects")
        check_enough(events, all_subjects, where=where)
        model = model.with_subjects(all_subjects)
        end = model.time_of(events / all_subjects, where=where)
    shares = np.ones(1) if looks is None else looks.information
    times = np.array([model.time_of(events * t / all_subjects, where=where) for t in shares[:-1]] + [end])
    return size_of(
        model, method, (one_look_events, events), (one_look_subjects, all_subjects), times, looks,
        critical_ratios(looks, alpha, sides, events * shares, ratio, null_ratio, effect),
    )  # fmt: skip


def size_of(
    model: Survival,
    method: str,
    events: tuple[float, float],
    subjects: tuple[float, float],
    times: Floats,
    looks: GroupSequential | None,
    critical: Floats,
) -> SurvivalSize:
    """The result, from events and subjects of the trial with one look and of this one, and the times of its looks."""
    shares = np.ones(1) if looks is None else looks.information
    stop = np.ones(1) if looks is None else looks.at(looks.drift).stop
    end, ratio = float(times[-1]), model.ratio
    at_end = model.arms_by(end)
    return SurvivalSize(
        method=method,
        events_one_look=events[0],
        subjects_one_look=subjects[0],
        events=events[1],
        subjects=subjects[1],
        n_experimental=subjects[1] * ratio / (1 + ratio),
        n_control=subjects[1] / (1 + ratio),
        event_probability_control=at_end[0],
        event_probability_experimental=at_end[1],
        accrual_duration=model.accrual.duration,
        follow_up=end - model.accrual.duration,
        analysis_times=times,
        events_by_look=events[1] * shares,
        subjects_by_look=subjects[1] * model.accrual.share_by(times),
        expected_duration=float(times @ stop),
        critical_hazard_ratios=critical,
    )


def power_survival(
    events: float,
    subjects: float,
    control: float | Hazard,
    hazard_ratio: float | None = None,
    *,
    accrual: Accrual,
    experimental: float | Hazard | None = None,
    alpha_one_sided: float | None = None,
    alpha_two_sided: float | None = None,
    looks: GroupSequential | None = None,
    ratio: float = 1.0,
    method: str = "schoenfeld",
    null_ratio: float = 1.0,
    drop_out_control: float = 0.0,
    drop_out_experimental: float | None = None,
    against_higher: bool = False,
    both_sides: bool = False,
) -> SurvivalPower:
    """Power of a comparison of survival that ends with a given number of events, and when that is.

    Args:
        events: events at the last look, both arms together.
        subjects: subjects who enter, both arms together.
        against_higher: a one-sided test that rejects where the experimental hazard is higher, not lower.
        control, hazard_ratio, accrual, experimental, alpha_one_sided, alpha_two_sided, looks, ratio, method,
            null_ratio, drop_out_control, drop_out_experimental, both_sides: as in `sample_size_survival`; the method
            is not `lachin_foulkes`.

    Returns:
        `SurvivalPower`.

    Raises:
        DesignError: events that are never reached, or values out of range.

    Differs from R: rpact ends its search of the times within 1e-6.
    Source: Schoenfeld 1983; Freedman 1982; Lachin & Foulkes 1986.
    Checked: rpact in tests/golden.

    Example:
        >>> from equipoise import design
        >>> entry = design.accrual(60)
        >>> power = design.power_survival(160, 198, 0.0866434, 0.67, accrual=entry, alpha_one_sided=0.025).power
        >>> round(power, 6)  # rpact getPowerSurvival
        0.716637
    """
    where = "power of survival"
    alpha, sides, _ = level_of(looks, alpha_one_sided, alpha_two_sided, 0.8, where=where)
    model, effect = assumptions(
        control, hazard_ratio, experimental, accrual, ratio, drop_out_control, drop_out_experimental, where=where
    )
    inputs.positive(events, where=f"{where}, events")
    inputs.positive(subjects, where=f"{where}, subjects")
    check_enough(events, subjects, where=where)
    inputs.choice(method, EVENT_METHODS, where=f"{where}, method")
    check_margin(method, null_ratio, where=where)
    drift = drift_per_event(effect, ratio, method, null_ratio) * float(np.sqrt(events))
    drift = -drift if against_higher else drift
    model = model.with_subjects(subjects)
    accrual = model.accrual
    if looks is None:
        power = np.array([power_of_drift(drift, alpha, sides, both_sides=both_sides)])
        shares, stop = np.ones(1), np.ones(1)
    else:
        at = looks.at(drift)
        power, shares, stop = at.power, looks.information, at.stop
    times = np.array([model.time_of(events * t / subjects, where=where) for t in shares])
    return SurvivalPower(
        power=float(power[-1]),
        power_by_look=power,
        events_by_look=events * shares,
        analysis_times=times,
        subjects_by_look=subjects * accrual.share_by(times),
        expected_events=float(events * (stop @ shares)),
        expected_duration=float(stop @ times),
    )


def critical_ratios(
    looks: GroupSequential | None,
    alpha: float,
    sides: int,
    events: Floats,
    ratio: float,
    null_ratio: float,
    hazard_ratio: float,
) -> Floats:
    """Hazard ratio at the bound of each look, on the side of the effect."""
    z = np.array([upper_z(alpha, sides)]) if looks is None else looks.critical_values
    side = -1.0 if hazard_ratio < null_ratio else 1.0
    return np.asarray(null_ratio * np.exp(side * z * (1 + ratio) / np.sqrt(ratio * events)))
