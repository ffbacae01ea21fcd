"""Reading protocol files: the only part of `protocol/` that touches the disk."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from equipoise.errors import TrialError, TrialErrors
from equipoise.protocol.catalogue import TYPES
from equipoise.protocol.history import ProtocolHistory
from equipoise.protocol.lint import check_protocol, check_texts, languages_of
from equipoise.protocol.model import Protocol
from equipoise.protocol.part import Names
from equipoise.protocol.read_forms import FormReader, canonical_hash, keys_of
from equipoise.protocol.references import found, months_of, repeated_ids, rows
from equipoise.protocol.sealed import check_sealed
from equipoise.protocol.source import Faults, Source, read_yaml
from equipoise.protocol.validation import did_you_mean, read_part, unknown_key
from equipoise.protocol.visits import RepeatedVisit, Visit

LIBRARY = Path(__file__).parent / "library" / "forms.yaml"
SAME_DAY = "nonfatal_first"
"""Of two events on one day the nonfatal one is taken first, death last (`state/endpoints.py`)."""


def load_protocol(path: str | Path) -> Protocol:
    """Read and check a protocol file, with the form library and, where it is there, the restricted file beside it.

    Raises:
        TrialErrors: every fault of the files, each a `ProtocolError` with file, line, rule and remedy.
    """
    faults = Faults()
    source = read_yaml(Path(path), faults, order=0)
    if source.data is None:
        raise faults.error()
    protocol = read_protocol(source, faults)
    check_sealed(Path(path).parent, source, faults)
    faults.raise_any()
    assert protocol is not None
    return protocol


@lru_cache(maxsize=1)
def form_library() -> Source:
    """The form library that ships, read once.

    Raises:
        TrialErrors: the installed file is damaged.
    """
    faults = Faults()
    library = read_yaml(LIBRARY, faults, name="library/forms.yaml", order=1)
    faults.raise_any()
    return library


def read_protocol(source: Source, faults: Faults) -> Protocol | None:
    """The protocol of a file as read; None if it has faults, which are added."""
    library = form_library()
    reader = _read_forms(source, library, faults)
    form = source.value(("eligibility", "form"))
    derived = dict(TYPES)
    names = Names(eligibility=derived | reader.types(str(form)), derived=derived)
    data = source.data
    _check_sections(source, faults)
    endpoints = data.get("endpoints")
    body = {key: value for key, value in data.items() if key != "checks"}
    if isinstance(endpoints, Mapping):
        body["endpoints"] = {name: value for name, value in endpoints.items() if name != "same_day"}
        body["same_day"] = _same_day(source, endpoints, faults)
    body["visits"], body["repeated_visits"] = _read_visits(source, faults, names)
    body["codelists"], body["forms"] = reader.codelists, reader.forms()
    content = {"file": data, "forms": {name: form.hash for name, form in body["forms"].items()}}
    body["hash"] = canonical_hash(content)
    protocol = read_part(Protocol, body, source, (), faults, names)
    check_protocol(source, reader, faults)
    languages = languages_of(source)
    check_texts(source, languages, faults)
    check_texts(library, languages, faults)
    return protocol


def _same_day(source: Source, endpoints: Mapping[str, object], faults: Faults) -> str:
    """The rule for two events on one day: there is only this one, and another is refused."""
    value = endpoints.get("same_day", SAME_DAY)
    if value != SAME_DAY:
        faults.add(
            source, ("endpoints", "same_day"), "{value} is not {wanted}", rule="PROTOCOL-VALUE",
            remedy="write {wanted}", value=str(value)[:60], wanted=SAME_DAY,
        )  # fmt: skip
    return SAME_DAY


def _check_sections(source: Source, faults: Faults) -> None:
    """The sections that are made into something else before they are validated are there, and of their kind."""
    for path, kind, wanted in (
        (("forms",), Mapping, "a group of keys"), (("forms", "library"), tuple, "a list of forms of the library"),
        (("visits",), tuple, "a list"), (("checks",), tuple, "a list"), (("codelists",), Mapping, "a group of keys"),
    ):  # fmt: skip
        group = source.value(path[:-1])
        if isinstance(group, Mapping) and path[-1] in group and not isinstance(group[path[-1]], kind):
            faults.add(
                source, path, "{section} is not {wanted}", rule="PROTOCOL-VALUE", remedy="write {wanted}",
                section=path[-1], wanted=wanted,
            )  # fmt: skip
        elif path in (("forms",), ("visits",)) and path[-1] not in source.data:
            faults.add(
                source, path, "{section} is missing", rule="PROTOCOL-MISSING", remedy="add {section}", section=path[-1]
            )
    for key in ("repeated_visits", "same_day", "hash"):
        if key in source.data:
            unknown_key(source, (key,), (), faults)


def _read_forms(source: Source, library: Source, faults: Faults) -> FormReader:
    """The forms that a protocol takes from the library, and its own, with their checks."""
    reader = FormReader(faults)
    reader.read_codelists(library)
    reader.read_codelists(source)
    shelf = library.value(("forms",))
    for path, name in found(source.data, ("forms", "library", "*")):
        if isinstance(name, str) and name in shelf:
            if name not in reader.drafts:
                reader.read_form(name, shelf[name], library, ("forms", name))
        else:
            faults.add(
                source, path, "the library has no form {form}", rule="FORM-LIBRARY", remedy="{how}", form=name,
                how=did_you_mean(str(name), shelf),
            )  # fmt: skip
    for name, form in keys_of(source, ("forms",)):
        if name != "library":
            reader.read_form(name, form, source, ("forms", name))
    checks = source.data.get("checks")
    for place, row in enumerate(checks if isinstance(checks, tuple) else ()):
        reader.read_check(row, source, ("checks", place))
    return reader


def _read_visits(source: Source, faults: Faults, names: Names) -> tuple[tuple[Visit, ...], tuple[RepeatedVisit, ...]]:
    """All visits, repeats written out where they stand; and the lines of the repeats."""
    visits: list[Visit] = []
    repeats: list[RepeatedVisit] = []
    months = months_of(source.data)
    for path, row in rows(source.data, "visits"):
        if "repeat" not in row:
            visit = read_part(Visit, row, source, path, faults, names)
            visits += [visit] if visit is not None else []
            continue
        repeat = read_part(RepeatedVisit, row, source, path, faults, names)
        if repeat is not None:
            repeats.append(repeat)
            first = months.get(repeat.repeat.after)
            visits += repeat.visits(first) if repeated_ids(row["repeat"], first) else ()
    return tuple(visits), tuple(repeats)


def load_history(path: str | Path) -> ProtocolHistory:
    """Read every version of a trial's protocol.

    Args:
        path: the protocol file in use, or the folder that holds it as `protocol.yaml`. For a trial that was amended,
            the versions before, each a whole file, lie in the folder `earlier` beside it.

    Raises:
        TrialErrors: every fault of the files, and of what they say together.
    """
    path = Path(path)
    current = path / "protocol.yaml" if path.is_dir() else path
    protocols: list[Protocol] = []
    faults: list[TrialError] = []
    for file in [*sorted((current.parent / "earlier").glob("*.yaml")), current]:
        try:
            protocols.append(load_protocol(file))
        except TrialErrors as error:
            faults += error.faults
    if faults:
        raise TrialErrors(faults)
    return ProtocolHistory(protocols)
