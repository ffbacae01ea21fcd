"""What a protocol file must be beside well-formed: complete, and without contradiction between its sections.

Every check looks at the file as it was read, so that it speaks even where other parts have faults of their own.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations, pairwise
from typing import Any, TypeAlias

from equipoise.protocol.endpoints import INCLUSIONS
from equipoise.protocol.lint_allocation import arms_in_ratio, nothing_sealed, strata_with_levels
from equipoise.protocol.part import IDENTIFIER
from equipoise.protocol.read_forms import FormReader
from equipoise.protocol.references import check_references, form_ids, found, ids, keys, months_of, rows
from equipoise.protocol.safety import DEVIATIONS
from equipoise.protocol.source import Faults, PathInFile, Source
from equipoise.protocol.validation import did_you_mean

_LISTS = (
    (("arms",), "id"), (("sites",), "id"), (("versions",), "id"), (("visits",), "id"), (("checks",), "id"),
    (("analyses",), "id"), (("deviations",), "code"), (("eligibility", "criteria"), "id"),
    (("consent", "versions"), "id"),
)  # fmt: skip
Span: TypeAlias = tuple[PathInFile, Any, str, int, int]
"""A window: its place in the file, axis, name, first and last day."""
_ANCHORS = ("day", "month", "elapsed", "repeat")
_NEEDS = {
    "binary": ("window", "event"),
    "durable": ("windows",),
    "survival": ("events",),
    "competing": ("events", "competing"),
}

_NEEDED_BY_RULES: tuple[PathInFile, ...] = (
    ("axes", "study"), ("axes", "sl"), ("axes", "cycle"),
    ("response", "windows", "day28"), ("response", "windows", "day56"),
)  # fmt: skip
"""What the rules of `state/` take by name, in groups that may hold more."""


def check_protocol(source: Source, reader: FormReader, faults: Faults) -> None:
    """Add every fault between the sections of a protocol file."""
    check_references(source, reader, faults)
    for check in (
        _ids_once, arms_in_ratio, _arms_with_msc, _needed_by_rules, _forms_used, _visits_used,
        _lines_of_schedule, _visits_anchored, _primary_windows, _response_windows,
        _versions_in_order, _sites, strata_with_levels, nothing_sealed, _time_zones, _endpoints, _analyses,
        _populations, _deviations,
    ):  # fmt: skip
        check(source, reader, faults)


def check_texts(source: Source, languages: tuple[str, ...], faults: Faults) -> None:
    """Add a fault for every text of a file that a language lacks."""
    for path, text in _texts(source.data, ()):
        for language in languages:
            if not str(text.get(language, "")).strip():
                faults.add(
                    source, path, "the text has no {language}", rule="TEXT", remedy="add {language}: ...",
                    language=language,
                )  # fmt: skip


def languages_of(source: Source) -> tuple[str, ...]:
    """The languages that the trial's texts must have."""
    names = tuple(name for _, name in found(source.data, ("trial", "languages", "*")) if name in ("en", "zh"))
    return names or ("en", "zh")


