"""Organ stages of one subject from steroid start to the end of follow-up, as steps in time.

The path gives back the drawn response: in the windows of day 28 and day 56 each organ stands at the stage that makes a
CR, a PR, or the drawn kind of non-response (SD, PD, MR) against baseline, and nothing in between turns a response that
is kept into a lapse. Severity falls by halves once an organ responds, and an organ steps down when it has fallen
below the stage; the last step comes before the window opens (a projection, not a rejection).

Days are elapsed from randomization. Organs stand in the order skin, liver, upper GI, lower GI.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, floor, log2

from equipoise.arrays import NEVER
from equipoise.simulate.course import CR, DAY_56_WINDOW, NR, PR, WINDOW_CLOSED
from equipoise.state.gvhd import ORGANS

N_UNIFORMS = 24
"""Uniform numbers that a path takes."""
_HIGHEST = (4, 4, 1, 4)
_OPENS = 24
"""Elapsed day from cycle day 1 on which the day-28 window opens."""
_AGVHD = "AGVHD"
_FLARE_BEFORE_THERAPY = 4
_WORSE_BEFORE_DEATH = 8


@dataclass(slots=True)
class OrganPath:
    """Stage of one organ as steps: from `days[i]` on it is `stages[i]`."""

    days: list[int] = field(default_factory=list)
    stages: list[int] = field(default_factory=list)

    def at(self, day: int) -> int:
        """Stage on a day; the first stage before the path begins."""
        return self.stages[max(bisect_right(self.days, day) - 1, 0)]

    def step(self, day: int, stage: int) -> None:
        """From a day on the stage is another; what was planned for later days is dropped."""
        keep = bisect_right(self.days, day - 1)
        del self.days[keep:], self.stages[keep:]
        self.days.append(day)
        self.stages.append(stage)

    def fraction(self, day: int) -> float:
        """How much of the time at its stage an organ has spent by a day, 0 to 1; 0.5 in the last stage."""
        place = bisect_right(self.days, day) - 1
        if place < 0 or place + 1 >= len(self.days):
            return 0.5
        begin, end = self.days[place], self.days[place + 1]
        return min(max((day - begin) / (end - begin), 0.0), 1.0)

    def next_change(self, day: int) -> int:
        """-1, 0 or +1: whether the next step after a day goes down, does not come, or goes up."""
        place = max(bisect_right(self.days, day) - 1, 0)
        if place + 1 >= len(self.days):
            return 0
        return (self.stages[place + 1] > self.stages[place]) - (self.stages[place + 1] < self.stages[place])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What the path of one subject must agree with; see `Baseline` and `Course`."""

    baseline: tuple[int, int, int, int]
    criterion: str
    worse: int
    steroid_start: int
    resistant: int
    cycle_start: int
    response28: int
    response56: int
    nonresponse: str
    by_day14: bool
    new_therapy: int
    death: int
    death_cause: str
    halving: Mapping[str, float]


Stages4 = list[int]


def organ_paths(fate: Fate, u: list[float]) -> list[OrganPath]:
    """The paths of the four organs.

    Args:
        u: uniform numbers, [N_UNIFORMS].
    """
    paths = before_randomization(fate.baseline, fate.criterion, fate.worse, fate.steroid_start, fate.resistant)
    at28, at56 = targets(fate, u)
    if fate.response28 != NR:
        first = _first_improvement(fate, u[0])
        for organ in range(4):
            start = first + (0 if organ == fate.worse else floor(u[1 + organ] * 4))
            _fall(paths[organ], fate, organ, at28[organ], start, fate.cycle_start + _OPENS - 1)
    else:
        for organ in range(4):
            if at28[organ] != fate.baseline[organ]:
                paths[organ].step(fate.cycle_start + 4 + floor(u[1 + organ] * 18), at28[organ])
    _to_day_56(paths, fate, at28, at56, u)
    _after_day_56(paths, fate, at56, u)
    _flare(paths, fate)
    _worsen_before_death(paths, fate)
    return paths


def before_randomization(
    stages: tuple[int, int, int, int], criterion: str, worse: int, steroid_start: int, resistant: int
) -> list[OrganPath]:
    """Baseline stages; under criterion A one organ was better at steroid start, under C it was better for a while.

    Args:
        worse: the organ (0-3) that got worse.
    """
    paths = [OrganPath([steroid_start], [stage]) for stage in stages]
    organ, stage = paths[worse], stages[worse]
    if criterion == "A":
        organ.stages[0] = stage - 1
        organ.step(resistant, stage)
    elif criterion != "B":
        organ.step(steroid_start + 5, stage - 1)
        organ.step(resistant, stage)
    return paths


def targets(fate: Fate, u: list[float]) -> tuple[Stages4, Stages4]:
    """Stages in the window of day 28 and in that of day 56."""
    base = list(fate.baseline)
    if fate.response28 == CR:
        return [0, 0, 0, 0], [0, 0, 0, 0]
    if fate.response28 == PR:
        partial = _partial(base, u[5:9])
        return partial, [0, 0, 0, 0] if fate.response56 == CR else partial
    worse = _nonresponse(base, fate.nonresponse, u[9])
    if fate.response56 == NR:
        return worse, worse
    return worse, [0, 0, 0, 0] if fate.response56 == CR else _partial(base, u[5:9])


