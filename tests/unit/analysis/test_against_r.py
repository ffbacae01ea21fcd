"""From datasets to rows, on a trial of 198 subjects that R analysed (R 4.2.2, survival 3.5-3, cmprsk 2.2-11)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analysis_frames import Table, datasets_of
from analysis_trial import protocol
from equipoise.analysis.analyse import analyse
from equipoise.days import MONTH_DAYS, month_day

REFERENCE = Path(__file__).resolve().parents[2] / "golden" / "data"
ARM = {"experimental": "MSC", "control": "CONTROL"}
GRADE = {"2": "II", "3": "III", "4": "IV"}
PATH = 1e-8  # the table keeps 12 digits; R's Cox and Fine-Gray are good to 1e-8


def subjects() -> Iterator[dict[str, Any]]:
    """The trial's subjects, months as days."""
    with (REFERENCE / "gvhd_trial.csv").open() as file:
        for row in csv.DictReader(file):
            os, first = float(row["os_months"]) * MONTH_DAYS, float(row["first_months"]) * MONTH_DAYS
            status = int(row["first_status"])  # 0 censored, 1 death without relapse, 2 relapse
            yield {
                "arm": ARM[row["arm"]],
                "grade": GRADE[row["grade"]],
                "yes": {"OR28": row["day28_response"] == "1"},
                "time": {
                    "OS": (os, int(row["death"])),
                    "NRM": (first, status),
                    "RELAPSE": (first, {0: 0, 1: 2, 2: 1}[status]),
                },
            }


@pytest.fixture(scope="module")
def results():
    return Table(analyse(datasets_of(list(subjects())), protocol()))


@pytest.fixture(scope="module")
def reference():
    content = json.loads((REFERENCE / "gvhd_trial.json").read_text())
    return {entry["id"]: entry["result"] for entry in content["analyses"]}


def versus(results: Table, analysis: str, statistic: str, **place: Any) -> float:
    return results.value(analysis, "MSC vs CONTROL", statistic, **place)


def test_response_by_fisher_and_grade(results, reference):
    expected = reference["day28_response_table"]
    assert versus(results, "OR28", "p_fisher") == pytest.approx(expected["fisher"]["p_two_sided"], rel=1e-10)
    # 63 x 57 / (36 x 42), as in the cells of the reference
    assert versus(results, "OR28", "odds_ratio") == pytest.approx(63 * 57 / (36 * 42), rel=1e-11)
    assert results.value("OR28", "MSC", "events", subgroup="grade=III") == 29
    assert results.value("OR28", "CONTROL", "n", subgroup="grade=IV") == 19


def test_log_rank_plain_and_stratified(results, reference):
    for analysis, entry in (("OS", "os_logrank"), ("OS_STRATIFIED_GRADE", "os_logrank_strat_grade")):
        assert versus(results, analysis, "p_log_rank") == pytest.approx(reference[entry]["p_value"], rel=1e-10)


def test_stratified_cox_model(results, reference):
    expected = reference["os_cox_strat_grade"]
    for statistic, name in (
        ("hazard_ratio", "hazard_ratio"),
        ("hazard_ratio_lower", "hr_lower"),
        ("hazard_ratio_upper", "hr_upper"),
        ("p_wald", "p_value"),
    ):
        assert versus(results, "OS_STRATIFIED_GRADE", statistic) == pytest.approx(expected[name], rel=PATH)


@pytest.mark.parametrize("group", ["control", "experimental"])
def test_survival_with_log_log_limits(results, reference, group):
    """Six and twelve months: no death falls between the month and the whole day that stands for it."""
    (expected,) = [entry for entry in reference["os_loglog"] if entry["group"] == group]
    at = expected["at_times"]
    for months in (6.0, 12.0):
        assert abs(month_day(months) - months * MONTH_DAYS) < 0.5
        place = at["time"].index(int(months))
        for statistic, name in (("survival", "surv"), ("survival_lower", "lower"), ("survival_upper", "upper")):
            found = results.value("OS", ARM[group], statistic, at=months)
            assert found == pytest.approx(at[name][place], rel=1e-10)


@pytest.mark.parametrize(("analysis", "cause"), [("NRM", 1), ("RELAPSE", 2)])
def test_gray_test_of_each_cause(results, reference, analysis, cause):
    gray = reference["nrm_relapse"]["gray"]
    expected = gray["p_value"][gray["cause"].index(cause)]
    assert versus(results, analysis, "p_gray") == pytest.approx(expected, rel=1e-10)


def test_fine_gray_model_of_relapse(results, reference):
    expected = reference["relapse_crr"]
    for statistic, name in (
        ("subdistribution_hazard_ratio", "shr"),
        ("subdistribution_hazard_ratio_lower", "shr_lower"),
        ("subdistribution_hazard_ratio_upper", "shr_upper"),
        ("p_wald", "p_value"),
    ):
        assert versus(results, "RELAPSE", statistic) == pytest.approx(expected[name], rel=PATH)
