"""Origins of the time axes: randomization, second-line start (SL day 1), first MSC, first cycle, last study drug.

Source: the index trial. SL day 1 is the first basiliximab dose after randomization; without one, the day of
randomization. Cycle day 1 is the first MSC dose in an arm that gives MSC, if it came by SL day 8; else SL day 1 for
good.
"""

from __future__ import annotations

import numpy as np

from equipoise.arrays import MISSING, NEVER, UNKNOWN, Codes, Days, Flags
from equipoise.state.derive import Treatment, derivation
from equipoise.state.parameters import parameters
from equipoise.state.segments import first_day, last_day, last_row, take
from equipoise.state.tables import Table, Tables


@derivation("RANDOMIZATION")
def randomized_on(tables: Tables, protocol: object) -> Days:
    """Day of randomization of each subject, int32 [n_subjects]; `NEVER` for those who were not."""
    table = tables["RANDOMIZATION"]
    row = last_row(table.subject, tables.n, np.ones(table.size, np.bool_))
    return take(table.day, row, NEVER)


def doses_since(table: Table, since: Days) -> Flags:
    """Rows of a dose form on a known day, from a day of each subject on."""
    return (table.day >= since[table.subject]) & (table.day != UNKNOWN)


@derivation("BASILIXIMAB", using=(randomized_on,))
def second_line_start(tables: Tables, protocol: object) -> Days:
    """Day of the first basiliximab dose after randomization, int32 [n_subjects]; `NEVER` before it."""
    table = tables["BASILIXIMAB"]
    return first_day(table.day, table.subject, tables.n, doses_since(table, randomized_on(tables, protocol)))


@derivation(using=(randomized_on, second_line_start))
def second_line_origin(tables: Tables, protocol: object) -> Days:
    """SL day 1 (elapsed 0): second-line start, or randomization while there is none; int32 [n_subjects]."""
    start = second_line_start(tables, protocol)
    return np.where(start == NEVER, randomized_on(tables, protocol), start)


@derivation("MSC", using=(randomized_on,))
def first_msc(tables: Tables, protocol: object) -> Days:
    """Day of the first MSC dose after randomization in any arm, int32 [n_subjects]; `NEVER` without one."""
    table = tables["MSC"]
    return first_day(table.day, table.subject, tables.n, doses_since(table, randomized_on(tables, protocol)))


def gives_msc(treatment: Treatment, protocol: object) -> Flags:
    """Whether the arm of each subject gives MSC, bool [n_subjects]."""
    return arms_with_msc(treatment.arm, protocol)


def arms_with_msc(arm: Codes, protocol: object) -> Flags:
    """Whether each arm gives MSC; false for -1."""
    return parameters(protocol).gives_msc[arm]


@derivation(using=(second_line_origin, first_msc))
def cycle_start_with_msc(tables: Tables, protocol: object) -> Days:
    """Day 0 of the first cycle of each subject if the arm gives MSC, int32 [n_subjects]; `NEVER` as SL day 1."""
    second_line, msc = second_line_origin(tables, protocol), first_msc(tables, protocol)
    in_time = (msc != NEVER) & (msc.astype(np.int64) - second_line <= parameters(protocol).msc_start_by)
    return np.where(in_time, msc, second_line)


def treatment_of(tables: Tables, arm: Codes, protocol: object) -> Treatment:
    """Arm and cycle origin of each subject.

    Args:
        arm: place of the arm in the protocol, int8 [n_subjects]; -1 for those who were not randomized.
    """
    with_msc, without = cycle_start_with_msc(tables, protocol), second_line_origin(tables, protocol)
    return Treatment(arm, np.where(arms_with_msc(arm, protocol), with_msc, without))


def arm_places(arms: list[str], protocol: object) -> Codes:
    """Places of arms in the protocol, int8; "" is -1."""
    known = parameters(protocol).arms
    return np.array([known.index(arm) if arm else MISSING for arm in arms], np.int8)


@derivation("BASILIXIMAB", "MSC", using=(randomized_on,))
def last_study_drug(tables: Tables, protocol: object) -> Days:
    """Day of the last dose of a study drug (CNI and steroid are none), int32 [n_subjects]; `UNKNOWN` without one."""
    randomized = randomized_on(tables, protocol)
    last = np.full(tables.n, UNKNOWN)
    for form in protocol.safety.last_dose_of:  # type: ignore[attr-defined]
        table = tables[form]
        rows = doses_since(table, randomized)
        last = np.maximum(last, last_day(table.day, table.subject, tables.n, rows))
    return last
