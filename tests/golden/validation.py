"""The page docs/explanation/validation.md, from the comparison with R itself."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from equipoise.errors import AnalysisDataError
from tests.golden.answers import answer, tolerance_kind
from tests.golden.compare import COARSE, comparisons
from tests.golden.entries import Entry, entries_of
from tests.golden.refusals import refused_by_r

DATA = Path(__file__).parent / "data"
HEAD = """# Validation against R

For trial statisticians and reviewers who ask how far the numbers of `equipoise.stats` and `equipoise.design` can
be trusted.

Made by `make docs` from the comparison itself. Do not edit it here.

Every number below was computed by R and by us from the same data, and compared. The data, R's numbers and the
script that made them are in `tests/golden/data/`; `make golden` makes R's numbers again, `pytest tests/golden
--reference DIR` compares any other folder of that format. An entry of unknown kind, or with a field of the result
that the tests do not know, fails.
"""
TAIL = """
The difference is relative to R's number, the largest of all numbers of the kind; close to 0 it is relative to the
absolute tolerance that stands in `tests/golden/compare.py` with its reason. The tolerance is the relative one;
where fields of one kind have several, from the strictest to the loosest. What R itself does not know exactly has
a wide one, and its differences are not in the column before it:

- Cox and Fine-Gray regression: R stops at a convergence tolerance of 1e-11, which leaves about 1e-8 in the
  estimates, and 1e-6 where it says that it did not converge. `se_after_default_tolerance` is what R prints by
  default (1e-4).
- Fisher's exact limits and the exact Mantel-Haenszel limits: R searches them with a tolerance of 1.2e-4.
  `fisher_precise` holds the same limits solved to full precision, and is compared at 1e-9.
- profile limits of logistic regression: R interpolates the profile by a spline (2e-3).
- Hodges and Lehmann's shift of 50 or more by exactRankTests: searched with a tolerance of 1.2e-4.
- designs: rpact stops its searches near 1e-8 (bounds) and 1e-6 (sample sizes and times).

Kind `error`: R refuses the data, and so do we, by an error that says what is wrong, where, which rule, and what
to do.

## Where we differ from R on purpose

Each estimator's page says it under "Differs from R": [estimators](../reference/stats/README.md). What else stands
behind the numbers: worked examples in `tests/spec/stats/`, properties for all data in `tests/property/`, and
[calibration by simulation](../reference/stats-calibration.md).
"""
LARGEST_SHOWN = COARSE / 3
"""Differences of numbers with a tolerance above this say something of R's search, not of ours."""


@dataclass
class Tally:
    """What was compared of one kind in one file."""

    entries: int = 0
    numbers: int = 0
    texts: int = 0
    largest: float = 0.0
    tolerances: set[float] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Compare one entry."""
        self.entries += 1
        if entry.kind == "error":
            try:
                answer(refused_by_r(entry))
                self.faults.append(f"{entry.name}: R refuses it, we do not")
            except AnalysisDataError:
                return
            return
        for each in comparisons(tolerance_kind(entry), entry.asked["result"], answer(entry)):
            self.numbers += each.count
            self.texts += each.count == 0
            if each.fault:
                self.faults.append(f"{entry.name}: {each.fault}")
            if 0 < each.tolerance < LARGEST_SHOWN:
                self.largest = max(self.largest, each.difference)
            if each.tolerance:
                self.tolerances.add(each.tolerance)


def validation_page(folder: Path = DATA) -> str:
    """The page. Fails where an entry does not agree: a page must not say what is not so."""
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    versions: set[str] = set()
    for file in sorted(folder.glob("*.json")):
        versions.add(used(file))
        for entry in entries_of(file):
            assert not entry.trouble, entry.trouble
            tallies[file.stem, tolerance_kind(entry)].add(entry)
    faults = [fault for tally in tallies.values() for fault in tally.faults]
    assert not faults, "\n".join(faults)
    lines = [
        HEAD,
        f"R's numbers were made by {'; '.join(sorted(versions))}.\n",
        *by_kind(tallies),
        *by_file(tallies),
        TAIL,
    ]
    return "\n".join(lines)


def by_kind(tallies: dict[tuple[str, str], Tally]) -> list[str]:
    """One row a kind, all files together."""
    lines = ["## By kind of analysis\n", *header("kind")]
    for kind in sorted({kind for _, kind in tallies}):
        lines.append(row(f"`{kind}`", [tally for (_, other), tally in tallies.items() if other == kind]))
    return [*lines, row("all", list(tallies.values())), ""]


def by_file(tallies: dict[tuple[str, str], Tally]) -> list[str]:
    """One row a file and kind."""
    lines = ["## By file\n", *header("file | kind")]
    lines += [row(f"{file} | `{kind}`", [tally]) for (file, kind), tally in sorted(tallies.items())]
    return lines


def header(first: str) -> list[str]:
    """The first two lines of a table."""
    columns = [first, "entries", "numbers compared", "largest relative difference", "relative tolerance"]
    rule = "|---" * (first.count("|") + 1) + "|---:|---:|---:|---|"
    return [f"| {' | '.join(columns)} |", rule]


def row(name: str, tallies: list[Tally]) -> str:
    """One line of a table."""
    entries, numbers = sum(tally.entries for tally in tallies), sum(tally.numbers for tally in tallies)
    largest = max(tally.largest for tally in tallies)
    tolerances = sorted({each for tally in tallies for each in tally.tolerances})
    allowed = " to ".join(short(each) for each in dict.fromkeys([*tolerances[:1], *tolerances[-1:]]))
    shown = f"{largest:.1e}" if numbers else "refused by both"
    return f"| {name} | {entries} | {numbers:,} | {shown} | {allowed} |"


def short(tolerance: float) -> str:
    """A tolerance, as 1e-8."""
    return f"{tolerance:.1e}".replace(".0e", "e").replace("e-0", "e-")


def used(file: Path) -> str:
    """The versions of R and its packages."""
    software = json.loads(file.read_text())["software"]
    packages = [f"{name} {version}" for name, version in software["packages"].items() if version and version != "NA"]
    return f"R {software['R']} with {', '.join(packages)}"
