"""The reference page of the datasets, made of the variables themselves."""

from __future__ import annotations

import inspect
from importlib import import_module

from equipoise.datasets.build import VARIABLES

HEAD = """# Analysis datasets

For statisticians and programmers who read `datasets/*.csv`.

Made by `make docs` from the code. Do not edit it here.

Every dataset is derived from the record log under two cuts: what the server knew at an instant (`as_of`), and the last
clinical date that counts (`cutoff`). `SRCSEQ` names the records that a row comes from, as `stream:position` in the log.
Dates are ISO 8601. A date of which only a part was known is completed by the protocol's rule, and the variable that
ends in `DTF` or `TF` says what was imputed: D the day, M month and day, Y all of it. Study days have no day 0:
randomization is day 1. In the files an empty field is a missing value; several ids stand in one field, a space between.
"""


def reference() -> str:
    """The page as Markdown."""
    parts = [HEAD]
    for name, variables in VARIABLES.items():
        text = inspect.getdoc(import_module(f"equipoise.datasets.{name}")) or ""
        title, _, about = text.partition(": ")
        parts.append(f"## {title}\n\n{about[:1].upper()}{about[1:]}\n\n| variable | type | meaning |\n|---|---|---|")
        parts.append("\n".join(f"| `{one.name}` | {one.type} | {one.label} |" for one in variables) + "\n")
    return "\n".join(parts)
