"""Pointwise confidence limits of a probability, on the scale that `conf_type` names."""

from __future__ import annotations

import numpy as np

from equipoise.arrays import Floats

CONF_TYPES = ("log-log", "log", "plain", "logit", "arcsin")


def survival_limits(survival: Floats, log_se: Floats, conf_type: str, z: float) -> tuple[Floats, Floats]:
    """Limits of an event-free probability.

    Args:
        survival: the estimate, float64 [n].
        log_se: standard error of its logarithm, float64 [n]; infinite where the estimate is 0.
        conf_type: scale on which the limits are symmetric, one of `CONF_TYPES`.
        z: two-sided normal quantile.

    Returns:
        Lower and upper limit in [0, 1], float64 [n]; missing where the estimate is 0, and with log-log, logit and
        arcsin where it is 1, because these scales have no width there.

    Source: Borgan & Liestol 1990, Scand J Statist 17:35-41; Kalbfleisch & Prentice 2002, section 1.4.
    """
    s = np.where(survival > 0, survival, np.nan)
    if conf_type in ("log-log", "logit", "arcsin"):
        s = np.where(s < 1, s, np.nan)
    half = z * np.where(np.isfinite(log_se), log_se, np.nan)
    if conf_type == "plain":
        lower, upper = s - half * s, s + half * s
    elif conf_type == "log":
        lower, upper = s * np.exp(-half), s * np.exp(half)
    elif conf_type == "log-log":
        width = half / np.log(s)  # negative
        with np.errstate(over="ignore"):  # close to 1 the lower limit can be 0
            lower, upper = s ** np.exp(-width), s ** np.exp(width)
    elif conf_type == "logit":
        width = half / (1 - s)
        odds = s / (1 - s)
        lower, upper = 1 - 1 / (1 + odds * np.exp(-width)), 1 - 1 / (1 + odds * np.exp(width))
    else:
        width = half / 2 * np.sqrt(s / (1 - s))
        angle = np.arcsin(np.sqrt(s))
        lower, upper = np.sin(np.maximum(angle - width, 0)) ** 2, np.sin(np.minimum(angle + width, np.pi / 2)) ** 2
    return np.maximum(lower, 0), np.minimum(upper, 1)


def incidence_limits(incidence: Floats, std_error: Floats, conf_type: str, z: float) -> tuple[Floats, Floats]:
    """Limits of a cumulative incidence, "log-log" (of the incidence itself) or "plain" (cut at 0 and 1).

    Returns:
        Lower and upper limit, float64 of the shape of `incidence`; with log-log missing where it is 0 or 1.

    Source: Marubini & Valsecchi 1995, Analysing Survival Data from Clinical Trials, section 10.2.
    """
    if conf_type == "plain":
        return np.maximum(incidence - z * std_error, 0), np.minimum(incidence + z * std_error, 1)
    p = np.where((incidence > 0) & (incidence < 1), incidence, np.nan)
    width = z * std_error / (p * np.log(p))  # negative
    with np.errstate(over="ignore"):  # close to 1 the lower limit can be 0
        return p ** np.exp(-width), p ** np.exp(width)
