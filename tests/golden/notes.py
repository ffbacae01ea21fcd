"""Rows and columns that only the words of a reference file define: its `note`, `filter` and `subset`.

The words are R's comparisons inside short English sentences:

    blood_o and blood_b are indicators of blood == O and blood == B
    case == heavy_ties; column any = (status > 0)
    rows with disease_group == 2 left out

A sentence is read only where an entry needs it, and one that cannot be read is an error, never passed over.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np

Columns = dict[str, np.ndarray]

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
COMPARISON = re.compile(r"^(.+?)\s*(==|!=|>=|<=|>|<)\s*(.+)$")
MEMBER = re.compile(r"^(\w+)\s+(?:%in%|in|is one of)\s+(?:c?\()?(.+?)\)?$")
MISSING = re.compile(r"^(?:an? |any )?(?:empty|missing)\s+(.+)$")
IS_MISSING = re.compile(r"^(?:is\.na\()?(\w+)(?:\)| (?:is |are )?(?:empty|missing|NA))$")
INDICATORS = re.compile(
    r"([\w,\s]+?)\s+(?:(?:is|are)\s+(?:an?\s+|the\s+)?indicators?\s+(?:of|that|for)|indicates?(?:\s+that)?)\s+([^;]+)"
)
ARITHMETIC: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {"log": np.log, "exp": np.exp, "sqrt": np.sqrt, "abs": np.abs}


class UnreadableNote(Exception):
    """Words that these tests cannot read."""


def defined(name: str, notes: str, data: Columns) -> np.ndarray:
    """The column `name`, which the data file does not hold, as the notes define it; float64 [n_rows]."""
    for match in INDICATORS.finditer(notes):
        made = listed(match[1].split(":")[-1].removeprefix("column ").removeprefix("columns "))
        if name in made:
            conditions = listed(match[2].split(". ")[0].rstrip("."))
            if len(conditions) != len(made):
                raise UnreadableNote(f"{len(made)} columns but {len(conditions)} conditions in the note {match[0]!r}")
            return holds(conditions[made.index(name)], data).astype(float)
    match = re.search(rf"(?:^|[;,.(]\s*|column\s+){re.escape(name)}\s*(?:=|<-|:=|is)(?!=)\s*([^;]+)", notes)
    if match is None:
        raise UnreadableNote(f"column {name} is neither in the data file nor defined by a note")
    return value(match[1].strip(), data)


def value(text: str, data: Columns) -> np.ndarray:
    """A comparison as 0 and 1, or a formula; float64 [n_rows]."""
    text = bare(text.rstrip("."))
    for wrapper in ("as.integer", "as.numeric"):
        text = bare(text.removeprefix(wrapper)) if text.startswith(f"{wrapper}(") else text
    try:
        return holds(text, data).astype(float)
    except UnreadableNote:
        return np.asarray(formula(text, data), dtype=float)


def formula(text: str, data: Columns) -> Any:
    """A formula of columns and numbers."""
    try:
        tree = ast.parse(text.replace("^", "**"), mode="eval").body
    except SyntaxError as error:
        raise UnreadableNote(f"a definition of unknown wording: {text!r}") from error
    return computed(tree, data, text)


def computed(node: ast.AST, data: Columns, text: str) -> Any:
    """One node of a formula."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.Name) and node.id in data:
        return data[node.id].astype(float)
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        return ARITHMETIC[type(node.op)](computed(node.left, data, text), computed(node.right, data, text))
    if isinstance(node, ast.UnaryOp) and type(node.op) in ARITHMETIC:
        return ARITHMETIC[type(node.op)](computed(node.operand, data, text))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
        return FUNCTIONS[node.func.id](*(computed(part, data, text) for part in node.args))
    raise UnreadableNote(f"a definition of unknown wording: {text!r}")


def holds(text: str, data: Columns) -> np.ndarray:
    """In which rows a condition holds, bool [n_rows]."""
    text = bare(text)
    if "is one of" not in text and "%in%" not in text:
        for word, together in ((r"\s+or\s+|\s*\|\|?\s*", np.any), (r"\s+and\s+|\s*&&?\s*", np.all)):
            parts = re.split(word, text)
            if len(parts) > 1 and all(bare(part) == part.strip() or part.strip()[0] == "(" for part in parts):
                if MISSING.match(text):  # "an empty a or b"
                    parts = [part if not re.fullmatch(r"\w+", part) else f"an empty {part}" for part in parts]
                return together([holds(part, data) for part in parts], axis=0)
    if match := MISSING.match(text) or IS_MISSING.match(text):
        return ~present(known(match[1].strip(), data))
    if match := MEMBER.match(text):
        return np.any([equal(known(match[1], data), part) for part in listed(match[2])], axis=0)
    if match := COMPARISON.match(text):
        return compared(match[1], match[2], match[3], data)
    raise UnreadableNote(f"a condition of unknown wording: {text!r}")