def _texts(value: Any, path: PathInFile) -> Iterator[tuple[PathInFile, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        if value and value.keys() <= {"en", "zh"} and all(isinstance(text, str) for text in value.values()):
            yield path, value
            return
        pairs: Any = value.items()
    elif isinstance(value, tuple):
        pairs = enumerate(value)
    else:
        return
    for key, inner in pairs:
        yield from _texts(inner, (*path, key))


def _ids_once(source: Source, reader: FormReader, faults: Faults) -> None:
    for path, key in _LISTS:
        seen: set[str] = set()
        elements = source.value(path)
        for place, row in enumerate(elements if isinstance(elements, tuple) else ()):
            name = row.get(key) if isinstance(row, Mapping) else None
            if isinstance(name, str) and name in seen:
                faults.add(
                    source, (*path, place, key), "the {key} {name} stands in {section} already", rule="ID-TWICE",
                    remedy="give it an {key} of its own", key=key, name=name, section=".".join(map(str, path)),
                )  # fmt: skip
            seen.add(name if isinstance(name, str) else "")
    own = [name for _, name in found(source.data, ("forms", "library", "*"))]
    for place, name in enumerate(own):
        if name in own[:place] or name in keys(source.data, "forms"):
            faults.add(
                source, ("forms", "library", place), "the form {name} is there already", rule="ID-TWICE",
                remedy="name it once", name=name,
            )  # fmt: skip


def _arms_with_msc(source: Source, reader: FormReader, faults: Faults) -> None:
    """Every section that says which arms give MSC says the same."""
    giving = {name for _, name in found(source.data, ("treatments", "msc", "arms", "*"))}
    if not giving <= set(ids(source.data, "arms")):
        return  # told by the table of references
    for path, row in rows(source.data, "arms"):
        arm, treatments = str(row.get("id")), row.get("treatments", ())
        said: dict[PathInFile, bool] = {}
        if isinstance(treatments, tuple) and set(treatments) <= set(keys(source.data, "treatments")):
            said[*path, "treatments"] = "msc" in treatments
        place: PathInFile = ("axes", "cycle", "origin", arm)
        if source.value(place) in ("msc", "sl"):
            said[place] = source.value(place) == "msc"
        if arm == source.value(("treatments", "crossover", "arm")):
            said["treatments", "crossover", "arm"] = False
        for place, gives in said.items():
            if gives != (arm in giving):
                faults.add(
                    source, place, "this does not agree with treatments.msc.arms on whether {arm} gives MSC",
                    rule="ARM-MSC", remedy="say the same in both places", arm=arm,
                )  # fmt: skip


def _needed_by_rules(source: Source, reader: FormReader, faults: Faults) -> None:
    for path in _NEEDED_BY_RULES:
        group = source.value(path[:-1])
        if isinstance(group, Mapping) and path[-1] not in group:
            faults.add(
                source, path, "{key} is missing", rule="PROTOCOL-MISSING", remedy="add {key}", key=path[-1]
            )  # fmt: skip


def _forms_used(source: Source, reader: FormReader, faults: Faults) -> None:
    scheduled = {name for _, name in found(source.data, ("schedule", "*", "form"))}
    for name in form_ids(source.data):
        draft = reader.drafts.get(name)
        if draft is None or draft.head.kind != "scheduled" or name in scheduled:
            continue
        path: PathInFile = ("forms", name)
        if source.value(path) is None:
            path = next(at for at, form in found(source.data, ("forms", "library", "*")) if form == name)
        faults.add(
            source, path, "no visit uses the form {form}", rule="FORM-UNUSED",
            remedy="add it to the schedule, or remove it from forms", form=name,
        )  # fmt: skip


def _visits_used(source: Source, reader: FormReader, faults: Faults) -> None:
    used = {name for _, name in found(source.data, ("schedule", "*", "visits", "*"))}
    for path, row in rows(source.data, "visits"):
        name = row.get("id")
        if isinstance(name, str) and name not in used:
            faults.add(
                source, path, "no form uses the visit {visit}", rule="VISIT-UNUSED",
                remedy="add the visit to a line of the schedule, or remove it", visit=name,
            )  # fmt: skip


def _lines_of_schedule(source: Source, reader: FormReader, faults: Faults) -> None:
    for path, row in rows(source.data, "schedule"):
        if not row.get("visits") and row.get("event") is not True:
            faults.add(
                source, path, "this line of the schedule says not when", rule="SCHEDULE-WHEN",
                remedy="give visits: [...] or event: true",
            )  # fmt: skip


def _visits_anchored(source: Source, reader: FormReader, faults: Faults) -> None:
    months = months_of(source.data)
    for path, row in rows(source.data, "visits"):
        anchors = [key for key in _ANCHORS if key in row]
        if len(anchors) != 1:
            faults.add(
                source, path, "the window of this visit has {problem}", rule="VISIT-DAY",
                remedy="give one of day, month, elapsed", problem="no day" if not anchors else " and ".join(anchors),
            )  # fmt: skip
        window = _days(row.get("window"), 2)
        if window and not window[0] <= 0 <= window[1]:
            faults.add(
                source, (*path, "window"), "the window [{first}, {last}] does not hold its own day",
                rule="VISIT-WINDOW", remedy="count the window from the visit's day, such as [-3, 3]",
                first=window[0], last=window[1],
            )  # fmt: skip
        after = source.value((*path, "repeat", "after"))
        if isinstance(after, str) and not isinstance(months.get(after), int) and after in months:
            faults.add(
                source, (*path, "repeat", "after"), "the visit {visit} is not at a whole month", rule="VISIT-REPEAT",
                remedy="name a visit with month", visit=after,
            )  # fmt: skip


def _days(values: Any, length: int) -> tuple[int, ...]:
    """Whole numbers of a list of this length; nothing if it is something else (told elsewhere)."""
    fits = isinstance(values, tuple | list) and len(values) == length and all(isinstance(day, int) for day in values)
    return tuple(values) if fits else ()


def _primary_windows(source: Source, reader: FormReader, faults: Faults) -> None:
    """Visits that hold the assessment of an endpoint do not share a day."""
    spans: list[Span] = []
    for path, row in rows(source.data, "visits"):
        window = _days(row.get("window"), 2)
        if row.get("role") and isinstance(row.get("day"), int) and window:
            first, last = (row["day"] + days for days in window)
            spans.append((path, row.get("axis"), str(row.get("id")), first, last))
    _tell_overlaps(source, spans, "window", faults)


def _response_windows(source: Source, reader: FormReader, faults: Faults) -> None:
    """Response windows hold their nominal day and do not share a day."""
    spans: list[Span] = []
    windows = source.value(("response", "windows"))
    for name, window in windows.items() if isinstance(windows, Mapping) else ():
        if not isinstance(window, Mapping):
            continue
        days = _days([window.get(key) for key in ("earliest", "nominal", "latest")], 3)
        if not days:
            continue
        path: PathInFile = ("response", "windows", name)
        if not days[0] <= days[1] <= days[2]:
            faults.add(
                source, path, "day {day} is outside the window {first} to {last}", rule="RESPONSE-WINDOW",
                remedy="give a window that holds the nominal day; both ends count as inside", day=days[1],
                first=days[0], last=days[2],
            )  # fmt: skip
        spans.append((path, window.get("axis"), name, days[0], days[2]))
    _tell_overlaps(source, spans, "", faults)


def _tell_overlaps(source: Source, spans: list[Span], key: str, faults: Faults) -> None:
    for (_, axis, name, first, last), (path, other_axis, other, other_first, other_last) in combinations(spans, 2):
        low, high = max(first, other_first), min(last, other_last)
        if axis == other_axis and low <= high:
            faults.add(
                source, (*path, key) if key else path,
                "an assessment on day {days} belongs to both {name} and {other}", rule="WINDOWS-OVERLAP",
                remedy="end the one window before the other begins", name=name, other=other,
                days=low if low == high else f"{low} to {high}",
            )  # fmt: skip


def _versions_in_order(source: Source, reader: FormReader, faults: Faults) -> None:
    for path, key in ((("versions",), "date"), (("consent", "versions"), "effective")):
        elements = source.value(path)
        dated = [
            (place, row[key])
            for place, row in enumerate(elements if isinstance(elements, tuple) else ())
            if isinstance(row, Mapping) and isinstance(row.get(key), date)
        ]
        for (_, before), (place, after) in pairwise(dated):
            if after <= before:
                faults.add(
                    source, (*path, place, key), "{after} is not after {before}, the version before",
                    rule="VERSION-ORDER", remedy="list versions in the order of their dates",
                    after=after, before=before,
                )  # fmt: skip


def _sites(source: Source, reader: FormReader, faults: Faults) -> None:
    written = {str(row.get("id")): row.get("date") for _, row in rows(source.data, "versions")}
    for path, row in rows(source.data, "sites"):
        effective = row.get("effective")
        if isinstance(effective, Mapping) and not effective:
            faults.add(
                source, (*path, "effective"), "no protocol version is in force at site {site}", rule="SITE-VERSION",
                remedy="give the date from which a version is in force, or remove the site", site=row.get("id"),
            )  # fmt: skip
        for version, day in effective.items() if isinstance(effective, Mapping) else ():
            since = written.get(version)
            if isinstance(day, date) and isinstance(since, date) and day < since:
                faults.add(
                    source, (*path, "effective", version), "{day} is before version {version} was written ({since})",
                    rule="SITE-VERSION", remedy="give the day of the ethics approval", day=day, version=version,
                    since=since,
                )  # fmt: skip


def _time_zones(source: Source, reader: FormReader, faults: Faults) -> None:
    places: list[PathInFile] = [
        ("trial", "time_zone"),
        *((*path, "time_zone") for path, _ in rows(source.data, "sites")),
    ]
    for path in places:
        zone = source.value(path)
        if not isinstance(zone, str):
            continue
        try:
            zoneinfo.ZoneInfo(zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            faults.add(
                source, path, "{zone!r} is not a time zone", rule="TIME-ZONE",
                remedy="use a name such as Asia/Shanghai or Europe/Berlin", zone=zone,
            )  # fmt: skip


def _endpoints(source: Source, reader: FormReader, faults: Faults) -> None:
    endpoints = source.value(("endpoints",))
    for name, endpoint in endpoints.items() if isinstance(endpoints, Mapping) else ():
        kind = endpoint.get("kind") if isinstance(endpoint, Mapping) else None
        for key in _NEEDS.get(kind, ()) if isinstance(kind, str) else ():
            if not endpoint.get(key):
                faults.add(
                    source, ("endpoints", name), "an endpoint of kind {kind} needs {key}", rule="ENDPOINT-NEEDS",
                    remedy="add {key}", kind=kind, key=key,
                )  # fmt: skip


def _analyses(source: Source, reader: FormReader, faults: Faults) -> None:
    for path, row in rows(source.data, "analyses"):
        if not row.get("estimand") and row.get("descriptive") is not True:
            faults.add(
                source, path, "the analysis answers no estimand", rule="ANALYSIS-ESTIMAND",
                remedy="name its estimand, or write descriptive: true",
            )  # fmt: skip
        variant, endpoint = row.get("variant"), row.get("endpoint")
        known = source.value(("endpoints", str(endpoint), "variants"))
        if isinstance(variant, str) and variant not in (known if isinstance(known, Mapping) else ()):
            faults.add(
                source, (*path, "variant"), "the endpoint {endpoint} has no variant {variant}", rule="PROTOCOL-NAME",
                remedy="name a variant of the endpoint", endpoint=endpoint, variant=variant,
            )  # fmt: skip


def _populations(source: Source, reader: FormReader, faults: Faults) -> None:
    populations = source.value(("populations",))
    if not isinstance(populations, Mapping):
        return
    for name in populations:
        seen, at = {name}, name
        while isinstance(populations.get(at), Mapping):
            at = str(populations[at].get("include"))
            if at in seen:
                faults.add(
                    source, ("populations", name, "include"), "the population {name} includes itself",
                    rule="POPULATION-CIRCLE", remedy="start from one of: {starts}", name=name,
                    starts=", ".join(sorted(INCLUSIONS)),
                )  # fmt: skip
                break
            seen.add(at)


def _deviations(source: Source, reader: FormReader, faults: Faults) -> None:
    for path, code in found(source.data, ("deviations", "*", "code")):
        if isinstance(code, str) and re.match(IDENTIFIER, code) and code not in DEVIATIONS:
            faults.add(
                source, path, "no rule of the program finds the deviation {code}", rule="DEVIATION-RULE",
                remedy="{how}", code=code, how=did_you_mean(code, DEVIATIONS),
            )  # fmt: skip
