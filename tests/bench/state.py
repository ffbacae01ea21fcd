"""Speed of the clinical state: folding, one table, what is due, the milestones of one subject and of a whole trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import process_time

from equipoise.state.due import due
from equipoise.state.history import milestones
from tests.trial_records import (
    ZERO,
    adherent,
    history,
    index_protocol,
    record,
    staging,
    subject_tables,
    treated,
    trial_tables,
    weight,
)

SUBJECTS, VITALS = 198, 110
TARGETS = {
    "fold a record": 15.0,
    "table of 31 rows, 8 columns": 60.0,
    "due, one subject and day": 300.0,
    "milestones, one subject": 1500.0,
    "milestones, 198 subjects": 500.0,
}
COLUMNS = ("GV_BSA", "GV_BULLAE", "GV_DESQUAMATION", "GV_BILIRUBIN", "GV_UGI", "GV_STOOL", "GV_BLOOD", "GV_DATE")


def best(run: Callable[[], object], times: int, repeats: int = 5) -> float:
    """Processor seconds of one run: the best mean of a few series, as others share the machine."""
    series = []
    for _ in range(repeats):
        start = process_time()
        for _ in range(times):
            run()
        series.append((process_time() - start) / times)
    return min(series)


def measures() -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each measure."""
    forms = [*adherent("MSC"), *(staging(day, "1 0 0 0", "INVESTIGATOR") for day in range(31, 54))]
    tables, protocol = subject_tables(forms), index_protocol()
    treatment = treated(tables, "MSC")
    again = record("01-001", *staging(53, "1 0 0 0", "INVESTIGATOR"), 900, repeat=31)
    yield "fold a record", best(lambda: tables.fold(again), 2000) * 1e6, "µs"

    def columns() -> None:
        tables.fold(again)
        for column in COLUMNS:
            tables["AGVHD"].column(column)

    yield "table of 31 rows, 8 columns", best(columns, 500) * 1e6, "µs"
    yield "due, one subject and day", best(lambda: due(tables, treatment, protocol, ZERO + 53), 300) * 1e6, "µs"
    yield "milestones, one subject", best(lambda: milestones(tables, treatment, protocol), 100) * 1e6, "µs"
    crowd = {f"01-{number:03d}": [*forms, *(weight(day) for day in range(VITALS))] for number in range(SUBJECTS)}
    records = sum(len(history("", each)) for each in crowd.values())

    def whole() -> None:
        trial = trial_tables(crowd)
        start = process_time()
        milestones(trial, treated(trial, *["MSC"] * SUBJECTS), protocol)
        seconds.append(process_time() - start)

    seconds: list[float] = []
    for _ in range(3):
        whole()
    yield "milestones, 198 subjects", min(seconds) * 1e3, "ms"
    yield "records of the 198 subjects", float(records), ""
