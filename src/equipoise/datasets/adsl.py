"""ADSL: one row a subject who was screened; without arm and date of randomization for those not randomized."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from equipoise.arrays import MISSING, NEVER, UNKNOWN, Codes, Days
from equipoise.datasets import completeness, populations
from equipoise.datasets.source import Source, imputed
from equipoise.datasets.variables import (
    SOURCES,
    SUBJECT_VARIABLES,
    Variable,
    elapsed_or_null,
    frame,
    names_of,
    several_sources,
)
from equipoise.state import gvhd
from equipoise.state.axes import first_msc, last_study_drug, second_line_start
from equipoise.state.columns import text_of
from equipoise.state.disposition import disposition
from equipoise.state.persons import persons
from equipoise.state.resistance import CRITERIA
from equipoise.state.segments import NO_ROW, first_row, take
from equipoise.state.steroid_course import steroid_resistance
from equipoise.state.tables import Table

ADULT_FROM = 18
DISEASE_GROUPS = ("AML", "ALL")
"""Diseases that the publication lists by name; the others are OTHER."""
CRITERION_GROUP = {"": "", "NONE": "", "A": "A", "B": "B", "C1": "C", "C2": "C"}
ATG_PROPHYLAXIS = "CSA_MTX_MMF_ATG"
EVENT_VARIABLES = (
    ("relapse", "REL", "Relapse or progression"),
    ("new_therapy", "NTX", "New systemic therapy for acute GVHD"),
    ("crossover", "XOV", "Cross-over to MSC"),
    ("dli", "DLI", "Donor lymphocytes for relapse"),
    ("cgvhd", "CGV", "Chronic GVHD"),
    ("severe_cgvhd", "SCG", "Severe chronic GVHD"),
    ("death", "DTH", "Death"),
)
"""Milestone, beginning of its variables, what it is."""
ADSL = (
    *SUBJECT_VARIABLES,
    Variable("AGE", "integer", "Age at consent (completed years)"),
    Variable("AGEU", "text", "Unit of the age"),
    Variable("AGEGR1", "text", "Age group: LT18, GE18"),
    Variable("SEX", "text", "Sex: M, F"),
    Variable("SCRNDT", "date", "Date of first screening"),
    Variable("SCRNATT", "integer", "Screening attempts"),
    Variable("RFICDT", "date", "Date of informed consent"),
    Variable("SCRFDT", "date", "Date screening ended without randomization"),
    Variable("SCRFRSN", "text", "Why not randomized: WITHDREW_CONSENT, NOT_ELIGIBLE, OTHER"),
    Variable("RANDDT", "date", "Date of randomization"),
    Variable("RANDNUM", "integer", "Number on the allocation list"),
    Variable("TRT01P", "text", "Arm to which randomized"),
    Variable("TRT01A", "text", "Arm whose treatment was received"),
    *populations.VARIABLES,
    Variable("HSCTDT", "date", "Date of transplant"),
    Variable("HSCTDTF", "text", "Imputed part of HSCTDT"),
    Variable("DISEASE", "text", "Primary disease"),
    Variable("DISGR1", "text", "Primary disease: AML, ALL, OTHER"),
    Variable("DISSTAT", "text", "Disease status at transplant"),
    Variable("HLA", "text", "HLA match"),
    Variable("CONDIT", "text", "Conditioning"),
    Variable("GRAFT", "text", "Graft source"),
    Variable("PROPHYL", "text", "GVHD prophylaxis"),
    Variable("ATGFL", "text", "Antithymocyte globulin in the prophylaxis"),
    Variable("ONSETDT", "date", "Onset of acute GVHD"),
    Variable("ONSETDTF", "text", "Imputed part of ONSETDT"),
    Variable("ONSETDY", "integer", "Days from transplant to onset of acute GVHD"),
    Variable("SRCRIT", "text", "Criterion of steroid resistance met first by randomization: A, B, C"),
    Variable("BLDT", "date", "Date of the baseline staging"),
    Variable("SKINBL", "integer", "Baseline stage, skin"),
    Variable("LIVERBL", "integer", "Baseline stage, liver"),
    Variable("UGIBL", "integer", "Baseline stage, upper GI"),
    Variable("LGIBL", "integer", "Baseline stage, lower GI"),
    Variable("GRADEBL", "text", "Baseline grade: 0, I, II, III, IV"),
    Variable("NORGBL", "integer", "Organs involved at baseline; upper and lower GI are one"),
    Variable("LGIFL", "text", "Lower GI involved at baseline"),
    Variable("LIVERFL", "text", "Liver involved at baseline"),
    Variable("SKONLYFL", "text", "Skin alone involved at baseline"),
    Variable("SLSTDT", "date", "Second-line start (first basiliximab dose)"),
    Variable("CYCSTDT", "date", "First day of the cycle"),
    Variable("MSCSTDT", "date", "First MSC dose"),
    Variable("LDRUGDT", "date", "Last dose of basiliximab or MSC"),
    Variable("MSCN", "integer", "MSC doses, those after cross-over too"),
    Variable("MSC1CN", "integer", "MSC doses in the first cycle"),
    Variable("BSXN", "integer", "Basiliximab doses"),
    Variable("ONSMSCDY", "integer", "Days from onset of acute GVHD to the first MSC dose"),
    *(
        variable
        for _, name, label in EVENT_VARIABLES
        for variable in (
            Variable(f"{name}DT", "date", f"{label}: date"),
            Variable(f"{name}DTF", "text", f"Imputed part of {name}DT"),
        )
    ),
    Variable("DTHCAUS", "text", "Cause of death, adjudicated where it was"),
    Variable("CGVHSEV", "integer", "Worst global severity of chronic GVHD (1-3); 0 none"),
    Variable("LSTALVDT", "date", "Last known alive, by the cutoff"),
    Variable("EOTDT", "date", "Stopped study treatment"),
    Variable("EOVDT", "date", "Stopped visits, survival follow-up allowed"),
    Variable("LTFUDT", "date", "Lost to follow-up since"),
    Variable("DATAENDT", "date", "Withdrew the use of data"),
    *completeness.VARIABLES,
    SOURCES,
)
ONCE = ("SCREENING", "SCREENFAIL", "CONSENT", "DEMOG", "TRANSPLANT", "GVHD_HISTORY", "RANDOMIZATION", "LEAVE")
"""Forms whose records stand behind a subject's row, with those of doses, baseline staging and events."""


