"""A small trial written by hand, as the ledger holds it: for tests of datasets and analyses.

`TrialLog()` is an empty log; `log.subject("01-001", ...)` writes a subject's records, days counted from randomization.
Subjects have lower GI stage 1 to 4 as their only organ unless stages are given, so that grade II is stage 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from equipoise.days import date_of, format_day, parse_day
from equipoise.protocol.load import load_protocol
from equipoise.records.record import ALLOCATION, CLINICAL, SITE, SUBJECT, TREATMENT, Entry, Key, Record
from equipoise.store.entropy import SeededEntropy
from equipoise.store.memory import MemoryLedger

PROTOCOL_PATH = Path(__file__).resolve().parent.parent / "protocols" / "msc-sr-agvhd" / "protocol.yaml"
FIRST = parse_day("2016-03-01")
STREAM = {"ARM": TREATMENT, "ALLOCATION": ALLOCATION}

BSA = {0: "0", 1: "15", 2: "35", 3: "70"}
BILIRUBIN = {0: "0.8", 1: "2.5", 2: "4.5", 3: "10", 4: "20"}
STOOL = {0: "200", 1: "700", 2: "1200", 3: "1800"}


@lru_cache
def protocol() -> Any:
    """The index trial's protocol."""
    return load_protocol(PROTOCOL_PATH)


def staging(day: str, stages: tuple[int, int, int, int], evaluator: str = "ASSESSOR") -> dict[str, str]:
    """An acute GVHD form of an adult with these stages of skin, liver, upper and lower GI (lower GI 4 by blood)."""
    skin, liver, upper, lower = stages
    return {
        "GV_DATE": day,
        "GV_EVALUATOR": evaluator,
        "GV_BSA": BSA[skin],
        "GV_ERYTHRODERMA": "N",
        "GV_BULLAE": "N",
        "GV_BILIRUBIN": BILIRUBIN[liver],
        "GV_UGI": "PERSISTENT" if upper else "NONE",
        "GV_STOOL": STOOL[min(lower, 3)],
        "GV_STOOL_DAYS": "3",
        "GV_STOOL_URINE": "N",
        "GV_BLOOD": "Y" if lower == 4 else "N",
        "GV_PAIN": "N",
    }


