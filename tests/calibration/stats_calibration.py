"""Type I error and coverage of the estimators: `python -m tests.calibration.stats_calibration` (`make calibrate`).

20,000 simulated data sets of 198 subjects (tests/calibration/stats_trials.py). The page
docs/reference/stats-calibration.md gets how often each test rejects where nothing differs, and how often each interval
holds the truth, with the Monte-Carlo error and what theory allows.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.calibration.stats_trials import ALPHA, LEVEL, N, replicate

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "stats-calibration.md"
SEED, REPLICATES, WORKERS, CHUNK = 198, 20_000, 2, 250
ERRORS = 3.5
"""Monte-Carlo standard errors that are allowed besides."""


class Allowed(NamedTuple):
    """What theory says of a frequency: between two values, in percent."""

    low: float
    high: float
    why: str = "large samples"


ASYMPTOTIC = 0.6
"""Points by which a frequency of a large-sample method may differ with 198 subjects and about 80 events."""
REJECTS = {
    name: Allowed(100 * ALPHA - ASYMPTOTIC, 100 * ALPHA + ASYMPTOTIC)
    for name in (
        "log-rank",
        "log-rank, stratified",
        "Cox, Wald",
        "Cox, likelihood ratio",
        "Cox, score",
        "Gray",
        "Gray, stratified",
        "Fine-Gray, Wald",
        "Pearson",
        "Cochran-Mantel-Haenszel",
        "Mann-Whitney",
    )
} | {name: Allowed(2.0, 100 * ALPHA, "never more often") for name in ("Fisher", "Pearson, corrected")}
COVERS = {
    name: Allowed(100 * LEVEL - 2 * ASYMPTOTIC, 100 * LEVEL + ASYMPTOTIC)
    for name in (
        "Kaplan-Meier at one year, log-log",
        "Kaplan-Meier at one year, log",
        "Kaplan-Meier at one year, plain",
        "Kaplan-Meier at one year, logit",
        "Kaplan-Meier at one year, arcsin",
        "restricted mean to 540 days",
        "cumulative incidence at one year, log-log",
        "cumulative incidence at one year, plain",
        "hazard ratio, Wald",
        "subdistribution hazard ratio, Wald",
        "odds ratio, Woolf",
        "risk difference, Newcombe",
        "risk difference, Miettinen-Nurminen",
        "common odds ratio, Mantel-Haenszel",
    )
} | {"odds ratio, exact": Allowed(100 * LEVEL, 99.0, "never less often")}


def counted(seed: int, numbers: Iterable[int]) -> Counter[str]:
    """How often each test rejects and each interval holds the truth."""
    counts: Counter[str] = Counter()
    for number in numbers:
        counts.update(name for name, yes in replicate(seed, number).items() if yes)
    return counts


def many(seed: int, replicates: int, workers: int) -> Counter[str]:
    """The same in parallel; which worker does what does not matter, as each replicate has draws of its own."""
    chunks = [range(first, min(first + CHUNK, replicates)) for first in range(0, replicates, CHUNK)]
    total: Counter[str] = Counter()
    with ProcessPoolExecutor(workers) as pool:
        for done, part in enumerate(pool.map(partial(counted, seed), chunks), 1):
            total.update(part)
            print(f"\r{done * CHUNK} of {replicates} data sets", end="", file=sys.stderr)
    print(file=sys.stderr)
    return total


def error(percent: float, replicates: int) -> float:
    """Monte-Carlo standard error of a frequency, in points."""
    return float(np.sqrt(percent * (100 - percent) / replicates))


def is_met(count: int, replicates: int, allowed: Allowed) -> bool:
    """Whether a frequency is where theory says, but for chance."""
    percent = 100 * count / replicates
    below, above = (ERRORS * error(bound, replicates) for bound in (allowed.low, allowed.high))
    return allowed.low - below <= percent <= allowed.high + above


def table(title: str, what: dict[str, Allowed], counts: Counter[str], replicates: int) -> list[str]:
    """One table of the page."""
    lines = [f"| {title} | found | Monte-Carlo error | theory allows | why | verdict |", "|---|---:|---:|---:|---|---|"]
    for name, allowed in what.items():
        percent = 100 * counts[name] / replicates
        verdict = "met" if is_met(counts[name], replicates, allowed) else "**not met**"
        bounds = f"{allowed.low:.1f} to {allowed.high:.1f} %"
        lines.append(
            f"| {name} | {percent:.2f} % | {error(percent, replicates):.2f} | {bounds} | {allowed.why} | {verdict} |"
        )
    return [*lines, ""]


def page(counts: Counter[str], replicates: int, seed: int) -> tuple[str, bool]:
    """The page, and whether everything is met."""
    lines = [
        "# Calibration of the estimators",
        "",
        "For trial statisticians who ask whether a P value of 0.05 is one, and whether a 95 % interval holds the truth",
        "as often as it says. Everything here is SIMULATED. Written by `make calibrate`; do not edit.",
        "",
        f"{replicates:,} data sets of {N} subjects, seed {seed}: two arms of 99, three grades with different hazards,",
        "two competing causes, whole days, censoring between 6 and 36 months. What is drawn and from which truth:",
        "`tests/calibration/stats_trials.py`.",
        "",
        f"A frequency is met if it lies where theory allows, or within {ERRORS:g} Monte-Carlo errors of there. With",
        f"{N} subjects a large-sample test may be {ASYMPTOTIC:g} points off, and an interval {2 * ASYMPTOTIC:g} points",
        "too low.",
        "",
        f"## How often a test rejects at {ALPHA:g} where nothing differs",
        "",
        *table("test", REJECTS, counts, replicates),
        f"## How often a {100 * LEVEL:g} % interval holds the truth",
        "",
        "The truth: a cause-specific hazard ratio of 0.6, an odds ratio of 2 in every grade, a subdistribution hazard",
        "ratio of 0.6 in data of its own; the probabilities and means of the second arm follow from its hazards.",
        "",
        *table("interval", COVERS, counts, replicates),
    ]
    met = all(is_met(counts[name], replicates, allowed) for name, allowed in {**REJECTS, **COVERS}.items())
    return "\n".join(lines), met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--out", type=Path, default=PAGE)
    asked = parser.parse_args()
    text, met = page(many(asked.seed, asked.replicates, asked.workers), asked.replicates, asked.seed)
    asked.out.write_text(text)
    print(text)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
