"""Single mutations of a log, each with the records that it touches."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from equipoise.records.chain import chain_hash
from equipoise.records.record import CLINICAL, TREATMENT, Head
from equipoise.records.rows import COLUMNS, Row, row_of
from equipoise.records.verification import header_of
from tests.ledgers import at, entry, memory, redaction

AT = {name: number for number, name in enumerate(COLUMNS)}
Touched = set[tuple[str, int]]
"""Stream and position of the records that a mutation touches."""


def log(records: int = 60) -> tuple[list[Row], dict[str, Head]]:
    """Rows of a log with corrections, withdrawals and redactions in two streams, and its heads."""
    ledger = memory()
    for number in range(records):
        stream, form = (TREATMENT, "MSC") if number % 4 == 3 else (CLINICAL, "AGVHD")
        version = number // 16 % 2
        payload = {} if number % 11 == 10 else {"A": f"{number}.5", "B": {"m": "UNK"}, "C": "é"}
        ledger.append(
            entry(
                payload,
                form=form,
                stream=stream,
                repeat=1 + number % 16 + 100 * (number // 32),
                at=at(number),
                expects=version,
                reason="misread" if version else "",
            )
        )
    for number, record in enumerate(list(ledger.read())[5:8], start=1):
        about = redaction(number, stream=record.stream, at=at(records))
        ledger.redact(record.key, record.version, ["A"], about)
    return [row_of(stored) for stored in ledger.stored()], ledger.heads()


def changed(row: Row, **fields: object) -> Row:
    """A row with other values in some columns."""
    values = list(row)
    for name, value in fields.items():
        values[AT[name]] = value
    return tuple(values)


def place(row: Row) -> tuple[str, int]:
    return row[AT["stream"]], row[AT["position"]]


def rehashed(row: Row) -> Row:
    """The row with its own hash worked out again, as a forger would."""
    return changed(row, hash=chain_hash(row[0], header_of(row), row[AT["commitment"]], row[AT["previous"]]))


def _value(draw: Random, old: object) -> object:
    """Another value of the same kind."""
    if isinstance(old, int):
        return old + draw.choice([-1, 1, 7])
    if isinstance(old, bytes):
        number = draw.randrange(len(old))
        return old[:number] + bytes([old[number] ^ (1 << draw.randrange(8))]) + old[number + 1 :]
    text = str(old)
    number = draw.randrange(len(text) + 1)
    return draw.choice([text[:number] + "x" + text[number:], text[:number] + text[number + 1 :] or "y", text + " "])


def change_header(rows: list[Row], draw: Random) -> Touched:
    number = draw.randrange(len(rows))
    before = rows[number]
    name = draw.choice(COLUMNS[:23])
    value = _value(draw, before[AT[name]])
    rows[number] = changed(before, **{name: f"{value}'" if value == before[AT[name]] else value})
    return {place(before), place(rows[number])}


def change_kind(rows: list[Row], draw: Random) -> Touched:
    """A column gets a value of another kind, as a database without strict types lets happen."""
    number = draw.randrange(len(rows))
    name = draw.choice([name for name in COLUMNS[:23] if name not in ("stream", "position")])
    rows[number] = changed(rows[number], **{name: draw.choice([None, 1.5, b"x"])})
    return {place(rows[number])}


def _with_values(rows: list[Row], draw: Random) -> int:
    return draw.choice([number for number, row in enumerate(rows) if row[AT["body"]] is not None])


def change_values(rows: list[Row], draw: Random) -> Touched:
    number = _with_values(rows, draw)
    name = draw.choice(["body", "salts", "leaves"])
    value = _value(draw, rows[number][AT[name]])
    rows[number] = changed(rows[number], **{name: value})
    return {place(rows[number])}


def remove_values(rows: list[Row], draw: Random) -> Touched:
    number = _with_values(rows, draw)
    rows[number] = changed(rows[number], body=None, salts=None, leaves=None)
    about = place(rows[number])
    return {about}


def add_values(rows: list[Row], draw: Random) -> Touched:
    number = draw.choice([number for number, row in enumerate(rows) if row[AT["body"]] is None])
    rows[number] = changed(rows[number], body='{"A":"1"}', salts=bytes(16), leaves="")
    return {place(rows[number])}


def remove(rows: list[Row], draw: Random) -> Touched:
    return {place(rows.pop(draw.randrange(len(rows))))}


def _shift(rows: list[Row], stream: str, position: int, by: int) -> None:
    for number, row in enumerate(rows):
        if row[AT["stream"]] == stream and row[AT["position"]] >= position:
            rows[number] = changed(row, position=row[AT["position"]] + by)


def remove_and_close(rows: list[Row], draw: Random) -> Touched:
    gone = rows.pop(draw.randrange(len(rows)))
    _shift(rows, *place(gone), -1)
    return {place(gone)}


def insert_double(rows: list[Row], draw: Random) -> Touched:
    number = draw.randrange(len(rows))
    rows.insert(number + 1, rows[number])
    return {place(rows[number])}


def insert_forged(rows: list[Row], draw: Random) -> Touched:
    """A made-up record with a right hash, the later ones moved to make room."""
    number = draw.randrange(len(rows))
    model = rows[number]
    stream, position = place(model)
    _shift(rows, stream, position, 1)
    forged = changed(model, author="nobody", repeat=77, version=1, reason="")
    rows.insert(number, rehashed(forged))
    return {(stream, position)}


def swap(rows: list[Row], draw: Random) -> Touched:
    """Two records of a stream change places."""
    stream = draw.choice([CLINICAL, TREATMENT])
    numbers = [number for number, row in enumerate(rows) if row[AT["stream"]] == stream]
    first, second = sorted(draw.sample(numbers, 2))
    one, other = rows[first], rows[second]
    rows[first] = changed(other, position=one[AT["position"]])
    rows[second] = changed(one, position=other[AT["position"]])
    return {place(one), place(other)}


def rewrite(rows: list[Row], draw: Random) -> Touched:
    """A record is changed and gets a right hash; the one after it still names the old one."""
    number = draw.randrange(len(rows))
    rows[number] = rehashed(changed(rows[number], author="nobody"))
    return {place(rows[number])}


MUTATIONS: tuple[Callable[[list[Row], Random], Touched], ...] = (
    change_header,
    change_kind,
    change_values,
    remove_values,
    add_values,
    remove,
    remove_and_close,
    insert_double,
    insert_forged,
    swap,
    rewrite,
)
