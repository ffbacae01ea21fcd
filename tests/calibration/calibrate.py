"""Many simulated trials against the published numbers: `python -m tests.calibration.calibrate` (`make calibrate`).

Each replicate is a whole trial: conducted in memory through the actions, cut, made into datasets, analysed. The page
docs/reference/calibration.md gets the mean of each headline quantity per arm beside the published one.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from equipoise.days import MONTH_DAYS
from equipoise.stats import kaplan_meier
from tests.calibration.published import ARMS, TARGETS, WITHIN_MONTHS, WITHIN_POINTS, Target
from tests.calibration.replicates import Replicate, analysed

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "calibration.md"
SEED = 2022
REPLICATES = 50
WORKERS = 2
ROWS = {
    "OR28": ("OR28", None, "proportion"),
    "CR28": ("CR28", None, "proportion"),
    "DOR56": ("DOR56", None, "proportion"),
    "OS 6": ("OS", 6.0, "survival"),
    "OS 12": ("OS", 12.0, "survival"),
    "OS 36": ("OS", 36.0, "survival"),
    "cGVHD 12": ("CGVHD", 12.0, "cumulative_incidence"),
    "cGVHD 24": ("CGVHD", 24.0, "cumulative_incidence"),
    "relapse 36": ("RELAPSE", 36.0, "cumulative_incidence"),
    "NRM 36": ("NRM", 36.0, "cumulative_incidence"),
}
"""Where each quantity stands in the results table: analysis, months, statistic."""
ALSO = {
    "OR56, as treated": ("OR56_AS_TREATED", None, "proportion", "", {"MSC": 86.9, "CONTROL": 74.7}),
    "severe cGVHD 12": ("SEVERE_CGVHD", 12.0, "cumulative_incidence", "", {"MSC": 9.4, "CONTROL": 18.1}),
    "severe cGVHD 24": ("SEVERE_CGVHD", 24.0, "cumulative_incidence", "", {"MSC": 10.8, "CONTROL": 25.3}),
    "any grade 3-4 event": ("AE34", None, "proportion", "ANY", {"MSC": 83.8, "CONTROL": 85.9}),
    "grade 3-4 infection": ("AE34", None, "proportion", "INFECTION", {"MSC": 65.7, "CONTROL": 78.8}),
    "grade 3-4 cytopenia": ("AE34", None, "proportion", "HEMATOLOGIC", {"MSC": 37.4, "CONTROL": 53.5}),
    "serious event": ("SAE", None, "proportion", "ANY", {"MSC": 41.4, "CONTROL": 44.4}),
}
"""Quantities that are shown and have no verdict: analysis, months, statistic, endpoint, published."""


def value(
    results: pl.DataFrame, arm: str, analysis: str, at: float | None, statistic: str, endpoint: str = ""
) -> float:
    """One number of a results table, in percent."""
    rows = results.filter(
        (pl.col("analysis") == analysis)
        & (pl.col("group") == arm)
        & (pl.col("statistic") == statistic)
        & (pl.col("subgroup") == "")
        & pl.col("at").eq_missing(at)
    )
    if endpoint:
        rows = rows.filter(pl.col("endpoint") == endpoint)
    (found,) = rows["value"].to_list()
    return 100 * found


def summary(name: str, arm: str, target: Target, replicates: list[Replicate]) -> tuple[float, float, float]:
    """Mean (of the FFS median: that of the pooled curve), Monte-Carlo standard error, and the allowed distance."""
    if target.unit == "months":
        times, events = (np.concatenate([r.ffs[arm][k] for r in replicates]) for k in (0, 1))
        median = kaplan_meier(times, events).median.time / MONTH_DAYS
        own = [kaplan_meier(*r.ffs[arm]).median.time / MONTH_DAYS for r in replicates]
        return median, _standard_error([each for each in own if np.isfinite(each)]), WITHIN_MONTHS
    values = [value(r.results, arm, *ROWS[name]) for r in replicates]
    error = _standard_error(values)
    return float(np.mean(values)), error, WITHIN_POINTS + 3 * error


def row(target: Target, arm: str, replicates: list[Replicate]) -> tuple[str, bool]:
    """One line of the table, and whether the quantity is met."""
    published, unit = target.published[arm], "%" if target.unit == "%" else "months"
    mean, error, allowed = summary(target.name, arm, target, replicates)
    met = abs(mean - published) <= allowed
    line = f"| {target.name} | {arm} | {published:.1f} {unit} | {mean:.1f} {unit} | {error:.2f} "
    return line + f"| {mean - published:+.1f} | {allowed:.1f} | {'met' if met else '**not met**'} |", met


def _standard_error(values: list[float]) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def page(replicates: list[Replicate], seed: int) -> tuple[str, bool]:
    """The page, and whether every quantity is met."""
    lines = [
        "# Calibration of the simulated index trial",
        "",
        "For whoever wants to know how far the simulated trials can be trusted. Everything here is SIMULATED.",
        "Written by `make calibrate`; do not edit.",
        "",
        f"{len(replicates)} trials, seed {seed}, scenario `published`, observation `realistic`: each conducted in",
        "memory through the same actions as a real trial, cut at 30 June 2020, made into datasets and analysed.",
        f"Allowed: {WITHIN_POINTS:g} points and 3 Monte-Carlo standard errors from the published value; for the median",
        f"of the failure-free survival curve pooled over all trials, {WITHIN_MONTHS:g} month. How the scenario was",
        "fitted: [simulation](../explanation/simulation.md).",
        "",
        "| quantity | arm | published | mean | standard error | difference | allowed | verdict |",
        "|---|---|---:|---:|---:|---:|---:|---|",
    ]
    verdicts = [row(target, arm, replicates) for target in TARGETS for arm in ARMS]
    lines += [line for line, _ in verdicts]
    lines += [
        "",
        "The standard error of the median is that of the medians of single trials that reach it.",
        "",
        "Not asked for, but shown:",
        "",
        "| quantity | arm | published | mean | standard error |",
        "|---|---|---:|---:|---:|",
    ]
    for name, (analysis, at, statistic, endpoint, published) in ALSO.items():
        for arm in ARMS:
            found = [value(r.results, arm, analysis, at, statistic, endpoint) for r in replicates]
            mean, error = np.mean(found), _standard_error(found)
            lines.append(f"| {name} | {arm} | {published[arm]:.1f} % | {mean:.1f} % | {error:.2f} |")
    records = [r.records for r in replicates]
    lines += ["", f"A trial has {min(records):,} to {max(records):,} records, {np.mean(records):,.0f} on average.", ""]
    return "\n".join(lines), all(met for _, met in verdicts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--out", type=Path, default=PAGE)
    asked = parser.parse_args()
    replicates: list[Replicate] = []
    with ProcessPoolExecutor(asked.workers) as pool:
        for done, replicate in enumerate(pool.map(partial(analysed, asked.seed), range(asked.replicates)), 1):
            replicates.append(replicate)
            print(
                f"\r{done} of {asked.replicates} trials, {replicate.all_seconds:.1f} s each"
                f" ({replicate.conduct_seconds:.1f} s to conduct)",
                end="",
                file=sys.stderr,
            )
    print(file=sys.stderr)
    text, met = page(replicates, asked.seed)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(text)
    print(text)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
