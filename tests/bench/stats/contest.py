"""The race: ours and each peer in turn, so that noise hits both; medians of processor time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.stats import environment
from tests.bench.stats.data import draw, save
from tests.bench.stats.environment import Side
from tests.bench.stats.peers import PEERS
from tests.bench.stats.tasks import LARGEST, SIZES, SMALL, TASKS
from tests.bench.stats.worker import SLOW

OURS = "ours"
R = "R"
R_MOST = {"fine_gray_2": SMALL, "fine_gray_10": SMALL}
"""Where R takes minutes at more subjects; crr at 10,000 is run once, apart."""
R_TASKS = [task for task in TASKS if not task.endswith("_bare")]
TOO_SLOW = 4.0
"""A peer that took so many times as long as the best is not asked with more subjects."""
CLOSE, CLOSE_SLOW = 1.7, 1.25
"""Peers within so many times the best of the first call run in turn with ours; the second for calls above a second."""
SAME = 1e-6
"""Relative difference up to which two answers are the same; iterations end at about 1e-9."""


@dataclass
class Result:
    """One task at one size: seconds of a call by name, and what differs in the answer."""

    task: str
    size: int
    whole_days: bool
    seconds: dict[str, float] = field(default_factory=dict)
    differs: dict[str, str] = field(default_factory=dict)
    raced: list[str] = field(default_factory=list)

    @property
    def best(self) -> str | None:
        """The fastest peer."""
        peers = [name for name in self.seconds if name != OURS]
        return min(peers, key=self.seconds.__getitem__, default=None)

    @property
    def times(self) -> float | None:
        """How many times as fast as the best peer ours is."""
        return None if self.best is None else self.seconds[self.best] / self.seconds[OURS]


def distance(a: float, b: float) -> float:
    """Relative difference of two numbers; infinite if one is missing."""
    if math.isnan(a) or math.isnan(b):
        return 0.0 if math.isnan(a) and math.isnan(b) else math.inf
    return abs(a - b) / max(abs(a), abs(b), 1e-12)


def difference(ours: dict[str, list[float]], theirs: dict[str, list[float]]) -> str:
    """What differs between two answers, in words; empty if nothing does."""
    told = []
    for name in theirs:
        if name not in ours:
            told.append(f"{name} are not ours")
            continue
        worst = max(map(distance, ours[name], theirs[name]))
        if worst > SAME:
            told.append(f"{name} differ by {worst:.0e}")
    return ", ".join(told)


class Contest:
    """The processes of all sides, and who is still in the race for each task."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ours, self.python, self.r = environment.ours(), environment.python_peers(), environment.r_peers()
        self.dropped: set[tuple[str, str]] = set()

    def close(self) -> None:
        for side in (self.ours, self.python, self.r):
            if side is not None:
                side.close()

    def data(self, size: int, whole_days: bool) -> Path:
        """Folder of the data, written when first asked for."""
        folder = self.folder / f"{size}-{'days' if whole_days else 'times'}"
        if not folder.exists():
            save(draw(size, whole_days=whole_days), folder)
        return folder

    def entrants(self, task: str, size: int) -> Iterator[tuple[str, Side]]:
        """Peers that are asked the task at this size."""
        for name, peer in PEERS[task].items() if self.python else ():
            if size <= peer.most and (task, name) not in self.dropped:
                yield name, self.python  # type: ignore[misc]
        if self.r and task in R_TASKS and size <= R_MOST.get(task, LARGEST) and (task, R) not in self.dropped:
            yield R, self.r

    def race(self, task: str, size: int, whole_days: bool = False) -> Result:
        """Everybody once, then ours and those close to the best peer in turn."""
        folder, result = self.data(size, whole_days), Result(task, size, whole_days)
        sides = {OURS: self.ours, **dict(self.entrants(task, size))}
        answer: dict[str, Any] = {}
        for name, side in sides.items():
            told = side.ask("prepare", task, name, folder)
            if "failed" in told:
                result.differs[name] = told["failed"]
                continue
            result.seconds[name] = told["seconds"]
            answer[name] = told["answer"]
        if OURS in answer:
            result.differs |= {
                name: words for name in answer if name != OURS and (words := difference(answer[OURS], answer[name]))
            }
        self.rounds(result, sides, folder)
        if size > SMALL and result.best is not None:
            self.dropped |= {
                (task, name) for name, s in result.seconds.items() if s > TOO_SLOW * result.seconds[result.best]
            } - {(task, OURS)}
        return result

    def rounds(self, result: Result, sides: dict[str, Side], folder: Path) -> None:
        """Times of ours and of the close peers, A B C A B C."""
        if OURS not in result.seconds:
            return
        least = result.seconds[result.best] if result.best else 0.0
        close = CLOSE if least < 1.0 else CLOSE_SLOW
        result.raced = [name for name, s in result.seconds.items() if name == OURS or s <= close * least]
        slowest = max(result.seconds[name] for name in result.raced)
        times = {name: [s] if (s := result.seconds[name]) > SLOW else [] for name in result.raced}
        for _ in range(7 if slowest < 0.05 else 5 if slowest < SLOW else 2 if slowest < 1.0 else 1):
            for name in result.raced:
                calls = max(1, min(500, int(0.01 / max(result.seconds[name], 1e-6))))
                told = sides[name].ask("time", result.task, name, folder, calls)
                times[name].append(told.get("seconds", float("nan")))
        result.seconds |= {name: median(values) for name, values in times.items()}

    def once(self, task: str, size: int, side: Side) -> dict[str, Any]:
        """One call of a side, for what takes minutes."""
        return side.ask("prepare", task, R, self.data(size, False))


def plan() -> list[tuple[str, int, bool]]:
    """Task, size and kind of time of every race; small sizes first, where nobody has been dropped yet."""
    kinds = [(SMALL, False), (SMALL, True), *((size, False) for size in SIZES[1:])]
    return [(task, size, whole) for size, whole in kinds for task in TASKS]
