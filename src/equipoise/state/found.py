"""What the rules of deviations are asked and what they find."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from equipoise.arrays import NEVER, UNKNOWN, Days, Flags
from equipoise.state.axes import randomized_on
from equipoise.state.derive import Treatment
from equipoise.state.disposition import Disposition, disposition
from equipoise.state.tables import Table, Tables


class Asked(NamedTuple):
    """Tables, treatment, protocol, and the day on which deviations are looked for."""

    tables: Tables
    treatment: Treatment
    protocol: Any
    day: int

    @property
    def randomized(self) -> Days:
        """Day of randomization of each subject."""
        return randomized_on(self.tables, self.protocol)

    @property
    def at(self) -> Disposition:
        """When each subject reached each point."""
        return disposition(self.tables, self.protocol)

    def on_treatment(self, day: Days) -> Flags:
        """Whether each subject is randomized and nobody has ended treatment or follow-up by a day; [n] or [n, m]."""
        at = self.at
        gone = np.minimum.reduce([at.off_treatment, at.off_visits, at.lost, at.data_withdrawn, at.dead])
        if day.ndim == 2:
            return (day < gone[:, None]) & (self.randomized <= day.T).T
        return (day < gone) & (self.randomized <= day)

    def present(self, day: Days) -> Flags:
        """Whether each subject is randomized, alive on a day, and the use of data not withdrawn by it."""
        gone = np.minimum(self.at.data_withdrawn, self.at.dead)
        return (day < gone) & (self.randomized <= day)


class Found(NamedTuple):
    """A finding: place of the subject, day, records; severity "" is that of the protocol."""

    subject: int
    day: int
    records: tuple[int, ...]
    severity: str = ""


def by_rows(table: Table, rows: Flags, severity: str = "") -> list[Found]:
    """One finding for each chosen row, on its day (the earliest that a partial date can mean)."""
    day = np.where(table.day == UNKNOWN, table.day_earliest, table.day)
    return [
        Found(int(table.subject[row]), int(day[row]), (int(table.record[row]),), severity)
        for row in np.flatnonzero(rows)
    ]


def by_subjects(subjects: Flags, day: Days, records: dict[int, tuple[int, ...]] | None = None) -> list[Found]:
    """One finding for each chosen subject; those without a day are left out."""
    return [
        Found(int(subject), int(day[subject]), (records or {}).get(int(subject), ()))
        for subject in np.flatnonzero(subjects & (day != NEVER) & (day != UNKNOWN))
    ]


def records_of(table: Table, rows: Flags) -> dict[int, tuple[int, ...]]:
    """Records of the chosen rows by subject."""
    found: dict[int, tuple[int, ...]] = {}
    for row in np.flatnonzero(rows):
        subject = int(table.subject[row])
        found[subject] = (*found.get(subject, ()), int(table.record[row]))
    return found
