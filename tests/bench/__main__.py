"""`make bench`: every page of speed; `python -m tests.bench program` or `stats` makes one of them only."""

from __future__ import annotations

import sys
from importlib import import_module

PAGES = {"program": "tests.bench.program", "stats": "tests.bench.stats.run"}


def main(names: list[str]) -> int:
    """Make the pages; 1 if something is beyond its target."""
    return max([import_module(PAGES[name]).main() for name in names or PAGES])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
