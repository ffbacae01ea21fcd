"""Visits of one subject: held on their day or near it, missed now and then, with the forms that are due at them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from equipoise.conduct.ports import Actor
from equipoise.days import format_day
from equipoise.simulate import answers
from equipoise.simulate.habits import shift
from equipoise.state.due import CONTACT_FORMS, Due
from equipoise.state.visits import OpenVisit

if TYPE_CHECKING:
    from equipoise.simulate.chart import Chart

_MORNING, _EARLY = "09:00", "09:10"
STAGING_SERVES_DAYS = 2
_EFFICACY_FROM = 24
"""Elapsed day of the cycle from which visits with organ staging have one by the masked assessor too."""
PRIMARY = {"D28": "day28_missed", "D56": "day56_missed"}
"""Visits of the response endpoints, and the chance that the masked assessor does not come."""
INTERIM = frozenset({"D35", "D42", "D49"})


class Visiting:
    """Decides once for each visit when it is held, and holds it."""

    def __init__(self, chart: Chart):
        self.chart = chart
        self.weighed = format_day(chart.screened)
        self._staged = chart.origin  # the day of the investigator's last staging
        self._decided: dict[str, int] = {}  # visit to its place in the order of decisions

    def decide(self, due: Due, asked: int, today: int) -> None:
        """Settle when the visits that are due on the day asked for are held; hold those of today."""
        forms: dict[str, list[str]] = {}
        for form, label in due.forms:
            forms.setdefault(label, []).append(form)
        for visit in due.visits:
            if visit.id in self._decided:
                continue
            self._decided[visit.id] = len(self._decided)
            day = self._day_of(visit, asked)
            if day is None:
                self._missed(visit, forms[visit.id])
            elif day == today:
                self.hold(visit.id, forms[visit.id], today)
            elif self.chart.open(day):
                instant = self.chart.staff.instant(day, _MORNING)
                self.chart.run.at(instant, partial(self.hold, visit.id, forms[visit.id], day))

    def stage_if_old(self, today: int) -> None:
        """Stage the organs outside a visit when the last staging is too old to decide on a dose."""
        if today - self._staged > STAGING_SERVES_DAYS:
            day = today - self.chart.origin
            by, stages = self.chart.staff.investigator, self.chart.person.stages(day)
            self._one_staging("", day, format_day(today), _EARLY, "INVESTIGATOR", by, stages)

    def _day_of(self, visit: OpenVisit, asked: int) -> int | None:
        """The day on which a visit is held: near the planned one, now and then outside its window; None: missed."""
        told, u = self.chart.run.observation, self.chart.habits.visit(self._decided[visit.id])
        movable = visit.latest > visit.earliest
        if visit.id not in PRIMARY and movable:
            if u["missed"] < told.visit_missed:
                return None
            if u["outside"] < told.out_of_window:
                return visit.latest + 1 + int(3 * u["way"])
        away = shift(told.visit_shift_days, u["shift"], u["way"]) if movable else 0
        return max(asked, min(max(visit.day + away, visit.earliest), visit.latest))

    def _missed(self, visit: OpenVisit, forms: list[str]) -> None:
        if "VISIT" in forms:
            items = {"VI_DATE": format_day(visit.day), "VI_STATUS": "NOT_DONE", "VI_REASON": "subject did not come"}
            self.chart.desk.fill("VISIT", dict(items), visit.day, visit=visit.id)

    def hold(self, visit: str, forms: list[str], today: int) -> None:
        """Hold a visit today: fill each of its forms."""
        chart = self.chart
        if not chart.open(today):
            return
        if today >= chart.origin + chart.person.happens("stop_visits"):
            forms = [form for form in forms if form in CONTACT_FORMS]
        day, date, desk = today - chart.origin, format_day(today), chart.desk
        for form in forms:
            if form == "AGVHD":
                self._stage(visit, day, date)
            elif form == "VISIT":
                desk.enter(form, {"VI_DATE": date, "VI_STATUS": "DONE"}, visit=visit)
            elif form == "CGVHD":
                by = chart.staff.investigator
                desk.fill(
                    form,
                    answers.chronic_gvhd(chart.person, day, date, "INVESTIGATOR", by.id),
                    today,
                    by=by,
                    visit=visit,
                )
            elif form in answers.AT_VISITS:
                desk.fill(form, answers.AT_VISITS[form](chart.person, day, date), today, visit=visit)
            if form == "VITALS":
                self.weighed = date

    def _stage(self, visit: str, day: int, date: str) -> None:
        """The investigator's staging, and at the efficacy visits the masked assessor's."""
        chart, told = self.chart, self.chart.run.observation
        course = chart.person.course
        assert course is not None
        u = chart.habits.visit(self._decided[visit])
        seen = chart.person.stages(day)
        if visit in PRIMARY and u["discordant"] < told.staging_discordant:
            seen = _discordant(seen, u["organ"])
        self._one_staging(visit, day, date, _EARLY, "INVESTIGATOR", chart.staff.investigator, seen)
        if day < course["cycle_start"] + _EFFICACY_FROM or visit in INTERIM:
            return
        if visit in PRIMARY and u["assessor"] < getattr(told, PRIMARY[visit]):
            return
        self._one_staging(visit, day, date, "11:00", "ASSESSOR", chart.staff.assessor, chart.person.stages(day))

    def _one_staging(
        self, visit: str, day: int, date: str, time: str, role: str, by: Actor, stages: answers.Stages4
    ) -> None:
        items = answers.agvhd(self.chart.person, day, date, time, role, by.id, stages)
        self._staged = self.chart.origin + day
        self.chart.desk.enter("AGVHD", items, by=by, visit=visit)


def _discordant(stages: answers.Stages4, u: float) -> answers.Stages4:
    """Stages as another evaluator may see them: one organ (not the upper GI) a stage off."""
    organ = (0, 1, 3)[int(3 * u)]
    seen = list(stages)
    seen[organ] += 1 if seen[organ] == 0 else -1
    return tuple(seen)  # type: ignore[return-value]
