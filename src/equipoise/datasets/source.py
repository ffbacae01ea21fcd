"""What datasets are made of: the records that count under both cuts, folded into tables, with the arm of each subject.

`tables` hold what was known at the instant and is dated on or before the cutoff; `known` hold all that was known at the
instant, because a contact after the cutoff tells that the subject lived at it. An adjudication counts by the date of
the event that it judges: a relapse before the cutoff that was adjudicated after it is settled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from equipoise.arrays import NEVER, UNKNOWN, Days
from equipoise.records.cuts import Cut, known_at, within
from equipoise.records.kinds import ARM, RANDOMIZATION, REFERENCE_RANGES
from equipoise.records.record import SITE, SUBJECT, Key, Record
from equipoise.state.axes import arm_places, randomized_on, treatment_of
from equipoise.state.columns import text_of
from equipoise.state.derive import Treatment
from equipoise.state.deviations import Deviation, deviations
from equipoise.state.events import NO_RECORD
from equipoise.state.history import Derived, milestones_with_records, since
from equipoise.state.milestones import Milestones
from equipoise.state.outcomes import last_known_alive
from equipoise.state.tables import FormLayout, TrialTables, layouts, record_id

if TYPE_CHECKING:
    from equipoise.protocol.model import Protocol

SCREENING = "SCREENING"
EVENT_DATE_OF = {"ADJUDICATION": "AJ_EVENT_DATE"}
"""Forms that count by the date of the event they are about, and not by the day on which they were filled."""

PRECISION_FLAG = {10: "", 7: "D", 4: "M", 0: "Y"}
"""Length of a date as entered to what has to be imputed."""


@dataclass(frozen=True)
class Source:
    """The records of a trial under a cut. Arrays and tuples have one element a subject, in the order of their keys.

    arm: id of the randomized arm, "" for those not randomized; arm_record: the record that tells it. site: randomizing
    site, else screening site. filled: current records of each subject, dated on or before the cutoff, with the first
    version of each. ranges: current reference ranges of the sites.
    """

    protocol: Protocol
    cut: Cut
    tables: TrialTables
    known: TrialTables
    treatment: Treatment
    arm: tuple[str, ...]
    arm_record: np.ndarray
    site: tuple[str, ...]
    filled: tuple[list[tuple[Record, Record]], ...]
    ranges: tuple[Record, ...]

    @property
    def n(self) -> int:
        """How many subjects were screened."""
        return self.tables.n

    def kept(self, make: Callable[[Source], Any]) -> Any:
        """What a function makes of this source, made once."""
        if make not in self._kept:
            self._kept[make] = make(self)
        return self._kept[make]

    @cached_property
    def _kept(self) -> dict[Callable[[Source], Any], Any]:
        return {}

    @cached_property
    def randomized(self) -> Days:
        """Day of randomization, int32 [n_subjects]; `NEVER` for those who were not."""
        return randomized_on(self.tables, self.protocol)

    @cached_property
    def is_randomized(self) -> np.ndarray:
        """Whether each subject was randomized, bool [n_subjects]."""
        return self.randomized != NEVER

    @property
    def cutoff(self) -> int:
        """The cutoff as a day that comes after every event where there is none."""
        return int(NEVER) if self.cut.cutoff is None else self.cut.cutoff

    @cached_property
    def derived(self) -> Derived:
        """Milestones with imputed days and the records that show them; last known alive from all that was known."""
        made = milestones_with_records(self.tables, self.treatment, self.protocol, impute=True)
        alive = np.minimum(last_known_alive(self.known, self.protocol), self.cutoff)
        (last_alive,) = since(alive[np.newaxis], self.randomized)
        return Derived(replace(made.milestones, last_alive=last_alive), made.records)

    @property
    def milestones(self) -> Milestones:
        """Milestones of every screened subject, partial dates imputed."""
        return self.derived.milestones

    @property
    def records(self) -> Mapping[str, np.ndarray]:
        """The record that shows each milestone, int64 [n_subjects]; -1 where none does."""
        return self.derived.records

    @cached_property
    def deviations(self) -> list[Deviation]:
        """Protocol deviations as known at the cutoff; without one, on the last day that anything is known of."""
        if self.cut.cutoff is not None:
            day = self.cut.cutoff
        else:
            last = last_known_alive(self.tables, self.protocol)
            day = int(last.max()) if self.n else 0
        return deviations(self.tables, self.treatment, self.protocol, day)

    def absolute(self, elapsed: Days) -> Days:
        """Days since randomization as days of the calendar; `NEVER` and `UNKNOWN` stay."""
        none = (elapsed == NEVER) | (elapsed == UNKNOWN)
        return np.where(none, elapsed, np.where(none, 0, elapsed) + np.where(none, 0, self.randomized)).astype(np.int32)

    @cached_property
    def texts(self) -> Mapping[int, str]:
        """The date of each record as entered, by the number of the record."""
        forms = self.tables.layouts
        return {
            record_id(record.stream, record.position): text_of((record.payload or {}).get(date_item(record, forms)))
            for records in self.filled
            for record, _ in records
        }

    def imputation_flags(self, milestone: str) -> list[str]:
        """What was imputed of the date of a milestone: "" nothing, D day, M month and day, Y all of it."""
        return [
            "" if record == NO_RECORD or record not in self.texts else PRECISION_FLAG[len(self.texts[record])]
            for record in self.records[milestone].tolist()
        ]

    def subject_columns(self, subject: np.ndarray) -> dict[str, Any]:
        """The columns that tell whose row it is, for rows of these subjects."""
        trial, keys = self.protocol.trial.id, self.tables.subjects
        chosen = subject.tolist()
        return {
            "STUDYID": [trial] * len(chosen),
            "USUBJID": [f"{trial}-{keys[i]}" for i in chosen],
            "SUBJID": [keys[i] for i in chosen],
            "SITEID": [self.site[i] for i in chosen],
        }


def date_item(record: Record, forms: Mapping[str, FormLayout]) -> str:
    """The item that dates a record; "" for a form without one."""
    form = record.key.form
    return EVENT_DATE_OF.get(form) or (forms[form].date if form in forms else "")


def read_source(records: Iterable[Record], protocol: Protocol, cut: Cut) -> Source:
    """Apply both cuts to the versions of a log (in chain order) and fold what is left."""
    first: dict[Key, Record] = {}
    current: dict[Key, Record] = {}
    for record in known_at(records, cut.as_of):
        key = record.key
        if key.unit_type in (SUBJECT, SITE):
            first.setdefault(key, record)
            current[key] = record
    forms = layouts(protocol)
    known = [record for key, record in current.items() if key.unit_type == SUBJECT]
    counted = [record for record in known if _counts(record, forms, cut)]
    screened = {record.key.unit for record in counted if record.key.form in (SCREENING, RANDOMIZATION)}
    counted = [record for record in counted if record.key.unit in screened]
    tables = TrialTables.of(_of_forms(counted, forms), forms)
    known = [record for record in known if record.key.unit in screened]
    assert set(tables.subjects) == screened
    arms = _arms(known)
    randomized = randomized_on(tables, protocol) != NEVER
    arm = tuple(arms[unit][0] if was else "" for unit, was in zip(tables.subjects, randomized))
    return Source(
        protocol=protocol,
        cut=cut,
        tables=tables,
        known=tables if len(known) == len(counted) else TrialTables.of(_of_forms(known, forms), forms),
        treatment=treatment_of(tables, arm_places(list(arm), protocol), protocol),
        arm=arm,
        arm_record=np.array(
            [arms[unit][1] if was else NO_RECORD for unit, was in zip(tables.subjects, randomized)], np.int64
        ),
        site=_sites(tables),
        filled=_filled(tables, counted, first),
        ranges=tuple(r for k, r in current.items() if k.unit_type == SITE and k.form == REFERENCE_RANGES and r.payload),
    )


def _counts(record: Record, forms: Mapping[str, FormLayout], cut: Cut) -> bool:
    return within(record, date_item(record, forms), cut.cutoff)


def _of_forms(records: list[Record], forms: Mapping[str, FormLayout]) -> list[Record]:
    return [record for record in records if record.key.form in forms]


def _arms(records: list[Record]) -> dict[str, tuple[str, int]]:
    """Arm of each subject and the record that tells it."""
    return {
        record.key.unit: (text_of((record.payload or {}).get("AR_ARM")), record_id(record.stream, record.position))
        for record in records
        if record.key.form == ARM
    }


def _sites(tables: TrialTables) -> tuple[str, ...]:
    """Randomizing site of each subject; of those not randomized the site that screened them first."""
    site = [""] * tables.n
    for form in (SCREENING, RANDOMIZATION):
        table = tables[form]
        for place, name in reversed(list(zip(table.subject.tolist(), table.site))):
            site[place] = name
    return tuple(site)


def _filled(
    tables: TrialTables, records: list[Record], first: Mapping[Key, Record]
) -> tuple[list[tuple[Record, Record]], ...]:
    """Current records of the protocol's forms of each subject, each with its first version."""
    place = {subject: number for number, subject in enumerate(tables.subjects)}
    found: tuple[list[tuple[Record, Record]], ...] = tuple([] for _ in place)
    for record in records:
        if record.form_hash and record.payload:
            found[place[record.key.unit]].append((record, first[record.key]))
    return found


