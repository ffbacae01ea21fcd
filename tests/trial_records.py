"""Histories by hand for tests: filled forms of a subject, counted in days from randomization.

A history is a list of `(form, items)` or `(form, items, visit)`; `subject_tables` folds it as the gateway does.
`adherent` is a subject treated exactly to plan; tests change one thing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from equipoise.days import format_day, parse_day
from equipoise.protocol.load import load_protocol
from equipoise.records.record import Key
from equipoise.state.axes import arm_places, treatment_of
from equipoise.state.derive import Treatment
from equipoise.state.tables import SubjectTables, Tables, TrialTables, layouts

ROOT = Path(__file__).resolve().parent.parent
ZERO = parse_day("2018-03-01")
"""Day of randomization of the subjects here."""
STREAMS = {"MSC": "treatment", "OTHER_AGENT": "treatment"}
Filled = tuple


@dataclass(frozen=True)
class Written:
    """As much of a record as tables read."""

    stream: str
    position: int
    key: Key
    payload: Mapping[str, Any] | None
    site: str = "01"


@lru_cache
def index_protocol() -> Any:
    """The index trial's protocol."""
    return load_protocol(ROOT / "protocols" / "msc-sr-agvhd" / "protocol.yaml")


def record(subject: str, form: str, payload: Mapping[str, Any] | None, position: int, *, visit="", repeat=1) -> Written:
    """One version of a filled form."""
    return Written(STREAMS.get(form, "clinical"), position, Key("subject", subject, form, visit, repeat), payload)


def history(subject: str, forms: Iterable[Filled], start: int = 1) -> list[Written]:
    """Records of filled forms, their repeats counted up."""
    repeats: dict[tuple[str, str], int] = {}
    records = []
    for position, (form, payload, *rest) in enumerate(forms, start):
        visit = rest[0] if rest else ""
        repeats[form, visit] = repeats.get((form, visit), 0) + 1
        records.append(record(subject, form, payload, position, visit=visit, repeat=repeats[form, visit]))
    return records


def subject_tables(forms: Iterable[Filled], subject: str = "01-001", protocol: Any = None) -> SubjectTables:
    """The tables of one subject with these forms."""
    tables = SubjectTables(subject, layouts(protocol or index_protocol()))
    for each in history(subject, forms):
        tables.fold(each)
    return tables


def trial_tables(subjects: Mapping[str, Iterable[Filled]], protocol: Any = None) -> TrialTables:
    """The tables of several subjects, by their keys."""
    records: list[Written] = []
    for subject, forms in subjects.items():
        records += history(subject, forms, len(records) + 1)
    return TrialTables.of(records, layouts(protocol or index_protocol()))


def treated(tables: Tables, *arms: str) -> Treatment:
    """The treatment of subjects in these arms ("" for one who was not randomized)."""
    return treatment_of(tables, arm_places(list(arms), index_protocol()), index_protocol())


def on(elapsed: int) -> str:
    """The date so many days after randomization."""
    return format_day(ZERO + elapsed)


# -- forms -----------------------------------------------------------------------------------------------------------

SKIN = [{"GV_BSA": "0"}, {"GV_BSA": "10"}, {"GV_BSA": "30"}, {"GV_BSA": "60"}]
SKIN_4 = {"GV_BSA": "90", "GV_ERYTHRODERMA": "Y", "GV_BULLAE": "Y", "GV_DESQUAMATION": "6"}
LIVER = ["0.8", "2.5", "4", "8", "20"]
LOWER_GI = ["100", "600", "1200", "1800"]


def staging(elapsed: int, stages: str, by: str = "ASSESSOR", time: str = "", **items: str) -> Filled:
    """A staging form whose measurements give the stages "skin liver upper lower"; "?" is an organ not evaluated."""
    skin, liver, upper, lower = stages.split()
    form = {
        "GV_DATE": on(elapsed),
        "GV_EVALUATOR": by,
        "GV_BULLAE": "N",
        "GV_DESQUAMATION": "0",
        "GV_ERYTHRODERMA": "N",
    }
    form |= {} if skin == "?" else SKIN_4 if skin == "4" else SKIN[int(skin)]
    form |= {} if liver == "?" else {"GV_BILIRUBIN": LIVER[int(liver)]}
    form |= {} if upper == "?" else {"GV_UGI": ["NONE", "PERSISTENT"][int(upper)]}
    form |= (
        {}
        if lower == "?"
        else {"GV_STOOL": LOWER_GI[min(int(lower), 3)], "GV_BLOOD": "NY"[lower == "4"], "GV_PAIN": "N"}
    )
    return "AGVHD", form | ({"GV_TIME": time} if time else {}) | items


def both(elapsed: int, stages: str) -> list[Filled]:
    """The same staging by the investigator and by the masked assessor."""
    return [staging(elapsed, stages, "INVESTIGATOR"), staging(elapsed, stages)]


