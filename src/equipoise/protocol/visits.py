"""Visits, their windows, and what is done at them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from equipoise.days import month_day
from equipoise.messages import Text
from equipoise.protocol.part import NO_WORDS, DerivedRule, Id, Part, Window, Words


class Visit(Part):
    """A planned visit.

    Args:
        axis: the axis from whose origin its day counts.
        day: clinic's day (the origin is day 1); or `month` (mean months after it); or `elapsed` (days after it).
        window: days before and after the nominal day, both included.
        arms: arms that have the visit; empty for all.
        only_if: rule over derived values; the visit is due only while it is true.
        role: `primary` or `key_secondary` visits hold the assessment that an endpoint needs.
        repeat_of: id of the line of the file that stands for this visit and its like; "" for a visit of its own.
    """

    id: Id
    title: Words
    axis: str
    day: int | None = None
    month: Annotated[float, Field(gt=0)] | None = None
    elapsed: int | None = None
    window: Window
    arms: tuple[str, ...] = ()
    only_if: DerivedRule | None = None
    role: Literal["primary", "key_secondary"] | None = None
    repeat_of: str = ""

    @property
    def nominal(self) -> int:
        """Elapsed days from the origin of its axis (origin = 0)."""
        if self.month is not None:
            return month_day(self.month)
        if self.elapsed is not None:
            return self.elapsed
        assert self.day is not None
        return self.day - 1

    @property
    def earliest(self) -> int:
        """First elapsed day that counts as this visit."""
        return self.nominal + self.window[0]

    @property
    def latest(self) -> int:
        """Last elapsed day that counts as this visit."""
        return self.nominal + self.window[1]


class Repeat(Part):
    """Visits at regular months after visit `after`, up to month `until`; their ids are prefix + month."""

    every_months: Annotated[int, Field(gt=0)]
    after: str
    until: Annotated[int, Field(gt=0)]
    prefix: str


class RepeatedVisit(Part):
    """A line of the file that stands for visits at regular months; `id` names them all in the schedule."""

    id: Id
    title: Words
    axis: str
    repeat: Repeat
    window: Window
    arms: tuple[str, ...] = ()
    only_if: DerivedRule | None = None

    def visits(self, first_month: float) -> tuple[Visit, ...]:
        """The visits, from the first after month `first_month`."""
        start, step = int(first_month), self.repeat.every_months
        return tuple(
            Visit.model_construct(
                id=f"{self.repeat.prefix}{month}",
                title=Text(f"Month {month}", f"第{month}个月"),
                axis=self.axis,
                day=None,
                month=month,
                elapsed=None,
                window=self.window,
                arms=self.arms,
                only_if=self.only_if,
                role=None,
                repeat_of=self.id,
            )
            for month in range(start + step, self.repeat.until + 1, step)
        )


class Procedure(Part):
    """A line of the schedule of activities: a form and the visits at which it is filled.

    Args:
        visits: ids of visits; the id of a repeat stands for all of its visits.
        event: filled when it happens, not at visits (adverse event, dose, death).
        while_: rule over derived values (key `while` in the file): due only while it is true.
        optional: may be left out.
    """

    form: str
    visits: tuple[str, ...] = ()
    event: bool = False
    while_: Annotated[DerivedRule | None, Field(alias="while")] = None
    per_day: bool = False
    optional: bool = False
    text: Words = NO_WORDS
