"""Safety: the window in which events count, and the first grade 3-4 event of each kind inside it.

Adverse events count from randomization, serious ones from consent, both to 180 days after the last basiliximab or MSC
dose (protocol values); without a dose, after randomization. A blood count of grade 3-4 counts if it is worse than at
baseline. Grades 1 to 4 are as entered; grade 5 (death) is no grade 3-4 event.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from equipoise.arrays import MISSING, NEVER, UNKNOWN, Codes, Days, Flags
from equipoise.state import ctcae
from equipoise.state.axes import last_study_drug, randomized_on
from equipoise.state.derive import derivation
from equipoise.state.events import Event, earlier, first_event
from equipoise.state.persons import persons
from equipoise.state.segments import last_row, take
from equipoise.state.tables import Table, Tables

SEVERE_FROM, SEVERE_TO = 3, 4
SCHEMES = {"index_paper": "index_paper", "ctcae": "ctcae_4_03"}
"""Names of the protocol and of `ctcae.BELOW`."""


class Window(NamedTuple):
    """First days from which adverse and serious adverse events count, and the last day; int32 [n_subjects].

    All `NEVER` (last day `UNKNOWN`) for subjects who were not randomized.
    """

    ae_from: Days
    sae_from: Days
    until: Days


def safety_window(tables: Tables, protocol: Any) -> Window:
    """The days on which events count."""
    randomized, last = randomized_on(tables, protocol), last_study_drug(tables, protocol)
    consented = persons(tables, protocol).consented
    starts = {"randomization": randomized, "consent": np.where(consented == NEVER, randomized, consented)}
    absent = randomized == NEVER
    end = np.where(last == UNKNOWN, np.where(absent, 0, randomized), last) + protocol.safety.until_days_after
    return Window(
        starts[protocol.safety.ae_from],
        np.where(absent, NEVER, starts[protocol.safety.sae_from]),
        np.where(absent, UNKNOWN, end),
    )


def in_window(table: Table, rows: Flags, start: Days, until: Days, impute: bool) -> Event:
    """The first of the chosen rows that can lie in the window."""
    inside = rows & (table.day_earliest <= until[table.subject])
    return first_event(table, inside & (start != NEVER)[table.subject], start, impute=impute)


class SafetyEvents(NamedTuple):
    """First events of each subject in the window."""

    ae: Event
    infection: Event
    viral: Event
    bacterial: Event
    fungal: Event
    hematologic: Event
    sae: Event


def safety_events(tables: Tables, protocol: Any, impute: bool = False) -> SafetyEvents:
    """The first grade 3-4 adverse event, infection by class, haematological toxicity, and serious adverse event."""
    window = safety_window(tables, protocol)
    table, serious = tables["AE"], tables["SAE"]
    grade, kind = table.column("AE_GRADE"), table.column("AE_CLASS")
    severe = (grade >= SEVERE_FROM) & (grade <= SEVERE_TO)
    infection = severe & (kind == table.place("AE_CLASS", "INFECTION"))
    organism = table.column("AE_ORGANISM")

    def first(rows: Flags) -> Event:
        return in_window(table, rows, window.ae_from, window.until, impute)

    def by(name: str) -> Event:
        return first(infection & (organism == table.place("AE_ORGANISM", name)))

    reported = first(severe & (kind == table.place("AE_CLASS", "HEMATOLOGIC")))
    every = np.ones(serious.size, np.bool_)
    return SafetyEvents(
        ae=first(severe),
        infection=first(infection),
        viral=by("VIRAL"),
        bacterial=by("BACTERIAL"),
        fungal=by("FUNGAL"),
        hematologic=earlier(reported, count_event(tables, protocol, window, impute)),
        sae=in_window(serious, every, window.sae_from, window.until, impute),
    )


@derivation("HEMATOLOGY")
def count_grades(tables: Tables, protocol: Any) -> Codes:
    """Grade of each blood count by the protocol's scheme: the worse of neutrophils and platelets, int8 [n_rows].

    A count that was not done is left out; -1 where both were not. One known only as below or above a number has the
    lowest grade that it can have if that is severe, or the only one that it can have.
    """
    table, scheme = tables["HEMATOLOGY"], SCHEMES[protocol.safety.hematologic_scheme]
    grades = []
    for item, test in (("LH_ANC", "anc_1e9_l"), ("LH_PLATELETS", "platelets_1e9_l")):
        bounds = table.bounds(item)
        surely = ctcae.grade_below(test, bounds.high, scheme=scheme)
        if bounds.open:
            perhaps = ctcae.grade_below(test, bounds.low, scheme=scheme)
            surely = np.where((surely == perhaps) | (surely >= SEVERE_FROM), surely, MISSING)
        grades.append(surely)
    return np.maximum(*grades)


def count_event(tables: Tables, protocol: Any, window: Window, impute: bool) -> Event:
    """The first blood count of grade 3-4 that is worse than the last one on or before randomization."""
    table, grade = tables["HEMATOLOGY"], count_grades(tables, protocol)
    before = (table.day <= randomized_on(tables, protocol)[table.subject]) & (table.day != UNKNOWN) & (grade >= 0)
    baseline = take(grade, last_row(table.subject, tables.n, before), MISSING)
    emergent = (grade >= SEVERE_FROM) & (grade > baseline[table.subject]) & ~before
    return in_window(table, emergent, window.ae_from, window.until, impute)
