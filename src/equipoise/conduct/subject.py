"""What the log says of one subject now, folded record by record: current versions, tables, site, standing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from equipoise.arrays import NEVER
from equipoise.days import parse_date
from equipoise.records.kinds import ARM, RANDOMIZATION, TRANSFER
from equipoise.records.record import Key, Record, Value
from equipoise.state.axes import arm_places, treatment_of
from equipoise.state.derive import Treatment
from equipoise.state.tables import SubjectTables, layouts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from equipoise.protocol.model import Protocol


_STANDING = frozenset({RANDOMIZATION, TRANSFER, "LEAVE", "CONSENT", "SCREENING", "SCREENFAIL"})
"""Forms that change where a subject stands."""


def text(value: Value | None) -> str:
    """The text of a value as entered; "" where it is absent, marked as missing, or not of the shape of a value."""
    if value.__class__ is str:
        return value
    entered = value.get("v") if isinstance(value, Mapping) else None
    return entered if isinstance(entered, str) else ""


class SubjectFile:
    """One subject's current records and the columns made of them.

    `tables` never holds the arm: that is in `arm`, which only what asks for a `Treatment` reads.
    """

    __slots__ = (
        "_by_form", "_numbers", "_screening_site", "arm", "data_withdrawn", "first_consent", "key", "randomizing_site",
        "screening_ended", "site", "tables",
    )  # fmt: skip

    def __init__(self, key: str, protocol: Protocol):
        self.key = key
        self.tables = SubjectTables(key, layouts(protocol))
        self._by_form: dict[str, dict[tuple[str, int], Record]] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._screening_site = ""
        self.site = ""
        """The site that the subject belongs to now: the last transfer's, else the one that screened them."""
        self.randomizing_site = ""
        """The site that randomized the subject; "" before it."""
        self.arm = ""
        self.data_withdrawn = False
        """Whether the subject withdrew the use of their data."""
        self.screening_ended = False
        """Whether the last screening attempt ended without randomization."""
        self.first_consent: int | None = None
        """The earliest day that the first consent can have been given."""

    def fold(self, record: Record) -> None:
        """Take in the next version of one of the subject's forms."""
        key = record.key
        form = key.form
        self._by_form.setdefault(form, {})[key.visit, key.repeat] = record
        place = (form, key.visit)
        self._numbers[place] = max(self._numbers.get(place, 0), key.repeat)
        if form == ARM:
            self.arm = self.item(ARM, "AR_ARM")
            return
        if not self._screening_site:
            self._screening_site = self.site = record.site
        if form in self.tables.layouts:
            self.tables.fold(record)
        if form in _STANDING:
            self._stand(record)

    def _stand(self, record: Record) -> None:
        """Take in a record that changes where the subject stands."""
        form = record.key.form
        if form == RANDOMIZATION:
            self.randomizing_site = record.site
        elif form == TRANSFER:
            self.site = self.last(TRANSFER, "TR_SITE") or self._screening_site
        elif form == "LEAVE":
            ways = (text((left.payload or {}).get("XT_TYPE")) for left in self.instances("LEAVE"))
            self.data_withdrawn = "WITHDRAW_DATA" in ways
        elif form == "CONSENT":
            dates = (text((signed.payload or {}).get("CO_DATE")) for signed in self.instances("CONSENT"))
            self.first_consent = min((parse_date(date).earliest for date in dates if date), default=None)
        else:
            self.screening_ended = len(self.instances("SCREENFAIL")) >= max(1, len(self.instances("SCREENING")))

    def treatment(self, protocol: Protocol) -> Treatment:
        """What tells the arm, for those functions of `state/` that ask for it."""
        return treatment_of(self.tables, arm_places([self.arm], protocol), protocol)

    # -- reading ------------------------------------------------------------------------------------------------------

    def record(self, form: str, visit: str = "", repeat: int = 1) -> Record | None:
        """The current version of a form instance; None when there is none or it was voided."""
        found = self._by_form.get(form, {}).get((visit, repeat))
        return None if found is None or found.voided else found

    def version_of(self, key: Key) -> Record | None:
        """The last version of a form instance, voided ones too; None when there is none."""
        return self._by_form.get(key.form, {}).get((key.visit, key.repeat))

    def version(self, form: str, visit: str, repeat: int) -> int:
        """The current version number; 0 when the form instance does not exist."""
        found = self._by_form.get(form, {}).get((visit, repeat))
        return 0 if found is None else found.version

    def instances(self, form: str) -> list[Record]:
        """Current instances of a form, voided ones left out, in the order of their first versions."""
        return [record for record in self._by_form.get(form, {}).values() if not record.voided]

    def forms(self) -> list[str]:
        """Forms of which there is a record, in the order of their first records."""
        return list(self._by_form)

    def item(self, form: str, item: str, visit: str = "", repeat: int = 1) -> str:
        """The text of one item; "" where the form or the item is missing."""
        record = self.record(form, visit, repeat)
        return text((record.payload or {}).get(item)) if record is not None else ""

    def last(self, form: str, item: str) -> str:
        """The text of an item of the last instance of a form that has it."""
        values: Iterable[str] = (text((record.payload or {}).get(item)) for record in reversed(self.instances(form)))
        return next((value for value in values if value), "")

    def next_repeat(self, form: str, visit: str) -> int:
        """The number of the next instance of a repeating form at a visit; numbers of voided ones are not used again."""
        return 1 + self._numbers.get((form, visit), 0)

    @property
    def randomized(self) -> bool:
        """Whether the subject was randomized."""
        return bool(self.randomizing_site)

    @property
    def randomized_on(self) -> int:
        """The day of randomization; `NEVER` before it."""
        table = self.tables[RANDOMIZATION]
        return int(table.day[0]) if table.size else int(NEVER)

    @property
    def died_on(self) -> tuple[int, int] | None:
        """Earliest and latest day of death; None for the living."""
        table = self.tables["DEATH"]
        return (int(table.day_earliest[0]), int(table.day_latest[0])) if table.size else None