def imputed(
    source: Source, earliest: Days, latest: Days, subject: np.ndarray, floor: Days | None = None
) -> tuple[Days, list[str]]:
    """Days of partly known dates by the protocol's rule, and what was imputed.

    The earliest day that the date can mean, but not before randomization where the date leaves that open.

    Args:
        earliest, latest: what each date can mean, int32 [n_rows]; `UNKNOWN` where the date is missing.
        subject: of each row.
        floor: another day before which it cannot be, int32 [n_rows]; randomization when left out.

    Returns:
        Day, int32 [n_rows], `UNKNOWN` for a missing date; and the flag of each row: "" known, D day, M month and day.
    """
    assert source.protocol.imputation.rule == "earliest_possible_on_or_after_randomization"
    low = source.randomized[subject] if floor is None else floor
    low = np.where((low == NEVER) | (low == UNKNOWN) | (latest < low), earliest, low)
    day = np.where(earliest == latest, earliest, np.maximum(earliest, low))
    span = np.where(earliest == UNKNOWN, 0, latest.astype(np.int64) - earliest)
    return day.astype(np.int32), np.where(span == 0, "", np.where(span <= 30, "D", "M")).tolist()


def randomization_records(source: Source) -> np.ndarray:
    """The record of randomization of each subject, int64 [n]; -1 without one."""
    table, record = source.tables["RANDOMIZATION"], np.full(source.n, NO_RECORD, np.int64)
    record[table.subject] = table.record
    return record
