"""Doses of one subject: basiliximab, MSC and the steroid taper as they fall due, cross-over and other agents."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from equipoise.arrays import NEVER
from equipoise.conduct.capture import Captured
from equipoise.days import format_day
from equipoise.simulate import answers
from equipoise.simulate.answers import Items
from equipoise.simulate.course import CLASSES
from equipoise.simulate.product import infusion
from equipoise.state.due import Due
from equipoise.state.due_doses import DueDose

if TYPE_CHECKING:
    from equipoise.simulate.chart import Chart

DAILY_MG = {"RUXOLITINIB": "10", "MYCOPHENOLATE": "2000", "METHOTREXATE": "10", "SIROLIMUS": "2", "OTHER": "100"}
_WITHHELD_STEP, _WITHHELD_DAYS = 2, 7
_MSC_PLACE = 40
_DOSE_TIME = "10:00"
_FIRST, LAST = 1, 1000
_FIXED = {"basiliximab": 3, "msc": 4}
"""Doses that are given whatever the grade."""


class Dosing:
    """What one subject was given, and what is next."""

    def __init__(self, chart: Chart):
        self.chart = chart
        self.steroid: Captured | None = chart.steroid
        self.last_drug = chart.origin
        self.last_basiliximab = 0
        self.infusions = 0
        self._taper_from = 0
        self._postponed: set[tuple[str, int]] = set()
        self._expected: set[tuple[str, int]] = set()  # doses on the queue

    def first_doses(self, due: Due, today: int) -> bool:
        """Start second-line treatment and MSC on their days; visits count from them. Returns whether one began."""
        course = self.chart.person.course
        assert course is not None
        began = False
        for dose in due.doses:
            if dose.number != _FIRST or dose.treatment not in ("basiliximab", "msc"):
                continue
            start = course["sl_start"] if dose.treatment == "basiliximab" else course["msc_start"]
            if start != NEVER and today >= self.chart.origin + start:
                self._give(dose, today)
                began = True
        return began

    def rests_on_grade(self, due: Due, today: int) -> bool:
        """Whether a dose that waits for today depends on the grade: weekly basiliximab, MSC after the first cycle."""
        return any(dose.day <= today and dose.number > _FIXED.get(dose.treatment, LAST) for dose in due.doses)

    def give(self, due: Due, today: int) -> None:
        """Give the doses whose day has come, and wait for those to come."""
        for dose in due.doses:
            if (dose.treatment, dose.number) in self._expected or (dose.number == _FIRST and not _is_taper(dose)):
                continue
            if dose.day > today:
                self.chart.plan(dose.day)
            elif not self._late(dose, today):
                self._give(dose, today)

    def expect(self, due: Due, today: int) -> None:
        """Put doses of the days ahead on the queue; those that rest on the grade wait for a look on their day."""
        chart = self.chart
        for dose in due.doses:
            key = (dose.treatment, dose.number)
            if key in self._expected or dose.day <= today or (dose.number == _FIRST and not _is_taper(dose)):
                continue
            if dose.number > _FIXED.get(dose.treatment, LAST):
                chart.plan(dose.day)
                continue
            self._expected.add(key)
            late = not _is_taper(dose) and dose.day < dose.latest and chart.habits.dose_is_late(_place(dose))
            chart.run.at(
                chart.staff.instant(dose.day + late, _DOSE_TIME), partial(self._on_its_day, dose, dose.day + late)
            )

    def _on_its_day(self, dose: DueDose, today: int) -> None:
        self._expected.discard((dose.treatment, dose.number))
        if self.chart.open(today):
            self._give(dose, today)

    def _give(self, dose: DueDose, today: int) -> None:
        if dose.treatment == "basiliximab":
            self._basiliximab(dose, today)
        elif dose.treatment == "msc":
            self.infuse(today, "PROTOCOL")
        elif _is_taper(dose):
            self._taper(dose, today)

    def _late(self, dose: DueDose, today: int) -> bool:
        """Whether a dose waits for tomorrow: decided once for each dose, and only inside its window."""
        key = (dose.treatment, dose.number)
        done = key in self._postponed or today >= dose.latest or _is_taper(dose)
        if done or not self.chart.habits.dose_is_late(_place(dose)):
            return False
        self._postponed.add(key)
        self.chart.plan(today + 1)
        return True

    def _basiliximab(self, dose: DueDose, today: int) -> None:
        items: Items = {
            "BX_DATE": format_day(today),
            "BX_TIME": "10:00",
            "BX_DOSE": f"{dose.amount:g}",
            "BX_REACTION": "N",
        }
        self.chart.desk.enter("BASILIXIMAB", items)
        self.last_drug = self.last_basiliximab = today

    def infuse(self, today: int, context: str) -> None:
        """One MSC infusion."""
        chart = self.chart
        self.infusions += 1
        items = infusion(
            chart.person, chart.subject, today - chart.origin, today, self.infusions, context, chart.visiting.weighed
        )
        chart.desk.enter("MSC", items)
        self.last_drug = today

    # -- steroid taper -------------------------------------------------------------------------------------------------

    def _taper(self, dose: DueDose, today: int) -> None:
        """Take a step of the taper; in some subjects it is withheld for a week because GVHD is active."""
        chart = self.chart
        course = chart.person.course
        assert course is not None
        if today < self._taper_from:
            return
        told = chart.run.scenario.treatment.taper_late[CLASSES[course["response28"]]]
        if dose.number == _WITHHELD_STEP and not self._taper_from and chart.person.habits[14] < told:
            self._taper_from = today + _WITHHELD_DAYS
            self._change_steroid(today, self._current_mg, "TAPER_WITHHELD_ACTIVE_GVHD")
            chart.plan(self._taper_from)
            return
        self._change_steroid(today, dose.amount, "TAPER")

    @property
    def _current_mg(self) -> float:
        assert self.steroid is not None
        return float((self.steroid.record.payload or {})["ST_DOSE"])  # type: ignore[arg-type]

    def _change_steroid(self, today: int, mg: float, reason: str) -> None:
        """End the present dose yesterday, and begin another today unless it is none."""
        self.stop_steroid(today - 1, "dose changed")
        if mg > 0:
            items = answers.steroid(round(mg, 3), format_day(today), reason)
            self.steroid = self.chart.desk.enter("STEROID", items)

    def stop_steroid(self, last: int, reason: str) -> None:
        """Enter the last day of the present dose."""
        if self.steroid is None:
            return
        items = dict(self.steroid.record.payload or {}) | {"ST_STOP": format_day(last)}
        self.chart.desk.correct(self.steroid, items, reason)
        self.steroid = None

    # -- other agents --------------------------------------------------------------------------------------------------

    def new_therapy(self, today: int) -> None:
        """A systemic agent for acute GVHD outside the protocol's drugs; of a cross-over, MSC."""
        course = self.chart.person.course
        assert course is not None
        self.chart.visiting.stage_if_old(today)
        if course["crossover"] != NEVER:
            self.infuse(today, "CROSSOVER")
            return
        self.agent(today, course["agent"], "AGVHD")

    def agent(self, today: int, name: str, indication: str) -> None:
        """The first dose of another agent."""
        items: Items = {
            "OA_START": format_day(today),
            "OA_TIME": "16:00",
            "OA_AGENT": name,
            "OA_DOSE": DAILY_MG[name],
            "OA_ROUTE": "IV" if name == "METHOTREXATE" else "ORAL",
            "OA_INDICATION": indication,
        }
        self.chart.desk.fill("OTHER_AGENT", items, today)


def _is_taper(dose: DueDose) -> bool:
    return dose.treatment == "steroid_taper"


def _place(dose: DueDose) -> int:
    """Place of a dose among the draws of what is late."""
    return dose.number + (_MSC_PLACE if dose.treatment == "msc" else 0)
