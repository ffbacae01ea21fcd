"""Baseline characteristics by arm and in all, with P values of the comparison of arms."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from equipoise.analysis.counting import NAN, p_mann_whitney, p_values, spread
from equipoise.analysis.data import Data
from equipoise.analysis.factors import Factor
from equipoise.analysis.results import Row, comparison
from equipoise.analysis.sheet import Sheet
from equipoise.protocol.endpoints import Analysis

ALL = "ALL"
CONTINUOUS: Mapping[str, tuple[str, str]] = {"age": ("AGE", "years"), "onset_days": ("ONSETDY", "days")}
"""Variable of the table: that of ADSL, and its unit."""
CATEGORICAL: Mapping[str, Factor] = {
    "age_group": Factor("AGEGR1", ("LT18", "GE18")),
    "sex": Factor("SEX", ("M", "F")),
    "disease": Factor("DISGR1", ("AML", "ALL", "OTHER")),
    "disease_status": Factor("DISSTAT", ("CR", "PR", "NR")),
    "hla": Factor("HLA", ("MATCHED", "MISMATCHED")),
    "conditioning": Factor("CONDIT", ("BU_BASED", "TBI_BASED")),
    "graft": Factor("GRAFT", ("PBSC", "PBSC_BM")),
    "prophylaxis": Factor("PROPHYL", ("CSA_MTX_OR_CSA_MTX_MMF", "CSA_MTX_MMF_ATG")),
    "grade": Factor("GRADEBL", ("II", "III", "IV")),
    "n_organs": Factor("NORGBL", ("1", "2", "3", "4")),
}
ORGANS: Mapping[str, str] = {"SKIN": "SKINBL", "LIVER": "LIVERBL", "UPPER_GI": "UGIBL", "LOWER_GI": "LGIBL"}


def rows(data: Data, analysis: Analysis) -> list[Row]:
    """Medians with ranges, counts with proportions, and P values."""
    sheet = Sheet(analysis.id, population=analysis.population)
    members = data.members(analysis.population)
    groups = {name: members & (data.arm_of(analysis) == name) for name in data.arms} | {ALL: members}
    for name, (variable, unit) in CONTINUOUS.items():
        continuous(sheet.of(name), data, groups, data.number(variable), unit)
    for name, factor in CATEGORICAL.items():
        categorical(sheet.of(name), data, groups, name, data.text(factor.variable), factor.levels)
    organs(sheet.of("organ"), data, groups)
    return sheet.rows


def continuous(sheet: Sheet, data: Data, groups: Mapping[str, np.ndarray], values: np.ndarray, unit: str) -> None:
    """n, missing, median, range; Mann-Whitney."""
    known = ~np.isnan(values)
    for group, here in groups.items():
        spread(sheet, group, values[here & known], unit=unit)
        sheet.put(group, "missing", int((here & ~known).sum()))
    for first, second in data.pairs:
        p_mann_whitney(sheet, comparison(first, second), values[groups[first] & known], values[groups[second] & known])


def categorical(
    sheet: Sheet,
    data: Data,
    groups: Mapping[str, np.ndarray],
    name: str,
    values: np.ndarray,
    levels: tuple[str, ...],
) -> None:
    """Count and proportion (of those known) of each level; levels of the data that are not listed come last."""
    others = sorted(set(values.tolist()) - {*levels, ""})
    levels = (*levels, *others)
    counts = {group: np.array([(here & (values == level)).sum() for level in levels]) for group, here in groups.items()}
    for group, here in groups.items():
        n = int((here & (values != "")).sum())
        sheet.put(group, "n", n)
        sheet.put(group, "missing", int((here & (values == "")).sum()))
        for level, count in zip(levels, counts[group].tolist()):
            sheet.put(group, "count", count, subgroup=f"{name}={level}")
            sheet.put(group, "proportion", count / n if n else NAN, subgroup=f"{name}={level}")
    for pair in data.pairs:
        p_values(sheet, comparison(*pair), np.array([counts[arm] for arm in pair]))


def organs(sheet: Sheet, data: Data, groups: Mapping[str, np.ndarray]) -> None:
    """Organs involved, several a subject; the tests compare organs and not subjects, as the publication does."""
    stages = {organ: data.number(variable) for organ, variable in ORGANS.items()}
    known = ~np.isnan(np.array(list(stages.values()))).any(axis=0)
    counts = {
        group: np.array([(here & (stage > 0)).sum() for stage in stages.values()]) for group, here in groups.items()
    }
    for group, here in groups.items():
        n = int((here & known).sum())
        sheet.put(group, "n", n)
        sheet.put(group, "missing", int((here & ~known).sum()))
        for organ, count in zip(stages, counts[group].tolist()):
            sheet.put(group, "count", count, subgroup=f"organ={organ}")
            sheet.put(group, "proportion", count / n if n else NAN, subgroup=f"organ={organ}")
    for pair in data.pairs:
        p_values(sheet, comparison(*pair), np.array([counts[arm] for arm in pair]))
