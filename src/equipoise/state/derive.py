"""Derivations: functions of tables whose result is kept until a form that they read has changed.

    @derivation("AGVHD", using=(persons,))
    def stagings(tables, protocol): ...

    @derivation("OTHER_AGENT", using=(stagings,), treated=True)
    def new_therapy(tables, treatment, protocol): ...

The second kind declares the treatment: only such functions are told the arm. A test holds that a derivation reads no
form that it does not name, so that a kept result is never stale.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, NamedTuple

from equipoise.arrays import Codes, Days
from equipoise.state.tables import READERS, Tables


@dataclass(frozen=True, slots=True)
class Treatment:
    """What tells the arm, handed only to functions that ask for it.

    arm: place of the arm in the protocol, int8 [n_subjects]; -1 for those who were not randomized.
    cycle_origin: day 0 of the first cycle, int32 [n_subjects]; `NEVER` for those who were not randomized.
    """

    arm: Codes
    cycle_origin: Days


class Kept(NamedTuple):
    """A result and what it was made under: the hash of the protocol, and the treatment where it was told."""

    made_under: Any
    result: Any


class Derivation:
    """A derivation of tables and protocol; see the module."""

    def __init__(self, function: Callable[..., Any], forms: Sequence[str]):
        update_wrapper(self, function)
        self.function, self.forms = function, tuple(sorted(set(forms)))
        for form in self.forms:
            READERS.setdefault(form, []).append(self)

    def __call__(self, tables: Tables, protocol: Any) -> Any:
        kept = tables.kept.get(self)
        if kept is None or kept.made_under != protocol.hash:
            kept = tables.kept[self] = Kept(protocol.hash, self.function(tables, protocol))
        return kept.result


class TreatedDerivation(Derivation):
    """A derivation that is told the treatment."""

    def __call__(self, tables: Tables, treatment: Treatment, protocol: Any) -> Any:  # type: ignore[override]
        made_under = (protocol.hash, treatment.arm.tobytes(), treatment.cycle_origin.tobytes())
        kept = tables.kept.get(self)
        if kept is None or kept.made_under != made_under:
            kept = tables.kept[self] = Kept(made_under, self.function(tables, treatment, protocol))
        return kept.result


def derivation(
    *forms: str, using: Sequence[Derivation] = (), treated: bool = False
) -> Callable[[Callable[..., Any]], Any]:
    """Keep the results of a function; `forms` are those it reads, `using` the derivations it calls."""
    needed = [*forms, *(form for other in using for form in other.forms)]
    kind = TreatedDerivation if treated else Derivation
    return lambda function: kind(function, needed)
