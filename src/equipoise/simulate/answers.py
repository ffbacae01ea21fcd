"""What a virtual site writes on a form about a person on a day: items as entered.

Every function takes the person, the elapsed day and the text of its date, and returns the items of one form.
Assessments carry no chance of their own: a person asked twice about one day gives the same answer.
"""

from __future__ import annotations

from math import exp

from equipoise.records.record import Value
from equipoise.simulate.noise import place
from equipoise.simulate.people import Person

Items = dict[str, Value]
Stages4 = tuple[int, int, int, int]
YES, NO = "Y", "N"
ADULT = 18
"""Age in years from which subjects sign themselves."""
_ADULT_EPISODE_ML = 200
_SKIN, _LIVER, _UPPER, _LOWER = range(4)
_FEVER_DAYS = 3
_LIMIT_COPIES = "500"
RANGES = "1"
"""Version of the reference ranges that results name."""


def yes(answer: bool) -> str:
    """The code of an answer."""
    return YES if answer else NO


# -- acute GVHD --------------------------------------------------------------------------------------------------------


def agvhd(
    person: Person, day: int, date: str, time: str, evaluator: str, evaluator_id: str, stages: Stages4 | None = None
) -> Items:
    """Organ staging by an evaluator.

    Args:
        stages: what the evaluator sees; what is true when left out.
    """
    skin, liver, upper, lower = stages or person.stages(day)
    usual = person.scenario.organs
    rash = round(person.measure(_SKIN, skin, day, usual.skin_bsa)) if skin else 0
    bloody = lower == 4 and person.habits[1] < 0.6
    items: Items = {
        "GV_DATE": date,
        "GV_TIME": time,
        "GV_EVALUATOR": evaluator,
        "GV_EVALUATOR_ID": evaluator_id,
        "GV_BSA": str(rash),
        "GV_ERYTHRODERMA": yes(skin == 4),
        "GV_BULLAE": yes(skin == 4),
        "GV_DESQUAMATION": str(6 + round(20 * person.habits[2])) if skin == 4 else "0",
        "GV_BILIRUBIN": f"{person.measure(_LIVER, liver, day, usual.bilirubin_mg_dl):.1f}",
        "GV_BILIRUBIN_DATE": date,
        "GV_UGI": "PERSISTENT" if upper else "INTERMITTENT" if lower and person.habits[3] < 0.3 else "NONE",
        "GV_STOOL_DAYS": "3",
        "GV_STOOL_URINE": NO,
        "GV_BLOOD": yes(bloody),
        "GV_PAIN": yes(lower == 4 and not bloody),
        "GV_EATING": yes(not upper),
        "GV_STOOL_FORMED": yes(not lower),
        "GV_CONFIDENCE": "CONFIRMED" if person.habits[4] < 0.4 else "PROBABLE",
    }
    stool = _stool_ml(person, lower, day)
    items["GV_STOOL"] = str(stool)
    items["GV_EPISODES"] = str(round(stool / _ADULT_EPISODE_ML))
    for organ, stage in (("SKIN", skin), ("LIVER", liver), ("UGI", upper), ("LGI", lower)):
        if stage:
            items[f"GV_{organ}_CAUSE"] = "GVHD"
    return items


def _stool_ml(person: Person, stage: int, day: int) -> int:
    usual = person.scenario.organs
    if person.child:
        return round(person.measure(_LOWER, stage, day, usual.stool_ml_per_kg) * person.weight(day))
    return 10 * round(person.measure(_LOWER, stage, day, usual.stool_ml) / 10)


# -- visits ------------------------------------------------------------------------------------------------------------


