"""The desk of a virtual site: forms of one subject are entered here, on time or late, complete or not, right or wrong.

The only way from a virtual subject into the trial: every form goes through an action of `conduct/`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from equipoise.conduct.capture import Captured, capture, correct
from equipoise.conduct.events import DOSE_FORMS, EVENT_FORMS, record_dose, record_event
from equipoise.conduct.ports import Actor
from equipoise.simulate.answers import Items
from equipoise.simulate.habits import Habits
from equipoise.simulate.run import Run
from equipoise.simulate.staff import Staff

SECONDS_A_FORM = 45
MAY_LACK = {
    "VITALS": ("VS_SPO2", "VS_ECOG", "VS_PULSE", "VS_DIASTOLIC"),
    "CHEMISTRY": ("LC_ALP", "LC_SODIUM", "LC_POTASSIUM", "LC_AST"),
    "HEMATOLOGY": ("LH_LYMPHOCYTES", "LH_HEMOGLOBIN"),
    "CARDIAC": ("LK_CKMB",),
    "VIRAL": ("LV_EBV",),
    "MARROW": ("BM_CHIMERISM",),
    "CGVHD": ("CG_FEV1",),
}
"""Items that may be marked as not done."""
MAY_BE_MISTAKEN = {"VITALS": "VS_PULSE", "CHEMISTRY": "LC_ALT", "HEMATOLOGY": "LH_HEMOGLOBIN"}
"""Items that may be entered with two digits exchanged, and corrected later."""
MISTAKE = "digits exchanged at entry; corrected from the source document"
_EVENING, _MONTH_TEXT = "17:30", 7
_CORRECTED_AFTER = (3, 40)


class Desk:
    """Entry of the forms of one subject."""

    def __init__(self, run: Run, staff: Staff, habits: Habits, subject: str):
        self.run, self.staff, self.habits, self.subject = run, staff, habits, subject

    def enter(self, form: str, items: Items, *, by: Actor | None = None, visit: str = "") -> Captured:
        """Enter a form now, as it is."""
        self.run.clock.tick(SECONDS_A_FORM)
        action: Any = record_dose if form in DOSE_FORMS else record_event if form in EVENT_FORMS else capture
        return action(
            self.run.trial, by=by or self.staff.coordinator, subject=self.subject, form=form, items=items, visit=visit
        )

    def fill(
        self,
        form: str,
        items: Items,
        day: int,
        *,
        by: Actor | None = None,
        visit: str = "",
        partial_date: str = "",
        late: bool = True,
    ) -> None:
        """Fill a form about a day, as sites do: perhaps days later, with an item not done, a mistake, a part of a date.

        Args:
            day: the calendar day that the form is about.
            partial_date: item of which only year and month may be known.
            late: whether it may be entered late.
        """
        told = self.habits.observation
        u, late_by = self.habits.next_form()
        if u["missing"] < told.item_missing and form in MAY_LACK:
            lacks = MAY_LACK[form]
            items = items | {lacks[int(u["which"] * len(lacks))]: {"m": "ND"}}
        if partial_date and u["partial"] < told.partial_date:
            items = items | {partial_date: str(items[partial_date])[:_MONTH_TEXT]}
        right = None
        if u["corrected"] < told.corrected and form in MAY_BE_MISTAKEN:
            right, items = items, _mistaken(items, MAY_BE_MISTAKEN[form])
        entry = partial(self._enter, form, items, by, visit, right, u["which"])
        if late and u["late"] < told.late_entry:
            self.run.at(self.staff.instant(day + late_by, _EVENING), entry)
        else:
            entry()

    def correct(self, before: Captured, items: Items, reason: str, *, by: Actor | None = None) -> Captured:
        """Save a new version of a form."""
        self.run.clock.tick(SECONDS_A_FORM)
        key = before.record.key
        return correct(
            self.run.trial,
            by=by or self.staff.coordinator,
            subject=self.subject,
            form=key.form,
            visit=key.visit,
            repeat=key.repeat,
            items=items,
            reason=reason,
            expects=before.record.version,
        )

    @property
    def closed(self) -> bool:
        """Whether nothing more may be entered: the subject withdrew the use of their data."""
        return self.run.trial.subject(self.subject).data_withdrawn

    def _enter(self, form: str, items: Items, by: Actor | None, visit: str, right: Items | None, u: float) -> None:
        if self.closed:
            return
        entered = self.enter(form, items, by=by, visit=visit)
        if right is not None and right != items:
            low, high = _CORRECTED_AFTER
            self.run.after(low + int(u * (high - low)), partial(self._correct, entered, right, by))

    def _correct(self, before: Captured, items: Items, by: Actor | None) -> None:
        if not self.closed:
            self.correct(before, items, MISTAKE, by=by)


def _mistaken(items: Items, item: str) -> Items:
    """The form with the last two digits of an item exchanged."""
    value = items.get(item)
    if not isinstance(value, str) or len(value) < 2 or not value.isdigit() or value[-1] == "0":
        return items
    return items | {item: value[:-2] + value[-1] + value[-2]}
