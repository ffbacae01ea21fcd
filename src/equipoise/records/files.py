"""The log as a file, and the heads of its chains as an anchor file.

A log file is canonical JSON, one record a line, in the order written, after a first line that says what it is. Two
runs that made the same records give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from equipoise.errors import LedgerError, StorageError, TrialErrors
from equipoise.records.canonical import canonical_json
from equipoise.records.chain import SALT_BYTES
from equipoise.records.record import FORMAT, Head, Stored
from equipoise.records.rows import LOG_COLUMNS, Row, row_of, shown, stored_of

_FIRST = {"equipoise_log": FORMAT}
_INTEGERS = frozenset({"format", "position", "repeat", "version"})


def log_lines(trial: str, stored: Iterable[Stored]) -> Iterator[str]:
    """The lines of a log file, without line ends."""
    yield canonical_json({**_FIRST, "trial": trial})
    for one in stored:
        yield line_of(row_of(one))


def line_of(row: Row) -> str:
    """One record as a line."""
    content: dict[str, Any] = dict(zip(LOG_COLUMNS, row))
    body, salts, leaves = row[len(LOG_COLUMNS) :]
    if body is not None:
        items = json.loads(body)
        content["items"] = items
        content["salts"] = [salts[at : at + SALT_BYTES].hex() for at in range(0, len(salts), SALT_BYTES)]
        content["leaves"] = json.loads(leaves) if leaves else {}
    return canonical_json(content)


def row_of_line(line: str) -> Row:
    """The row of a line.

    Raises:
        ValueError: the line is not a record.
    """
    content = json.loads(line)
    if not isinstance(content, dict) or set(content) - {"items", "salts", "leaves"} != set(LOG_COLUMNS):
        raise ValueError("the fields are not those of a record")
    for name in LOG_COLUMNS:
        if type(content[name]) is not (int if name in _INTEGERS else str):
            raise ValueError(f"{name} is not of the right kind")
    header = tuple(content[name] for name in LOG_COLUMNS)
    if "items" not in content:
        return (*header, None, None, None)
    if not isinstance(content["items"], dict) or not isinstance(content.get("leaves"), dict):
        raise ValueError("items and leaves are not mappings")
    salts = b"".join(bytes.fromhex(salt) for salt in content.get("salts", ()))
    leaves = canonical_json(content["leaves"]) if content["leaves"] else ""
    return (*header, canonical_json(content["items"]), salts, leaves)


def write_log(path: Path, trial: str, stored: Iterable[Stored]) -> None:
    """Write a log file."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in log_lines(trial, stored):
            file.write(line + "\n")


def read_rows(path: Path) -> tuple[str, list[Row]]:
    """Trial and rows of a log file.

    Raises:
        StorageError: it is not a log file.
        TrialErrors: every line that is not a record.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        first = json.loads(lines[0])
    except (OSError, ValueError, RecursionError):
        first = None
    if not isinstance(first, dict) or first.get("equipoise_log") != FORMAT or not isinstance(first.get("trial"), str):
        raise StorageError(
            "this is not a record log",
            where=str(path),
            rule="LOG-FILE",
            remedy="give a file that `equipoise export log` or the demo wrote, or the trial's database",
        )
    rows, faults = [], []
    for number, line in enumerate(lines[1:], start=2):
        if not line and number == len(lines):
            continue
        try:
            rows.append(row_of_line(line))
        except (ValueError, TypeError, RecursionError) as error:
            faults.append(
                LedgerError(
                    f"this line is not a record: {error}",
                    where=f"{path}, line {number}",
                    rule="LOG-LINE",
                    remedy="restore the file from a copy",
                )
            )
    if faults:
        raise TrialErrors(faults)
    return shown(first["trial"]), rows


def read_log(path: Path) -> tuple[str, list[Stored]]:
    """Trial and records of a log file; not verified (see `verification.verify`)."""
    trial, rows = read_rows(path)
    return trial, [stored_of(row) for row in rows]


def heads_text(trial: str, heads: Mapping[str, Head]) -> str:
    """The text of an anchor file: the end of each chain, to be kept where nobody can change both."""
    ends = {stream: {"position": head.position, "hash": head.hash} for stream, head in heads.items()}
    return canonical_json({"equipoise_heads": FORMAT, "trial": trial, "heads": ends}) + "\n"


def write_heads(path: Path, trial: str, heads: Mapping[str, Head]) -> None:
    """Write an anchor file."""
    path.write_text(heads_text(trial, heads), encoding="utf-8", newline="\n")


def read_heads(path: Path) -> tuple[str, dict[str, Head]]:
    """Trial and heads of an anchor file.

    Raises:
        StorageError: it is not one.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        heads = {
            shown(stream): Head(int(end["position"]), shown(end["hash"])) for stream, end in content["heads"].items()
        }
        if content["equipoise_heads"] != FORMAT:
            raise ValueError
        return shown(content["trial"]), heads
    except (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise StorageError(
            "this is not an anchor file",
            where=str(path),
            rule="ANCHOR-FILE",
            remedy="give the file of heads that was written at the checkpoint",
        ) from None
