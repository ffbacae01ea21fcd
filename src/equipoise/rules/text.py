"""Reading a rule's text: the part of CEL that rules may use, with the kind of every part of it.

    rule       = either [ "?" rule ":" rule ]
    either     = both { "||" both }
    both       = comparison { "&&" comparison }
    comparison = sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=" | "in") sum ]
    sum        = product { ("+" | "-") product }
    product    = sign { ("*" | "/") sign }
    sign       = { "!" | "-" } value { "." function "(" value ")" }
    value      = name | number | text | "true" | "false" | "(" rule ")" | "[" literal { "," literal } "]"
    function   = "startsWith" | "endsWith" | "contains" | "matches"

What is left out hides a missing value (`null`, `has`, lists with computed elements), has an answer that CEL does not
promise (`%`, division by a value that may be 0), or cannot be read at a bedside (macros). Texts have no order: `<` is
for numbers, dates and times.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import cel

from equipoise.rules.types import BOOL, DOUBLE, STRING, RuleDefect, Type
from equipoise.rules.words import Token, words_of

MAX_LENGTH = 2000
MAX_DEPTH = 40

_HINTS = {
    "=": "write == for equal",
    "&": "write && for and",
    "|": "write || for or",
    "and": "write && for and",
    "or": "write || for or",
    "not": "write ! for not",
    "null": "leave it out: a missing value makes the rule unknown by itself",
    "has": "leave it out: a missing value makes the rule unknown by itself",
    "%": "write the condition without a remainder",
    "size": "rules know no lengths: compare the value itself",
}
_MACROS = ("all", "exists", "exists_one", "map", "filter")
_FUNCTIONS = ("startsWith", "endsWith", "contains", "matches")
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in")
_ORDERED = ("double", "date", "time", "datetime")


@dataclass(frozen=True, slots=True)
class Value:
    """A part of a rule: its type (None where a fault was told already), its place, its literal value or elements."""

    type: Type | None
    start: int
    literal: str | None = None
    elements: tuple[Value, ...] | None = None


@dataclass(slots=True)
class RuleText:
    """A rule as read: the names in it, its faults, and the text that CEL gets (every number a double)."""

    names: set[str] = field(default_factory=set)
    faults: list[RuleDefect] = field(default_factory=list)
    cel: str = ""


class _Stop(Exception):
    """The rest of the text cannot be read."""


def read_rule(text: str, types: Mapping[str, Type]) -> RuleText:
    """Read a rule's text against the types of the names that it may use; all faults are in the result."""
    reader = _Reader(text, types)
    try:
        reader.rule()
    except _Stop:
        pass
    else:
        reader.check_with_cel()
    return reader.read


