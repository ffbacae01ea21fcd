"""The `rule` fixture: a clinical rule checked against a small table that reads like the protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from equipoise.arrays import NEVER, UNKNOWN

WORDS = {"true": True, "false": False, "never": int(NEVER), "unknown": int(UNKNOWN), "-": -1, "?": -1}


class Table:
    """A table `a | b || out`: inputs left of `||`, expected values right of it; one row a line, `#` starts a remark.

    A cell is a number, `true` or `false`, `-` or `?` (code, stage or grade not known: -1), `nan` (no measurement),
    `never` or `unknown` (days), a word of `names` (`II`, `CR`), other text, or numbers joined by `/` (2/0/0/3), which
    become one column of an array [4, n_rows].
    """

    def __init__(self, text: str, names: Mapping[str, Any]):
        lines = [line.split("#")[0].strip() for line in text.splitlines()]
        header, *self.lines = [line for line in lines if line]
        self.names = {**WORDS, **names}
        self.inputs, self.outputs = self._cells(header)
        rows = [self._cells(line) for line in self.lines]
        for line, (given, expected) in zip(self.lines, rows):
            assert (len(given), len(expected)) == (len(self.inputs), len(self.outputs)), f"number of cells: {line}"
        self.given = [[self._value(cell) for cell in given] for given, _ in rows]
        self.expected = [[self._value(cell) for cell in expected] for _, expected in rows]

    def _cells(self, line: str) -> tuple[list[str], list[str]]:
        left, right = line.split("||")
        return tuple([cell.strip() for cell in side.split("|")] for side in (left, right))  # type: ignore[return-value]

    def _value(self, cell: str) -> Any:
        if cell in self.names:
            return self.names[cell]
        if "/" in cell:
            return [self._value(part.strip()) for part in cell.split("/")]
        for number in (int, float):
            try:
                return number(cell)
            except ValueError:
                continue
        return cell

    def columns(self, rows: slice) -> dict[str, np.ndarray]:
        """The inputs of some rows as one array a column."""
        return {name: column(values) for name, values in zip(self.inputs, zip(*self.given[rows]))}


def column(values: tuple[Any, ...]) -> np.ndarray:
    """One array from the cells of a column; cells with several numbers stand beside each other: [4, n_rows]."""
    return np.array(values).T if isinstance(values[0], list) else np.array(values)


def results(outcome: Any, outputs: list[str]) -> list[Any]:
    """What the function returned, in the order of the output columns."""
    if isinstance(outcome, np.ndarray | np.generic | int | float | str) or outcome is None:
        return [outcome] if len(outputs) == 1 else list(outcome)
    if all(hasattr(outcome, name) for name in outputs):
        return [getattr(outcome, name) for name in outputs]
    return [outcome] if len(outputs) == 1 and not isinstance(outcome, tuple) else list(outcome)


def same(found: Any, expected: Any, tolerance: float) -> bool:
    """Whether one found value is the expected one; two missing measurements are the same."""
    found, expected = np.asarray(found), np.asarray(expected)
    if found.dtype.kind in "biuf" and expected.dtype.kind in "biuf":
        return found.shape == expected.shape and bool(
            np.allclose(found, expected, rtol=0, atol=tolerance, equal_nan=True)
        )
    return bool(np.all(found == expected))


def check(table: Table, rows: range, outcome: Any, tolerance: float, how: str) -> None:
    """Fail with the row, the expected and the found value if any row differs."""
    for name, found, expected in zip(
        table.outputs, results(outcome, table.outputs), zip(*[table.expected[row] for row in rows])
    ):
        for place, row in enumerate(rows):
            value = np.asarray(found)[..., place]
            if not same(value, expected[place], tolerance):
                pytest.fail(
                    f"row {row + 1} ({how}): {table.lines[row]}\n  {name}: expected {expected[place]}, found {value}",
                    pytrace=False,
                )


@pytest.fixture
def rule() -> Callable[..., None]:
    """Check a function against a table.

    `rule(function, table, names={...}, by_row=False, tolerance=0.0, **fixed)` calls `function` with the columns of the
    table as keyword arguments (and `fixed`), first with all rows at once, then with each row alone as one-element
    columns, and compares every row. Several outputs are attributes of what is returned, or its parts in order.
    With `by_row=True` the function takes plain values, not columns, and is called once for each row.
    """

    def checked(
        function: Callable[..., Any],
        text: str,
        *,
        names: Mapping[str, Any] | None = None,
        by_row: bool = False,
        tolerance: float = 0.0,
        **fixed: Any,
    ) -> None:
        table = Table(text, names or {})
        assert table.lines, "the table has no row"
        every = range(len(table.lines))
        for row in every:
            if by_row:
                outcome = function(**dict(zip(table.inputs, table.given[row])), **fixed)
                values = tuple(np.asarray(value)[..., np.newaxis] for value in results(outcome, table.outputs))
                check(table, range(row, row + 1), values if len(values) > 1 else values[0], tolerance, "by itself")
        if not by_row:
            check(table, every, function(**table.columns(slice(None)), **fixed), tolerance, "with all rows")
            for row in every:
                outcome = function(**table.columns(slice(row, row + 1)), **fixed)
                check(table, range(row, row + 1), outcome, tolerance, "by itself")

    return checked