def _partial(base: Stages4, u: list[float]) -> Stages4:
    """Stages of a partial response: none above baseline, one at least below, not all of them 0."""
    found = [floor(chance * (stage + 1)) for chance, stage in zip(u, base)]
    worst = max(range(4), key=lambda organ: base[organ])
    if base[worst] > 1:
        found[worst] = 1 + floor(u[worst] * (base[worst] - 1))
    elif found == base or not any(found):  # stage 1 in two organs or more: one stays, the others are well
        found = [0, 0, 0, 0]
        found[worst] = 1
    return found


def _nonresponse(base: Stages4, kind: str, u: float) -> Stages4:
    """Stages of a non-response: SD as at baseline, PD one organ worse, MR one better and another worse."""
    found = list(base)
    if kind == "SD":
        return found
    best = max(range(4), key=lambda organ: base[organ])
    can_worsen = [k for k in (0, 1, 3) if base[k] < _HIGHEST[k] and not (kind == "MR" and k == best)]
    if can_worsen:
        found[can_worsen[floor(u * len(can_worsen))]] += 1
        if kind == "MR":
            found[best] -= 1
    return found


def _first_improvement(fate: Fate, u: float) -> int:
    """Day on which the first organ improves: by cycle day 14, or after it and in time for the window."""
    low, high = (2, 13) if fate.by_day14 else (14, 20)
    return fate.cycle_start + low + floor(u * (high - low + 1))


def _fall(path: OrganPath, fate: Fate, organ: int, target: int, start: int, last: int) -> None:
    """Steps down to a target from day `start`, the last one no later than day `last`."""
    now = path.stages[-1]
    if target >= now:
        return
    floor_level, top = target + 0.3, now + 0.5
    waits = [
        fate.halving[ORGANS[organ]] * log2((top - floor_level) / (stage + 1 - floor_level))
        for stage in range(now - 1, target - 1, -1)
    ]
    waits = [wait - waits[0] for wait in waits]
    start = min(start, last)
    squeeze = min(1.0, (last - start) / waits[-1]) if waits[-1] > 0 else 1.0
    for k, wait in enumerate(waits):
        path.step(start + ceil(wait * squeeze - 1e-9), now - 1 - k)


def _to_day_56(paths: list[OrganPath], fate: Fate, at28: Stages4, at56: Stages4, u: list[float]) -> None:
    """From the stages of day 28 to those of day 56, after the one window and before the other."""
    for organ, path in enumerate(paths):
        first = fate.cycle_start + WINDOW_CLOSED + 2 + floor(u[10 + organ] * 8)
        if at56[organ] < at28[organ]:
            _fall(path, fate, organ, at56[organ], first, fate.cycle_start + DAY_56_WINDOW[0] - 2)
        elif at56[organ] > at28[organ]:
            path.step(first, at56[organ])


def _after_day_56(paths: list[OrganPath], fate: Fate, at56: Stages4, u: list[float]) -> None:
    """What is left heals in the months after day 56, a stage at a time."""
    for organ, path in enumerate(paths):
        day = fate.cycle_start + DAY_56_WINDOW[1] + 5
        for stage in range(at56[organ] - 1, -1, -1):
            day += 10 + floor(u[14 + organ] * 25)
            path.step(day, stage)


def _flare(paths: list[OrganPath], fate: Fate) -> None:
    """A responder who is given a new therapy had a flare: the worst organ is as at baseline again, then heals."""
    if fate.response28 == NR or fate.new_therapy == NEVER:
        return
    closed = fate.cycle_start + (
        DAY_56_WINDOW[1] + 1 if fate.new_therapy > fate.cycle_start + DAY_56_WINDOW[1] else WINDOW_CLOSED
    )
    organ = max(range(4), key=lambda k: fate.baseline[k])
    path, stage = paths[organ], fate.baseline[organ]
    path.step(max(fate.new_therapy - _FLARE_BEFORE_THERAPY, closed), stage)
    for k in range(1, stage + 1):
        path.step(fate.new_therapy + 12 * k, stage - k)


def _worsen_before_death(paths: list[OrganPath], fate: Fate) -> None:
    """Who dies of acute GVHD gets worse in the last days, if the windows before leave the time."""
    if fate.death == NEVER or fate.death_cause != _AGVHD:
        return
    since = fate.death - _WORSE_BEFORE_DEATH
    for opens, closes in ((_OPENS, WINDOW_CLOSED - 1), DAY_56_WINDOW):
        if fate.cycle_start + opens <= fate.death:
            since = max(since, fate.cycle_start + closes + 1)
    if since >= fate.death:
        return
    organ = max(range(4), key=lambda k: fate.baseline[k])
    worst = min(fate.baseline[organ] + 1, _HIGHEST[organ])
    paths[organ].step(since, max(worst, paths[organ].at(since)))
