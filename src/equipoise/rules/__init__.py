"""Rules: CEL expressions of a protocol, behind one small face.

A rule is a condition over named scalars (`EL_PRIOR_THERAPIES > 1`, `age_years >= 14 && age_years <= 65`). It has three
outcomes, true, false and unknown; a fourth, a defect, is an error of the protocol or of the program and is raised.

How inputs are bound, so that "missing" never reads as "in order":

* A missing input is left out (unbound), never bound as null. CEL's `&&` and `||` then give three-valued logic.
* Every number is bound as a double, and every number in a rule's text is read as one. NaN is a missing number.
* Dates are bound as whole days since 1970-01-01, times as minutes since midnight, datetimes as minutes since
  1970-01-01T00:00; one that is only partly known is missing.
* Types are declared for every name. `compile_rule` checks the whole text against them (`text.py`), since CEL itself
  says a quiet `false` to `a == 'x'` when `a` is a number; `Rule.evaluate` checks the inputs.
"""

from equipoise.rules.rule import Outcome, Rule, compile_rule, rule_faults
from equipoise.rules.types import BOOL, DATE, DATETIME, DOUBLE, STRING, STRINGS, TIME, RuleDefect, RuleInput, Type

__all__ = [
    "BOOL",
    "DATE",
    "DATETIME",
    "DOUBLE",
    "STRING",
    "STRINGS",
    "TIME",
    "Outcome",
    "Rule",
    "RuleDefect",
    "RuleInput",
    "Type",
    "compile_rule",
    "rule_faults",
]
