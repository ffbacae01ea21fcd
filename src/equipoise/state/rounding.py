"""Half-up rounding to decimals, as a person does it on the number that was written down."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equipoise.arrays import Floats

SLACK = 2.0**-48
"""A number this close (relative) to a half counts as the half: 16 units in the last place of a double."""


def half_up(values: ArrayLike, decimals: int = 0) -> Floats:
    """Round to `decimals`, a half away from zero: 3.05 becomes 3.1, and 3.0499 becomes 3.0.

    A decimal number such as 3.05 has no exact double; the nearest one is a little smaller. After scaling, a number
    within `SLACK` of a half is therefore taken as that half. A measurement has far fewer digits than a double, so none
    can be so close to a half without being meant as one. The result is the double nearest to the decimal result, equal
    to the literal (`half_up(3.05, 1) == 3.1`). It holds for up to 12 significant digits.

    Args:
        values: float64, any shape; NaN stays NaN.
        decimals: number of decimals kept, 0 or more.

    Returns:
        float64 of the same shape.

    Checked: against decimal.Decimal with ROUND_HALF_UP (tests/property/test_clinical_rules.py).
    """
    power = 10.0**decimals
    scaled = np.asarray(values, np.float64) * power
    return np.trunc(scaled * (1 + SLACK) + np.copysign(0.5, scaled)) / power
