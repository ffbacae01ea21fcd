"""One subject at a virtual site: screening, randomization, and the look at what is due, day by day.

The site asks the trial what is due (`Trial.due`), holds the visits and gives the doses whose day has come, and plans
its next look for the next day on which something is. It knows the protocol only through what is due.
"""

from __future__ import annotations

from functools import partial

from equipoise.arrays import NEVER
from equipoise.conduct.consent import record_consent
from equipoise.conduct.eligibility import assess_eligibility
from equipoise.conduct.randomization import randomize
from equipoise.conduct.screening import end_screening, screen
from equipoise.days import format_day
from equipoise.simulate import answers
from equipoise.simulate.course import WINDOW_CLOSED
from equipoise.simulate.desk import Desk
from equipoise.simulate.dosing import Dosing
from equipoise.simulate.habits import Habits
from equipoise.simulate.happenings import Happenings
from equipoise.simulate.history import History
from equipoise.simulate.people import People, Person
from equipoise.simulate.run import Run
from equipoise.simulate.staff import Staff
from equipoise.simulate.visiting import Visiting
from equipoise.state.due import Due

ELIGIBLE, WITHDRAWS, EXCLUDED = "eligible", "withdraws consent", "excluded"
_DAY_28, _DAY_56 = 27, 55
"""Elapsed days of the cycle of the two primary visits."""
_MSC_MAY_START = 8
"""Days from second-line start after which a subject without MSC stays so."""
_CRITERION_OF_INFECTION = "EXC3"
_MORNING, _LOOK, _NOON, _AFTERNOON = "09:00", "09:30", "14:00", "15:00"


class Chart:
    """One subject: who they are, where they are, what was done.

    Args:
        screened: calendar day of screening. outcome: what becomes of the screening.
    """

    def __init__(self, run: Run, people: People, staff: Staff, habits: Habits, row: int, screened: int, outcome: str):
        self.run, self.people, self.staff, self.habits = run, people, staff, habits
        self.person: Person = people.person(row)
        self.screened, self.outcome = screened, outcome
        self.origin = screened - self.person.baseline["screening"]
        self.until = int(NEVER)
        self._looks: set[int] = set()
        self._asked = screened  # the last day for which it was asked ahead what is due
        self.gives_msc = False

    # -- screening -----------------------------------------------------------------------------------------------------

    def screen(self) -> None:
        """Screening day: history, consent, the forms of screening."""
        run, staff = self.run, self.staff
        self.subject = screen(run.trial, by=staff.coordinator, site=staff.site, date=format_day(self.screened))
        self.desk = Desk(run, staff, self.habits, self.subject)
        history = History(self.desk, self.person, self.origin)
        history.demography(self.screened)
        consent = history.consent(self.screened)
        self.consent_version = str(consent["CO_VERSION"])
        record_consent(run.trial, by=staff.investigator, subject=self.subject, items=consent)
        if self.outcome == WITHDRAWS:
            run.at(staff.instant(self.screened + 1, _MORNING), partial(self._end_screening, "WITHDREW_CONSENT", ""))
            return
        self.steroid = history.before_randomization()
        self.cni = history.cni
        due = run.trial.due(self.subject, self.screened)
        for form, visit in due.forms:
            if form in answers.SCREENED:
                items = answers.SCREENED[form](self.person, self.screened - self.origin, format_day(self.screened))
                self.desk.enter(form, items, visit=visit)
        run.at(staff.instant(self.origin, _NOON), self.randomize)

    def _end_screening(self, reason: str, criterion: str) -> None:
        end_screening(
            self.run.trial, by=self.staff.investigator, subject=self.subject, reason=reason, criterion=criterion
        )

    def randomize(self) -> None:
        """The last staging before randomization, the criteria, and the slot."""
        run, by, date = self.run, self.staff.investigator, format_day(self.origin)
        for form, visit in run.trial.due(self.subject, self.origin).forms:
            if form == "AGVHD":
                staging = answers.agvhd(self.person, 0, date, "08:30", "INVESTIGATOR", by.id)
                self.desk.enter(form, staging, by=by, visit=visit)
            elif form == "ELIGIBILITY":
                self.desk.enter(
                    form, answers.eligibility(self.person, date, self.outcome == EXCLUDED), by=by, visit=visit
                )
        assess_eligibility(run.trial, by=by, subject=self.subject)
        if self.outcome == EXCLUDED:
            self._end_screening("NOT_ELIGIBLE", _CRITERION_OF_INFECTION)
            return
        assignment = randomize(run.trial, by=by, subject=self.subject)
        self.people.follow(self.person, assignment.arm)
        self.gives_msc = self.people.gives_msc[assignment.arm]
        self._begin()

    def _begin(self) -> None:
        course = self.person.course
        assert course is not None
        self.until = min(course["death"] - 1, course["lost"], course["withdrawn"], self.run.cutoff - self.origin)
        self.visiting = Visiting(self)
        self.dosing = Dosing(self)
        Happenings(self).schedule()
        self.plan(self.origin + course["sl_start"])
        if course["msc_start"] != NEVER:
            self.plan(self.origin + course["msc_start"])

    # -- the look at what is due ---------------------------------------------------------------------------------------

    def open(self, today: int) -> bool:
        """Whether the subject is there on a day: alive, not lost, before the data cutoff."""
        return today - self.origin <= self.until

    def plan(self, day: int) -> None:
        """Look at what is due on a day."""
        if day not in self._looks and self.open(day):
            self._looks.add(day)
            time = _AFTERNOON if day == self.origin else _LOOK
            self.run.at(self.staff.instant(day, time), partial(self.look, day))

    def look(self, today: int) -> None:
        """Do what is due today, plan the days ahead, and plan the next look."""
        due = self.due(today)
        if self.dosing.first_doses(due, today):
            due = self.due(today)
        self.visiting.decide(due, today, today)
        if self.dosing.rests_on_grade(due, today):
            self.visiting.stage_if_old(today)
            due = self.due(today)
        self.dosing.give(due, today)
        if due.next_day > self._asked:
            self._plan_ahead(due, today)

    def _plan_ahead(self, due: Due, today: int) -> None:
        """Ask for the coming days, as far as nothing that is due then rests on what is not known yet."""
        until = self._foreseen(today)
        while due.next_day <= until and self.open(due.next_day):
            self._asked = due.next_day
            due = self.due(self._asked)
            self.visiting.decide(due, self._asked, today)
            self.dosing.expect(due, today)
        if due.next_day != NEVER:
            self.plan(due.next_day)

    def _foreseen(self, today: int) -> int:
        """The last day for which visits and fixed doses are known.

        Before the cycle begins, the day before it; then the decision of day 28; after that window, day 56; later only
        today, as conditions of visits may change from one to the next.
        """
        course = self.person.course
        assert course is not None
        cycle, elapsed = course["cycle_start"], today - self.origin
        waits = self.gives_msc and course["msc_start"] == NEVER
        begins = course["sl_start"] + _MSC_MAY_START if waits else cycle
        if elapsed < begins:
            return self.origin + begins - 1
        if elapsed <= cycle + _DAY_28:
            return self.origin + cycle + _DAY_28
        if cycle + WINDOW_CLOSED <= elapsed <= cycle + _DAY_56:
            return self.origin + cycle + _DAY_56
        return today

    def due(self, today: int) -> Due:
        """What is due on a day."""
        return self.run.trial.due(self.subject, today)
