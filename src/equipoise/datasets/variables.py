"""Variables of the datasets: name, type, label; and how a frame is made of columns.

Names are CDISC's where there is one, at most eight characters. A column is a list, a numpy array or a polars series.
Days (`days` columns: int32 since 1970-01-01 with `NEVER` and `UNKNOWN`) become dates, null where there is no day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from equipoise.arrays import NEVER, UNKNOWN, Days
from equipoise.records.record import STREAMS
from equipoise.state.events import NO_RECORD
from equipoise.state.tables import STREAM_BITS, record_name

TYPES: Mapping[str, Any] = {
    "text": pl.String,
    "integer": pl.Int32,
    "float": pl.Float64,
    "date": pl.Date,
    "sources": pl.List(pl.String),
}
"""Type of a variable to type of a column."""


class Variable(NamedTuple):
    """A variable of a dataset."""

    name: str
    type: str
    label: str


SUBJECT_VARIABLES = (
    Variable("STUDYID", "text", "Trial"),
    Variable("USUBJID", "text", "Subject, unique across trials"),
    Variable("SUBJID", "text", "Subject in the trial"),
    Variable("SITEID", "text", "Randomizing site; screening site of those not randomized"),
)
SOURCES = Variable("SRCSEQ", "sources", "Records that the row comes from, stream:position")


def frame(variables: Sequence[Variable], columns: Mapping[str, Any], sort: Sequence[str] = ()) -> pl.DataFrame:
    """A dataset: the variables in their order, with their types, sorted by `sort` (nulls first) if it is given."""
    assert set(columns) == {variable.name for variable in variables}, set(columns) ^ {v.name for v in variables}
    made = [series(variable, columns[variable.name]) for variable in variables]
    table = pl.DataFrame(made)
    return table.sort(sort, maintain_order=True) if sort else table


def series(variable: Variable, values: Any) -> pl.Series:
    """A column of a variable; "" in a text and NaN in a number are null."""
    kind = TYPES[variable.type]
    if variable.type == "date" and isinstance(values, np.ndarray):
        return dates(variable.name, values)
    if variable.type == "text":
        column = pl.Series(variable.name, values, kind)
        return column.set(column == "", None)
    if variable.type == "integer" and isinstance(values, np.ndarray):
        column = pl.Series(variable.name, values)
        return (column.fill_nan(None) if values.dtype.kind == "f" else column).cast(kind)
    column = pl.Series(variable.name, values, kind)
    return column.fill_nan(None) if variable.type == "float" else column


def dates(name: str, day: Days) -> pl.Series:
    """Days as dates; null where it did not happen, or on a day that is not known."""
    none = (day == NEVER) | (day == UNKNOWN)
    column = pl.Series(name, np.where(none, 0, day).astype(np.int32))
    return column.set(pl.Series(none), None).cast(pl.Date)


def flags(values: np.ndarray) -> pl.Series:
    """Y where true, N where false."""
    return pl.Series(np.where(values, "Y", "N").tolist(), dtype=pl.String)


def yes_or_null(values: np.ndarray) -> pl.Series:
    """Y where true, null elsewhere: the form of a record-level flag."""
    return pl.Series([("Y" if value else None) for value in values.tolist()], dtype=pl.String)


def names_of(codes: np.ndarray, names: Sequence[str]) -> list[str]:
    """The name at each place of a list; "" for -1."""
    table = [*names, ""]
    return [table[code] for code in codes.tolist()]


def one_source(record: np.ndarray) -> pl.Series:
    """Lists of the one record behind each row; an empty list for `NO_RECORD`. Int64 [n_rows]."""
    stream, position = record >> STREAM_BITS, record & ((1 << STREAM_BITS) - 1)
    table = pl.DataFrame({"stream": stream, "position": position, "none": record == NO_RECORD})
    place = {number: name for number, name in enumerate(STREAMS)}
    name = pl.concat_str(
        pl.col("stream").replace_strict(place, default="", return_dtype=pl.String),
        pl.lit(":"),
        pl.col("position").cast(pl.String),
    )
    lists = pl.when(pl.col("none")).then(pl.lit([], dtype=pl.List(pl.String))).otherwise(pl.concat_list(name))
    return table.select(lists.alias(SOURCES.name)).to_series()


def several_sources(rows: Iterable[Iterable[int]]) -> pl.Series:
    """Lists of the records behind each row, each once, in order of stream and position; `NO_RECORD` is left out."""
    lists = [[record_name(record) for record in sorted(set(row)) if record != NO_RECORD] for row in rows]
    return pl.Series(SOURCES.name, lists, pl.List(pl.String))


def study_day(day: np.ndarray, origin: np.ndarray) -> list[int | None]:
    """CDISC study day: the origin is day 1, the day before it day -1; null where either is not known."""
    known = ~np.isin(day, (NEVER, UNKNOWN)) & ~np.isin(origin, (NEVER, UNKNOWN))
    elapsed = day.astype(np.int64) - origin
    return [int(e + (e >= 0)) if k else None for e, k in zip(elapsed.tolist(), known.tolist())]


def elapsed_or_null(day: np.ndarray, origin: np.ndarray) -> list[int | None]:
    """Days from one day to another; null where either is not known."""
    known = ~np.isin(day, (NEVER, UNKNOWN)) & ~np.isin(origin, (NEVER, UNKNOWN))
    elapsed = day.astype(np.int64) - origin
    return [int(e) if k else None for e, k in zip(elapsed.tolist(), known.tolist())]
