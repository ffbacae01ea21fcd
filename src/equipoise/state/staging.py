"""Organ stagings: every acute GVHD form as MAGIC stages and grade, who assessed, and the baseline of each subject.

Baseline is the last complete organ staging on or before randomization, in both arms: by the evaluator whose assessments
decide the response, or, for a subject whom that evaluator did not stage before randomization, by anyone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from equipoise.arrays import MISSING, NEVER, UNKNOWN, Codes, Days, Flags, Floats, Offsets, Stages
from equipoise.state import gvhd, response
from equipoise.state.axes import randomized_on
from equipoise.state.columns import Minutes
from equipoise.state.derive import derivation
from equipoise.state.limits import settled
from equipoise.state.parameters import parameters
from equipoise.state.persons import persons, weight_on
from equipoise.state.segments import NO_ROW, last_row, row_as_of, take
from equipoise.state.tables import Bounds, Table, Tables


@dataclass(frozen=True, slots=True)
class Stagings:
    """One row an acute GVHD form; arrays [n_rows], `offsets` [n_subjects + 1].

    day: `UNKNOWN` where partial; minute: since midnight, -1 where no time was noted. stages: int8 [4, n_rows] in the
    order of `gvhd.ORGANS`. low, high: the grades that missing organs leave open. evaluator: place in the code list.
    bilirubin: mg/dL, with what was carried over from the chemistry; NaN where known only as below or above a number.
    record: id of the form's record.
    """

    offsets: Offsets
    subject: np.ndarray
    day: Days
    minute: Minutes
    stages: Stages
    low: Stages
    high: Stages
    evaluator: Codes
    bilirubin: Floats
    record: np.ndarray

    @property
    def complete(self) -> Flags:
        """Whether all four organs were staged."""
        return np.min(self.stages, axis=0) >= 0

    @property
    def grade(self) -> Stages:
        """The grade where it is known, else -1."""
        return np.where(self.low == self.high, self.low, MISSING)


class Beside(NamedTuple):
    """What the staging of each acute GVHD form rests on beside its own items, [n_rows]; see `gvhd.Findings`."""

    bilirubin: Bounds
    bilirubin_age_days: Floats
    age: Floats
    weight: Floats


@derivation("AGVHD", "CHEMISTRY", "VITALS", using=(persons,))
def stagings(tables: Tables, protocol: Any) -> Stagings:
    """MAGIC stages and grade of every acute GVHD form.

    Made anew only if a form or what it rests on has changed: most chemistries and weights change no staging.
    """
    table, rules = tables["AGVHD"], parameters(protocol).staging
    age = persons(tables, protocol).age[table.subject]
    beside = Beside(
        *bilirubin_for(tables, table, rules.bilirubin_carry_days),
        age,
        weights_for(tables, table, gvhd.perhaps_young(age, rules)),
    )
    made_of = (protocol.hash, table, *(column.tobytes() for column in (*beside.bilirubin, *beside[1:])))
    return tables.again("stagings", made_of, lambda: stagings_of(table, beside, rules))


def stagings_of(table: Table, beside: Beside, rules: gvhd.StagingRules) -> Stagings:
    """Stages and grade of acute GVHD forms.

    An organ whose measurement is known only as below or above a number is staged where every number that it can be
    gives the same stage.
    """
    bilirubin = beside.bilirubin
    measured = {
        "bsa": up_to_the_whole_body(table.bounds("GV_BSA")),
        "desquamation": table.bounds("GV_DESQUAMATION"),
        "bilirubin": bilirubin,
        "stool_ml": table.bounds("GV_STOOL"),
        "episodes": table.bounds("GV_EPISODES"),
    }
    low: dict[str, Any] = {name: ends.low for name, ends in measured.items()}
    high: dict[str, Any] = {name: ends.high for name, ends in measured.items()}
    findings = gvhd.Findings(
        **low,
        **answers(table),
        bilirubin_age_days=beside.bilirubin_age_days,
        age=beside.age,
        weight=beside.weight,
    )
    stages = gvhd.organ_stages(findings, rules)
    if any(ends.open for ends in measured.values()):
        stages = settled(stages, gvhd.organ_stages(replace(findings, **high), rules))
    bounds = gvhd.grade_bounds(*stages)
    return Stagings(
        offsets=table.offsets,
        subject=table.subject,
        day=table.day,
        minute=table.minute,
        stages=stages,
        low=bounds.low,
        high=bounds.high,
        evaluator=table.column("GV_EVALUATOR"),
        bilirubin=np.where(bilirubin.low == bilirubin.high, bilirubin.low, np.nan),
        record=table.record,
    )


def answers(table: Table) -> dict[str, Any]:
    """What an acute GVHD form says beside its measurements, by the names of `gvhd.Findings`."""
    causes = ("GV_SKIN_CAUSE", "GV_LIVER_CAUSE", "GV_UGI_CAUSE", "GV_LGI_CAUSE")
    return {
        "bullae": table.column("GV_BULLAE"),
        "erythroderma": table.column("GV_ERYTHRODERMA"),
        "upper_gi": table.column("GV_UGI"),
        "stool_mixed": table.column("GV_STOOL_URINE"),
        "stool_days": table.column("GV_STOOL_DAYS"),
        "severe_pain": table.column("GV_PAIN"),
        "bloody": table.column("GV_BLOOD"),
        "attributions": np.array([table.column(item) for item in causes]),
    }


def weights_for(tables: Tables, table: Table, rows: Flags) -> Floats:
    """Weight on the day of some stagings, kg, float64 [n_rows]; NaN for the others."""
    if not rows.any():
        return np.full(table.size, np.nan)
    return np.where(rows, weight_on(tables, table.day, table.subject), np.nan)


WHOLE_BODY_PERCENT = 100.0


def up_to_the_whole_body(percent: Bounds) -> Bounds:
    """Body surface known only as above a number is at most all of it."""
    if not percent.open:
        return percent
    return Bounds(*(np.minimum(end, WHOLE_BODY_PERCENT) for end in percent))


def bilirubin_for(tables: Tables, table: Table, carry_days: int) -> tuple[Bounds, Floats]:
    """Bilirubin of each staging in mg/dL and its age in days.

    The form's own, if it is not older than `carry_days`; else the last one of the chemistry.
    """
    own = table.bounds("GV_BILIRUBIN")
    drawn = table.column("GV_BILIRUBIN_DATE")
    own_age = np.where(drawn == UNKNOWN, 0.0, table.day.astype(np.float64) - drawn)
    missing = np.isnan(own.low) | (own_age > carry_days)
    if not missing.any():
        return own, own_age
    chemistry = tables["CHEMISTRY"]
    measured = chemistry.bounds("LC_BILIRUBIN")
    usable = ~np.isnan(measured.low) & (chemistry.day != UNKNOWN)
    row = row_as_of(chemistry.day, chemistry.subject, usable, table.day, table.subject)
    age = table.day.astype(np.float64) - take(chemistry.day, row, 0)
    low = np.where(missing, take(measured.low, row, np.nan), own.low)
    high = np.where(missing, take(measured.high, row, np.nan), own.high) if own.open or measured.open else low
    return Bounds(low, high), np.where(missing, age, own_age)


def evaluator_rows(stage: Stagings, tables: Tables, code: str) -> Flags:
    """Rows of one evaluator role, on a known day."""
    return (stage.evaluator == tables["AGVHD"].place("GV_EVALUATOR", code)) & (stage.day != UNKNOWN)


@derivation(using=(stagings, randomized_on))
def baseline_rows(tables: Tables, protocol: object) -> np.ndarray:
    """Row of the baseline staging of each randomized subject, int64 [n_subjects]; `NO_ROW` where there is none."""
    return last_complete(tables, protocol, randomized_on(tables, protocol))


def last_complete(tables: Tables, protocol: object, by: Days) -> np.ndarray:
    """Row of the last complete staging on or before a day (int32 [n_subjects]; `NEVER`: none is asked for).

    The deciding evaluator's if there is one, else anyone's; int64 [n_subjects].
    """
    stage = stagings(tables, protocol)
    usable = stage.complete & (stage.day <= by[stage.subject]) & (stage.day != UNKNOWN)
    decides = evaluator_rows(stage, tables, parameters(protocol).response_evaluator)
    by_decider = last_row(stage.subject, tables.n, usable & decides)
    by_anyone = last_row(stage.subject, tables.n, usable)
    row = np.where(by_decider == NO_ROW, by_anyone, by_decider)
    return np.where(by == NEVER, NO_ROW, row)


def stages_at(stage: Stagings, row: np.ndarray) -> Stages:
    """Organ stages at a row for each subject, int8 [4, n_subjects]; -1 where there is no row."""
    return np.array([take(organ, row, MISSING) for organ in stage.stages])


def assessments(tables: Tables, protocol: object, rows: Flags, baseline: np.ndarray) -> response.Assessments:
    """Stagings of some rows, as the response rules take them; the others are incomplete and on no known day."""
    stage, table = stagings(tables, protocol), tables["AGVHD"]
    vgpr = response.vgpr_criteria(
        rash_bsa=table.column("GV_BSA"),
        bullae=table.column("GV_BULLAE"),
        bilirubin=stage.bilirubin,
        baseline_bilirubin=take(stage.bilirubin, baseline, np.nan)[stage.subject],
        eating=table.column("GV_EATING"),
        stool_formed=table.column("GV_STOOL_FORMED"),
        rules=parameters(protocol).response,
    )
    return response.Assessments(
        offsets=stage.offsets,
        day=np.where(rows, stage.day, UNKNOWN),
        stages=np.where(rows, stage.stages, MISSING),
        vgpr=vgpr,
        minute=stage.minute,
    )