def compared(left: str, sign: str, right: str, data: Columns) -> np.ndarray:
    """Rows in which a column, or a formula of columns, compares so with a number, a label or a column."""
    column = known(left, data) if re.fullmatch(r"\w+", left) else np.asarray(formula(left, data))
    if sign in ("==", "!="):
        same = column == data[right] if right in data else equal(column, right)
        return same if sign == "==" else ~same
    return COMPARISONS[sign](column.astype(float), data[right] if right in data else float(right))


def equal(column: np.ndarray, label: str) -> np.ndarray:
    """Rows with this value, as a number if both are numbers, else as text."""
    label = bare(label).strip("\"'")
    try:
        return column.astype(float) == float(label)
    except ValueError:
        return as_text(column) == label


def known(name: str, data: Columns) -> np.ndarray:
    """A column of the data."""
    if name not in data:
        raise UnreadableNote(f"a note names a column {name!r} that is not there")
    return data[name]


def kept_by_subset(subset: str, data: Columns) -> np.ndarray:
    """Rows that the note `subset` of an entry leaves in, bool [n_rows]."""
    words = subset.strip().rstrip(".")
    out = re.fullmatch(
        r"(?:all )?(?:rows|patients|subjects)?\s*(?:with|where|that have|in which)?\s*(.+?)"
        r"\s+(?:are\s+|were\s+)?(?:left out|dropped|removed|excluded|omitted)",
        words,
    ) or re.fullmatch(r"(?:without|except|excluding)\s+(?:rows (?:with|where)\s+)?(.+)", words)
    if out:
        return ~holds(out[1], data)
    kept = re.fullmatch(
        r"(?:only\s+)?(?:the\s+)?(?:rows|patients|subjects)?\s*(?:only\s+)?(?:with|where|that have|in which)?\s*(.+?)"
        r"(?:\s+(?:are\s+|were\s+)?(?:kept|used|only))?",
        words,
    )
    assert kept is not None
    return holds(kept[1], data)


def kept_by_filter(words: str | None, data: Columns) -> np.ndarray:
    """Rows of a case, from its `filter`: its parts that are not definitions of a column; bool [n_rows]."""
    size = len(next(iter(data.values()), ()))
    rows = np.ones(size, bool)
    for part in re.split(r";\s*", words or ""):
        if part.strip() and not re.match(r"columns?\s|.*\bindicat", part) and not re.search(r"(?<![=!<>])=(?!=)", part):
            rows &= kept_by_subset(part, data)
    return rows


def listed(text: str) -> list[str]:
    """Items of "a, b and c"."""
    return [part.strip() for part in re.split(r",\s*(?:and\s+)?|\s+and\s+", text.strip()) if part.strip()]


def bare(text: str) -> str:
    """Text without brackets around all of it."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")"):
        depth = 0
        for place, letter in enumerate(text):
            depth += (letter == "(") - (letter == ")")
            if depth == 0 and place < len(text) - 1:
                return text
        text = text[1:-1].strip()
    return text


def present(column: np.ndarray) -> np.ndarray:
    """Rows that have a value."""
    if column.dtype.kind == "f":
        return ~np.isnan(column)
    return column != "" if column.dtype.kind == "U" else np.ones(column.size, bool)


def as_text(values: np.ndarray) -> np.ndarray:
    """Values as R's as.character writes them: up to 15 digits, as 1e+05 where that is shorter."""
    if values.dtype.kind == "b":
        return np.where(values, "TRUE", "FALSE")
    if values.dtype.kind != "f":
        return values.astype(str)
    return np.array([number_as_text(float(each)) for each in values])


def number_as_text(number: float) -> str:
    """One number as R's as.character writes it."""
    if math.isnan(number):
        return ""
    digits = next(count for count in range(1, 16) if count == 15 or float(f"{number:.{count - 1}e}") == number)
    mantissa, power = f"{number:.{digits - 1}e}".split("e")
    places = max(0, digits - 1 - int(power))
    fixed, short = f"{number:.{places}f}", f"{mantissa}e{int(power):+03d}"
    return fixed if len(fixed) <= len(short) else short
