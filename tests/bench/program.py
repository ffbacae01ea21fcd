"""Speed of the program: measure, print, and write docs/reference/speed.md.

Times are processor seconds (of the demo, wall seconds); targets are the project's budgets. The machine's own speed,
SHA-256 called from Python, is measured in the same run, so that two machines can be compared.
"""

from __future__ import annotations

import os
import platform
from hashlib import sha256
from pathlib import Path
from time import process_time

from tests.bench import demo, gateway, ledger, state

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "speed.md"
PARTS = {"Record log": ledger, "Clinical state": state, "Gateway": gateway, "The demo, from a cold start": demo}


def yardstick() -> float:
    """Microseconds of one SHA-256 of 100 bytes, called from Python."""
    data, start = b"x" * 100, process_time()
    for _ in range(200_000):
        sha256(data).digest()
    return (process_time() - start) / 0.2


def main() -> int:
    """The page of the program; 1 if something is beyond its target."""
    lines = [
        "# Speed\n",
        "For those who look after speed. Made by `make bench`. The estimators beside their peers:",
        "[speed of the statistics](speed-stats.md).\n",
        f"Python {platform.python_version()}, {os.cpu_count()} cores; SHA-256 of 100 bytes: {yardstick():.2f} µs.\n",
    ]
    missed = 0
    for title, part in PARTS.items():
        print(f"\n{title}")
        lines += [f"## {title}\n", "| what | measured | target |", "|---|---:|---:|"]
        for name, value, unit in part.measures():
            target = part.TARGETS.get(name)
            missed += target is not None and value > target
            told = "" if target is None else f"{target:g} {unit}"
            print(f"{name:<34}{value:>10.2f} {unit:<4}{told}")
            lines.append(f"| {name} | {value:.2f} {unit} | {told} |")
        lines.append("")
    PAGE.write_text("\n".join(lines))
    print(f"\n{missed} beyond their target" if missed else "\nall within their targets")
    return 1 if missed else 0
