"""What a rule says: each operator, with known and missing inputs and inputs of the wrong type.

Source: the Common Expression Language (logical operators absorb errors), read as Kleene's three-valued logic.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from equipoise.rules import (
    BOOL,
    DATE,
    DATETIME,
    DOUBLE,
    STRING,
    STRINGS,
    TIME,
    Outcome,
    RuleDefect,
    Type,
    compile_rule,
    rule_faults,
)

title = "A rule is true, false or unknown; a wrong type is a defect and never an answer"

TYPES = {
    "a": DOUBLE,
    "b": DOUBLE,
    "p": BOOL,
    "q": BOOL,
    "s": STRING,
    "yn": Type("string", frozenset({"Y", "N"})),
    "list": Type("strings", frozenset({"CR", "PR"})),
    "free_list": STRINGS,
    "d": DATE,
    "e": DATE,
    "t": TIME,
    "u": TIME,
    "when": DATETIME,
}
OUTCOMES = {"T": Outcome.TRUE, "F": Outcome.FALSE, "?": Outcome.UNKNOWN}

# rule ; inputs (name=value, - for none) ; outcome (T true, F false, ? unknown)
TABLE = """
a == 3                        ; a=3.0            ; T
a == 3                        ; a=4.0            ; F
a == 3                        ; -                ; ?
a != 3                        ; a=4.0            ; T
a != 3                        ; a=3.0            ; F
a != 3                        ; -                ; ?
a < b                         ; a=1.0 b=2.0      ; T
a < b                         ; a=2.0 b=2.0      ; F
a < b                         ; a=1.0            ; ?
a <= b                        ; a=2.0 b=2.0      ; T
a <= b                        ; a=2.5 b=2.0      ; F
a <= b                        ; b=2.0            ; ?
a > b                         ; a=3.0 b=2.0      ; T
a > b                         ; a=2.0 b=2.0      ; F
a > b                         ; -                ; ?
a >= b                        ; a=2.0 b=2.0      ; T
a >= b                        ; a=1.0 b=2.0      ; F
a >= b                        ; a=1.0            ; ?
p                             ; p=True           ; T
p                             ; p=False          ; F
p                             ; -                ; ?
!p                            ; p=False          ; T
!p                            ; p=True           ; F
!p                            ; -                ; ?
p == q                        ; p=True q=True    ; T
p == q                        ; p=True q=False   ; F
p == q                        ; p=True           ; ?
p && q                        ; p=True q=True    ; T
p && q                        ; p=True q=False   ; F
p && q                        ; p=False          ; F
p && q                        ; q=False          ; F
p && q                        ; p=True           ; ?
p && q                        ; q=True           ; ?
p && q                        ; -                ; ?
p || q                        ; p=False q=False  ; F
p || q                        ; p=True q=False   ; T
p || q                        ; p=True           ; T
p || q                        ; q=True           ; T
p || q                        ; p=False          ; ?
p || q                        ; q=False          ; ?
p || q                        ; -                ; ?
p && a > 1                    ; p=False          ; F
p || a > 1                    ; p=True           ; T
p ? a > 1 : b > 1             ; p=True a=2.0     ; T
p ? a > 1 : b > 1             ; p=False b=1.0    ; F
p ? a > 1 : b > 1             ; p=True b=2.0     ; ?
p ? a > 1 : b > 1             ; a=2.0 b=2.0      ; ?
a + b > 3                     ; a=2.0 b=2.0      ; T
a + b > 3                     ; a=2.0            ; ?
a - b > 3                     ; a=2.0 b=-2.0     ; T
a - b > 3                     ; b=2.0            ; ?
a * b > 3                     ; a=2.0 b=1.0      ; F
a * b > 3                     ; a=0.0            ; ?
a / 2 > 1                     ; a=3.0            ; T
a / 2 > 1                     ; -                ; ?
-a < 0                        ; a=1.0            ; T
-a < 0                        ; -                ; ?
a + 1 == 2                    ; a=1.0            ; T
a == 0.1                      ; a=0.1            ; T
s == 'x'                      ; s='x'            ; T
s == "x"                      ; s='y'            ; F
s != 'x'                      ; -                ; ?
yn == 'Y'                     ; yn='Y'           ; T
yn == 'Y'                     ; yn='N'           ; F
yn == 'Y'                     ; -                ; ?
yn != 'Y'                     ; -                ; ?
s in ['x', 'y']               ; s='y'            ; T
s in ['x', 'y']               ; s='z'            ; F
s in ['x', 'y']               ; -                ; ?
a in [1, 2]                   ; a=2.0            ; T
a in [1, 2]                   ; a=2.5            ; F
a in [1, 2]                   ; -                ; ?
'CR' in list                  ; list=['CR']      ; T
'CR' in list                  ; list=['PR']      ; F
'CR' in list                  ; list=[]          ; F
'CR' in list                  ; -                ; ?
s in free_list                ; s='x' free_list=['x'] ; T
s.startsWith('ab')            ; s='abc'          ; T
s.endsWith('bc')              ; s='xbd'          ; F
s.contains('b')               ; -                ; ?
s.matches('^[0-9]+$')         ; s='12'           ; T
s.matches('^[0-9]+$')         ; s='12a'          ; F
d <= e                        ; d=17000.0 e=17003.0 ; T
d <= e                        ; d=17004.0 e=17003.0 ; F
d <= e                        ; d=17000.0        ; ?
e - d <= 3                    ; d=17000.0 e=17003.0 ; T
e - d <= 3                    ; d=17000.0 e=17004.0 ; F
d + 3 == e                    ; d=17000.0 e=17003.0 ; T
t < u                         ; t=60.0 u=59.0    ; F
u - t >= 30                   ; t=60.0 u=90.0    ; T
when == when                  ; -                ; ?
(p || q) && a < 1             ; p=True a=0.5     ; T
p || q && a < 1               ; p=False q=True   ; ?
!(a > 1) || p                 ; a=1.0            ; T
"""


def rows() -> list[tuple[str, dict[str, object], Outcome]]:
    made = []
    for line in TABLE.strip().splitlines():
        rule, given, outcome = (cell.strip() for cell in line.rsplit(";", 2))
        inputs = {} if given == "-" else {name: eval(value) for name, value in re.findall(r"(\w+)=(\S+)", given)}
        made.append((rule, inputs, OUTCOMES[outcome]))
    return made


@pytest.mark.requirement(55)
@pytest.mark.parametrize(("rule", "inputs", "outcome"), rows())
def test_a_rule_is_true_false_or_unknown(rule, inputs, outcome):
    assert compile_rule(rule, TYPES).evaluate(inputs) is outcome


@pytest.mark.requirement(55)
@pytest.mark.parametrize(("rule", "inputs", "outcome"), rows())
def test_none_and_nan_are_missing_like_an_absent_name(rule, inputs, outcome):
    nothing = {name: float("nan") if TYPES[name].python is float else None for name in TYPES.keys() - inputs.keys()}
    assert compile_rule(rule, TYPES).evaluate({**nothing, **inputs}) is outcome


def test_a_missing_input_is_never_false_under_a_not():
    # CEL says true to `a != 3` when a is null: that is why a missing input is left unbound
    assert compile_rule("!(a == 3)", TYPES).evaluate({"a": None}) is Outcome.UNKNOWN


# rule ; input of the wrong type
WRONG = """
a > 1          ; a='2'
a > 1          ; a=True
a > 1          ; a=[2.0]
a == 1         ; a='x'
a != 1         ; a='x'
a in [1, 2]    ; a='1'
a + b > 1      ; a='1' b=1.0
p              ; p=1.0
p              ; p='Y'
!p             ; p=0.0
p && q         ; p=True q='Y'
p || q         ; p=True q=1.0
p ? p : q      ; p='Y' q=True
s == 'x'       ; s=1.0
s == 'x'       ; s=True
s in ['x']     ; s=1.0
s.contains('x'); s=1.0
yn == 'Y'      ; yn=True
'CR' in list   ; list='CR'
'CR' in list   ; list=['CR',None]
'CR' in list   ; list=[1.0]
d <= e         ; d='2018-03-04' e=1.0
t < u          ; t='10:15' u=1.0
"""


@pytest.mark.requirement(55)
@pytest.mark.parametrize("line", WRONG.strip().splitlines())
def test_a_value_of_the_wrong_type_is_a_defect_and_no_answer(line):
    rule, given = line.split(";")
    inputs = {name: eval(value) for name, value in re.findall(r"(\w+)=(\S+)", given)}
    with pytest.raises(RuleDefect, match="where the rule takes"):
        compile_rule(rule.strip(), TYPES).evaluate(inputs)


def test_a_defect_says_what_it_got_and_what_it_takes():
    with pytest.raises(RuleDefect) as caught:
        compile_rule("a > 1", TYPES).evaluate({"a": "2"})
    assert str(caught.value) == (
        "input a: a is '2', where the rule takes a number\n"
        "  rule:   RULE-INPUT\n"
        "  remedy: correct the derivation or the type declared for a"
    )


def test_whole_numbers_and_numpy_scalars_are_bound_as_doubles():
    rule = compile_rule("a / 2 == 1.5 && p", TYPES)
    assert rule.evaluate({"a": 3, "p": np.bool_(True)}) is Outcome.TRUE
    assert rule.evaluate({"a": np.int16(3), "p": True}) is Outcome.TRUE
    assert rule.evaluate({"a": np.float32(3), "p": True}) is Outcome.TRUE
    assert rule.evaluate({"a": np.float64("nan"), "p": True}) is Outcome.UNKNOWN


def test_inputs_that_the_rule_does_not_name_are_not_looked_at():
    assert compile_rule("a > 1", TYPES).evaluate({"a": 2.0, "b": "nonsense", "unheard": object()}) is Outcome.TRUE


def test_a_rule_that_overflows_is_a_defect():
    with pytest.raises(RuleDefect, match="fails with every input known"):
        compile_rule("a * 1e300 - b * 1e300 > 0", TYPES).evaluate({"a": 1e300, "b": 1e300})


def test_the_answer_does_not_depend_on_what_was_asked_before():
    """Answers are kept by the values asked; a missing value is not a zero, and there are more values than are kept."""
    rule = compile_rule("a > 500 || b == 'x'", {"a": DOUBLE, "b": STRING})
    for _ in range(2):
        assert rule.evaluate({"b": "y"}) is Outcome.UNKNOWN
        for number in range(1500):
            assert rule.evaluate({"a": number, "b": "y"}) is (Outcome.TRUE if number > 500 else Outcome.FALSE)
        assert rule.evaluate({"a": 0, "b": "x"}) is Outcome.TRUE


def test_a_rule_keeps_its_text_and_tells_its_names():
    rule = compile_rule("a > 1 && s == 'b'", TYPES)
    assert rule.text == "a > 1 && s == 'b'"
    assert rule.names == {"a", "s"}


# rule ; column ; rule id ; fault ; remedy (in capitals: a key of REMEDIES)
REMEDIES = {
    "QUOTES": "write the number without quotes, or compare the text with a text",
    "SUM": "add numbers; take a date from a date; move a date by a number of days",
    "PRODUCT": "multiply instead: a > 2 * b, not a / b > 2",
    "MISSING": "leave it out: a missing value makes the rule unknown by itself",
    "FUNCTION": "use one of startsWith, endsWith, contains, matches, or a derived value of the catalogue",
    "ITSELF": "use the condition itself, without a comparison",
    "COMPARE": "compare it with something",
    "JOIN": "join two comparisons: a < b && b < c",
    "DERIVED": "use a derived value of the catalogue",
    "NAME": "name an item of the form or a derived value",
    "TEXT": "remove it, or write it as text in quotes",
    "REMAINDER": "write the condition without a remainder",
    "INPUT": "compare an item or a derived value",
    "YES": "write 'Y' for true and 'N' for false",
}
FAULTS = """
a == 'x'             ; 3  ; RULE-TYPE   ; == compares a number with a text              ; QUOTES
a != '3'             ; 3  ; RULE-TYPE   ; != compares a number with a text              ; QUOTES
s == 1               ; 3  ; RULE-TYPE   ; == compares a text with a number              ; QUOTES
yn == true           ; 4  ; RULE-TYPE   ; == compares a text with true or false         ; YES
p == 1               ; 3  ; RULE-TYPE   ; == compares true or false with a number       ; ITSELF
d > 17000            ; 3  ; RULE-TYPE   ; > compares a date with a number               ; compare values of one kind
d > t                ; 3  ; RULE-TYPE   ; > compares a date with a time of day          ; compare values of one kind
list == 'CR'         ; 6  ; RULE-TYPE   ; == compares a list of codes with a text       ; write: 'CODE' in the item
s < 'b'              ; 3  ; RULE-TYPE   ; < is for numbers, dates and times, and this is a text ; use == or in
a in ['1']           ; 7  ; RULE-TYPE   ; in compares a number with a text              ; QUOTES
s in 'abc'           ; 6  ; RULE-TYPE   ; in looks into a list, and this is a text      ; write: value in [...]
a in list            ; 1  ; RULE-TYPE   ; the codes of a list are texts, and this is a number ; give a text
a == [1]             ; 6  ; RULE-TYPE   ; a list stands only after in                   ; write: value in [...]
p && [1]             ; 6  ; RULE-TYPE   ; a list stands only after in                   ; write: value in [...]
list == list         ; 6  ; RULE-TYPE   ; a list of codes is not compared               ; write: 'CODE' in the item
d in [1]             ; 7  ; RULE-TYPE   ; in compares a date with a number              ; compare values of one kind
list in ['CR']       ; 10 ; RULE-TYPE   ; in compares a list of codes with a text       ; write: 'CODE' in the item
yn                   ; 1  ; RULE-TYPE   ; a rule is a condition, and this is a text     ; write == 'Y' after it
a                    ; 1  ; RULE-TYPE   ; a rule is a condition, and this is a number   ; COMPARE
p && a               ; 6  ; RULE-TYPE   ; && joins conditions, and this is a number     ; COMPARE
yn || p              ; 1  ; RULE-TYPE   ; || joins conditions, and this is a text       ; write == 'Y' after it
!a                   ; 2  ; RULE-TYPE   ; ! is for conditions, and this is a number     ; COMPARE
-p == q              ; 2  ; RULE-TYPE   ; - is for numbers, and this is true or false   ; give a number
a + s > 1            ; 3  ; RULE-TYPE   ; a number + a text has no meaning              ; SUM
d + e > d            ; 3  ; RULE-TYPE   ; a date + a date has no meaning                ; SUM
a * d > 1            ; 5  ; RULE-TYPE   ; * is for numbers, and this is a date          ; give a number
a / b > 1            ; 5  ; RULE-TYPE   ; division by what may be 0                     ; PRODUCT
a / 0 > 1            ; 5  ; RULE-TYPE   ; division by what may be 0                     ; PRODUCT
p ? a : s ; 9 ; RULE-TYPE ; ? : gives a number or a text ; give the same kind on both sides
a ? p : q            ; 1  ; RULE-TYPE   ; what stands before ? is a condition, and this is a number ; COMPARE
a.startsWith('1')    ; 1  ; RULE-TYPE   ; startsWith is for texts, and this is a number ; give a text
s.contains(s)        ; 12 ; RULE-TYPE   ; contains looks for a fixed text               ; write it in quotes
1 == 1               ; 1  ; RULE-TYPE   ; the rule names no input                       ; INPUT
yn == 'J'            ; 7  ; RULE-CODE   ; 'J' is not in the code list                   ; use one of N, Y
'CRR' in list        ; 1  ; RULE-CODE   ; 'CRR' is not in the code list                 ; did you mean CR?
yn in ['Y', 'y']     ; 13 ; RULE-CODE   ; 'y' is not in the code list                   ; use one of N, Y
lst == 'x'           ; 1  ; RULE-NAME   ; lst is not known here                         ; did you mean list?
xyz > 1              ; 1  ; RULE-NAME   ; xyz is not known here                         ; NAME
a = 1                ; 3  ; RULE-SYNTAX ; = is not part of a rule                       ; write == for equal
a > 1 and p          ; 7  ; RULE-SYNTAX ; an operator is missing here, before and       ; write && for and
a > 1 or p           ; 7  ; RULE-SYNTAX ; an operator is missing here, before or        ; write || for or
not p                ; 1  ; RULE-SYNTAX ; a value is missing here, before not           ; write ! for not
a > 1 & p            ; 7  ; RULE-SYNTAX ; & is not part of a rule                       ; write && for and
a == null            ; 6  ; RULE-SYNTAX ; a value is missing here, before null          ; MISSING
has(a)               ; 1  ; RULE-SYNTAX ; a value is missing here, before has           ; MISSING
a in [1, b]          ; 10 ; RULE-SYNTAX ; a list in a rule holds fixed values only      ; join comparisons by ||
a in []              ; 6  ; RULE-SYNTAX ; the list is empty                             ; write what the value may be
list.exists(x, x == 'CR') ; 6 ; RULE-SYNTAX ; .exists is not part of a rule             ; FUNCTION
list.all(x, list.exists(y, x == y)) ; 6 ; RULE-SYNTAX ; .all is not part of a rule      ; FUNCTION
abs(a) > 1           ; 1  ; RULE-SYNTAX ; abs() is not part of a rule                   ; DERIVED
a % 2 == 0           ; 3  ; RULE-SYNTAX ; % is not part of a rule                       ; REMAINDER
1 < a < 3            ; 7  ; RULE-SYNTAX ; a second comparison in a row                  ; JOIN
a > 1u               ; 5  ; RULE-SYNTAX ; 1u is not part of a rule                      ; TEXT
(a > 1               ; 7  ; RULE-SYNTAX ; ) is missing here, before the end of the rule ; complete the condition
a > 1)               ; 6  ; RULE-SYNTAX ; an operator is missing here, before )         ; complete the condition
a >                  ; 4  ; RULE-SYNTAX ; a value is missing here, before the end of the rule ; complete the condition
"""


@pytest.mark.requirement(55)
@pytest.mark.parametrize("line", FAULTS.strip().splitlines())
def test_a_rule_that_cannot_be_right_is_refused_with_its_column(line):
    text, column, rule, fault, remedy = (cell.strip() for cell in line.split(" ; "))
    found = rule_faults(text, TYPES)
    assert [(each.params["column"], each.rule, each.fault, each.remedy) for each in found] == [
        (int(column), rule, fault, REMEDIES.get(remedy, remedy))
    ]
    with pytest.raises(RuleDefect):
        compile_rule(text, TYPES)


def test_all_faults_of_a_rule_are_told_at_once():
    found = rule_faults("a == 'x' && xyz > 1 || yn == 'J'", TYPES)
    assert [fault.params["column"] for fault in found] == [3, 13, 30]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the rule is empty"),
        ("   ", "the rule is empty"),
        ("a > 1 && " * 300 + "p", "the rule is longer than 2000 characters"),
        ("(" * 50 + "p" + ")" * 50, "the rule is nested deeper than 40"),
        ("!" * 50 + "p", "the rule is nested deeper than 40"),
        ("s.matches('[')", "CEL cannot read the rule"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(text, fault):
    assert [each.fault.startswith(fault) for each in rule_faults(text, TYPES)] == [True]
