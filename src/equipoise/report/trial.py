"""What the report says about the trial that is not a number: titles, arms, estimands, from the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from equipoise.protocol.endpoints import Estimand as Declared
from equipoise.protocol.model import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A randomized arm. `role` (experimental or control) fixes its colour and its line style in every figure."""

    id: str
    role: str
    title: str

    @property
    def short(self) -> str:
        """Name for columns and legends: the id, and a control arm's id as a word (`MSC`, `Control`)."""
        return self.id.capitalize() if self.role == "control" else self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimand:
    """An estimand in words; an intercurrent event is its id, its strategy and a text of its own, which may be empty."""

    id: str
    title: str
    endpoint: str
    population: str
    treatment: str
    events: tuple[tuple[str, str, str], ...]
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialTexts:
    """The words of a protocol that the report prints, in one language.

    Attributes:
        arms: experimental first.
        endpoints, populations, analyses: titles by id.
        estimands: in the order of the protocol.
        deviations: severity and text by code.
    """

    id: str
    title: str
    short_title: str
    registry: str
    version: str
    arms: tuple[Arm, Arm]
    endpoints: Mapping[str, str]
    populations: Mapping[str, str]
    analyses: Mapping[str, str]
    estimands: tuple[Estimand, ...]
    deviations: Mapping[str, tuple[str, str]]

    @property
    def experimental(self) -> Arm:
        """The experimental arm."""
        return self.arms[0]

    @property
    def control(self) -> Arm:
        """The control arm."""
        return self.arms[1]


def texts_of(protocol: Protocol, language: str = "en") -> TrialTexts:
    """The texts of a protocol.

    Args:
        protocol: the loaded protocol (`protocol.model.Protocol`).
        language: `en` or `zh`; a text without translation stays English.
    """
    arms = {arm.role: Arm(id=arm.id, role=arm.role, title=arm.title.of(language)) for arm in protocol.arms}
    registry = protocol.trial.registry
    return TrialTexts(
        id=protocol.trial.id,
        title=protocol.trial.title.of(language),
        short_title=protocol.trial.short_title.of(language),
        registry=f"{registry.name} {registry.id}" if registry else "",
        version=protocol.version,
        arms=(arms["experimental"], arms["control"]),
        endpoints={name: endpoint.title.of(language) or name for name, endpoint in protocol.endpoints.items()},
        populations={name: population.title.of(language) or name for name, population in protocol.populations.items()},
        analyses={one.id: one.title.of(language) or one.id for one in protocol.analyses},
        estimands=tuple(_estimand(name, one, protocol, language) for name, one in protocol.estimands.items()),
        deviations={one.code: (one.severity, one.text.of(language)) for one in protocol.deviations},
    )


def _estimand(name: str, estimand: Declared, protocol: Protocol, language: str) -> Estimand:
    endpoint = protocol.endpoints[estimand.endpoint]
    population = protocol.populations[estimand.population]
    events = tuple((event.event, event.strategy, event.text.of(language)) for event in estimand.intercurrent_events)
    return Estimand(
        id=name,
        title=estimand.title.of(language) or name,
        endpoint=endpoint.title.of(language) or estimand.endpoint,
        population=population.title.of(language) or estimand.population,
        treatment=estimand.treatment.of(language),
        events=events,
        summary=estimand.summary.of(language),
    )
