"""The queue of events and the clock of a simulated trial."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from equipoise.simulate.clock import SimulatedClock
from equipoise.simulate.queue import EventQueue

NOON = datetime(2016, 3, 1, 12, tzinfo=UTC)


def conducted(queue, said):
    """Texts of the events, one list for each day."""
    found = []
    for events in queue.days():
        del said[:]
        for _, event in events:
            event()
        found.append(list(said))
    return found


def test_events_come_by_time_and_those_of_one_instant_in_the_order_of_their_adding():
    queue, said = EventQueue(), []
    for at, word in ((NOON, "second"), (NOON - timedelta(hours=1), "first"), (NOON, "third")):
        queue.add(at, lambda word=word: said.append(word))
    assert conducted(queue, said) == [["first", "second", "third"]]


def test_each_day_is_one_group_and_what_is_added_meanwhile_comes_in_its_turn():
    queue, said = EventQueue(), []

    def morning():
        said.append("morning")
        queue.add(NOON + timedelta(days=1), lambda: said.append("tomorrow"))
        queue.add(NOON + timedelta(hours=1), lambda: said.append("afternoon"))

    queue.add(NOON, morning)
    assert conducted(queue, said) == [["morning", "afternoon"], ["tomorrow"]]


def test_the_clock_never_goes_back():
    clock = SimulatedClock()
    clock.set(NOON)
    clock.tick(45)
    clock.set(NOON)
    assert clock.now() == NOON + timedelta(seconds=45)
