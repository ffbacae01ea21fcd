"""Day-to-day noise of every measurement: standard normal series in time, one for each subject and quantity.

Daily up to day 119 after randomization (from 25 days before it); later visits are months apart, and one value serves a
fortnight. Within a series neighbours are correlated (autoregression of order 1), started in its stationary state.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from equipoise.arrays import Floats
from equipoise.simulate.streams import Draws
from equipoise.simulate.transforms import normal

FIRST_DAY = -25
LAST_DAILY = 120
FORTNIGHT = 14
PLACES = LAST_DAILY - FIRST_DAY + 140
"""Values of a series: each day of four months, then five years of fortnights."""


def place(day: int) -> int:
    """Place of a day in a series."""
    if day < LAST_DAILY:
        return max(day - FIRST_DAY, 0)
    return min(LAST_DAILY - FIRST_DAY + (day - LAST_DAILY) // FORTNIGHT, PLACES - 1)


def series(draws: Draws, n: int, autocorrelations: Mapping[str, float]) -> dict[str, Floats]:
    """Noise of each quantity: float64 [n, PLACES], standard normal at every place.

    Args:
        autocorrelations: of neighbours in a series, by quantity.
    """
    rho = np.array(list(autocorrelations.values()))[:, None]
    values = normal(np.array([draws.table(f"noise {name}", n, PLACES) for name in autocorrelations]))
    for k in range(1, PLACES):
        values[:, :, k] = rho * values[:, :, k - 1] + np.sqrt(1 - rho**2) * values[:, :, k]
    return dict(zip(autocorrelations, values))
