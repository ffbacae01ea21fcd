"""From records to milestones: every derivation of one subject, or of the whole trial, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from equipoise.arrays import MISSING, NEVER, UNKNOWN, Codes, Days
from equipoise.state import gvhd, response
from equipoise.state.axes import (
    doses_since,
    first_msc,
    last_study_drug,
    randomized_on,
    second_line_origin,
    second_line_start,
)
from equipoise.state.derive import Treatment
from equipoise.state.disposition import left
from equipoise.state.events import NO_RECORD, Event
from equipoise.state.milestones import Milestones
from equipoise.state.outcomes import chronic_gvhd, death, donor_lymphocytes, last_known_alive, relapse
from equipoise.state.parameters import parameters
from equipoise.state.persons import persons
from equipoise.state.responses import course_of, deciding_assessments, main_assessments
from equipoise.state.safety import safety_events
from equipoise.state.segments import count, take
from equipoise.state.staging import baseline_rows, last_complete, stages_at, stagings
from equipoise.state.tables import Tables
from equipoise.state.therapy import NewTherapy, crossover, earliest_therapy, new_therapy


class Derived(NamedTuple):
    """Milestones, and the id of the record that shows each (int64 [n_subjects], -1 for none; see `record_name`)."""

    milestones: Milestones
    records: Mapping[str, np.ndarray]


def milestones(tables: Tables, treatment: Treatment, protocol: Any, *, impute: bool = False) -> Milestones:
    """Milestones of the subjects; those who were not randomized have -1, `NEVER` or `UNKNOWN` everywhere.

    Args:
        impute: complete partial dates by the protocol's rule (for analysis data sets); else their days are `UNKNOWN`.
    """
    return milestones_with_records(tables, treatment, protocol, impute=impute).milestones


def milestones_with_records(tables: Tables, treatment: Treatment, protocol: Any, *, impute: bool = False) -> Derived:
    """Milestones with the records that they come from."""
    zero = randomized_on(tables, protocol)
    therapy = (earliest_therapy if impute else new_therapy)(tables, treatment, protocol)
    happened = what_happened(tables, treatment, protocol, therapy, impute)
    rated = responses(tables, treatment, protocol, happened)
    who = persons(tables, protocol)
    days = {
        **exposure_days(tables, treatment, protocol),
        **rated.days,
        **{name: event.day for name, event in happened.events.items()},
        "last_alive": last_known_alive(tables, protocol),
        "data_end": left(tables, "WITHDRAW_DATA"),
    }
    absent = zero == NEVER
    columns = {
        "subject": np.arange(tables.n, dtype=np.int32),
        "site": sites(tables, protocol),
        "randomized": zero,
        "age_years": who.age,
        "sex": who.sex,
        **dict(zip(days, since(np.array(list(days.values())), zero))),
        **{name: np.where(absent, MISSING, code) for name, code in rated.codes.items()},
        **dose_counts(tables, protocol),
        **happened.codes,
    }
    records = {name: event.record for name, event in happened.events.items()} | rated.records
    return Derived(Milestones(**columns), records)


def since(day: Days, zero: Days) -> Days:
    """Elapsed days from day 0; `NEVER` and `UNKNOWN` stay, and without a day 0 everything is `NEVER`.

    Args:
        day: int32 [n_columns, n_subjects]. zero: int32 [n_subjects].
    """
    elapsed = (day.astype(np.int64) - zero).astype(np.int32)
    kept = (day == NEVER) | (day == UNKNOWN)
    return np.where(zero == NEVER, NEVER, np.where(kept, day, elapsed))


def sites(tables: Tables, protocol: Any) -> Codes:
    """Place of the randomizing site in the protocol, int8; -1 for those who were not randomized."""
    table, known = tables["RANDOMIZATION"], parameters(protocol).sites
    places = np.full(tables.n, MISSING)
    places[table.subject] = [known.index(site) if site in known else MISSING for site in table.site]
    return places


class Happened(NamedTuple):
    """The events among the milestones, by name, and the codes that go with them."""

    events: dict[str, Event]
    codes: dict[str, Codes]


def what_happened(tables: Tables, treatment: Treatment, protocol: Any, therapy: NewTherapy, impute: bool) -> Happened:
    """The events of each subject."""
    chronic, died = chronic_gvhd(tables, protocol, impute), death(tables, protocol, impute)
    safety = safety_events(tables, protocol, impute)
    events = {
        "relapse": relapse(tables, protocol, impute),
        "death": died.event,
        "new_therapy": therapy.first,
        "dli": donor_lymphocytes(tables, protocol, impute),
        "crossover": crossover(tables, treatment, protocol, impute),
        "cgvhd": chronic.onset,
        "severe_cgvhd": chronic.severe,
        "ae_g34": safety.ae,
        "infection_g34": safety.infection,
        "infection_viral": safety.viral,
        "infection_bacterial": safety.bacterial,
        "infection_fungal": safety.fungal,
        "hematologic_g34": safety.hematologic,
        "sae": safety.sae,
    }
    return Happened(events, {"death_cause": died.cause, "cgvhd_severity": chronic.worst})


def exposure_days(tables: Tables, treatment: Treatment, protocol: Any) -> dict[str, Days]:
    """Starts and end of treatment."""
    return {
        "sl_start": second_line_start(tables, protocol),
        "cycle_start": treatment.cycle_origin,
        "first_msc": first_msc(tables, protocol),
        "last_study_drug": last_study_drug(tables, protocol),
    }


def dose_counts(tables: Tables, protocol: Any) -> dict[str, Codes]:
    """Numbers of doses of study drugs since randomization; `msc_doses` counts cross-over doses too."""
    msc, basiliximab, n = tables["MSC"], tables["BASILIXIMAB"], tables.n
    zero, first, rules = randomized_on(tables, protocol), first_msc(tables, protocol), protocol.treatments.msc
    given = doses_since(msc, zero)
    cycle_end = rules.cycle_days[-1] - 1 + rules.window[1]
    in_cycle = given & (msc.day.astype(np.int64) - first[msc.subject] <= cycle_end)
    return {
        "msc_doses": count(msc.subject, n, given).astype(np.int8),
        "msc_doses_first_cycle": count(msc.subject, n, in_cycle).astype(np.int8),
        "basiliximab_doses": count(basiliximab.subject, n, doses_since(basiliximab, zero)).astype(np.int8),
    }


class Responses(NamedTuple):
    """Baseline and responses as codes and days, and the records that they come from."""

    codes: dict[str, Codes]
    days: dict[str, Days]
    records: dict[str, np.ndarray]


def responses(tables: Tables, treatment: Treatment, protocol: Any, happened: Happened) -> Responses:
    """Baseline and responses of each subject; a response is lost on the days of what happened, as they are known."""
    rules, stage = parameters(protocol).response, stagings(tables, protocol)
    row = baseline_rows(tables, protocol)
    rated, course = main_assessments(tables, protocol), course_of(tables, treatment, protocol)
    therapy = earliest_therapy(tables, treatment, protocol)
    events = replace(course, therapy=happened.events["new_therapy"].day, death=happened.events["death"].day)
    durable, day28, day56 = response.durable_response(rated, course, rules)
    codes = {
        **{f"baseline_{organ}": stages for organ, stages in zip(gvhd.ORGANS, course.baseline)},
        "baseline_grade": take(stage.grade, row, MISSING),
        "response28": day28.code,
        "response56": day56.code,
        "durable56": durable.astype(np.int8),
        "response28_sl": at_second_line(tables, protocol, rated, course, day28),
        "response28_cycle_day1": against_cycle_day_1(tables, protocol, course, row, day28),
        "response28_best_case": best_case(protocol, rated, course, day28),
        "response56_as_treated": as_treated(protocol, rated, course, therapy, day56),
    }
    days = {
        "baseline_day": take(stage.day, row, NEVER),
        "response28_day": day28.day,
        "response56_day": day56.day,
        "loss_of_response": response.loss_of_response(rated, events, first_response(day28, day56)),
    }
    at = {"baseline": row, "response28": day28.row, "response56": day56.row}
    return Responses(codes, days, {name: take(stage.record, rows, NO_RECORD) for name, rows in at.items()})


def best_case(protocol: Any, rated: response.Assessments, course: response.Course, day28: response.Response) -> Codes:
    """Response at day 28 with the organs missing at an incomplete assessment at stage 0."""
    if (np.min(rated.stages, axis=0) >= 0)[rated.day != UNKNOWN].all():
        return day28.code
    return response.best_case_response(rated, course, parameters(protocol).response.day28).code


def at_second_line(
    tables: Tables, protocol: Any, rated: response.Assessments, course: response.Course, day28: response.Response
) -> Codes:
    """Response at day 28 counted from second-line start in both arms."""
    origin = second_line_origin(tables, protocol)
    if (origin == course.origin).all():
        return day28.code
    return response.response(rated, replace(course, origin=origin), parameters(protocol).response.day28).code


def against_cycle_day_1(
    tables: Tables, protocol: Any, course: response.Course, row: np.ndarray, day28: response.Response
) -> Codes:
    """Response at day 28 against the last complete staging by cycle day 1."""
    at_cycle = last_complete(tables, protocol, course.origin)
    if (at_cycle == row).all():
        return day28.code
    rebased = replace(course, baseline=stages_at(stagings(tables, protocol), at_cycle))
    rated = deciding_assessments(tables, protocol, at_cycle)
    return response.response(rated, rebased, parameters(protocol).response.day28).code


def as_treated(
    protocol: Any, rated: response.Assessments, course: response.Course, therapy: NewTherapy, day56: response.Response
) -> Codes:
    """Response at day 56 where a cross-over is no new therapy."""
    other = therapy.without_crossover.day
    if (other == course.therapy).all():
        return day56.code
    kept = replace(course, therapy=other, therapy_minute=therapy.minute_without_crossover)
    return response.response(rated, kept, parameters(protocol).response.day56).code


def first_response(day28: response.Response, day56: response.Response) -> Days:
    """Day of the response that can be lost: that of day 28, else that of day 56; `NEVER` without either."""
    at_28 = np.where(response.responded(day28.code), day28.day, NEVER)
    at_56 = np.where(response.responded(day56.code), day56.day, NEVER)
    return np.minimum(at_28, at_56).astype(np.int32)
