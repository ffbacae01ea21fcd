"""One run of the whole: races, footprint, page. `BENCH_R=0` leaves out R's crr at 10,000 subjects: a minute."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench.stats import environment, footprint
from tests.bench.stats.contest import Contest, Result, plan
from tests.bench.stats.page import page
from tests.bench.stats.tasks import LARGE, LARGEST, MIDDLE, TASKS
from tests.bench.stats.verdicts import Found, short, times, told

PAGE = environment.ROOT / "docs" / "reference" / "speed-stats.md"
CRR_SECONDS = 240.0
"""R's crr is given up after so long."""


def machine() -> str:
    """The processor, its cores and vectors, the memory, the system."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    vectors = "with AVX-512" if any("avx512f" in line for line in lines) else "without AVX-512"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Machine: {model} {vectors}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"
        f" {platform.machine()}. Python {platform.python_version()},"
    )


def say(race: Result) -> None:
    """One race in one line."""
    ours = race.seconds.get("ours")
    ratio = "" if race.times is None else times(race.times)
    kind = " days" if race.whole_days else ""
    took = told(ours) if ours else "failed"
    print(f"{TASKS[race.task].title:<48}{race.size:>10,}{kind:<5}{took:>9}{ratio:>9} {race.best or ''}", flush=True)


def race_all(contest: Contest, found: Found) -> None:
    """Every race, told as it ends."""
    for task, size, whole in plan():
        found.races.append(contest.race(task, size, whole))
        say(found.races[-1])


def measure() -> Found:
    """All measures, printed as they come."""
    found = Found(machine(), environment.versions())
    with tempfile.TemporaryDirectory() as scratch:
        contest = Contest(Path(scratch))
        try:
            if contest.python is None:
                found.notes.append("The peers in Python are not installed here: ours alone, and R where it is.")
            if contest.r is None:
                found.notes.append("R is not installed here, or not its packages survival and cmprsk: no column of R.")
            race_all(contest, found)
            after_the_races(contest, found)
        finally:
            contest.close()
    return found


def after_the_races(contest: Contest, found: Found) -> None:
    """Growth alone; then import, first calls, memory and the index trial, while R's crr takes its minute."""
    for whole in (False, True):
        for name, seconds in footprint.growth(whole).items():
            found.growth.setdefault(name, {})[whole] = seconds
            ratio = times(seconds[1] / seconds[0])
            print(f"growth of {name + (', whole days' if whole else ''):<50}{ratio:>9}", flush=True)
    with ThreadPoolExecutor(1) as aside:
        crr = aside.submit(crr_seconds, contest)
        found.imported = footprint.import_of_stats()
        found.first = footprint.first_calls()
        found.memory = footprint.memory(contest.data(LARGEST, False))
        found.threads = footprint.depends_on_threads(contest.data(LARGE, True))
        found.analysis = footprint.child("analysis")
        rows = [*found.memory.values(), *(row for both in found.first.values() for row in both), found.analysis]
        found.notes += [f"Failed: {row['failed']}." for row in rows if "failed" in row]
        try:
            found.crr = crr.result(CRR_SECONDS)
        except TimeoutError:
            found.notes.append(f"R's crr at {MIDDLE:,} subjects was given up after {CRR_SECONDS:.0f} s.")
            contest.close()


def crr_seconds(contest: Contest) -> dict[str, float]:
    """R's crr with 2 covariates and 10,000 subjects, once."""
    if contest.r is None or os.environ.get("BENCH_R") == "0":
        return {}
    reply = contest.once("fine_gray_2", MIDDLE, contest.r)
    return {"fine_gray_2": reply["seconds"]} if "seconds" in reply else {}


def main() -> int:
    """Measure, print, write the page; 1 if a target is missed."""
    begun = time.perf_counter()
    found = measure()
    PAGE.write_text(page(found))
    missed, targets = short(found)
    print(f"\n{len(missed)} of {targets} targets missed, {time.perf_counter() - begun:.0f} s")
    for verdict in missed:
        print(f"{verdict.what:<78}{verdict.measured:>10}  {verdict.target}")
    return 1 if missed else 0
