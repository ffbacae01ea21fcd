"""Safety windows and protocol deviations, as parameters of the rules in `state/`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from equipoise.protocol.part import NO_WORDS, Id, Part, Words

DEVIATIONS = frozenset(
    {
        "ELIG_AGE", "ELIG_NOT_SR", "ELIG_CAUSE", "ELIG_PRIOR", "ELIG_INFECT", "CONSENT_ORDER", "ALLOC_MISMATCH",
        "BSX_DAY", "BSX_DOSE", "BSX_CONT", "CNI_FIRST", "TAPER_EARLY", "TAPER_LATE", "STEROID_LONG", "MSC_START",
        "MSC_DOSE", "MSC_INTERVAL", "MSC_CONTINUE", "MSC_STOP", "EARLY_AGENT", "XOVER_EARLY", "OBS_6H", "VISIT_WINDOW",
    }
)  # fmt: skip
"""Deviations that `state/deviations.py` has a rule for."""


class Safety(Part):
    """When adverse events are collected, and how haematological toxicity is counted.

    Args:
        ae_from, sae_from: event from which adverse and serious adverse events count.
        until_days_after: days after the last dose of `last_dose_of` (forms of doses) until which they do.
    """

    ae_from: Literal["randomization", "consent"]
    sae_from: Literal["randomization", "consent"]
    until_days_after: Annotated[int, Field(gt=0)]
    last_dose_of: tuple[str, ...]
    infusion_window_hours: Annotated[float, Field(gt=0)]
    hematologic_scheme: Literal["index_paper", "ctcae"]
    ctcae: Literal["4.03"]
    text: Words = NO_WORDS


class Deviation(Part):
    """A protocol deviation that is looked for. The rule itself is in `state/`."""

    code: Id
    severity: Literal["minor", "major", "critical"]
    text: Words


class Imputation(Part):
    """How partly known dates are completed in analysis datasets; what was imputed is always flagged."""

    rule: Literal["earliest_possible_on_or_after_randomization"]
    flag: Literal[True]
