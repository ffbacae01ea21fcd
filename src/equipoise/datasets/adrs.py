"""ADRS: one row a randomized subject and response endpoint (each reading of it): Y or N, with the response behind it.

`RSPCODE` is one of nine codes, `RSPLEVEL` one of the three levels of the index trial; a missing response is none.
`ADT` is the day of the assessment that decided. Treatment as received (`TRTA`) is that of the last day of the window:
a control who crossed over later counts as a control.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from equipoise.arrays import NEVER, Codes, Days
from equipoise.datasets.parameters import RESPONSE, Parameter, parameters
from equipoise.datasets.populations import VARIABLES, arm_names, arm_on, columns
from equipoise.datasets.source import Source, randomization_records
from equipoise.datasets.variables import (
    SOURCES,
    SUBJECT_VARIABLES,
    Variable,
    frame,
    names_of,
    several_sources,
    study_day,
)
from equipoise.state import response
from equipoise.state.endpoints import BINARY, binary
from equipoise.state.parameters import window

ADRS = (
    *SUBJECT_VARIABLES,
    Variable("TRTP", "text", "Arm to which randomized"),
    Variable("TRTA", "text", "Treatment received by the end of the window"),
    *VARIABLES,
    Variable("PARAMCD", "text", "Endpoint"),
    Variable("PARAM", "text", "Endpoint, in words"),
    Variable("AVISIT", "text", "Window of the response: DAY28, DAY56"),
    Variable("ADT", "date", "Date of the assessment that decided; main reading of the endpoint only"),
    Variable("ADY", "integer", "Study day of ADT"),
    Variable("AVAL", "integer", "1 yes, 0 no"),
    Variable("AVALC", "text", "Y, N"),
    Variable("RSPCODE", "text", "Response: CR, VGPR, PR, MR, PD, SD, DEAD, TRT, MISSING"),
    Variable("RSPLEVEL", "text", "Response in three levels: CR, PR, NR"),
    SOURCES,
)
RESPONSE_RECORDS = {"response28": "response28", "response56": "response56"}
"""Readings whose assessment is known by record and day."""
NO_RESPONSE_LEVEL = "NR"


def adrs(source: Source) -> pl.DataFrame:
    """One row a randomized subject and reading of a response endpoint."""
    subject = np.flatnonzero(source.is_randomized)
    alike = {
        **source.subject_columns(subject),
        "TRTP": [source.arm[i] for i in subject.tolist()],
        **{flag: values.gather(subject) for flag, values in source.kept(columns).items()},
    }
    frames = [rows(source, subject, one, alike) for one in parameters(source.protocol, RESPONSE)]
    empty = [frame(ADRS, {variable.name: [] for variable in ADRS})]
    return pl.concat(frames or empty).sort(["PARAMCD", "SUBJID"], maintain_order=True)


def rows(source: Source, subject: np.ndarray, parameter: Parameter, alike: dict[str, Any]) -> pl.DataFrame:
    """The rows of one reading of an endpoint."""
    endpoint, milestones = source.protocol.endpoints[parameter.endpoint], source.milestones
    name = endpoint.windows[-1] if endpoint.kind == "durable" else endpoint.window
    assert name is not None
    column = BINARY[name, parameter.variant]
    code: Codes = getattr(milestones, column)
    yes = binary(milestones, endpoint, parameter.variant)[subject]
    known = column in RESPONSE_RECORDS
    day = source.absolute(getattr(milestones, f"{column}_day"))[subject] if known else np.full(subject.size, NEVER)
    codes = names_of(code[subject], response.RESPONSES)
    return frame(
        ADRS,
        {
            **alike,
            "TRTA": arm_names(source, arm_on(source, window_end(source, name)[subject], subject)),
            "PARAMCD": [parameter.paramcd] * subject.size,
            "PARAM": [parameter.label] * subject.size,
            "AVISIT": [name.upper()] * subject.size,
            "ADT": day,
            "ADY": study_day(day, source.randomized[subject]),
            "AVAL": yes.astype(np.int32),
            "AVALC": np.where(yes, "Y", "N").tolist(),
            "RSPCODE": codes,
            "RSPLEVEL": [response.LEVEL_OF_RESPONSE[one] if one else NO_RESPONSE_LEVEL for one in codes],
            SOURCES.name: sources(source, subject, endpoint),
        },
    )


def window_end(source: Source, name: str) -> Days:
    """Last day of a response window of each subject, int32 [n_subjects]; `NEVER` without a cycle."""
    origin = source.treatment.cycle_origin
    last = window(source.protocol.response.windows[name]).latest
    return np.where(origin == NEVER, NEVER, np.where(origin == NEVER, 0, origin) + last).astype(np.int32)


def sources(source: Source, subject: np.ndarray, endpoint: Any) -> pl.Series:
    """Randomization, baseline, the deciding assessments, and the events that can make a subject a non-responder."""
    windows = endpoint.windows if endpoint.kind == "durable" else (endpoint.window,)
    names = ["baseline", *(f"response{name.removeprefix('day')}" for name in windows), "death", "new_therapy"]
    columns = [randomization_records(source), *(source.records[name] for name in names)]
    return several_sources(np.array(columns).T[subject].tolist())
