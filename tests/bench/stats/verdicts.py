"""What was measured, beside the targets of the project."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.bench.stats import footprint
from tests.bench.stats.contest import OURS, Result
from tests.bench.stats.tasks import CRR_TIMES, GROWTH, MIDDLE, TASKS


@dataclass
class Found:
    """Everything that was measured."""

    machine: str
    versions: str
    notes: list[str] = field(default_factory=list)
    races: list[Result] = field(default_factory=list)
    crr: dict[str, float] = field(default_factory=dict)
    growth: dict[str, dict[bool, tuple[float, float]]] = field(default_factory=dict)
    memory: dict[str, dict[str, Any]] = field(default_factory=dict)
    first: dict[str, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)
    imported: dict[str, Any] = field(default_factory=dict)
    threads: list[str] = field(default_factory=list)
    analysis: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """One measured figure beside its target, in words; holds is None where there is no target or no peer."""

    what: str
    measured: str
    target: str
    holds: bool | None


def told(seconds: float) -> str:
    """Seconds in the unit that fits."""
    if seconds == 0:
        return "0 s"
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def times(value: float) -> str:
    return f"{value:,.0f} ×" if value >= 100 else f"{value:.1f} ×" if value >= 10 else f"{value:.2f} ×"


def race_verdicts(found: Found) -> list[tuple[Result, Verdict]]:
    """Every race against its targets: speed beside the best peer, and seconds at most."""
    verdicts = []
    for race in found.races:
        task = TASKS[race.task]
        what = f"{task.title}, {race.size:,} subjects{', whole days' if race.whole_days else ''}"
        if OURS not in race.seconds:
            verdicts.append((race, Verdict(what, "failed", "", False)))
            continue
        least = None if race.whole_days else task.faster.get(race.size)
        most = None if race.whole_days else task.within.get(race.size)
        holds: bool | None = None
        target = []
        if least is not None:
            target.append(f"{times(least)} or more")
            holds = None if race.times is None else race.times >= least
        if most is not None:
            target.append(f"under {told(most)}")
            holds = race.seconds[OURS] < most and holds is not False
        measured = told(race.seconds[OURS]) if most is not None or race.times is None else times(race.times)
        verdicts.append((race, Verdict(what, measured, ", ".join(target), holds)))
    return verdicts


def other_verdicts(found: Found) -> list[Verdict]:
    """Growth, memory, import, first calls, threads, the index trial, crr."""
    verdicts = []
    for name, crr in found.crr.items():
        mine = next(r.seconds[OURS] for r in found.races if r.task == name and r.size == MIDDLE and not r.whole_days)
        ratio = crr / mine
        verdicts.append(
            Verdict(
                f"{TASKS[name].title}, 10,000 subjects, beside R's crr",
                times(ratio),
                times(CRR_TIMES),
                ratio >= CRR_TIMES,
            )
        )
    for name, kinds in found.growth.items():
        for whole, seconds in kinds.items():
            ratio = seconds[1] / seconds[0]
            kind = "whole days" if whole else "continuous times"
            verdicts.append(
                Verdict(f"growth of {name}, {kind}", times(ratio), f"at most {times(GROWTH)}", ratio <= GROWTH)
            )
    for name, row in found.memory.items():
        if "failed" not in row:
            ratio = row["bytes"] / row["input"]
            verdicts.append(
                Verdict(
                    f"memory of {name}", times(ratio), f"at most {times(footprint.MEMORY)}", ratio <= footprint.MEMORY
                )
            )
    for name, (cold, cached) in found.first.items():
        if "kernel_seconds" in cold:
            took, limit = cold["kernel_seconds"], footprint.FIRST_COLD
            what = f"first call of {name}, slowest kernel {cold['kernel'] or '(none)'}"
            verdicts.append(Verdict(what, told(took), f"under {told(limit)}", took < limit))
        if "seconds" in cached:
            took, limit = cached["seconds"], footprint.FIRST_CACHED
            verdicts.append(
                Verdict(f"first call of {name} from the cache", told(took), f"under {told(limit)}", took < limit)
            )
    return verdicts + single_verdicts(found)


def single_verdicts(found: Found) -> list[Verdict]:
    """Import, threads, the index trial."""
    verdicts = []
    if found.imported:
        late = found.imported["loaded"] or found.imported["compiled"]
        holds = found.imported["seconds"] < footprint.IMPORT and not late
        target = f"under {told(footprint.IMPORT)}, nothing compiled, scipy.stats not loaded"
        verdicts.append(Verdict("import of equipoise.stats", told(found.imported["seconds"]), target, holds))
        names = told(found.imported["names"])
        verdicts.append(Verdict("loading every public name, numba and scipy included", names, "", None))
        different = ", ".join(found.threads) or "none"
        verdicts.append(Verdict("results that depend on the number of threads", different, "none", not found.threads))
    if "seconds" in found.analysis:
        seconds = found.analysis["seconds"]
        what = f"analysis of the whole index trial, {found.analysis['subjects']} subjects, warm"
        verdicts.append(Verdict(what, told(seconds), f"under {told(footprint.ANALYSIS)}", seconds < footprint.ANALYSIS))
    return verdicts


def short(found: Found) -> tuple[list[Verdict], int]:
    """What misses its target, and how many targets there are."""
    verdicts = [verdict for _, verdict in race_verdicts(found)] + other_verdicts(found)
    return [v for v in verdicts if v.holds is False], sum(v.holds is not None for v in verdicts)


def remaining(found: Found) -> list[Verdict]:
    """The figures that stand in no other table."""
    crr = [v for v in other_verdicts(found) if "crr" in v.what]
    return single_verdicts(found) + crr