def vitals(person: Person, day: int, date: str) -> Items:
    """Weight, vital signs, performance status."""
    at = place(day)
    fever = 1.9 if _feverish(person, day) else 0.0
    systolic = 118 + 12 * person.noise["systolic"][at]
    ill = max(person.stages(day)) if day < 200 else 0
    return {
        "VS_DATE": date,
        "VS_WEIGHT": f"{person.weight(day):.1f}",
        "VS_TEMPERATURE": f"{36.7 + 0.25 * person.noise['temperature'][at] + fever:.1f}",
        "VS_SYSTOLIC": str(round(systolic)),
        "VS_DIASTOLIC": str(round(0.63 * systolic)),
        "VS_PULSE": str(round(84 + 8 * person.noise["pulse"][at] + 8 * fever)),
        "VS_SPO2": str(min(100, round(97.3 + 1.0 * person.noise["oxygen"][at]))),
        "VS_ECOG": str(min(3, 1 + ill // 2)),
    }


def _feverish(person: Person, day: int) -> bool:
    if person.events is None:
        return False
    return any(first <= day <= first + _FEVER_DAYS for pair in person.events["infections"] for first in pair)


def chemistry(person: Person, day: int, date: str) -> Items:
    """Liver, kidney, electrolytes; the bilirubin is that of the staging of the day."""
    liver = person.paths[_LIVER].at(day)
    alt = person.level("alt", day) * (1 + 0.5 * liver)
    at = place(day)
    return {
        "LC_DATE": date,
        "LC_BILIRUBIN": f"{person.measure(_LIVER, liver, day, person.scenario.organs.bilirubin_mg_dl):.1f}",
        "LC_ALT": f"{alt:.0f}",
        "LC_AST": f"{0.8 * alt * exp(0.2 * person.noise['alp'][at]):.0f}",
        "LC_ALP": f"{person.level('alp', day) * (1 + 0.3 * liver):.0f}",
        "LC_CREATININE": f"{person.level('creatinine_mg_dl', day):.2f}",
        "LC_POTASSIUM": f"{4.0 + 0.35 * person.noise['pulse'][at]:.1f}",
        "LC_SODIUM": f"{138.5 + 2.5 * person.noise['oxygen'][at]:.0f}",
        "LC_RANGES": RANGES,
    }


def hematology(person: Person, day: int, date: str) -> Items:
    """Blood count."""
    neutrophils, lymphocytes = round(person.count("anc", day), 2), round(person.count("lymphocytes", day), 2)
    blood = person.scenario.labs.hemoglobin
    level = blood.mean + blood.sd * person.noise["hemoglobin"][place(day)]
    return {
        "LH_DATE": date,
        "LH_ANC": f"{neutrophils:.2f}",
        "LH_PLATELETS": f"{person.count('platelets', day):.0f}",
        "LH_WBC": f"{neutrophils + lymphocytes + 0.2:.2f}",
        "LH_LYMPHOCYTES": f"{lymphocytes:.2f}",
        "LH_HEMOGLOBIN": f"{max(level, 45):.0f}",
        "LH_RANGES": RANGES,
    }


def cardiac(person: Person, day: int, date: str) -> Items:
    """Myocardial enzymes."""
    at = place(day)
    return {
        "LK_DATE": date,
        "LK_CKMB": f"{12 * exp(0.35 * person.noise['pulse'][at]):.1f}",
        "LK_TROPONIN": f"{0.012 * exp(0.5 * person.noise['systolic'][at]):.3f}",
    }


def viral(person: Person, day: int, date: str) -> Items:
    """CMV and EBV DNA; below the limit of the assay it is entered as such."""
    labs = person.scenario.labs
    return {
        "LV_DATE": date,
        "LV_CMV": _copies(person, day, labs.cmv_positive_by_day60, person.habits[5], person.habits[6]),
        "LV_EBV": _copies(person, day, labs.ebv_positive_by_day60, person.habits[7], person.habits[8]),
    }


def _copies(person: Person, day: int, share: float, chance: float, when: float) -> Value:
    since = day - round(5 + 50 * when)
    if chance < share and 0 <= since <= 21:
        return f"{10 ** (3.2 + 1.5 * (1 - abs(since - 8) / 14) * (1 - chance / share / 2)):.0f}"
    return {"v": _LIMIT_COPIES, "q": "<"}


def cni_level(person: Person, day: int, date: str) -> Items:
    """Trough level of the calcineurin inhibitor."""
    return {"LT_DATE": date, "LT_DRUG": "CYCLOSPORINE", "LT_TROUGH": f"{person.level('cyclosporine_trough', day):.0f}"}


def marrow(person: Person, day: int, date: str) -> Items:
    """Bone marrow: remission, chimerism, residual disease."""
    relapsed = person.happens("relapse") <= day
    return {
        "BM_DATE": date,
        "BM_REMISSION": yes(not relapsed),
        "BM_CHIMERISM": f"{(60 if relapsed else 98) + 1.8 * person.habits[9]:.1f}",
        "BM_MRD": yes(relapsed),
    }


def chronic_gvhd(person: Person, day: int, date: str, evaluator: str, evaluator_id: str) -> Items:
    """NIH form of chronic GVHD: nothing before its onset, then signs and scores of the severity of the day."""
    severity = chronic_severity(person, day)
    organ = int(person.habits[10] * 3)
    normal_lung = 84 + 14 * person.habits[11]
    scores = {"CG_MOUTH": 0, "CG_EYES": 0, "CG_GI": 0, "CG_LIVER": 0, "CG_JOINTS": 0, "CG_GENITAL": 0}
    rash, lung, sclerosis = 0, normal_lung, "NONE"
    if severity >= 1:
        scores["CG_MOUTH"], rash = 1, 5 + round(10 * person.habits[12])
    if severity == 2:
        scores["CG_EYES" if organ else "CG_MOUTH"] = 2
    if severity == 3:
        scores["CG_EYES"] = 2
        if organ == 0:
            scores["CG_MOUTH"] = 3
        elif organ == 1:
            lung = 42 + 12 * person.habits[11]
        else:
            rash, sclerosis = rash + 20, "DEEP"
    return {
        "CG_DATE": date,
        "CG_EVALUATOR": evaluator,
        "CG_EVALUATOR_ID": evaluator_id,
        "CG_DIAGNOSTIC": yes(severity > 0),
        "CG_DISTINCTIVE": yes(severity > 1),
        "CG_CONFIRMED": yes(severity > 1),
        "CG_ACUTE": yes(severity > 0 and any(person.stages(day))),
        "CG_SKIN_BSA": str(rash),
        "CG_SCLEROSIS": sclerosis,
        **{item: str(score) for item, score in scores.items()},
        "CG_FEV1": f"{lung:.0f}",
    }


def chronic_severity(person: Person, day: int) -> int:
    """Severity of chronic GVHD on a day: 0 none, 1 mild, 2 moderate, 3 severe from the day it became so."""
    if day < person.happens("cgvhd"):
        return 0
    if day >= person.happens("severe_cgvhd"):
        return 3
    worst = person.course["cgvhd_severity"] if person.course else 0
    return min(max(worst, 1), 2)


# -- history and screening ---------------------------------------------------------------------------------------------


def transplant(person: Person, date: str) -> Items:
    """The transplant and what led to it."""
    base = person.baseline
    return {
        "TX_DATE": date,
        "TX_DISEASE": base["disease"],
        "TX_STATUS": base["disease_status"],
        "TX_HLA": base["hla"],
        "TX_CONDITIONING": base["conditioning"],
        "TX_GRAFT": base["graft"],
        "TX_PROPHYLAXIS": base["prophylaxis"],
    }


def eligibility(person: Person, date: str, infected: bool) -> Items:
    """The answers that the criteria read."""
    return {
        "EL_DATE": date,
        "EL_IS_TAPER_CAUSE": NO,
        "EL_DLI_CAUSE": NO,
        "EL_PRIOR_THERAPIES": "1" if person.habits[13] < 0.1 else "0",
        "EL_INFECTION": yes(infected),
        "EL_HEMORRHAGE": NO,
        "EL_SEVERE_CONDITION": NO,
    }


def steroid(mg: float, start: str, reason: str, stop: str = "") -> Items:
    """A period at one dose of methylprednisolone."""
    items: Items = {
        "ST_START": start,
        "ST_DRUG": "METHYLPREDNISOLONE",
        "ST_DOSE": f"{mg:g}",
        "ST_ROUTE": "IV",
        "ST_REASON": reason,
    }
    return items | {"ST_STOP": stop} if stop else items


def contact(person: Person, day: int, date: str) -> Items:
    """A contact that shows the person alive."""
    return {"CT_DATE": date, "CT_STATUS": "ALIVE"}


AT_VISITS = {
    "VITALS": vitals,
    "CHEMISTRY": chemistry,
    "HEMATOLOGY": hematology,
    "CARDIAC": cardiac,
    "VIRAL": viral,
    "CNI_LEVEL": cni_level,
    "MARROW": marrow,
    "CONTACT": contact,
}
"""Forms of visits that the subject's day alone decides."""
SCREENED = {name: AT_VISITS[name] for name in ("VITALS", "CHEMISTRY", "HEMATOLOGY", "CARDIAC", "VIRAL", "MARROW")}
"""Those filled on the day of screening."""
