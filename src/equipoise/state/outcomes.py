"""Death, last known alive, relapse, donor lymphocytes and chronic GVHD of each subject.

The masked assessor adjudicates relapse, chronic GVHD and cause of death. An adjudication settles what was reported up
to its date: not confirmed, those reports count no more; confirmed, its event date (if it has one) stands in their
place. Later reports count.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from equipoise.arrays import MISSING, NEVER, UNKNOWN, Codes, Days, Flags
from equipoise.state import cgvhd
from equipoise.state.axes import randomized_on
from equipoise.state.contacts import last_contact
from equipoise.state.derive import derivation
from equipoise.state.events import NO_RECORD, Event, earlier, first_event
from equipoise.state.segments import NO_ROW, has_any, highest, last_row, take
from equipoise.state.tables import Table, Tables

ALWAYS = UNKNOWN
"""A floor below every day."""


class Death(NamedTuple):
    """Day and record of death, and its cause as place in the code list (-1 not known); arrays [n_subjects]."""

    event: Event
    cause: Codes


def death(tables: Tables, protocol: object, impute: bool = False) -> Death:
    """Death of each subject; the cause is the adjudicated one where there is one.

    Args:
        impute: put the earliest possible day for a partial date: not before randomization, nor the last contact.
    """
    table = tables["DEATH"]
    event = first_event(table, np.ones(table.size, np.bool_), randomized_on_or_ever(tables, protocol), impute=impute)
    if impute:
        event = event._replace(day=not_before_contact(tables, protocol, event))
    reported = take(table.column("DD_CAUSE"), event.row, MISSING)
    row = adjudication_rows(tables, "DEATH_CAUSE", "AJ_CAUSE")
    judged = take(tables["ADJUDICATION"].column("AJ_CAUSE"), row, MISSING)
    return Death(event, np.where(event.happened & (judged >= 0), judged, reported))


def not_before_contact(tables: Tables, protocol: object, died: Event) -> Days:
    """Imputed days of death; a partly known one is not before the last contact, as far as its date allows."""
    table = tables["DEATH"]
    partial_date = died.happened & (take(table.day, died.row, NEVER) == UNKNOWN)
    if not partial_date.any():
        return died.day
    contact, latest = last_contact(tables, protocol), take(table.day_latest, died.row, UNKNOWN)
    at_contact = np.where(latest == UNKNOWN, contact, np.minimum(contact, latest))
    return np.where(partial_date, np.maximum(died.day, at_contact), died.day)


def last_known_alive(tables: Tables, protocol: object) -> Days:
    """The last day on which each subject was known alive: the dead until they died, the others at their last contact.

    int32 [n_subjects]; `UNKNOWN` without any. Of a partial date of death the earliest possible day counts.
    """
    died = death(tables, protocol, impute=True).event
    return np.where(died.happened, died.day, last_contact(tables, protocol))


def randomized_on_or_ever(tables: Tables, protocol: object) -> Days:
    """Day of randomization as a floor; none for subjects who were not randomized."""
    randomized = randomized_on(tables, protocol)
    return np.where(randomized == NEVER, ALWAYS, randomized)


def adjudication_rows(tables: Tables, what: str, answer: str) -> np.ndarray:
    """The last adjudication of a kind of each subject that answers an item, int64 [n_subjects]; `NO_ROW` if none."""
    table = tables["ADJUDICATION"]
    if table.size == 0:
        return np.full(tables.n, NO_ROW, np.int64)
    answered = table.column(answer) != MISSING
    return last_row(table.subject, tables.n, (table.column("AJ_WHAT") == table.place("AJ_WHAT", what)) & answered)


def adjudicated(
    tables: Tables, what: str, table: Table, reports: Flags, floor: Days, impute: bool
) -> tuple[Event, Flags]:
    """The first event of a kind after adjudication, and the reports that still count.

    Args:
        table, reports: the form on which the event is reported, and its rows that report it.
    """
    judged = tables["ADJUDICATION"]
    row = adjudication_rows(tables, what, "AJ_CONFIRMED")
    if (row == NO_ROW).all():
        return first_event(table, reports, floor, impute=impute), reports
    dates, confirmed = judged.date("AJ_EVENT_DATE"), take(judged.column("AJ_CONFIRMED"), row, MISSING) == 1
    undated = take(dates.latest, row, UNKNOWN) == UNKNOWN
    stand = confirmed & undated & has_any(table.subject, tables.n, reports)
    row = np.where(stand, NO_ROW, row)
    settled = take(judged.day_latest, row, UNKNOWN)[table.subject]
    open_reports = reports & ((settled == UNKNOWN) | (table.day_earliest > settled))
    chosen = np.zeros(judged.size, np.bool_)
    chosen[row[confirmed & ~stand]] = True
    event = first_event(judged, chosen, floor, dates=dates, impute=impute)
    kept = np.where(confirmed[table.subject], reports, open_reports)
    later = first_event(table, open_reports, floor, impute=impute)
    return earlier(event, later), kept


def relapse(tables: Tables, protocol: object, impute: bool = False) -> Event:
    """First relapse or progression of the malignancy after randomization.

    Minimal residual disease alone is none, unless donor lymphocytes were given for it.
    """
    table = tables["RELAPSE"]
    residual = table.column("RL_TYPE") == table.place("RL_TYPE", "MRD")
    reports = ~residual | (table.column("RL_MRD_TREATED") == 1)
    return adjudicated(tables, "RELAPSE", table, reports, randomized_on(tables, protocol), impute)[0]


def donor_lymphocytes(tables: Tables, protocol: object, impute: bool = False) -> Event:
    """First donor lymphocytes to prevent or treat relapse, after randomization; given for another reason, none."""
    table = tables["DLI"]
    counts = table.column("DL_REASON") != table.place("DL_REASON", "OTHER")
    return first_event(table, counts, randomized_on(tables, protocol), impute=impute)


def staging_void_from(tables: Tables, protocol: object) -> Days:
    """First day from which staging no longer counts: donor lymphocytes, or immunosuppression withdrawn, for relapse."""
    floor = randomized_on(tables, protocol)
    withdrawn = tables["IS_WITHDRAWAL"]
    stopped = first_event(withdrawn, np.ones(withdrawn.size, np.bool_), floor, impute=True).day
    return np.minimum(donor_lymphocytes(tables, protocol, impute=True).day, stopped)


class ChronicGvhd(NamedTuple):
    """Chronic GVHD of each subject: onset, first day severe, and the worst global severity so far (0-3, int8)."""

    onset: Event
    severe: Event
    worst: Codes


@derivation("CGVHD")
def chronic_rows(tables: Tables, protocol: object) -> tuple[Codes, Codes]:
    """Diagnosis (`cgvhd.DIAGNOSES`) and global severity of each chronic GVHD form, int8 [n_rows] each."""
    table = tables["CGVHD"]
    answers = (table.column(item) for item in ("CG_DIAGNOSTIC", "CG_DISTINCTIVE", "CG_CONFIRMED", "CG_ACUTE"))
    scores = {organ: whole_scores(table.column(f"CG_{organ}")) for organ in cgvhd.ORGANS if organ != "SKIN"}
    scores["SKIN"] = cgvhd.skin_score(table.column("CG_SKIN_BSA"), table.column("CG_SCLEROSIS"))
    scores["LUNG"] = cgvhd.lung_score(table.column("CG_FEV1"), scores["LUNG"])
    bits = table.column("CG_EXCLUDED")
    excluded = np.array([bits >> table.place("CG_EXCLUDED", organ) & 1 == 1 for organ in cgvhd.ORGANS])
    severity = cgvhd.global_severity(np.array([scores[organ] for organ in cgvhd.ORGANS]), excluded).severity
    diagnostic, distinctive, confirmed, acute = answers
    return known_acute(cgvhd.diagnosis(diagnostic, distinctive, confirmed, acute), diagnostic), severity


def known_acute(diagnosis: Codes, diagnostic: Codes) -> Codes:
    """A diagnostic sign is chronic GVHD also where acute features were not noted: classic."""
    return np.where((diagnosis < 0) & (diagnostic == 1), 1, diagnosis).astype(np.int8)


def whole_scores(scores: np.ndarray) -> Codes:
    """Organ scores as int8, -1 where missing."""
    return np.where(np.isnan(scores), MISSING, scores).astype(np.int8)


def chronic_gvhd(tables: Tables, protocol: object, impute: bool = False) -> ChronicGvhd:
    """Chronic GVHD, classic or overlap, after randomization; late acute GVHD is none.

    Severity counts at every form from the onset on, whether or not its signs are ticked again.
    """
    table = tables["CGVHD"]
    diagnosis, severity = chronic_rows(tables, protocol)
    floor = randomized_on(tables, protocol)
    onset, counted = adjudicated(tables, "CGVHD", table, diagnosis > 0, floor, impute)
    since = np.where(onset.day == UNKNOWN, floor, onset.day)[table.subject]
    from_onset = counted | (table.day_latest >= since)
    from_onset &= onset.happened[table.subject]
    severe = first_event(table, from_onset & (severity == 3), floor, impute=impute)
    worst = highest(severity, table.subject, tables.n, from_onset & (severity >= 0), 0)
    # A severe form dated before an adjudicated onset: severe from the onset on.
    begins = np.where((onset.day == NEVER) | (severe.day == NEVER), severe.day, np.maximum(severe.day, onset.day))
    unknown = (severe.day == UNKNOWN) & onset.happened
    severe = Event(np.where(unknown, UNKNOWN, begins), np.where(severe.happened, severe.record, NO_RECORD), severe.row)
    return ChronicGvhd(onset, severe, worst)
