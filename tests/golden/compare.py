"""Comparing our numbers with R's, with a reason for each tolerance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

import numpy as np

TEXT = {"source", "note"}
"""Fields that explain."""
ANOTHER_ESTIMATE = object()
"""Our answer where the reference says that R's number is by design another estimate, and not to be tested against."""

# kind, field, relative tolerance, absolute tolerance. The first that fits counts. Reasons:
TOLERANCES = (
    # what R prints with its default convergence tolerance: differs in the 6th to 7th digit, and more where a P value or
    # a likelihood is flat
    ("fine_gray*", "se_after_default_tolerance*", 1e-4, 1e-6),
    # fits that stop before the tolerance asked for, up to 1e-7 from the maximum
    ("fine_gray, not converged", "*p_value*", 1e-6, 0.0),
    ("fine_gray, not converged", "*", 1e-6, 1e-7),
    # MASS interpolates the profile by a spline through about ten points; worse where the profile is steep
    ("logistic", "or_*_profile", 2e-3, 0.0),
    # glm takes its standard errors from the weights of the iteration before the last
    ("logistic", "*", 1e-7, 1e-12),
    # fitted by R with a convergence tolerance of 1e-11 in the log-likelihood or gradient
    ("cox", "*p_value*", 1e-8, 0.0),
    ("cox", "*chisq*", 1e-8, 1e-8),
    ("cox", "*", 1e-8, 1e-10),
    ("fine_gray", "*p_value*", 1e-8, 0.0),
    ("fine_gray", "*", 1e-8, 1e-8),
    # rpact integrates with few points for looks close together, and keeps a bound where there is none (no early
    # efficacy): such bounds of its own spend up to 6e-3 more or less than alpha by mvtnorm, where ours spend alpha
    ("*, coarse", "*", 1e-2, 1e-5),
    ("*, many looks", "*", 1e-5, 1e-7),
    # R's integrate stops at a relative tolerance of 1.2e-4
    ("*, piecewise hazards", "*", 1.2e-4, 1e-6),
    # rpact stops its searches near 1e-8 (bounds) and 1e-6 (sample sizes, times)
    ("group_sequential_boundaries", "*", 1e-7, 1e-8),
    ("sample_size_*", "*", 1e-6, 1e-8),
    ("power_survival", "*", 1e-6, 1e-8),
    ("power_two_proportions", "*", 1e-8, 1e-10),
    # solved by R to 1e-14 in the log odds ratio or the difference
    ("two_by_two", "fisher_precise*", 1e-9, 1e-12),
    ("two_by_two", "risk_difference*", 1e-9, 1e-12),
    # sums of hypergeometric probabilities from log factorials of up to 1000
    ("two_by_two", "fisher*", 1e-9, 1e-12),
    # solved by R to 1e-13
    ("mann_whitney*", "normal_corrected.[hlu]*", 1e-10, 1e-10),
    # here exactRankTests takes the normal approximation and searches with R's default tolerance of 1.2e-4
    ("mann_whitney, 50 or more", "exact_permutation.[elu]*", 0.0, 1e-3),
    # cmprsk subtracts the distribution function from 1
    ("cumulative_incidence", "gray.p_value", 1e-10, 1e-15),
    # full double precision
    ("*", "*p_value*", 1e-10, 0.0),
    ("*", "*", 1e-10, 1e-13),
)
COARSE_ODDS_RATIO = (
    ("two_by_two", "fisher.odds_ratio_conditional_mle"),
    ("two_by_two", "fisher.lower"),
    ("two_by_two", "fisher.upper"),
    ("mantel_haenszel", "exact_conditional_or"),
    ("mantel_haenszel", "exact_lower"),
    ("mantel_haenszel", "exact_upper"),
)
"""R searches these on the scale of the odds ratio, or of its inverse above 1, with a tolerance of 1.2e-4."""
COARSE = 2.5e-4
CANCELLED = 1e-15
"""What rounding may leave of a variance of 0."""
WHOLE_ARRAY = ("covariance", "variance", "score")
"""Arrays that hold sums of terms of both signs: their zeros are as exact as their largest number."""


@dataclass(frozen=True)
class Compared:
    """One field of a result beside ours: numbers, or a text."""

    field: str
    count: int
    """Numbers compared; 0 for a text."""
    fault: str = ""
    """What differs, in words; empty if nothing does."""
    difference: float = 0.0
    """Largest relative difference; see `relative`."""
    tolerance: float = 0.0
    """Relative tolerance."""


def tolerance(kind: str, field: str) -> tuple[float, float]:
    """Relative and absolute tolerance of a field, given as its path with dots."""
    if (kind, field) in COARSE_ODDS_RATIO:
        return COARSE, COARSE
    return next((rtol, atol) for k, f, rtol, atol in TOLERANCES if fnmatch(kind, k) and fnmatch(field, f))


def differences(kind: str, expected: Any, ours: Any) -> list[str]:
    """What differs, in words."""
    return [each.fault for each in comparisons(kind, expected, ours) if each.fault]


