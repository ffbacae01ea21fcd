"""The whole protocol: one frozen object with an attribute for each section of the file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import product
from typing import Annotated, Literal

from pydantic import Field, InstanceOf

from equipoise.protocol.disease import Response, Staging, SteroidResistance
from equipoise.protocol.eligibility import Eligibility
from equipoise.protocol.endpoints import Analysis, Endpoint, Estimand, Population, SampleSize
from equipoise.protocol.forms import CodeList, Form
from equipoise.protocol.part import Part
from equipoise.protocol.safety import Deviation, Imputation, Safety
from equipoise.protocol.treatments import NewSystemicTherapy, Treatments
from equipoise.protocol.trial import SITE, Arm, Axis, Consent, Masking, Randomization, Site, Trial, Version
from equipoise.protocol.visits import Procedure, RepeatedVisit, Visit


class Protocol(Part):
    """One version of a trial's protocol.

    `visits` holds every visit, repeats written out month by month; `repeated_visits` the lines that stand for them.
    `forms` and `codelists` are complete: those of the library that the file names, and its own. `hash` is the SHA-256
    of the canonical content (`load.py`); comments, spacing and the order of keys do not enter it.
    """

    schema_version: Literal[1]
    trial: Trial
    versions: Annotated[tuple[Version, ...], Field(min_length=1)]
    sites: Annotated[tuple[Site, ...], Field(min_length=1)]
    arms: Annotated[tuple[Arm, ...], Field(min_length=1)]
    masking: Masking
    axes: Mapping[str, Axis]
    consent: Consent
    eligibility: Eligibility
    randomization: Randomization
    treatments: Treatments
    new_systemic_therapy: NewSystemicTherapy
    staging: Staging
    steroid_resistance: SteroidResistance
    response: Response
    visits: tuple[Visit, ...]
    repeated_visits: tuple[RepeatedVisit, ...]
    schedule: tuple[Procedure, ...]
    codelists: Mapping[str, InstanceOf[CodeList]]
    forms: Mapping[str, InstanceOf[Form]]
    endpoints: Mapping[str, Endpoint]
    same_day: Literal["nonfatal_first"]
    populations: Mapping[str, Population]
    estimands: Mapping[str, Estimand]
    analyses: tuple[Analysis, ...]
    subgroups: tuple[str, ...] = ()
    sample_size: SampleSize
    safety: Safety
    deviations: tuple[Deviation, ...]
    imputation: Imputation
    hash: str

    @property
    def version(self) -> str:
        """Id of the version that the file states: the last of `versions`."""
        return self.versions[-1].id

    @cached_property
    def site(self) -> Mapping[str, Site]:
        """Sites by id."""
        return {site.id: site for site in self.sites}

    @cached_property
    def strata(self) -> tuple[str, ...]:
        """Labels of the strata of allocation, `factor=level/factor=level`; the one label "" where there are none."""
        factors = [
            [f"{one.factor}={level}" for level in (self.site if one.factor == SITE else one.levels)]
            for one in self.randomization.strata
        ]
        return tuple("/".join(levels) for levels in product(*factors))

    @cached_property
    def arm(self) -> Mapping[str, Arm]:
        """Arms by id."""
        return {arm.id: arm for arm in self.arms}

    @cached_property
    def visit(self) -> Mapping[str, Visit]:
        """Visits by id, repeats written out."""
        return {visit.id: visit for visit in self.visits}

    @cached_property
    def deviation(self) -> Mapping[str, Deviation]:
        """Deviations by code."""
        return {deviation.code: deviation for deviation in self.deviations}

    @cached_property
    def analysis(self) -> Mapping[str, Analysis]:
        """Analyses by id."""
        return {analysis.id: analysis for analysis in self.analyses}
