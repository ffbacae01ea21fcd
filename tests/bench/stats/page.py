"""docs/reference/speed-stats.md: ratios first, what falls short plainly."""

from __future__ import annotations

from collections.abc import Iterable

from tests.bench.stats.contest import OURS, R
from tests.bench.stats.estimators import ROWS
from tests.bench.stats.peers import PEERS
from tests.bench.stats.tasks import MIDDLE, SIZES, TASKS
from tests.bench.stats.verdicts import Found, race_verdicts, remaining, short, times, told

ABOUT = """\
For those who choose software for survival and competing risks, and for those who look after its speed. Made by
`make bench` (this page alone: `make bench BENCH=stats`) in one run: ours and each peer in turn, one thread each,
medians of processor time. Ratios travel between machines, absolute times do not.
"""
BESIDE = """\
How many times as fast ours is: the best peer's time over ours. The best peer is the fastest of all that are listed
below, R included. The last column is R's time over ours. Some tasks have two rows: against calls that do what ours does
by default, and against a barer call of the package `survival`. Its `coxph_fit_raw` gives coefficients, variance,
log-likelihoods and score test, without the rest of the model of `coxph_fit`; its tests with `timefix=False` do not tie
times that differ by rounding alone. Targets stand beside the calls that do the same as ours.
"""
WHOLE_DAYS = "The same with times rounded up to whole days: some thousand different ones.\n"
EVERY_PEER = """\
The peer's time over ours, by number of subjects; in brackets from a few calls, as it was far behind. Empty: not asked,
as it took more than four times as long as the best peer with fewer subjects, or cannot take so many. Answers are
compared at a relative difference of 1e-6.
"""
EVERY_ESTIMATOR = """\
Subjects: the most that the estimator is given here. Growth: the time with so many over that with a tenth. Time: with
so many, the slower of both kinds of times. Memory: the peak beyond the input with 1,000,000 subjects, as a multiple of
the input's bytes. First call: with 198 subjects, without the compiled kernels; of that the kernel that took longest to
compile, with all that it calls; and with the compiled kernels in the cache. Tables of counts do not grow with the
subjects.
"""


def mark(holds: bool | None) -> str:
    return "" if holds is None else "yes" if holds else "**no**"


def table(head: tuple[str, ...], right: int, rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Markdown table; the first columns are texts, those from `right` on numbers."""
    lines = [" | ".join(head), "|".join("---" if k < right else "---:" for k in range(len(head)))]
    return [f"| {lines[0]} |", f"|{lines[1]}|", *(f"| {' | '.join(row)} |" for row in rows), ""]


def race_rows(found: Found) -> Iterable[tuple[str, ...]]:
    """Task, best peer, target, holds, subjects, ratio, ours, the ratio to R."""
    order = list(TASKS)
    for race, verdict in sorted(race_verdicts(found), key=lambda pair: order.index(pair[0].task)):
        if race.whole_days or OURS not in race.seconds:
            continue
        beside = race.seconds.get(R)
        if race.size == MIDDLE:
            beside = found.crr.get(race.task, beside)
        yield (
            TASKS[race.task].title,
            race.best or "",
            verdict.target,
            mark(verdict.holds),
            f"{race.size:,}",
            "" if race.times is None else times(race.times),
            told(race.seconds[OURS]),
            times(beside / race.seconds[OURS]) if beside else "",
        )


def whole_day_rows(found: Found) -> Iterable[tuple[str, ...]]:
    """The same for whole days, where it was raced; no target of their own."""
    for race in found.races:
        if race.whole_days and OURS in race.seconds:
            ratio = "" if race.times is None else times(race.times)
            yield TASKS[race.task].title, race.best or "", f"{race.size:,}", ratio, told(race.seconds[OURS])


def peer_rows(found: Found) -> Iterable[tuple[str, ...]]:
    """Each peer: how many times as long as ours it takes, by size, and how its answer differs."""
    for task in TASKS:
        races = {race.size: race for race in found.races if race.task == task and not race.whole_days}
        names = sorted({name for race in races.values() for name in (*race.seconds, *race.differs)} - {OURS})
        for name in names:
            said = [PEERS[task][name].note] if name in PEERS.get(task, {}) else []
            said += sorted({race.differs[name] for race in races.values() if name in race.differs}, reverse=True)[:1]
            ratios = []
            for size in SIZES:
                race = races.get(size)
                known = race is not None and name in race.seconds and OURS in race.seconds
                ratio = times(race.seconds[name] / race.seconds[OURS]) if known else ""  # type: ignore[union-attr]
                ratios.append(ratio if not known or name in race.raced else f"({ratio})")  # type: ignore[union-attr]
            yield TASKS[task].title, name, "; ".join(filter(None, said)), *ratios


def estimator_rows(found: Found) -> Iterable[tuple[str, ...]]:
    """Growth, memory and first call of each row."""
    for name in sorted({*found.growth, *found.first}):
        growth = found.growth.get(name, {})
        grown = [times(growth[w][1] / growth[w][0]) if w in growth else "" for w in (False, True)]
        most = told(max(seconds[1] for seconds in growth.values())) if growth else ""
        needs = found.memory.get(name, {})
        share = times(needs["bytes"] / needs["input"]) if "bytes" in needs else ""
        cold, cached = found.first.get(name, ({}, {}))
        first = [
            told(row[key]) if key in row else ""
            for row, key in ((cold, "seconds"), (cold, "kernel_seconds"), (cached, "seconds"))
        ]
        subjects = f"{ROWS[name].most:,}" if growth else ""
        yield name, subjects, *grown, most, share, *first


def page(found: Found) -> str:
    """The whole page."""
    missed, targets = short(found)
    lines = [
        "# Speed of the statistics\n",
        ABOUT,
        f"{found.machine} {found.versions}.\n",
        *(f"{note}\n" for note in found.notes),
    ]
    lines.append(f"## What falls short: {len(missed)} of {targets} targets\n")
    lines += (
        table(("what", "measured", "target"), 1, ((v.what, v.measured, v.target) for v in missed)) if missed else []
    )
    lines += ["## Beside the best peer\n", BESIDE]
    lines += table(("task", "best peer", "target", "holds", "subjects", "as fast as", "ours", "R"), 4, race_rows(found))
    lines += ["## Whole days\n", WHOLE_DAYS]
    lines += table(("task", "best peer", "subjects", "as fast as", "ours"), 2, whole_day_rows(found))
    lines += ["## Every peer\n", EVERY_PEER]
    lines += table(("task", "peer", "its answer", *(f"{size:,}" for size in SIZES)), 3, peer_rows(found))
    lines += ["## Every estimator\n", EVERY_ESTIMATOR]
    head = (
        "estimator",
        "subjects",
        "growth",
        "growth, whole days",
        "time",
        "memory",
        "first call",
        "its slowest kernel",
        "from cache",
    )
    lines += table(head, 1, estimator_rows(found))
    lines.append("## Import, threads, index trial, R's crr\n")
    rows = ((v.what, v.target, mark(v.holds), v.measured) for v in remaining(found))
    lines += table(("what", "target", "holds", "measured"), 3, rows)
    return "\n".join(lines).rstrip() + "\n"
