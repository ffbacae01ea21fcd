"""A YAML file with the line of every value, and the list of its faults.

YAML 1.2: `Y`, `N`, `on`, `off` are texts. Mappings become dicts, sequences become tuples, `2014-07-01` becomes a date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from equipoise.errors import ProtocolError, TrialErrors

PathInFile = tuple[str | int, ...]
"""Way to a value: keys and places (from 0)."""

_TAG = "tag:yaml.org,2002:"
_NAME = re.compile(r"[A-Za-z]\w{0,39}\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_NAMING_KEYS = ("id", "code", "form")
MAX_BYTES = 10_000_000
MAX_VALUES = 200_000
"""Bounds of a file: a protocol has some hundred thousand bytes and some ten thousand values."""
_MAX_DIGITS, _SHORT = 18, 200


class Faults:
    """Faults of one or more files, collected; told in the order in which the reader meets them."""

    def __init__(self) -> None:
        self._found: list[tuple[tuple[str, int, int], ProtocolError]] = []
        self._told: set[str] = set()

    def add(
        self, source: Source, path: PathInFile, fault: str, *, rule: str, remedy: str, line: int = 0, **params: Any
    ) -> None:
        """Add a fault at a value; the same fault is told once.

        Args:
            path: way to the value; when it is not in the file, the nearest value above it that is.
            fault, rule, remedy, params: as in `TrialError`.
            line: line of a fault that has no value (YAML syntax).
        """
        line = line or source.line(path)
        error = ProtocolError(fault, where=source.where(path, line), rule=rule, remedy=remedy, **params)
        if str(error) in self._told:
            return
        self._told.add(str(error))
        self._found.append(((source.order, line, len(self._found)), error))  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(self._found)

    def error(self) -> TrialErrors:
        """All faults as one error."""
        return TrialErrors([error for _, error in sorted(self._found, key=lambda found: found[0])])

    def raise_any(self) -> None:
        """Raise `TrialErrors` if there is any fault."""
        if self._found:
            raise self.error()


@dataclass
class Source:
    """A file as read.

    Args:
        name: the file as messages name it.
        order: place of the file among those that are read together.
        data: its content; None when it could not be read.
    """

    name: str
    order: int = 0
    data: Any = None
    lines: dict[PathInFile, int] = field(default_factory=dict)

    def line(self, path: PathInFile) -> int:
        """Line of a value (of its key, in a group), counted from 1; of the nearest value above it, if it is absent."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def value(self, path: PathInFile) -> Any:
        """The value at a path; None when there is none."""
        found = self.data
        for step in path:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def where(self, path: PathInFile, line: int) -> str:
        """The place in words: `protocol.yaml, line 12, eligibility.criteria[INC1].rule`."""
        words = ""
        for depth, step in enumerate(path):
            if isinstance(step, str):
                words += f".{step}" if words else step
            else:
                words += f"[{self._name_of(path[: depth + 1])}]"
        return f"{self.name}, line {line}" + (f", {words}" if words else "")

    def _name_of(self, path: PathInFile) -> str:
        """Name of an element of a list: itself if it is a name, its id if it has one, else its place."""
        value = self.value(path)
        if isinstance(value, str) and _NAME.match(value):
            return value
        if isinstance(value, Mapping):
            for key in _NAMING_KEYS:
                if isinstance(value.get(key), str):
                    return value[key]
        elif isinstance(value, tuple) and value and isinstance(value[0], str) and value[0].isupper():
            return value[0]
        return str(int(path[-1]) + 1)


def read_yaml(path: Path, faults: Faults, *, name: str = "", order: int = 0) -> Source:
    """Read a file; its faults (not there, not UTF-8, not YAML, a key twice) are added to `faults`."""
    source = Source(name or str(path), order)
    text = _text(path, source, faults)
    if text is None:
        return source
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        faults.add(
            source, (), "this is not YAML: {problem}", rule="YAML-SYNTAX", line=mark.line + 1 if mark else 1,
            remedy="look for a missing quote, bracket, colon or space on this line or the one before",
            problem=(error.problem or "unreadable").strip(),
        )  # fmt: skip
        return source
    except (YAMLError, RecursionError, ValueError) as error:
        faults.add(
            source, (), "this is not YAML: {problem}", rule="YAML-SYNTAX", remedy="correct the file",
            problem=str(error).splitlines()[0] if str(error) else type(error).__name__,
        )  # fmt: skip
        return source
    if not isinstance(node, MappingNode):
        faults.add(
            source, (), "the file holds no sections", rule="YAML-SECTIONS",
            remedy="start from a protocol that ships, such as protocols/msc-sr-agvhd/protocol.yaml",
        )  # fmt: skip
        return source
    source.data = _Reader(source, faults).read(node, ())
    return source


