"""ADLB: one row a laboratory value, with its grade by CTCAE and, where it has one, by the index trial.

Values are in the first unit of their item, with the text as entered beside it. `HEMTOX` is a derived row of each blood
count: the worse grade of neutrophils and platelets by the protocol's scheme. Baseline is the last value by the day of
randomization. `TRTEMFL` marks a grade worse than at baseline, `ANL01FL` rows after baseline in the safety window.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from equipoise.arrays import MISSING, UNKNOWN, Codes, Floats
from equipoise.datasets import ranges
from equipoise.datasets.adae import in_window
from equipoise.datasets.source import Source, imputed
from equipoise.datasets.variables import (
    SOURCES,
    SUBJECT_VARIABLES,
    Variable,
    frame,
    one_source,
    study_day,
    yes_or_null,
)
from equipoise.state import ctcae
from equipoise.state.columns import text_of
from equipoise.state.limits import settled
from equipoise.state.safety import count_grades, safety_window
from equipoise.state.segments import NO_ROW, last_row, take
from equipoise.state.tables import Table


class Test(NamedTuple):
    """A laboratory test: parameter, form, item, its code in reference ranges, its key in `state.ctcae`."""

    paramcd: str
    form: str
    item: str
    code: str = ""
    low: str = ""
    high: str = ""


TESTS = (
    Test("BILI", "CHEMISTRY", "LC_BILIRUBIN", "BILIRUBIN", high="bilirubin_total"),
    Test("ALT", "CHEMISTRY", "LC_ALT", "ALT", high="alt"),
    Test("AST", "CHEMISTRY", "LC_AST", "AST", high="ast"),
    Test("ALP", "CHEMISTRY", "LC_ALP", "ALP", high="alp"),
    Test("CREAT", "CHEMISTRY", "LC_CREATININE", "CREATININE", high="creatinine"),
    Test("K", "CHEMISTRY", "LC_POTASSIUM"),
    Test("SODIUM", "CHEMISTRY", "LC_SODIUM"),
    Test("ANC", "HEMATOLOGY", "LH_ANC", "ANC", low="anc_1e9_l"),
    Test("PLAT", "HEMATOLOGY", "LH_PLATELETS", "PLATELETS", low="platelets_1e9_l"),
    Test("WBC", "HEMATOLOGY", "LH_WBC", "WBC", low="wbc_1e9_l"),
    Test("LYM", "HEMATOLOGY", "LH_LYMPHOCYTES", "LYMPHOCYTES", low="lymphocytes_1e9_l"),
    Test("HGB", "HEMATOLOGY", "LH_HEMOGLOBIN", "HEMOGLOBIN", low="hemoglobin_g_l"),
    Test("CKMB", "CARDIAC", "LK_CKMB"),
    Test("TROPONI", "CARDIAC", "LK_TROPONIN"),
    Test("CMV", "VIRAL", "LV_CMV"),
    Test("EBV", "VIRAL", "LV_EBV"),
    Test("CNITR", "CNI_LEVEL", "LT_TROUGH"),
)
HEMTOX = "HEMTOX"
VERSION_ITEM = {"CHEMISTRY": "LC_RANGES", "HEMATOLOGY": "LH_RANGES"}
INDEX_PAPER = "index_paper"
ADLB = (
    *SUBJECT_VARIABLES,
    Variable("TRTP", "text", "Arm to which randomized"),
    Variable("PARAMCD", "text", "Test"),
    Variable("PARAM", "text", "Test, with its unit"),
    Variable("AVISIT", "text", "Visit label of the form"),
    Variable("LBSEQ", "integer", "Number of the form at the visit"),
    Variable("ADT", "date", "Date drawn"),
    Variable("ADTF", "text", "Imputed part of ADT"),
    Variable("ADY", "integer", "Study day"),
    Variable("AVAL", "float", "Value in the unit of PARAM"),
    Variable("LBORRES", "text", "Value as entered"),
    Variable("LBORRESU", "text", "Unit as entered, where it is not the first one"),
    Variable("LBQUAL", "text", "Qualifier as entered: <, >"),
    Variable("BASE", "float", "Value at baseline"),
    Variable("ABLFL", "text", "Baseline row: Y"),
    Variable("ANRLO", "float", "Lower limit of normal"),
    Variable("ANRHI", "float", "Upper limit of normal"),
    Variable("ANRVER", "text", "Version of the reference range"),
    Variable("ATOXGR", "integer", "Grade by CTCAE 4.03"),
    Variable("ATOXGRIX", "integer", "Grade by the index trial (neutrophils, platelets)"),
    Variable("BTOXGR", "integer", "Grade by CTCAE at baseline; of HEMTOX, its grade"),
    Variable("TRTEMFL", "text", "Worse than at baseline, in the safety window: Y"),
    Variable("ANL01FL", "text", "After baseline, in the safety window: Y"),
    SOURCES,
)
SORT = ["SUBJID", "PARAMCD", "ADT", "AVISIT", "LBSEQ"]


def adlb(source: Source) -> pl.DataFrame:
    """One row a value that was measured."""
    known = ranges.ranges_of(source)
    forms = source.tables.layouts
    frames = [rows(source, test, known) for test in TESTS if test.form in forms]
    frames += [toxicity_rows(source)] if "HEMATOLOGY" in forms else []
    return pl.concat(frames).sort(SORT, maintain_order=True)


def rows(source: Source, test: Test, known: list[ranges.Range]) -> pl.DataFrame:
    """The rows of one test."""
    table = source.tables[test.form]
    value, ends = table.entered(test.item), table.bounds(test.item)
    item = VERSION_ITEM.get(test.form)
    named = [text_of(version) for version in table.values(item)] if item else [""] * table.size
    limits = ranges.limits(source, table, test.item, test.code, named, known if test.code else [])
    before = on_or_before_randomization(source, table) & ~np.isnan(value)
    baseline_row = last_row(table.subject, source.n, before)
    base = take(value, baseline_row, np.nan)[table.subject]
    grade = settled(*(graded(test, end, base, limits) for end in ends))
    measured = np.flatnonzero(~np.isnan(value))
    values = table.values(test.item)
    entered = [values[row] for row in measured.tolist()]
    unit = source.protocol.forms[test.form].items[test.item].units
    label = source.protocol.forms[test.form].items[test.item].label.en
    return finished(
        source,
        table,
        measured,
        baseline_row,
        before,
        grade,
        {
            "PARAMCD": [test.paramcd] * measured.size,
            "PARAM": [f"{label} ({unit[0]})" if unit else label] * measured.size,
            "AVAL": value[measured],
            "LBORRES": [text_of(one) for one in entered],
            "LBORRESU": ["" if isinstance(one, str) or one is None else one.get("u", "") for one in entered],
            "LBQUAL": ["" if isinstance(one, str) or one is None else one.get("q", "") for one in entered],
            "BASE": base[measured],
            "ANRLO": limits.low[measured],
            "ANRHI": limits.high[measured],
            "ANRVER": [limits.version[row] for row in measured.tolist()],
            "ATOXGR": number(grade[measured]),
            "ATOXGRIX": number(settled(*(index_grade(test, end) for end in ends))[measured]),
        },
    )


def toxicity_rows(source: Source) -> pl.DataFrame:
    """The haematological grade of each blood count by the protocol's scheme."""
    table, grade = source.tables["HEMATOLOGY"], count_grades(source.tables, source.protocol)
    before = on_or_before_randomization(source, table) & (grade >= 0)
    baseline_row = last_row(table.subject, source.n, before)
    measured = np.flatnonzero(grade >= 0)
    nothing = [""] * measured.size
    none = np.full(measured.size, np.nan)
    scheme = source.protocol.safety.hematologic_scheme
    return finished(
        source,
        table,
        measured,
        baseline_row,
        before,
        grade,
        {
            "PARAMCD": [HEMTOX] * measured.size,
            "PARAM": [f"Haematological grade (neutrophils, platelets), scheme {scheme}"] * measured.size,
            "AVAL": grade[measured].astype(np.float64),
            **dict.fromkeys(("LBORRES", "LBORRESU", "LBQUAL", "ANRVER"), nothing),
            **dict.fromkeys(("ANRLO", "ANRHI", "ATOXGR", "ATOXGRIX"), none),
            "BASE": number(take(grade, baseline_row, MISSING)[table.subject[measured]]),
        },
    )


