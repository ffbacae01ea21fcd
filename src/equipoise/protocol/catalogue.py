"""Catalogue of derived values: the names that rules may use beside the items of a form.

A derived value is what the records of one subject mean on one day. `state/catalogue.py` computes exactly these; a value
that the records do not settle is missing, so that a rule that needs it says unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

from equipoise.messages import Text
from equipoise.rules import BOOL, DATE, DOUBLE, Type

RESPONSE = Type("string", frozenset({"CR", "PR", "NR"}))


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived value.

    Args:
        type: what it is in a rule. Grades and counts are numbers.
        unit: unit of a number; "" for none.
        meaning: definition, for readers of the protocol.
        source: forms that it is derived from.
    """

    name: str
    type: Type
    unit: str
    meaning: Text
    source: tuple[str, ...]


_ENTRIES = (
    Derived(
        "age_years", DOUBLE, "years",
        Text("Age in completed years on the day of first consent", "首次签署知情同意当日的周岁年龄"),
        ("DEMOG", "CONSENT"),
    ),
    Derived("sex", Type("string", frozenset("MF")), "", Text("Sex", "性别"), ("DEMOG",)),
    Derived("birth_date", DATE, "", Text("Date of birth", "出生日期"), ("DEMOG",)),
    Derived(
        "consented", BOOL, "",
        Text("Valid consent is in force", "已签署有效的知情同意书"), ("CONSENT", "LEAVE"),
    ),
    Derived("consent_date", DATE, "", Text("Date of first consent", "首次签署知情同意日期"), ("CONSENT",)),
    Derived("transplant_date", DATE, "", Text("Date of transplant", "移植日期"), ("TRANSPLANT",)),
    Derived("randomization_date", DATE, "", Text("Date of randomization", "随机日期"), ()),
    Derived(
        "days_since_randomization", DOUBLE, "days",
        Text("Elapsed days since randomization", "随机后经过的天数"), (),
    ),
    Derived(
        "cycle_start_elapsed", DOUBLE, "days",
        Text("Elapsed day of the cycle's first day, from randomization", "周期首日距随机的天数"),
        ("BASILIXIMAB", "MSC"),
    ),
    Derived("on_cni", BOOL, "", Text("Receives a calcineurin inhibitor", "正在使用钙调磷酸酶抑制剂"), ("CNI",)),
    Derived("death_date", DATE, "", Text("Date of death", "死亡日期"), ("DEATH",)),
    Derived(
        "weight_kg", DOUBLE, "kg",
        Text("Last weight, at most 7 days old", "最近一次体重（7天内）"), ("VITALS",),
    ),
    Derived(
        "bilirubin_mg_dl", DOUBLE, "mg/dL",
        Text("Last total bilirubin", "最近一次总胆红素"), ("CHEMISTRY", "AGVHD"),
    ),
    Derived(
        "agvhd_grade", DOUBLE, "",
        Text("Overall grade 0 to 4 at the last complete staging", "最近一次完整分期的急性GVHD总分级（0-4级）"),
        ("AGVHD",),
    ),
    Derived(
        "agvhd_active", BOOL, "",
        Text("Any organ involved at the last complete staging of acute GVHD", "最近一次完整分期中任一器官受累"),
        ("AGVHD",),
    ),
    Derived(
        "steroid_resistant", BOOL, "",
        Text("A criterion of steroid resistance is met", "符合激素耐药标准之一"),
        ("AGVHD", "STEROID", "VITALS"),
    ),
    Derived(
        "steroid_mp_mg_per_kg", DOUBLE, "mg/kg",
        Text("Systemic steroid of the day in methylprednisolone", "当日全身糖皮质激素剂量（甲泼尼龙等效）"),
        ("STEROID", "VITALS"),
    ),
    Derived(
        "response_day28", RESPONSE, "",
        Text("Response at day 28 of the cycle", "周期第28天疗效"), ("AGVHD", "OTHER_AGENT", "DEATH"),
    ),
    Derived(
        "response_day56", RESPONSE, "",
        Text("Response at day 56 of the cycle", "周期第56天疗效"), ("AGVHD", "OTHER_AGENT", "DEATH"),
    ),
)  # fmt: skip
CATALOGUE = {entry.name: entry for entry in _ENTRIES}
"""Derived values by name."""
TYPES = {name: entry.type for name, entry in CATALOGUE.items()}
"""What each derived value is in a rule."""
