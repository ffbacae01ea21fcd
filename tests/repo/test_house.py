"""The repository is true to itself: sizes, words, lock files."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "equipoise"


def tracked() -> list[Path]:
    """Every text file of the repository that git tracks."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_stay_under_400_lines_and_functions_under_40(path):
    text = path.read_text()
    assert text.count("\n") <= 400
    limit = 60 if "kernels" in path.parts else 40  # a kernel is one screen: each call of another costs compile time
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            start = node.body[0].lineno
            if isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant):
                start = node.body[0].end_lineno + 1  # the docstring is not counted
            assert (node.end_lineno or 0) - start < limit, f"{path.name}:{node.lineno} {node.name}"


def test_locks_carry_hashes_and_no_index_address():
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert "index-url" not in text


def test_no_file_names_a_package_registry_or_a_path_of_one_machine():
    registry = re.compile(
        r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian|/home/\w+/|/root/|/work/(?:main|shared)", re.I
    )
    for path in tracked():
        if path.suffix in {".png", ".svg", ".csv"} or path == Path(__file__).resolve():
            continue
        found = registry.search(path.read_text(errors="ignore"))
        assert found is None, f"{path.relative_to(ROOT)}: {found}"


def test_no_module_is_called_utils():
    assert not [path for path in SOURCE.rglob("*.py") if re.search(r"util|helper|misc|common", path.name)]
