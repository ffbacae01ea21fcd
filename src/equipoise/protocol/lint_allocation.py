"""What a protocol file must be in what it says of randomization."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from equipoise.protocol.read_forms import FormReader
from equipoise.protocol.references import rows
from equipoise.protocol.source import Faults, PathInFile, Source
from equipoise.protocol.trial import SEALED_KEYS, SITE


def arms_in_ratio(source: Source, reader: FormReader, faults: Faults) -> None:
    """The ratio names each arm."""
    ratio = source.value(("randomization", "ratio"))
    if not isinstance(ratio, Mapping):
        return
    for path, row in rows(source.data, "arms"):
        if isinstance(row.get("id"), str) and row["id"] not in ratio:
            faults.add(
                source, path, "the ratio of randomization does not name the arm {arm}", rule="ARM-RATIO",
                remedy="add {arm} to randomization.ratio, or remove the arm", arm=row["id"],
            )  # fmt: skip


def strata_with_levels(source: Source, reader: FormReader, faults: Faults) -> None:
    """Each factor of stratification once, with its levels; those of the sites are not listed."""
    named: list[str] = []
    listed = source.value(("randomization", "strata"))
    for place, row in enumerate(listed if isinstance(listed, tuple) else ()):
        factor, levels = (row.get("factor"), row.get("levels", ())) if isinstance(row, Mapping) else (None, ())
        path = ("randomization", "strata", place)
        if factor in named:
            fault, remedy = "the factor {factor} stands there twice", "name it once"
        elif factor == SITE and levels:
            fault, remedy = "the levels of {factor} are the sites", "leave the levels out"
        elif factor != SITE and isinstance(levels, tuple) and len(set(levels)) < max(2, len(levels)):
            fault, remedy = "the factor {factor} has fewer than two levels, or one twice", "list all its levels"
        else:
            fault, remedy = "", ""
        if fault:
            faults.add(source, path, fault, rule="STRATA", remedy=remedy, factor=factor)
        named.append(str(factor))


def nothing_sealed(source: Source, reader: FormReader, faults: Faults) -> None:
    """What only the restricted file may say stands nowhere else."""
    for path in _keys_anywhere(source.data, SEALED_KEYS, ()):
        faults.add(
            source, path, "{key} stands in a file that sites read", rule="SEALED",
            remedy="move it to the restricted file that randomization.restricted names", key=path[-1],
        )  # fmt: skip


def _keys_anywhere(value: Any, wanted: frozenset[str], path: PathInFile) -> Iterator[PathInFile]:
    pairs: Any = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, tuple) else ()
    for key, inner in pairs:
        if key in wanted:
            yield (*path, key)
        yield from _keys_anywhere(inner, wanted, (*path, key))