def weight(elapsed: int, kg: str = "60") -> Filled:
    return "VITALS", {"VS_DATE": on(elapsed), "VS_WEIGHT": kg}


def steroid(first: int, last: int | None, mg: float, reason: str = "CONTINUED", **items: str) -> Filled:
    """Methylprednisolone from a first to a last day (None: goes on)."""
    stop = {} if last is None else {"ST_STOP": on(last)}
    form = {
        "ST_START": on(first),
        "ST_DRUG": "METHYLPREDNISOLONE",
        "ST_DOSE": f"{mg:g}",
        "ST_ROUTE": "IV",
        "ST_REASON": reason,
    }
    return "STEROID", form | stop | items


def basiliximab(elapsed: int, mg: str = "20", **items: str) -> Filled:
    return "BASILIXIMAB", {"BX_DATE": on(elapsed), "BX_DOSE": mg} | items


def msc(elapsed: int, context: str = "PROTOCOL", **items: str) -> Filled:
    """75 million cells of 80 % viability in a bag of 100 mL, all given at 60 kg: 1 million viable cells/kg."""
    form = {
        "MS_DATE": on(elapsed),
        "MS_CONTEXT": context,
        "MS_TOTAL": "75",
        "MS_VIABILITY": "80",
        "MS_BAG_VOLUME": "100",
    }
    return "MSC", form | {"MS_VOLUME": "100", "MS_WEIGHT": "60", "MS_WATCH": "Y"} | items


def agent(elapsed: int, name: str = "RUXOLITINIB", indication: str = "AGVHD", **items: str) -> Filled:
    return "OTHER_AGENT", {
        "OA_START": on(elapsed),
        "OA_AGENT": name,
        "OA_INDICATION": indication,
        "OA_ROUTE": "ORAL",
    } | items


def death(elapsed: int, cause: str = "INFECTION") -> Filled:
    return "DEATH", {"DD_DATE": on(elapsed), "DD_CAUSE": cause}


def relapse(elapsed: int, kind: str = "MORPHOLOGICAL", **items: str) -> Filled:
    return "RELAPSE", {"RL_DATE": on(elapsed), "RL_TYPE": kind} | items


def contact(elapsed: int) -> Filled:
    return "CONTACT", {"CT_DATE": on(elapsed), "CT_STATUS": "ALIVE"}


def leave(elapsed: int, way: str, **items: str) -> Filled:
    return "LEAVE", {"XT_DATE": on(elapsed), "XT_TYPE": way} | items


def randomization(elapsed: int = 0, time: str = "10:00") -> Filled:
    return "RANDOMIZATION", {"RN_DATE": on(elapsed), "RN_TIME": time}


def screening(born: str = "1980-02-03") -> list[Filled]:
    """Screening of a subject who meets criterion A: 2 mg/kg from day -7, lower GI worse on day -1."""
    answers = dict.fromkeys(
        ("EL_IS_TAPER_CAUSE", "EL_DLI_CAUSE", "EL_INFECTION", "EL_HEMORRHAGE", "EL_SEVERE_CONDITION"), "N"
    )
    return [
        ("SCREENING", {"SC_DATE": on(-3)}),
        ("DEMOG", {"DM_BIRTH": born, "DM_SEX": "F"}),
        ("CONSENT", {"CO_DATE": on(-2), "CO_TIME": "09:00"}),
        ("ELIGIBILITY", {"EL_DATE": on(-1), "EL_PRIOR_THERAPIES": "1"} | answers),
        *(weight(day) for day in range(-8, 60, 6)),
        *both(-7, "2 0 0 2"),
        *both(-1, "2 0 0 3"),
    ]


def taper() -> list[Filled]:
    """120 mg/day at 60 kg, tapered on SL day 4, 9, 14 and 19 to 70, 40, 10 and 0 %."""
    return [
        steroid(-7, 2, 120, "FIRST_LINE"),
        steroid(3, 7, 84, "TAPER"),
        steroid(8, 12, 48, "TAPER"),
        steroid(13, 17, 12, "TAPER"),
    ]


def adherent(arm: str) -> list[Filled]:
    """A subject treated to plan, in complete response at day 28; second line starts on the day of randomization.

    Basiliximab on SL day 1, 3, 8 and 15, then grade I; MSC on SL day 4, 11, 18 and 25; response on cycle day 28.
    """
    infusions = [msc(day) for day in (3, 10, 17, 24)] if arm == "MSC" else []
    day28 = 30 if arm == "MSC" else 27
    return [
        *screening(),
        randomization(),
        *taper(),
        *(basiliximab(day) for day in (0, 2, 7, 14)),
        *infusions,
        *both(14, "1 0 0 1"),
        *both(20, "1 0 0 0"),
        *both(day28, "0 0 0 0"),
        contact(70),
    ]


def without(forms: list[Filled], form: str, date: str = "") -> list[Filled]:
    """The forms without those of a kind (dated so)."""
    return [each for each in forms if not (each[0] == form and (not date or date in each[1].values()))]
