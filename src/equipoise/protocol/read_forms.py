"""From the forms of a file (the library or a protocol) to `Form` objects; every fault with its line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import Field

from equipoise.protocol.catalogue import TYPES
from equipoise.protocol.forms import ITEM_TYPES, Check, CodeList, Form, Item
from equipoise.protocol.part import NO_WORDS, Id, Part, Words
from equipoise.protocol.source import Faults, PathInFile, Source
from equipoise.protocol.validation import did_you_mean, read_part, rule_fault, unknown_key
from equipoise.rules import Type, compile_rule, rule_faults

UNITS = frozenset(
    {
        "%", "°C", "/day", "/min", "10^6 cells", "10^9/L", "U/L", "cm", "copies/mL", "days", "g/L", "g/dL", "h", "kg",
        "m2", "mL", "mL/day", "mg", "mg/dL", "mg/day", "mg/kg", "mg/kg/day", "min", "mmHg", "mmol/L", "months", "ng/mL",
        "ug/L", "umol/L", "years", "10^6/kg", "IU/mL", "EU/kg", "EU/mL",
    }
)  # fmt: skip
"""Units that items can have, as they are written on forms."""
_NUMBERS = ("integer", "decimal")


class CheckSource(Part):
    """An edit check as it stands in a file."""

    id: Id
    form: str
    level: Literal["hard", "soft"]
    rule: str
    items: Annotated[tuple[str, ...], Field(min_length=1)]
    text: Words


class FormSource(Part):
    """A form as it stands in a file, without its items."""

    title: Words
    kind: Literal["scheduled", "log", "event"]
    group: Literal["history", "study_procedure"]
    stream: Literal["clinical", "treatment", "allocation", "access"] = "clinical"
    unit_of: Literal["subject", "site", "unit", "shipment", "trial"] = "subject"
    repeats: bool = False
    date: str = ""
    time: str = ""
    evaluator: str = ""


class ItemOptions(Part):
    """The options at the end of an item."""

    required: bool = False
    low: float | None = None
    high: float | None = None
    decimals: Annotated[int, Field(ge=0, le=9)] | None = None
    per: Mapping[str, Annotated[float, Field(gt=0)]] = {}


@dataclass
class Draft:
    """A form while it is read: its head, its items, its checks."""

    head: FormSource
    items: dict[str, Item]
    checks: list[Check] = field(default_factory=list)


@dataclass
class FormReader:
    """Reads forms of several files into one set.

    Args:
        drafts: forms by id.
        codelists: code lists by name.
        doubtful: names of items with faults; a rule that names one is not faulted for it.
    """

    faults: Faults
    codelists: dict[str, CodeList] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    item_form: dict[str, str] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)

    def fault(self, source: Source, path: PathInFile, fault: str, rule: str, remedy: str, **params: Any) -> None:
        """Add a fault."""
        self.faults.add(source, path, fault, rule=rule, remedy=remedy, **params)

    # --- code lists ---

    def read_codelists(self, source: Source) -> None:
        """The code lists of a file; a list of the same name replaces one read before."""
        for name, codes in keys_of(source, ("codelists",)):
            path = ("codelists", name)
            if not isinstance(codes, Mapping) or not codes:
                self.fault(source, path, "the code list {name} has no codes", "CODE-LIST", "give its codes", name=name)
                continue
            read = {}
            for code, words in codes.items():
                read[code] = read_part(Words, words, source, (*path, code), self.faults) or NO_WORDS
                if not code.replace("_", "").isalnum():
                    self.fault(
                        source, (*path, code), "the code {code!r} holds a sign or space", "CODE-LIST",
                        "write codes in letters, digits and _", code=code,
                    )  # fmt: skip
            self.codelists[name] = CodeList(name, read)

    # --- forms ---

    def read_form(self, name: str, raw: Any, source: Source, path: PathInFile) -> None:
        """One form of a file, at `path`."""
        if not isinstance(raw, Mapping):
            self.fault(source, path, "the form {name} has no content", "FORM", "give title, group and items", name=name)
            return
        rest = {key: value for key, value in raw.items() if key not in ("items", "checks")}
        head = read_part(FormSource, rest, source, path, self.faults)
        items: dict[str, Item] = {}
        rows = raw.get("items")
        if not isinstance(rows, tuple) or not rows:
            self.fault(source, (*path, "items"), "the form {name} has no items", "FORM", "list its items", name=name)
            rows = ()
        for place, row in enumerate(rows):
            item = self.read_item(row, source, (*path, "items", place))
            if item is not None and self.is_new(item.id, name, source, (*path, "items", place)):
                items[item.id] = item
        if head is None:
            self.doubtful.update(items)
            return
        self.drafts[name] = Draft(head, items)
        self.check_marks(name, source, path)

    def is_new(self, item: str, form: str, source: Source, path: PathInFile) -> bool:
        """Whether no form has this item yet: ids of items are unique in a trial."""
        if item in self.item_form:
            self.fault(
                source, path, "the item {item} stands in form {other} already", "ID-TWICE", "give it an id of its own",
                item=item, other=self.item_form[item],
            )  # fmt: skip
            return False
        self.item_form[item] = form
        return True

    def check_marks(self, name: str, source: Source, path: PathInFile) -> None:
        """The items that a form names as its date, time and evaluator are there and of that type."""
        draft = self.drafts[name]
        for key, types in (("date", ("date", "datetime")), ("time", ("time",)), ("evaluator", ("code",))):
            marked = getattr(draft.head, key)
            if not marked:
                continue
            if marked not in draft.items:
                if marked not in self.doubtful:
                    self.fault(
                        source, (*path, key), "{item} is not an item of the form {form}", "FORM-ITEM", "{how}",
                        item=marked, form=name, how=did_you_mean(marked, draft.items),
                    )  # fmt: skip
            elif draft.items[marked].type not in types:
                self.fault(
                    source, (*path, key), "{item} is of type {type}", "FORM-ITEM", "name an item of type {types}",
                    item=marked, type=draft.items[marked].type, types=" or ".join(types),
                )  # fmt: skip

    # --- items ---

    def read_item(self, row: Any, source: Source, path: PathInFile) -> Item | None:
        """An item: [id, type, unit or code list, label, options]."""
        if not isinstance(row, tuple) or not 4 <= len(row) <= 5 or not isinstance(row[0], str):
            self.fault(
                source, path, "this is not an item", "ITEM",
                "write [id, type, unit or code list or null, label, {options}]",
            )  # fmt: skip
            return None
        name, kind, measure, label, *options = row
        before = len(self.faults)
        read_part(Id, name, source, (*path, 0), self.faults)
        if kind not in ITEM_TYPES:
            self.fault(
                source, (*path, 1), "{type} is not a type of items", "ITEM-TYPE", "{how}", type=kind,
                how=did_you_mean(str(kind), ITEM_TYPES),
            )  # fmt: skip
        words = read_part(Words, label, source, (*path, 3), self.faults)
        option = read_part(ItemOptions, options[0] if options else {}, source, (*path, 4), self.faults)
        units = self.units(kind, measure, source, (*path, 2))
        codelist = self.codelist(kind, measure, source, (*path, 2))
        if option is not None:
            self.check_options(kind, units, option, source, (*path, 4))
        if len(self.faults) > before:
            self.doubtful.add(name)
            return None
        return Item(
            id=name, type=kind, label=words, units=units, per=option.per, codelist=codelist,
            codes=frozenset(codelist.codes) if codelist else None, required=option.required, low=option.low,
            high=option.high, decimals=option.decimals,
        )  # fmt: skip

    def units(self, kind: str, measure: Any, source: Source, path: PathInFile) -> tuple[str, ...]:
        """Units of a number, the canonical one first."""
        if kind in ("code", "codes") or measure is None:
            return ()
        units = measure if isinstance(measure, tuple) else (measure,)
        if kind not in _NUMBERS:
            self.fault(
                source, path, "an item of type {type} has no unit", "ITEM-UNIT", "write null in place of {unit}",
                type=kind, unit=units[0],
            )  # fmt: skip
        for unit in units:
            if unit not in UNITS:
                self.fault(
                    source, path, "{unit} is not a unit that is known", "ITEM-UNIT", "{how}", unit=unit,
                    how=did_you_mean(str(unit), UNITS),
                )  # fmt: skip
        return units

    def codelist(self, kind: str, measure: Any, source: Source, path: PathInFile) -> CodeList | None:
        """The code list of a coded item."""
        if kind not in ("code", "codes"):
            return None
        if measure not in self.codelists:
            self.fault(
                source, path, "there is no code list {name}", "ITEM-CODES", "{how}", name=measure,
                how=did_you_mean(str(measure), self.codelists),
            )  # fmt: skip
            return None
        return self.codelists[measure]

    def check_options(
        self, kind: str, units: tuple[str, ...], option: ItemOptions, source: Source, path: PathInFile
    ) -> None:
        """The options fit the type, and every further unit has its factor."""
        if kind not in _NUMBERS and (option.low, option.high, option.decimals) != (None, None, None):
            self.fault(
                source, path, "an item of type {type} has no range", "ITEM-RANGE", "remove low, high and decimals",
                type=kind,
            )  # fmt: skip
        if option.low is not None and option.high is not None and option.low > option.high:
            self.fault(
                source, (*path, "low"), "low {low:g} is above high {high:g}", "ITEM-RANGE", "exchange them",
                low=option.low, high=option.high,
            )  # fmt: skip
        for unit in units[1:]:
            if unit not in option.per:
                self.fault(
                    source, path, "the unit {unit} has no factor", "ITEM-UNIT",
                    "add per: {{{unit}: how many of it make one {first}}}", unit=unit, first=units[0],
                )  # fmt: skip
        for unit in option.per:
            if unit not in units[1:]:
                unknown_key(source, (*path, "per", unit), units[1:], self.faults)

    # --- checks ---

    def read_check(self, raw: Any, source: Source, path: PathInFile) -> None:
        """An edit check: its form, items and rule."""
        check = read_part(CheckSource, raw, source, path, self.faults)
        if check is None:
            return
        draft = self.drafts.get(check.form)
        if draft is None:
            return  # told by the table of references
        types = {**TYPES, **{name: item.rule_type for name, item in draft.items.items()}}
        defects = [
            defect for defect in rule_faults(check.rule, types) if defect.params.get("word") not in self.doubtful
        ]
        for defect in defects:
            rule_fault(defect, source, (*path, "rule"), self.faults)
        for place, item in enumerate(check.items):
            if item not in draft.items and item not in self.doubtful:
                self.fault(
                    source, (*path, "items", place), "{item} is not an item of the form {form}", "FORM-ITEM", "{how}",
                    item=item, form=check.form, how=did_you_mean(item, draft.items),
                )  # fmt: skip
        if rule_faults(check.rule, types):
            return
        rule = compile_rule(check.rule, types)
        draft.checks.append(Check(check.id, check.form, check.level, rule, check.items, check.text))

    def forms(self) -> dict[str, Form]:
        """All forms that could be read."""
        return {name: _form(name, draft) for name, draft in self.drafts.items()}

    def types(self, form: str) -> dict[str, Type]:
        """What the items of a form are in a rule."""
        draft = self.drafts.get(form)
        return {name: item.rule_type for name, item in draft.items.items()} if draft else {}


def keys_of(source: Source, path: PathInFile) -> Iterable[tuple[str, Any]]:
    """Keys and values of a mapping of the file; nothing if there is none."""
    value = source.value(path)
    return tuple(value.items()) if isinstance(value, Mapping) else ()


def _form(name: str, draft: Draft) -> Form:
    head = draft.head
    content = {
        "id": name,
        "items": [_item_content(item) for item in draft.items.values()],
        "checks": [
            [check.id, check.level, check.rule.text, list(check.items), check.text.as_dict()] for check in draft.checks
        ],
        **head.model_dump(mode="json", exclude={"title"}),
        "title": head.title.as_dict(),
    }
    return Form(
        id=name, title=head.title, kind=head.kind, group=head.group, stream=head.stream, unit_of=head.unit_of,
        repeats=head.repeats, items=draft.items, checks=tuple(draft.checks), date=head.date, time=head.time,
        evaluator=head.evaluator, hash=canonical_hash(content),
    )  # fmt: skip


def _item_content(item: Item) -> list[Any]:
    codes = {code: text.as_dict() for code, text in item.codelist.codes.items()} if item.codelist else None
    return [
        item.id, item.type, item.label.as_dict(), list(item.units), dict(item.per), codes, item.required, item.low,
        item.high, item.decimals,
    ]  # fmt: skip


def canonical_json(content: Any) -> str:
    """Canonical JSON of plain content: keys sorted, no spaces; dates as text."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def canonical_hash(content: Any) -> str:
    """SHA-256 of the canonical JSON of plain content."""
    return sha256(canonical_json(content).encode()).hexdigest()
