"""Endpoints, populations, estimands, analyses and the assumptions of the sample size: declared, not programmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from equipoise.protocol.part import NO_WORDS, Id, Part, Words

Fraction = Annotated[float, Field(gt=0, lt=1)]
Horizons = tuple[Annotated[float, Field(gt=0)], ...]
EVENTS = frozenset(
    {"death", "relapse", "nonrelapse_death", "new_therapy", "cgvhd", "severe_cgvhd", "loss_of_response", "crossover"}
)
"""Events that milestones know: what an endpoint may count or compete with."""
EXCLUSIONS = frozenset({"dli_for_relapse", "control_received_msc", "major_deviation_before_day28"})
"""What can take a subject out of a population."""
INCLUSIONS = frozenset({"randomized", "treated"})


class Variant(Part):
    """Another reading of a time-to-event endpoint."""

    censor_at: tuple[str, ...] = ()
    competing: tuple[str, ...] = ()
    title: Words = NO_WORDS


class Endpoint(Part):
    """What is measured.

    Args:
        kind: `binary` (a response code in a window), `durable` (in both of two windows, kept in between), `survival`,
            `competing`.
        window, windows: names of response windows.
        event: response codes that count; `events`, `competing`: events of the milestones, the first to happen counts.
        missing: response that a missing one is taken for.
        analysed_as: subjects by their randomized arm or by the treatment received.
        horizons_months: months at which a time-to-event endpoint is reported.
    """

    kind: Literal["binary", "durable", "survival", "competing"]
    title: Words = NO_WORDS
    text: Words = NO_WORDS
    role: Literal["primary", "key_secondary", "secondary", "exploratory"] = "secondary"
    window: str | None = None
    windows: tuple[str, ...] = ()
    event: tuple[str, ...] = ()
    missing: str | None = None
    analysed_as: tuple[Literal["randomized", "treated"], ...] = ("randomized",)
    origin: Literal["randomization"] = "randomization"
    events: tuple[str, ...] = ()
    competing: tuple[str, ...] = ()
    variants: Mapping[str, Variant] = {}
    horizons_months: Horizons = ()


class Population(Part):
    """Who counts: `include` another population or `randomized` or `treated`, without those whom `exclude` names."""

    title: Words = NO_WORDS
    text: Words = NO_WORDS
    include: str
    exclude: tuple[str, ...] = ()
    as_: Annotated[Literal["randomized", "treated"], Field(alias="as")] = "randomized"


class IntercurrentEvent(Part):
    """An event after randomization that changes what the endpoint means, and how the estimand deals with it."""

    event: str
    strategy: Literal[
        "treatment_policy", "composite", "hypothetical", "while_on_treatment", "while_at_risk", "principal_stratum",
        "competing",
    ]  # fmt: skip
    text: Words = NO_WORDS


class Estimand(Part):
    """The question that an analysis answers (ICH E9(R1)): five attributes."""

    title: Words = NO_WORDS
    endpoint: str
    population: str
    treatment: Words
    intercurrent_events: tuple[IntercurrentEvent, ...]
    summary: Words


class Analysis(Part):
    """An analysis of the plan: the estimand that it answers (none: descriptive), its method, and what it prints.

    Args:
        endpoint, population: what is analysed in whom.
        statistics: names of the statistics of the results table.
        strata_options: sets of baseline variables by which the model is stratified, each reported.
        published: key of the published numbers to show beside.
    """

    id: Id
    title: Words = NO_WORDS
    estimand: str | None = None
    descriptive: bool = False
    endpoint: str | None = None
    population: str
    method: str
    statistics: tuple[str, ...] = ()
    variant: str | None = None
    as_: Annotated[Literal["randomized", "treated"] | None, Field(alias="as")] = None
    strata_options: tuple[tuple[str, ...], ...] = ()
    subgroups: tuple[str, ...] = ()
    horizons_months: Horizons = ()
    published: str | None = None


class InterimLooks(Part):
    """Looks at the trial before its end, and when it stops there. Names and numbers as in `equipoise.design`.

    Args:
        information: share of the subjects at each look before the last, rising.
        boundary, shape, early_bound: bounds of efficacy.
        futility: Z below which the trial stops at each look before the last; `futility_spending` and
            `futility_shape` make such bounds.
        binding: the trial always stops for futility.
    """

    information: Annotated[tuple[Fraction, ...], Field(min_length=1)]
    boundary: str = "spending_obrien_fleming"
    shape: float | None = None
    early_bound: Annotated[float, Field(gt=0)] = 3.0
    futility: tuple[float, ...] = ()
    futility_spending: str | None = None
    futility_shape: float | None = None
    binding: bool = False


class SampleSize(Part):
    """What the number of subjects rests on; `looks` where the trial is looked at before its end."""

    p_experimental: Fraction
    p_control: Fraction
    alpha_two_sided: Fraction
    power: Fraction
    dropout: Annotated[float, Field(ge=0, lt=1)]
    formula: Literal["pooled", "unpooled"]
    per_arm: Annotated[int, Field(gt=0)]
    per_arm_inflated: Annotated[int, Field(gt=0)]
    looks: InterimLooks | None = None
    text: Words = NO_WORDS
