"""What a table is before it is HTML: columns with parts (ours, published), rows, notes, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One number of a cell. `kind`: `sim` ours, `pub` the published one. `tag` names it where columns have no room."""

    text: str
    kind: str = "sim"
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column and the headings of its parts. `kind`: experimental, control, effect, p or plain."""

    label: str
    kind: str
    parts: tuple[str, ...] = ()
    note: str = ""


Cell = tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row. `level` indents its label; a heading has its label, perhaps with a P value. `extra` is ready-made SVG."""

    label: str
    cells: tuple[Cell, ...] = ()
    level: int = 0
    heading: bool = False
    extra: str = ""


@dataclass(kw_only=True)
class Table:
    """A table of the report. `absent` names what the results table does not hold."""

    id: str
    title: str
    columns: tuple[Column, ...]
    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    stub: str = ""
    stacked: bool = False
    number: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to print but headings."""
        return not any(line.cells for line in self.lines)
