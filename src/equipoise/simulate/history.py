"""What a site writes down at screening: the person, consent, the transplant, and the road to steroid resistance."""

from __future__ import annotations

from equipoise.conduct.capture import Captured
from equipoise.days import format_day
from equipoise.simulate import answers
from equipoise.simulate.answers import Items
from equipoise.simulate.desk import Desk
from equipoise.simulate.people import Person

_YEAR_DAYS = 365.25
_REDUCED = 0.7
"""Part of the dose that a taper before the trial had reached."""
_TAPER_FROM = 7
"""Days after steroid start on which that taper began; the first better staging is a day before."""


class History:
    """History of one subject at screening.

    Args:
        origin: calendar day of (planned) randomization.
    """

    def __init__(self, desk: Desk, person: Person, origin: int):
        self.desk, self.person, self.origin = desk, person, origin

    def _day(self, what: str) -> int:
        return self.origin + self.person.baseline[what]

    def demography(self, screened: int) -> None:
        """Birth and sex."""
        born = screened - round(self.person.age * _YEAR_DAYS)
        sex = "F" if self.person.baseline["female"] else "M"
        self.desk.enter("DEMOG", {"DM_BIRTH": format_day(born), "DM_SEX": sex})

    def consent(self, day: int) -> Items:
        """The signed consent form: a guardian's with the minor's assent below 18 years, else the subject's own."""
        minor = self.person.age < answers.ADULT
        trial = self.desk.run.trial
        approved = [
            one for one in trial.protocols.latest.consent.versions if one.effective.isoformat() <= format_day(day)
        ]
        items: Items = {
            "CO_DATE": format_day(day),
            "CO_TIME": "08:40",
            "CO_SIGNER": "GUARDIAN" if minor else "SUBJECT",
            "CO_VERSION": approved[-1].id,
            "CO_LANGUAGE": "zh",
            "CO_FOLLOW_UP": "Y",
            "CO_SAMPLES": answers.yes(self.person.habits[15] < 0.9),
        }
        return items | {"CO_ASSENT": "Y"} if minor else items

    def before_randomization(self) -> Captured:
        """Transplant, GVHD, drugs, the stagings that show resistance. Returns the steroid form that is still open."""
        desk, base = self.desk, self.person.baseline
        desk.enter("TRANSPLANT", answers.transplant(self.person, format_day(self._day("transplant"))), visit="SCR")
        begun = format_day(self._day("steroid_start"))
        desk.enter("GVHD_HISTORY", {"GH_ONSET": format_day(self._day("onset")), "GH_STEROID_START": begun}, visit="SCR")
        self._prophylaxis()
        better = base["steroid_start"] + _TAPER_FROM - 1
        days = [base["steroid_start"], base["resistant"]]
        if base["criterion"].startswith("C"):
            days.insert(1, better)
        for day in days:
            date = format_day(self.origin + day)
            desk.enter("VITALS", answers.vitals(self.person, day, date))
            by = desk.staff.investigator
            desk.enter("AGVHD", answers.agvhd(self.person, day, date, "09:00", "INVESTIGATOR", by.id), by=by)
        return self._steroids()

    def _prophylaxis(self) -> None:
        """Cyclosporine since before the transplant, and mycophenolate in those who were given it."""
        since = format_day(self._day("transplant") - 1)
        dose = 25 * round(self.person.screening_weight * 3 / 25)
        items: Items = {"CN_START": since, "CN_DRUG": "CYCLOSPORINE", "CN_DOSE": str(dose), "CN_REASON": "FIRST_CHOICE"}
        self.cni = self.desk.enter("CNI", items)
        if self.person.baseline["prophylaxis"] == "CSA_MTX_MMF_ATG":
            agent: Items = {
                "OA_START": since,
                "OA_AGENT": "MYCOPHENOLATE",
                "OA_DOSE": "1000",
                "OA_ROUTE": "ORAL",
                "OA_INDICATION": "PROPHYLAXIS",
            }
            self.desk.fill("OTHER_AGENT", agent, self._day("screening"), partial_date="OA_START", late=False)

    def _steroids(self) -> Captured:
        """The periods at one dose that led to resistance; the last one is still open."""
        base, mg = self.person.baseline, self.person.baseline["steroid_mg"]
        start, resistant = self._day("steroid_start"), self._day("resistant")
        if not base["criterion"].startswith("C"):
            return self._period(mg, start, "FIRST_LINE")
        self._period(mg, start, "FIRST_LINE", start + _TAPER_FROM - 1)
        self._period(_REDUCED * mg, start + _TAPER_FROM, "TAPER", resistant - 1)
        if base["criterion"] == "C1":
            return self._period(mg, resistant, "FLARE")
        return self._period(_REDUCED * mg, resistant, "TAPER_WITHHELD_ACTIVE_GVHD")

    def _period(self, mg: float, start: int, reason: str, stop: int | None = None) -> Captured:
        last = "" if stop is None else format_day(stop)
        return self.desk.enter("STEROID", answers.steroid(round(mg, 3), format_day(start), reason, last))