class TrialLog:
    """A record log that tests fill by hand."""

    def __init__(self, ledger: Any = None) -> None:
        self.protocol = protocol()
        self.ledger = ledger or MemoryLedger(self.protocol.trial.id, SeededEntropy(1))
        self.number = 0
        self.today = FIRST

    @property
    def records(self) -> list[Record]:
        """All versions, in the order written."""
        return list(self.ledger.read())

    def write(
        self,
        subject: str,
        form: str,
        items: Mapping[str, Any],
        *,
        visit: str = "",
        repeat: int | None = None,
        at: int = 0,
        reason: str = "",
        unit_type: str = SUBJECT,
    ) -> Record:
        """Append one version; a new instance unless `repeat` names one. `at`: day of entry; never runs back."""
        self.today = max(self.today, at)
        forms = self.protocol.forms
        known = [
            r.key.repeat for r in self.ledger.of_unit(unit_type, subject) if (r.key.form, r.key.visit) == (form, visit)
        ]
        key = Key(unit_type, subject, form, visit, repeat if repeat is not None else max(known, default=0) + 1)
        current = self.ledger.current(key)
        return self.ledger.append(
            Entry(
                stream=STREAM.get(form) or (forms[form].stream if form in forms else CLINICAL) or CLINICAL,
                key=key,
                payload=items,
                author="tester",
                role="COORDINATOR",
                site=subject[:2],
                at=datetime.combine(date_of(self.today), datetime.min.time(), UTC) + timedelta(hours=12),
                reason=reason or ("corrected" if current else ""),
                protocol_version="1.0",
                form_hash=forms[form].hash if form in forms else "",
                expects=current.version if current else 0,
            )
        )

    def range(self, site: str, **items: str) -> Record:
        """A reference range of a site: `test`, `unit`, `low`, `high`, `version`, `effective`, `sex`, ..."""
        return self.write(site, "REFERENCE_RANGES", {f"LR_{k.upper()}": v for k, v in items.items()}, unit_type=SITE)

    def screened(
        self, subject: str, day: int = FIRST, *, fails: str = "", birth: str = "1986-05-04", sex: str = "M"
    ) -> None:
        """Screening and consent; with `fails`, its end for that reason."""
        date = format_day(day)
        self.write(subject, "SCREENING", {"SC_DATE": date, "SC_ATTEMPT": "1"}, at=day)
        self.write(
            subject,
            "CONSENT",
            {"CO_DATE": date, "CO_TIME": "08:30", "CO_SIGNER": "SUBJECT", "CO_VERSION": "1.0"},
            at=day,
        )
        self.write(subject, "DEMOG", {"DM_BIRTH": birth, "DM_SEX": sex}, visit="SCR", at=day)
        if fails:
            self.write(subject, "SCREENFAIL", {"SF_DATE": date, "SF_REASON": fails}, at=day)

    def subject(
        self,
        subject: str,
        arm: str,
        *,
        day: int = FIRST,
        baseline: tuple[int, int, int, int] = (0, 0, 0, 1),
        day28: tuple[int, int, int, int] | None = (0, 0, 0, 0),
        day56: tuple[int, int, int, int] | None = (0, 0, 0, 0),
        msc: tuple[int, ...] | None = None,
        basiliximab: tuple[int, ...] = (0, 2, 7),
        death: int | None = None,
        cause: str = "INFECTION",
        relapse: int | None = None,
        cgvhd: int | None = None,
        severe: bool = False,
        therapy: int | None = None,
        dli: int | None = None,
        contact: int | None = None,
        birth: str = "1986-05-04",
        sex: str = "M",
    ) -> None:
        """A randomized subject; numbers are elapsed days from randomization on `day`. Second-line start is that day.

        msc: days of MSC doses; when left out, 0, 7, 14, 21 in the MSC arm and none in the control arm. day28, day56:
        stages at elapsed day 27 and 55; None: not assessed. contact: last day on which the subject was seen alive.
        """
        self.screened(subject, day, birth=birth, sex=sex)
        self.number += 1

        def on(elapsed: int) -> str:
            return format_day(day + elapsed)

        history = {"TX_DATE": on(-40), "TX_DISEASE": "AML", "TX_STATUS": "CR", "TX_HLA": "MATCHED"}
        history |= {"TX_CONDITIONING": "BU_BASED", "TX_GRAFT": "PBSC", "TX_PROPHYLAXIS": "CSA_MTX_MMF_ATG"}
        self.write(subject, "TRANSPLANT", history, visit="SCR", at=day)
        self.write(subject, "GVHD_HISTORY", {"GH_ONSET": on(-10)}, visit="SCR", at=day)
        self.write(subject, "AGVHD", staging(on(0), baseline), visit="SCR", at=day)
        self.write(subject, "ALLOCATION", {"AL_POSITION": str(self.number)}, at=day)
        self.write(subject, "ARM", {"AR_ARM": arm}, at=day)
        self.write(subject, "RANDOMIZATION", {"RN_DATE": on(0), "RN_NUMBER": str(self.number)}, at=day)
        for dose in basiliximab:
            self.write(subject, "BASILIXIMAB", {"BX_DATE": on(dose), "BX_DOSE": "20"}, at=day + dose)
        doses = msc if msc is not None else (0, 7, 14, 21) if arm == "MSC" else ()
        for dose in doses:
            context = "PROTOCOL" if arm == "MSC" else "CROSSOVER"
            self.write(subject, "MSC", {"MS_DATE": on(dose), "MS_CONTEXT": context}, at=day + dose)
        for elapsed, stages, visit in ((27, day28, "D28"), (55, day56, "D56")):
            if stages is not None:
                self.write(subject, "AGVHD", staging(on(elapsed), stages), visit=visit, at=day + elapsed)
        self._events(subject, day, relapse=relapse, cgvhd=cgvhd, severe=severe, therapy=therapy, dli=dli)
        if contact is not None:
            self.write(subject, "CONTACT", {"CT_DATE": on(contact), "CT_STATUS": "ALIVE"}, at=day + contact)
        if death is not None:
            self.write(subject, "DEATH", {"DD_DATE": on(death), "DD_CAUSE": cause}, at=day + death)

    def _events(self, subject: str, day: int, **events: Any) -> None:
        def on(name: str) -> str:
            return format_day(day + events[name])

        if events["relapse"] is not None:
            self.write(subject, "RELAPSE", {"RL_DATE": on("relapse"), "RL_TYPE": "MORPHOLOGICAL"})
        if events["cgvhd"] is not None:
            items = {"CG_DATE": on("cgvhd"), "CG_EVALUATOR": "ASSESSOR", "CG_DIAGNOSTIC": "Y"}
            items |= {f"CG_{organ}": "0" for organ in ("MOUTH", "EYES", "GI", "LIVER", "LUNG", "JOINTS", "GENITAL")}
            items |= {"CG_SKIN_BSA": "0", "CG_SCLEROSIS": "NONE", "CG_MOUTH": "3" if events["severe"] else "1"}
            self.write(subject, "CGVHD", items)
        if events["therapy"] is not None:
            items = {"OA_START": on("therapy"), "OA_AGENT": "RUXOLITINIB", "OA_ROUTE": "ORAL", "OA_INDICATION": "AGVHD"}
            self.write(subject, "OTHER_AGENT", items)
        if events["dli"] is not None:
            self.write(subject, "DLI", {"DL_DATE": on("dli"), "DL_REASON": "TREATMENT"})
