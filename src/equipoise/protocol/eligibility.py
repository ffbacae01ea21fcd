"""Eligibility criteria, each a rule over the eligibility form's items and the derived values of the catalogue."""

from __future__ import annotations

from typing import Literal

from equipoise.protocol.part import EligibilityRule, Id, Part, Words


class Criterion(Part):
    """An inclusion criterion (eligible when true) or an exclusion criterion (to be excluded when true).

    Args:
        rule: unknown never counts as eligible.
        deviation: code of the protocol deviation when a subject was randomized against it.
    """

    id: Id
    kind: Literal["inclusion", "exclusion"]
    text: Words
    rule: EligibilityRule
    deviation: str | None = None


class Eligibility(Part):
    """The form that is assessed, and the criteria in the order of the protocol."""

    form: str
    criteria: tuple[Criterion, ...]
