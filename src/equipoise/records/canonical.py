"""The canonical text of values, items and headers: one spelling for one meaning, so that hashes can be compared.

Canonical text is JSON in UTF-8 with keys in code point order, no spaces, no escapes but those JSON demands. Numbers
that a person entered stay text ("12.50" stays "12.50"). A value mapping with only `v` is the plain text. Instants
are UTC with six decimals of a second and `Z`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring as quote
from typing import Any

from equipoise.errors import RecordError
from equipoise.records.record import Payload, Value

MISSING_CODES = ("UNK", "ND", "NA")
"""Unknown, not done, not applicable."""
QUALIFIERS = ("<", ">")
VALUE_KEYS = frozenset("muqv")

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical_json(content: Any) -> str:
    """Canonical JSON text of mappings, lists, text and whole numbers."""
    return _encode(content)


def canonical_instant(at: datetime) -> str:
    """An instant as canonical text, `2018-03-04T10:15:00.000000Z`.

    Raises:
        RecordError: the instant has no zone, or is not in UTC.
    """
    if at.tzinfo is not UTC and (at.tzinfo is None or at.utcoffset()):
        raise RecordError(
            "the server time {at} is not in UTC",
            rule="LEDGER-UTC",
            remedy="take the time from the clock of the trial, which gives UTC",
            at=at.isoformat(),
        )
    return at.isoformat("T", "microseconds")[:26] + "Z"


def read_instant(text: str) -> datetime:
    """The instant of a canonical text."""
    return datetime.fromisoformat(text[:26]).replace(tzinfo=UTC)


def canonical_value(item: str, value: Mapping[str, str]) -> Value:
    """A value given as a mapping, in its canonical shape: text where text can say it.

    Raises:
        RecordError: keys other than `v`, `u`, `q`, `m`; neither or both of value and missing code; an unknown code.
    """
    fault = _shape_fault(value)
    if fault:
        raise RecordError(
            "item {item}: {problem}",
            rule="RECORD-VALUE",
            remedy="give a value (v) with its unit (u) and qualifier (q) where needed, or a missing code (m) alone",
            item=item,
            problem=fault,
        )
    return value["v"] if len(value) == 1 and "v" in value else dict(value)


def _shape_fault(value: Any) -> str:
    if not isinstance(value, Mapping):
        return f"{type(value).__name__} is not text"
    if not VALUE_KEYS.issuperset(value):
        return "has a key other than v, u, q, m"
    if not all(isinstance(part, str) for part in value.values()):
        return "has a part that is not text"
    if "m" in value:
        if len(value) > 1:
            return "a missing code stands beside a value"
        return "" if value["m"] in MISSING_CODES else f"missing code {value['m']!r} is not one of UNK, ND, NA"
    if "v" not in value:
        return "has neither a value nor a missing code"
    if value.get("q", "<") not in QUALIFIERS:
        return f"qualifier {value['q']!r} is not one of <, >"
    return ""


def canonicalize(payload: Payload) -> tuple[dict[str, Value], list[tuple[str, str]]]:
    """A payload in canonical shape, and the canonical text of each value; both in code point order of the item ids.

    Raises:
        RecordError: an item id is empty or holds a control character; a value has no canonical shape.
    """
    shaped: dict[str, Value] = {}
    texts = []
    for item in sorted(payload):
        value = payload[item]
        if not item or not item.isprintable():
            raise RecordError(
                "{item!r} cannot be an item id", rule="RECORD-ITEM", remedy="use the ids of the form", item=item
            )
        if not isinstance(value, str):
            value = canonical_value(item, value)
        shaped[item] = value
        texts.append((item, quote(value) if isinstance(value, str) else _encode(value)))
    return shaped, texts


def canonical_texts(payload: Payload) -> list[tuple[str, str]]:
    """The canonical text of each value of a payload that is in canonical shape and order."""
    return [(item, quote(value) if isinstance(value, str) else _encode(value)) for item, value in payload.items()]


def canonical_payload(texts: list[tuple[str, str]]) -> str:
    """Canonical text of a payload from the texts of its items."""
    return "{" + ",".join([quote(item) + ":" + text for item, text in texts]) + "}"


def canonical_header(
    at: str,
    author: str,
    clinical_time: str,
    form: str,
    form_hash: str,
    position: int,
    protocol_version: str,
    reason: str,
    repeat: int,
    role: str,
    site: str,
    software: str,
    stream: str,
    trial: str,
    unit: str,
    unit_type: str,
    version: int,
    via: str,
    visit: str,
) -> str:
    """Canonical text of everything in a record but its values and hashes: the arguments in this order, by name."""
    return (
        f'{{"at":{quote(at)},"author":{quote(author)},"clinical_time":{quote(clinical_time)},"form":{quote(form)},'
        f'"form_hash":{quote(form_hash)},"position":{position:d},"protocol_version":{quote(protocol_version)},'
        f'"reason":{quote(reason)},"repeat":{repeat:d},"role":{quote(role)},"site":{quote(site)},'
        f'"software":{quote(software)},"stream":{quote(stream)},"trial":{quote(trial)},"unit":{quote(unit)},'
        f'"unit_type":{quote(unit_type)},"version":{version:d},"via":{quote(via)},"visit":{quote(visit)}}}'
    )
