"""The clock of a simulated trial: it shows the time of the event that is being conducted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_BEFORE_ANY_TRIAL = datetime(1970, 1, 1, tzinfo=UTC)


class SimulatedClock:
    """Server time as the simulation sets it; it never goes back."""

    def __init__(self, now: datetime = _BEFORE_ANY_TRIAL):
        self._now = now

    def now(self) -> datetime:
        """The present instant, UTC."""
        return self._now

    def set(self, now: datetime) -> None:
        """Go on to an instant; an earlier one than the present leaves the clock as it is."""
        self._now = max(self._now, now)

    def tick(self, seconds: int) -> None:
        """Go on by some seconds: what a form takes to fill."""
        self._now += timedelta(seconds=seconds)
