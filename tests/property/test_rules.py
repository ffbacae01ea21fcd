"""Rules agree with Kleene's three-valued logic, whatever is missing; and no text makes the reader fail."""

from __future__ import annotations

import ast
import operator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.rules import BOOL, DOUBLE, Outcome, RuleDefect, Type, compile_rule, rule_faults

TYPES = {"x": DOUBLE, "y": DOUBLE, "p": BOOL, "q": BOOL, "c": Type("string", frozenset({"CR", "PR", "NR"}))}
OUTCOME = {True: Outcome.TRUE, False: Outcome.FALSE, None: Outcome.UNKNOWN}
COMPARE = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip

numbers = st.floats(-5, 5).map(lambda value: round(value, 1))
texts_of_numbers = st.one_of(st.sampled_from(["x", "y"]), numbers.map(lambda value: f"({value})"))
atoms = st.one_of(
    st.sampled_from(["p", "q"]),
    st.tuples(st.sampled_from(["x", "y"]), st.sampled_from(sorted(COMPARE)), texts_of_numbers).map(" ".join),
    st.tuples(st.sampled_from(["c == ", "c != "]), st.sampled_from(["'CR'", "'PR'"])).map("".join),
    st.lists(st.sampled_from(["'CR'", "'PR'", "'NR'"]), min_size=1, max_size=3).map(lambda c: f"c in [{', '.join(c)}]"),
)
rules = st.recursive(
    atoms,
    lambda inner: st.one_of(
        inner.map(lambda rule: f"!({rule})"),
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda parts: "({} {} {})".format(*parts)),
    ),
    max_leaves=6,
)
inputs = st.fixed_dictionaries(
    {},
    optional={
        "x": numbers, "y": numbers, "p": st.booleans(), "q": st.booleans(), "c": st.sampled_from(["CR", "PR", "NR"]),
    },
)  # fmt: skip


def compared(sign: ast.cmpop, left, right) -> bool:
    """A comparison of two known values, by Python."""
    if isinstance(sign, ast.In):
        return left in right
    signs = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
    return COMPARE[signs[type(sign)]](left, right)


def kleene(node: ast.expr, known: dict):
    """The value of a rule by Kleene's tables, on Python's own parser: a second opinion; None is unknown."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = kleene(node.operand, known)
        return None if inner is None else not inner
    if isinstance(node, ast.BoolOp):
        parts = [kleene(part, known) for part in node.values]
        decisive = isinstance(node.op, ast.Or)
        return decisive if decisive in parts else None if None in parts else not decisive
    if isinstance(node, ast.Compare):
        left, right = kleene(node.left, known), kleene(node.comparators[0], known)
        return None if left is None or right is None else compared(node.ops[0], left, right)
    return ast.literal_eval(node)


@pytest.mark.requirement(55)
@settings(deadline=None)
@given(rules, inputs)
def test_a_rule_agrees_with_three_valued_logic(rule, known):
    python = rule.replace("&&", " and ").replace("||", " or ").replace("!(", " not (").strip()
    expected = kleene(ast.parse(python, mode="eval").body, known)
    assert compile_rule(rule, TYPES).evaluate(known) is OUTCOME[expected]


@settings(deadline=None)
@given(rules, inputs, inputs)
def test_learning_more_never_turns_an_answer_round(rule, known, more):
    compiled = compile_rule(rule, TYPES)
    before, after = compiled.evaluate(known), compiled.evaluate({**more, **known})
    assert before in (Outcome.UNKNOWN, after)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=40), st.text(alphabet="xypqc ()[]!&|=<>+-*/?:,.'\"019eEinr", max_size=40)))
def test_every_text_is_read_or_refused_in_words(text):
    faults = rule_faults(text, TYPES)
    if faults:
        assert all(fault.fault and fault.remedy and fault.params["column"] >= 1 for fault in faults)
        return
    compile_rule(text, TYPES).evaluate({"x": 1.0, "y": 2.0, "p": True, "q": False, "c": "CR"})


@settings(deadline=None)
@given(st.sampled_from(["x > 1", "p", "c == 'CR'"]), st.one_of(st.text(), st.booleans(), st.floats(), st.none()))
def test_a_value_is_answered_or_refused_but_never_misread(rule, value):
    name = rule[0]
    right = {"x": float, "p": bool, "c": str}[name]
    missing = value is None or value != value
    try:
        outcome = compile_rule(rule, TYPES).evaluate({name: value})
    except RuleDefect:
        assert not missing or not isinstance(value, right)
        assert type(value) is not right
    else:
        assert outcome is Outcome.UNKNOWN if missing else type(value) is right