def adsl(source: Source) -> pl.DataFrame:
    """One row a screened subject."""
    every = np.arange(source.n)
    columns = {
        **source.subject_columns(every),
        **who(source),
        **screening(source),
        **source.kept(populations.columns),
        **history(source),
        **baseline(source),
        **exposure(source),
        **happened(source),
        **completeness.columns(source),
        SOURCES.name: sources(source),
    }
    return frame(ADSL, columns, ["SUBJID"])


def who(source: Source) -> dict[str, Any]:
    """Age and sex."""
    person = persons(source.tables, source.protocol)
    group = np.where(np.isnan(person.age), "", np.where(person.age < ADULT_FROM, "LT18", "GE18"))
    sex = list(source.tables["DEMOG"].layout.items["DM_SEX"].places)
    return {
        "AGE": person.age,
        "AGEU": np.where(np.isnan(person.age), "", "YEARS").tolist(),
        "AGEGR1": group.tolist(),
        "SEX": names_of(person.sex, sex),
        "RFICDT": person.consented,
    }


def screening(source: Source) -> dict[str, Any]:
    """Screening, its end, randomization and arm."""
    at = disposition(source.tables, source.protocol)
    reasons = list(source.tables["SCREENFAIL"].layout.items["SF_REASON"].places)
    table = source.tables["RANDOMIZATION"]
    number = np.full(source.n, np.nan)
    number[table.subject] = table.column("RN_NUMBER")
    return {
        "SCRNDT": at.screened,
        "SCRNATT": at.attempts,
        "SCRFDT": at.failed,
        "SCRFRSN": names_of(at.reason, reasons),
        "RANDDT": source.randomized,
        "RANDNUM": number,
        "TRT01P": list(source.arm),
        "TRT01A": populations.arm_names(source, populations.arm_received(source)),
        "EOTDT": at.off_treatment,
        "EOVDT": at.off_visits,
        "LTFUDT": at.lost,
        "DATAENDT": at.data_withdrawn,
    }


def first_of(source: Source, form: str) -> tuple[Table, np.ndarray]:
    """A form that is filled once, and its row for each subject."""
    table = source.tables[form]
    return table, first_row(table.subject, source.n, np.ones(table.size, np.bool_))


def code_of(source: Source, form: str, item: str) -> list[str]:
    """The code of an item of a form that is filled once, for each subject; "" where missing."""
    table, row = first_of(source, form)
    values = [text_of(value) for value in table.values(item)]
    return [values[at] if at != NO_ROW else "" for at in row.tolist()]


def day_of(source: Source, form: str, item: str) -> tuple[Days, list[str]]:
    """A date of a form that is filled once: day and imputation flag of each subject, without a floor."""
    table, row = first_of(source, form)
    date = table.date(item)
    earliest, latest = take(date.earliest, row, UNKNOWN), take(date.latest, row, UNKNOWN)
    return imputed(source, earliest, latest, np.arange(source.n), floor=np.full(source.n, UNKNOWN))


