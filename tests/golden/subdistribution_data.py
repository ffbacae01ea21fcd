"""Fine and Gray's model by weighted Cox regression with delayed entry, as R's survival package fits it.

It tests weights, delayed entry and clusters of our Cox regression against R. Each subject with a competing event is
kept at risk afterwards, in one row for each stretch between censorings; its weight is the probability of being
uncensored there over that at its own event. Unlike cmprsk, survival lets events at the time of a censoring leave before
it, so the weights differ where an event is tied with a censoring.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from equipoise import stats


def weighted_cox(time: np.ndarray, kind: np.ndarray, x: np.ndarray, ties: str) -> dict[str, np.ndarray]:
    """Coefficients with robust and naive standard errors; `kind` 0 censored, 1 of interest, 2 competing."""
    censored = np.unique(time[kind == 0])
    free = np.cumprod(
        [1 - np.sum((time == t) & (kind == 0)) / np.sum((time > t) | ((time == t) & (kind == 0))) for t in censored]
    )
    free = np.concatenate(([1.0], free))
    end = time.max() + 1
    rows = []
    for subject in range(time.size):
        if kind[subject] != 2:
            rows.append((0.0, time[subject], kind[subject] == 1, 1.0, subject))
            continue
        # a censoring at the time of the event comes after it
        later = censored[censored >= time[subject]]
        own = free[np.searchsorted(censored, time[subject], side="left")]
        edges = [0.0, *later, end]
        for start, stop in pairwise(edges):
            weight = free[np.searchsorted(censored, stop, side="left")] / own
            if weight > 0:
                rows.append((start, stop, False, weight, subject))
    entry, stop, event, weight, subject = (np.array(column) for column in zip(*rows, strict=True))
    from_the_start = -1.0
    entry[entry == 0] = from_the_start
    fit = stats.cox(stop, event, x[subject], ties=ties, entry=entry, weights=weight, cluster=subject)
    return {"coef": fit.coef, "robust_se": fit.std_error, "naive_se": np.sqrt(np.diag(fit.naive_covariance))}
