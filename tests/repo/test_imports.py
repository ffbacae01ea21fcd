"""Imports go one way: a folder imports only from those before it in the order of the data."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "equipoise"

ORDER = [
    "errors", "messages", "arrays", "days", "rules",
    "stats", "design", "appraisal", "allocation",
    "protocol", "records", "state", "conduct", "datasets", "analysis", "simulate", "report", "exchange",
    "store", "web", "cli",
]  # fmt: skip
BASE = {"errors", "messages", "arrays", "days", "rules"}
KNOWS_NO_TRIAL = {"stats", "design", "appraisal", "allocation"}
MAY_USE_DJANGO = {"store", "web", "cli"}


def part_of(path: Path) -> str:
    """The folder (or top-level module) that a file belongs to."""
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def imported_parts(tree: ast.AST) -> set[str]:
    """The parts of the package that a module imports, anywhere in it."""
    parts = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module] if node.module != "equipoise" else [f"equipoise.{name.name}" for name in node.names]
        elif isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        else:
            continue
        parts |= {name.split(".")[1] for name in names if name.startswith("equipoise.")}
    return parts - {"__version__"}


def modules() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if path.name != "__init__.py" or path.parent != SOURCE)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_imports_only_from_parts_before_its_own(path):
    part = part_of(path)
    assert part in ORDER, f"{part} is not in the order of the data: give it a place"
    parts = imported_parts(ast.parse(path.read_text()))
    allowed = BASE if part in KNOWS_NO_TRIAL else set(ORDER[: ORDER.index(part)])
    if part == "appraisal":
        allowed = allowed | {"stats", "design"}
    if part == "design":
        allowed = allowed | {"stats"}
    assert parts - {part} <= allowed


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_django_is_used_at_the_rim_only(path):
    tree = ast.parse(path.read_text())
    names = {
        name.name if isinstance(node, ast.Import) else node.module or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    if any(name.split(".")[0] == "django" for name in names):
        assert part_of(path) in MAY_USE_DJANGO


def test_the_order_names_no_part_that_is_gone():
    later = {"appraisal", "exchange", "web"}  # rooms of the house that are not furnished yet
    present = {part_of(path) for path in SOURCE.rglob("*.py")} - {"__init__"}
    assert present <= set(ORDER)
    assert set(ORDER) - present <= later
