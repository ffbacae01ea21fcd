"""Sample size, power and group-sequential boundaries: numbers in, small frozen results out. Knows no trial.

Every public name is imported from its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equipoise.design.group_sequential import GroupSequential as GroupSequential
    from equipoise.design.group_sequential import Looks as Looks
    from equipoise.design.group_sequential import group_sequential as group_sequential
    from equipoise.design.proportions import OneArmSize as OneArmSize
    from equipoise.design.proportions import Size as Size
    from equipoise.design.proportions import detectable_proportion as detectable_proportion
    from equipoise.design.proportions import power_one_proportion as power_one_proportion
    from equipoise.design.proportions import power_two_proportions as power_two_proportions
    from equipoise.design.proportions import sample_size_one_proportion as sample_size_one_proportion
    from equipoise.design.proportions import sample_size_two_proportions as sample_size_two_proportions

MODULES = {
    "group_sequential": ("GroupSequential", "Looks", "group_sequential"),
    "proportions": (
        "OneArmSize",
        "Size",
        "detectable_proportion",
        "power_one_proportion",
        "power_two_proportions",
        "sample_size_one_proportion",
        "sample_size_two_proportions",
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
