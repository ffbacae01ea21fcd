"""Files of the list's maker: one spelling of JSON, a list with a slot a line, and never one file over another."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from equipoise.errors import AllocationError


def canonical(content: Any) -> str:
    """One spelling of JSON content, for hashes and signatures."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def with_slots(head: Mapping[str, Any], slots: Iterable[list[Any]]) -> bytes:
    """The text of a list's file: what stands in `head`, then one slot a line."""
    lines = ",\n".join("    " + json.dumps(slot, ensure_ascii=False) for slot in slots)
    opening = json.dumps(head, ensure_ascii=False, indent=2)[:-2]
    return f'{opening},\n  "slots": [\n{lines}\n  ]\n}}\n'.encode()


def write_new(path: Path, content: bytes, mode: int = 0o600, *, what: str = "a list") -> None:
    """Write a file that is not there yet, and see it on the disk.

    Raises:
        AllocationError: it is there.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise AllocationError(
            f"there is a file already, and {what} is never written over another",
            where=str(path),
            rule="ALLOCATION-OVERWRITE",
            remedy=f"give another path, or put the old {what.split()[-1]} away first",
        ) from None
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
