"""Where the protocols that ship with the package are: inside the wheel, or beside `src` in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED = _PACKAGE / "protocols"
PROTOCOLS = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parents[1] / "protocols"
"""Folder of the protocols that ship."""
INDEX_TRIAL = PROTOCOLS / "msc-sr-agvhd"
"""Folder of the index trial."""
