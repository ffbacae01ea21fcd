"""Forms, items, code lists and edit checks, ready for use at capture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from equipoise.messages import Text
from equipoise.rules import DATE, DATETIME, DOUBLE, STRING, TIME, Rule, Type

ITEM_TYPES = ("text", "integer", "decimal", "date", "datetime", "time", "code", "codes")
MISSING_CODES = frozenset({"UNK", "ND", "NA"})
"""Unknown, not done, not applicable."""
_RULE_TYPES = {
    "text": STRING,
    "integer": DOUBLE,
    "decimal": DOUBLE,
    "date": DATE,
    "datetime": DATETIME,
    "time": TIME,
}


@dataclass(frozen=True, slots=True)
class CodeList:
    """The codes that an item may take, in order, with what each means. Iteration gives the codes."""

    id: str
    codes: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Item:
    """A question of a form.

    Args:
        id: stable for ever.
        type: one of `ITEM_TYPES`; a date may be partial.
        label: the question.
        units: units in which a number may be entered; values are stored as entered, and the first is the canonical one.
        per: how many of another unit make one of the first (umol/L of bilirubin: 17.1 make 1 mg/dL).
        codes: codes that are allowed; None without a code list.
        codelist: the code list; None without one.
        required: must be entered (or have a missing code).
        low, high: hard limits in the first unit, both included; None for none.
        decimals: digits after the point that are allowed; None for any.
    """

    id: str
    type: str
    label: Text
    units: tuple[str, ...] = ()
    per: Mapping[str, float] = field(default_factory=dict)
    codes: frozenset[str] | None = None
    codelist: CodeList | None = None
    required: bool = False
    low: float | None = None
    high: float | None = None
    decimals: int | None = None

    @property
    def rule_type(self) -> Type:
        """What the item is in a rule."""
        if self.type == "code":
            return Type("string", self.codes)
        if self.type == "codes":
            return Type("strings", self.codes)
        return _RULE_TYPES[self.type]


@dataclass(frozen=True, slots=True)
class Check:
    """An edit check of a form. The rule is true when the form is in order.

    Args:
        level: `hard` stops the save; `soft` raises a query.
        items: items that the finding points to.
        text: what to tell the person.
    """

    id: str
    form: str
    level: str
    rule: Rule
    items: tuple[str, ...]
    text: Text


@dataclass(frozen=True, slots=True)
class Form:
    """A form as captured.

    Args:
        kind: `scheduled` (filled at visits), `log` (a running list) or `event` (filled once it happens).
        group: `history` (standard of care; may predate consent) or `study_procedure` (may not).
        stream: `clinical`, `treatment` (tells the arm), `allocation` or `access`: the chain that its records join.
        unit_of: what a form is about: subject, site, unit, shipment, trial.
        repeats: may be filled more than once at a visit or for a subject.
        items: by id, in the order of the page.
        date, time, evaluator: items with the clinical date, time and the evaluator's role; "" for none.
        hash: SHA-256 of the canonical content: items, code lists and checks.
    """

    id: str
    title: Text
    kind: str
    group: str
    stream: str
    unit_of: str
    repeats: bool
    items: Mapping[str, Item]
    checks: tuple[Check, ...]
    date: str
    time: str
    evaluator: str
    hash: str
