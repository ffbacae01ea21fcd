"""Names in a protocol file that must stand elsewhere in it: one table of places and what they may name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from equipoise.protocol.catalogue import CATALOGUE
from equipoise.protocol.endpoints import EVENTS, EXCLUSIONS, INCLUSIONS
from equipoise.protocol.read_forms import FormReader
from equipoise.protocol.source import Faults, PathInFile, Source
from equipoise.protocol.trial import SITE
from equipoise.protocol.validation import did_you_mean

ORIGINS = frozenset({"randomization", "first_dose_of_basiliximab", "first_msc", "last_dose_of_study_drug"})
"""Events from which an axis can count."""
RESPONSE_CODES = ("DEAD", "TRT", "MISSING", "CR", "VGPR", "PR", "MR", "PD", "SD")
"""The nine codes of response (`state/response.py`)."""

# place in the file (* is any key or element, ~ the keys of a group) | what it names | the one name that the rules of
# `state/` read there, where they read only one: another is refused, and not left aside
_TABLE = """
arms/*/treatments/*                        | treatment
axes/*/origin                              | event or axis
axes/*/origin/~                            | arm
axes/*/origin/*                            | axis
axes/*/absent                              | event or axis      | randomization
axes/*/otherwise                           | axis               | sl
consent/form                               | form               | CONSENT
consent/minor/signer/*                     | code of SIGNER
consent/adult/signer/*                     | code of SIGNER
sites/*/effective/~                        | version
eligibility/form                           | form
eligibility/criteria/*/deviation           | deviation
randomization/ratio/~                      | arm
randomization/strata/*/factor              | factor
treatments/basiliximab/form                | form               | BASILIXIMAB
treatments/basiliximab/axis                | axis               | sl
treatments/cni/form                        | form               | CNI
treatments/cni/level_form                  | form               | CNI_LEVEL
treatments/cni/axis                        | axis               | sl
treatments/cni/order/*                     | code of CNI
treatments/cni/trough_ng_ml/~              | code of CNI
treatments/cni/switch_reasons/*            | code of CNI_REASON
treatments/steroid_taper/form              | form               | STEROID
treatments/steroid_taper/axis              | axis               | sl
treatments/msc/form                        | form               | MSC
treatments/msc/axis                        | axis               | msc
treatments/msc/arms/*                      | arm
treatments/msc/continue_on/*               | response
treatments/msc/until                       | response           | CR
treatments/crossover/arm                   | arm
treatments/crossover/to                    | treatment          | msc
treatments/other_agents/form               | form               | OTHER_AGENT
treatments/other_agents/agents/*           | code of AGENT
new_systemic_therapy/indications/*         | code of INDICATION
new_systemic_therapy/routes_excluded/*     | code of ROUTE
response/evaluator                         | code of EVALUATOR
response/windows/*/axis                    | axis               | cycle
response/missing_is                        | response or NR     | NR
visits/*/axis                              | axis
visits/*/arms/*                            | arm
visits/*/repeat/after                      | planned visit
schedule/*/form                            | form
schedule/*/visits/*                        | visit
checks/*/form                              | form
endpoints/*/window                         | response window
endpoints/*/windows/*                      | response window
endpoints/*/event/*                        | response
endpoints/*/missing                        | response or NR     | NR
endpoints/*/events/*                       | event
endpoints/*/competing/*                    | event
endpoints/*/variants/*/censor_at/*         | event
endpoints/*/variants/*/competing/*         | event
populations/*/include                      | population
populations/*/exclude/*                    | exclusion
estimands/*/endpoint                       | endpoint
estimands/*/population                     | population
analyses/*/estimand                        | estimand
analyses/*/endpoint                        | endpoint
analyses/*/population                      | population
analyses/*/subgroups/*                     | subgroup
safety/last_dose_of/*                      | form
"""


def _row(line: str) -> tuple[tuple[str, ...], str, str]:
    place, what, only = (part.strip() for part in f"{line}||".split("|")[:3])
    return tuple(place.split("/")), what, only


TABLE = tuple(_row(line) for line in _TABLE.strip().splitlines())


def check_references(source: Source, reader: FormReader, faults: Faults) -> None:
    """Add a fault for every name that stands nowhere, and for one in whose place the rules read another."""
    known = known_names(source, reader)
    for pattern, what, only in TABLE:
        for path, name in found(source.data, pattern):
            if isinstance(name, str) and name not in known.get(what, ()):
                faults.add(
                    source, path, "there is no {what} {name}", rule="PROTOCOL-NAME", remedy="{how}",
                    name=name, what=what, how=did_you_mean(name, known.get(what, ())),
                )  # fmt: skip
            elif isinstance(name, str) and only and name != only:
                faults.add(
                    source, path, "the rules read {only} here, and not {name}", rule="PROTOCOL-FIXED",
                    remedy="write {only}; another one needs another rule in the program", name=name, only=only,
                )  # fmt: skip


def known_names(source: Source, reader: FormReader) -> dict[str, Collection[str]]:
    """What can be named, by what it is."""
    data = source.data
    known: dict[str, Collection[str]] = {
        "arm": ids(data, "arms"),
        "axis": keys(data, "axes"),
        "deviation": ids(data, "deviations", "code"),
        "endpoint": [key for key in keys(data, "endpoints") if key != "same_day"],
        "estimand": keys(data, "estimands"),
        "event": EVENTS,
        "event or axis": [*ORIGINS, *keys(data, "axes")],
        "exclusion": EXCLUSIONS,
        "factor": [*CATALOGUE, SITE],
        "form": form_ids(data),
        "planned visit": ids(data, "visits"),
        "population": [*keys(data, "populations"), *INCLUSIONS],
        "response": RESPONSE_CODES,
        "response or NR": [*RESPONSE_CODES, "NR"],
        "response window": [name for _, name in found(data, ("response", "windows", "~"))],
        "subgroup": [name for _, name in found(data, ("subgroups", "*")) if isinstance(name, str)],
        "treatment": keys(data, "treatments"),
        "version": ids(data, "versions"),
        "visit": visit_ids(data),
    }
    return known | {f"code of {name}": list(codes.codes) for name, codes in reader.codelists.items()}


def found(data: Any, pattern: tuple[str, ...], path: PathInFile = ()) -> Iterator[tuple[PathInFile, Any]]:
    """Every value at a place of the table, with the way to it; `~` gives the keys of a group."""
    if not pattern:
        if not isinstance(data, Mapping | tuple):
            yield path, data
        return
    step, rest = pattern[0], pattern[1:]
    if step == "~":
        if isinstance(data, Mapping):
            yield from (((*path, key), key) for key in data)
    elif step == "*":
        pairs = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, tuple) else ()
        for key, value in pairs:
            yield from found(value, rest, (*path, key))
    elif isinstance(data, Mapping) and step in data:
        yield from found(data[step], rest, (*path, step))


def rows(data: Any, section: str) -> Iterator[tuple[PathInFile, Mapping[str, Any]]]:
    """The entries of a list of groups, with the way to each."""
    section_rows = data.get(section)
    for place, row in enumerate(section_rows if isinstance(section_rows, tuple) else ()):
        if isinstance(row, Mapping):
            yield (section, place), row


def ids(data: Any, section: str, key: str = "id") -> list[str]:
    """Ids of a list of groups."""
    return [row[key] for _, row in rows(data, section) if isinstance(row.get(key), str)]


def keys(data: Any, section: str) -> list[str]:
    """Keys of a group."""
    value = data.get(section)
    return list(value) if isinstance(value, Mapping) else []


def form_ids(data: Any) -> list[str]:
    """Forms that the protocol uses: of the library and its own."""
    own = [key for key in keys(data, "forms") if key != "library"]
    return own + [name for _, name in found(data, ("forms", "library", "*")) if isinstance(name, str)]


def visit_ids(data: Any) -> list[str]:
    """Visits, repeats, and the visits that repeats stand for (any month, where a repeat has faults of its own)."""
    names = ids(data, "visits")
    months = months_of(data)
    for _, row in rows(data, "visits"):
        repeat = row.get("repeat")
        if isinstance(repeat, Mapping):
            until = repeat.get("until")
            anyone = {**repeat, "every_months": 1} if isinstance(until, int) else {}
            names += repeated_ids(repeat, months.get(str(repeat.get("after")))) or repeated_ids(anyone, 1)
    return names


def months_of(data: Any) -> dict[str, Any]:
    """The month of each visit, None where it has none."""
    return {str(row.get("id")): row.get("month") for _, row in rows(data, "visits")}


def repeated_ids(repeat: Mapping[str, Any], first: Any) -> list[str]:
    """Ids of the visits of a repeat; none if it is not in order (its own faults are told elsewhere)."""
    step: Any = repeat.get("every_months")
    until: Any = repeat.get("until")
    if not all(isinstance(number, int) and number > 0 for number in (first, step, until)):
        return []
    return [f"{repeat.get('prefix')}{month}" for month in range(first + step, until + 1, step)]
