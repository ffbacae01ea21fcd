"""Parameters of the datasets of response and time to event: one for each reading of an endpoint of the protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from equipoise.protocol.endpoints import Endpoint
    from equipoise.protocol.model import Protocol

TREATED = "treated"
"""The reading of a binary endpoint by treatment received."""
MAIN: Mapping[str, str] = {"FFS": "km_ignore"}
"""The variant that bears the endpoint's own name."""
SHORT = {"SEVERE_CGVHD": "SEVCGVHD"}
SUFFIX = {
    "sl": "SL",
    "cycle_day1": "CD1",
    "best_case": "BC",
    TREATED: "AT",
    "km_censor": "CENS",
    "cif": "CIF",
}
"""What a variant adds to the name of its endpoint."""
LONGEST = 8
TIME_TO_EVENT = ("survival", "competing")
RESPONSE = ("binary", "durable")


class Parameter(NamedTuple):
    """A reading of an endpoint. `variant` is None for an endpoint with only one."""

    paramcd: str
    endpoint: str
    variant: str | None
    label: str


def paramcd(endpoint: str, variant: str | None = None) -> str:
    """PARAMCD of a reading of an endpoint, at most eight characters."""
    name = SHORT.get(endpoint, endpoint)
    if variant is None or MAIN.get(endpoint) == variant:
        return name[:LONGEST]
    suffix = SUFFIX.get(variant, variant.upper())
    return f"{name[: LONGEST - len(suffix)]}{suffix}"[:LONGEST]


def parameters(protocol: Protocol, kinds: tuple[str, ...]) -> Iterator[Parameter]:
    """Every reading of the endpoints of these kinds, in the order of the protocol."""
    for id, endpoint in protocol.endpoints.items():
        if endpoint.kind in kinds:
            for variant in readings(id, endpoint):
                yield Parameter(paramcd(id, variant), id, variant, label(endpoint, variant))


def readings(id: str, endpoint: Endpoint) -> list[str | None]:
    """The variants of an endpoint. The main one is None, unless it is declared by a name."""
    variants: list[str | None] = [*endpoint.variants]
    if MAIN.get(id) not in variants:
        variants.insert(0, None)
    if TREATED in endpoint.analysed_as:
        variants.append(TREATED)
    return variants


def label(endpoint: Endpoint, variant: str | None) -> str:
    """The name of a reading in English."""
    if variant == TREATED:
        return f"{endpoint.title.en}, by treatment received"
    if variant is None or not endpoint.variants[variant].title.en:
        return endpoint.title.en
    return f"{endpoint.title.en}: {endpoint.variants[variant].title.en}"