def _text(path: Path, source: Source, faults: Faults) -> str | None:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) <= MAX_BYTES:
            return content.decode("utf-8-sig")
        faults.add(
            source, (), "the file is larger than {most} bytes", rule="FILE-SIZE", remedy="give a protocol file",
            most=MAX_BYTES,
        )  # fmt: skip
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        faults.add(
            source, (), "byte {byte} is not UTF-8 text", rule="FILE-UTF8", remedy="save the file as UTF-8",
            line=line, byte=f"0x{error.object[error.start]:02x}",
        )  # fmt: skip
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else (error.strerror or "").lower()
        faults.add(
            source, (), "{reason}", rule="FILE", remedy="give the path of a file that exists and that you may read",
            reason=reason,
        )  # fmt: skip
    return None


def _short(text: str) -> str:
    """A text for a message or a key: its beginning, and what no file can hold as an escape."""
    return text[:_SHORT].encode("utf-8", "backslashreplace").decode()


class _Reader:
    """From YAML nodes to plain values."""

    def __init__(self, source: Source, faults: Faults):
        self.source, self.faults = source, faults
        self.open: set[int] = set()
        self.left = MAX_VALUES

    def read(self, node: Node, path: PathInFile) -> Any:
        self.left -= 1
        if self.left <= 0:
            if self.left == 0:
                self.faults.add(
                    self.source, path, "the file holds more than {most} values, those of repeated anchors counted",
                    rule="YAML-SIZE", remedy="write fewer anchors (&) and aliases (*)", most=MAX_VALUES,
                )  # fmt: skip
            return None
        self.source.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, ScalarNode):
            return self.scalar(node, path)
        if id(node) in self.open:
            self.faults.add(
                self.source, path, "this value contains itself", rule="YAML-SYNTAX", remedy="write the value out"
            )
            return None
        self.open.add(id(node))
        value = self.mapping(node, path) if isinstance(node, MappingNode) else self.sequence(node, path)
        self.open.discard(id(node))
        return value

    def sequence(self, node: Node, path: PathInFile) -> tuple[Any, ...]:
        elements = node.value if self.left > 0 else ()
        return tuple(self.read(element, (*path, place)) for place, element in enumerate(elements))

    def mapping(self, node: MappingNode, path: PathInFile) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value if self.left > 0 else ():
            key = _short(key_node.value) if isinstance(key_node, ScalarNode) else "?"
            at = (*path, key)
            if key in found:
                self.faults.add(
                    self.source, path, "the key {key} stands here twice", rule="YAML-TWICE",
                    remedy="keep one of them", line=key_node.start_mark.line + 1, key=key,
                )  # fmt: skip
                continue
            self.source.lines[at] = key_node.start_mark.line + 1
            found[key] = self.read(value_node, at)
        return found

    def scalar(self, node: ScalarNode, path: PathInFile) -> Any:
        kind, text = str(node.tag).removeprefix(_TAG), node.value
        try:
            if kind == "str":
                text.encode()
                return text
            if kind == "null":
                return None
            if kind == "bool":
                return text.lower() == "true"
            if kind == "int" and len(text) <= _MAX_DIGITS:
                return int(text.replace("_", ""), 0) if not text.lstrip("+-").isdigit() else int(text)
            if kind == "float":
                return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
            if kind == "timestamp":
                return date.fromisoformat(text) if _DATE.match(text) else text
        except ValueError:
            pass
        self.faults.add(
            self.source, path, "{text} cannot be read as {kind}", rule="YAML-VALUE",
            remedy="correct it, or put it in quotes if it is a text", text=_short(text) or node.tag, kind=kind,
        )  # fmt: skip
        return None
