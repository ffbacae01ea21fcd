"""One queue of events for all sites, by time; events of one instant in the order in which they were added."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime


class EventQueue:
    """What is to happen, by UTC time."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._added = 0

    def add(self, at: datetime, event: Callable[[], None]) -> None:
        """Let an event happen at an instant."""
        heapq.heappush(self._heap, (at, self._added, event))
        self._added += 1

    def days(self) -> Iterator[Iterator[tuple[datetime, Callable[[], None]]]]:
        """The events of each UTC day that has any, day after day; events added meanwhile come in their turn."""
        while self._heap:
            yield self._of_day(self._heap[0][0].toordinal())

    def _of_day(self, day: int) -> Iterator[tuple[datetime, Callable[[], None]]]:
        while self._heap and self._heap[0][0].toordinal() <= day:
            at, _, event = heapq.heappop(self._heap)
            yield at, event
