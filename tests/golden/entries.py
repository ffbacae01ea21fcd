"""Reading R's results and the data they were made from."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.golden.notes import Columns, UnreadableNote, as_text, defined, kept_by_filter, kept_by_subset, present

COLUMNS = (
    "time",
    "event",
    "status",
    "group",
    "strata",
    "covariates",
    "cluster",
    "time_varying",
    "censor_group",
    "outcome",
)
"""Fields of an entry that name columns."""
WORDS = ("note", "filter", "subset")
"""Fields that may say how a column is made that the data file does not hold."""
UNREADABLE = "unreadable"
"""Kind given to what cannot be read, so that it is a test that fails and says why."""


@dataclass(frozen=True)
class Entry:
    """One analysis: what R was asked (`asked`), what it answered (`asked["result"]`), and the data."""

    name: str
    kind: str
    asked: dict[str, Any]
    data: Columns = field(repr=False)
    siblings: tuple[dict[str, Any], ...] = field(repr=False)
    """All entries of the file: an entry of kind `error` does not repeat its arguments."""
    notes: str = ""
    """What the file, the case and the entry say in words."""
    trouble: str = ""
    """Why the entry cannot be run, if it cannot."""

    def asking(self, asked: dict[str, Any]) -> Entry:
        """The same data, with another question."""
        return Entry(
            self.name, asked["kind"], asked, completed(asked, self.data, self.notes), self.siblings, self.notes
        )


@dataclass(frozen=True)
class Found:
    """An object of a json file that is an entry, with what the objects around it say."""

    asked: dict[str, Any]
    case: str | None
    data: str | None
    filter: str | None
    notes: str


def entries(folder: Path) -> list[Entry]:
    """All entries of the json files of a folder, in the order of files and entries."""
    if not folder.is_dir():
        return [unreadable(str(folder), "there is no such folder")]
    files = sorted(folder.glob("*.json"))
    return [entry for file in files for entry in entries_of(file)] or [unreadable(str(folder), "it holds no entry")]


def unreadable(name: str, why: str) -> Entry:
    """A stand-in for what cannot be read."""
    return Entry(f"{name}:{UNREADABLE}", UNREADABLE, {}, {}, (), trouble=f"{name}: {why}")


def entries_of(file: Path) -> Iterator[Entry]:
    """All entries of one json file, wherever they are in it."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        yield unreadable(file.stem, f"not readable as json: {error}")
        return
    found = list(nested(content, Found({}, None, None, None, "")))
    if not found:
        yield unreadable(file.stem, "no entry in this file")
    read: dict[str, Columns] = {}
    everything = tuple(each.asked for each in found)
    for number, each in enumerate(found):
        name = "/".join(str(part) for part in (file.stem, each.case, each.asked.get("id", number)) if part is not None)
        kind = each.asked.get("kind", "missing")
        try:
            if each.data is not None and each.data not in read:
                read[each.data] = columns(file.parent / each.data)
            rows = rows_of(each, read[each.data] if each.data is not None else {})
            data = completed(each.asked, rows, each.notes)
            yield Entry(f"{name}:{kind}", kind, each.asked, data, everything, each.notes)
        except (UnreadableNote, OSError, ValueError, KeyError) as error:
            yield Entry(f"{name}:{kind}", kind, each.asked, {}, everything, each.notes, f"{name}: {error}")


def nested(content: Any, around: Found) -> Iterator[Found]:
    """Every object with a kind or a result, with what the objects around it say."""
    if isinstance(content, list):
        for part in content:
            yield from nested(part, around)
    elif isinstance(content, dict):
        inner = Found(
            asked=content,
            case=content.get("case", around.case),
            data=content.get("data", around.data),
            filter=content.get("filter", around.filter),
            notes="; ".join([*filter(None, [around.notes]), *(content[key] for key in WORDS if content.get(key))]),
        )
        if "kind" in content or "result" in content:
            yield inner
            return
        for key, part in content.items():
            if key != "software":
                yield from nested(part, inner)


def rows_of(found: Found, data: Columns) -> Columns:
    """The rows of the case and the subset that an entry is about."""
    if not data:
        return data
    words = found.filter
    if words is None and found.case is not None and "case" in data:
        words = f"case == {found.case}"
    data = chosen(data, kept_by_filter(words, data))
    subset = found.asked.get("subset")
    return chosen(data, kept_by_subset(subset, data)) if subset else data


def completed(asked: dict[str, Any], data: Columns, notes: str) -> Columns:
    """The data with the columns that the entry asks for and only the notes define."""
    if not data:
        return data
    wanted = [name for key in COLUMNS for name in names(asked.get(key))]
    made = {name: defined(name, notes, data) for name in wanted if name not in data}
    return data | made


def columns(file: Path) -> Columns:
    """Columns of a csv file: float64 with NaN for an empty cell, bool, or text."""
    with file.open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    return {name: column([row[place] for row in rows]) for place, name in enumerate(header)}


def column(cells: list[str]) -> np.ndarray:
    """One column, as R's read.csv would take it."""
    if cells and set(cells) <= {"TRUE", "FALSE"}:
        return np.array([cell == "TRUE" for cell in cells])
    try:
        return np.array([np.nan if cell in ("", "NA") else float(cell) for cell in cells])
    except ValueError:
        return np.array(["" if cell == "NA" else cell for cell in cells])


def chosen(data: Columns, rows: np.ndarray) -> Columns:
    """The rows of all columns."""
    return {name: values[rows] for name, values in data.items()}


def names(value: str | list[str] | None) -> list[str]:
    """Names of columns; R writes a single one without brackets."""
    return [] if not value else [value] if isinstance(value, str) else list(value)


def labels(values: np.ndarray) -> np.ndarray:
    """Values as R's as.character writes them."""
    return as_text(values)


def complete(data: Columns, wanted: list[str]) -> Columns:
    """The rows that have a value in every column wanted."""
    return chosen(data, np.all([present(data[name]) for name in wanted], axis=0))
