"""How much of an error may be spent by a share of the information."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from equipoise.arrays import Floats
from equipoise.design import inputs

SPENDING = ("obrien_fleming", "pocock", "kim_demets", "hwang_shih_decani")
"""Names of spending functions."""
NEEDS_SHAPE = ("kim_demets", "hwang_shih_decani")
GREATEST_GAMMA = 50.0
SMALLEST_GAMMA = 1e-9
"""Below it Hwang, Shih and DeCani's function is the straight line, its limit."""


def spent(name: str, information: Floats, total: float, shape: float | None, *, where: str) -> Floats:
    """Error spent up to each look.

    Args:
        name: `obrien_fleming` 2 - 2 Phi(z_{1-a/2} / sqrt t); `pocock` a log(1 + (e-1) t); `kim_demets` a t^shape;
            `hwang_shih_decani` a (1 - exp(-shape t)) / (1 - exp(-shape)).
        information: share of the information at each look, above 0 and up to 1, float64 [n_looks].
        total: error to spend in all, on one side.
        shape: exponent (Kim-DeMets, above 0) or gamma (Hwang-Shih-DeCani, any number); None for the others.

    Returns:
        Cumulative error, float64 [n_looks].

    Source: Lan & DeMets 1983, Biometrika 70:659-663; Kim & DeMets 1987, Biometrika 74:149-154; Hwang, Shih & DeCani
        1990, Stat Med 9:1439-1445.
    Checked: against rpact in tests/golden; by hand in tests/spec/design.
    """
    inputs.choice(name, SPENDING, where=where)
    if (shape is not None) != (name in NEEDS_SHAPE):
        raise inputs.refuse(
            f"the spending function {name} {'needs a' if name in NEEDS_SHAPE else 'has no'} shape",
            where=where,
            rule="DESIGN-SHAPE",
            remedy="give a shape with kim_demets (the exponent) and hwang_shih_decani (gamma), and with no other",
        )
    if name == "obrien_fleming":
        return np.asarray(2 * ndtr(ndtri(total / 2) / np.sqrt(information)))
    if name == "pocock":
        return np.asarray(total * np.log1p(np.expm1(1.0) * information))
    assert shape is not None
    if name == "kim_demets":
        return np.asarray(total * information ** inputs.positive(shape, where=f"{where}, shape"))
    gamma = inputs.number(shape, where=f"{where}, shape")
    if abs(gamma) > GREATEST_GAMMA:
        raise inputs.refuse(
            f"gamma of {gamma:g} spends all of the error at one look",
            where=f"{where}, shape",
            rule="DESIGN-SHAPE",
            remedy=f"give a gamma between -{GREATEST_GAMMA:g} and {GREATEST_GAMMA:g}; -4 and 1 are usual",
        )
    if abs(gamma) < SMALLEST_GAMMA:
        return total * information
    return np.asarray(total * np.expm1(-gamma * information) / np.expm1(-gamma))
