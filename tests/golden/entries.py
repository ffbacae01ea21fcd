"""Reading R's results and the data they were made from."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Entry:
    """One analysis: what R was asked (`asked`), what it answered (`asked["result"]`), and the data."""

    name: str
    kind: str
    asked: dict[str, Any]
    data: Columns
    siblings: tuple[dict[str, Any], ...]
    """All entries of the file: an entry of kind `error` does not repeat its arguments."""


def entries(folder: Path) -> list[Entry]:
    """All entries of the json files of a folder, in the order of files and entries."""
    files = sorted(folder.glob("*.json"))
    assert files, f"no json file in {folder}"
    return [entry for file in files for entry in entries_of(file)]


def entries_of(file: Path) -> Iterator[Entry]:
    """All entries of one json file, wherever they are in it."""
    content = json.loads(file.read_text())
    data = columns(file.parent / content["data"]) if "data" in content else {}
    data |= indicators(data, content.get("note", ""))
    found = list(nested(content))
    everything = tuple(asked for asked, _ in found)
    for number, (asked, case) in enumerate(found):
        rows = data
        if case is not None:
            rows = chosen(data, data["case"] == case)
            rows["any"] = (rows["status"] > 0).astype(float)  # as the file's `filter` says
        name = "/".join(str(part) for part in (file.stem, case, asked.get("id", number)) if part is not None)
        yield Entry(f"{name}:{asked['kind']}", asked["kind"], asked, without(rows, asked.get("subset")), everything)


def nested(content: Any, case: str | None = None) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Every object with a kind, with the name of the case that it is in."""
    if isinstance(content, list):
        for part in content:
            yield from nested(part, case)
    elif isinstance(content, dict) and "kind" in content:
        yield content, case
    elif isinstance(content, dict):
        inner = content.get("case", case)
        for key, part in content.items():
            if key != "software":
                yield from nested(part, inner)


def indicators(data: Columns, note: str) -> Columns:
    """Columns that only the note of the file defines: "a and b are indicators of x == A and x == B"."""
    match = re.search(r"([\w, ]+?) are indicators of ([\w= ]+)", note)
    if match is None:
        return {}
    conditions = [condition.split(" == ") for condition in match[2].strip().split(" and ")]
    made = match[1].strip().split(" and ")
    return {
        name: (labels(data[base]) == value).astype(float) for name, (base, value) in zip(made, conditions, strict=True)
    }


def columns(file: Path) -> Columns:
    """Columns of a csv file: float64 with NaN for an empty cell, or text."""
    with file.open() as lines:
        rows = list(csv.DictReader(lines))
    return {name: column([row[name] for row in rows]) for name in rows[0]}


def column(cells: list[str]) -> np.ndarray:
    """One column."""
    try:
        return np.array([float(cell) if cell else np.nan for cell in cells])
    except ValueError:
        return np.array(cells)


def chosen(data: Columns, rows: np.ndarray) -> Columns:
    """The rows of all columns."""
    return {name: values[rows] for name, values in data.items()}


def without(data: Columns, subset: str | None) -> Columns:
    """The data less the rows that the note `subset` of the entry leaves out."""
    if subset is None:
        return data
    if match := re.fullmatch(r"rows with an empty (\w+) left out", subset):
        return chosen(data, ~np.isnan(data[match[1]]))
    match = re.fullmatch(r"rows with (\w+) == (\w+) left out", subset)
    assert match, f"a subset of unknown wording: {subset}"
    return chosen(data, data[match[1]] != float(match[2]))


def names(value: str | list[str] | None) -> list[str]:
    """Names of columns; R writes a single one without brackets."""
    return [] if value is None else [value] if isinstance(value, str) else value


def labels(values: np.ndarray) -> np.ndarray:
    """Values as R's as.character writes them."""
    if values.dtype.kind != "f":
        return values
    return np.array([str(int(value)) if value == int(value) else repr(float(value)) for value in values])


def complete(data: Columns, wanted: list[str]) -> Columns:
    """The rows that have a value in every column wanted."""
    there = np.all([~np.isnan(data[name]) if data[name].dtype.kind == "f" else data[name] != "" for name in wanted], 0)
    return chosen(data, there)
