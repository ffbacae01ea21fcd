"""One simulated trial while it runs: the trial, its clock, and the queue of what is to happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from equipoise.conduct.trial import Trial
from equipoise.simulate.clock import SimulatedClock
from equipoise.simulate.queue import EventQueue
from equipoise.simulate.scenario import Observation, Scenario


@dataclass(kw_only=True)
class Run:
    """What all virtual sites share.

    cutoff: last clinical day that is recorded. last_entry: the last day on which anything is entered before the lock.
    """

    trial: Trial
    clock: SimulatedClock
    scenario: Scenario
    observation: Observation
    cutoff: int
    last_entry: datetime
    queue: EventQueue = field(default_factory=EventQueue)

    def at(self, instant: datetime, event: Callable[[], None]) -> None:
        """Let an event happen at an instant; no later than the last entry before the lock, no earlier than now."""
        self.queue.add(max(min(instant, self.last_entry), self.clock.now()), event)

    def after(self, days: int, event: Callable[[], None]) -> None:
        """Let an event happen so many days from now."""
        self.at(self.clock.now() + timedelta(days=days), event)