def finished(
    source: Source,
    table: Table,
    measured: np.ndarray,
    baseline_row: np.ndarray,
    before: np.ndarray,
    grade: Codes,
    columns: dict[str, Any],
) -> pl.DataFrame:
    """The rows with what all parameters have alike: subject, dates, baseline and analysis flags.

    Args:
        measured: rows of the form that have a value. baseline_row: of each subject. before: rows by randomization.
        grade: grade of each row of the form, int8 [n_rows].
    """
    subject = table.subject[measured]
    earliest, latest = table.dates.earliest[measured], table.dates.latest[measured]
    day, flag = imputed(source, earliest, latest, subject)
    window = safety_window(source.tables, source.protocol)
    counts = in_window(table.dates, window.ae_from[table.subject], window.until[table.subject]) & ~before
    base_grade = take(grade, baseline_row, MISSING)[table.subject]
    worse = counts & (grade > 0) & (grade > base_grade)
    visit, repeat = table.visit, table.repeat
    is_baseline = np.zeros(table.size, np.bool_)
    is_baseline[baseline_row[baseline_row != NO_ROW]] = True
    everything = {
        **source.subject_columns(subject),
        "TRTP": [source.arm[i] for i in subject.tolist()],
        "AVISIT": [visit[row] for row in measured.tolist()],
        "LBSEQ": repeat[measured],
        "ADT": day,
        "ADTF": flag,
        "ADY": study_day(day, source.randomized[subject]),
        "ABLFL": yes_or_null(is_baseline[measured]),
        "BTOXGR": number(base_grade[measured]),
        "TRTEMFL": yes_or_null(worse[measured]),
        "ANL01FL": yes_or_null(counts[measured]),
        SOURCES.name: one_source(table.record[measured]),
        **columns,
    }
    return frame(ADLB, everything)


def on_or_before_randomization(source: Source, table: Table) -> np.ndarray:
    """Rows on a known day by the day of randomization."""
    return (
        (table.day <= source.randomized[table.subject]) & (table.day != UNKNOWN) & source.is_randomized[table.subject]
    )


def graded(test: Test, value: Floats, base: Floats, limits: ranges.Limits) -> Codes:
    """Grade by CTCAE 4.03, int8 [n_rows]; -1 for a test that has none, and where a limit decides that is not known."""
    if test.low:
        return ctcae.grade_below(test.low, value, limits.low)
    if test.high:
        x_uln, x_base = ctcae.multiple(value, limits.high), ctcae.multiple(value, base)
        return ctcae.grade_above(test.high, x_uln, x_base)
    return np.full(value.size, MISSING)


def index_grade(test: Test, value: Floats) -> Codes:
    """Grade by the index trial, int8 [n_rows]; -1 for a test that it does not grade."""
    if test.low not in ctcae.BELOW[INDEX_PAPER]:
        return np.full(value.size, MISSING)
    return ctcae.grade_below(test.low, value, scheme=INDEX_PAPER)


def number(codes: Codes) -> Floats:
    """Grades as numbers, NaN for -1."""
    return np.where(codes < 0, np.nan, codes.astype(np.float64))
