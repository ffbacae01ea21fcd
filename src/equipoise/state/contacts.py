"""The last dated contact of each subject with the living.

Every dated form about a subject shows that they were alive on its date, but for those that can be filled without them.
Of a partial date the earliest day that it can mean counts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from equipoise.arrays import UNKNOWN, Days
from equipoise.state.segments import last_day
from equipoise.state.tables import Table, Tables

NOT_A_CONTACT = frozenset(
    {"DEATH", "SCREENFAIL", "ADJUDICATION", "DEVIATION", "PREGNANCY", "TRANSFER", "ELIGIBILITY_VERDICT"}
)
"""Forms whose date says nothing about the subject being alive."""


def last_contact(tables: Tables, protocol: Any) -> Days:
    """Day of the last contact of each subject with the living, int32 [n_subjects]; `UNKNOWN` without any."""
    last = np.full(tables.n, UNKNOWN)
    for form, layout in tables.layouts.items():
        if layout.date and form not in NOT_A_CONTACT:
            table = tables[form]
            if table.size:
                shown = table.day_earliest != UNKNOWN
                shown = shown & ALIVE[form](table) if form in ALIVE else shown
                last = np.maximum(last, last_day(table.day_earliest, table.subject, tables.n, shown))
    leave = tables["LEAVE"]
    found_again = leave.date("XT_RETURN").earliest
    return np.maximum(last, last_day(found_again, leave.subject, tables.n, found_again != UNKNOWN))


def _status(item: str, code: str) -> Any:
    return lambda table: table.column(item) == table.place(item, code)


def _not_lost(table: Table) -> np.ndarray:
    return table.column("XT_TYPE") != table.place("XT_TYPE", "LOST_TO_FOLLOW_UP")


ALIVE = {
    "CONTACT": _status("CT_STATUS", "ALIVE"),
    "VISIT": _status("VI_STATUS", "DONE"),
    "LEAVE": _not_lost,
}
"""Forms that show a living subject only by one of their answers."""
