"""The data of a Cox model in the order in which its kernels read them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.arrays import Floats
from equipoise.stats.inputs import Ints
from equipoise.stats.kernels.partial_likelihood import hazard_steps, partial_likelihood
from equipoise.stats.ties import tie


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SortedRows:
    """Rows sorted by stratum, then time descending."""

    x: Floats
    """Covariates with mean 0 and standard deviation 1, float64 [n, p]."""
    stratum: Ints
    time: Floats
    event: NDArray[np.int8]
    weight: Floats
    entry: Floats
    """Delayed entry, float64 [n]; empty where all are observed from the start."""
    entry_order: Ints
    """Rows sorted by stratum, then entry descending; empty like `entry`."""
    source: Ints
    """Row of each in the data as they were given."""
    centre: Floats
    deviation: Floats
    """Means and standard deviations of the covariates, float64 [p]."""

    def likelihood(self, beta: Floats, ties: str, tilt: Floats | None = None) -> tuple[float, Floats, Floats]:
        """Log-likelihood, gradient and information at `beta`; `tilt` multiplies what each event time contributes."""
        tilt = np.ones(self.time.size) if tilt is None else tilt
        return partial_likelihood(
            beta,
            self.x,
            self.stratum,
            self.time,
            self.event,
            self.weight,
            self.entry,
            self.entry_order,
            tilt,
            int(ties == "efron"),
        )

    def hazard_steps(self, beta: Floats, ties: str) -> Floats:
        """Table of the event times, sorted by stratum, then time ascending; columns as in the kernel."""
        table = hazard_steps(
            beta,
            self.x,
            self.stratum,
            self.time,
            self.event,
            self.weight,
            self.entry,
            self.entry_order,
            int(ties == "efron"),
        )
        return table[np.lexsort((table[:, 1], table[:, 0]))]


def sorted_rows(
    x: Floats,
    stratum: Ints,
    time: Floats,
    event: NDArray[np.int8],
    weight: Floats,
    entry: Floats | None,
    centre: Floats,
    deviation: Floats,
) -> SortedRows:
    """Checked columns in the order of the kernels, with tied times made equal."""
    if entry is None:
        (time,) = tie(time)
    else:
        time, entry = tie(time, entry)
    order = np.lexsort((-time, stratum))
    stratum = stratum[order]
    started = np.empty(0) if entry is None else entry[order]
    return SortedRows(
        x=np.ascontiguousarray(x[order]),
        stratum=stratum,
        time=time[order],
        event=event[order],
        weight=weight[order],
        entry=started,
        entry_order=np.lexsort((-started, stratum)) if started.size else np.empty(0, np.int64),
        source=order,
        centre=centre,
        deviation=deviation,
    )
