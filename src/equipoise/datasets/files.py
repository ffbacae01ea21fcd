"""Datasets as files: canonical CSV. The same datasets give the same bytes."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from equipoise.datasets.build import Datasets


def dataset_csv(frame: pl.DataFrame) -> str:
    """A dataset as CSV: header, ISO dates, numbers in the shortest form that reads back the same, empty for null.

    Ids of records stand in one field, a space between them.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows([text(value) for value in row] for row in frame.iter_rows())
    return out.getvalue()


def text(value: Any) -> Any:
    """A value as it stands in a file."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return " ".join(value) if isinstance(value, list) else value


def write_datasets(datasets: Datasets, folder: Path) -> list[Path]:
    """Write each dataset to `<name>.csv` in a folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, frame in datasets.as_dict().items():
        path = folder / f"{name}.csv"
        path.write_text(dataset_csv(frame), encoding="utf-8", newline="\n")
        paths.append(path)
    return paths
