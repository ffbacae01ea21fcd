"""Lachin and Foulkes' size of a comparison of two constant hazards."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from equipoise.design import inputs
from equipoise.design.fixed import upper_z
from equipoise.design.hazards import PiecewiseHazard
from equipoise.design.sequential import GroupSequential
from equipoise.design.survival_model import Survival


def lachin_foulkes_events(
    model: Survival,
    looks: GroupSequential | None,
    alpha: float,
    sides: int,
    power: float,
    follow_up: float | None,
    null_ratio: float,
    *,
    where: str,
) -> float:
    """Events that are expected among the subjects of Lachin and Foulkes' formula, not rounded.

    Source: Lachin & Foulkes 1986, Biometrics 42:507-519.
    Checked: by their closed formulas in tests/spec/design.
    """
    constant = all(isinstance(arm, PiecewiseHazard) and arm.is_constant for arm in (model.control, model.experimental))
    closed = bool(np.isfinite(model.accrual.duration))
    if not constant or looks is not None or follow_up is None or null_ratio != 1 or not closed:
        raise inputs.refuse(
            "lachin_foulkes is for constant hazards, one look, a given accrual and follow-up, and no margin",
            where=f"{where}, method",
            rule="DESIGN-OPTION",
            remedy="choose schoenfeld",
        )
    end = model.accrual.duration + inputs.not_negative(follow_up, where=f"{where}, follow_up")
    return lachin_foulkes(model, alpha, sides, power, end) * model.events_by(end)


def lachin_foulkes(model: Survival, alpha: float, sides: int, power: float, end: float) -> float:
    """Subjects of a comparison of two estimated constant hazards, not rounded."""
    assert isinstance(model.control, PiecewiseHazard)
    assert isinstance(model.experimental, PiecewiseHazard)
    share = model.ratio / (1 + model.ratio)
    control, experimental = float(model.control.rates[0]), float(model.experimental.rates[0])
    average = share * experimental + (1 - share) * control

    def variance(hazard: float, drop_out: float) -> float:
        arm = PiecewiseHazard(np.zeros(1), np.array([hazard]))
        return hazard**2 / model.accrual.events_by(end, arm, drop_out)

    def total(rate_experimental: float, rate_control: float) -> float:
        return float(
            np.sqrt(
                variance(rate_experimental, model.drop_out_experimental) / share
                + variance(rate_control, model.drop_out_control) / (1 - share)
            )
        )

    z = upper_z(alpha, sides) * total(average, average) + float(ndtri(power)) * total(experimental, control)
    return (z / (experimental - control)) ** 2
