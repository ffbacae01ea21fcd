"""A folder of reference numbers is read as it is meant, and what cannot be read is a failure, never passed over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.golden.compare import differences
from tests.golden.entries import UNREADABLE, column, entries
from tests.golden.notes import UnreadableNote, as_text, defined, holds, kept_by_filter, kept_by_subset
from tests.golden.refusals import UnreadableCall, refused_by_r

ROOT = Path(__file__).resolve().parents[2]
DATA = {
    "blood": np.array(["O", "A", "B", "AB"]),
    "status": np.array([0.0, 1.0, 2.0, 1.0]),
    "age": np.array([50.0, np.nan, 61.0, 70.5]),
    "case": np.array(["heavy ties", "heavy ties", "last", "heavy ties"]),
}
KAPLAN_MEIER = {
    "id": "km",
    "kind": "kaplan_meier",
    "time": "time",
    "event": "event",
    "event_value": 1,
    "group": None,
    "conf_type": "plain",
    "conf_level": 0.95,
    # by hand: two subjects, one event at time 1
    "result": [
        {
            "group": "all",
            "n": 2,
            "events": 1,
            "quantiles": {"prob": [0.25], "time": [1], "lower": [1], "upper": [None]},
            "at_times": {"time": 1, "n_risk": 2, "surv": 0.5, "std_err": 0.353553390593274, "lower": 0, "upper": 1},
        }
    ],
}


def folder_with(path: Path, content: object, csv: str = "time,event\n1,1\n2,0\n") -> Path:
    """A folder of the reference's format with one json file."""
    path.mkdir(exist_ok=True)
    (path / "d.csv").write_text(csv)
    (path / "d.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("note", "name", "expected"),
    [
        ("blood_o and blood_b are indicators of blood == O and blood == B; days + 0.5", "blood_b", [0, 0, 1, 0]),
        ("status: 0 to 2; o, a and b are indicators of blood == O, blood == A and blood == B", "a", [0, 1, 0, 0]),
        ("old is an indicator of age > 60", "old", [0, 0, 1, 1]),
        ("ab indicates blood == AB", "ab", [0, 0, 0, 1]),
        ("case == last; column any = (status > 0)", "any", [0, 1, 1, 1]),
        ("any = as.integer(status %in% c(1, 2))", "any", [0, 1, 1, 1]),
        ("column both is status >= 1 & age < 65", "both", [0, 0, 1, 0]),
        ("rank = (3 - status)^2 / 2", "rank", [4.5, 2, 0.5, 2]),
    ],
)  # fmt: skip
def test_columns_that_only_a_note_defines(note, name, expected):
    np.testing.assert_array_equal(defined(name, note, DATA), expected)


@pytest.mark.parametrize(
    "note", ["", "any: whether it happened", "any = frailty(status)", "x and any are indicators of status == 1"]
)
def test_a_column_that_no_note_defines_is_an_error(note):
    with pytest.raises(UnreadableNote):
        defined("any", note, DATA)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("rows with blood == A left out", [True, False, True, True]),
        ("rows with an empty age left out", [True, False, True, True]),
        ("rows with missing age or blood == O left out", [False, False, True, True]),
        ("only rows with status > 0", [False, True, True, True]),
        ("rows with status != 1 kept", [True, False, True, False]),
        ("rows where status == 0 or status == 2 removed", [False, True, False, True]),
        ("without rows with age > 65", [True, True, True, False]),
        ("age >= 50 and status < 2", [True, False, False, True]),
    ],
)
def test_subsets_in_words(words, kept):
    assert kept_by_subset(words, DATA).tolist() == kept


def test_the_filter_of_a_case_is_its_conditions_without_its_definitions():
    assert kept_by_filter("case == heavy ties; column any = (status > 0)", DATA).tolist() == [True, True, False, True]
    assert kept_by_filter("case == heavy ties; status > 0", DATA).tolist() == [False, True, False, True]


def test_words_that_cannot_be_read_are_an_error():
    for words in ("the first fifty", "rows with nothing left out"):
        with pytest.raises(UnreadableNote):
            kept_by_subset(words, DATA)
    with pytest.raises(UnreadableNote):
        holds("height > 3", DATA)


def test_labels_are_written_as_r_writes_them():
    """as.character(c(1, 0.25, 1/3, 1e5, 123456, 1e-4, 1e15, NA))"""
    numbers = np.array([1, 0.25, 1 / 3, 1e5, 123456, 1e-4, 1e15, np.nan])
    assert as_text(numbers).tolist() == ["1", "0.25", "0.333333333333333", "1e+05", "123456", "1e-04", "1e+15", ""]
    assert as_text(column(["TRUE", "FALSE"])).tolist() == ["TRUE", "FALSE"]


def trouble_of(folder: Path) -> str:
    """Why the only entry of a folder cannot be run."""
    (entry,) = entries(folder)
    return entry.trouble


