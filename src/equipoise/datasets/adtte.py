"""ADTTE: one row a randomized subject and time-to-event endpoint (each reading of it).

`AVAL` is elapsed days from randomization to the event or the censoring; the day of randomization is 0. `CAUSE` is 0
censored, 1 the event of interest, 2 and more what competes with it; `CNSR` runs the other way.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from equipoise.arrays import UNKNOWN, Causes
from equipoise.datasets.parameters import TIME_TO_EVENT, Parameter, parameters
from equipoise.datasets.populations import VARIABLES, arm_names, arm_received, columns
from equipoise.datasets.source import Source, randomization_records
from equipoise.datasets.variables import (
    SOURCES,
    SUBJECT_VARIABLES,
    Variable,
    frame,
    several_sources,
    study_day,
)
from equipoise.state.contacts import ALIVE, NOT_A_CONTACT
from equipoise.state.endpoints import CENSORED, EVENT, component, event_days, follow_up
from equipoise.state.events import NO_RECORD
from equipoise.state.outcomes import death

ADTTE = (
    *SUBJECT_VARIABLES,
    Variable("TRTP", "text", "Arm to which randomized"),
    Variable("TRTA", "text", "Arm whose treatment was received"),
    *VARIABLES,
    Variable("PARAMCD", "text", "Endpoint"),
    Variable("PARAM", "text", "Endpoint, in words"),
    Variable("STARTDT", "date", "Time zero: randomization"),
    Variable("ADT", "date", "Date of the event or censoring"),
    Variable("ADTF", "text", "Imputed part of ADT"),
    Variable("ADY", "integer", "Study day"),
    Variable("AVAL", "float", "Elapsed days from STARTDT to ADT"),
    Variable("CNSR", "integer", "0 event of interest, 1 censored, 2 and more: competing event, as CAUSE"),
    Variable("CAUSE", "integer", "0 censored, 1 event of interest, 2 and more: competing event"),
    Variable("EVNTDESC", "text", "What happened"),
    Variable("CNSDTDSC", "text", "Why censored"),
    SOURCES,
)
EVENT_TEXT = {
    "death": "DEATH",
    "relapse": "RELAPSE OR PROGRESSION",
    "nonrelapse_death": "DEATH WITHOUT RELAPSE",
    "new_therapy": "NEW SYSTEMIC THERAPY FOR ACUTE GVHD",
    "cgvhd": "CHRONIC GVHD",
    "severe_cgvhd": "SEVERE CHRONIC GVHD",
    "loss_of_response": "LOSS OF RESPONSE",
    "crossover": "CROSS-OVER TO MSC",
}
RECORD_OF = {"nonrelapse_death": "death"}
"""The milestone whose record shows an event, where it has another name."""
LAST_ALIVE, CUTOFF, WITHDRAWN = "LAST KNOWN ALIVE", "DATA CUTOFF", "WITHDREW THE USE OF DATA"


def cnsr(cause: Causes) -> np.ndarray:
    """CNSR of a cause: 0 for the event of interest, 1 for censored, the cause itself for a competing event."""
    return np.where(cause == CENSORED, 1, np.where(cause == EVENT, 0, cause)).astype(np.int32)


def adtte(source: Source) -> pl.DataFrame:
    """One row a randomized subject and reading of an endpoint."""
    subject = np.flatnonzero(source.is_randomized)
    alike = {
        **source.subject_columns(subject),
        "TRTP": [source.arm[i] for i in subject.tolist()],
        "TRTA": arm_names(source, arm_received(source)[subject]),
        **{flag: values.gather(subject) for flag, values in source.kept(columns).items()},
        "STARTDT": source.randomized[subject],
    }
    contact = last_contact_records(source)
    frames = [rows(source, subject, one, alike, contact) for one in parameters(source.protocol, TIME_TO_EVENT)]
    empty = [frame(ADTTE, {variable.name: [] for variable in ADTTE})]
    return pl.concat(frames or empty).sort(["PARAMCD", "SUBJID"], maintain_order=True)


def rows(
    source: Source, subject: np.ndarray, parameter: Parameter, alike: dict[str, Any], contact: np.ndarray
) -> pl.DataFrame:
    """The rows of one reading of an endpoint."""
    milestones, endpoint = source.milestones, source.protocol.endpoints[parameter.endpoint]
    time, cause = follow_up(milestones, endpoint, source.cut.cutoff, parameter.variant)
    which = component(milestones, endpoint, source.cut.cutoff, parameter.variant)
    names = ["", *names_of_events(source, parameter)]
    what = [names[place] for place in np.where(cause == CENSORED, 0, which)[subject].tolist()]
    day = (np.where(np.isnan(time), 0, time).astype(np.int32) + np.where(source.is_randomized, source.randomized, 0))[
        subject
    ]
    why, censor_record = censoring(source, parameter, time, contact)
    shown, flag = shown_by(source, what, subject, censor_record)
    columns = {
        **alike,
        "PARAMCD": [parameter.paramcd] * subject.size,
        "PARAM": [f"{parameter.label} (days)"] * subject.size,
        "ADT": day,
        "ADTF": flag,
        "ADY": study_day(day, source.randomized[subject]),
        "AVAL": time[subject],
        "CNSR": cnsr(cause[subject]),
        "CAUSE": cause[subject].astype(np.int32),
        "EVNTDESC": [EVENT_TEXT.get(name, name.upper()) for name in what],
        "CNSDTDSC": ["" if name else why[i] for name, i in zip(what, subject.tolist())],
        SOURCES.name: several_sources(zip(randomization_records(source)[subject].tolist(), shown)),
    }
    return frame(ADTTE, columns)


def names_of_events(source: Source, parameter: Parameter) -> list[str]:
    """Events of a reading in the order in which `component` counts them."""
    endpoint = source.protocol.endpoints[parameter.endpoint]
    names = [*endpoint.events, *endpoint.competing]
    return names + (list(endpoint.variants[parameter.variant].competing) if parameter.variant else [])


def shown_by(
    source: Source, what: list[str], subject: np.ndarray, censor_record: np.ndarray
) -> tuple[list[int], list[str]]:
    """The record behind each event or censoring, and what was imputed of the date of an event."""
    records, flags = [], []
    milestone_of = {name: RECORD_OF.get(name, name) for name in set(what) if name}
    imputation = {name: source.imputation_flags(milestone) for name, milestone in milestone_of.items()}
    for name, i in zip(what, subject.tolist()):
        records.append(int(source.records[milestone_of[name]][i]) if name else int(censor_record[i]))
        flags.append(imputation[name][i] if name else "")
    return records, flags


def censoring(
    source: Source, parameter: Parameter, time: np.ndarray, contact: np.ndarray
) -> tuple[list[str], np.ndarray]:
    """Why each subject would be censored at a time, and the record that shows it; one element a subject.

    Args:
        contact: record of the last contact of each subject.
    """
    milestones, record = source.milestones, contact.copy()
    why = np.full(source.n, LAST_ALIVE, dtype=object)
    if source.cut.cutoff is not None:
        why[time == source.cutoff - source.randomized.astype(np.int64)] = CUTOFF
    why[time == milestones.data_end] = WITHDRAWN
    if parameter.variant:
        for name in source.protocol.endpoints[parameter.endpoint].variants[parameter.variant].censor_at:
            here = time == event_days(milestones, name)
            why[here], record[here] = EVENT_TEXT[name], source.records[RECORD_OF.get(name, name)][here]
    return why.tolist(), record


def last_contact_records(source: Source) -> np.ndarray:
    """A record of the last day on which each subject was known alive, as `state.contacts` counts contacts; int64 [n].

    Of several records of one day the last in the order of the forms; for the dead that of the death. -1 for a subject
    without a dated contact.
    """
    tables, last, record = source.known, np.full(source.n, UNKNOWN), np.full(source.n, NO_RECORD, np.int64)
    for form, layout in tables.layouts.items():
        if layout.date and form not in NOT_A_CONTACT and tables[form].size:
            table = tables[form]
            shown = ALIVE[form](table) if form in ALIVE else np.ones(table.size, np.bool_)
            for row in np.flatnonzero(shown & (table.day_earliest != UNKNOWN)).tolist():
                subject = table.subject[row]
                if table.day_earliest[row] >= last[subject]:
                    last[subject], record[subject] = table.day_earliest[row], table.record[row]
    died = death(tables, source.protocol).event
    return np.where(died.happened, died.record, record)
