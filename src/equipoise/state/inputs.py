"""Items of filled forms as rules take them: the last filled instance of each form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from equipoise.arrays import UNKNOWN
from equipoise.state.columns import NO_MINUTE, NO_TIME, text_of
from equipoise.state.tables import Table, Tables


def item_inputs(names: Iterable[str], tables: Tables, protocol: object, forms: Iterable[str]) -> dict[str, Any]:
    """Values of the named items, from the last instance of each of these forms of one subject.

    Numbers are in the first unit of the item. A name is absent where its item was not entered, has a missing code, is
    a date of which only a part is known, or a number known only as below or above.
    """
    asked = frozenset(names)
    found: dict[str, Any] = {}
    for form in forms:
        table = tables[form]
        if table.size:
            for item in asked & table.layout.items.keys():
                value = input_of(table, item)
                if value is not None:
                    found[item] = value
    return found


def input_of(table: Table, item: str) -> Any:
    """The item of the last row for a rule; None where it is missing."""
    kind = table.layout.items[item].type
    if kind in ("code", "text", "codes"):
        text = text_of(table.values(item)[-1])
        return (text.split() if kind == "codes" else text) if text else None
    number = table.column(item)[-1]
    missing = np.isnan(number) if kind in ("decimal", "integer") else number in (UNKNOWN, NO_MINUTE, NO_TIME)
    return None if missing else float(number)
