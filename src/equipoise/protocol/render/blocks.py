"""A document as plain blocks, which templates turn into HTML or Markdown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """Labels with what they are."""

    rows: tuple[tuple[str, str], ...]
    kind: str = "facts"


@dataclass(frozen=True)
class Items:
    """A list; each entry has a name (may be empty), a text, and a rule in small print (may be empty)."""

    rows: tuple[tuple[str, str, str], ...]
    title: str = ""
    kind: str = "items"


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    text: str
    kind: str = "paragraph"


@dataclass(frozen=True)
class Table:
    """A table with one line of heads; `narrow` tables have many small columns."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    kind: str = "table"


Block = Facts | Items | Paragraph | Table


@dataclass(frozen=True)
class Section:
    """A section with its blocks."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Page:
    """What every rendering says at its head and foot."""

    language: str
    kind: str
    title: str
    short_title: str
    version: str
    foot: str
