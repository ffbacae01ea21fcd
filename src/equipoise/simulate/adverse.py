"""Adverse events of one subject on their forms: AE at onset, its end later, SAE where it is serious."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from equipoise.arrays import NEVER
from equipoise.days import format_day
from equipoise.simulate.answers import Items, yes
from equipoise.simulate.safety import ORGANISMS

if TYPE_CHECKING:
    from equipoise.conduct.capture import Captured
    from equipoise.simulate.chart import Chart

TERMS = {
    "VIRAL": "Cytomegalovirus infection",
    "BACTERIAL": "Bacterial sepsis",
    "FUNGAL": "Invasive aspergillosis",
    "OTHER": "Infection without organism",
    "platelets": "Platelet count decreased",
    "neutrophils": "Neutrophil count decreased",
    "both": "Platelet and neutrophil counts decreased",
    "GASTROINTESTINAL": "Mucositis",
    "HEPATOBILIARY": "Alanine aminotransferase increased",
    "METABOLIC": "Hypokalaemia",
    "RENAL": "Haemorrhagic cystitis",
    "NEUROLOGIC": "Headache",
    "CARDIAC": "Heart failure",
    "SKIN": "Drug eruption",
    "VASCULAR": "Thrombotic microangiopathy",
}
OF_DEATH = {
    "AGVHD": ("OTHER", "Acute graft-versus-host disease"),
    "CGVHD": ("OTHER", "Chronic graft-versus-host disease"),
    "INFECTION": ("INFECTION", "Septic shock"),
    "HEMORRHAGE": ("HEMORRHAGE", "Visceral haemorrhage"),
    "TMA": ("VASCULAR", "Thrombotic microangiopathy"),
    "RELAPSE": ("OTHER", "Relapse of the malignancy"),
    "OTHER": ("OTHER", "Organ failure"),
}
"""Class and term of the fatal event for each cause of death."""
SAFETY_DAYS = 180
"""Events are asked for so many days after the last study drug."""
_TIME, _LATER = "12:00", "16:00"
_SEVERE = 3
_INFECTION_DAYS, _OTHER_DAYS = 14, 9


class AdverseEvents:
    """The adverse events of one subject under their arm."""

    def __init__(self, chart: Chart):
        self.chart, self.desk = chart, chart.desk
        events, course = chart.person.events, chart.person.course
        assert events is not None
        assert course is not None
        self.events, self.course = events, course

    def schedule(self) -> None:
        """Put every event on the queue that begins while the subject is followed."""
        events = self.events
        serious, serious_class = events["serious"], events["serious_class"]
        for k, organism in enumerate(ORGANISMS):
            for first, grade4 in zip(events["infections"][k], events["infection_grade4"][k]):
                is_serious = serious_class == "INFECTION" and first == serious
                self._on(first, "INFECTION", TERMS[organism], 4 if grade4 else 3, _INFECTION_DAYS, is_serious, organism)
        for k, first in enumerate(events["cytopenias"]):
            is_serious = serious_class == "HEMATOLOGIC" and first == serious
            self._on(
                first,
                "HEMATOLOGIC",
                TERMS[events["cytopenia_kind"][k]],
                self._grade(k),
                events["cytopenia_days"][k],
                is_serious,
            )
        grade = 4 if events["other_grade4"] else 3
        self._on(events["other"], events["other_class"], TERMS[events["other_class"]], grade, _OTHER_DAYS, False)
        for first, name, grade2 in zip(events["mild"], events["mild_class"], events["mild_grade2"]):
            self._on(first, name, TERMS[name], 2 if grade2 else 1, _OTHER_DAYS, False)
        if serious_class not in ("INFECTION", "HEMATOLOGIC"):
            self._on(serious, serious_class, TERMS[serious_class], 3, _OTHER_DAYS, True)

    def _grade(self, k: int) -> int:
        """CTCAE grade of a cytopenia by its lowest counts."""
        events = self.events
        deep = events["cytopenia_kind"][k] != "neutrophils" and events["platelets_nadir"][k] < 25
        return 4 if deep or (events["cytopenia_kind"][k] != "platelets" and events["anc_nadir"][k] < 0.5) else 3

    def _on(self, first: int, name: str, term: str, grade: int, days: int, serious: bool, organism: str = "") -> None:
        day = self.chart.origin + first
        if first == NEVER or not self.chart.open(day):
            return
        items: Items = {
            "AE_START": format_day(day),
            "AE_TERM": term,
            "AE_CLASS": name,
            "AE_GRADE": str(grade),
            "AE_SERIOUS": yes(serious),
            "AE_CAUSE_MSC": "UNRELATED",
            "AE_CAUSE_BASILIXIMAB": "POSSIBLE" if name == "INFECTION" else "UNRELATED",
            "AE_OUTCOME": "RECOVERING",
        }
        if organism:
            items["AE_ORGANISM"] = organism
        self.chart.run.at(self.chart.staff.instant(day, _TIME), partial(self._begins, items, day, days, grade))

    def _begins(self, items: Items, day: int, days: int, grade: int) -> None:
        """An event is entered when it is over; a serious one, and one that lasts to the end of follow-up, at once."""
        if day > self.chart.dosing.last_drug + SAFETY_DAYS:
            return
        end = day + days
        over = items | {"AE_STOP": format_day(end), "AE_OUTCOME": "RECOVERED"}
        serious, ends = items["AE_SERIOUS"] == "Y", self.chart.open(end)
        if ends and not serious:
            mild = "AE_START" if grade < _SEVERE else ""
            self.chart.run.at(
                self.chart.staff.instant(end, _LATER), partial(self.desk.fill, "AE", over, end, partial_date=mild)
            )
            return
        entered = self.desk.enter("AE", items)
        if serious:
            self._report(items, day, entered.record.key.repeat, "HOSPITALIZATION", "RECOVERING")
        if ends:
            self.chart.run.at(self.chart.staff.instant(end, _LATER), partial(self._over, entered, over))

    def _over(self, entered: Captured, items: Items) -> None:
        if not self.desk.closed:
            self.desk.correct(entered, items, "event is over")

    def _report(self, ae: Items, day: int, number: int, criterion: str, outcome: str) -> None:
        date = format_day(day)
        items: Items = {
            "SA_ONSET": date,
            "SA_AE": str(number),
            "SA_TERM": ae["AE_TERM"],
            "SA_CLASS": ae["AE_CLASS"],
            "SA_CRITERIA": criterion,
            "SA_SITE_AWARE": f"{date}T12:30",
            "SA_SPONSOR_AWARE": f"{date}T18:00",
            "SA_CAUSE_MSC": "UNRELATED",
            "SA_CAUSE_BASILIXIMAB": "UNRELATED",
            "SA_CAUSE_CNI": "UNRELATED",
            "SA_FOLLOW_UP": "0",
            "SA_OUTCOME": outcome,
        }
        self.desk.enter("SAE", items, by=self.chart.staff.investigator)

    def fatal(self, today: int) -> None:
        """The event that the subject died of, where it is reported: in the safety window."""
        if today > self.chart.dosing.last_drug + SAFETY_DAYS or not self.events["fatal_reported"]:
            return
        name, term = OF_DEATH[self.course["death_cause"]]
        items: Items = {
            "AE_START": format_day(today),
            "AE_TERM": term,
            "AE_CLASS": name,
            "AE_GRADE": "5",
            "AE_SERIOUS": "Y",
            "AE_CAUSE_MSC": "UNRELATED",
            "AE_CAUSE_BASILIXIMAB": "UNRELATED",
            "AE_OUTCOME": "FATAL",
        }
        entered = self.desk.enter("AE", items)
        self._report(items, today, entered.record.key.repeat, "DEATH", "FATAL")
