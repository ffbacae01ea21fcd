"""The rows that one analysis writes: a number where there is one, else why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from equipoise.analysis.results import FRACTIONS, Row

NOT_ESTIMABLE, NOT_REACHED, INFINITE = "not estimable", "not reached", "infinite"
HAIR = 1e-12
"""By so much rounding may leave a fraction outside 0 to 1."""


def snapped(fraction: float) -> float:
    """0 or 1 for a fraction that rounding left a hair outside; a greater fault is left for the table to find."""
    return min(max(fraction, 0.0), 1.0) if -HAIR <= fraction <= 1 + HAIR else fraction


@dataclass
class Sheet:
    """Rows of one analysis; every row bears its id, endpoint and population."""

    analysis: str
    endpoint: str = ""
    population: str = ""
    rows: list[Row] = field(default_factory=list)

    def of(self, endpoint: str) -> Sheet:
        """The same sheet for rows of another endpoint; the rows are shared."""
        return Sheet(self.analysis, endpoint, self.population, self.rows)

    def put(
        self,
        group: str,
        statistic: str,
        value: float,
        *,
        subgroup: str = "",
        at: float | None = None,
        unit: str = "",
        method: str = "",
        absent: str = NOT_ESTIMABLE,
    ) -> None:
        """Add a statistic; NaN becomes the text `absent`, an infinite number "infinite"."""
        if statistic in FRACTIONS or statistic.startswith("p_"):
            value = snapped(value)
        finite = math.isfinite(value)
        why = "" if finite else INFINITE if math.isinf(value) else absent
        self.rows.append(
            Row(
                analysis=self.analysis,
                endpoint=self.endpoint,
                population=self.population,
                group=group,
                subgroup=subgroup,
                at=at,
                statistic=statistic,
                value=float(value) if finite else None,
                text=why,
                unit=unit,
                method=method,
            )
        )

    def interval(
        self,
        group: str,
        statistic: str,
        estimate: float,
        lower: float,
        upper: float,
        *,
        subgroup: str = "",
        at: float | None = None,
        unit: str = "",
        method: str = "",
        absent: str = NOT_ESTIMABLE,
    ) -> None:
        """Add an estimate with its lower and upper limit."""
        for end, value in (("", estimate), ("_lower", lower), ("_upper", upper)):
            self.put(
                group, f"{statistic}{end}", value, subgroup=subgroup, at=at, unit=unit, method=method, absent=absent
            )
