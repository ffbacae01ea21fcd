"""What befalls one subject after randomization, put on the queue: relapse, death, chronic GVHD, leaving, cross-over."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from equipoise.arrays import NEVER
from equipoise.conduct.consent import record_consent
from equipoise.conduct.leaving import leave
from equipoise.days import format_day
from equipoise.simulate import answers
from equipoise.simulate.adverse import AdverseEvents
from equipoise.simulate.course import NR

if TYPE_CHECKING:
    from equipoise.simulate.chart import Chart

_TIME, _LATER = "13:00", "16:30"
_WEEK = 7
_INFUSIONS_OF_CROSSOVER = 4
_ADULT_DAYS = 18 * 365.25
_CNI_ENDS = (110, 240)
_DECIDED, _TREATED = 30, 57
"""Elapsed days of the cycle: no response at day 28 ends study treatment; what still goes on after day 56 ends too."""
_STILL_GIVEN_DAYS = 10
_CGVHD_TREATED = 0.6
_WITHDRAWN_FOR_RELAPSE = 0.5
_LOST_AFTER, _ADJUDICATED_AFTER = (30, 60), (10, 45)


def _between(ends: tuple[int, int], u: float) -> int:
    return ends[0] + int(u * (ends[1] - ends[0]))


class Happenings:
    """Events of one subject under their arm."""

    def __init__(self, chart: Chart):
        self.chart, self.desk, self.habits = chart, chart.desk, chart.person.habits
        course = chart.person.course
        assert course is not None
        self.course = course
        self.events = AdverseEvents(chart)

    def schedule(self) -> None:
        """Put everything on the queue that happens while the subject is followed."""
        course = self.course
        for name, act in (
            ("relapse", self._relapse),
            ("dli", self._lymphocytes),
            ("cgvhd", self._chronic),
            ("severe_cgvhd", self._severe),
            ("new_therapy", self.chart.dosing.new_therapy),
            ("stop_visits", self._stop_visits),
        ):
            self._on(course[name], act)
        if course["crossover"] != NEVER:
            for k in range(1, _INFUSIONS_OF_CROSSOVER):
                self._on(course["crossover"] + k * _WEEK, partial(self._further_infusion))
        self._on(course["cycle_start"] + _DECIDED, self._decision)
        self._on(course["cycle_start"] + _TREATED, self._end_of_treatment)
        self._on(_between(_CNI_ENDS, self.habits[16]), self._stop_cni)
        if self.chart.person.age < answers.ADULT:
            comes_of_age = (
                int(_ADULT_DAYS - self.chart.person.age * 365.25) + 1 + self.chart.person.baseline["screening"]
            )
            self._on(max(comes_of_age + 14, 1), self._consent_again)
        self.events.schedule()
        self._ends()

    def _on(self, elapsed: int, act: Callable[[int], None], time: str = _TIME) -> None:
        """Let something happen on an elapsed day, if the subject is followed until then."""
        day = self.chart.origin + elapsed
        if elapsed != NEVER and self.chart.open(day):
            self.chart.run.at(self.chart.staff.instant(day, time), partial(act, day))

    # -- the end of follow-up ------------------------------------------------------------------------------------------

    def _ends(self) -> None:
        """Death, loss, withdrawal, or the last contact before the data cutoff: whichever ends follow-up."""
        chart, course = self.chart, self.course
        last = chart.run.cutoff - chart.origin
        ends = {"death": self._death, "lost": self._lost, "withdrawn": self._withdrawn}
        name = min(ends, key=lambda each: course[each])
        if course[name] <= last:
            day = chart.origin + course[name]
            chart.run.at(chart.staff.instant(day, _LATER), partial(ends[name], day))
        else:
            day = chart.run.cutoff - int(10 * self.habits[17])
            chart.run.at(chart.staff.instant(day, _LATER), partial(self._last_contact, day))

    def _last_contact(self, today: int) -> None:
        self.desk.enter("CONTACT", answers.contact(self.chart.person, today - self.chart.origin, format_day(today)))

    def _death(self, today: int) -> None:
        hour = 1 + int(22 * self.habits[18])
        items: answers.Items = {
            "DD_DATE": format_day(today),
            "DD_TIME": f"{hour:02d}:30",
            "DD_CAUSE": self.course["death_cause"],
        }
        self.chart.dosing.stop_steroid(today, "subject died")
        self.desk.fill("DEATH", items, today, by=self.chart.staff.investigator)
        self.events.fatal(today)
        self._adjudicate("DEATH_CAUSE", today, self.habits[19], AJ_CAUSE=self.course["death_cause"])

    def _lost(self, today: int) -> None:
        self.chart.run.after(_between(_LOST_AFTER, self.habits[20]), partial(self._leave_lost, today))

    def _leave_lost(self, since: int) -> None:
        attempts = "telephone twice; letter; family asked"
        self._leave("LOST_TO_FOLLOW_UP", "INVESTIGATOR", "not reached any more", since, attempts)

    def _withdrawn(self, today: int) -> None:
        self._leave("WITHDRAW_DATA", "SUBJECT", "withdrew the use of their data", today)

    def _stop_visits(self, today: int) -> None:
        self._leave("STOP_VISITS", "SUBJECT", "travel", today)

    def _decision(self, today: int) -> None:
        if self.course["response28"] == NR:
            self._leave("STOP_TREATMENT", "INVESTIGATOR", "no response at day 28", today)

    def _end_of_treatment(self, today: int) -> None:
        if self.course["response28"] != NR and today - self.chart.dosing.last_basiliximab < _STILL_GIVEN_DAYS:
            self._leave("STOP_TREATMENT", "INVESTIGATOR", "grade II or worse under continued treatment", today)

    def _leave(self, way: str, decided_by: str, reason: str, day: int, attempts: str = "") -> None:
        leave(
            self.chart.run.trial,
            by=self.chart.staff.investigator,
            subject=self.chart.subject,
            way=way,
            decided_by=decided_by,
            reason=reason,
            date=format_day(day),
            attempts=attempts,
        )

    # -- what happens on the way ---------------------------------------------------------------------------------------

    def _relapse(self, today: int) -> None:
        kind = "MORPHOLOGICAL" if self.habits[21] < 0.8 else "CYTOGENETIC_MOLECULAR"
        items: answers.Items = {"RL_DATE": format_day(today), "RL_TYPE": kind}
        self.desk.fill("RELAPSE", items, today, by=self.chart.staff.investigator)
        self._adjudicate("RELAPSE", today, self.habits[22])
        if self.habits[23] < _WITHDRAWN_FOR_RELAPSE:
            self.desk.fill("IS_WITHDRAWAL", {"IW_DATE": format_day(today)}, today)

    def _lymphocytes(self, today: int) -> None:
        self.desk.fill("DLI", {"DL_DATE": format_day(today), "DL_REASON": self.course["dli_reason"]}, today)

    def _chronic(self, today: int) -> None:
        self._chronic_form(today)
        self._adjudicate("CGVHD", today, self.habits[24])
        if self.course["cgvhd_severity"] > 1 and self.habits[25] < _CGVHD_TREATED:
            name = "SIROLIMUS" if self.habits[26] < 0.5 else "RUXOLITINIB"
            self._on(today - self.chart.origin + _WEEK, lambda day: self.chart.dosing.agent(day, name, "CGVHD"))

    def _severe(self, today: int) -> None:
        if self.course["severe_cgvhd"] != self.course["cgvhd"]:
            self._chronic_form(today)

    def _chronic_form(self, today: int) -> None:
        """An unscheduled form: who has signs comes to the clinic."""
        by = self.chart.staff.investigator
        elapsed = today - self.chart.origin
        items = answers.chronic_gvhd(self.chart.person, elapsed, format_day(today), "INVESTIGATOR", by.id)
        self.desk.fill("CGVHD", items, today, by=by)

    def _further_infusion(self, today: int) -> None:
        self.chart.dosing.infuse(today, "CROSSOVER")

    def _stop_cni(self, today: int) -> None:
        items = dict(self.chart.cni.record.payload or {}) | {"CN_STOP": format_day(today)}
        self.desk.correct(self.chart.cni, items, "stopped")

    def _consent_again(self, today: int) -> None:
        items: answers.Items = {
            "CO_DATE": format_day(today),
            "CO_TIME": "09:30",
            "CO_SIGNER": "SUBJECT",
            "CO_VERSION": self.chart.consent_version,
            "CO_LANGUAGE": "zh",
            "CO_FOLLOW_UP": "Y",
            "CO_SAMPLES": "Y",
        }
        record_consent(self.chart.run.trial, by=self.chart.staff.investigator, subject=self.chart.subject, items=items)

    def _adjudicate(self, what: str, event: int, u: float, **more: Any) -> None:
        """The masked assessor judges an event some weeks later, no later than the data cutoff."""
        chart = self.chart
        day = min(event + _between(_ADJUDICATED_AFTER, u), chart.run.cutoff)
        items = {
            "AJ_DATE": format_day(day),
            "AJ_WHAT": what,
            "AJ_EVALUATOR_ID": chart.staff.assessor.id,
            "AJ_CONFIRMED": "Y",
            "AJ_EVENT_DATE": format_day(event),
        } | more
        chart.run.at(chart.staff.instant(day, _LATER), partial(self._judge, items))

    def _judge(self, items: answers.Items) -> None:
        if not self.desk.closed:
            self.desk.enter("ADJUDICATION", items, by=self.chart.staff.assessor)