def test_what_cannot_be_read_is_a_test_that_fails_and_says_why(tmp_path):
    assert "not readable as json" in trouble_of(folder_with(tmp_path / "broken", '{"analyses": ['))
    assert "no entry in this file" in trouble_of(folder_with(tmp_path / "none", {"software": {}, "analyses": []}))
    assert "there is no such folder" in trouble_of(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "it holds no entry" in trouble_of(tmp_path / "empty")
    assert "No such file" in trouble_of(folder_with(tmp_path / "data", {"data": "e.csv", "analyses": [KAPLAN_MEIER]}))
    unknown = {**KAPLAN_MEIER, "event": "gone"}
    assert "column gone is neither" in trouble_of(folder_with(tmp_path / "column", {"data": "d.csv", "a": [unknown]}))
    subset = {**KAPLAN_MEIER, "subset": "the young"}
    assert "unknown wording" in trouble_of(folder_with(tmp_path / "subset", {"data": "d.csv", "a": [subset]}))
    (entry,) = entries(tmp_path / "nowhere")
    assert entry.kind == UNREADABLE


def test_entries_are_found_wherever_they_are_with_or_without_an_id(tmp_path):
    plain = {key: value for key, value in KAPLAN_MEIER.items() if key != "id"}
    kindless = {key: value for key, value in KAPLAN_MEIER.items() if key != "kind"}
    content = {
        "data": "d.csv",
        "analyses": [KAPLAN_MEIER, KAPLAN_MEIER, plain],
        "cases": [
            {"case": "a", "filter": "time > 1; column late = (time > 1)", "analyses": [{**plain, "event": "late"}]}
        ],
        "more": {"deeper": [kindless]},
    }
    found = entries(folder_with(tmp_path / "shapes", content))
    assert [entry.name for entry in found] == [
        "d/km:kaplan_meier", "d/km:kaplan_meier", "d/2:kaplan_meier", "d/a/3:kaplan_meier", "d/km:missing",
    ]  # fmt: skip
    assert found[3].data["late"].tolist() == [1]


def test_every_field_and_number_of_the_result_counts():
    ours = {"n": 2, "coef": [0.5, 1.0], "groups": ["a", "b"], "inner": {"chisq": 3.0}, "list": [{"p_value": 0.1}]}
    assert differences("cox", ours, ours) == []
    for changed in (
        {**ours, "n": 3},
        {**ours, "coef": [0.5, 1.0 + 1e-7]},
        {**ours, "coef": [0.5]},
        {**ours, "coef": [0.5, None]},
        {**ours, "groups": ["a", "c"]},
        {**ours, "inner": {"chisq": 3.0, "df": 1}},
        {**ours, "list": [{"p_value": 0.1}, {"p_value": 0.1}]},
        {**ours, "extra": 1},
    ):
        assert differences("cox", changed, ours), changed
    # a P value is compared by its own size, not to 0
    assert differences("logrank", {"p_value": 1e-20}, {"p_value": 1.1e-20})
    assert differences("logrank", {"p_value": "Inf"}, {"p_value": float("nan")})


def test_what_r_refused_is_asked_of_us_from_the_beginning_of_the_call(tmp_path):
    sibling = {**KAPLAN_MEIER, "id": "other", "conf_level": 0.9}
    refused = {"kind": "error", "call": 'km_case(d, "here", "time", "dead", value = c(1, 2), conf_ty', "message": ""}
    reverse = {"kind": "error", "call": 'km_case(d, "r", "time", "dead", reverse = TRUE)', "message": ""}
    regression = {
        "kind": "error",
        "call": 'crr_case(d[d$x == 1, ], "f", "time", "dead", c("time", "dead"), failc',
        "message": "",
    }
    strange = {"kind": "error", "call": "lm(y ~ x)", "message": ""}
    content = {"data": "d.csv", "analyses": [sibling, refused, reverse, regression, strange]}
    found = entries(folder_with(tmp_path / "refused", content, "time,dead,event\n1,1,1\n2,0,0\n"))
    asked = refused_by_r(found[1])
    assert asked.kind == "kaplan_meier"
    assert (asked.asked["event"], asked.asked["event_value"], asked.asked["conf_level"]) == ("dead", [1, 2], 0.9)
    assert refused_by_r(found[2]).kind == "reverse_kaplan_meier"
    asked = refused_by_r(found[3])
    assert (asked.kind, asked.asked["covariates"], asked.asked["status"]) == ("fine_gray", ["time", "dead"], "dead")
    with pytest.raises(UnreadableCall):
        refused_by_r(found[4])


@pytest.fixture
def golden(tmp_path):
    """Runs the golden tests on a folder, from another directory, and returns what pytest printed."""

    def run(folder: str) -> str:
        test = ROOT / "tests" / "golden" / "test_golden.py"
        command = [sys.executable, "-m", "pytest", str(test), "--reference", folder, "-q", "-p", "no:cacheprovider"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=os.environ).stdout

    return run


def test_other_folders_are_run_from_anywhere(golden, tmp_path):
    folder_with(tmp_path / "other", {"data": "d.csv", "analyses": [KAPLAN_MEIER]})
    for path in ("other", str(tmp_path / "other")):
        assert "failed" not in (said := golden(path))
        assert "passed" in said


def test_an_unknown_kind_or_field_fails(golden, tmp_path):
    wrong = {**KAPLAN_MEIER, "result": [{**KAPLAN_MEIER["result"][0], "hazard": 1.0}]}
    strange = {"id": "s", "kind": "bootstrap", "result": {"p_value": 1}}
    folder_with(tmp_path / "other", {"data": "d.csv", "analyses": [wrong, strange, KAPLAN_MEIER]})
    said = golden("other")
    assert "hazard: a field that these tests do not know" in said
    assert "a kind that these tests do not know: bootstrap" in said
    assert "2 failed" in said