def history(source: Source) -> dict[str, Any]:
    """Transplant and onset of acute GVHD."""
    disease, prophylaxis = code_of(source, "TRANSPLANT", "TX_DISEASE"), code_of(source, "TRANSPLANT", "TX_PROPHYLAXIS")
    transplant, transplant_flag = day_of(source, "TRANSPLANT", "TX_DATE")
    onset, onset_flag = day_of(source, "GVHD_HISTORY", "GH_ONSET")
    met, randomized = steroid_resistance(source.tables, source.protocol), source.randomized
    criterion = names_of(np.where(met.day <= randomized, met.criterion, MISSING), CRITERIA)
    return {
        "HSCTDT": transplant,
        "HSCTDTF": transplant_flag,
        "DISEASE": disease,
        "DISGR1": [code if code in (*DISEASE_GROUPS, "") else "OTHER" for code in disease],
        "DISSTAT": code_of(source, "TRANSPLANT", "TX_STATUS"),
        "HLA": code_of(source, "TRANSPLANT", "TX_HLA"),
        "CONDIT": code_of(source, "TRANSPLANT", "TX_CONDITIONING"),
        "GRAFT": code_of(source, "TRANSPLANT", "TX_GRAFT"),
        "PROPHYL": prophylaxis,
        "ATGFL": ["" if not code else "Y" if code == ATG_PROPHYLAXIS else "N" for code in prophylaxis],
        "ONSETDT": onset,
        "ONSETDTF": onset_flag,
        "ONSETDY": elapsed_or_null(onset, transplant),
        "ONSMSCDY": elapsed_or_null(first_msc(source.tables, source.protocol), onset),
        "SRCRIT": [CRITERION_GROUP[name] for name in criterion],
    }


def baseline(source: Source) -> dict[str, Any]:
    """Organ stages and grade at baseline."""
    at = source.milestones
    stages = {organ: getattr(at, f"baseline_{organ}") for organ in gvhd.ORGANS}
    known = at.baseline_grade >= 0
    gut = np.maximum(stages["upper_gi"], stages["lower_gi"])
    organs = sum((stage > 0).astype(np.int8) for stage in (stages["skin"], stages["liver"], gut))
    only_skin = (stages["skin"] > 0) & (organs == 1)
    return {
        "BLDT": source.absolute(at.baseline_day),
        **{name: whole(stages[organ]) for name, organ in zip(("SKINBL", "LIVERBL", "UGIBL", "LGIBL"), gvhd.ORGANS)},
        "GRADEBL": names_of(at.baseline_grade, gvhd.GRADES),
        "NORGBL": whole(np.where(known, organs, MISSING)),
        "LGIFL": answers(stages["lower_gi"] > 0, known),
        "LIVERFL": answers(stages["liver"] > 0, known),
        "SKONLYFL": answers(only_skin, known),
    }


def whole(codes: Codes) -> np.ndarray:
    """Codes as numbers, NaN for -1."""
    return np.where(codes < 0, np.nan, codes.astype(np.float64))


def answers(yes: np.ndarray, known: np.ndarray) -> list[str]:
    """Y and N where it is known."""
    return np.where(known, np.where(yes, "Y", "N"), "").tolist()


def exposure(source: Source) -> dict[str, Any]:
    """Starts, end and numbers of doses; null for subjects who were not randomized."""
    at, absent = source.milestones, ~source.is_randomized
    tables, protocol = source.tables, source.protocol
    doses = {"MSCN": at.msc_doses, "MSC1CN": at.msc_doses_first_cycle, "BSXN": at.basiliximab_doses}
    return {
        "SLSTDT": second_line_start(tables, protocol),
        "CYCSTDT": source.treatment.cycle_origin,
        "MSCSTDT": first_msc(tables, protocol),
        "LDRUGDT": last_study_drug(tables, protocol),
        **{name: np.where(absent, np.nan, number.astype(np.float64)) for name, number in doses.items()},
    }


def happened(source: Source) -> dict[str, Any]:
    """Events after randomization, cause of death, last contact."""
    at = source.milestones
    columns: dict[str, Any] = {}
    for name, start, _ in EVENT_VARIABLES:
        columns[f"{start}DT"] = source.absolute(getattr(at, name))
        columns[f"{start}DTF"] = source.imputation_flags(name)
    causes = list(source.tables["DEATH"].layout.items["DD_CAUSE"].places)
    return {
        **columns,
        "DTHCAUS": names_of(np.where(at.death == NEVER, MISSING, at.death_cause), causes),
        "CGVHSEV": np.where(source.is_randomized, whole(at.cgvhd_severity), np.nan),
        "LSTALVDT": source.absolute(at.last_alive),
    }


def sources(source: Source) -> pl.Series:
    """The records behind each subject's row."""
    found: list[list[int]] = [[record] for record in source.arm_record.tolist()]
    for form in (*ONCE, *source.protocol.safety.last_dose_of):
        table = source.tables[form]
        for subject, record in zip(table.subject.tolist(), table.record.tolist()):
            found[subject].append(record)
    for record in (source.records[name] for name in ("baseline", *(name for name, _, _ in EVENT_VARIABLES))):
        for subject, one in enumerate(record.tolist()):
            found[subject].append(one)
    return several_sources(found)
