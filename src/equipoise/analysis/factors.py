"""Factors of subgroups and strata: their variable in ADSL and their levels, in the order of the tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from equipoise.errors import ProtocolError


class Factor(NamedTuple):
    """A variable of ADSL with its levels."""

    variable: str
    levels: tuple[str, ...]


FACTORS: Mapping[str, Factor] = {
    "grade": Factor("GRADEBL", ("II", "III", "IV")),
    "organ_lower_gi": Factor("LGIFL", ("Y", "N")),
    "organ_liver": Factor("LIVERFL", ("Y", "N")),
    "organ_skin_only": Factor("SKONLYFL", ("Y", "N")),
    "age_group": Factor("AGEGR1", ("LT18", "GE18")),
    "sex": Factor("SEX", ("M", "F")),
    "hla": Factor("HLA", ("MATCHED", "MISMATCHED")),
    "sr_criterion": Factor("SRCRIT", ("A", "B", "C")),
    "atg": Factor("ATGFL", ("Y", "N")),
    "site": Factor("SITEID", ()),
}


def factor_of(name: str, analysis: str) -> Factor:
    """The factor of a name that the protocol uses.

    Raises:
        ProtocolError: no dataset has it.
    """
    if name not in FACTORS:
        raise ProtocolError(
            "{name} is no factor of a subgroup or stratum",
            where=f"analyses, {analysis}",
            rule="ANALYSIS-FACTOR",
            remedy="use one of {known}",
            name=name,
            known=", ".join(FACTORS),
        )
    return FACTORS[name]