class _Reader:
    def __init__(self, text: str, types: Mapping[str, Type]):
        self.text, self.types = text, types
        self.read = RuleText()
        self.tokens: list[Token] = []
        self.at = self.depth = 0

    # --- faults ---

    def fault(self, start: int, fault: str, remedy: str, rule: str = "RULE-TYPE", **params: object) -> None:
        column = start + 1
        self.read.faults.append(
            RuleDefect(fault, where=f"rule, column {column}", rule=rule, remedy=remedy, column=column, **params)
        )

    def stop(self, start: int, fault: str, remedy: str, **params: object) -> _Stop:
        self.fault(start, fault, remedy, "RULE-SYNTAX", **params)
        return _Stop()

    # --- words ---

    def split(self) -> None:
        if not self.text.strip():
            raise self.stop(0, "the rule is empty", "write a condition")
        if len(self.text) > MAX_LENGTH:
            raise self.stop(MAX_LENGTH, "the rule is longer than {most} characters", "split it", most=MAX_LENGTH)
        pieces = []
        for token in words_of(self.text):
            if token.kind == "other":
                remedy = _HINTS.get(token.text, "remove it, or write it as text in quotes")
                raise self.stop(token.start, "{word} is not part of a rule", remedy, word=token.text)
            if token.kind != "space":
                self.tokens.append(token)
            pieces.append(token.for_cel)
        self.tokens.append(Token("end", "", len(self.text)))
        self.read.cel = "".join(pieces)

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.next
        self.at += token.kind != "end"
        return token

    def taken(self, *words: str) -> Token | None:
        token = self.next
        return self.take() if token.text in words and token.kind in ("sign", "name") else None

    def expect(self, word: str) -> None:
        if self.taken(word) is None:
            raise self.unexpected(f"{word} is missing here")

    def unexpected(self, wanted: str) -> _Stop:
        token = self.next
        found = token.text if token.kind != "end" else "the end of the rule"
        remedy = _HINTS.get(token.text, "complete the condition")
        return self.stop(token.start, "{wanted}, before {found}", remedy, wanted=wanted, found=found)

    # --- grammar ---

    def rule(self) -> None:
        self.split()
        value = self.condition()
        if self.next.kind != "end":
            raise self.unexpected("an operator is missing here")
        self.must_be(BOOL, value, "a rule is a condition")
        if not self.read.names and not self.read.faults:
            self.fault(value.start, "the rule names no input", "compare an item or a derived value")

    def condition(self) -> Value:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.stop(self.next.start, "the rule is nested deeper than {most}", "split it", most=MAX_DEPTH)
        value = self.chain("||", lambda: self.chain("&&", self.comparison))
        if self.taken("?"):
            self.must_be(BOOL, value, "what stands before ? is a condition")
            yes = self.condition()
            self.expect(":")
            no = self.condition()
            alike = yes.type is None or no.type is None or yes.type.kind == no.type.kind
            if yes.type is not None and no.type is not None and not alike:
                message = "? : gives {a} or {b}"
                self.fault(no.start, message, "give the same kind on both sides", a=yes.type.words, b=no.type.words)
            value = Value(yes.type if alike and no.type else None, value.start)
        self.depth -= 1
        return value

    def chain(self, sign: str, part) -> Value:  # type: ignore[no-untyped-def]
        value = part()
        while self.taken(sign):
            self.must_be(BOOL, value, f"{sign} joins conditions")
            self.must_be(BOOL, part(), f"{sign} joins conditions")
            value = Value(BOOL, value.start)
        return value

    def comparison(self) -> Value:
        left = self.sum()
        token = self.taken(*_COMPARISONS)
        if token is None:
            return left
        right = self.sum()
        if self.next.text in _COMPARISONS:
            raise self.stop(self.next.start, "a second comparison in a row", "join two comparisons: a < b && b < c")
        self.check_comparison(left, token, right)
        return Value(BOOL, left.start)

    def sum(self) -> Value:
        value = self.product()
        while token := self.taken("+", "-"):
            value = Value(self.sum_type(value, token, self.product()), value.start)
        return value

    def product(self) -> Value:
        value = self.sign()
        while token := self.taken("*", "/", "%"):
            if token.text == "%":
                raise self.stop(token.start, "% is not part of a rule", _HINTS["%"])
            right = self.sign()
            self.must_be(DOUBLE, value, f"{token.text} is for numbers")
            self.must_be(DOUBLE, right, f"{token.text} is for numbers")
            if token.text == "/" and (right.literal is None or float(right.literal) == 0):
                self.fault(right.start, "division by what may be 0", "multiply instead: a > 2 * b, not a / b > 2")
            value = Value(DOUBLE, value.start)
        return value

    def sign(self) -> Value:
        token = self.taken("!", "-")
        if token is None:
            return self.call()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.stop(token.start, "the rule is nested deeper than {most}", "split it", most=MAX_DEPTH)
        value = self.sign()
        self.depth -= 1
        wanted = BOOL if token.text == "!" else DOUBLE
        fits = self.must_be(wanted, value, f"{token.text} is for {'conditions' if token.text == '!' else 'numbers'}")
        return Value(wanted if fits else None, token.start)

    def call(self) -> Value:
        value = self.value()
        while self.taken("."):
            token = self.take()
            if token.text in _MACROS or token.text in _HINTS or token.text not in _FUNCTIONS:
                remedy = f"use one of {', '.join(_FUNCTIONS)}, or a derived value of the catalogue"
                raise self.stop(token.start, ".{word} is not part of a rule", remedy, word=token.text)
            self.expect("(")
            argument = self.value()
            self.expect(")")
            self.must_be(STRING, value, f"{token.text} is for texts")
            self.must_be(STRING, argument, f"{token.text} looks for a text")
            if argument.literal is None:
                self.fault(argument.start, "{word} looks for a fixed text", "write it in quotes", word=token.text)
            value = Value(BOOL, value.start)
        return value

    def value(self) -> Value:
        token = self.take()
        if token.kind == "number":
            return Value(DOUBLE, token.start, token.text)
        if token.kind == "text":
            return Value(STRING, token.start, token.text.removeprefix("r")[1:-1])
        if token.text in ("true", "false"):
            return Value(BOOL, token.start)
        if token.kind == "name" and token.text not in _HINTS and token.text != "in":
            return self.name(token)
        if token.text == "(":
            value = self.condition()
            self.expect(")")
            return Value(value.type, token.start)
        if token.text == "[":
            return self.list_of(token)
        self.at -= token.kind != "end"
        raise self.unexpected("a value is missing here")

    def name(self, token: Token) -> Value:
        if self.next.text == "(":
            remedy = "use a derived value of the catalogue"
            raise self.stop(token.start, "{word}() is not part of a rule", remedy, word=token.text)
        declared = self.types.get(token.text)
        if declared is None:
            close = difflib.get_close_matches(token.text, sorted(self.types), n=1, cutoff=0.7)
            remedy = f"did you mean {close[0]}?" if close else "name an item of the form or a derived value"
            self.fault(token.start, "{word} is not known here", remedy, "RULE-NAME", word=token.text)
        self.read.names.add(token.text)
        return Value(declared, token.start)

    def list_of(self, token: Token) -> Value:
        elements: list[Value] = []
        while not self.taken("]"):
            if elements:
                self.expect(",")
            element = self.value()
            if element.literal is None:
                raise self.stop(element.start, "a list in a rule holds fixed values only", "join comparisons by ||")
            elements.append(element)
        if not elements:
            raise self.stop(token.start, "the list is empty", "write what the value may be")
        return Value(None, token.start, elements=tuple(elements))

    # --- kinds ---

    def must_be(self, wanted: Type, value: Value, why: str) -> bool:
        """Whether a part is of a kind; told if not."""
        if value.elements is not None:
            self.fault(value.start, "a list stands only after in", "write: value in [...]")
            return False
        fits = value.type is None or value.type.kind == wanted.kind
        if value.type is not None and not fits:
            remedy = "compare it with something"
            if value.type.codes == {"Y", "N"} and wanted is BOOL:
                remedy = "write == 'Y' after it"
            elif wanted is not BOOL:
                remedy = f"give {wanted.words}"
            self.fault(value.start, "{why}, and this is {kind}", remedy, why=why, kind=value.type.words)
        return fits

    def sum_type(self, left: Value, token: Token, right: Value) -> Type | None:
        """Kind of a sum or difference: numbers; a date or time moved by a number; the distance of two of them."""
        if left.type is None or right.type is None:
            return None
        kinds = left.type.kind, right.type.kind
        if kinds[0] in _ORDERED and kinds[1] == "double":
            return Type(kinds[0])
        if kinds[0] in _ORDERED and kinds[0] == kinds[1] and token.text == "-":
            return DOUBLE
        message = "{a} {sign} {b} has no meaning"
        self.fault(
            token.start, message, "add numbers; take a date from a date; move a date by a number of days",
            a=left.type.words, sign=token.text, b=right.type.words,
        )  # fmt: skip
        return None

    def check_comparison(self, left: Value, token: Token, right: Value) -> None:
        if token.text == "in":
            self.check_in(left, right)
            return
        for side in (left, right):
            if side.elements is not None:
                self.must_be(STRING, side, "")
        if left.type is None or right.type is None:
            return
        a, b = left.type, right.type
        if a.kind != b.kind:
            remedy = self.remedy_of_kinds(a, b)
            self.fault(token.start, "{sign} compares {a} with {b}", remedy, sign=token.text, a=a.words, b=b.words)
        elif a.kind == "strings":
            self.fault(token.start, "a list of codes is not compared", "write: 'CODE' in the item")
        elif token.text not in ("==", "!=") and a.kind not in _ORDERED:
            message = "{sign} is for numbers, dates and times, and this is {a}"
            self.fault(token.start, message, "use == or in", sign=token.text, a=a.words)
        else:
            self.check_code(left.type, right)
            self.check_code(right.type, left)

    def check_in(self, left: Value, right: Value) -> None:
        if right.elements is None:
            if right.type is not None and right.type.kind != "strings":
                self.fault(
                    right.start,
                    "in looks into a list, and this is {kind}",
                    "write: value in [...]",
                    kind=right.type.words,
                )
            elif right.type is not None:
                self.must_be(STRING, left, "the codes of a list are texts")
                self.check_code(right.type, left)
            return
        for element in right.elements:
            if left.type is not None and element.type is not None and left.type.kind != element.type.kind:
                self.fault(
                    element.start, "in compares {a} with {b}", self.remedy_of_kinds(left.type, element.type),
                    a=left.type.words, b=element.type.words,
                )  # fmt: skip
            elif left.type is not None:
                self.check_code(left.type, element)

    def check_code(self, declared: Type, value: Value) -> None:
        if declared.codes is None or value.literal is None or value.literal in declared.codes:
            return
        close = difflib.get_close_matches(value.literal, sorted(declared.codes), n=1, cutoff=0.7)
        remedy = f"did you mean {close[0]}?" if close else f"use one of {', '.join(sorted(declared.codes))}"
        self.fault(value.start, "'{code}' is not in the code list", remedy, "RULE-CODE", code=value.literal)

    @staticmethod
    def remedy_of_kinds(a: Type, b: Type) -> str:
        kinds = {a.kind, b.kind}
        if kinds == {"double", "string"}:
            return "write the number without quotes, or compare the text with a text"
        if kinds == {"bool", "string"} and {"Y", "N"} in (a.codes, b.codes):
            return "write 'Y' for true and 'N' for false"
        if "bool" in kinds:
            return "use the condition itself, without a comparison"
        if "strings" in kinds:
            return "write: 'CODE' in the item"
        return "compare values of one kind"

    def check_with_cel(self) -> None:
        """The last word is CEL's: it must read what we have read, and every pattern must be one that it knows."""
        if self.read.faults:
            return
        try:
            cel.compile(self.read.cel)
            for pattern in re.findall(r"""\.\s*matches\s*\(\s*(r?(?:'[^']*'|"[^"]*"))\s*\)""", self.read.cel):
                cel.compile(f"''.matches({pattern})").execute({})
        except Exception as error:
            self.fault(0, "CEL cannot read the rule: {error}", "correct the text", "RULE-SYNTAX", error=error)
