"""The data of a Fine-Gray model in the order in which its kernels read them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from equipoise.arrays import Floats
from equipoise.stats.inputs import Ints
from equipoise.stats.kernels.product_limit import product_limit
from equipoise.stats.kernels.subdistribution import risk_sums, sandwich_filling, subdistribution_likelihood
from equipoise.stats.ties import tie


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SortedRows:
    """Rows sorted by time ascending; the arrays are explained in `kernels.subdistribution`."""

    x: Floats
    """Covariates with mean 0 and standard deviation 1, float64 [n, p]."""
    time: Floats
    kind: Ints
    """0 censored, 1 the cause of interest, 2 any other."""
    passed: Ints
    censor_group: Ints
    own: Floats
    at_event: Floats
    event_time: Floats

    def likelihood(self, beta: Floats) -> tuple[float, Floats, Floats]:
        """Log partial likelihood, gradient and information at `beta`."""
        risk, sums = risk_sums(beta, self.x, self.kind, self.passed, self.censor_group, self.own, self.at_event)
        before, after = hazard_sums(sums, self.at_event)
        return subdistribution_likelihood(
            beta, self.x, self.kind, self.passed, self.censor_group, self.own, risk, sums, before, after
        )

    def sandwich_filling(self, beta: Floats) -> tuple[Floats, Floats]:
        """Filling of the sandwich with and without the censoring term, [2, p, p]; hazard increments at the event times.

        Of the events after a censoring, the censoring term counts those of the same censoring group, as cmprsk does.
        """
        risk, sums = risk_sums(beta, self.x, self.kind, self.passed, self.censor_group, self.own, self.at_event)
        before, after = hazard_sums(sums, self.at_event)
        own_events = np.zeros_like(self.at_event)
        interest = self.kind == 1
        np.add.at(own_events, (self.censor_group[interest], self.passed[interest] - 1), 1)
        own_after = hazard_sums(sums, self.at_event * own_events / sums[:, 0])[1]
        filling = sandwich_filling(
            self.x,
            self.time,
            self.kind,
            self.passed,
            self.censor_group,
            self.own,
            risk,
            sums,
            before,
            after,
            own_after,
        )
        return filling, sums[:, 0] / sums[:, 1]


def sorted_rows(x: Floats, time: Floats, kind: Ints, censor_group: Ints, n_groups: int) -> SortedRows:
    """Checked columns in the order of the kernels, with tied times made equal."""
    (time,) = tie(time)
    order = np.argsort(time, kind="stable")
    time, kind, censor_group = time[order], kind[order], censor_group[order]
    event_time = np.unique(time[kind == 1])
    own, at_event = uncensored(time, kind, censor_group, n_groups, event_time)
    return SortedRows(
        x=np.ascontiguousarray(x[order]),
        time=time,
        kind=kind,
        passed=np.searchsorted(event_time, time, side="right"),
        censor_group=censor_group,
        own=own,
        at_event=at_event,
        event_time=event_time,
    )


def uncensored(
    time: Floats, kind: Ints, censor_group: Ints, n_groups: int, event_time: Floats
) -> tuple[Floats, Floats]:
    """Kaplan-Meier of being uncensored just before each row's time, [n], and each event time, [n_groups, n_times]."""
    own, at_event = np.empty(time.size), np.empty((n_groups, event_time.size))
    nobody = np.empty(0)
    for group in range(n_groups):
        member = censor_group == group
        when, lost = time[member], (kind[member] == 0).astype(np.int8)
        table = product_limit(when, lost, np.ones(when.size), nobody, nobody)
        free = np.concatenate(([1.0], table[4]))
        own[member] = free[np.searchsorted(table[0], when, side="left")]
        at_event[group] = free[np.searchsorted(table[0], event_time, side="left")]
    return own, at_event


def hazard_sums(sums: Floats, at_event: Floats) -> tuple[Floats, Floats]:
    """Hazard, and hazard times mean x, summed before each event time, and from it on with the weights `at_event`.

    Returns:
        float64 [n_times + 1, 1 + p] and [n_groups, n_times + 1, 1 + p].
    """
    total = sums[:, 1:2]
    part = sums[:, :1] / total * np.hstack((np.ones_like(total), sums[:, 2:] / total))
    before = np.zeros((len(part) + 1, part.shape[1]))
    np.cumsum(part, axis=0, out=before[1:])
    after = np.zeros((len(at_event), *before.shape))
    weighted = at_event[:, :, np.newaxis] * part
    after[:, :-1] = weighted[:, ::-1].cumsum(axis=1)[:, ::-1]
    return before, after
