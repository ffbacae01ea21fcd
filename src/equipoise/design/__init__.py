"""Sample size, power and group-sequential boundaries: numbers in, small frozen results out. Knows no trial.

Every public name is imported from its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equipoise.design.competing import CompetingSize as CompetingSize
    from equipoise.design.competing import sample_size_competing_risks as sample_size_competing_risks
    from equipoise.design.effect_bounds import critical_one_proportion as critical_one_proportion
    from equipoise.design.effect_bounds import critical_proportion as critical_proportion
    from equipoise.design.hazards import Accrual as Accrual
    from equipoise.design.hazards import PiecewiseHazard as PiecewiseHazard
    from equipoise.design.hazards import WeibullHazard as WeibullHazard
    from equipoise.design.hazards import accrual as accrual
    from equipoise.design.hazards import drop_out_hazard as drop_out_hazard
    from equipoise.design.hazards import hazard_of_median as hazard_of_median
    from equipoise.design.hazards import hazard_of_proportion as hazard_of_proportion
    from equipoise.design.hazards import piecewise_hazard as piecewise_hazard
    from equipoise.design.one_proportion import OneArmSize as OneArmSize
    from equipoise.design.one_proportion import power_one_proportion as power_one_proportion
    from equipoise.design.one_proportion import sample_size_one_proportion as sample_size_one_proportion
    from equipoise.design.proportions import Size as Size
    from equipoise.design.proportions import detectable_proportion as detectable_proportion
    from equipoise.design.proportions import inflated as inflated
    from equipoise.design.proportions import power_two_proportions as power_two_proportions
    from equipoise.design.proportions import rounded_up as rounded_up
    from equipoise.design.proportions import sample_size_two_proportions as sample_size_two_proportions
    from equipoise.design.sequential import GroupSequential as GroupSequential
    from equipoise.design.sequential import Looks as Looks
    from equipoise.design.sequential import group_sequential as group_sequential
    from equipoise.design.survival import SurvivalPower as SurvivalPower
    from equipoise.design.survival import SurvivalSize as SurvivalSize
    from equipoise.design.survival import events_needed as events_needed
    from equipoise.design.survival import power_survival as power_survival
    from equipoise.design.survival import sample_size_survival as sample_size_survival

MODULES = {
    "sequential": ("GroupSequential", "Looks", "group_sequential"),
    "competing": ("CompetingSize", "sample_size_competing_risks"),
    "effect_bounds": ("critical_one_proportion", "critical_proportion"),
    "hazards": (
        "Accrual",
        "PiecewiseHazard",
        "WeibullHazard",
        "accrual",
        "drop_out_hazard",
        "hazard_of_median",
        "hazard_of_proportion",
        "piecewise_hazard",
    ),
    "one_proportion": ("OneArmSize", "power_one_proportion", "sample_size_one_proportion"),
    "proportions": (
        "Size",
        "detectable_proportion",
        "inflated",
        "power_two_proportions",
        "rounded_up",
        "sample_size_two_proportions",
    ),
    "survival": (
        "SurvivalPower",
        "SurvivalSize",
        "events_needed",
        "power_survival",
        "sample_size_survival",
    ),
}
HOME = {name: module for module, names in MODULES.items() for name in names}
__all__ = sorted(HOME)


def __getattr__(name: str) -> Any:
    """Public name `name`, from its module."""
    if name not in HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *HOME})
