"""Pointwise confidence limits of a probability, on the scale that `conf_type` names."""

from __future__ import annotations

import numpy as np

from equipoise.arrays import Floats
from equipoise.stats.kernels.limits import limits_of_all

CONF_TYPES = ("log-log", "log", "plain", "logit", "arcsin")


def probability_limits(p: Floats, std_error: Floats, conf_type: str, z: float) -> tuple[Floats, Floats]:
    """Limits of a probability: event-free survival or cumulative incidence.

    Args:
        p: the estimate, float64 of any shape.
        std_error: its standard error, float64 of the same shape.
        conf_type: scale on which the limits are symmetric, one of `CONF_TYPES`.
        z: two-sided normal quantile.

    Returns:
        Lower and upper limit in [0, 1], float64 of the shape of `p`; missing where the standard error is, where the
        estimate is 0 (but for plain), and with log-log, logit and arcsin where it is 1: these scales have no width
        there.

    Source: Borgan & Liestol 1990, Scand J Statist 17:35-41; Kalbfleisch & Prentice 2002, section 1.4; of an incidence:
    Marubini & Valsecchi 1995, Analysing Survival Data from Clinical Trials, section 10.2.
    """
    limits = np.empty((2, p.size))
    limits_of_all(
        np.ascontiguousarray(p).reshape(-1),
        np.ascontiguousarray(std_error).reshape(-1),
        CONF_TYPES.index(conf_type),
        z,
        limits,
    )
    return limits[0].reshape(p.shape), limits[1].reshape(p.shape)
