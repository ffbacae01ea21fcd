"""The tasks of the race, their sizes and the targets of the project."""

from __future__ import annotations

from dataclasses import dataclass, field

SMALL, MIDDLE, LARGE, LARGEST = 198, 10_000, 100_000, 1_000_000
SIZES = (SMALL, MIDDLE, LARGE, LARGEST)
AT_DAYS = (50.0, 150.0, 400.0)
"""Where curves of different grids are compared."""


@dataclass(frozen=True)
class Task:
    """One question, asked of ours and of every peer that answers it.

    faster: by size, how many times as fast as the best peer ours has to be. within: by size, seconds at most.
    """

    title: str
    faster: dict[int, float] = field(default_factory=dict)
    within: dict[int, float] = field(default_factory=dict)


TASKS = {
    "kaplan_meier": Task("Kaplan-Meier, 2 groups, with limits", {SMALL: 1, LARGEST: 1}),
    "log_rank": Task("log-rank", {SMALL: 1 / 2, LARGEST: 2}),
    "log_rank_bare": Task("log-rank, beside timefix=False"),
    "stratified_log_rank": Task("stratified log-rank, 4 strata", {SMALL: 1 / 2, LARGEST: 2}),
    "stratified_log_rank_bare": Task("stratified log-rank, beside timefix=False"),
    "cox": Task("Cox, Efron, 2 covariates", {SMALL: 1 / 1.5, LARGEST: 4}),
    "cox_bare": Task("Cox, beside the bare fit"),
    "stratified_cox": Task("stratified Cox, 4 strata", {SMALL: 1 / 1.5, LARGEST: 4}),
    "stratified_cox_bare": Task("stratified Cox, beside the bare fit"),
    "cumulative_incidence": Task("cumulative incidence with variance, 2 groups", {LARGEST: 2}, {SMALL: 100e-6}),
    "gray_test": Task("Gray's test, 2 groups", {LARGEST: 6}, {SMALL: 100e-6}),
    "fine_gray_2": Task("Fine-Gray, 2 covariates", {SMALL: 5, LARGE: 5, LARGEST: 5}),
    "fine_gray_10": Task("Fine-Gray, 10 covariates", {SMALL: 5, LARGE: 5, LARGEST: 5}),
}
CRR_TIMES = 10_000
"""How many times as fast as R's crr Fine-Gray has to be at 10,000 subjects."""
GROWTH = 13.0
"""At most, from 100,000 to 1,000,000 subjects."""