def comparisons(kind: str, expected: Any, ours: Any, field: str = "") -> Iterator[Compared]:
    """Every field of R's result beside ours."""
    if isinstance(expected, dict):
        yield from of_tables(kind, expected, ours, field)
    elif isinstance(expected, list) and (not expected or not is_number(flat(expected)[0]) or ragged(expected)):
        ours = list(ours)
        if len(ours) != len(expected):
            yield Compared(field, 0, f"{field}: {len(ours)} items, R has {len(expected)}")
            return
        for number, (theirs, mine) in enumerate(zip(expected, ours, strict=True)):
            yield from comparisons(kind, theirs, mine, f"{field}[{number}]")
    elif is_number(flat(expected)[0]):
        yield of_numbers(kind, expected, ours, field)
    else:
        single = ours[0] if isinstance(ours, (list, tuple)) and len(ours) == 1 else ours
        yield Compared(field, 0, "" if expected == single else f"{field}: {ours!r}, R has {expected!r}")


def of_tables(kind: str, expected: dict[str, Any], ours: Any, field: str) -> Iterator[Compared]:
    """Every field of a table of fields; each of R's must be there."""
    for key, theirs in expected.items():
        path = f"{field}.{key}" if field else key
        if key in TEXT:
            continue
        if not isinstance(ours, dict) or key not in ours:
            yield Compared(path, 0, f"{path}: a field that these tests do not know")
        elif ours[key] is ANOTHER_ESTIMATE:
            yield Compared(path, 0)
        elif key == "coef" and is_number(flat(theirs)[0]):
            error = expected.get("se", expected.get("robust_se"))
            yield of_numbers(kind, theirs, ours[key], path, None if error is None else np.array(as_floats(error)))
        else:
            yield from comparisons(kind, theirs, ours[key], path)


def of_numbers(kind: str, expected: Any, ours: Any, field: str, unit: np.ndarray | None = None) -> Compared:
    """A number or an array of numbers; a coefficient close to 0 is as exact as its standard error, the `unit`."""
    theirs = np.array(as_floats(expected))
    try:
        mine = np.asarray(ours, dtype=np.float64)
    except (TypeError, ValueError):
        return Compared(field, theirs.size, f"{field}: {ours!r}, R has {expected!r}")
    if mine.size == theirs.size:
        mine = mine.reshape(theirs.shape)  # R writes a single number without brackets
    if mine.shape != theirs.shape:
        return Compared(field, theirs.size, f"{field}: shape {mine.shape}, R has {theirs.shape}")
    plain = "".join(part.split("]")[-1] for part in field.split("["))
    rtol, atol = tolerance(kind, plain)
    allowed: Any = atol
    if plain.split(".")[-1] in WHOLE_ARRAY:
        allowed = max(atol, rtol * float(np.nanmax(np.abs(theirs), initial=0.0)))
    if unit is not None:
        allowed = np.maximum(atol, rtol * np.nan_to_num(unit))
    if plain.endswith("p_value"):
        # of a small P value the logarithm is as exact as the statistic: it changes z squared times as much
        with np.errstate(divide="ignore", invalid="ignore"):
            allowed = allowed + rtol * np.nan_to_num(theirs * np.maximum(-2 * np.log(theirs) - 1, 0))
    close = np.isclose(mine, theirs, rtol=rtol, atol=allowed, equal_nan=True)
    if (kind, plain) in COARSE_ODDS_RATIO:
        close |= coarse(theirs, mine)
    if plain.endswith("std_err"):
        # a variance is a sum of terms that may cancel to 0, and its root is no more exact than that
        close |= np.abs(mine**2 - theirs**2) <= CANCELLED
    fault = ""
    if not close.all():
        worst = int(np.argmax(~np.ravel(close)))
        fault = f"{field}: {float(np.ravel(mine)[worst])!r}, R has {float(np.ravel(theirs)[worst])!r}"
    return Compared(field, theirs.size, fault, relative(theirs, mine, rtol, allowed), rtol)


def relative(theirs: np.ndarray, mine: np.ndarray, rtol: float, atol: Any) -> float:
    """Largest difference relative to R's number; numbers below `atol / rtol` count as that large."""
    known = np.isfinite(theirs) & np.isfinite(mine)
    least = np.broadcast_to(np.maximum(atol / rtol if rtol else 1.0, np.finfo(float).tiny), theirs.shape)
    scale = np.maximum(np.abs(theirs[known]), least[known])
    return float(np.max(np.abs(mine[known] - theirs[known]) / scale, initial=0.0))


def coarse(theirs: np.ndarray, mine: np.ndarray) -> np.ndarray:
    """Whether odds ratios agree on the scale on which R searched them."""
    finite = np.isfinite(theirs) & np.isfinite(mine)
    with np.errstate(divide="ignore", invalid="ignore"):
        return finite & (np.abs(1 / theirs - 1 / mine) <= COARSE)


def is_number(value: Any) -> bool:
    """Whether R means a number: null is "not defined", "Inf" infinity."""
    infinite = value in ("Inf", "-Inf") if isinstance(value, str) else False
    return value is None or infinite or (isinstance(value, (int, float)) and not isinstance(value, bool))


def as_floats(value: Any) -> Any:
    """Numbers, with null as NaN and "Inf" as infinity."""
    if isinstance(value, list):
        return [as_floats(part) for part in value]
    return float("nan") if value is None else float(value)


def flat(value: Any) -> list[Any]:
    """All items of nested lists."""
    return [item for part in value for item in flat(part)] if isinstance(value, list) and value else [value]


def ragged(value: list[Any]) -> bool:
    """Whether a list holds tables or parts of different length."""
    return any(not is_number(item) for item in flat(value)) or len({depth_and_size(part) for part in value}) > 1


def depth_and_size(value: Any) -> Any:
    """The shape of nested lists."""
    return tuple(depth_and_size(part) for part in value) if isinstance(value, list) else ()
