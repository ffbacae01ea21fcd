"""What a group-sequential design asks of its arguments."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats
from equipoise.design import inputs
from equipoise.design.boundaries import Rule
from equipoise.design.spending import spent

WHERE = "group-sequential design"
MOST_LOOKS = 50
LEAST_STEP = 0.002
"""Share of the information that has to lie between two looks: less needs more points than are good."""


def information_of(looks: int | ArrayLike) -> Floats:
    """Shares of the information at the looks, float64 [n_looks]."""
    where = f"{WHERE}, looks"
    if np.ndim(looks) == 0:
        n = inputs.whole(looks, where=where)  # type: ignore[arg-type]
        if n > MOST_LOOKS:
            raise inputs.refuse(
                f"{n} looks are more than {MOST_LOOKS}", where=where, rule="DESIGN-LOOK", remedy="plan fewer looks"
            )
        return np.arange(1, n + 1) / n
    information = inputs.rising(looks, where=where, above=0.0)
    if abs(information[-1] - 1) > 1e-12:
        raise inputs.refuse(
            f"the information at the last look is {information[-1]:g}, not 1",
            where=where,
            rule="DESIGN-LOOK",
            remedy="give the share of the greatest information at each look, such as 0.5, 1",
        )
    if (np.diff(information) < LEAST_STEP).any():
        raise inputs.refuse(
            f"two looks have less than {LEAST_STEP:.1%} of the information between them",
            where=where,
            rule="DESIGN-LOOK",
            remedy="plan the looks further apart",
        )
    return np.append(information[:-1], 1.0)


def shape_of(boundary: str, shape: float | None) -> float | None:
    """The shape, where the kind of boundary takes one and it is given."""
    wants = boundary in ("wang_tsiatis", "spending_kim_demets", "spending_hwang_shih_decani")
    if wants != (shape is not None):
        raise inputs.refuse(
            f"the boundary {boundary} {'needs a' if wants else 'has no'} shape",
            where=f"{WHERE}, shape",
            rule="DESIGN-SHAPE",
            remedy="give a shape with wang_tsiatis (Delta), spending_kim_demets (exponent) and "
            "spending_hwang_shih_decani (gamma), and with no other",
        )
    return None if shape is None else inputs.number(shape, where=f"{WHERE}, shape")


def given_of(boundary: str, alpha_given: ArrayLike | None, looks: int | ArrayLike, alpha: float) -> Floats | None:
    """Cumulative alpha that was given, float64 [n_looks], with `spending_given`."""
    where = f"{WHERE}, alpha_given"
    if (boundary == "spending_given") != (alpha_given is not None):
        raise inputs.refuse(
            "alpha_given goes with the boundary spending_given, and only with it",
            where=where,
            rule="DESIGN-SPENDING",
            remedy="give the cumulative alpha by each look, or choose a spending function by name",
        )
    if alpha_given is None:
        return None
    return cumulative(alpha_given, information_of(looks).size, alpha, where=where)


def cumulative(values: ArrayLike, n_looks: int, total: float, *, where: str) -> Floats:
    """Cumulative error by each look: not falling, the last the whole."""
    given = inputs.column(values, where=where)
    if given.size != n_looks or (np.diff(given, prepend=0.0) < 0).any() or abs(given[-1] - total) > 1e-7:
        raise inputs.refuse(
            f"the error spent is not one value for each of {n_looks} looks, none less than the one before, "
            f"and {total:g} at the last",
            where=where,
            rule="DESIGN-SPENDING",
            remedy="give cumulative values, not those of each look",
        )
    return given


def check_futility(
    futility: ArrayLike | None,
    futility_spending: str | None,
    beta_given: ArrayLike | None,
    has_futility: bool,
    binding: bool,
    rule: Rule,
) -> None:
    """Refuse futility that is given twice, or where it cannot be."""
    fault = ""
    if futility is not None and futility_spending is not None:
        fault = "futility bounds are given and also a function that makes them"
    elif has_futility and rule.sides == 2:
        fault = "futility bounds belong to one-sided designs"
    elif has_futility and rule.information.size == 1:
        fault = "with one look there is no bound of futility"
    elif binding and not has_futility:
        fault = "futility cannot be binding where there is none"
    elif futility_spending is not None and binding and not rule.by_spending:
        fault = "binding futility by beta spending needs a boundary by alpha spending"
    elif (futility_spending == "given") != (beta_given is not None):
        fault = "beta_given goes with futility_spending 'given', and only with it"
    if fault:
        raise inputs.refuse(
            fault,
            where=f"{WHERE}, futility",
            rule="DESIGN-FUTILITY",
            remedy="give futility bounds or futility_spending, with alpha_one_sided and two looks or more",
        )


def futility_of(futility: ArrayLike, n_looks: int) -> Floats:
    """Futility bounds that were given, float64 [n_looks - 1]."""
    bounds = inputs.floats(futility, where=f"{WHERE}, futility")
    if bounds.shape != (n_looks - 1,) or np.isnan(bounds).any():
        raise inputs.refuse(
            f"there are {bounds.size} futility bounds for {n_looks - 1} looks before the last",
            where=f"{WHERE}, futility",
            rule="DESIGN-FUTILITY",
            remedy="give one Z for each look but the last, minus infinity for none",
        )
    return bounds


def beta_to_spend(name: str, information: Floats, beta: float, shape: float | None, given: ArrayLike | None) -> Floats:
    """Cumulative beta by each look, float64 [n_looks]."""
    where = f"{WHERE}, futility_spending"
    if given is not None:
        return cumulative(given, information.size, beta, where=f"{WHERE}, beta_given")
    return spent(name, information, beta, shape, where=where)
